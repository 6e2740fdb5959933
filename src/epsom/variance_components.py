"""How much of a number's spread is ignorance, and how much is people: variance components of the crossed draws.

Every virtual person lives through every draw of what is not known, so draws are a table (knowledge, people) and its
logarithm has three variances: of what is not known, of people, and of the two together (a person who is special only if
the skin is so or so). Study removes the first; what is left with everything known, the other two, is how people differ.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from epsom.core.parameter import Z95

SIMULATED = 2000             # draws behind an interval
RANGE = (0.05, 0.95)
MOST_TIMES = 1e6             # by which people are said to differ; a larger factor says no more
FLAT = 1e-9                  # a logarithm that varies by less does not vary


class Estimate(NamedTuple):
    """A number with its 90 % interval."""

    value: float
    low: float
    high: float


class Split(NamedTuple):
    """A spread taken apart.

    Attributes
    ----------
    unknown : share of the variance of the logarithm that would go if everything were known (0 to 1).
    factor : how many times more a person has above whom one in twenty lies than one below whom one in twenty lies, with all
        else known; as if people were lognormal.
    typical : the middle person's number in nine of ten draws of what is not known: (5 %, 95 %).
    knowledge, people : how many of each it is taken from.
    """

    unknown: Estimate
    factor: Estimate
    typical: tuple[float, float]
    knowledge: int
    people: int


def mean_squares(y: np.ndarray) -> tuple[float, float, float]:
    """Mean squares (knowledge, people, both together) of a table (knowledge, people), two of each or more."""
    knowledge, people = y.shape
    rows, columns = y.mean(1, keepdims=True) - y.mean(), y.mean(0, keepdims=True) - y.mean()
    rest = y - y.mean() - rows - columns
    return (people * float((rows ** 2).sum()) / (knowledge - 1), knowledge * float((columns ** 2).sum()) / (people - 1),
            float((rest ** 2).sum()) / ((knowledge - 1) * (people - 1)))


def components(squares, knowledge: int, people: int):
    """(variance that goes with knowledge, variance that stays) from mean squares; each is unbiased until the first is cut at 0.

    E[squares] are people * known + both, knowledge * person + both, and both; what stays is person + both.
    """
    known, person, both = squares
    return np.maximum((known - both) / people, 0.0), (person + (knowledge - 1) * both) / knowledge


def split(values: np.ndarray, people: int, seed: int, least: float) -> Split | None:
    """Take the spread of values (draws,) apart, people varying fastest; None where it cannot be done or nothing varies.

    Parameters
    ----------
    people : virtual people in each draw of what is not known; one cannot be told from ignorance.
    least : what is smaller counts as this.

    Intervals are those of Chiang 2001: sums of squares over drawn chi-squares, exact for what is normal on the logarithm.
    """
    knowledge = len(values) // people
    y = np.log(np.maximum(values, least)).reshape(knowledge, people)
    if knowledge < 2 or people < 2 or not np.ptp(y) > FLAT:
        return None
    squares = mean_squares(y)
    freedom = knowledge - 1, people - 1, (knowledge - 1) * (people - 1)
    rng = np.random.default_rng(seed)
    drawn = [square * n / rng.chisquare(n, SIMULATED) for square, n in zip(squares, freedom)]
    goes, stays = components(squares, knowledge, people)
    drawn_goes, drawn_stays = components(drawn, knowledge, people)
    middle = np.median(np.asarray(values).reshape(knowledge, people), axis=1)
    times = lambda stays: np.exp(np.minimum(2 * Z95 * np.sqrt(stays), np.log(MOST_TIMES)))
    return Split(_estimate(goes / (goes + stays), drawn_goes / (drawn_goes + drawn_stays)), _estimate(times(stays), times(drawn_stays)),
                 tuple(float(q) for q in np.quantile(middle, RANGE)), knowledge, people)


def _estimate(value, drawn: np.ndarray) -> Estimate:
    return Estimate(float(value), *(float(q) for q in np.quantile(drawn, RANGE)))
