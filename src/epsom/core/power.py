"""How many people a study needs."""

from __future__ import annotations

import numpy as np

ERROR, POWER = 0.05, 0.8      # two-sided error of the first kind, and the chance that a study is to have
MOST_PEOPLE = 100_000
FAR = 30.0               # standard errors from which a finding is certain, and where the distribution has no more digits


def power(effect, spread, people, groups: int = 1):
    """Chance that a t test (two-sided, 5 %) of `people` changes, or of two groups of that many, finds a mean change in its own direction.

    Parameters
    ----------
    effect : mean change.    spread : standard deviation of a change, the same unit.    people : in each group.    groups : 1 or 2.
    """
    from scipy.special import nctdtr, stdtrit

    people = np.asarray(people, float)
    freedom = groups * (people - 1)
    away = abs(np.asarray(effect)) / spread * np.sqrt(people / groups)
    chance = 1 - nctdtr(freedom, np.minimum(away, FAR), stdtrit(freedom, 1 - ERROR / 2))
    return np.where(away > FAR, 1.0, chance)


def people_needed(effect, spread, groups: int = 1) -> np.ndarray:
    """Least number of people (in each group) for a chance of 0.8; MOST_PEOPLE where so many do not do. The chance grows, so by bisection."""
    effect, spread = np.broadcast_arrays(np.asarray(effect, float), np.asarray(spread, float))
    low, high = np.full(effect.shape, 2), np.full(effect.shape, MOST_PEOPLE)
    safe = np.where(effect == 0, 1e-300, effect)
    while (low < high).any():
        middle = (low + high) // 2
        enough = power(safe, spread, middle, groups) >= POWER
        high, low = np.where(enough, middle, high), np.where(enough, low, middle + 1)
    return low
