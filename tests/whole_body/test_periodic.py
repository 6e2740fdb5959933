"""A day of meals that ends where it began: what a round learns, and that few rounds are needed."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.regimen import Regimen
from epsom.whole_body import course, periodic
from epsom.whole_body.course import follow

MEALS = Regimen.build({"name": "meals", "duration": "2 d", "person": {"virtual": True}, "diet": {"meals": ["7 h", "12 h", "18 h"]}})


def test_what_is_learnt_takes_the_change_to_the_step():
    """Broyden's condition, lane by lane; directions at right angles to the step's image keep their answer; a lane at rest keeps its own."""
    random = np.random.default_rng(2)
    inverse, step = np.eye(4) + 0.2 * random.normal(size=(3, 4, 4)), random.normal(size=(4, 3))
    change = step + 0.2 * random.normal(size=(4, 3))
    step[:, 2] = change[:, 2] = 0.0
    found = periodic.learnt(inverse, step, change)
    assert np.einsum("lij,jl->il", found, change) == pytest.approx(step, abs=1e-9)
    assert np.array_equal(found[2], inverse[2])
    row = np.einsum("il,lij->jl", step, inverse)[:, 0]                    # what the correction looks along
    aside = np.linalg.svd(row[None])[2][1:]
    assert found[0] @ aside.T == pytest.approx(inverse[0] @ aside.T, abs=1e-9)


def test_the_day_closes_within_few_rounds(monkeypatch):
    days = []
    monkeypatch.setattr(course, "start_of_a_day", lambda *given: original(*given[:-1], lambda book: days.append(1) or given[-1](book)))
    original = periodic.start_of_a_day
    found = follow(MEALS, 64, times=np.array([0.0, 86400.0 - 1e-3, 2 * 86400.0 - 1e-3]), watch=("serum_concentration", "deep_magnesium"))
    assert len(days) <= 6
    serum = found["serum_concentration"]
    assert np.abs(serum[:, 1] / serum[:, 0] - 1).max() < 1e-4 > np.abs(serum[:, 2] / serum[:, 1] - 1).max()
    assert np.abs(np.diff(found["deep_magnesium"])).max() < 1e-6 * found["deep_magnesium"].min()
