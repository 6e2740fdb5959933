"""Magnesium of the whole body: its steady state, what its flows conserve, and the kidney's threshold."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from epsom.body.kidney import excreted, ultrafiltrate_at_balance
from epsom.core.draws import Draws
from epsom.engine.layout import State
from epsom.engine.step import rates as engine_rates
from epsom.regimen import Regimen
from epsom.whole_body.course import Case, habit_of, lanes_of, parameters_of, whole_body_model

MODEL = whole_body_model(())
DAY = 86400.0
MG = 24.305e3            # mg/mol


def lanes(draws: int = 8, **tables):
    """Numbers of a few draws of a regimen."""
    regimen = Regimen.build({"name": "x", "duration": "1 h", **tables})
    case = Case(regimen, MODEL, parameters_of(regimen, MODEL), Draws(draws, seed=3), habit_of(regimen), np.array([0.0]), ())
    return lanes_of(case, np.arange(draws))


def at_start(**tables):
    """(constants, {variable: lanes} at the steady state, {state: rate})."""
    p = lanes(**tables).p
    c = MODEL.constants(p)
    y = State(jnp.zeros((0, len(p["person.size"]))), MODEL.initial(c, len(p["person.size"])))
    every = (*MODEL.owner, *MODEL.givers)
    rates = engine_rates(MODEL, c, y).scalars
    return c, dict(zip(every, np.asarray(MODEL.observe(c, every, y)))), dict(zip(MODEL.scalar_names, np.asarray(rates)))


PLAIN = {"homeostasis.glomerular_filtration": "120 mL/min", "homeostasis.tubular_maximum": "0.576 mmol/L",
         "homeostasis.ultrafiltrable_share": "0.71", "homeostasis.splay": "0.01 mmol/L", "gut.most_absorbed": "1.65 mmol",
         "gut.half_absorption": "1.5 mmol", "gut.proportional_absorption": "0.07", "homeostasis.endogenous_faecal_loss": "0.4 mmol/d",
         "homeostasis.skin_loss": "0.165 mmol/d"}


def test_the_ordinary_adult_stands_where_the_kidney_puts_them():
    """Tubular maximum, filtration and a diet of 300 mg a day: serum 0.841 mmol/L, urine 105 mg a day, 4.2 % of the filtered load."""
    _, v, _ = at_start(parameters=PLAIN)
    assert v["serum_concentration"] == pytest.approx(0.841, abs=5e-4)
    assert v["urine_flow"] * DAY * MG == pytest.approx(105.0, abs=0.5)
    assert v["fractional_excretion"] == pytest.approx(0.0419, abs=2e-4)


KINDS = [{"kind": kind} for kind in ("adult", "elderly", "pregnancy", "pre-eclampsia", "newborn", "infant", "child", "diabetes",
                                     "loop-diuretic-and-ppi", "depleted-cells")]
KINDS += [{"kind": "kidney-disease", "egfr": "8 mL/min/1.73 m^2"}, {"kind": "burn", "burned": 0.4}, {"kind": "adult", "virtual": True}]


@pytest.mark.parametrize("person", KINDS, ids=lambda p: p["kind"])
def test_the_start_is_a_steady_state_for_everybody(person):
    """No pool of the body moves by more than 1e-9 of itself in a day; only losses and the supply run."""
    _, v, rates = at_start(person=person)
    lost = {"supply_magnesium", "urine_magnesium", "faecal_magnesium", "skin_lost_magnesium", "exudate_magnesium"}
    for name, rate in rates.items():
        if name not in lost:
            assert np.all(abs(rate) * DAY <= 1e-9 * np.maximum(abs(v[name]), 1e-6)), name
    assert (rates["urine_magnesium"] > 0).all()


def test_filtration_and_diet_fit_the_body():
    """A child of half the weight has the same filtration on its surface, and eats half as much; a stated filtration is taken as it is."""
    filtration = lambda **person: lanes(person={"kind": "child", **person}).p["homeostasis.glomerular_filtration"][0]
    small = {"age": "1.5 year", "height": "80 cm", "weight": "10.5 kg"}
    surface = lambda height, weight: (height * weight / 3600) ** 0.5
    assert filtration(**small) / filtration() == pytest.approx(surface(80, 10.5) / surface(116, 21), rel=1e-9)
    assert filtration(**small, egfr="90 mL/min/1.73 m^2") == pytest.approx(90e-6 / 60 / 1.73 * surface(80, 10.5), rel=1e-3)
    tables = {"name": "x", "duration": "1 h", "person": {"kind": "child", **small}}
    assert habit_of(Regimen.build(tables)).daily == pytest.approx(0.5 * 180 / MG, rel=1e-3)


def test_what_leaves_enters():
    """Away from the steady state too, the rates of all amounts sum to nothing."""
    p = lanes().p
    c, random = MODEL.constants(p), np.random.default_rng(5)
    y = State(jnp.zeros((0, 8)), jnp.asarray(random.uniform(0.2, 2.0, (len(MODEL.scalar_names), 8))))
    rates = dict(zip(MODEL.scalar_names, engine_rates(MODEL, c, y).scalars))
    amounts = [rate for name, rate in rates.items() if name.endswith("_magnesium")]
    assert np.all(abs(sum(amounts)) < 1e-12 * sum(map(abs, amounts)))


def test_the_bend_of_the_kidney_is_the_formula_and_keeps_its_digits():
    """Far below the maximum excretion is s^2/|d| per filtrate, which the plain sum would lose."""
    d, s = np.array([-3.0, -0.3, -0.01, 0.0, 0.01, 0.3]), 1e-2
    plain = (d + np.sqrt(d**2 + 4 * s**2)) / 2
    found = np.asarray(excreted(0.6 + d, 2.0, 0.6, s))
    assert found == pytest.approx(2 * plain, rel=1e-9)
    assert float(excreted(1.0, 1.0, 1e6, 1e-2)) == pytest.approx(1e-4 / (1e6 - 1), rel=1e-9)


@pytest.mark.parametrize("other", [0.0, 1e-9, 5e-8])
def test_balance_is_the_root_of_supply_and_losses(other):
    supply, filtration, maximum, splay = np.array([1e-8, 5e-8, 4e-7]), 2e-6, 0.576, np.array([1e-3, 1e-2, 0.05])
    y = np.asarray(ultrafiltrate_at_balance(supply, other, filtration, maximum, splay))
    assert np.asarray(excreted(y, filtration, maximum, splay)) + other * y == pytest.approx(supply, rel=1e-9)


def test_less_than_gut_and_skin_lose_has_no_steady_state():
    assert not float(ultrafiltrate_at_balance(-1e-9, 1e-9, 2e-6, 0.576, 1e-2)) > 0


def test_cells_answer_a_rise_by_their_power():
    c, v, _ = at_start()
    once = float(MODEL.mechanisms[0].turnover_into_slow_cell(c["homeostasis"], v)[0])
    twice = float(MODEL.mechanisms[0].turnover_into_slow_cell(
        c["homeostasis"], v | {"interstitial_concentration": 2 * v["interstitial_concentration"]})[0])
    assert twice / once == pytest.approx(2 ** float(c["homeostasis"]["slow_cell"]["elasticity"][0]), rel=1e-12)
