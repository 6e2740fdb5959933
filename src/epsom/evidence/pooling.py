"""Pooling effects of studies: equal effects, random effects with several estimates of the variance between studies, meta-regression.

PyMARE solves: variance between studies, weighted means and regressions, Hartung-Knapp, the interval of the variance. What it has not is
written here: Paule-Mandel, prediction intervals, the profile likelihood of the variance and shares of it. docs/decisions/0013-pooling.md
says why. Nothing here decides whether studies may be pooled: see synthesis.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from epsom.core.errors import InputError
from epsom.evidence.effects import Effects
from epsom.evidence.libraries import pymare

LEVEL = 0.95
FEWEST = 2                   # studies
FEWEST_TO_PREDICT = 3        # a t-distribution with k - 2 degrees of freedom needs them
TIGHT = {"xtol": 1e-12, "ftol": 1e-15, "maxiter": 500}       # of PyMARE's search along the likelihood
CLOSE = 1e-10                # relative, of what is searched for here

Between = Callable[[Effects, np.ndarray], float]             # (effects, design) -> variance between studies


@dataclass(frozen=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True)
class Pooled:
    """What several studies say together, on the scale of their effects.

    Attributes
    ----------
    method, studies : how the variance between studies was estimated; how many studies.
    estimate, standard_error, z, interval : of the mean effect, with a normal distribution.
    knapp_standard_error, knapp : the same with Hartung and Knapp's adjustment and k - 1 degrees of freedom.
    tau2, tau2_interval : variance between studies, and where it lies by the Q-profile.
    q, degrees, q_p : Cochran's test of whether there is any.
    i2, i2_interval, h2 : share of the studies' variance that is between them (0 to 1), where it lies, and the whole over what is within.
    prediction, prediction_t : where the effect in a next study lies, with a normal distribution and with t and k - 2 degrees of freedom;
        none of equal effects, and the latter none of two studies.
    """

    method: str
    studies: int
    estimate: float
    standard_error: float
    z: float
    interval: Interval
    knapp_standard_error: float
    knapp: Interval
    tau2: float
    tau2_interval: Interval
    q: float
    degrees: int
    q_p: float
    i2: float
    i2_interval: Interval
    h2: float
    prediction: Interval | None
    prediction_t: Interval | None


@dataclass(frozen=True)
class Regression:
    """Effects explained by something that differs between studies.

    Attributes
    ----------
    coefficients, standard_errors, z : intercept first, then one for each moderator.
    tau2, r2 : variance between studies that is left, and the share that was explained (0 to 1; none where there was none).
    """

    coefficients: tuple[float, ...]
    standard_errors: tuple[float, ...]
    z: tuple[float, ...]
    tau2: float
    r2: float | None


# ---- variance between studies ----------------------------------------------------------------------------------------
def equal_effects(effects: Effects, design: np.ndarray) -> float:
    """None: all studies estimate one effect."""
    return 0.0


def dersimonian_laird(effects: Effects, design: np.ndarray) -> float:
    """From Cochran's Q by the method of moments (DerSimonian and Laird 1986)."""
    return _found(pymare()[0].DerSimonianLaird(), effects, design)


def paule_mandel(effects: Effects, design: np.ndarray) -> float:
    """The variance with which Q is what it is expected to be (Paule and Mandel 1982), or none where Q is less without any."""
    from scipy.optimize import brentq

    above = lambda tau2: _q(effects, design, tau2) - (len(effects) - design.shape[1])
    if above(0.0) <= 0:
        return 0.0
    top = float(effects.variances.max())
    while above(top) > 0:
        top *= 2
    return float(brentq(above, 0.0, top, xtol=CLOSE * top))


def likelihood(effects: Effects, design: np.ndarray) -> float:
    """By maximum likelihood; too small with few studies."""
    return _found(pymare()[0].VarianceBasedLikelihoodEstimator(method="ML", **TIGHT), effects, design)


def restricted_likelihood(effects: Effects, design: np.ndarray) -> float:
    """By restricted maximum likelihood."""
    return _found(pymare()[0].VarianceBasedLikelihoodEstimator(method="REML", **TIGHT), effects, design)


METHODS: dict[str, Between] = {"equal effects": equal_effects, "DerSimonian-Laird": dersimonian_laird, "Paule-Mandel": paule_mandel,
                               "ML": likelihood, "REML": restricted_likelihood}


def _found(estimator, effects: Effects, design: np.ndarray) -> float:
    return float(np.ravel(estimator.fit(effects.values, effects.variances, design).params_["tau2"])[0])


# ---- pooling ---------------------------------------------------------------------------------------------------------
def pooled(effects: Effects, method: str = "REML") -> Pooled:
    """The mean of these effects; `method` is one of METHODS.

    Raises InputError with fewer than two studies.
    """
    from scipy.stats import chi2, norm

    k = _enough(effects)
    one = np.ones((k, 1))
    tau2 = METHODS[method](effects, one)
    estimate, error = _weighted(effects, one, tau2, "wald")
    knapp_error = _weighted(effects, one, tau2, "knapp-hartung")[1]
    mean, se, knapp_se = float(estimate[0]), float(error[0]), float(knapp_error[0])
    q = _q(effects, one)
    between = _tau2_interval(effects)
    random = method != "equal effects"
    return Pooled(method, k, mean, se, mean / se, around(mean, se, norm.ppf), knapp_se, around(mean, knapp_se, _t(k - 1)), tau2, between,
                  q, k - 1, float(chi2.sf(q, k - 1)), _i2(effects, tau2 if random else _moments(effects)),
                  Interval(_i2(effects, between.low), _i2(effects, between.high)),
                  (tau2 if random else _moments(effects)) / typical_variance(effects) + 1,
                  around(mean, math.hypot(se, math.sqrt(tau2)), norm.ppf) if random else None,
                  around(mean, math.hypot(se, math.sqrt(tau2)), _t(k - 2)) if random and k >= FEWEST_TO_PREDICT else None)


def regression(effects: Effects, *moderators: np.ndarray, method: str = "REML") -> Regression:
    """Effects against what differs between studies, in their order; raises InputError with no more studies than coefficients."""
    k = _enough(effects)
    design = np.column_stack([np.ones(k), *moderators])
    if k <= design.shape[1]:
        raise InputError(f"{k} studies cannot carry {design.shape[1]} coefficients", "Leave out moderators")
    before, after = (METHODS[method](effects, x) for x in (design[:, :1], design))
    found, errors = _weighted(effects, design, after, "wald")
    return Regression(tuple(map(float, found)), tuple(map(float, errors)), tuple(map(float, found / errors)), after,
                      max(0.0, 1 - after / before) if before > 0 else None)


def likelihood_interval(effects: Effects) -> Interval:
    """Where the variance between studies lies by its profile likelihood (a fall of half the chi-square of one degree)."""
    from scipy.optimize import brentq
    from scipy.stats import chi2

    best = likelihood(effects, np.ones((_enough(effects), 1)))
    edge = _log_likelihood(effects, best) - chi2.ppf(LEVEL, 1) / 2
    above = lambda tau2: _log_likelihood(effects, tau2) - edge
    top = best + effects.variances.max()
    while above(top) > 0:
        top *= 2
    return Interval(0.0 if above(0.0) > 0 else brentq(above, 0.0, best, xtol=best * CLOSE), brentq(above, best, top, xtol=top * CLOSE))


def _log_likelihood(effects: Effects, tau2: float) -> float:
    """Without its constant, at the mean that fits this variance best."""
    total = effects.variances + tau2
    mean = np.average(effects.values, weights=1 / total)
    return -0.5 * float(np.sum(np.log(total) + (effects.values - mean) ** 2 / total))


def typical_variance(effects: Effects) -> float:
    """Within studies, as Higgins and Thompson (2002) average it."""
    weights = 1 / effects.variances
    return float((len(effects) - 1) * weights.sum() / (weights.sum() ** 2 - (weights**2).sum()))


def _moments(effects: Effects) -> float:
    """What Q says of the variance between studies where equal effects were taken."""
    return dersimonian_laird(effects, np.ones((len(effects), 1)))


def _i2(effects: Effects, tau2: float) -> float:
    return tau2 / (tau2 + typical_variance(effects)) if math.isfinite(tau2) else 1.0


def _q(effects: Effects, design: np.ndarray, tau2: float = 0.0) -> float:
    return float(np.ravel(pymare()[1].q_gen(effects.values[:, None], effects.variances[:, None], design, tau2))[0])


def _tau2_interval(effects: Effects) -> Interval:
    found = pymare()[1].q_profile(effects.values, effects.variances, np.ones((len(effects), 1)), alpha=1 - LEVEL)
    return Interval(float(found["ci_l"]), float(found["ci_u"]))


def _weighted(effects: Effects, design: np.ndarray, tau2: float, adjustment: str) -> tuple[np.ndarray, np.ndarray]:
    """(coefficients, standard errors) of PyMARE's weighted least squares with this variance between studies."""
    fit = pymare()[0].WeightedLeastSquares(tau2=tau2, small_sample_correction=adjustment).fit(effects.values, design, effects.variances)
    covariance = np.asarray(fit.params_["inv_cov"]).reshape(design.shape[1], design.shape[1])
    return np.ravel(fit.params_["fe_params"]), np.sqrt(np.diag(covariance))


def _t(degrees: int):
    from scipy.stats import t

    return lambda p: t.ppf(p, degrees)


def around(middle: float, error: float, quantile) -> Interval:
    reach = float(quantile((1 + LEVEL) / 2)) * error
    return Interval(middle - reach, middle + reach)


def _enough(effects: Effects) -> int:
    if len(effects) < FEWEST:
        raise InputError("one study alone is not pooled", "Tell it as it is", value=len(effects))
    return len(effects)
