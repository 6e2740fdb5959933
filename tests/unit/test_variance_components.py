"""Ignorance and people told apart, on tables whose split is known exactly or by construction."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.core.parameter import Z95
from epsom.variance_components import MOST_TIMES, components, mean_squares, split

LEAST = 1e-12


def standardised(n: int, seed: int) -> np.ndarray:
    """(n,) numbers with mean 0 and sample variance 1, exactly."""
    x = np.random.default_rng(seed).standard_normal(n)
    return (x - x.mean()) / x.std(ddof=1)


def table(known: float, person: float, knowledge=40, people=7) -> np.ndarray:
    """(knowledge, people) of exp(known x + person z): a product, so that nothing goes with both together."""
    return np.exp(known * standardised(knowledge, 1)[:, None] + person * standardised(people, 2))


@pytest.mark.parametrize("known, person", [(2.0, 0.5), (0.3, 0.9), (1.0, 1.0), (0.0, 0.7), (0.7, 0.0)])
def test_a_known_split_comes_back(known, person):
    """The same people in every draw are no ignorance, however much they differ."""
    values = table(known, person)
    found = split(values.ravel(), 7, 1, LEAST)
    assert found.unknown.value == pytest.approx(known ** 2 / (known ** 2 + person ** 2), abs=1e-12)
    assert found.factor.value == pytest.approx(np.exp(2 * Z95 * person))
    assert found.typical == pytest.approx(np.quantile(np.median(values, axis=1), (0.05, 0.95)))
    assert (found.knowledge, found.people) == (40, 7)


def test_components_are_unbiased_where_both_go_together():
    """Means over 4000 small tables of known variances 2 (knowledge), 1 (people), 0.5 (both): 2, and 1.5 that stays."""
    rng = np.random.default_rng(5)
    x, z, w = rng.standard_normal((4000, 6, 1)), rng.standard_normal((4000, 1, 3)), rng.standard_normal((4000, 6, 3))
    squares = np.array([mean_squares(y) for y in np.sqrt(2) * x + z + np.sqrt(0.5) * w])
    known, person, both = squares.mean(0)
    assert (known - both) / 3 == pytest.approx(2.0, rel=0.05)
    assert components((known, person, both), 6, 3) == pytest.approx((2.0, 1.5), rel=0.05)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_intervals_hold_the_truth_nine_times_in_ten(share):
    rng = np.random.default_rng(9)
    held, tables = np.zeros(2), 300
    for seed in range(tables):
        x, z, w = rng.standard_normal((48, 1)), rng.standard_normal((1, 6)), rng.standard_normal((48, 6))
        y = np.sqrt(share) * x + np.sqrt(1 - share) * (np.sqrt(0.9) * z + np.sqrt(0.1) * w)
        found = split(np.exp(y).ravel(), 6, seed, LEAST)
        factor = np.exp(2 * Z95 * np.sqrt(1 - share))
        held += found.unknown.low <= share <= found.unknown.high, found.factor.low <= factor <= found.factor.high
    print(f"share {share}: held in {held / tables}")
    assert (abs(held / tables - 0.9) < 0.05).all()


def test_two_people_tell_little_and_say_so():
    few, many = (split(table(1.0, 1.0, people=people).ravel(), people, 1, LEAST).unknown for people in (2, 40))
    assert few.high - few.low > 2 * (many.high - many.low)
    wild = split(table(1.0, 30.0, people=2).ravel(), 2, 1, 1e-300)
    assert wild.factor.high == pytest.approx(MOST_TIMES)


@pytest.mark.parametrize("values, people", [(table(1, 1).ravel(), 1), (table(1, 1, knowledge=2)[0], 7), (np.ones(14), 7),
                                            (np.full(14, LEAST / 2) * np.arange(1, 15) / 14, 7)])
def test_what_cannot_be_told_is_not_told(values, people):
    """One person in each draw, one draw, nothing that varies, nothing above the least that counts."""
    assert split(values, people, 1, LEAST) is None
