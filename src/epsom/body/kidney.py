"""The kidney's threshold for magnesium: a tubular maximum per filtrate (Rude 1980), rounded off because nephrons differ."""

from __future__ import annotations

import jax.numpy as jnp


def excreted(ultrafiltrate, filtration, tubular_maximum, splay):
    """Magnesium into urine, mol/s.

    GFR (d + sqrt(d^2 + 4 s^2)) / 2 with d = ultrafiltrate - tubular maximum: nothing far below the maximum, all of the excess far above.

    Parameters
    ----------
    ultrafiltrate : concentration that is filtered, mol/m^3.
    filtration : m^3/s.
    tubular_maximum : what is taken back per filtrate, mol/m^3.
    splay : width of the bend, mol/m^3.
    """
    over = ultrafiltrate - tubular_maximum
    root = jnp.sqrt(over**2 + 4 * splay**2)
    # far below the maximum the sum cancels: the same number as a quotient
    return filtration * jnp.where(over > 0, (over + root) / 2, 2 * splay**2 / (root + abs(over)))


def ultrafiltrate_at_balance(supply, other_clearance, filtration, tubular_maximum, splay):
    """Ultrafiltrable concentration (mol/m^3) at which urine and other losses in proportion to it equal a supply (mol/s).

    `excreted(y) + other_clearance y = supply` is a quadratic equation in y. Negative or not a number where there is no such state because
    the supply is too small.
    """
    half = filtration / 2
    a = other_clearance * (other_clearance + 2 * half)
    b = 2 * (supply * (other_clearance + half) + half * other_clearance * tubular_maximum)
    c = supply**2 + 2 * half * supply * tubular_maximum - 4 * half**2 * splay**2
    return 2 * c / (b + jnp.sqrt(b**2 - 4 * a * c))
