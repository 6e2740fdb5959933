"""Effects of studies: what two arms say about a difference, each with its sampling variance.

Ratios are kept as natural logarithms. Effects are those of the first arm against the second: above zero means more with the first. Textbook
formulas; docs/decisions/0013-pooling.md says why they are not a library's.
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
    a, n1, c, n2 = _filled(events, people, control_events, control_people)
    return Effects(np.log(a / n1) - np.log(c / n2), 1 / a - 1 / n1 + 1 / c - 1 / n2, logarithmic=True)


def log_odds_ratios(events: Sequence[float], people: Sequence[float], control_events: Sequence[float],
                    control_people: Sequence[float]) -> Effects:
    """Logarithms of the odds with the first arm over those with the second."""
    a, n1, c, n2 = _filled(events, people, control_events, control_people)
    b, d = n1 - a, n2 - c
    return Effects(np.log(a * d) - np.log(b * c), 1 / a + 1 / b + 1 / c + 1 / d, logarithmic=True)


def _filled(*counts: Sequence[float]) -> tuple[np.ndarray, ...]:
    """The counts, with half a person more in all four cells of those studies in which one is empty."""
    a, n1, c, n2 = columns(*counts)
    check_counts(a, n1, c, n2)
    more = CONTINUITY * ((a == 0) | (a == n1) | (c == 0) | (c == n2))
    return a + more, n1 + 2 * more, c + more, n2 + 2 * more


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
    """Hedges' g: differences of means in pooled standard deviations, with his exact correction for few people (1981) and the variance for
    many (Hedges and Olkin 1985)."""
    from scipy.special import gammaln

    mean, sd, people, control_mean, control_sd, control_people = columns(mean, sd, people, control_mean, control_sd, control_people)
    _check_arms(sd, people, control_sd, control_people)
    free = people + control_people - 2
    both = np.sqrt(((people - 1) * sd**2 + (control_people - 1) * control_sd**2) / free)
    value = np.exp(gammaln(free / 2) - gammaln((free - 1) / 2)) / np.sqrt(free / 2) * (mean - control_mean) / both
    return Effects(value, 1 / people + 1 / control_people + value**2 / (2 * (people + control_people)))


def _check_arms(sd, people, control_sd, control_people) -> None:
    if (people < 2).any() or (control_people < 2).any() or (sd <= 0).any() or (control_sd <= 0).any():
        raise InputError("each arm needs two people or more and a standard deviation above zero", "Leave out studies that have none")
