"""The closed forms: against reference values, against their Laplace transforms, and in their limits."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import roots_legendre

from epsom.dermal import exact, laplace

SIXTH = 1 / 6
FLUX = {0.05: 0.034001466, 0.1: 0.29289965, SIXTH: 0.61672511, 0.3: 0.89646783, 0.5: 0.98561624, 1: 0.99989655}
CUMULATIVE = {0.1: 0.0078852929, SIXTH: 0.039044782, 0.3: 0.14382443, 0.5: 0.33479071, 1: 0.83334381}
DEPOSIT = {0.05: 0.34001466, 0.1665: 1.8501289, 0.5: 0.91473045, 1: 0.26642268}
SPREAD = {0.05: 0.38009762, 0.167: 1.8499818, 0.5: 0.91097802}            # a dose over a tenth of the depth
ABSORBED = {(0.1, 0.5): 0.68333333, (0.1, 3.0): 0.2875, (0.3, 1.0): 0.575}
TISSUE = {"flux": 1.14e-7, "space": 0.6, "diffusivity": 2.6e-10, "clearance": 3e-4}
DEPTHS = (2.5e-5, 4.25e-4, 1.5e-3)
CLEARING = {600: (0.2779964, 0.088528047, 0.00070469155), 1200: (0.36501803, 0.15930532, 0.0080784018),
            3600: (0.47856491, 0.2629017, 0.046086187), 14400: (0.50893113, 0.29221852, 0.065757491)}


def tenth_deep_flux(theta):
    """T6 with a tenth of the slab loaded."""
    return exact.spread_dose_flux(theta, 0.1)


@pytest.mark.parametrize("function, table", [(exact.slab_flux, FLUX), (exact.slab_cumulative, CUMULATIVE),
                                             (exact.deposit_flux, DEPOSIT), (tenth_deep_flux, SPREAD)])
def test_slab_agrees_with_the_reference_values(function, table):
    """T1, T2, T5 and T6 to all digits of the reference."""
    np.testing.assert_allclose(function(np.array(list(table))), list(table.values()), rtol=4e-8)


@pytest.mark.parametrize("time", CLEARING)
def test_clearing_tissue_agrees_with_the_reference_values(time):
    """T7 to all digits of the reference."""
    found = exact.clearing_tissue(np.array(DEPTHS), time, **TISSUE)
    np.testing.assert_allclose(found, CLEARING[time], rtol=4e-8)


@pytest.mark.parametrize("function, transform", [
    (exact.slab_flux, lambda q: 1 / (q * np.sinh(q))), (exact.slab_cumulative, lambda q: 1 / (q**3 * np.sinh(q))),
    (exact.deposit_flux, lambda q: 1 / np.cosh(q)), (tenth_deep_flux, lambda q: np.sinh(0.1 * q) / (0.1 * q * np.cosh(q)))])
@pytest.mark.parametrize("s", [0.5, 3.0, 20.0])
def test_slab_has_its_laplace_transform(function, transform, s):
    """T1, T2, T5 and T6 solve the diffusion equation: their transforms are the hyperbolic functions of its solution."""
    found = sum(quad(lambda x: np.exp(-s * x) * function(x), a, b, epsabs=0, epsrel=1e-12)[0]
                for a, b in ((1e-4, 0.3), (0.3, 4.0), (4.0, 70.0 / s + 4.0)))
    assert found == pytest.approx(transform(np.sqrt(s)), rel=1e-11)


@pytest.mark.parametrize("depth", [0.0, 4.25e-4])
@pytest.mark.parametrize("s", [1e-4, 3e-3])
def test_clearing_tissue_has_its_laplace_transform(depth, s):
    """T7 solves diffusion with clearance under a flux that begins at time 0."""
    space, diffusivity, rate = TISSUE["space"], TISSUE["diffusivity"], s + TISSUE["clearance"] / TISSUE["space"]
    due = TISSUE["flux"] / (s * space * np.sqrt(diffusivity * rate)) * np.exp(-depth * np.sqrt(rate / diffusivity))
    x, weight = roots_legendre(400)
    root = np.sqrt(40 / s) * (x + 1) / 2                      # time = root^2 takes the singular start away
    curve = exact.clearing_tissue(depth, root**2, **TISSUE) * np.exp(-s * root**2) * 2 * root
    assert np.sqrt(40 / s) / 2 * (weight @ curve) == pytest.approx(due, rel=1e-10)


@pytest.mark.parametrize("function", [exact.slab_flux, exact.slab_cumulative, exact.deposit_flux, tenth_deep_flux])
def test_both_forms_of_a_series_meet(function, monkeypatch):
    """The forms for short and for long times agree over a wide range around the turn between them."""
    theta = np.linspace(0.1, 1.0, 50)
    monkeypatch.setattr(exact, "TURN", 0.09)
    long = function(theta)
    monkeypatch.setattr(exact, "TURN", 1.1)
    np.testing.assert_allclose(function(theta), long, rtol=1e-13)


def test_cumulative_becomes_a_line_that_starts_at_the_lag():
    """T3: the late line of T1 has slope 1 and meets the time axis at h^2 / 6 D."""
    thickness, diffusivity = 18e-6, 7.5e-15
    theta = np.array([5.0, 6.0])
    late = exact.slab_cumulative(theta)
    assert late[1] - late[0] == pytest.approx(1, abs=1e-14)
    begins = (theta[0] - late[0]) * thickness**2 / diffusivity
    assert exact.lag_time(thickness, diffusivity) == pytest.approx(begins, rel=1e-13)


def test_the_whole_deposit_crosses_and_peaks_where_it_should():
    """T5: the integral is 1; the peak is 1.850 at theta 0.1665."""
    crossed = sum(quad(exact.deposit_flux, a, b, epsrel=1e-12)[0] for a, b in ((0, 0.3), (0.3, 20.0)))
    assert crossed == pytest.approx(1, abs=1e-12)
    theta = np.linspace(0.1, 0.3, 2001)
    flux = exact.deposit_flux(theta)
    assert theta[flux.argmax()] == pytest.approx(0.1665, abs=2e-4)
    assert flux.max() == pytest.approx(1.850, abs=5e-4)


def test_a_dose_in_depth_is_absorbed_as_in_the_reference():
    """T6: with a surface that loses; a dose over no depth is a deposit, and without loss all arrives."""
    for (depth, loss), share in ABSORBED.items():
        assert exact.spread_dose_absorbed(depth, loss) == pytest.approx(share, rel=2e-8)
    assert exact.spread_dose_absorbed(0.0, 3.0) == 0.25 and exact.spread_dose_absorbed(0.7, 0.0) == 1.0
    theta = np.array([0.05, 0.2, 1.0])
    np.testing.assert_allclose(exact.spread_dose_flux(theta, 1e-4), exact.deposit_flux(theta), rtol=1e-6)


@pytest.mark.parametrize("clearance", [0.0, 1e-9, 0.3, 40.0])
def test_permeability_and_lag_of_layers_are_those_of_their_transform(clearance):
    """T8: the late flux under a held donor is P - P lag s to first order in s; layers with contrast, cleared or not."""
    layers = [laplace.Layer(0.2, 1e-3, 30.0, clearance / 30), laplace.Layer(0.5, 10.0, 1.0, clearance), laplace.Layer(1.0, 0.1, 5.0)]
    permeability, lag = exact.laminate([0.2, 0.5, 1.0], [30.0, 1.0, 5.0], [1e-3, 10.0, 0.1], [clearance, clearance, 0.0])
    s = 1e-6 * np.exp(2j * np.pi * np.arange(8) / 8)
    inverse = s / (s**2 * laplace.transform(layers, laplace.HeldDonor(1.0), laplace.Sink(), (), s).passed)    # b(s) s, by its circle
    value, slope = (inverse / s).mean().real, (inverse / s / s).mean().real
    assert permeability == pytest.approx(1 / value, rel=1e-9)
    assert lag == pytest.approx(slope / value, rel=1e-6)


def test_layers_without_clearance_are_resistances_in_series():
    """T8: 1 / P is the sum of h / K D; layers alike are one slab with lag h^2 / 6 D, also cut in pieces and cleared."""
    permeability, lag = exact.laminate([1e-5, 3e-5], [0.3, 0.3], [1e-14, 1e-14], [0.0, 0.0])
    assert permeability == pytest.approx(0.3 * 1e-14 / 4e-5, rel=1e-14) and lag == pytest.approx(16e-10 / 6e-14, rel=1e-14)
    whole = exact.laminate([4e-5], [0.3], [1e-14], [1e-4])
    assert exact.laminate([1e-5, 3e-5], [0.3, 0.3], [1e-14, 1e-14], [1e-4, 1e-4]) == pytest.approx(whole, rel=1e-12)


def test_first_traces_keep_full_precision():
    """Long before the lag the leading image alone is the answer, down to 1e-270, and nothing has come at time 0."""
    theta = np.array([4e-4, 1e-3, 1e-2])
    image = np.exp(-1 / (4 * theta))
    np.testing.assert_allclose(exact.slab_flux(theta), 2 / np.sqrt(np.pi * theta) * image, rtol=1e-12)
    np.testing.assert_allclose(exact.deposit_flux(theta), image / np.sqrt(np.pi * theta**3), rtol=1e-12)
    # The first three terms of the asymptotic series of the integral of erfc.
    series = 1 - 6 * theta + 60 * theta**2
    np.testing.assert_allclose(exact.slab_cumulative(theta), 8 * theta**1.5 / np.sqrt(np.pi) * image * series,
                               rtol=1e-3)
    assert (exact.slab_flux(0.0), exact.slab_cumulative(0.0), exact.deposit_flux(0.0)) == (0, 0, 0)


def test_clearing_tissue_settles_and_its_surface_takes_up_the_flux():
    """T7: the transient ends in the steady profile; the slope at the surface carries the flux at any time."""
    depth = np.linspace(0, 5e-3, 40)
    np.testing.assert_allclose(exact.clearing_tissue(depth, 1e6, **TISSUE),
                               exact.clearing_tissue_steady(depth, **TISSUE), rtol=1e-13)
    near = 1e-7 * np.arange(3)
    for time in (100.0, 5000.0):
        slope = exact.clearing_tissue(near, time, **TISSUE) @ [-1.5, 2, -0.5] / 1e-7
        assert -TISSUE["space"] * TISSUE["diffusivity"] * slope == pytest.approx(TISSUE["flux"], rel=1e-6)


def test_time_before_the_start_is_refused():
    """A negative time is a mistake, not a zero."""
    with pytest.raises(ValueError, match="negative"):
        exact.slab_flux([0.1, -0.1])
