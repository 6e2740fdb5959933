"""Pooling counts of two-by-two tables directly, which is for rare events: Mantel-Haenszel and Peto; and whether small studies say more.

Textbook formulas; docs/decisions/0013-pooling.md says why they are not a library's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from epsom.core.errors import InputError
from epsom.evidence.effects import Effects, check_counts, columns, log_odds_ratios, log_risk_ratios
from epsom.evidence.pooling import Interval, around, regression

FEWEST_TO_TEST = 3


@dataclass(frozen=True)
class FromCounts:
    """A pooled ratio, as its logarithm.

    Attributes
    ----------
    estimate, standard_error, z, interval : of the logarithm, with a normal distribution.
    q : how far studies scatter around it.
    """

    estimate: float
    standard_error: float
    z: float
    interval: Interval
    q: float


def mantel_haenszel_risk_ratio(*counts: Sequence[float]) -> FromCounts:
    """Risk ratio; `counts` are events, people, events and people of the second arm. Variance of Greenland and Robins (1985)."""
    a, n1, c, n2 = _counts(counts)
    total = n1 + n2
    first, second = a * n2 / total, c * n1 / total
    variance = np.sum((n1 * n2 * (a + c) - a * c * total) / total**2) / (first.sum() * second.sum())
    return _from_counts(math.log(first.sum() / second.sum()), math.sqrt(variance), log_risk_ratios(a, n1, c, n2))


def mantel_haenszel_odds_ratio(*counts: Sequence[float]) -> FromCounts:
    """Odds ratio; the variance is that of Robins, Breslow and Greenland (1986)."""
    a, n1, c, n2 = _counts(counts)
    b, d, total = n1 - a, n2 - c, n1 + n2
    first, second, agree = a * d / total, b * c / total, (a + d) / total
    variance = (np.sum(agree * first) / first.sum() ** 2 + np.sum(agree * second + (1 - agree) * first) / (first.sum() * second.sum())
                + np.sum((1 - agree) * second) / second.sum() ** 2) / 2
    return _from_counts(math.log(first.sum() / second.sum()), math.sqrt(variance), log_odds_ratios(a, n1, c, n2))


def peto_odds_ratio(*counts: Sequence[float]) -> FromCounts:
    """Peto's odds ratio (Yusuf et al. 1985): observed less expected events over their hypergeometric variance; meant for rare events, small
    effects and arms of like size."""
    a, n1, c, n2 = _counts(counts)
    total, events = n1 + n2, a + c
    surplus = a - events * n1 / total
    variance = n1 * n2 * events * (total - events) / (total**2 * (total - 1))
    estimate, error = surplus.sum() / variance.sum(), 1 / math.sqrt(variance.sum())
    q = float(np.sum(surplus**2 / variance) - surplus.sum() ** 2 / variance.sum())
    return FromCounts(float(estimate), error, float(estimate / error), _normal(float(estimate), error), q)


@dataclass(frozen=True)
class SmallStudies:
    """Whether effects depend on how precise a study is.

    Attributes
    ----------
    z : of the effect's slope over the studies' standard errors, in a regression with restricted likelihood.
    p : of z, two-sided.
    egger_t, egger_p : of the intercept of Egger's own regression (1997), of effect over standard error on precision, with k - 2 degrees of
        freedom.
    """

    z: float
    p: float
    egger_t: float
    egger_p: float


def small_studies(effects: Effects) -> SmallStudies:
    """Tests of small studies. With fewer than ten studies they say next to nothing, and never that bias is absent."""
    from scipy.stats import linregress, norm, t

    if len(effects) < FEWEST_TO_TEST:
        raise InputError(f"a test of small studies needs {FEWEST_TO_TEST} of them", "Leave it out", value=len(effects))
    error = np.sqrt(effects.variances)
    if np.ptp(error) == 0:
        raise InputError("a test of small studies needs studies of different precision", "Leave it out")
    z = regression(effects, error).z[1]
    line = linregress(1 / error, effects.values / error)
    egger = float(line.intercept / line.intercept_stderr)
    return SmallStudies(z, float(2 * norm.sf(abs(z))), egger, float(2 * t.sf(abs(egger), len(effects) - 2)))


def _counts(counts: Sequence[Sequence[float]]) -> list[np.ndarray]:
    found = columns(*counts)
    check_counts(*found)
    return found


def _from_counts(estimate: float, error: float, effects: Effects) -> FromCounts:
    q = float(np.sum((effects.values - estimate) ** 2 / effects.variances))
    return FromCounts(estimate, error, estimate / error, _normal(estimate, error), q)


def _normal(estimate: float, error: float) -> Interval:
    from scipy.stats import norm

    return around(estimate, error, norm.ppf)
