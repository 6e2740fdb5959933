"""`epsom cite`: the sources behind a run or a scenario, as text, BibTeX, CSL or data, and how to cite epsom itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from epsom import cited, safety, storage
from epsom.cited import Cited, Number
from epsom.core import references
from epsom.core.errors import InputError, nearest
from epsom.core.parameter import names
from epsom.core.sources import plain
from epsom.faces.terminal import wrap

SCHEMA = "epsom-cite/1"
FILES = (".toml", ".json")


class Subject(NamedTuple):
    """What is asked about: its name, its gates as data, what stands behind it, and epsom as it is to be cited with it."""

    name: str
    gates: list[dict]
    found: Cited
    software: dict


def subject(what: str, root: Path) -> Subject:
    """A run by folder, name or fingerprint; or a scenario by file or name, which is not run. The name of a shipped scenario means its run
    where there is one, as in other commands, and the scenario where there is none, or several."""
    there = [path.name for path in storage.runs(root)]
    fitting = [name for name in there if name.startswith(what) or name.endswith(what)]
    if what.endswith(FILES) or (what in names("scenarios") and len(fitting) != 1):
        return _scenario(what)
    try:
        folder, summary = storage.read_summary(what, root)
    except InputError as error:
        if fitting:
            raise                            # several runs
        raise InputError("there is no such run or shipped scenario", nearest(what, [*there, *names("scenarios")]), value=what) from error
    numbers, learnt = cited.of_run(folder)
    made = json.loads((folder / "provenance.json").read_text("utf-8"))
    return Subject(folder.name, summary["gates"], cited.behind(numbers, learnt, _outcomes(learnt)),
                   references.software(made["version"], made["commit"]))


def _scenario(name: str) -> Subject:
    from epsom import provenance, setting
    from epsom.scenario import Scenario
    from epsom.standard import standard_model

    scenario = Scenario.load(name)
    parameters = {p.key: p for p in setting.parameters(standard_model(scenario), scenario).values()}.values()
    learnt = cited.calibrated_keys(parameters)
    return Subject(scenario.name, [gate.as_dict() for gate in safety.gates(scenario)],
                   cited.behind(cited.of_parameters(parameters), learnt, _outcomes(learnt)),
                   references.software(provenance.epsom_version(), provenance.commit()))


def _outcomes(learnt: tuple[str, ...]) -> dict[str, str]:
    """{outcome: source}, where anything was calibrated."""
    if not learnt:
        return {}
    from epsom.felt_calibration import targets

    return {target.name: target.source for target in targets()}


def text(of: Subject, each_number: bool) -> str:
    """The list of sources for a terminal; `each_number` names the numbers that each stands behind, else they are counted."""
    from epsom.faces.show import gate_lines

    found = of.found
    traced = sum(map(len, found.sources.values()))
    lines = [*gate_lines(of.gates), wrap(
        f"{of.name}: {_many(len(found.numbers), 'number')}; {traced} from {_many(len(found.sources), 'source')}, {len(found.assumed)} "
        f"assumed, for which there is no source, {len(found.stated)} stated by the scenario.")]
    if found.calibrated:
        lines.append(wrap(f"{len(found.calibrated)} of them are calibrated on {_many(sum(map(len, found.outcomes.values())), 'outcome')} "
                          "measured in people, whose sources are among these.", rest=""))
    for key in found.keys:
        lines += ["", wrap(plain(key), rest="    "), *_behind(key, found, each_number)]
    if each_number:
        lines += ["", *_named("Assumed, without a source", found.assumed), *_named("Stated by the scenario", found.stated)]
    if found.unknown:
        lines += ["", wrap(f"Not in the bibliography of this version of epsom: {', '.join(found.unknown)}. The run's own references.bib "
                           "has what was there when it was made.")]
    return "\n".join([*lines, "", wrap(f"epsom itself: {references.software_line(of.software)}", rest="    "),
                      wrap(of.software["message"], "    ", "    ")])


def _behind(key: str, found: Cited, each_number: bool) -> list[str]:
    numbers, outcomes = found.sources.get(key, ()), found.outcomes.get(key, ())
    doubtful = sum(number.verify for number in numbers)
    counts = [*([_many(len(numbers), "number") + (f" ({doubtful} to be verified)" if doubtful else "")] if numbers else []),
              *([f"{_many(len(outcomes), 'outcome')} for calibration"] if outcomes else [])]
    told = f": {', '.join((*(n.key for n in numbers), *outcomes))}" if each_number else ""
    return [wrap(f"[{key}] {', '.join(counts)}{told}", "    ", "    ")]


def _named(title: str, numbers: tuple[Number, ...]) -> list[str]:
    return [wrap(f"{title} ({len(numbers)}): {', '.join(n.key for n in numbers)}")] if numbers else []


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'s' * (count != 1)}"


def data(of: Subject) -> dict:
    """The same for a program: every source with the numbers and outcomes behind which it stands."""
    found = of.found
    number = lambda n: {"number": n.key, "grade": n.grade, "to_be_verified": n.verify}
    return {"schema": SCHEMA, "name": of.name, "gates": of.gates, "numbers": len(found.numbers),
            "sources": [references.facts(key) | {"text": plain(key), "numbers": list(map(number, found.sources.get(key, ()))),
                                                 "calibration_outcomes": list(found.outcomes.get(key, ()))} for key in found.keys],
            "assumed": [n.key for n in found.assumed], "stated_by_the_scenario": [n.key for n in found.stated],
            "calibrated": list(found.calibrated), "not_in_this_bibliography": list(found.unknown), "epsom": of.software}


def bibtex(of: Subject) -> str:
    """A BibTeX file of the sources and epsom itself."""
    return references.with_software(of.found.keys, of.software)


def csl(of: Subject) -> str:
    """The same as CSL-JSON."""
    return json.dumps([*references.as_csl(of.found.keys), references.software_csl(of.software)], indent=2, ensure_ascii=False)
