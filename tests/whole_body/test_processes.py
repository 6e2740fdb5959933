"""Courses in processes are those of one, and stored times lie within the regimen."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.core.errors import InputError
from epsom.regimen import Regimen
from epsom.whole_body import course
from epsom.whole_body.course import follow

REGIMEN = Regimen.build({"name": "a-dose", "duration": "12 h", "events": [{"at": "1 h", "take": {"amount": "100 mg Mg"}}]})


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_processes_give_the_same_numbers():
    told = []
    alone, shared = follow(REGIMEN, 300), follow(REGIMEN, 300, processes=2, progress=lambda *done: told.append(done))
    assert all(np.array_equal(alone[name], shared[name]) for name in alone.readouts)
    assert all(np.array_equal(alone.drawn[name], shared.drawn[name]) for name in alone.drawn)
    assert told[-1] == (300, 300) and len(told) == 2


@pytest.mark.parametrize("time", [-1.0, 43201.0])
def test_a_time_outside_the_regimen_is_refused(time):
    with pytest.raises(InputError, match="outside the regimen"):
        follow(REGIMEN, 2, times=np.array([0.0, time]))


def test_doubtful_draws_of_all_batches_are_solved_again_with_finer_steps(monkeypatch):
    """Where every draw is doubtful, all are what four times the steps make of them."""
    finer = follow(REGIMEN, 260, finer=course.FINER)
    monkeypatch.setattr(course, "FLAG", 0.0)
    again = follow(REGIMEN, 260)
    assert again.refined == 260 and all(np.array_equal(again[name], finer[name]) for name in finer.readouts)
    monkeypatch.setattr(course, "FLAG", np.inf)
    assert follow(REGIMEN, 260).refined == 0
