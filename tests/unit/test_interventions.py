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
    assert found.product.use == BY[name].product and found.steps == LOTION.steps[:1]
    assert found.person == LOTION.person and found.complaint == LOTION.complaint


def test_parameters_are_set_beside_those_of_the_scenario():
    tables = LOTION.tables() | {"parameters": {"magnesium.binding": "1.5"}}
    found = changed(Scenario.build(tables), BY["lidocaine"])
    assert dict(found.parameters) == {"magnesium.binding": "1.5", "nociceptor.open_sodium_channels": "0.1"}


def test_every_one_that_ships_can_be_done():
    from epsom.paired import ready

    for one in BY.values():
        if one.product not in ("sodium-brine-matched", "menthol-gel"):            # models of their own
            assert ready(changed(LOTION, one), {})


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
