"""Which safety gates a Regimen opens; their texts are those of every output."""

from __future__ import annotations

from epsom import people
from epsom.regimen import Regimen
from epsom.safety import INFANT, LARGE_DAMAGE, LOW_FILTRATION, Gate, gate_texts
from epsom.whole_body.course import FILTRATION, parameters_of, whole_body_model

INDEX = 1.73 * 6e7           # m/s to mL/min/1.73 m^2


def gates(regimen: Regimen) -> tuple[Gate, ...]:
    """All gates that this regimen opens. A kidney function that is neither stated nor set is unknown, whatever the kind of people has."""
    person, body = regimen.person, people.stated(regimen.person)
    indexed = None if person.egfr is None else person.egfr.si * INDEX
    if FILTRATION in regimen.parameters:
        indexed = parameters_of(regimen, whole_body_model())[FILTRATION].si / float(body.surface) * INDEX
    opened = {"kidney-unknown": indexed is None, "kidney-low": indexed is not None and indexed < LOW_FILTRATION,
              "infant": float(body.age) < INFANT, "oral-magnesium": any(event.action == "take" for event in regimen.events),
              "damaged-large": person.burned > LARGE_DAMAGE}
    return tuple(Gate(name, gate_texts()[name], name in regimen.acknowledge) for name, is_open in opened.items() if is_open)
