"""Expectation: belief grows and is corrected, sting may mean either, half of the effect goes down to the spinal cord."""

from __future__ import annotations

import pytest

from felt_runs import MINUTE, constants, median, play, values


def rates(c, m, **known):
    at = {"pain_signal": 5.0, "perceived_pain": 5.0, "expected_pain": 5.0} | known
    return {name: float(rate[0]) for name, rate in m.rates(c, values(m, **at)).items()}


def test_nothing_moves_without_a_treatment():
    m, c = constants("expectation")
    assert all(rate == 0 for rate in rates(c, m).values())


@pytest.mark.parametrize("cue", [{"film_coverage": 1.0}, {"rub_pressure": 3000.0}])
def test_a_film_or_a_hand_is_noticed(cue):
    m, c = constants("expectation")
    found = rates(c, m, **cue)
    assert found["treatment_noticed"] > 0 > found["expected_pain"]


def test_noticing_lowers_the_expected_pain_by_the_expected_relief():
    """d(expected) / d(noticed) = -share x pain, before anything is learned."""
    m, c = constants("expectation")
    found = rates(c, m, film_coverage=1.0)
    assert found["expected_pain"] / found["treatment_noticed"] == pytest.approx(-median()["expectation.expected_relief"] * 5.0)


def test_the_percept_lies_between_signal_and_expectation():
    """With all of the effect at the read-out it settles at their mean weighted by precision."""
    m, c = constants("expectation", expectation__readout_share=1.0)
    at = {"expectation_weight": 0.3, "expected_pain": 2.0}
    assert rates(c, m, perceived_pain=0.7 * 5.0 + 0.3 * 2.0, **at)["perceived_pain"] == pytest.approx(0, abs=1e-15)
    assert float(m.descending_drive(c, values(m, perceived_pain=5.0, **at))[0]) == pytest.approx(0.3 * 3.0 / 10.0)
    assert float(m.descending_drive(c, values(m, perceived_pain=1.0, **at))[0]) == 0            # a fear sends nothing down


def test_what_is_felt_corrects_what_is_expected():
    m, c = constants("expectation")
    assert rates(c, m, expected_pain=2.0)["expected_pain"] > 0 > rates(c, m, expected_pain=7.0)["expected_pain"]


@pytest.mark.parametrize("meaning, weight, expected", [(1.0, 1, 0), (-1.0, 0, 1), (0.0, 0, 0)])
def test_sting_may_mean_that_it_works_or_that_it_harms(meaning, weight, expected):
    m, c = constants("expectation", expectation__sting_meaning=meaning)
    found = rates(c, m, sting_drive=0.4)
    sign = lambda x: (x > 0) - (x < 0)
    assert (sign(found["expectation_weight"]), sign(found["expected_pain"])) == (weight, expected)


def test_off_means_that_the_signal_is_what_is_perceived():
    m, c = constants("expectation", expectation__expectation_switch=0.0)
    at = {"expectation_weight": 0.3, "expected_pain": 2.0}
    assert rates(c, m, **at)["perceived_pain"] == 0 == float(m.descending_drive(c, values(m, perceived_pain=5.0, **at))[0])


def test_a_believed_film_relieves_and_the_more_so_the_more_is_expected():
    lanes = [{}, {"expectation.expected_relief": 0.6}, {"expectation.weight": 0.6}, {"expectation.expectation_switch": 0.0}]
    found = play(lanes, [(0.0, {"film_coverage": 1.0})], outputs=[0.0, 15 * MINUTE, 30 * MINUTE])["pain_rating"]
    usual, hopeful, firm, off = found[2]
    assert hopeful < usual < off and firm < usual and abs(found[0] - 5).max() < 1e-9
    assert off - usual < 1.0                                                   # it cannot take more than was expected, by its weight
