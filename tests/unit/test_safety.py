"""Safety gates: each is opened by what it is about and by nothing else; none can be switched off."""

from __future__ import annotations

import copy
from importlib import import_module

import pytest

from epsom.core.errors import InputError
from epsom.safety import gate_texts, gates, refuse_if_blocked
from epsom.scenario import Scenario, read_tables

simulating = import_module("epsom.simulation")
GOOD, _ = read_tables("magnesium-lotion-calf")
SOAK = {"at": "0 s", "soak": {"for": "20 min", "volume": "20 L", "temperature": "38 degC"}}


def scenario(person=(), site=(), steps=None, acknowledge=()) -> Scenario:
    """The good scenario with some of its entries changed; None takes one away."""
    tables = copy.deepcopy(GOOD)
    for name, changes in (("person", person), ("site", site)):
        tables[name] |= dict(changes)
        tables[name] = {key: value for key, value in tables[name].items() if value is not None}
    tables["steps"] = steps or tables["steps"]
    return Scenario.build(tables | {"acknowledge": list(acknowledge)})


def soak(temperature):
    return [{"at": "0 s", "soak": {**SOAK["soak"], "temperature": temperature}}]


OPENED = [
    ({}, set()),
    ({"person": {"egfr": None}}, {"kidney-unknown"}),
    ({"person": {"egfr": "29.9 mL/min/1.73m^2"}}, {"kidney-low"}),
    ({"person": {"egfr": "30 mL/min/1.73m^2"}}, set()),
    ({"person": {"egfr": "0 mL/min/1.73m^2"}}, {"kidney-low"}),
    ({"person": {"age": "51 week", "height": "74 cm", "weight": "9 kg"}}, {"infant"}),
    ({"person": {"age": "53 week", "height": "76 cm", "weight": "10 kg"}}, set()),
    ({"person": {"conditions": ["heart block"]}}, {"heart-block"}),
    ({"person": {"conditions": ["myasthenia gravis"]}}, {"myasthenia"}),
    ({"person": {"conditions": ["neuromuscular blockers"]}}, {"neuromuscular-blockers"}),
    ({"person": {"conditions": ["insensate feet"]}}, set()),
    ({"person": {"conditions": ["insensate feet"]}, "steps": soak("38 degC")}, {"insensate-heat"}),
    ({"person": {"conditions": ["insensate feet"]}, "steps": soak("30 degC")}, set()),
    ({"person": {"oral_magnesium": True}}, {"oral-magnesium"}),
    ({"steps": [{"at": "0 s", "take": {"amount": "300 mg Mg"}}]}, {"oral-magnesium"}),
    ({"steps": [{"at": "0 s", "take": {"amount": "300 mg Mg", "route": "enema"}}]}, {"swallowing"}),
    ({"steps": soak("41 degC")}, set()),
    ({"steps": soak("41.5 degC")}, {"hot-bath"}),
    ({"site": {"barrier": "damaged"}}, set()),
    ({"site": {"barrier": "damaged", "area": "1700 cm^2"}}, set()),
    ({"site": {"barrier": "damaged", "area": "1900 cm^2"}}, {"damaged-large"}),
    ({"site": {"area": "1900 cm^2"}}, set()),
    ({"site": {"barrier": "absent"}}, {"no-barrier"}),
    ({"site": {"barrier": "absent"}, "steps": soak("38 degC")}, {"no-barrier", "no-barrier-wet"}),
    ({"site": {"barrier": "absent"}, "steps": [*GOOD["steps"], {"at": "1 h", "occlude": {"for": "2 h"}}]},
     {"no-barrier", "no-barrier-wet"}),
    ({"steps": [*GOOD["steps"], {"at": "1 h", "occlude": {"for": "2 h"}}]}, set()),
    ({"person": {"egfr": None, "conditions": ["heart block", "insensate feet"]}, "steps": soak("42 degC")},
     {"kidney-unknown", "heart-block", "insensate-heat", "hot-bath"}),
]


@pytest.mark.parametrize("changed, expected", OPENED)
def test_gates_open_for_what_they_are_about_and_for_nothing_else(changed, expected):
    found = gates(scenario(**changed))
    assert {gate.name for gate in found} == expected
    assert all(gate.text == gate_texts()[gate.name] and not gate.acknowledged for gate in found)


def test_every_gate_is_opened_by_some_scenario_above():
    assert set().union(*(expected for _, expected in OPENED)) == set(gate_texts())


def test_a_missing_kidney_function_is_unknown_and_not_normal():
    person = scenario(person={"egfr": None}).person
    assert person.filtration is None and person.egfr is None


def test_filtration_is_that_of_this_body_and_not_of_a_standard_one():
    """eGFR is per 1.73 m^2; 100 on 1.807 m^2 is 104.5 mL/min."""
    person = scenario().person
    assert person.body_surface == pytest.approx((168 * 70 / 3600) ** 0.5)
    assert person.filtration * 6e7 == pytest.approx(100 * person.body_surface / 1.73)


def test_an_acknowledged_gate_is_still_listed():
    """It cannot be switched off, only noted."""
    gate, = gates(scenario(person={"egfr": None}, acknowledge=["kidney-unknown"]))
    assert gate.acknowledged and gate.text == gate_texts()["kidney-unknown"]


def test_acknowledging_a_gate_that_is_shut_changes_nothing():
    assert gates(scenario(acknowledge=["infant"])) == ()


def test_a_gate_is_acknowledged_by_its_name_only():
    with pytest.raises(InputError, match=r"acknowledge.*no safety gate 'kidney'.*kidney-"):
        scenario(acknowledge=["kidney"])


def test_only_the_wet_open_wound_blocks():
    """All other gates stand at the head of the output and let the run go on."""
    every = [gate for changed, _ in OPENED for gate in gates(scenario(**changed))]
    assert {gate.name for gate in every if gate.blocks} == {"no-barrier-wet"}


def test_a_blocked_scenario_does_not_run():
    """Refused before anything is solved (there is no model here at all), with the text and the way to go on."""
    blocked = scenario(site={"barrier": "absent"}, steps=[SOAK])
    with pytest.raises(InputError) as error:
        simulating.simulate(None, blocked, 1)
    assert gate_texts()["no-barrier-wet"] in str(error.value) and 'acknowledge = ["no-barrier-wet"]' in str(error.value)


def test_acknowledging_another_gate_does_not_unblock():
    with pytest.raises(InputError):
        simulating.refuse_if_blocked(scenario(site={"barrier": "absent"}, steps=[SOAK], acknowledge=["no-barrier"]))


def test_an_acknowledged_block_lets_the_run_go_on():
    refuse_if_blocked(scenario(site={"barrier": "absent"}, steps=[SOAK], acknowledge=["no-barrier-wet"]))


def test_a_gate_can_be_written_down():
    gate, = gates(scenario(person={"egfr": None}))
    assert gate.as_dict() == {"name": "kidney-unknown", "text": gate_texts()["kidney-unknown"], "acknowledged": False,
                              "blocks": False}
