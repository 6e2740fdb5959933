"""A claim as a test on a result: what is read, what it must reach, and what is made of it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from epsom import feeling
from epsom.core.errors import InputError
from epsom.evidence.predicate import Predicate, Test, holds, taken
from epsom.evidence.tried import Tried, Verified
from epsom.schema import build

PLASMA, PAIN = "plasma_concentration[magnesium]", feeling.PAIN
HOURS = np.array([0.0, 1.0, 2.0, 4.0, 8.0]) * 3600


def predicate(**table) -> Predicate:
    return build(Predicate, {"reads": PLASMA, **table}, "test.toml")


def result(**readouts):
    """Enough of a Result: two draws, five times; magnesium's part is what union 15 has over the union without its first group."""
    unions = {PAIN: np.zeros((2, 16, 2))}
    unions[PAIN][:] = 5.0
    without = 15 - (1 << list(feeling.groups()).index("magnesium"))
    unions[PAIN][0, 15], unions[PAIN][0, without] = (4.0, 3.0), (4.5, 4.5)
    unions[PAIN][1] = np.nan
    pain = np.array([[5.0, 4.8, 4.4, 4.6, 5.0], [5.0, 5.0, 5.0, 5.0, 5.0]])
    return SimpleNamespace(times=HOURS, readouts={PAIN: pain, **readouts}, redrawn=None, draws=SimpleNamespace(size=2),
                           unions=SimpleNamespace(times=np.array([1200.0, 3600.0]), outcomes=unions, redrawn={}), __getitem__=None)


class Found:
    """The same, read by name as a Result is."""

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def __getitem__(self, name):
        return self.inner.readouts[name]


@pytest.fixture
def found():
    rise = np.array([[0.0, 1.0, 3.0, 2.0, 9.0], [0.0, 0.5, 0.4, 0.2, 0.1]]) * 1e-3      # mol/m^3
    least = np.full((2, 5), 2.5e-3)
    return Found(result(**{PLASMA: rise, "plasma_interpretable_rise[magnesium]": least, "skin_blood_flow_ratio": 1 + rise * 100}))


def one(p: Predicate) -> Test:
    return build(Test, {"scenario": "magnesium-oil-calf", "holds": [p.model_dump(exclude_none=True, mode="json")]}, "test.toml")


@pytest.mark.parametrize("table, true", [
    ({"reaches": "3 umol/L", "within": "4 h"}, [1, 0]), ({"reaches": "3.01 umol/L", "within": "4 h"}, [0, 0]),
    ({"reaches": "5 umol/L"}, [1, 0]), ({"stays_below": "1 umol/L", "within": "30 min"}, [1, 1]),
    ({"stays_below": "1 umol/L"}, [0, 1]), ({"taken": "last", "stays_below": "0.2 umol/L"}, [0, 1]),
    ({"reaches": "plasma_interpretable_rise[magnesium]", "within": "4 h"}, [1, 0]),
    ({"reaches": "plasma_interpretable_rise[magnesium]", "times": 2, "within": "4 h"}, [0, 0]),
    ({"reads": "skin_blood_flow_ratio", "taken": "rise", "reaches": "50 %"}, [1, 0]),
    ({"reads": "relief", "reaches": "0.59"}, [1, 0]), ({"reads": "relief", "since": "3 h", "reaches": "0.41"}, [0, 0]),
    ({"taken": "highest", "since": "3 h", "within": "5 h", "reaches": "2 umol/L"}, [1, 0]),
    ({"reads": "relief", "reaches": "0.59", "within": "1 h"}, [0, 0]),
])
def test_what_must_hold_is_read_draw_by_draw(found, table, true):
    assert holds(found, one(predicate(**table))).tolist() == true


def test_magnesiums_part_is_the_relief_less_that_without_it_and_unknown_where_that_is(found):
    part = taken(found, predicate(reads="relief by magnesium", reaches="1"), "relief by magnesium")
    assert part[0] == pytest.approx(1.5) and np.isnan(part[1])
    early = taken(found, predicate(reads="relief by magnesium", reaches="1", within="30 min"), "relief by magnesium")
    assert early[0] == pytest.approx(0.5)
    assert np.isnan(holds(found, one(predicate(reads="relief by magnesium", reaches="1")))[1])


def test_all_predicates_must_hold(found):
    both = build(Test, {"scenario": "magnesium-oil-calf", "holds": [{"reads": "relief", "reaches": "0.5"},
                                                                    {"reads": PLASMA, "stays_below": "5 umol/L"}]}, "test.toml")
    assert holds(found, both).tolist() == [0, 0]


def test_an_amount_is_one_of_magnesium():
    assert predicate(reads="crossed_amount[magnesium]", reaches="24.305 mg Mg").bound == pytest.approx(1e-3, rel=1e-3)


@pytest.mark.parametrize("table, said", [
    ({"reaches": "1 mg Mg"}, "umol/L|mg/L|dimension|unit"), ({}, "reaches"), ({"reaches": "1 umol/L", "stays_below": "1 umol/L"}, "reaches"),
    ({"reads": "plasma_concentratoin[magnesium]", "reaches": "1 umol/L"}, "plasma_concentration"),
    ({"reaches": "1 umol/L", "times": 2}, "times"), ({"reaches": "c_fibre_firing"}, "units"),
    ({"reads": "plasma_concentration[magnesiun]", "reaches": "1 umol/L"}, "magnesium"),
    ({"reaches": "plasma_interpretable_ris[magnesium]"}, "plasma_interpretable_rise"), ({"reaches": "1 umol/L", "within": "4 kg"}, "within")])
def test_a_predicate_that_makes_no_sense_is_refused(table, said):
    with pytest.raises(InputError, match=said):
        predicate(**table)


def test_an_unknown_scenario_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="magnesium-oil-calf"):
        build(Test, {"scenario": "magnesium-oil-claf", "holds": [{"reads": PLASMA, "reaches": "1 umol/L"}]}, "test.toml")


# ---- what is made of chances -----------------------------------------------------------------------------------------
def tried(*chance: float) -> Tried:
    return Tried(chance, "D", None, 40, 25, 1, "0" * 16)


@pytest.mark.parametrize("chance, answer", [((0.0, 0.02, 0.1), "does not hold"), ((0.0, 0.02, 0.11), "hangs on what is not known"),
                                            ((0.9, 0.95, 1.0), "holds"), ((0.5, 0.95, 1.0), "hangs on what is not known")])
def test_the_answer_follows_from_the_chances(chance, answer):
    assert tried(*chance).answer == answer and answer in tried(*chance).sentence("pain falls")


def test_the_sentence_uses_no_word_that_grades_studies():
    said = tried(0.0, 0.5, 1.0).sentence("pain falls").lower()
    graded = ("certain", "probably", "likely", "may ", "supported", "evidence", "moderate", "low quality")
    assert not [word for word in graded if word in said]


def test_a_verdict_moves_with_its_answer_or_by_more_than_chance():
    before = tried(0.0, 0.05, 0.09)
    assert not Verified(before, tried(0.0, 0.04, 0.1), True).moved
    assert Verified(before, tried(0.0, 0.05, 0.12), True).moved and Verified(None, before, True).moved
    assert Verified(tried(0.2, 0.5, 0.8), tried(0.2, 0.65, 0.8), True).moved
