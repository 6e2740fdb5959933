"""The adaptive mode: its tolerance is kept, events and outputs are honest, a hopeless lane does not hold up the others."""

import jax.numpy as jnp
import numpy as np
import pytest
from physics_runs import APPLY, HOUR, drawn, scenario, shared, standard, worst
from scipy.stats import poisson

from epsom import protocol
from epsom.engine import adaptive
from epsom.engine.adaptive import adaptively
from epsom.engine.layout import Forest
from epsom.engine.run import Protocol, on_plan

CASE = scenario(APPLY, {"at": "4 h", "wash": 0.95}, {"at": "6 h", "apply": "1 mg/cm^2"})
WATCH = tuple(f"{name}[magnesium]" for name in ("entered_amount", "crossed_amount", "papillary_dermis_concentration", "film_amount"))
TIMES = HOUR * np.array([0.25, 1, 2, 3.9, 4, 5, 6, 7, 12, 24])
LANES = 5


def walk(case, p, tolerance, **room):
    moves, events = protocol.compiled(standard(), case, LANES)
    return adaptively(standard(), p, events, TIMES, moves=moves, watch=WATCH, tolerance=tolerance, **room)


@pytest.fixture(scope="module")
def five():
    """(values of five draws, what a fine plan finds)."""
    p = drawn(standard(), CASE, LANES)
    return p, shared(CASE, p, TIMES, WATCH, 384).seen


@pytest.mark.long
@pytest.mark.parametrize("tolerance", [1e-2, 1e-3, 1e-4, 1e-5])
def test_true_errors_follow_the_tolerance(five, tolerance):
    """Every readout at every output, events included, within twice the tolerance of a plan of 384 steps a segment."""
    p, fine = five
    out, steps = walk(CASE, p, tolerance)
    error = worst(out.seen, fine).max()
    print(f"tolerance {tolerance:g}: {steps} steps, true error {error:.1e}, embedded {float(out.error.max()):.1e}")
    assert error <= 2 * tolerance
    assert 0 < float(out.error.max()) <= tolerance


@pytest.mark.long
def test_more_steps_than_one_call_holds(five):
    """A segment that takes several calls of the program gives the same to rounding, outputs across the seam included."""
    p, _ = five
    whole, steps = walk(CASE, p, 1e-4)
    pieces, again = walk(CASE, p, 1e-4, room=16)
    assert steps == again > 3 * 16
    np.testing.assert_allclose(pieces.seen, whole.seen, rtol=1e-12, atol=1e-300)


@pytest.mark.long
def test_mass_closes(five):
    out, _ = walk(CASE, five[0], 1e-2)
    applied = sum(r.amount for r in protocol.rows(CASE) if r.source == "supply_amount[magnesium]")
    assert float(out.leak.max()) <= 1e-10 * applied


@pytest.mark.long
def test_another_protocol_compiles_nothing(five):
    before = len(adaptive.stretch.made[standard()])
    other = scenario({"at": "1 h", "apply": "1 mg/cm^2"}, {"at": "9 h", "wash": 0.5}, duration="30 h")
    walk(other, five[0], 3e-3)
    assert len(adaptive.stretch.made[standard()]) == before


class Scalars:
    """A system without cells."""

    forest = Forest((), ())
    cell_scale = np.zeros((0, 1))

    def constants(self, p):
        return p

    def depths(self, c):
        return jnp.zeros((0, 1))

    def derived(self, c, s):
        return s

    def actions(self, c, s):
        return ()

    def capacity(self, c):
        return jnp.zeros((0, 1))

    def links(self, c, d):
        return jnp.zeros((0, 1))

    def cell_rates(self, c, u, d):
        return u, ()

    def slope(self, c, u, d):
        return jnp.zeros_like(u)

    def observe(self, c, watch, y, v):
        return y.scalars

    def held(self, c, y):
        return y.scalars.sum(0)[None]


class Growth(Scalars):
    """ds/dt = s^2: s = 1 / (1 / s0 - t), infinite at t = 1 / s0."""

    scalar_scale = np.ones((1, 1))

    def initial(self, c, lanes):
        return c["start"][None]

    def scalar_rates(self, c, s, felt):
        return (s[0] * s[0],)


class Pools(Scalars):
    """Twenty pools that empty one into the next, the last one closed: the amounts follow a Poisson distribution."""

    scalar_scale = np.full((20, 1), 1e-3)

    def initial(self, c, lanes):
        return jnp.zeros((20, lanes)).at[0].set(1.0)

    def scalar_rates(self, c, s, felt):
        out = [c["rate"] * x for x in s[:-1]] + [0.0 * s[-1]]
        return tuple(gain - loss for gain, loss in zip([0.0, *out[:-1]], out))


MODES = pytest.mark.parametrize("mode", [lambda *a, **k: on_plan(*a, steps=64, **k), lambda *a, **k: adaptively(*a, tolerance=1e-6, **k)[0]])


@MODES
def test_a_model_without_cells(mode):
    rate, times = np.array([0.5, 2.0, 7.0]), np.array([0.3, 1.0, 1.7])
    events = Protocol(np.array([0.0, 1.7]), np.zeros((1, 0, 1)), np.zeros((1, 0, 3)))
    out = mode(Pools(), {"rate": rate}, events, times, moves=(), watch=("pools",))
    due = poisson.pmf(np.arange(19)[:, None], rate * times[:, None, None])
    np.testing.assert_allclose(out.seen[:, :19], due, atol=1e-5)
    assert float(out.leak.max()) <= 1e-13


@MODES
@pytest.mark.parametrize("at", [0, 1, 2])
def test_the_event_of_a_segment_without_length_happens(mode, at):
    """Half of the first pool goes to the last, in a segment of its own, and at the end: there outputs show what is just after."""
    rate, times, outputs = np.array([0.5, 2.0, 7.0]), np.array([0.0, 1.0, 1.7]), np.array([0.0, 0.3, 1.0, 1.7])
    share = np.zeros((3, 1, 1))
    share[at] = 0.5
    events = Protocol(np.insert(times, at, times[at]), share, np.zeros((3, 1, 3)))
    out = mode(Pools(), {"rate": rate}, events, outputs, moves=((0, 19),), watch=("pools",))
    left = np.where(outputs >= times[at], 0.5, 1.0)[:, None]
    np.testing.assert_allclose(out.seen[:, 0], left * np.exp(-rate * outputs[:, None]), atol=1e-6)
    np.testing.assert_allclose(out.seen.sum(1), 1.0, rtol=1e-12)
    assert float(out.leak.max()) <= 1e-13


def test_a_hopeless_lane_is_given_up_and_the_others_go_on():
    """The lane that runs to infinity at t = 1 gets an infinite error; its neighbours reach t = 2 within the tolerance."""
    start = np.array([0.1, 1.0, 0.4, -3.0])
    times = np.array([0.5, 1.0, 2.0])
    events = Protocol(np.array([0.0, 2.0]), np.zeros((1, 0, 1)), np.zeros((1, 0, 4)))
    out, steps = adaptively(Growth(), {"start": start}, events, times, moves=(), watch=("s",), tolerance=1e-6)
    assert np.isinf(out.error[1]) and np.isfinite(np.delete(out.error, 1)).all()
    exact = 1 / (1 / np.delete(start, 1) - times[:, None])
    np.testing.assert_allclose(np.delete(out.seen[:, 0], 1, axis=1), exact, rtol=2e-5)
    np.testing.assert_allclose(out.seen[0, 0, 1], 2.0, rtol=2e-5)     # before it is lost, it is right
    assert steps < 10_000
