"""Diffusion through layers: the oracle against closed forms, and the engine against the oracle and a manufactured solution."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from physics_runs import made, order
from scipy.optimize import brentq
from scipy.special import roots_legendre

from epsom.dermal import exact, laplace
from epsom.dermal.laplace import HeldDonor, Layer, Sink, StirredDonor, StirredReceptor
from epsom.engine.grid import graded_both_ways
from epsom.engine.layout import Forest
from epsom.engine.run import Protocol, gradient, on_plan

LAYERS = 3
STRETCH = 1.0
EIGHTHS = (1, 4, 7)                               # faces at these eighths of a layer's map lie at one depth on every grid
GRIDS, STEPS = (24, 48, 96), 24                   # cells in each layer; steps of the one program of each grid
ENOUGH = 32                                       # times STEPS: leaves an error in time below 1e-9
TIMES = (np.arange(2, 9) / 8) ** 3                # ends of steps of every plan, where nothing is interpolated
SCALARS = ("donor", "receptor", "entered", "cleared", "passed", "washed", "sourced", "clock")
WATCHED = (*SCALARS[:6], *(f"u at {n}/8 of layer {k}" for k in range(LAYERS) for n in (*EIGHTHS, 8)))[:-1]


class Case(NamedTuple):
    """One lane of the engine's runs, in units without names."""

    layers: tuple[Layer, Layer, Layer]
    donor: HeldDonor | StirredDonor = HeldDonor(1.0)
    receptor: Sink | StirredReceptor = Sink()
    plain: float = 0.0                            # sizes of the two manufactured solutions that take the place of a dose
    compatible: float = 0.0


THIRD = Layer(1 / 3, 1.0)
CORNEUM, EPIDERMIS, DERMIS = Layer(0.03, 1e-3, 30.0), Layer(0.4, 10.0, 1.0), Layer(1.0, 0.1, 5.0)
ALIKE, SKIN, TWO = (THIRD, THIRD, THIRD), (CORNEUM, EPIDERMIS, DERMIS), (CORNEUM, EPIDERMIS, EPIDERMIS)
CLEARED = tuple(layer._replace(clearance=rate) for layer, rate in zip(SKIN, (0.5, 5.0, 1.0)))
CASES = {
    "one layer": Case(ALIKE),
    "contrast": Case(SKIN),
    "finite donor, contrast inside out": Case((EPIDERMIS, CORNEUM, DERMIS), StirredDonor(0.5, 0.5)),
    "clearance in layers": Case((THIRD, THIRD._replace(clearance=20.0), THIRD._replace(clearance=1.0))),
    "receptor with clearance": Case(ALIKE, receptor=StirredReceptor(0.2, 2.0)),
    "everything": Case(CLEARED, StirredDonor(0.3, 0.3), StirredReceptor(0.2, 2.0)),
    "manufactured in three layers": Case(CLEARED, HeldDonor(0.0), plain=1.0),
    "manufactured in two layers": Case(TWO, HeldDonor(0.0), compatible=1.0),
    "manufactured against a fast sink": Case(TWO, HeldDonor(0.0), plain=1.0)}
REDUCED = "manufactured against a fast sink"      # where RODAS4 loses part of its order


def parameters(cases) -> dict[str, np.ndarray]:
    """{name: (lanes,)} with one lane for each case."""
    p = {f"{field}{k}": np.array([getattr(case.layers[k], field) for case in cases]) for k in range(LAYERS)
         for field in ("thickness", "diffusivity", "capacity", "clearance")}
    volume = lambda port: getattr(port, "volume", np.inf)
    start = lambda donor: donor.concentration if isinstance(donor, HeldDonor) else donor.amount / donor.volume
    return p | {"donor_volume": np.array([volume(case.donor) for case in cases]),
                "donor": np.array([start(case.donor) for case in cases]),
                "receptor_volume": np.array([volume(case.receptor) for case in cases]),
                "receptor_clearance": np.array([getattr(case.receptor, "clearance", 0.0) for case in cases]),
                "compatible": np.array([case.compatible for case in cases]), "plain": np.array([case.plain for case in cases])}


def of_layers(p, name):
    """(layers, lanes) of one property."""
    return jnp.stack([p[f"{name}{k}"] for k in range(LAYERS)])


def face_depths(p):
    """(faces, lanes): depths of the faces where u is read, from the donor down."""
    eighths = (1 + np.tanh(STRETCH * (np.array([*EIGHTHS, 8]) / 4 - 1)) / np.tanh(STRETCH)) / 2
    h = np.asarray(of_layers(p, "thickness"))
    return np.concatenate([h[:k].sum(0) + eighths[:, None] * h[k] for k in range(LAYERS)])[:-1]


def in_time(clock):
    """(value, rate, integral from 0) of each mode of the manufactured solutions."""
    sine, cosine, fade = jnp.sin(3 * clock), jnp.cos(3 * clock), jnp.exp(-clock)
    return 2 * ((sine, 3 * cosine, (1 - cosine) / 3), (1 - fade, fade, clock - 1 + fade))


def plain_flux(p, number):
    """(flux, its integral from the top of the layer), functions of (layer, depth): one cosine through all layers."""
    bottom = jnp.cumsum(of_layers(p, "thickness"), 0)
    m, top = number / bottom[-1], bottom - of_layers(p, "thickness")
    return lambda k, x: jnp.cos(m * x), lambda k, x: (jnp.sin(m * x) - jnp.sin(m * top[k])) / m


def compatible_flux(p, number):
    """As `plain_flux`, but what diffusion makes of this u is continuous again, has continuous flux and is 0 at both ends, so
    that no boundary or interface lowers the order in time."""
    h = of_layers(p, "thickness")
    top, m = jnp.cumsum(h, 0) - h, 2 * np.pi * number / h
    size = h / of_layers(p, "diffusivity") / m
    return (lambda k, x: size[k] * (1 - jnp.cos(m[k] * (x - top[k]))),
            lambda k, x: size[k] * (x - top[k] - jnp.sin(m[k] * (x - top[k])) / m[k]))


def in_space(p, layer, depth):
    """(flux, u) of each mode of the manufactured solutions at places (depth, in which layer), all (places, lanes).

    The flux is continuous by choice; a constant is added so that u, the integral of flux over D K, is 0 at both ends.
    """
    h, conducts = of_layers(p, "thickness"), of_layers(p, "capacity") * of_layers(p, "diffusivity")
    bottom, every = jnp.cumsum(h, 0), np.arange(LAYERS)
    top, modes = bottom - h, []
    for size, (flux, integral) in ((p["plain"], plain_flux(p, 2.0)), (p["plain"], plain_flux(p, 5.0)),
                                   (p["compatible"], compatible_flux(p, 1)), (p["compatible"], compatible_flux(p, 2))):
        mean = -(integral(every, bottom) / conducts).sum(0) / (h / conducts).sum(0)
        lost = (integral(every, bottom) + mean * h) / conducts
        above = jnp.cumsum(lost, 0) - lost
        u = -above[layer] - (integral(layer, depth) + mean * (depth - top[layer])) / conducts[layer]
        modes.append((size * (flux(layer, depth) + mean), size * u))
    return modes


class Stack:
    """Three layers of so many cells each, half-cell resistances in series, between a well-stirred donor and receptor."""

    def __init__(self, cells):
        self.forest = Forest((LAYERS * cells,), (None,))
        self.layer = np.repeat(np.arange(LAYERS), cells)
        self.shares = np.tile(graded_both_ways(cells, STRETCH), LAYERS)[:, None]
        self.read = np.array([k * cells + cells * n // 8 for k in range(LAYERS) for n in (*EIGHTHS, 8)][:-1])
        self.cell_scale, self.scalar_scale = np.full((LAYERS * cells, 1), 1e-3), np.full((len(SCALARS), 1), 1e-3)
        self.first = (np.arange(LAYERS * cells) == 0)[:, None]

    def constants(self, p):
        dx, diffusivity, capacity, clearance = (
            of_layers(p, name)[self.layer] for name in ("thickness", "diffusivity", "capacity", "clearance"))
        dx = dx * self.shares
        half = dx / (2 * diffusivity * capacity)              # resistance of half a cell
        bottom = jnp.cumsum(dx, 0)
        middle = bottom - dx / 2
        above, below = (in_space(p, self.layer, face) for face in (bottom - dx, bottom))
        return {"half": half, "link": (1 / (half + jnp.roll(half, -1, 0))).at[-1].set(0.0), "capacity": dx * capacity,
                "drain": dx * capacity * clearance, "clearance": clearance, "depth": middle,
                "flow": [low - high for (high, _), (low, _) in zip(above, below)],
                "store": [dx * capacity * u for _, u in in_space(p, self.layer, middle)],
                **{name: p[name] for name in ("donor", "donor_volume", "receptor_volume", "receptor_clearance")}}

    def initial(self, c, lanes):
        return jnp.zeros((len(SCALARS), lanes)).at[0].set(c["donor"])

    def depths(self, c):
        return c["depth"]

    def derived(self, c, s):
        return s

    def actions(self, c, s):
        return s[0], s[1], s[7]

    def capacity(self, c):
        return c["capacity"]

    def links(self, c, d):
        return c["link"]

    def source(self, c, clock):
        """(cells, lanes): amount per time in each cell that makes the manufactured solutions such."""
        parts = zip(in_time(clock), c["store"], c["flow"])
        return sum(t * flow + (rate + c["clearance"] * t) * store for (t, rate, _), store, flow in parts)

    def cell_rates(self, c, u, d):
        donor, receptor, clock = d
        along = c["link"] * (u - self.forest.of_parent(u))
        entering = (donor - u[0]) / c["half"][0]
        passing = (u[-1] - receptor) / c["half"][-1]
        cleared, sourced = c["drain"] * u, self.source(c, clock)
        gained = self.forest.from_children(along) - along + self.first * entering - self.first[::-1] * passing
        return gained - cleared + sourced, (entering, passing, cleared.sum(0), sourced.sum(0))

    def slope(self, c, u, d):
        return -c["drain"] - (self.first | self.first[::-1]) / c["half"]

    def scalar_rates(self, c, s, felt):
        entering, passing, cleared, sourced = felt
        washed = c["receptor_clearance"] * s[1]
        return (-entering / c["donor_volume"], (passing - washed) / c["receptor_volume"], entering, cleared, passing,
                washed, sourced, jnp.ones_like(s[7]))

    def observe(self, c, watch, y, v):
        upper, lower = c["half"][self.read - 1], c["half"][self.read]
        faces = (y.cells[self.read - 1] * lower + y.cells[self.read] * upper) / (upper + lower)
        return jnp.concatenate([y.scalars[:6], faces])

    def held(self, c, y):
        s = dict(zip(SCALARS, y.scalars))
        tissue = (c["capacity"] * y.cells).sum(0) - s["entered"] + s["passed"] + s["cleared"] - s["sourced"]
        donor, receptor = (jnp.where(jnp.isfinite(volume), volume * s[name] + change, 0.0) for name, volume, change in (
            ("donor", c["donor_volume"], s["entered"]), ("receptor", c["receptor_volume"], s["washed"] - s["passed"])))
        return jnp.stack([tissue, donor, receptor])


def run(model, finer):
    """All cases on one grid."""
    events = Protocol(np.array([0.0, TIMES[-1]]), np.zeros((1, 0, 1)), np.zeros((1, 0, len(CASES))))
    return on_plan(model, parameters(CASES.values()), events, TIMES, moves=(), watch=WATCHED, steps=STEPS, finer=finer)


def dosed(case, depths):
    """(times, watched) by the oracle. Three layers alike are one to it."""
    stack = case.layers
    if len(set(stack)) == 1:
        stack = (stack[0]._replace(thickness=sum(layer.thickness for layer in stack)),)
    found = laplace.solution(stack, case.donor, case.receptor, TIMES, depths)
    held, sink = isinstance(case.donor, HeldDonor), isinstance(case.receptor, Sink)
    donor = 0 * TIMES + case.donor.concentration if held else (case.donor.amount - found.entered) / case.donor.volume
    receptor = 0 * TIMES if sink else (found.passed - found.washed) / case.receptor.volume
    scalars = donor, receptor, found.entered, found.cleared.sum(-1), found.passed, found.washed
    return np.concatenate([np.stack(scalars, -1), found.u], 1)


def manufactured(case, depths):
    """(times, watched) of the manufactured solution; what has been cleared by quadrature in each layer."""
    p, (x, weight) = parameters([case]), roots_legendre(24)
    h = np.asarray(of_layers(p, "thickness"))[:, 0]
    amount = np.concatenate([k.thickness * k.capacity * k.clearance * weight / 2 for k in case.layers])
    within = np.concatenate([h[:k].sum() + h[k] * (x + 1) / 2 for k in range(LAYERS)])
    at = lambda layer, depth: in_space(p, np.asarray(layer), np.asarray(depth)[:, None])
    modes = zip(in_time(TIMES), at([0, LAYERS - 1], [0.0, h.sum()]), at(np.repeat(np.arange(LAYERS), 24), within),
                at(np.repeat(np.arange(LAYERS), 4)[:-1], depths))
    total = np.zeros((len(TIMES), len(WATCHED)))
    for (value, _, so_far), (ends, _), (_, inside), (_, faces) in modes:
        total[:, 2:5] += np.outer(so_far, [ends[0, 0], amount @ inside[:, 0], ends[1, 0]])
        total[:, 6:] += np.outer(value, faces[:, 0])
    return total


@pytest.fixture(scope="module")
def truth():
    """(times, watched, cases)."""
    depths = face_depths(parameters(CASES.values())).T
    return np.stack([(manufactured if case.compatible + case.plain else dosed)(case, z) for case, z in zip(CASES.values(), depths)], -1)


@pytest.fixture(scope="module")
def models():
    """One for each grid, so that nothing compiles twice."""
    return {cells: Stack(cells) for cells in GRIDS}


@pytest.fixture(scope="module")
def outcomes(models):
    """{cells in each layer: run of all cases}."""
    return {cells: run(model, ENOUGH) for cells, model in models.items()}


@pytest.fixture(scope="module")
def plans(models, outcomes):
    """{times STEPS: (times, watched, cases)} on the coarsest grid."""
    return {n: np.asarray(run(models[GRIDS[0]], n).seen) for n in (2, 4, 8)} | {ENOUGH: np.asarray(outcomes[GRIDS[0]].seen)}


def differences(found, due):
    """{case: {watched: largest difference over time, relative to the largest value}}; what never changes is left out."""
    found, due = np.asarray(found), np.asarray(due)
    size = abs(due).max(0)
    error = abs(found - due).max(0) / np.where(size > 0, size, 1.0)
    return {name: {w: error[i, k] for i, w in enumerate(WATCHED) if np.ptp(due[:, i, k]) > 0} for k, name in enumerate(CASES)}


# ---- the oracle ------------------------------------------------------------------------------------------------------
THETA = np.array([0.05, 0.1, 1 / 6, 0.3, 0.5, 1.0, 2.0, 10.0])
SLAB = Layer(2e-5, 1e-14, 0.3)
SCALE, HOLDS = SLAB.thickness**2 / SLAB.diffusivity, SLAB.capacity * SLAB.thickness    # h^2 / D, K h
MIXED = (Layer(0.2, 1e-3, 30.0, 0.7), Layer(0.5, 10.0, 1.0, 0.0), Layer(1.0, 0.1, 5.0, 3.0))


def flux(stack, donor, receptor, times):
    """Flux into the receptor."""
    return laplace.inverted(lambda s: s * laplace.transform(stack, donor, receptor, (), s).passed, times)


def test_infinite_dose():
    """T1 and T2: 1e-12 of the steady flux, and of the amount from a twentieth of the lag on."""
    found = laplace.solution([SLAB], HeldDonor(2.0), Sink(), THETA * SCALE).passed / (2 * HOLDS)
    np.testing.assert_allclose(found, exact.slab_cumulative(THETA), rtol=1e-12, atol=1e-15)
    steady = 2 * HOLDS / SCALE
    np.testing.assert_allclose(flux([SLAB], HeldDonor(2.0), Sink(), THETA * SCALE) / steady, exact.slab_flux(THETA), rtol=0, atol=1e-13)


def test_thin_deposit():
    """T5: a donor without volume, 1e-13 of the peak."""
    found = flux([SLAB], StirredDonor(0.0, 1.0), Sink(), THETA * SCALE) * SCALE
    np.testing.assert_allclose(found, exact.deposit_flux(THETA), rtol=0, atol=2e-13)


@pytest.mark.parametrize("volume", [0.1, 1.0, 10.0])
def test_finite_dose(volume):
    """T4: flux and amount left by the series over the roots of cot b = V b, V in units of K h, to 1e-12 of the dose."""
    b = np.array([brentq(lambda b: np.cos(b) - volume * b * np.sin(b), n * np.pi, (n + 0.5) * np.pi, xtol=1e-15) for n in range(12)])
    weight = 2 * volume * b / ((volume + 1) * np.sin(b) + volume * b * np.cos(b))
    fade = np.exp(-np.outer(THETA, b**2))
    donor = StirredDonor(volume * HOLDS, volume * HOLDS)
    found = laplace.solution([SLAB], donor, Sink(), THETA * SCALE)
    np.testing.assert_allclose(flux([SLAB], donor, Sink(), THETA * SCALE) * SCALE / HOLDS, fade @ weight, rtol=0, atol=1e-12 * volume)
    np.testing.assert_allclose(found.passed / HOLDS, volume - fade @ (weight / b**2), rtol=0, atol=1e-12 * volume)


def test_slab_that_empties():
    """What a slab held at the start leaves through one face, the other closed: Crank's series, to 1e-13 of it."""
    b = (np.arange(12) + 0.5) * np.pi
    found = laplace.solution([SLAB._replace(start=3.0)], StirredDonor(0.0, 0.0), Sink(), THETA * SCALE)
    np.testing.assert_allclose(found.passed / (3 * HOLDS), 1 - np.exp(-np.outer(THETA, b**2)) @ (2 / b**2), rtol=0, atol=1e-13)


@pytest.mark.parametrize("time", [600.0, 1200.0, 3600.0, 14400.0])
def test_clearing_tissue(time):
    """T7: the answer to a constant flux is the integral of that to a deposit; 40 mm of tissue are a half-space, to 1e-10."""
    space, diffusivity, clearance, rate = 0.6, 2.6e-10, 3e-4, 1.14e-7
    stack, depths = [Layer(0.04, diffusivity, space, clearance / space)], (0.0, 2.5e-5, 4.25e-4, 1.5e-3)
    found = laplace.inverted(lambda s: laplace.transform(stack, StirredDonor(0.0, rate), Sink(), depths, s).u / s[..., None], [time])
    due = exact.clearing_tissue(np.array(depths), time, rate, space, diffusivity, clearance)
    np.testing.assert_allclose(found[0], due, rtol=1e-10)


def test_fast_layers_are_one_compartment():
    """With D without end, donor, layers and receptor are one well-mixed volume that two clearances empty, to 1e-10."""
    stack = [layer._replace(diffusivity=1e14) for layer in MIXED]
    holds = np.array([layer.thickness * layer.capacity for layer in stack])
    drains = np.array([*(holds * [layer.clearance for layer in stack]), 2.0])
    volume, times = holds.sum() + 0.4 + 0.3, np.array([0.01, 0.5, 2.0])
    found = laplace.solution(stack, StirredDonor(0.4, 5.0), StirredReceptor(0.3, 2.0), times)
    left = 5.0 * np.exp(-drains.sum() / volume * times)
    np.testing.assert_allclose(found.held, left[:, None] * holds / volume, rtol=1e-10)
    gone = (5.0 - left)[:, None] * drains / drains.sum()
    np.testing.assert_allclose(np.column_stack([found.cleared, found.washed]), gone, rtol=1e-10, atol=1e-12)


def test_steady_flux_and_lag_of_layers():
    """The late line of layers with contrast: C0 over the summed resistances, and a lag that is the integral of K v (1 - v), with
    v the steady profile, over the steady flux (multiply the equation by 1 - v and integrate by parts). To 1e-12."""
    stack = [layer._replace(clearance=0.0) for layer in MIXED]
    resistance = np.array([layer.thickness / layer.diffusivity / layer.capacity for layer in stack])
    steady = 1 / resistance.sum()
    low = 1 - np.cumsum(resistance) * steady
    high = low + resistance * steady
    holds = np.array([layer.thickness * layer.capacity for layer in stack])
    part = (high + low) / 2 - (high**2 + high * low + low**2) / 3                 # mean of v - v^2 where v is straight
    times = np.array([4e3, 1e4])
    passed = laplace.solution(stack, HeldDonor(1.0), Sink(), times).passed
    np.testing.assert_allclose(passed, steady * times - holds @ part, rtol=1e-12)


def test_layers_turned_round():
    """Where full layers under a donor of 1 drain into a sink, 1 - u is what enters empty ones from a donor in its place: the
    mirror image, to 1e-12."""
    stack = [layer._replace(clearance=0.0) for layer in MIXED]
    times, depths = np.array([0.02, 0.3, 5.0]), np.array([0.0, 0.1, 0.2, 0.45, 0.7, 1.3])
    full = laplace.solution([layer._replace(start=1.0) for layer in stack], HeldDonor(1.0), Sink(), times, depths)
    empty = laplace.solution(stack[::-1], HeldDonor(1.0), Sink(), times, 1.7 - depths)
    np.testing.assert_allclose(full.u, 1 - empty.u, rtol=0, atol=1e-12)


def test_layers_hold_what_their_profile_holds():
    """Amounts against Gauss's quadrature of K u, and nothing lost: layers that begin unequal, donor, receptor, clearances; 1e-12."""
    stack = [layer._replace(start=start) for layer, start in zip(MIXED, (0.2, 3.0, 0.0))]
    x, weight = roots_legendre(40)
    h = np.array([layer.thickness for layer in stack])[:, None]
    depths = (np.cumsum(h)[:, None] - h + h * (x + 1) / 2).ravel()
    found = laplace.solution(stack, StirredDonor(0.4, 5.0), StirredReceptor(0.3, 2.0), np.array([0.05, 0.4, 3.0]), depths)
    held = [layer.capacity * layer.thickness / 2 * found.u[:, 40 * k:40 * k + 40] @ weight for k, layer in enumerate(stack)]
    np.testing.assert_allclose(found.held, np.transpose(held), rtol=0, atol=1e-11)
    start = sum(layer.thickness * layer.capacity * layer.start for layer in stack)
    accounted = np.sum(held, 0) + found.cleared.sum(-1) + found.passed
    np.testing.assert_allclose(start + found.entered, accounted, rtol=0, atol=1e-11)


def test_another_contour_agrees():
    """Damped by exp(-t / time), a transform is read elsewhere: the same to 1e-12 of the largest value, with contrast."""
    case, depths = CASES["everything"], (0.0, 0.01, 0.03, 0.2, 0.43, 1.0)
    whole = lambda s: laplace.transform(case.layers, case.donor, case.receptor, depths, s)
    for part in laplace.Solution._fields:
        here = laplace.inverted(lambda s, part=part: getattr(whole(s), part), TIMES)
        there = np.e * laplace.inverted(lambda s, part=part: getattr(whole(s + 1 / TIMES), part), TIMES)
        print(f"{part}: two contours differ by {(abs(here - there).max(0) / abs(here).max(0)).max():.1e}")
        np.testing.assert_allclose(there, here, rtol=0, atol=1e-12 * abs(here).max())


@pytest.mark.parametrize("time", [0.0, -1.0])
def test_no_inversion_at_or_before_the_start(time):
    with pytest.raises(ValueError, match="above 0"):
        laplace.solution([SLAB], HeldDonor(1.0), Sink(), [1.0, time])


# ---- the engine ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", CASES)
def test_engine_meets_the_truth(outcomes, truth, name):
    """Three grids extrapolated twice (errors of order 2 and 4 removed) agree with the oracle, or with the manufactured solution,
    to 1e-6 of the largest value, in every amount and at every face."""
    coarse, middle, fine = (np.asarray(outcomes[cells].seen) for cells in GRIDS)
    once = [(4 * b - a) / 3 for a, b in ((coarse, middle), (middle, fine))]
    errors, plain = (differences(found, truth)[name] for found in ((16 * once[1] - once[0]) / 15, fine))
    print(f"{name}: extrapolated {max(errors.values()):.1e}, once {max(differences(once[1], truth)[name].values()):.1e}, "
          f"finest grid {max(plain.values()):.1e} ({max(plain, key=plain.get)})")
    assert max(errors.values()) <= 1e-6


@pytest.mark.parametrize("name", CASES)
def test_second_order_in_space(outcomes, truth, name):
    """2.0 +- 0.1 in every amount and for u inside layers, near interfaces and on them, from grid to grid."""
    errors = [differences(outcomes[cells].seen, truth)[name] for cells in GRIDS]
    slopes = {w: order([e[w] for e in errors]) for w in errors[0]}
    print(f"{name}:", {w: slope.round(3).tolist() for w, slope in slopes.items()})
    assert {w: slope for w, slope in slopes.items() if abs(slope - 2).max() > 0.1} == {}


@pytest.mark.parametrize("name", CASES)
def test_fourth_order_in_time(plans, name):
    """At least 3.7 for each amount, and for u over all faces: doses that start with a jump, and sources whose clock is a scalar, so
    that df/dt is in the Jacobian. One case is kept that shows what RODAS4 lacks, the order conditions for parabolic problems: with
    a source right up to a boundary that holds u, next to fast diffusion, u converges with 3.25 only. The amounts keep their order.
    """
    errors = [differences(plans[n], plans[ENOUGH])[name] for n in (2, 4, 8)]
    slopes = {w: order([e[w] for e in errors]) for w in errors[0] if not w.startswith("u ")}
    u = [max(x for w, x in e.items() if w.startswith("u ")) for e in errors]
    print(f"{name}: u {order(u).round(2)}, errors {u};", {w: slope.round(2).tolist() for w, slope in slopes.items()})
    assert min(order(u)) >= (3.2 if name == REDUCED else 3.7)
    assert min(slope.min() for slope in slopes.values()) >= 3.7


def test_mass_closes(outcomes):
    """Tissue, donor and receptor, each account on its own, to 1e-12 of what has entered, at every step of every grid."""
    for cells, out in outcomes.items():
        moved = abs(np.asarray(out.seen)[:, 2]).max(0)
        leak = np.asarray(out.leak) / moved
        print(f"{cells} cells: {leak.max():.1e}")
        assert leak.shape == (3, len(CASES))
        assert leak.max() <= 1e-12


VARIED = ("diffusivity0", "capacity1", "clearance2", "thickness1", "receptor_volume")


@pytest.mark.long
def test_derivatives_in_both_directions(models):
    """Of the layers with everything: forward against central differences 1e-5 of each readout's largest, reverse against forward 1e-8.

    The standard model's derivatives take minutes to compile: `make prove`."""
    p, model = {name: jnp.asarray(value) for name, value in parameters([CASES["everything"]]).items()}, models[GRIDS[0]]
    events = Protocol(np.array([0.0, TIMES[-1]]), np.zeros((1, 0, 1)), np.zeros((1, 0, 1)))
    plan = dict(moves=(), watch=WATCHED, steps=STEPS)

    def curves(x):
        return on_plan(model, p | {name: p[name] * jnp.exp(x[i]) for i, name in enumerate(VARIED)}, events, TIMES, **plan).seen[:, :, 0]

    x, h = jnp.zeros(len(VARIED)), 1e-3
    forward = np.asarray(made(jax.jacfwd(curves), x)(x))
    near, far = (np.stack([(curves(x + k * e) - curves(x - k * e)) / (2 * k * h) for e in h * np.eye(len(VARIED))], -1) for k in (1, 2))
    central = (4 * near - far) / 3                            # their errors of order h^2 cancel
    assert np.isfinite(forward).all()
    assert (abs(forward - central).max((0, 2)) / abs(central).max((0, 2))).max() <= 1e-5
    mix = np.cos(np.arange(forward[..., 0].size)).reshape(forward.shape[:2])
    value, reverse = gradient(model, p, events, TIMES, mix[:, :, None], **plan)
    along, due = np.array([float(p[name][0] * reverse[name][0]) for name in VARIED]), np.einsum("tw,twn->n", mix, forward)
    assert float(value) == pytest.approx(float((mix * curves(x)).sum()), rel=1e-12)
    assert (abs(along - due) / abs(due)).max() <= 1e-8
