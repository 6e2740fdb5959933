"""Effects of studies: what two arms say about a difference, each with its sampling variance.

Ratios are kept as natural logarithms. Effects are those of the first arm against the second: above zero means more with the first. The
formulas come from statsmodels, for which see docs/decisions/0013-pooling.md; what it does wrong or has not is written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from epsom.core.errors import InputError

CONTINUITY = 0.5             # added to all four cells of a study in which one is empty


@dataclass(frozen=True)
class Effects:
    """Effects of several studies.

    Attributes
    ----------
    values, variances : one for each study; in the unit of the outcome, its square, or without a unit.
    logarithmic : whether the values are logarithms of ratios.
    """

    values: np.ndarray
    variances: np.ndarray
    logarithmic: bool = False

    def __post_init__(self):
        if self.values.shape != self.variances.shape or self.values.ndim != 1:
            raise InputError("effects and variances are to be two rows of the same length", "Give one of each for every study")
        if not (np.isfinite(self.values).all() and np.isfinite(self.variances).all() and (self.variances > 0).all()):
            raise InputError("each effect needs a finite value and a variance above zero", "Leave out studies that have none")

    def __len__(self) -> int:
        return len(self.values)


def columns(*numbers: Sequence[float]) -> list[np.ndarray]:
    """Each as an array of floats."""
    return [np.atleast_1d(np.asarray(column, dtype=float)) for column in numbers]


def log_risk_ratios(events: Sequence[float], people: Sequence[float], control_events: Sequence[float],
                    control_people: Sequence[float]) -> Effects:
    """Logarithms of the risk with the first arm over that with the second."""
    return _ratios("risk-ratio", events, people, control_events, control_people)


def log_odds_ratios(events: Sequence[float], people: Sequence[float], control_events: Sequence[float],
                    control_people: Sequence[float]) -> Effects:
    """Logarithms of the odds with the first arm over those with the second."""
    return _ratios("odds-ratio", events, people, control_events, control_people)


def _ratios(statistic: str, *counts: Sequence[float]) -> Effects:
    from epsom.evidence.libraries import meta_analysis

    events, people, control_events, control_people = columns(*counts)
    check_counts(events, people, control_events, control_people)
    # statsmodels' own correction adds to the events of every study as soon as it is asked for, and to the people of none but those concerned.
    filled = CONTINUITY * empty_cell(events, people, control_events, control_people)
    value, variance = meta_analysis().effectsize_2proportions(events + filled, people + 2 * filled, control_events + filled,
                                                              control_people + 2 * filled, statistic=statistic)
    return Effects(value, variance, logarithmic=True)


def empty_cell(events, people, control_events, control_people) -> np.ndarray:
    """1 for each study in which all or none of an arm had the event, else 0."""
    return ((events == 0) | (events == people) | (control_events == 0) | (control_events == control_people)).astype(float)


def check_counts(events, people, control_events, control_people) -> None:
    """Refuse arms without people, more events than people, and studies in which nobody, or everybody, had the event: they say nothing about
    a ratio."""
    for some, all_ in ((events, people), (control_events, control_people)):
        if (all_ < 1).any() or (some < 0).any() or (some > all_).any():
            raise InputError("events are to lie between none and all of the people of an arm", "Correct the counts")
    total, everybody = events + control_events, people + control_people
    if (total == 0).any() or (total == everybody).any():
        raise InputError("a study in which nobody or everybody had the event says nothing about a ratio", "Leave it out")


def mean_differences(mean: Sequence[float], sd: Sequence[float], people: Sequence[float], control_mean: Sequence[float],
                     control_sd: Sequence[float], control_people: Sequence[float]) -> Effects:
    """Differences of means in the unit of the outcome; each arm has a spread of its own."""
    mean, sd, people, control_mean, control_sd, control_people = columns(mean, sd, people, control_mean, control_sd, control_people)
    _check_arms(sd, people, control_sd, control_people)
    return Effects(mean - control_mean, sd**2 / people + control_sd**2 / control_people)


def standardised_mean_differences(mean: Sequence[float], sd: Sequence[float], people: Sequence[float], control_mean: Sequence[float],
                                  control_sd: Sequence[float], control_people: Sequence[float]) -> Effects:
    """Hedges' g: differences of means in pooled standard deviations, corrected for small numbers of people."""
    from epsom.evidence.libraries import meta_analysis

    arms = columns(mean, sd, people, control_mean, control_sd, control_people)
    _check_arms(arms[1], arms[2], arms[4], arms[5])
    return Effects(*meta_analysis().effectsize_smd(*arms))


def _check_arms(sd, people, control_sd, control_people) -> None:
    if (people < 2).any() or (control_people < 2).any() or (sd <= 0).any() or (control_sd <= 0).any():
        raise InputError("each arm needs two people or more and a standard deviation above zero", "Leave out studies that have none")
