"""Other treatments of the same person: each changes what it says and nothing else, and what cannot be is refused before a run."""

import pytest

from epsom import interventions
from epsom.core.errors import InputError
from epsom.interventions import Intervention, changed, chosen
from epsom.scenario import Scenario
from painless import painless

LOTION = Scenario.load("magnesium-lotion-calf")
BY = {one.name: one for one in interventions.interventions()}


def test_nothing_leaves_nothing_on_the_skin():
    found = changed(LOTION, BY["nothing"])
    assert not any(step.apply or step.rub for step in found.steps) and found.duration.si == 3600


def test_a_rub_keeps_the_hands_of_the_scenario_and_nothing_else():
    step, = changed(LOTION, BY["rub"]).steps
    assert step.rub is not None and step.apply is None
    assert step.rub == LOTION.steps[0].rub


def test_a_rub_is_made_where_there_was_none():
    tables = LOTION.tables() | {"steps": [{"at": "0 min", "apply": "2 mg/cm^2"}]}
    step, = changed(Scenario.build(tables), BY["rub"]).steps
    assert step.rub is not None and step.apply is None


@pytest.mark.parametrize("name", ["water", "brine", "menthol", "capsaicin", "lidocaine"])
def test_another_product_is_applied_in_the_same_way(name):
    found = changed(LOTION, BY[name])
    step, = found.steps
    assert found.product.use == BY[name].product and step.rub == LOTION.steps[0].rub
    assert found.mass_of(str(step.apply)) == pytest.approx(LOTION.mass_of("2 mg/cm^2"))
    assert found.person == LOTION.person and found.complaint == LOTION.complaint


@pytest.mark.parametrize("dose", ["20 mg Mg", "5 sprays"])
def test_as_much_of_another_product_whatever_the_dose_was_given_in(dose):
    tables = LOTION.tables() | {"product": {"use": "spray-144mg-per-mL-MgCl2"}, "steps": [{"at": "0 min", "apply": dose}]}
    scenario = Scenario.build(tables)
    for name in ("water", "brine", "menthol"):
        found = changed(scenario, BY[name])
        assert found.mass_of(str(found.steps[0].apply)) == pytest.approx(scenario.mass_of(dose), rel=1e-5)


def test_numbers_of_a_substance_that_is_gone_are_left_out():
    tables = LOTION.tables() | {"parameters": {"magnesium.wet_permeability": "2e-8 cm/s", "gate.csf_magnesium_change": "1.01"}}
    assert dict(changed(Scenario.build(tables), BY["menthol"]).parameters) == {"gate.csf_magnesium_change": "1.01"}
    assert len(changed(Scenario.build(tables), BY["water"]).parameters) == 2


def test_parameters_are_set_beside_those_of_the_scenario():
    tables = LOTION.tables() | {"parameters": {"magnesium.binding": "1.5"}}
    found = changed(Scenario.build(tables), BY["lidocaine"])
    assert dict(found.parameters) == {"magnesium.binding": "1.5", "nociceptor.open_sodium_channels": "0.1"}


def test_every_one_that_ships_can_be_done():
    from epsom.paired import ready

    made: dict = {}
    for one in BY.values():
        assert ready(changed(LOTION, one), made)
    assert len(made) == 3                                     # magnesium, sodium, menthol


def test_a_product_without_magnesium_can_be_held_against_a_vein():
    from epsom.paired import ready

    gel = Scenario.build(LOTION.tables() | {"product": {"use": "menthol-gel"}})
    assert ready(changed(gel, BY["vein"]), {})


def test_an_error_names_the_intervention(monkeypatch):
    broken = Intervention("broken", "", product="watre")
    monkeypatch.setattr(interventions, "interventions", lambda: (broken,))
    with pytest.raises(InputError) as refused:
        interventions.instead(LOTION)
    assert "broken" in str(refused.value) and "watre" in str(refused.value)


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match="nothing hurts"):
        changed(painless(), BY["water"])
    with pytest.raises(InputError, match=r"no intervention 'watre'.*'water'"):
        chosen(["watre"])
    with pytest.raises(InputError, match="each intervention once"):
        chosen(["water", "water"])
    late = Scenario.build(LOTION.tables() | {"steps": [{"at": "2 h", "apply": "2 mg/cm^2"}]})
    with pytest.raises(InputError, match="nothing is done in the first 1 h"):
        changed(late, Intervention("as it is", ""))


def test_all_are_chosen_where_none_is_named():
    assert chosen([]) == interventions.interventions() and [one.name for one in chosen(["water", "rub"])] == ["water", "rub"]
