"""What every mechanism must be, read from its ports: a new one is covered by standing in the standard model.

The model is that of two solutes at once, with parameters drawn from their spreads. Ports are filled with what the whole
model gives at random states, so that derived quantities fit their states.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from epsom import setting
from epsom.core import units
from epsom.core.draws import Draws
from epsom.engine.layout import State
from epsom.mechanism import CellMechanism
from epsom.model import Copy, Model, Parameters
from epsom.scenario import Scenario
from epsom.standard import standard_model

LANES = 5
LARGER = {"length": 10.0, "time": 60.0, "substance": 7.0, "mass": 3.0}  # base units are this many times smaller
PRODUCT = {
    "density": "1.1 g/mL",
    "ingredients": [
        {"salt": "magnesium-chloride", "strength": "15 % MgCl2"},
        {"salt": "caffeine-anhydrous", "strength": "0.5 % caffeine"},
    ],
}


def case() -> Scenario:
    """A product with an ion and a solute without charge, on damaged skin so that spreads of barriers are drawn too."""
    tables = Scenario.load("magnesium-lotion-calf").tables()
    return Scenario.build(
        {**tables, "product": PRODUCT, "site": {"name": "calf", "area": "400 cm^2", "barrier": "damaged"},
         "complaint": {"kind": "calf cramp", "pain": 6.0}}
    )


SCENARIO = case()
MODEL: Model = standard_model(SCENARIO)
PARAMETERS = setting.parameters(MODEL, SCENARIO)
COPIES = {copy.label: copy for copy in MODEL.copies}
each_copy = pytest.mark.parametrize("label", COPIES)


@cache
def values() -> dict[str, jnp.ndarray]:
    """{the model's key: (lanes,) SI values} drawn from the spreads."""
    drawn = Draws(LANES, seed=11).values({p.key: p for p in PARAMETERS.values()})
    return {key: jnp.asarray(drawn[p.key]) for key, p in PARAMETERS.items()}


@cache
def state() -> State:
    """Random states up to about a thousand times the size at which an error matters, over their start; temperatures as they are on earth."""
    random = np.random.default_rng(7)
    size = lambda shape: 10.0 ** random.uniform(-2, 0, shape)
    cells = MODEL.cell_scale * 1e3 * size((MODEL.forest.size, LANES))
    scalars = MODEL.scalar_scale * size((len(MODEL.scalar_names), LANES))
    scalars = scalars + np.asarray(MODEL.initial(MODEL.constants(values()), LANES))
    scalars[MODEL.scalar_names.index("bath_temperature")] = random.uniform(280, 320, LANES)
    scalars[MODEL.scalar_names.index("skin_warming")] = random.uniform(-6, 6, LANES)
    return State(jnp.asarray(cells), jnp.asarray(scalars))


@cache
def variables() -> dict[str, jnp.ndarray]:
    """{the model's variable: lane} of everything at the random state."""
    every = (*MODEL.owner, *MODEL.givers, *MODEL.probers)
    return dict(zip(every, MODEL.observe(MODEL.constants(values()), every, state())))


def seen_by(copy: Copy) -> dict[str, Any]:
    """{port: lane, or a tuple of lanes over solutes}, as the mechanism looks them up."""
    found = {}
    for word in copy.mechanism.ports:
        lanes = tuple(variables()[name] for name in copy.names(MODEL.words[word]))
        found[word] = lanes if MODEL.words[word].axis and copy.solute is None else lanes[0]
    return found


def inputs(copy: Copy) -> tuple[dict, dict, jnp.ndarray]:
    """(parameter values, variables, cells) of one copy."""
    used = {key: values()[key] for key in MODEL.parameters_used[copy.label]}
    u = state().cells[MODEL.slices[copy.label]] if copy.label in MODEL.slices else jnp.zeros((0, LANES))
    return used, seen_by(copy), u


def answer(copy: Copy, p: dict, v: dict, u) -> dict[str, dict[str, jnp.ndarray]]:
    """{kind: {name: value}} of everything a mechanism can be asked, as one function of its inputs."""
    m = copy.mechanism
    c = m.constants(Parameters(copy, p))
    found = {
        "initial": dict(m.initial(c)),
        "rates": dict(m.rates(c, v)),
        "gives": {name: getattr(m, name)(c, v) for name in m.gives},
    }
    if isinstance(m, CellMechanism):
        found |= {
            "exchange": m.exchange(c, u, v),
            "probes": {name: getattr(m, name)(c, u) for name in m.probes},
            "cells": {"capacity": m.capacity(c), "conductance": m.conductance(c, v), "depth": m.depth(c)},
        }
    return jax.tree.map(jnp.asarray, found)


def flat(found: dict) -> dict[str, np.ndarray]:
    """{"kind.name": value}."""
    return {f"{kind}.{name}": np.asarray(value) for kind, values in found.items() for name, value in values.items()}


# ---- the same for all ------------------------------------------------------------------------------------------------
@each_copy
def test_it_answers_for_all_of_its_ports(label):
    """A rate only for what it owns; each exchange and probe that it declares."""
    m, found = COPIES[label].mechanism, answer(COPIES[label], *inputs(COPIES[label]))
    assert set(found["rates"]) <= set(m.owns) and set(found["initial"]) <= set(m.owns)
    assert set(found.get("exchange", ())) == set(getattr(m, "exchanges", ()))


@each_copy
def test_finite_at_random_states(label):
    wrong = [
        name
        for name, value in flat(answer(COPIES[label], *inputs(COPIES[label]))).items()
        if not np.isfinite(value).all()
    ]
    assert not wrong


@each_copy
def test_finite_where_nothing_is(label):
    """All states zero: an empty film, no tissue rise, no plasma rise."""
    copy = COPIES[label]
    nothing = State(jnp.zeros_like(state().cells), jnp.zeros_like(state().scalars))
    every = tuple(copy.names(MODEL.words[word])[0] for word in copy.mechanism.ports)
    assert np.isfinite(MODEL.observe(MODEL.constants(values()), every, nothing)).all()


@each_copy
def test_differentiable(label):
    """A forward derivative along all parameters, variables and cells at once is finite."""
    copy = COPIES[label]
    at = inputs(copy)
    _, slope = jax.jvp(lambda *x: answer(copy, *x), at, jax.tree.map(lambda a: 0.1 * a + 1e-12, at))
    assert not [name for name, value in flat(slope).items() if not np.isfinite(value).all()]


@each_copy
def test_derivative_is_that_of_the_function(label):
    """The forward derivative along the variables agrees with a central difference."""
    copy = COPIES[label]
    p, v, u = inputs(copy)
    way = jax.tree.map(lambda a: a * 1.0, (v, u))
    along = lambda h: answer(copy, p, *jax.tree.map(lambda a, b: a + h * b, (v, u), way))
    _, slope = jax.jvp(lambda v, u: answer(copy, p, v, u), (v, u), way)
    ahead, behind, at = flat(along(1e-5)), flat(along(-1e-5)), flat(along(0.0))
    for name, exact in flat(slope).items():
        rough = (ahead[name] - behind[name]) / 2e-5
        np.testing.assert_allclose(
            rough, exact, rtol=1e-4, atol=1e-6 * np.abs(at[name]).max(initial=1e-300), err_msg=name
        )


@each_copy
def test_no_hidden_state(label):
    """Asked twice, and in between at another state, it answers the same to the last bit."""
    copy = COPIES[label]
    p, v, u = inputs(copy)
    once = flat(answer(copy, p, v, u))
    answer(copy, p, jax.tree.map(lambda a: 2 * a, v), 2 * u)
    for name, value in flat(answer(copy, p, v, u)).items():
        np.testing.assert_array_equal(value, once[name], err_msg=name)


@each_copy
def test_compiled_or_not_is_the_same(label):
    copy = COPIES[label]
    plain, fast = flat(answer(copy, *inputs(copy))), flat(jax.jit(lambda *x: answer(copy, *x))(*inputs(copy)))
    for name, value in plain.items():
        np.testing.assert_allclose(
            fast[name], value, rtol=1e-11, atol=1e-13 * np.abs(value).max(initial=0), err_msg=name
        )


@each_copy
def test_a_lane_alone_is_the_same_as_in_a_batch(label):
    """No draw leaks into another; one lane is rounded otherwise than several, which a difference of near numbers shows."""
    copy = COPIES[label]
    whole = flat(answer(copy, *inputs(copy)))
    for lane in range(LANES):
        alone = flat(answer(copy, *jax.tree.map(lambda a, lane=lane: a[..., lane : lane + 1], inputs(copy))))
        for name, value in alone.items():
            full = whole[name] if whole[name].shape[-1:] in ((LANES,), (1,)) else whole[name][..., None]
            expected = full[..., lane : lane + 1] if full.shape[-1] == LANES else full
            np.testing.assert_allclose(value, expected, rtol=1e-10, err_msg=name)


# ---- units -----------------------------------------------------------------------------------------------------------
def factor(unit: str) -> float:
    """How many times larger a number in this unit becomes when the base units shrink."""
    found = 1.0
    for dimension, power in units.dimensions(unit).items():
        found *= LARGER.get(dimension, 1.0) ** power
    return found


def unit_of_port(copy: Copy, word: str) -> str:
    return MODEL.words[word].unit


def rescaled_inputs(copy: Copy) -> tuple[dict, dict, jnp.ndarray]:
    """The inputs of one copy as numbers of the smaller base units."""
    p, v, u = inputs(copy)
    p = {key: value * factor(PARAMETERS[key].unit) for key, value in p.items()}
    v = {
        word: jax.tree.map(lambda a, word=word: a * factor(unit_of_port(copy, word)), value)
        for word, value in v.items()
    }
    return p, v, u * (factor(copy.mechanism.unknown[1]) if len(u) else 1.0)


def units_of_answers(copy: Copy) -> dict[str, str]:
    """{"kind.name": unit} of everything a mechanism answers, from its declared ports."""
    m = copy.mechanism
    found = {f"initial.{name}": s.unit for name, s in m.owns.items()} | {
        f"rates.{name}": f"{s.unit}/s" for name, s in m.owns.items()
    }
    found |= {f"gives.{name}": unit for name, unit in m.gives.items()}
    if isinstance(m, CellMechanism):
        flow, unknown = next(iter(m.exchanges.values())), m.unknown[1]
        found |= {f"exchange.{name}": unit for name, unit in m.exchanges.items()}
        found |= {f"probes.{name}": unit for name, unit in m.probes.items()} | {"cells.depth": "m"}
        found |= {"cells.capacity": (flow, "s", unknown), "cells.conductance": (flow, unknown)}
    return found


def factor_of_answer(unit) -> float:
    """Of a unit, of flow x time per unknown (a capacity) or of flow per unknown (a conductance)."""
    if isinstance(unit, str):
        return factor(unit.removesuffix("/s")) / (LARGER["time"] if unit.endswith("/s") else 1.0)
    flow, *time, unknown = unit
    return factor(flow) * (LARGER["time"] if time else 1.0) / factor(unknown)


def follows(copy: Copy) -> list[str]:
    """Names of the answers that do not follow a change of the base units."""
    before, after = flat(answer(copy, *inputs(copy))), flat(answer(copy, *rescaled_inputs(copy)))
    due = units_of_answers(copy)
    wrong = []
    for name, value in before.items():
        expected = value * factor_of_answer(due[name])
        if not np.allclose(after[name], expected, rtol=1e-9, atol=1e-12 * np.abs(expected).max(initial=0)):
            wrong.append(name)
    return wrong


@each_copy
def test_it_follows_a_change_of_the_base_units(label):
    """Metre x 10, second x 60, mole x 7, kilogram x 3: an error of dimensions anywhere inside does not follow."""
    assert follows(COPIES[label]) == []


@pytest.mark.parametrize(
    "unit, expected",
    [
        ("mol/m^3", 7 / 1000),
        ("mol/s", 7 / 60),
        ("1", 1.0),
        ("m^2/s", 100 / 60),
        ("kg/m^3", 3e-3),
        ("mmol/L", 7e-3),
        ("mL/min", 1000 / 60),
    ],
)
def test_factor_of_a_unit(unit, expected):
    assert factor(unit) == pytest.approx(expected)


def sabotaged(label: str, name: str, method: Callable) -> Copy:
    """A copy whose mechanism has one method replaced."""
    copy = COPIES[label]
    kind = type("Sabotaged", (type(copy.mechanism),), {name: method, "name": copy.mechanism.name})
    return copy._replace(mechanism=kind())


def test_the_rescaling_sees_an_error_of_dimensions():
    """A number with a hidden unit, a mass for a volume, a length too few: what this battery is for."""
    slow = sabotaged("plasma[magnesium]", "rates", lambda self, c, v: {"plasma_amount": -1e-4 * v["plasma_amount"]})
    assert follows(slow) == ["rates.plasma_amount"]
    bare = sabotaged("film", "film_volume", lambda self, c, v: v["film_water"] / 1e3)
    assert follows(bare) == ["gives.film_volume"]
    thin = sabotaged("column[magnesium]", "capacity", lambda self, c: c["capacity"] / c["depth"][-1])
    assert follows(thin) == ["cells.capacity"]


def test_cells_of_one_mechanism_gain_flows_of_one_unit():
    """Exchanges are added up; a capacity is amount per unknown."""
    for copy in MODEL.cell_copies:
        m = copy.mechanism
        assert len({tuple(sorted(units.dimensions(unit).items())) for unit in m.exchanges.values()}) == 1
        assert units.dimensions(MODEL.words[m.unknown[0]].unit) == units.dimensions(m.unknown[1])


def test_inputs_are_not_trivial():
    """Every variable at the random state differs from zero somewhere, so that following a rescaling means something."""
    still = {
        "bindable_water[caffeine]",
        "plasma_baseline_concentration[caffeine]",
        "interstitial_baseline_concentration[caffeine]",
        "plasma_interpretable_rise[caffeine]",
        "plasma_interpretable_amount[caffeine]",
        "cold_receptor_shift",                                # there is no menthol
    }
    assert {name for name, lane in variables().items() if not np.asarray(lane).any()} <= still
