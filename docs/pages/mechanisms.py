"""What follows on the page of a mechanism after its idea: how it hangs together with others, its numbers and their sources."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from epsom.core import parameter
from epsom.core.vocabulary import Word, standard_words
from epsom.mechanism import Mechanism
from epsom.model import Model
from epsom.standard import standard_model
from epsom.whole_body.course import whole_body_model

from . import markdown as md
from . import numbers

ROLES = {"site": "sites", "solute": "solutes", "salt": "salts", "barrier": "barriers", "complaint": "complaints"}
STATED = {"scenario": "the scenario, which states them", "regimen": "the regimen, which states them", "person": "the person of the regimen"}
KINDS = {"owns": "state", "gives": "derived", "exchanges": "flow into cells", "probes": "of cells"}     # attributes of a mechanism


class Known(NamedTuple):
    """A mechanism, and a model that it stands in."""

    mechanism: Mechanism
    model: Model


@cache
def known() -> dict[str, Known]:
    """{name: it} of all mechanisms of the skin and of the whole body; the standard model comes first."""
    models = standard_model(), whole_body_model(("25Mg",), True)
    return {m.name: Known(m, model) for model in reversed(models) for m in model.mechanisms}


def page(name: str) -> str:
    """What is added to the page of this mechanism."""
    mechanism, model = known()[name]
    parameters = mechanism.document().parameters
    return md.joined(md.heading(2, "What it reads and gives", f"ports-{name}"), ports(mechanism, model),
                     md.heading(2, "Its numbers", f"numbers-{name}"), numbers.table(parameters.values()), borrowed(mechanism, model),
                     numbers.LEGEND if parameters else "",
                     *(("### In full", full) if (full := numbers.references(p.source for p in parameters.values())) else ()))


def ports(mechanism: Mechanism, model: Model) -> str:
    """What it reads, and what it owns, gives, exchanges or probes."""
    words = standard_words()
    read = [(md.code(name), "reads", unit(words[name]), from_whom(name, model), md.plain(words[name].meaning)) for name in mechanism.reads]
    made = [(md.code(name), word, unit(words[name]), kept(name, mechanism), md.plain(words[name].meaning))
            for attribute, word in KINDS.items() for name in getattr(mechanism, attribute, {})]
    return md.table(("variable", "how", "unit", "", "meaning"), read + made)


def unit(word: Word) -> str:
    """The unit in SI, and whether each solute has one."""
    return (md.plain(word.unit) if word.unit != "1" else "1") + (" each solute" if word.axis else "")


def from_whom(name: str, model: Model) -> str:
    """The mechanism behind a variable."""
    copy = next(found for variable in (name, f"{name}[{model.solutes[0]}]" if model.solutes else name)
                if (found := model.owner_of(variable)))
    return f"of {md.link(copy.mechanism.name, f'ports-{copy.mechanism.name}')}"


def kept(name: str, mechanism: Mechanism) -> str:
    return "stored in a run" if name in mechanism.readouts else ""


def borrowed(mechanism: Mechanism, model: Model) -> str:
    """Numbers of other documents that it asks for."""
    keys = set().union(*(keys for label, keys in model.parameters_used.items() if label.partition("[")[0] == mechanism.name))
    names: dict[str, set[str]] = {}
    for key in keys:
        role, _, name = key.rpartition(".")
        names.setdefault(role.partition("[")[0], set()).add(name)
    names.pop(mechanism.name, None)
    if not names:
        return ""
    lines = [f"- {whose(role)}: {', '.join(map(md.code, sorted(found)))}" for role, found in sorted(names.items())]
    return md.joined("Besides, it uses numbers of", "\n".join(lines))


def whose(role: str) -> str:
    """A role of a document as a link to where its numbers stand."""
    if role in ROLES:
        return f"the {md.link(role, f'data-{ROLES[role]}')}"
    if role in known():
        return md.link(role, f"numbers-{role}")
    return STATED.get(role) or md.link(role, f"data-{'intakes' if role in parameter.names('intakes') else 'solutes'}-{role}")
