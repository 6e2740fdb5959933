"""The baseline of magnesium: the very steady state of the whole body, person by person."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from epsom import ensemble, people, setting
from epsom.core.draws import Draws
from epsom.core.errors import InputError
from epsom.core.parameter import document
from epsom.ports import Parameters
from epsom.regimen import Regimen
from epsom.scenario import Scenario, plain_tables
from epsom.standard import standard_model
from epsom.whole_body.course import follow

PEOPLE = {"adult": {}, "kidney": {"egfr": "12 mL/min/1.73m^2"},
          "heavy": {"weight": "120 kg", "sex": "male"}, "old": {"age": "80 yr", "egfr": "60 mL/min/1.73m^2"},
          "child": {"age": "8 yr", "height": "128 cm", "weight": "26 kg", "egfr": "110 mL/min/1.73m^2"},
          "newborn": {"age": "2 d", "height": "50 cm", "weight": "3.4 kg", "egfr": "20 mL/min/1.73m^2"}}


def scenario(**person) -> Scenario:
    tables = Scenario.load("magnesium-oil-calf").tables()
    return Scenario.build(tables | {"person": tables["person"] | person})


def baseline(case: Scenario, draws=None, **changed):
    """(free, serum) mol/m^3, one for each draw or at the middle; `changed` are SI values by the last part of the key."""
    model = standard_model(case)
    copy = next(c for c in model.copies if c.label == "baseline")
    p = setting.parameters(model, case)
    if draws is None:
        values = {key: jnp.full(1, changed.get(key.rpartition(".")[2], one.si)) for key, one in p.items()}
    else:
        drawn = draws.values({one.key: one for one in p.values()})
        values = {key: jnp.asarray(drawn[one.key]) for key, one in p.items()}
    c = copy.mechanism.constants(Parameters(copy, values))
    return np.asarray(c["free"]), np.asarray(c["serum"])


@pytest.mark.parametrize("who", PEOPLE)
def test_it_is_the_steady_state_that_the_whole_body_starts_from(who):
    """The same draws through the other model: serum to rounding, whatever the size, age and kidney."""
    case = scenario(**PEOPLE[who])
    draws = Draws(16, seed=5)
    regimen = Regimen.build({"name": "rest", "duration": "1 h", "person": plain_tables(people.somebody(case.person))})
    body = follow(regimen, draws, times=np.zeros(1), watch=("serum_concentration", "ionised_concentration", "interstitial_concentration"))
    free, serum = baseline(case, draws)
    assert serum == pytest.approx(body["serum_concentration"][:, 0], rel=1e-9)
    share = body["ionised_concentration"] / (body["serum_concentration"] * body.drawn["homeostasis.ultrafiltrable_share"][:, None])
    assert free == pytest.approx((share * body["interstitial_concentration"])[:, 0], rel=1e-9)


def test_ordinary_people_have_what_was_measured_in_167():
    """Ionised magnesium, median 0.55 mmol/L, 0.47 to 0.68 (Al-Maqbali 2023): most draws lie there."""
    free, _ = baseline(scenario(), Draws(512, seed=1))
    assert 0.47 < np.median(free) < 0.58 and np.mean((free > 0.42) & (free < 0.68)) > 0.9


def test_a_failing_kidney_lifts_it_and_a_poor_diet_lowers_it():
    middle = lambda **more: float(baseline(scenario(), **more)[0][0])
    assert baseline(scenario(egfr="8 mL/min/1.73m^2"))[0][0] > 1.3 * middle()
    assert middle(meal_magnesium=1.5e-3) < middle() < middle(meal_magnesium=8e-3)


def test_an_unknown_kidney_is_the_kinds_own_and_wide():
    """A newborn who states none does not get an adult's, nor anybody a narrow one."""
    unknown = lambda **person: setting.parameters(standard_model(), _without_kidney(**person))["plasma.glomerular_filtration"]
    adult, newborn = unknown(), unknown(age="2 d", height="50 cm", weight="3.4 kg")
    assert newborn.si < adult.si / 20 and newborn.between_people == adult.between_people


def _without_kidney(**person) -> Scenario:
    tables = scenario(**person).tables()
    del tables["person"]["egfr"]
    return Scenario.build(tables)


def test_nobody_of_such_a_body():
    with pytest.raises(InputError, match=r"person.weight.*nobody of 170 cm weighs 10 kg"):
        setting.parameters(standard_model(), scenario(height="170 cm", weight="10 kg"))


def test_a_kidney_that_is_not_stated_goes_with_the_body():
    """Half the surface, half the filtration, as widely spread; source and grade are those of the kind's own number."""
    def unknown(**person):
        p = setting.parameters(standard_model(), _without_kidney(**person))["plasma.glomerular_filtration"]
        return p.si, p.source, p.grade

    adult, small = unknown(height="175 cm", weight="70 kg"), unknown(height="140 cm", weight="35 kg")
    assert small[0] / adult[0] == pytest.approx(((140 * 35) / (175 * 70)) ** 0.5, rel=1e-9)
    assert unknown(age="2 d", height="50 cm", weight="3.4 kg")[1] == "newborn_kidney"


def test_what_the_whole_body_owns_cannot_be_set_beside_it():
    for key in ("interstitial_baseline", "plasma_baseline"):
        with pytest.raises(InputError, match=rf"magnesium.{key}.*fixed.*whole body"):
            setting.parameters(standard_model(), _with(f"magnesium.{key}", "0.4 mmol/L"))


def test_losses_that_no_diet_makes_good_are_refused():
    """Every number within its range; together nothing is left to live on."""
    tables = scenario().tables() | {"parameters": {"homeostasis.skin_loss": "1 mmol/d", "gut.most_absorbed": "0.2 mmol",
                                                   "gut.proportional_absorption": "0.01"}}
    _, serum = baseline(Scenario.build(tables), Draws(64, seed=1))
    assert not (serum > 0).all()
    case = ensemble.Case(standard_model(), Scenario.build(tables), {}, Draws(64), np.zeros(1), np.zeros(1), 1)
    seen = np.zeros((64, 1, len(case.model.readouts)))
    with pytest.raises(InputError, match="does not make good what gut and skin lose"):
        ensemble._check_baseline(case, seen)


def test_more_is_never_free_than_can_be_filtered():
    """Both shares are what protein leaves over."""
    p = document("parameters", "homeostasis").parameters
    drawn = Draws(4096, seed=3).values({one.key: one for one in p.values()})
    assert np.mean(drawn["homeostasis.ionised_share"] > drawn["homeostasis.ultrafiltrable_share"]) < 1e-3


def _with(key: str, value: str) -> Scenario:
    return Scenario.build(scenario().tables() | {"parameters": {key: value}})
