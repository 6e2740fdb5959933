"""Which safety gates a Regimen opens; their texts are those of every output."""

from __future__ import annotations

from epsom.regimen import Regimen
from epsom.safety import INFANT, LOW_FILTRATION, Gate, gate_texts
from epsom.whole_body import people


def gates(regimen: Regimen) -> tuple[Gate, ...]:
    """All gates that this regimen opens. A kidney function that is not stated is unknown, whatever the kind of people has."""
    person, body = regimen.person, people.stated(regimen.person)
    indexed = None if person.egfr is None else person.egfr.si * 1.73 * 6e7           # mL/min/1.73 m^2
    opened = {"kidney-unknown": indexed is None and not person.virtual, "kidney-low": indexed is not None and indexed < LOW_FILTRATION,
              "infant": float(body.age) < INFANT, "oral-magnesium": any(event.action == "take" for event in regimen.events)}
    return tuple(Gate(name, gate_texts()[name], name in regimen.acknowledge) for name, is_open in opened.items() if is_open)
