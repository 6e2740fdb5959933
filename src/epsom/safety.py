"""Safety gates, red flags and disclaimers: fixed texts that stand at the head of every output.

A gate can be acknowledged by its name; it is then still shown, as acknowledged. None can be switched off.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from epsom.core.errors import InputError, nearest

if TYPE_CHECKING:
    from epsom.scenario import Scenario

LOW_FILTRATION = 30.0        # mL/min/1.73 m^2: below it serum magnesium rises (DESIGN of the gates; see docs/safety.md)
HOT_BATH = 41.0              # degC
WARM_BATH = 37.0             # degC; a bath of unknown temperature counts as warm
LARGE_DAMAGE = 0.10          # share of body surface
INFANT = 365.25 * 86400.0    # s


@dataclass(frozen=True)
class Gate:
    """A safety gate that a scenario has opened.

    Attributes
    ----------
    name : for `acknowledge`.    text : what the reader must know.
    acknowledged : whether the scenario names it.    blocks : whether the run waits for that.
    """

    name: str
    text: str
    acknowledged: bool
    blocks: bool = False

    def as_dict(self) -> dict:
        return asdict(self)


@cache
def _texts(name: str) -> Mapping:
    return tomllib.loads((files("epsom") / "data" / "safety" / f"{name}.toml").read_text("utf-8"))


def gate_texts() -> Mapping[str, str]:
    """{gate: fixed text} of all gates there are."""
    return _texts("gates")


def who_should_not() -> Mapping[str, str]:
    """{who: fixed text} of who should not use magnesium on the skin, or not without a clinician; of nobody in particular."""
    return _texts("who")


def complaints() -> Mapping[str, str]:
    """{kind of complaint: fixed red-flag text}."""
    return _texts("complaints")


def red_flag(scenario: Scenario) -> str:
    """The fixed red-flag text of the scenario's complaint; empty without one."""
    return complaints()[scenario.complaint.kind] if scenario.complaint else ""


def disclaimers() -> list[str]:
    """The fixed disclaimers of every report, in order."""
    return list(_texts("disclaimers").values())


def check_acknowledged(given: tuple[str, ...]) -> None:
    """Refuse names that are no gate."""
    for name in given:
        if name not in gate_texts():
            raise InputError(f"there is no safety gate '{name}'", nearest(name, gate_texts()), value=name)


def gates(scenario: Scenario) -> tuple[Gate, ...]:
    """All gates that this scenario opens."""
    person, site = scenario.person, scenario.site
    steps = scenario.steps
    indexed = None if person.egfr is None else person.egfr.si * 1.73 * 6e7          # mL/min/1.73 m^2
    hot = any(s.soak and s.soak.temperature and s.soak.temperature.si > HOT_BATH + 273.15 for s in steps)
    warm = any(s.soak and (s.soak.temperature is None or s.soak.temperature.si > WARM_BATH + 273.15) for s in steps)
    share = site.area.si / person.body_surface
    absent = site.barrier_kind == "absent"
    wet = any(s.soak or s.occlude for s in steps)
    opened = {
        "kidney-unknown": indexed is None,
        "kidney-low": indexed is not None and indexed < LOW_FILTRATION,
        "infant": person.age.si < INFANT or site.infant,
        "heart-block": "heart block" in person.conditions,
        "myasthenia": "myasthenia gravis" in person.conditions,
        "neuromuscular-blockers": "neuromuscular blockers" in person.conditions,
        "oral-magnesium": person.oral_magnesium or any(s.take and s.take.route == "mouth" for s in steps),
        "swallowing": any(s.take and s.take.route == "enema" for s in steps),
        "insensate-heat": "insensate feet" in person.conditions and warm,
        "hot-bath": hot,
        "damaged-large": site.barrier_kind == "damaged" and share > LARGE_DAMAGE,
        "no-barrier": absent,
        "no-barrier-wet": absent and wet,
    }
    return tuple(Gate(name, gate_texts()[name], name in scenario.acknowledge, name == "no-barrier-wet")
                 for name, is_open in opened.items() if is_open)


def refuse_if_blocked(scenario: Scenario) -> None:
    """Raise InputError where a gate blocks the run and is not acknowledged."""
    for gate in gates(scenario):
        if gate.blocks and not gate.acknowledged:
            raise InputError(gate.text, f'If you have taken note of it, add acknowledge = ["{gate.name}"] to the scenario',
                             key="acknowledge", value=list(scenario.acknowledge))
