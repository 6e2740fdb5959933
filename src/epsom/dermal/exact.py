"""Exact solutions of diffusion through a slab and in clearing tissue, against which the engine is tested.

A slab has thickness h, diffusivity D and partition K, with a donor C0 above and a sink below. Time is counted as
theta = D t / h^2, amount as K C0 h, flux in units of the steady flux K D C0 / h. Each series comes in two forms, one
for long and one for short times, so that full precision holds from the first trace to the steady state.

The slab is in Crank, The Mathematics of Diffusion, 2nd ed. 1975, section 4.3; the thin deposit is the case of
Scheuplein and Ross 1974, the dose that lies in the slab at the start that of Kasting 2001. Clearing tissue and layers in
series are our own algebra, checked by Laplace transforms. T1 to T8 are the numbers of these cases in the tests.
"""

from __future__ import annotations

import numpy as np
from scipy.special import erfc, erfcx, factorial

TURN = 0.3               # theta at which the form for long times takes over
TERMS = np.arange(12)    # at the turn the next term of either form is below 1e-150
SIGN = (-1.0) ** TERMS


def _by_time(theta, short, long):
    """The form that fits each time; both get theta with a last axis for their terms."""
    theta = np.asarray(theta, float)
    if not (theta >= 0).all():
        raise ValueError("time must not be negative")
    early = np.clip(theta, 1e-4, TURN)                        # below 1e-4 everything is smaller than 1e-1000
    late = np.maximum(theta, TURN)
    return np.where(theta < TURN, short(early[..., None]), long(late[..., None]))[()]


def slab_flux(theta):
    """Flux into the sink under an infinite dose, relative to the steady flux (T2).

    Parameters
    ----------
    theta : D t / h^2, any shape.
    """
    odd, n = 2 * TERMS + 1, TERMS + 1
    return _by_time(
        theta,
        lambda x: (2 / np.sqrt(np.pi * x) * np.exp(-odd**2 / (4 * x))).sum(-1),
        lambda x: 1 - 2 * (SIGN * np.exp(-(n * np.pi) ** 2 * x)).sum(-1))


def slab_cumulative(theta):
    """Amount per area that has reached the sink under an infinite dose, in units of K C0 h (T1).

    Parameters
    ----------
    theta : D t / h^2, any shape.
    """
    odd, n = 2 * TERMS + 1, TERMS + 1
    return _by_time(
        theta,
        lambda x: (4 * np.sqrt(x) * _repeated_erfc(odd / (2 * np.sqrt(x)))).sum(-1),
        lambda x: x[..., 0] - 1 / 6 + 2 / np.pi**2 * (SIGN / n**2 * np.exp(-(n * np.pi) ** 2 * x)).sum(-1))


def _repeated_erfc(x):
    """Integral of erfc from x to infinity."""
    return np.exp(-x * x) * (1 / np.sqrt(np.pi) - x * erfcx(x))


def lag_time(thickness, diffusivity):
    """Where the late straight line of `slab_cumulative` meets the time axis, in s (T3).

    Parameters
    ----------
    thickness : m, and diffusivity : m^2/s, of shapes that broadcast.
    """
    return thickness**2 / (6 * diffusivity)


def deposit_flux(theta):
    """Flux into the sink from an amount M per area laid as a thin deposit on a surface that lets nothing out again,
    in units of M D / h^2 (T5). Its integral over theta is 1.

    Parameters
    ----------
    theta : D t / h^2, any shape.
    """
    odd = 2 * TERMS + 1
    return _by_time(
        theta,
        lambda x: (SIGN * odd / (np.sqrt(np.pi) * x**1.5) * np.exp(-odd**2 / (4 * x))).sum(-1),
        lambda x: np.pi * (SIGN * odd * np.exp(-(odd * np.pi) ** 2 * x / 4)).sum(-1))


def spread_dose_flux(theta, depth):
    """As `deposit_flux`, where the amount M is spread evenly over the upper part of the slab at the start (T6).

    Parameters
    ----------
    theta : D t / h^2, any shape. depth : share of the slab that holds the dose, above 0 and at most 1.
    """
    odd = 2 * TERMS + 1
    image = lambda x, way: np.exp(-(way**2) / (4 * x))
    return _by_time(
        theta,
        lambda x: (SIGN / (depth * np.sqrt(np.pi * x)) * (image(x, odd - depth) - image(x, odd + depth))).sum(-1),
        lambda x: 2 / depth * (SIGN * np.sin(odd * np.pi * depth / 2) * np.exp(-(odd * np.pi) ** 2 * x / 4)).sum(-1))


def spread_dose_absorbed(depth, loss):
    """Share of a dose spread evenly over the upper part of a slab that reaches the sink in the end, where the surface loses
    `loss` D / h times the concentration at it (T6); with depth 0 a deposit. The steady profile of the adjoint, a straight
    line, says what share of each amount at each depth arrives.

    Parameters
    ----------
    depth : share of the slab that holds the dose. loss : dimensionless, 0 or more.
    """
    return (1 + loss * depth / 2) / (1 + loss)


def laminate(thickness, partition, diffusivity, clearance):
    """(permeability m/s, lag time s) of layers in series between a held donor and a sink (T8).

    The transform of the flux out of the layers is C0 / (s b(s)), with b an entry of the product of a 2 x 2 matrix for each
    layer; so the permeability is 1 / b(0) and the lag b'(0) / b(0). Without clearance the resistances h / K D add up.

    Parameters
    ----------
    thickness : m, partition : 1, diffusivity : m^2/s, clearance : 1/s per volume of layer and unit of C / K; one of each for
        each layer, from the donor down.
    """
    whole, slope, small = np.eye(2), np.zeros((2, 2)), 0.0
    for h, k, d, cleared in zip(thickness, partition, diffusivity, clearance):
        x, resistance = cleared * h * h / (k * d), h / (k * d)
        cosh, sinh, bend = _waves(x)
        one = np.array([[cosh, resistance * sinh], [x * sinh / resistance, cosh]])
        change = np.array([[sinh / 2, resistance * bend], [(sinh + cosh) / 2 / resistance, sinh / 2]]) * h * h / d
        slope = slope @ one + whole @ change
        whole, small = whole @ one, small - np.sqrt(x)
    return np.exp(small) / whole[0, 1], slope[0, 1] / whole[0, 1]


def _waves(x):
    """(cosh r, sinh r / r and its slope in x) at r = sqrt(x), times exp(-r); the slope by its series where the difference would cancel."""
    r = np.sqrt(x)
    cosh, sinh = (1 + np.exp(-2 * r)) / 2, -np.expm1(-2 * r) / (2 * r) if x > 0 else 1.0
    n = np.arange(1, 12)
    series = np.exp(-r) * (n * np.maximum(x, 1e-300) ** (n - 1) / factorial(2 * n + 1)).sum() if x < 1 else 0.0
    return cosh, sinh, series if x < 1 else (cosh - sinh) / (2 * x)


def clearing_tissue_steady(depth, flux, space, diffusivity, clearance):
    """Steady concentration in a half-space that blood clears, under a constant flux at its surface, mol/m^3 (T7).

    Parameters
    ----------
    depth : m. flux : mol/(m^2 s). space : share of the tissue open to the solute. diffusivity : m^2/s, in that space.
    clearance : 1/s, per volume of tissue. Any shapes that broadcast.
    """
    conductivity = space * diffusivity
    return flux / np.sqrt(conductivity * clearance) * np.exp(-depth * np.sqrt(clearance / conductivity))


def clearing_tissue(depth, time, flux, space, diffusivity, clearance):
    """As `clearing_tissue_steady`, a time (s, above 0) after the flux began in empty tissue (T7)."""
    spread = depth / (2 * np.sqrt(diffusivity * time))
    cleared = np.sqrt(clearance / space * time)
    surface = flux / (2 * np.sqrt(space * diffusivity * clearance))
    # e^(z/L) erfc(b) with b = spread + cleared, written so that nothing overflows: z/L = 2 spread cleared.
    back = np.exp(-(spread**2) - cleared**2) * erfcx(spread + cleared)
    return surface * (np.exp(-2 * spread * cleared) * erfc(spread - cleared) - back)
