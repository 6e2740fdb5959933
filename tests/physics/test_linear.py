"""The engine's linear algebra and its program: exact solve, lanes that do not mix, one compilation, derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from physics_runs import APPLY, BOTH, HOUR, drawn, flat, made, median, random_state, scenario, shared, solve, standard, unflat

from epsom import protocol
from epsom.core.parameter import read_document
from epsom.engine.linear import dependencies, sparse_jacobian
from epsom.engine.run import gradient, on_plan, segment
from epsom.engine.step import implicit_solver, rates
from epsom.mechanism import CellMechanism, Chain, Mechanism, Scalar
from epsom.model import Model

CASE = scenario(APPLY, {"at": "4 h", "wash": 0.95})
WATCH = tuple(f"{name}[magnesium]" for name in ("entered_amount", "crossed_amount", "papillary_dermis_concentration"))
TIMES = HOUR * np.array([0.5, 1, 2, 6, 12, 24])
STEPS = 24                                                    # of the derivatives
WORDS = """
[variables]
warmth = {unit = "1", meaning = "How warm the tree is, as a factor of its exchange."}
sap_amount = {unit = "mol", meaning = "Amount in the sap around the tree."}
flow_from_sap = {unit = "mol/s", meaning = "Flow from the sap into the tree."}
flow_decayed = {unit = "mol/s", meaning = "Flow out of the tree by decay, negative."}
crown_mean = {unit = "mol/m^3", meaning = "Mean of the crown."}
"""


class Tree(CellMechanism):
    """Two side chains that join one trunk at different cells, saturable exchange and a decay of second order."""

    reads = {"warmth": "1", "sap_amount": "mol"}
    exchanges = {"flow_from_sap": "mol/s", "flow_decayed": "mol/s"}
    probes = {"crown_mean": "mol/m^3"}
    chains = (Chain("left", 4, ("trunk", 2)), Chain("right", 6, ("trunk", 5)), Chain("trunk", 9))

    def __init__(self, file):
        self.file = file

    def document(self):
        return read_document(self.file)

    def capacity(self, c):
        return jnp.linspace(0.5, 2.0, self.size)[:, None]

    def conductance(self, c, v):
        return jnp.linspace(3.0, 0.2, self.size)[:, None] * v["warmth"]

    def exchange(self, c, u, v):
        return {"flow_from_sap": v["warmth"] * (v["sap_amount"] - u) / (1 + u * u),
                "flow_decayed": -0.3 * v["warmth"] ** 2 * u * u}

    def depth(self, c):
        return jnp.zeros((self.size, 1))

    def crown_mean(self, c, u):
        return u[:10].mean(0)


class Weather(Mechanism):
    """Sap that the tree empties, and warmth that the crown and the decay drive."""

    reads = {"crown_mean": "mol/m^3", "flow_from_sap": "mol/s", "flow_decayed": "mol/s"}
    owns = {"warmth": Scalar("1", 1.0), "sap_amount": Scalar("mol", 1.0, amount=True)}

    def __init__(self, file):
        self.file = file

    def document(self):
        return read_document(self.file)

    def rates(self, c, v):
        return {"warmth": v["crown_mean"] * v["sap_amount"] - v["warmth"] ** 3 - 0.1 * v["flow_decayed"],
                "sap_amount": -v["flow_from_sap"]}


def toy(folder):
    """A model of the tree in its weather."""
    (folder / "tree.toml").write_text(WORDS)
    (folder / "weather.toml").write_text("")
    return Model([Tree(folder / "tree.toml"), Weather(folder / "weather.toml")]), {}


def one_solute(folder):
    return standard(), median(standard(), CASE)


def two_solutes(folder):
    model = standard(("magnesium", "caffeine"))
    return model, median(model, scenario(APPLY, product=BOTH))


@pytest.fixture(scope="module", params=[one_solute, two_solutes, toy])
def solved(request, tmp_path_factory):
    """(model, parameters, (p, y, r, weight) -> (solution, Jacobian of the whole)), one program for all weights."""
    model, p = request.param(tmp_path_factory.mktemp("model"))

    def both(p, y, r, weight):
        c = model.constants(p)
        return flat(implicit_solver(model, c, y, weight)(r)), jax.jacfwd(lambda z: flat(rates(model, c, unflat(model, z))))(flat(y))

    return model, p, made(both, p, random_state(model, 1), random_state(model, 2), 1.0)


@pytest.mark.parametrize("weight", [1e-4, 0.05, 40.0])
def test_solve_is_exact(solved, weight):
    """(weight - J)^-1 r equals the dense solve with J by jacfwd of the rates, to 1e-11 of each variable's scale."""
    model, p, both = solved
    y, r = random_state(model, 1), random_state(model, 2)
    found, jacobian = map(np.asarray, both(p, y, r, weight))
    size = np.r_[model.cell_scale[:, 0], model.scalar_scale[:, 0]]
    matrix = weight * np.eye(len(size)) - jacobian
    due = size * np.linalg.solve(matrix * size / size[:, None], np.asarray(flat(r)) / size)
    error = (abs(found - due) / size).max() / (abs(due) / size).max()
    print(f"{model.forest.size} cells, weight {weight}: {error:.1e}")
    assert error <= 1e-11


@pytest.fixture(scope="module")
def five():
    """(values of five draws, their run)."""
    p = drawn(standard(), CASE, 5)
    return p, shared(CASE, p, TIMES, WATCH)


@pytest.mark.long
def test_one_lane_alone_is_the_same_lane_in_a_batch(five):
    """Lane 3 of 5 and the same draw alone agree to 1e-12 in all that is watched and in the cells."""
    p, batch = five
    alone = solve(standard(), CASE, {key: value[3:4] for key, value in p.items()}, TIMES, 48, WATCH)
    for one, many in ((alone.seen, batch.seen), (alone.cells, batch.cells)):
        peak = abs(np.asarray(one)).max(0)
        assert (abs(np.asarray(one)[..., 0] - np.asarray(many)[..., 3]) / peak[..., 0]).max() <= 1e-12


def test_another_protocol_compiles_nothing(five):
    """Other doses, times and shares of the same moves, and more of them, run the program that is there."""
    before = len(segment.made[standard()])
    other = scenario({"at": "0 h", "apply": "1 mg/cm^2"}, {"at": "7 h", "apply": "3 mg/cm^2"},
                     {"at": "9 h", "wash": 0.5}, duration="30 h")
    out = shared(other, five[0], TIMES * 1.1, WATCH)
    assert len(segment.made[standard()]) == before
    assert not np.allclose(out.seen, five[1].seen)


def test_embedded_error_is_returned_and_falls(five):
    """Each lane has its own error, above 0, that falls at least sixteenfold with four times the steps. Measured where steps are
    short enough for the mouths of follicles, whose first instants under brine are steep."""
    coarse, fine = (shared(CASE, five[0], TIMES, WATCH, n).error for n in (96, 384))
    print("embedded error", coarse, fine)
    assert coarse.shape == (5,)
    assert len(set(coarse)) == 5
    assert (fine > 0).all()
    assert (fine * 16 <= coarse).all()


NAMES = ("solute[magnesium].wet_permeability", "solute[magnesium].corneum_lag", "solute[magnesium].diffusivity_dermis",
         "solute[magnesium].capillary_permeability", "site.corneum_thickness", "hydration.dry_permeability_factor")


@pytest.fixture(scope="module")
def problem():
    """(values, moves, events) of the middle person."""
    case = scenario(APPLY)
    return median(standard(), case), *protocol.compiled(standard(), case, 1)


@pytest.mark.long
def test_derivatives(problem):
    """Forward against central differences 1e-5, reverse against forward 1e-8, all finite; the value is that of the plan."""
    p, moves, events = problem
    plan = dict(moves=moves, watch=WATCH, steps=STEPS)

    def curves(x):
        changed = p | {name: p[name] * jnp.exp(x[i]) for i, name in enumerate(NAMES)}
        return on_plan(standard(), changed, events, TIMES, **plan).seen[:, :, 0]

    x = jnp.zeros(len(NAMES))
    seen = np.asarray(curves(x))
    forward = np.asarray(jax.jacfwd(curves)(x))
    size = abs(seen).max(0)
    h = 1e-3
    step = h * np.eye(len(NAMES))
    # Central differences at h and 2 h, combined so that their error is of order h^4.
    near, far = (np.stack([(curves(x + k * e) - curves(x - k * e)) / (2 * k * h) for e in step], -1) for k in (1, 2))
    central = (4 * near - far) / 3
    assert np.isfinite(forward).all()
    difference = (abs(forward - central) / abs(central).max(0)).max()
    mix = np.cos(np.arange(seen.size)).reshape(seen.shape) / size
    value, reverse = gradient(standard(), p, events, TIMES, mix[:, :, None], **plan)
    assert all(np.isfinite(g).all() for g in reverse.values())
    along = np.array([float(p[name][0] * reverse[name][0]) for name in NAMES])          # per logarithm, as forward
    due = np.einsum("tw,twn->n", mix, forward)
    other = (abs(along - due) / abs(due)).max()
    print(f"forward against central {difference:.1e}, reverse against forward {other:.1e}")
    assert float(value) == pytest.approx(float((mix * seen).sum()), rel=1e-12)
    assert difference <= 1e-5
    assert other <= 1e-8


# ---- the border's derivatives, pushed along what each lane reaches -----------------------------------------------------
def tangled(a, b, c):
    """Sums, products, a nested program, a barrier over several at once, a switch, something constant and something that nobody feels."""
    held = lax.optimization_barrier((a * b, jnp.exp(c)))
    inner = jax.jit(lambda x, y: (x * y, jnp.ones_like(x), x - 2 * y))(held[0], c)
    return a + b, jnp.where(c > 0, held[1], a), inner[0], inner[1], inner[2] - c, jnp.zeros_like(a), jnp.stack([a, c]).sum(0)


def test_a_pushed_jacobian_has_the_entries_that_are_there_and_no_others():
    lanes = tuple(jnp.asarray(np.random.default_rng(3).normal(size=(3, 4))))
    _, push = jax.linearize(tangled, *lanes)
    found = sparse_jacobian(push, *lanes)
    expected = {(i, j) for i, inputs in enumerate(dependencies(tangled, *lanes)) for j in inputs}
    assert {(0, 0), (0, 1), (2, 0), (2, 1), (2, 2), (6, 0), (6, 2)} <= set(found) <= expected
    assert not {(0, 2), (3, 0), (5, 1), (6, 1)} & set(found)
    for j, lane in enumerate(lanes):
        _, column = jax.jvp(lambda x, j=j: tangled(*lanes[:j], x, *lanes[j + 1:]), (lane,), (jnp.ones_like(lane),))
        for i, exact in enumerate(column):
            assert np.array_equal(found.get((i, j), jnp.zeros(4)), exact), (i, j)
