"""Anchors: data of others with what others computed from them, `data/anchors/*.toml`, computed here anew.

An anchor holds `trials` (label, events and people of each arm, a moderator) or `effects` (label, value, variance), and `expected`: the
analysis, one of its quantities, what others found, how near to it is near enough, source.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from epsom.core.errors import DataError, InputError, nearest
from epsom.core.parameter import folder, names
from epsom.evidence.effects import Effects, log_odds_ratios, log_risk_ratios
from epsom.evidence.pooling import METHODS, Interval, likelihood_interval, pooled, regression
from epsom.evidence.tables import FromCounts, mantel_haenszel_odds_ratio, mantel_haenszel_risk_ratio, peto_odds_ratio, small_studies

FOLDER = "anchors"


class Row(NamedTuple):
    """One quantity: whose data, which analysis, what others found, how near is near enough, what was found here."""

    anchor: str
    analysis: str
    quantity: str
    expected: float
    tolerance: float
    found: float
    source: str

    @property
    def off(self) -> float:
        """How far it is off."""
        return self.found - self.expected

    @property
    def passes(self) -> bool:
        """Whether that is near enough."""
        return abs(self.off) <= self.tolerance


def rows(name: str | None = None) -> list[Row]:
    """Every anchor, or those of one data set. Raises InputError for an unknown name, DataError where an anchor names what is not computed."""
    every = documents()
    if name is not None and name not in every:
        raise InputError(f"there is no anchor '{name}'", nearest(name, every), value=name)
    return [row for each in ([name] if name else every) for row in _rows(each, every[each])]


@cache
def documents() -> dict[str, dict]:
    """{name: anchor} as they stand in their files."""
    return {name: tomllib.loads((folder(FOLDER) / f"{name}.toml").read_text("utf-8")) for name in names(FOLDER)}


def _rows(name: str, anchor: dict) -> list[Row]:
    analyses = _analyses(anchor)
    results: dict[str, dict[str, float]] = {}
    found = []
    for one in anchor["expected"]:
        if one["analysis"] not in analyses:
            raise DataError("these data have no such analysis", nearest(one["analysis"], analyses), file=name, value=one["analysis"])
        if one["analysis"] not in results:
            results[one["analysis"]] = analyses[one["analysis"]]()
        told = results[one["analysis"]]
        if one["quantity"] not in told:
            raise DataError("this analysis has no such quantity", nearest(one["quantity"], told), file=name, value=one["quantity"])
        found.append(Row(name, one["analysis"], one["quantity"], one["value"], one["tolerance"], told[one["quantity"]], one["source"]))
    return found


# ---- analyses --------------------------------------------------------------------------------------------------------
def _analyses(anchor: dict) -> dict[str, Callable[[], dict[str, float]]]:
    """{name: analysis} of what these data allow."""
    if "trials" in anchor:
        numbers = np.array([row[1:] for row in anchor["trials"]], dtype=float).T
        counts, moderator = numbers[:4], numbers[4:]
        found = _by_method("log risk ratio", log_risk_ratios, counts) | _by_method("log odds ratio", log_odds_ratios, counts)
        found |= {"risk ratio, Mantel-Haenszel": lambda: _from_counts(mantel_haenszel_risk_ratio(*counts)),
                  "odds ratio, Mantel-Haenszel": lambda: _from_counts(mantel_haenszel_odds_ratio(*counts)),
                  "odds ratio, Peto": lambda: _from_counts(peto_odds_ratio(*counts)),
                  "log odds ratio, small studies": lambda: small_studies(log_odds_ratios(*counts)).__dict__}
        if len(moderator):
            found[f"log risk ratio on {anchor['moderator']}, REML"] = lambda: _regression(log_risk_ratios(*counts), moderator[0])
        return found
    values, variances = np.array([row[1:] for row in anchor["effects"]], dtype=float).T
    return _by_method("effect", Effects, (values, variances))


def _by_method(what: str, effects: Callable[..., Effects], numbers) -> dict[str, Callable[[], dict[str, float]]]:
    return {f"{what}, {method}": (lambda method=method: _pooled(effects(*numbers), method)) for method in METHODS}


def _pooled(effects: Effects, method: str) -> dict[str, float]:
    found = pooled(effects, method)
    numbers = {name: value for name, value in found.__dict__.items() if isinstance(value, float)}
    numbers |= _ends("", found.interval) | _ends("knapp_", found.knapp) | _ends("tau2_", found.tau2_interval)
    numbers |= _ends("prediction_", found.prediction) | _ends("prediction_t_", found.prediction_t)
    numbers |= {"i2_percent": 100 * found.i2, "i2_low_percent": 100 * found.i2_interval.low, "i2_high_percent": 100 * found.i2_interval.high}
    if method == "ML":
        numbers |= _ends("tau2_profile_", likelihood_interval(effects))
    if effects.logarithmic:
        numbers |= {"ratio": math.exp(found.estimate), "ratio_low": math.exp(found.interval.low), "ratio_high": math.exp(found.interval.high),
                    "knapp_ratio_low": math.exp(found.knapp.low), "knapp_ratio_high": math.exp(found.knapp.high)}
    return numbers


def _ends(before: str, interval: Interval | None) -> dict[str, float]:
    return {} if interval is None else {f"{before}low": interval.low, f"{before}high": interval.high}


def _from_counts(found: FromCounts) -> dict[str, float]:
    return {"estimate": found.estimate, "standard_error": found.standard_error, "z": found.z, "q": found.q} | _ends("", found.interval)


def _regression(effects: Effects, moderator: np.ndarray) -> dict[str, float]:
    found = regression(effects, moderator)
    intercept, slope = found.coefficients
    numbers = {"intercept": intercept, "slope": slope, "intercept_standard_error": found.standard_errors[0],
               "slope_standard_error": found.standard_errors[1], "tau2": found.tau2}
    return numbers if found.r2 is None else numbers | {"r2": found.r2}
