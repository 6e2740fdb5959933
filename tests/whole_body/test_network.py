"""The formulas that are exported are those of the model that is solved: every rate and every derived quantity at random states."""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np
import pytest

from epsom.core.draws import Draws
from epsom.engine.layout import State
from epsom.engine.step import rates as engine_rates
from epsom.regimen import Regimen
from epsom.whole_body.course import Case, habit_of, lanes_of, parameters_of, whole_body_model
from epsom.whole_body.network import RULES, formulas, network, plain

ISOTOPES = ("25Mg", "28Mg")
MODEL = whole_body_model(ISOTOPES, hormones=True)
SAME = 1e-12


def constants_of(draw: int):
    """Constants of one draw of an injured virtual person, as numbers."""
    regimen = Regimen.build({"name": "x", "duration": "1 h", "hormones": True, "person": {"virtual": True, "burned": 0.2}})
    case = Case(regimen, MODEL, parameters_of(regimen, MODEL), Draws(8, seed=4), habit_of(regimen), np.array([0.0]), ())
    return MODEL.constants(lanes_of(case, np.array([draw])).p)


def values(table) -> dict[str, float]:
    """Every number, state and rule of a table, rules evaluated in their order."""
    known = {name: value for name, (_, value) in (table.numbers | table.states).items()} | table.pools
    for name, (_, formula) in table.rules.items():
        known[name] = evaluated(formula, known)
    return known


def evaluated(formula: str, known: dict[str, float]) -> float:
    return eval(formula, {"sqrt": math.sqrt, "__builtins__": {}}, known)


def rates(table) -> dict[str, float]:
    """d/dt of every pool and state."""
    known = values(table)
    changed = dict.fromkeys([*table.pools, *table.states], 0.0)
    for reaction in table.reactions.values():
        flow = evaluated(reaction.formula, known)
        changed[reaction.leaves] -= flow
        changed[reaction.enters] += flow
    return changed | {name: evaluated(formula, known) for name, (_, formula) in table.rates.items()}


@pytest.fixture(params=range(6))
def both(request):
    """(table, constants, state) of a random body in a random state; in the even ones the kidney spares magnesium."""
    random = np.random.default_rng(request.param)
    c = constants_of(request.param)
    state = np.asarray(MODEL.initial(c, 1))[:, 0]
    state = np.where(state > 0, state * random.uniform(0.6, 1.6, len(state)), random.uniform(0, 1e-3, len(state)))
    row = MODEL.scalar_names.index("plasma_magnesium")
    state[row] *= 0.5 if request.param % 2 == 0 else 2.0
    still = [np.zeros((1, 0))] * 2
    scalar = lambda tree: {key: scalar(x) if isinstance(x, dict) else np.ravel(x)[0] for key, x in tree.items()}
    y = State(jnp.zeros((0, 1)), jnp.asarray(state)[:, None])
    ordinary = MODEL.observe(c, ("ordinary_serum_concentration",), y)[0, 0]
    table = network(scalar(c), dict(zip(MODEL.scalar_names, state)), ordinary, ISOTOPES, (), np.array([0.0, 1.0]), *still)
    return table, c, y


def test_every_rate_is_the_models(both):
    """Relative to the largest flow of the pool where flows cancel, else to the rate itself."""
    table, c, y = both
    found, known = rates(table), values(table)
    expected = dict(zip(map(plain, MODEL.scalar_names), np.asarray(engine_rates(MODEL, c, y).scalars)[:, 0]))
    assert found.keys() == expected.keys()
    through = dict.fromkeys(found, 0.0)
    for reaction in table.reactions.values():
        for pool in (reaction.leaves, reaction.enters):
            through[pool] = max(through[pool], abs(evaluated(reaction.formula, known)))
    for name, rate in expected.items():
        assert abs(found[name] - rate) <= SAME * max(abs(rate), through[name]), name


def test_every_rule_is_the_models(both):
    table, c, y = both
    shared = [name for name in MODEL.givers if plain(name) in table.rules]
    expected, found = np.asarray(MODEL.observe(c, shared, y))[:, 0], values(table)
    assert {plain(name) for name in MODEL.givers} - {"ordinary_serum_concentration"} <= set(table.rules)
    for name, value in zip(shared, expected):
        assert found[plain(name)] == pytest.approx(value, rel=SAME), name


def test_the_states_cover_both_sides_of_the_threshold_of_the_kidney(both, request):
    known = values(both[0])
    assert (known["over_tubular_maximum"] > 0) == (request.node.callspec.params["both"] % 2 == 1)


def test_a_wrong_formula_would_be_seen(both):
    """The check itself can fail: cells that answer in proportion are another model."""
    table, c, y = both
    table.rules["turnover_into_deep"] = "1/s", table.rules["turnover_into_deep"][1].replace("**deep_elasticity", "")
    with pytest.raises(AssertionError, match="interstitial_magnesium"):
        test_every_rate_is_the_models((table, c, y))


def test_all_magnesium_and_each_isotope_go_the_same_ways():
    _, alone = formulas(())
    rules, both = formulas(ISOTOPES)
    flows = [name for name in alone if name.startswith("flow_")]
    assert all(f"{name}_{isotope}" in both for name in flows for isotope in ISOTOPES)
    assert list(rules)[:len(RULES)] == list(RULES)
