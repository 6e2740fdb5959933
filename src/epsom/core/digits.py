"""Numbers as people write them: two significant digits."""

from __future__ import annotations

import math

NOTHING = 1e-9               # in the unit that is shown: what is left of rounding
TINY, LARGE = 1e-3, 1e4      # outside them a number with a unit of its own choice is written with a power of ten


def digits(x: float) -> str:
    """Two significant digits in plain notation; whole numbers from 10 on. Tiny numbers are told as less than 0.001."""
    if not math.isfinite(x):
        return "no number"
    if x == 0:
        return "0"
    if abs(x) < TINY:
        return f"less than {TINY:g}" if x > 0 else "about 0"
    rounded = float(f"{x:.1e}")
    return f"{rounded:.0f}" if abs(rounded) >= 10 else f"{rounded:.{max(0, 1 - math.floor(math.log10(abs(rounded))))}f}"


def scaled_digits(x: float) -> str:
    """The same where the unit is given and the number may have any size: tiny and large ones as in 1.2e-9."""
    if x == 0 or not math.isfinite(x) or TINY <= abs(x) < LARGE:
        return digits(x)
    number, power = f"{x:.1e}".split("e")
    return f"{number}e{int(power)}"


def plain_digits(x: float) -> str:
    """The same without a power of ten, however small it is."""
    if not math.isfinite(x):
        return digits(x)
    if abs(x) < NOTHING:
        return "0"
    rounded = float(f"{x:.1e}")
    return f"{rounded:.{max(0, 1 - math.floor(math.log10(abs(rounded))))}f}"
