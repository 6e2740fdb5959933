"""Metabolites: the four solutions of Pollak, the steady state, washing out; in a small model with an owner of what is not there yet."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from epsom.core.parameter import Document, document
from epsom.engine.run import Protocol, on_plan
from epsom.mechanism import Mechanism, Scalar
from epsom.model import Model, Parameters
from epsom.tissue.metabolites import Metabolites, product, steady

LANE = lambda x: jnp.full(1, float(x))
RESTING, VIGOROUS = (0.0, 1.0), (0.4, 15.0)                  # (fall of pH, lactate in mmol/L); vigorous exercise: recalled
SOLUTIONS = [(RESTING, 0), ((0.1, 5.0), 1), ((0.2, 10.0), 2), (VIGOROUS, 3)]
MIDDLE = {f"metabolites.{key}": p.si for key, p in document("parameters", "metabolites").parameters.items()}
MIDDLE |= {"complaint.activation_at_start": 0.0}              # a muscle at rest


class Muscle(Mechanism):
    """Stands in for whoever guards: activation and flow as they are put."""

    owns = {"muscle_activation": Scalar("1", 1.0)}
    gives = {"muscle_blood_flow_ratio": "1"}

    def document(self):
        return Document("muscle", {}, {}, {})

    def muscle_blood_flow_ratio(self, c, v):
        return 1 + 0 * v["muscle_activation"]


@pytest.fixture(scope="module")
def model():
    return Model((Metabolites(), Muscle()))


@pytest.fixture(scope="module")
def constants(model):
    copy = next(c for c in model.copies if c.label == "metabolites")
    return copy.mechanism.constants(Parameters(copy, {key: LANE(x) for key, x in MIDDLE.items()}))


def drive(c, fall, lactate) -> float:
    """Of tissue with this fall of pH and all of this lactate."""
    v = {"muscle_lactate": LANE(lactate) - c["blood_lactate"], "muscle_acid": LANE(fall) * c["buffer"]}
    return float(Metabolites().ache_drive(c, v)[0])


def test_solutions_of_pollak_come_in_their_order(constants):
    """Nothing, fatigue, fatigue with some ache (where the drive is half), more ache: each class a quarter or more from the next."""
    found = np.array([drive(constants, *solution) for solution, _ in SOLUTIONS])
    print("drive in the four solutions", found)
    assert [sensation for _, sensation in SOLUTIONS] == np.digitize(found, [0.1, 0.4, 0.65]).tolist()
    assert found[0] == 0 and found[2] == pytest.approx(0.5, rel=1e-12) and (np.diff(found) > 0.2).all()


@pytest.mark.parametrize("alone", [{"lactate": 50.0, "fall": 0.0}, {"lactate": 0.0, "fall": 0.8}])
def test_one_metabolite_alone_does_nothing(constants, alone):
    """Singles at their highest were not felt."""
    assert float(product(constants, LANE(alone["lactate"]), LANE(alone["fall"]))[0]) == 0.0


def test_product_is_the_law_of_the_reference(constants):
    fall, lactate = 0.3, 12.0
    acid, atp = 10**-7.1 / 10**-7.4 - 1, 0.3e-3 + 0.3e-3
    expected = acid * lactate / (lactate + 5) * atp / (atp + 0.4e-3)
    assert float(product(constants, LANE(lactate), LANE(fall))[0]) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("activation, flow", [(0.0, 1.0), (0.05, 1.0), (0.2, 0.4)])
def test_steady_state_is_steady(constants, activation, flow):
    states = steady(constants, LANE(activation), LANE(flow))
    v = states | {"muscle_activation": LANE(activation), "muscle_blood_flow_ratio": LANE(flow)}
    for rate in Metabolites().rates(constants, v).values():
        assert abs(float(rate[0])) < 1e-15


def test_a_little_more_flow_washes_a_little_more_out(constants):
    """+15 % of flow lowers what tissue holds over blood by 13 %."""
    before, after = (float(steady(constants, LANE(0.05), LANE(x))["muscle_lactate"][0]) for x in (1.0, 1.15))
    assert 1 - after / before == pytest.approx(0.13, abs=0.001)


def test_in_a_model_it_collects_and_washes_out_exponentially(model):
    """Ten minutes at a tenth of the strength, then none: against the closed form."""
    p = {key: np.full(1, x) for key, x in MIDDLE.items()}
    where = model.scalar_names.index("muscle_activation")
    events = Protocol(np.array([0.0, 600.0, 1800.0]), np.array([[[0.0], [0.0]], [[0.0], [1.0]]]), np.array([[[0.1], [0.0]], [[0.0], [0.0]]]))
    watch = ("muscle_lactate", "muscle_acid", "ache_drive")
    times = np.array([300.0, 599.0, 900.0, 1500.0])
    found = np.asarray(on_plan(model, p, events, times, moves=((None, where), (where, None)), watch=watch, steps=48).seen)[:, :, 0]
    tau, made = 510.0, 0.1 * 10 / 60
    full = made * tau * -np.expm1(-np.minimum(times, 600) / tau)
    due = full * np.exp(-np.maximum(times - 600, 0) / tau)
    np.testing.assert_allclose(found[:, 0], due, rtol=1e-5)
    np.testing.assert_allclose(found[:, 1], due, rtol=1e-5)
    assert found[1, 2] > found[0, 2] > found[3, 2] > 0
