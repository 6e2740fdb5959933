"""Ions without current: the solver against closed forms, Donnan's and Goldman's equations, and boundary value problems by SciPy."""

import numpy as np
import pytest
from scipy.integrate import solve_bvp
from scipy.optimize import brentq

from epsom.core.errors import InputError
from epsom.dermal import exact, laplace
from epsom.dermal.electrodiffusion import Held, Layer, Stirred, course, donnan_step, steady

IONS = {"sodium": (1, 1.334e-9), "potassium": (1, 1.957e-9), "magnesium": (2, 7.06e-10), "chloride": (-1, 2.032e-9)}
CHARGE, DIFFUSIVITY = (np.array(column) for column in zip(*IONS.values()))
SALT, PAIR = CHARGE[2:], DIFFUSIVITY[2:]                     # magnesium chloride alone
BRINE = np.array([0.0, 0.0, 2600.0, 5200.0])
BODY = np.array([150.0, 4.0, 0.55, 155.1])
H = 1e-5
THETA = np.array([0.1, 1 / 6, 0.3, 0.5, 1.0, 2.0])


def salt_diffusivity(charge, pair):
    """Nernst and Hartley: of a salt of two ions that must keep together."""
    return (charge[0] - charge[1]) * pair[0] * pair[1] / (charge[0] * pair[0] - charge[1] * pair[1])


def donnan(bath, charge, fixed):
    """(concentrations inside, potential inside) by bracketing the root of the neutrality of the inside."""
    root = brentq(lambda x: bath @ (charge * np.exp(-charge * x)) + fixed, -30, 30, xtol=1e-15, rtol=1e-15)
    return bath * np.exp(-charge * root), root


def extrapolated(run, grids=(24, 48, 96)):
    """(what `run(cells)` gives with errors of order 2 and 4 removed, orders of convergence of each value)."""
    coarse, middle, fine = (np.asarray(run(cells)) for cells in grids)
    once = (4 * middle - coarse) / 3, (4 * fine - middle) / 3
    best = (16 * once[1] - once[0]) / 15
    return best, np.log2(abs(coarse - best) / abs(middle - best))


# ---- Donnan ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("bath", [0.5, 17.0, 2600.0])
@pytest.mark.parametrize("fixed", [-300.0, -1.0, 0.0, 50.0])
def test_salt_in_fixed_charge(bath, fixed):
    """T14: 2 c+ - c- + X = 0 with c+ c-^2 = 4 c0^3 is a cubic in c-; its positive root to 1e-10."""
    roots = np.roots([1.0, -fixed, 0.0, -8 * bath**3])                 # c-^2 (c- - X) / 2 = 4 c0^3
    chloride = roots[(abs(roots.imag) < 1e-9 * abs(roots)) & (roots.real > 0)].real
    solution, none = np.array([[bath, 2 * bath]]), np.zeros(1)
    step = donnan_step(solution, SALT, none + 1, none, none, none + fixed)
    np.testing.assert_allclose(solution[0] * np.exp(-SALT * step), [(chloride[0] - fixed) / 2, chloride[0]], rtol=1e-10)


@pytest.mark.parametrize("fixed", [-300.0, -30.0, 100.0])
def test_mixed_salts_in_fixed_charge(fixed):
    """T14: at both ends of a charged layer at rest between mixtures stand the equilibria that bracketing finds, to 1e-11."""
    found = steady(CHARGE, [Layer(H, DIFFUSIVITY, 0.3, fixed)], Held(BRINE), Held(BODY), cells=16)
    for end, bath, outside in ((0, BRINE, 0.0), (-1, BODY, found.receptor_potential)):
        inside, step = donnan(bath, CHARGE, fixed)
        np.testing.assert_allclose(found.concentration[0, end], inside, rtol=1e-11)
        assert found.potential[0, end] - outside == pytest.approx(step, abs=1e-11)


def test_amount_parted_between_two_volumes():
    """What two charged sides hold together is the amount, each is neutral, and both are in equilibrium, to 1e-12."""
    left, right, charges = 2.0, 0.5, (-50.0, 200.0)
    amount = np.array([[30.0, 5.0, 100.0, 235.0 + 2 * -50.0 + 0.5 * 200.0]])
    step = donnan_step(amount, CHARGE, *map(np.atleast_1d, (left, right, *charges)))
    fade = np.exp(-CHARGE * step)
    inside = amount[0] / (left + right * fade)
    assert inside @ CHARGE + charges[0] == pytest.approx(0, abs=1e-12 * 300)
    assert (inside * fade) @ CHARGE + charges[1] == pytest.approx(0, abs=1e-12 * 300)


# ---- one salt --------------------------------------------------------------------------------------------------------
def test_salt_is_fick():
    """T11: magnesium chloride crosses as by Fick with 3 D+ D- / (2 D+ + D-): flux and amount to 3e-6 of the steady flux and
    of what the layer would hold, order 2."""
    d = salt_diffusivity(SALT, PAIR)
    assert d == pytest.approx(3 * PAIR[0] * PAIR[1] / (2 * PAIR[0] + PAIR[1]), rel=1e-14)

    def run(cells):
        found = course(SALT, [Layer(H, PAIR)], Held([100.0, 200.0]), Held([1.0, 2.0]), [1.0, 2.0], THETA * H**2 / d, cells=cells)
        return found.passed[:, 0] / (99 * H), found.profile.flux[:, 0, -1, 0] / (99 * d / H)
    best, orders = extrapolated(run)
    due = exact.slab_cumulative(THETA), exact.slab_flux(THETA)
    print("salt is Fick: extrapolated", abs(best - due).max(), "64 cells", abs(np.asarray(run(64)) - due).max(), "order", orders)
    np.testing.assert_allclose(best, due, rtol=0, atol=3e-6)
    assert abs(orders - 2).max() < 0.1


def test_salt_through_layers_from_a_film():
    """T11 with all parts: a finite film, two layers unlike in space and diffusivity, a finite receptor; against the inverted
    Laplace transform of Fick with the salt's diffusivity, to 1e-6 of the dose."""
    stack = [Layer(H, PAIR * 0.01, 0.05), Layer(3 * H, PAIR, 0.6)]
    times = np.array([0.05, 0.2, 1.0, 5.0]) * H**2 / PAIR[0] * 100
    fick = [laplace.Layer(x.thickness, salt_diffusivity(SALT, np.asarray(x.diffusivity)), x.space) for x in stack]
    due = laplace.solution(fick, laplace.StirredDonor(2 * H, 1999 * 2 * H), laplace.StirredReceptor(4 * H), times)

    def run(cells):
        found = course(SALT, stack, Stirred(2 * H, [2000.0, 4000.0]), Stirred(4 * H, [1.0, 2.0]), [1.0, 2.0], times, cells=cells)
        return found.entered[:, 0], found.passed[:, 0]
    best, orders = extrapolated(run)
    print("film: extrapolated", abs(best - np.array([due.entered, due.passed])).max() / (4e3 * H), "order", orders)
    np.testing.assert_allclose(best, [due.entered, due.passed], rtol=0, atol=1e-6 * 4e3 * H)
    assert abs(orders - 2).max() < 0.15


@pytest.mark.parametrize("charge", [(1, -1), (2, -1), (1, -2), (3, -1), (2, -2)])
@pytest.mark.parametrize("ratio", [2.0, 30.0])
def test_liquid_junction(charge, ratio):
    """T13: psi = -(D+ - D-) / (z+ D+ + |z-| D-) ln(c1 / c0) for one salt, as zero current says at each point, to 1e-5. For
    magnesium chloride that is 0.385 RT/F for each factor e."""
    charge, pair = np.array(charge), np.array([7.06e-10, 2.032e-9])
    slope = (pair[0] - pair[1]) / (charge[0] * pair[0] - charge[1] * pair[1])
    salt = abs(charge[::-1])
    run = lambda cells: steady(charge, [Layer(H, pair)], Held(ratio * salt), Held(salt), cells=cells).receptor_potential
    best, _ = extrapolated(run, (48, 96, 192))
    assert best == pytest.approx(slope * np.log(ratio), rel=1e-5)
    assert tuple(charge) != (2, -1) or slope == pytest.approx(-0.385, abs=5e-4)


@pytest.mark.parametrize("peclet", [-2.0, 0.5, 3.0])
def test_salt_carried_by_water(peclet):
    """Volume flow v: J = v (c0 e^Pe - c1) / (e^Pe - 1) with Pe = v h / (space D) and the salt's D, to 1e-6."""
    d, space = salt_diffusivity(SALT, PAIR), 0.2
    v = peclet * space * d / H
    run = lambda cells: steady(SALT, [Layer(H, PAIR, space)], Held([100.0, 200.0]), Held([10.0, 20.0]), volume_flow=v,
                               cells=cells).flux[0, 0, 0]
    best, orders = extrapolated(run)
    assert best == pytest.approx(v * (100 * np.exp(peclet) - 10) / np.expm1(peclet), rel=1e-6)
    assert orders == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("fixed", [-200.0, 80.0])
def test_small_step_in_fixed_charge(fixed):
    """In a charged layer a small step of one salt spreads with Helfferich's interdiffusion coefficient, D+ D- (z+^2 c+ + z-^2 c-)
    / (z+^2 D+ c+ + z-^2 D- c-): the course over time against the slab's series, to 1e-4."""
    bath, change = np.array([50.0, 100.0]), 1e-5
    c = donnan(bath, SALT, fixed)[0]
    d = PAIR[0] * PAIR[1] * (SALT**2 @ c) / (SALT**2 @ (PAIR * c))
    inside = [donnan(bath * (1 + sign * change), SALT, fixed)[0][0] for sign in (1, -1)]
    run = lambda cells: course(SALT, [Layer(H, PAIR, 1.0, fixed)], Held(bath * (1 + change)), Held(bath * (1 - change)),
                               bath * (1 - change), THETA * H**2 / d, cells=cells, tolerance=1e-9).passed[:, 0]
    best, _ = extrapolated(run)
    np.testing.assert_allclose(best / (H * (inside[0] - inside[1])), exact.slab_cumulative(THETA), rtol=0, atol=1e-4)


# ---- mixtures --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("share", [1e-5, 1e-3, 1e-2, 0.1])
def test_trace_is_fick(share):
    """T12: magnesium as a trace in sodium chloride is Fick with its own D. With a share m of the salt the steady flux is that times
    1 + 2 (D_Cl - D_Mg) / (D_Na + D_Cl) m (first order in m, our own algebra): 0.79 m; the next order is
    within m^2."""
    charge, diffusivity = CHARGE[[0, 2, 3]], DIFFUSIVITY[[0, 2, 3]]
    growth = 2 * (diffusivity[2] - diffusivity[1]) / (diffusivity[0] + diffusivity[2])
    donor, receptor = 150 * np.array([1.0, share, 1 + 2 * share]), np.array([150.0, 0.0, 150.0])
    best, _ = extrapolated(lambda cells: steady(charge, [Layer(H, diffusivity)], Held(donor), Held(receptor), cells=cells).flux[0, 0, 1])
    factor = best * H / (diffusivity[1] * donor[1])
    print(f"share {share}: factor - 1 = {factor - 1:.4e}, by first order {growth * share:.4e}")
    assert factor - 1 == pytest.approx(growth * share, abs=share**2 + 1e-8)


def test_field_of_goldman():
    """Between univalent salts of one total the field is constant, and potential and fluxes are Goldman's, on any grid to 1e-12."""
    charge, d = CHARGE[[0, 1, 3]], DIFFUSIVITY[[0, 1, 3]]
    donor, receptor = np.array([120.0, 30.0, 150.0]), np.array([10.0, 140.0, 150.0])
    found = steady(charge, [Layer(H, d)], Held(donor), Held(receptor), cells=8)
    forth, back = d * np.where(charge > 0, donor, receptor), d * np.where(charge > 0, receptor, donor)
    rise = np.log(forth.sum() / back.sum())
    assert found.receptor_potential == pytest.approx(rise, rel=1e-12)
    pull = charge * rise
    np.testing.assert_allclose(found.flux[0, 3], d / H * pull * (donor - receptor * np.exp(pull)) / np.expm1(pull), rtol=1e-11)
    np.testing.assert_allclose(found.potential[0] / rise, found.depth[0] / H, rtol=0, atol=1e-12)


def slopes(charge, diffusivity, c, flux):
    """(ions, places): dc/dx at these concentrations under a flux without current, from the derivative of neutrality."""
    field = -(charge / diffusivity * flux).sum(0) / (charge**2 * c).sum(0)
    return -flux / diffusivity - charge * c * field


@pytest.mark.parametrize("fixed", [0.0, -100.0])
def test_brine_against_body_is_what_scipy_finds(fixed):
    """2.6 M magnesium chloride outside, body fluid inside, steady: `solve_bvp` on the plain equations, between Donnan equilibria by
    bracketing. Fluxes and potential to 2e-6, order 2."""
    charge, scale = CHARGE[:, None], DIFFUSIVITY[3] * BRINE[3] / H
    inside = [donnan(bath, CHARGE, fixed) for bath in (BRINE, BODY)]
    upper, lower = inside[0][0], inside[1][0]

    def rate(x, y, j):
        return slopes(charge, DIFFUSIVITY[:, None] / H, y, j[:, None] * scale)

    def ends(top, bottom, j):
        return np.concatenate([(top - upper) / BRINE[3], (bottom - lower)[:3] / BRINE[3], [j @ CHARGE]])
    x = np.linspace(0, 1, 200)
    line = upper[:, None] * (1 - x) + lower[:, None] * x
    guess = steady(CHARGE, [Layer(H, DIFFUSIVITY, 1.0, fixed)], Held(BRINE), Held(BODY), cells=8).flux[0, 0] / scale
    oracle = solve_bvp(rate, ends, x, line, guess, tol=1e-9, max_nodes=100000)
    assert oracle.success, oracle.message
    j = oracle.p * scale
    fine = np.linspace(0, 1, 20001)
    c = oracle.sol(fine)
    field = -(charge / DIFFUSIVITY[:, None] * H * j[:, None]).sum(0) / (charge**2 * c).sum(0)
    rise = np.trapezoid(field, fine) + inside[0][1] - inside[1][1]

    def run(cells):
        found = steady(CHARGE, [Layer(H, DIFFUSIVITY, 1.0, fixed)], Held(BRINE), Held(BODY), cells=cells)
        return np.append(found.flux[0, 0], found.receptor_potential)
    best, orders = extrapolated(run)
    due = np.append(j, rise)
    print(f"brine, X = {fixed}: error", abs(best / due - 1), "64 cells", abs(run(64) / due - 1), "order", orders)
    np.testing.assert_allclose(best, due, rtol=2e-6)
    assert orders == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("increment", [5.0, 100.0, 2600.0])
def test_mixture_that_spreads_into_deep_tissue(increment):
    """Into a half-space everything is a function of depth / (2 sqrt(t)): a boundary value problem that `solve_bvp` solves. What has
    entered from magnesium chloride over sodium chloride is sqrt(t) times a flux, to 1e-4 for each ion; a transient, all ions
    moving."""
    keep = [0, 2, 3]
    charge, d = CHARGE[keep], DIFFUSIVITY[keep]
    inside = np.array([150.0, 0.0, 150.0])
    outside = inside + increment * np.array([0.0, 1.0, 2.0])
    speed, column = np.sqrt(d[2]), charge[:, None]

    def rate(x, y):
        c, flux = y[:3], y[3:]
        change = slopes(column, d[:, None] / d[2], c, flux)
        return np.concatenate([change, 2 * x * change])                        # flux' = -dc/dt: J scaled by 2 sqrt(t / D_Cl)
    ends = lambda top, bottom: np.concatenate([top[:3] - outside, bottom[:2] - inside[:2], [bottom[3:] @ charge]])
    x = np.linspace(0, 8, 400)
    guess = np.concatenate([inside[:, None] + (outside - inside)[:, None] * np.exp(-2 * x),
                            2 * (outside - inside)[:, None] * np.exp(-2 * x) * d[:, None] / d[2]])
    oracle = solve_bvp(rate, ends, x, guess, tol=1e-8, max_nodes=50000)
    assert oracle.success, oracle.message
    due = oracle.sol(0)[3:] * speed * np.sqrt(400.0)
    depth = 2 * np.sqrt(d[2] * 400.0)

    def run(cells):
        layers = [Layer(depth, d), Layer(5 * depth, d)]
        return course(charge, layers, Held(outside), Stirred(0.0, inside), inside, [400.0], cells=cells).entered[0]
    best, orders = extrapolated(run)
    print(f"increment {increment}: error", abs(best - due) / due[1], "orders", orders)
    np.testing.assert_allclose(best, due, rtol=0, atol=1e-4 * due[1])


# ---- what holds for any of them --------------------------------------------------------------------------------------
STACK = [Layer(H, DIFFUSIVITY * [0.01, 0.012, 0.006, 0.013], 0.05, -100.0), Layer(2 * H, DIFFUSIVITY * 0.2, 0.6, 20.0), Layer(H, DIFFUSIVITY)]
BARE = np.array([150.0, 4.0, 0.0, 154.0])


@pytest.fixture(scope="module")
def film():
    """A film of brine over three layers without magnesium, charged and unlike, with water coming out and a small receptor."""
    times = [1e-3, 1.0, 60.0]
    return course(CHARGE, STACK, Stirred(2 * H, BRINE), Stirred(5 * H, BARE), BARE, times, volume_flow=-1e-8, cells=48)


def test_each_ion_is_conserved(film):
    """Start + entered = passed + held, for each ion, to 1e-12; what the film has lost is what has entered."""
    print("unaccounted", abs(film.unaccounted).max(), "net charge", film.profile.net_charge.max(), "current", film.profile.current.max())
    assert abs(film.unaccounted).max() < 1e-12
    np.testing.assert_allclose(2 * H * (BRINE - film.profile.donor), film.entered, rtol=0, atol=1e-12 * 2 * H * BRINE.max())
    np.testing.assert_allclose(5 * H * (film.profile.receptor - BARE), film.passed, rtol=0, atol=1e-12 * 2 * H * BRINE.max())


def test_neutral_without_current(film):
    """Everywhere, on both sides of each interface, at all times, to 1e-10."""
    assert film.profile.net_charge.max() < 1e-10 and film.profile.current.max() < 1e-10


def test_nothing_is_negative(film):
    """Magnesium that begins at 0, under a front of brine: never below -1e-9 of the film's, which is below the tolerance in time."""
    print("least", film.profile.concentration.min() / BRINE[2])
    assert film.profile.concentration.min() > -1e-9 * BRINE[2]
    assert film.profile.concentration[1:, 0, :, 2].min() > 0


def test_equilibrium_at_interfaces(film):
    """ln c + z psi is the same on both sides of each interface, to 1e-9."""
    level = np.log(film.profile.concentration[2:, ..., :]) + CHARGE * film.profile.potential[2:, ..., None]
    np.testing.assert_allclose(level[:, :-1, -1], level[:, 1:, 0], rtol=0, atol=1e-9)


def test_course_ends_in_the_steady_state():
    """Fluxes at 30 lags and those by Newton's method, to 1e-7 of the largest."""
    found = course(CHARGE, STACK[:2], Held(BRINE), Held(BODY), BODY, [3e4], cells=24).profile
    due = steady(CHARGE, STACK[:2], Held(BRINE), Held(BODY), cells=24)
    np.testing.assert_allclose(found.flux[0], due.flux, rtol=0, atol=1e-7 * abs(due.flux).max())
    np.testing.assert_allclose(found.concentration[0], due.concentration, rtol=1e-6)
    assert np.ptp(due.flux, axis=(0, 1)).max() < 1e-10 * abs(due.flux).max()


def test_tolerance_bounds_the_error_in_time():
    """Against 1e-7: the error in amounts stays below the tolerance and falls with it."""
    run = lambda tolerance: course(CHARGE, STACK[:1], Stirred(H, BRINE), Held(BODY), BODY, [100.0, 400.0], cells=16,
                                   tolerance=tolerance).entered
    due = run(1e-7)
    errors = [abs(run(tolerance) - due).max() / abs(due).max() for tolerance in (1e-3, 1e-4, 1e-5)]
    print("time:", errors)
    assert (errors < np.array([1e-3, 1e-4, 1e-5])).all() and errors[2] < errors[1] < errors[0]


def test_without_charge_is_fick():
    """A solute without charge among ions, through charged layers: the donor over the summed resistances, to 1e-11 on any grid."""
    diffusivity = [np.append(layer.diffusivity, layer.diffusivity[2]) for layer in STACK]
    stack = [layer._replace(diffusivity=d) for layer, d in zip(STACK, diffusivity)]
    found = steady(np.append(CHARGE, 0), stack, Held(np.append(BRINE, 7.0)), Held(np.append(BODY, 0.0)), cells=8)
    resistance = sum(layer.thickness / layer.space / layer.diffusivity[-1] for layer in stack)
    np.testing.assert_allclose(found.flux[..., -1], 7.0 / resistance, rtol=1e-11)


def test_rest_stays_at_rest():
    """Charged layers between closed ends, in equilibrium with one solution: nothing moves."""
    found = course(CHARGE, STACK, Stirred(0.0, BODY), Stirred(0.0, BODY), BODY, [3600.0], cells=12)
    assert abs(found.profile.flux).max() < 1e-13 * (DIFFUSIVITY * BODY).max() / H
    assert abs(found.entered).max() < 1e-13 * found.held.max() and abs(found.passed).max() < 1e-13 * found.held.max()


def test_other_units():
    """With metre x 10, second x 60 and mole x 7 every amount follows, to a tenth of the tolerance in time."""
    metre, second, mole = 10.0, 60.0, 7.0
    per_volume, d = mole / metre**3, metre**2 / second
    stack = [Layer(x.thickness * metre, np.asarray(x.diffusivity) * d, x.space, x.fixed_charge * per_volume) for x in STACK[:2]]
    times = np.array([10.0, 300.0])
    plain = course(CHARGE, STACK[:2], Stirred(H, BRINE), Held(BODY), BODY, times, volume_flow=1e-8, cells=12)
    other = course(CHARGE, stack, Stirred(H * metre, BRINE * per_volume), Held(BODY * per_volume), BODY * per_volume, times * second,
                   volume_flow=1e-8 * metre / second, cells=12)
    np.testing.assert_allclose(other.entered, plain.entered * mole / metre**2, rtol=1e-7)
    np.testing.assert_allclose(other.profile.potential, plain.profile.potential, rtol=1e-7, atol=1e-7)
    still = [steady(CHARGE, layers, Held(BRINE * c), Held(BODY * c), cells=12).flux for layers, c in ((STACK[:2], 1.0), (stack, per_volume))]
    np.testing.assert_allclose(still[1], still[0] * mole / metre**2 / second, rtol=1e-10)


@pytest.mark.parametrize("wrong", [[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 100.0, 100.0], [-1.0, 1.0, 100.0, 200.0], [100.0, 200.0],
                                   [np.nan, 0.0, 1.0, 2.0]])
def test_a_solution_that_cannot_be_is_refused(wrong):
    for run in (lambda: steady(CHARGE, STACK, Held(wrong), Held(BODY)),
                lambda: course(CHARGE, STACK, Held(BODY), Held(BODY), wrong, [1.0])):
        with pytest.raises(InputError, match="neutral together"):
            run()
