"""Shares of variance by grade: against a sum whose parts are known."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.core.draws import Draws
from epsom.core.parameter import Parameter, Spread
from epsom.whole_body.grades import shares, told


def number(key: str, grade: str, sd: float) -> Parameter:
    return Parameter(key, 1.0, "1", "assumed", "here", grade, (-100, 100), unknown=Spread.read({"shape": "normal", "sd": sd}) if sd else None)


NUMBERS = {p.key: p for p in (number("x.a", "A", 1.0), number("x.b", "B", 2.0), number("x.d", "D", 0.0))}


def test_a_sum_divides_its_variance():
    """Variances 1 and 4: a fifth and four fifths; what has no spread is left out."""
    draws = Draws(20_000, seed=4)
    total = lambda keys: sum(draws.values(NUMBERS, keys).values())
    found = shares(NUMBERS, total(frozenset()), total)
    assert set(found) == {"A", "B"} and found["A"] == pytest.approx(0.2, abs=0.02) and found["B"] == pytest.approx(0.8, abs=0.03)
    assert "A 20 %, B 80 %" in told({"A": 0.2, "B": 0.8}, "it")


def test_nothing_varies_nothing_is_shared():
    assert shares(NUMBERS, np.ones(8), lambda keys: np.ones(8)) == {}
