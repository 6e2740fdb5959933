"""How high serum climbs under a regimen, and when it passes a threshold of harm, from ordinary to failing kidneys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from epsom.core.draws import Draws
from epsom.core.units import Quantity
from epsom.regimen import Regimen
from epsom.whole_body.course import follow, output_times

USUAL = (120.0, 60.0, 45.0, 30.0, 15.0, 10.0, 5.0)     # mL/min/1.73 m^2


class Climb(NamedTuple):
    """Serum at one kidney function.

    Attributes
    ----------
    egfr : mL/min/1.73 m^2.
    serum : (draws, times) mol/m^3, with `times` in s.
    above : (draws,) s at which serum first stands above the threshold; infinite where it does not within the regimen.
    """

    egfr: float
    times: np.ndarray
    serum: np.ndarray
    above: np.ndarray


def with_rate(regimen: Regimen, rate: float) -> Regimen:
    """The same regimen in somebody of this kidney function, mL/min/1.73 m^2."""
    stated = Quantity(f"{rate:g} mL/min/1.73 m^2", rate * 1e-6 / 60 / 1.73)
    return regimen.model_copy(update={"person": regimen.person.model_copy(update={"egfr": stated, "virtual": False})})


def climb(regimen: Regimen, threshold: float, rates: Sequence[float] = USUAL, draws: Draws | int = 256, seed: int = 1) -> list[Climb]:
    """The regimen at each filtration rate (mL/min/1.73 m^2), on the same draws; `threshold` is serum in mol/m^3."""
    times = output_times(regimen)
    found = []
    for rate in rates:
        serum = follow(with_rate(regimen, rate), draws, seed=seed, times=times)["serum_concentration"]
        over = serum > threshold
        found.append(Climb(rate, times, serum, np.where(over.any(1), times[over.argmax(1)], np.inf)))
    return found
