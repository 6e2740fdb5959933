"""`permeate` against closed forms, against the Laplace oracle and against itself in other units.

Numbers written as tables are the project's reference values of the exact cases T1 to T8 (own algebra, checked there against an
independent finite-volume solve); the series behind them are in `epsom.dermal.exact`.
"""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from epsom.dermal import exact, laplace
from epsom.experiment import Experiment
from epsom.permeation import Permeation, permeate, permeate_all

THICKNESS, DIFFUSIVITY, PARTITION = 2e-5, 1e-14, 0.3
SCALE, HOLDS = THICKNESS**2 / DIFFUSIVITY, PARTITION * THICKNESS           # h^2 / D in s, K h in m
SIXTH = 1 / 6
T2 = {0.05: 0.034001466, 0.1: 0.29289965, SIXTH: 0.61672511, 0.3: 0.89646783, 0.5: 0.98561624, 1: 0.99989655}
T1 = {0.1: 0.0078852929, SIXTH: 0.039044782, 0.3: 0.14382443, 0.5: 0.33479071, 1: 0.83334381}
T4 = {0.1: {0.1: 0.10171114, 0.3: 0.13684359, 1: 0.033446143, 2: 0.0043417051},
      1: {0.1: 0.24909676, 0.3: 0.61074768, 1: 0.39513543, 2: 0.18849863},
      10: {0.1: 0.28790793, 0.3: 0.85845712, 1: 0.89236358, 2: 0.81014545}}
T5 = {0.05: 0.34001466, 0.1665: 1.8501289, 0.5: 0.91473045, 1: 0.26642268}
T6 = {0.05: 0.38009762, 0.167: 1.8499818, 0.5: 0.91097802}
T6_ABSORBED = {(0.1, 0.5): 0.68333333, (0.1, 3.0): 0.2875, (0.3, 1.0): 0.575}
T7 = {600: (0.2779964, 0.088528047, 0.00070469155), 1200: (0.36501803, 0.15930532, 0.0080784018),
      3600: (0.47856491, 0.2629017, 0.046086187), 14400: (0.50893113, 0.29221852, 0.065757491)}
THETA = sorted({*T1, *T2, *T4[1], *T5, *T6, 3.0})
END = 14.0                                                                 # h^2 / D after which a dose has arrived or is lost
CLOSE = 1e-4                                                               # what is asked for; what is found is printed


def seconds(theta):
    """A time on the scale h^2 / D, as text."""
    return f"{theta * SCALE:.15g} s"


def layer(thickness=THICKNESS, partition=PARTITION, diffusivity=DIFFUSIVITY, name="membrane", **more):
    return {"name": name, "thickness": f"{thickness:.17g} m", "partition": partition, "diffusivity": f"{diffusivity:.17g} m^2/s"} | more


def experiment(donor, layers=None, receptor=None, theta=THETA, end=END, **more):
    return Experiment.build({"name": "test", "duration": seconds(end), "times": [seconds(x) for x in theta], "donor": donor,
                             "layers": list(layers or [layer()]), "receptor": receptor or {}} | more, "test")


def at(result: Permeation, theta):
    """Where these times stand."""
    return [int(abs(result.times - x * SCALE).argmin()) for x in theta]


def close(name, found, due, within=CLOSE, size=None):
    """Print the largest error, relative to each value or to `size`, and hold it."""
    error = abs(np.asarray(found) - due) / (abs(np.asarray(due)) if size is None else size)
    print(f"{name}: {error.max():.1e}")
    assert error.max() <= within


FILM = {v: {"concentration": "2 mmol/L", "thickness": f"{v * HOLDS:.17g} m"} for v in T4}
DEPOSIT = {"amount": "3 umol/m^2"}
SLABS = {"infinite": ({"concentration": "2 mmol/L"}, {}), "deposit": (DEPOSIT, {}),
         **{f"film {v}": (film, {}) for v, film in FILM.items()},
         "deposit that is lost": (DEPOSIT | {"loss": f"{2 * PARTITION * DIFFUSIVITY / THICKNESS:.17g} m/s"}, {}),
         "mixed": ({"concentration": "2 mmol/L"}, {"volume": f"{0.7 * HOLDS:.17g} m"}),
         "mixed and renewed": (FILM[1], {"volume": f"{0.7 * HOLDS / 5:.17g} m", "partition": 5.0,
                                         "flow": f"{0.4 / 5 * PARTITION * DIFFUSIVITY / THICKNESS:.17g} m/s"}),
         "closed": (FILM[1], {"closed": True})}


@cache
def slabs() -> dict[str, Permeation]:
    """All experiments with one layer and the same times: lanes of one run."""
    return dict(zip(SLABS, permeate_all([experiment(donor, receptor=receptor) for donor, receptor in SLABS.values()])))


# ---- one layer -------------------------------------------------------------------------------------------------------
def test_infinite_dose():
    """T1 and T2: amount and flux into a sink, reference values and the series at all times."""
    r = slabs()["infinite"]
    close("T1", r.permeated[at(r, T1)] / (2 * HOLDS), list(T1.values()))
    close("T2", r.flux[at(r, T2)] * SCALE / (2 * HOLDS), list(T2.values()))
    close("T1, series", r.permeated / (2 * HOLDS), exact.slab_cumulative(r.times / SCALE), 1e-6, size=1)
    close("T2, series", r.flux * SCALE / (2 * HOLDS), exact.slab_flux(r.times / SCALE), 1e-5, size=1)


def test_lag_time():
    """T3: the late line meets the time axis at h^2 / 6 D; the flux has 95 % of its end between 2.2 and 2.3 lags."""
    r, lag = slabs()["infinite"], exact.lag_time(THICKNESS, DIFFUSIVITY)
    close("T3", r.times[-1] - r.permeated[-1] / r.flux[-1], lag, 1e-6)
    close("T3, given", [r.lag_time, r.permeability], [lag, PARTITION * DIFFUSIVITY / THICKNESS], 1e-14)
    early, late = permeate(experiment({"concentration": "1 mol/L"}, theta=(2.2 / 6, 2.3 / 6), end=0.5)).flux[1:3] * SCALE / (1e3 * HOLDS)
    print(f"T3: {early:.4f} of the steady flux at 2.2 lags, {late:.4f} at 2.3")
    assert early < 0.95 < late


@pytest.mark.parametrize("volume", T4)
def test_finite_dose(volume):
    """T4: a well-stirred film of volume V K h."""
    r = slabs()[f"film {volume}"]
    close(f"T4, V {volume}", r.flux[at(r, T4[volume])] * SCALE / (2 * HOLDS), list(T4[volume].values()))


def test_thin_deposit():
    """T5: reference values and the series; all of it arrives."""
    r = slabs()["deposit"]
    close("T5", r.flux[at(r, T5)] * SCALE / 3e-6, list(T5.values()))
    close("T5, series", r.flux * SCALE / 3e-6, exact.deposit_flux(r.times / SCALE), 1e-5, size=1)
    assert r.permeated[-1] == pytest.approx(3e-6, rel=1e-8)


def test_deposit_that_is_lost():
    """T6 with depth 0: a surface that loses twice what the slab conducts lets a third arrive."""
    r = slabs()["deposit that is lost"]
    close("T6, depth 0", r.permeated[-1] / 3e-6, exact.spread_dose_absorbed(0.0, 2.0), 1e-6)
    close("T6, depth 0, lost", r.lost[-1] / 3e-6, 2 / 3, 1e-6)


@pytest.mark.parametrize("depth, loss", [(0.1, 0.0), *T6_ABSORBED])
def test_dose_in_depth(depth, loss):
    """T6: a dose that lies in the upper part at the start, with a surface that loses."""
    upper = layer(depth * THICKNESS, name="upper", start=f"{1 / (depth * THICKNESS):.17g} umol/m^3")
    lower = layer((1 - depth) * THICKNESS, name="lower")
    r = permeate(experiment({"loss": f"{loss * PARTITION * DIFFUSIVITY / THICKNESS:.17g} m/s"}, (upper, lower)))
    close(f"T6, depth {depth}, loss {loss}: absorbed", r.permeated[-1] / 1e-6, T6_ABSORBED.get((depth, loss), 1.0))
    if not loss:
        close("T6, flux", r.flux[at(r, T6)] * SCALE / 1e-6, list(T6.values()))
        close("T6, flux, series", r.flux[1:] * SCALE / 1e-6, exact.spread_dose_flux(r.times[1:] / SCALE, depth), 1e-5, size=1)


@pytest.mark.parametrize("name, receptor", [("mixed", laplace.StirredReceptor(0.7 * HOLDS)), ("closed", laplace.StirredReceptor(0.0)),
                                            ("mixed and renewed", laplace.StirredReceptor(0.7 * HOLDS, 0.4 * HOLDS / SCALE))])
def test_receptors(name, receptor):
    """A mixed volume, one with a partition coefficient that a flow renews, and none: against the Laplace oracle."""
    r = slabs()[name]
    donor = laplace.HeldDonor(2.0) if name == "mixed" else laplace.StirredDonor(HOLDS, 2 * HOLDS)
    due = laplace.solution([laplace.Layer(THICKNESS, DIFFUSIVITY, PARTITION)], donor, receptor, r.times[1:], r.depth)
    size = 2 * HOLDS
    close(f"{name}: permeated", r.permeated[1:], due.passed, 1e-6, size)
    close(f"{name}: replaced", r.replaced[1:], due.washed, 1e-6, size)
    close(f"{name}: in the layer", r.layers[1:], due.held, 1e-6, size)
    close(f"{name}: potential", r.potential[1:], due.u, 1e-5, 2.0)


# ---- several layers --------------------------------------------------------------------------------------------------
def test_half_space_with_clearance():
    """T7: tissue that blood clears under a constant flux, which a thin layer of next to no permeability brings; 13 mm of tissue stand
    for a half-space."""
    flux, space, diffusivity, clearance = 1.14e-7, 0.6, 2.6e-10, 3e-4
    gate = layer(1e-6, 1e-11, 1e-9, "gate")
    faces = (0.0, 2.5e-5, 4.25e-4, 1.5e-3, 4e-3, 1.3e-2)
    tissue = [layer(low - high, space, diffusivity, f"tissue {k}", clearance=f"{clearance} 1/s")
              for k, (high, low) in enumerate(pairwise(faces))]
    one = Experiment.build({"name": "test", "duration": "4 h", "times": [f"{t} s" for t in T7], "layers": [gate, *tissue],
                            "donor": {"concentration": f"{flux * 1e14:.17g} mol/m^3"}, "receptor": {"closed": True}}, "test")
    r = permeate(one)
    found = r.potential[1:][:, [int(abs(r.depth - 1e-6 - z).argmin()) for z in faces[1:4]]]
    close("T7", found, np.array(list(T7.values())))
    depth = r.depth[24:] - 1e-6
    due = [exact.clearing_tissue(depth, t, flux, space, diffusivity, clearance) for t in T7]
    close("T7, whole profile", r.potential[1:, 24:], due, 1e-5, 0.5)


CONTRASTS = [(1.0, 1.0), (30.0, 1e-3), (1e4, 1.0), (1.0, 1e4), (1e-4, 1e-4), (1e4, 1e-4), (1e-2, 1e2)]


@pytest.mark.parametrize("partition, diffusivity", CONTRASTS)
def test_two_layers_in_series(partition, diffusivity):
    """T8: permeability and lag of two layers whose K and D are so many times apart, from the run's late line, and the whole course
    against the Laplace oracle."""
    layers = (layer(name="one"), layer(2 * THICKNESS, PARTITION * partition, DIFFUSIVITY * diffusivity, "two"))
    permeability, lag = exact.laminate([THICKNESS, 2 * THICKNESS], [PARTITION, PARTITION * partition],
                                       [DIFFUSIVITY, DIFFUSIVITY * diffusivity], [0.0, 0.0])
    theta = np.array([0.3, 0.6, 1, 1.5, 2, 4, 20]) * lag / SCALE
    r = permeate(experiment({"concentration": "1 mol/L"}, layers, theta=theta, end=theta[-1]))
    name = f"T8, K x {partition:g}, D x {diffusivity:g}"
    close(f"{name}: permeability", r.flux[-1] / 1e3, permeability)
    close(f"{name}: lag", r.times[-1] - r.permeated[-1] / r.flux[-1], lag)
    stack = [laplace.Layer(one.thickness.si, one.transport[1], one.transport[0]) for one in r.experiment.layers]
    due = laplace.solution(stack, laplace.HeldDonor(1e3), laplace.Sink(), r.times[1:], r.depth)
    close(f"{name}: permeated", r.permeated[1:], due.passed, size=due.passed[-1])
    close(f"{name}: in layers", r.layers[1:], due.held, size=due.held.max(0))
    close(f"{name}: potential", r.potential[1:], due.u, size=1e3)


def test_told_error_is_honest():
    """The error that is told for amounts is not below a tenth of the true one, and neither is above 1e-4."""
    for name in ("infinite", "deposit", "film 1"):
        r = slabs()[name]
        assert max(r.error.values()) <= 1e-4
        print(name, {k: f"{x:.0e}" for k, x in r.error.items() if x})
