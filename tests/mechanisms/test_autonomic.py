"""Autonomic tone: steady at the stated pain, signs, sizes that were set, the switch."""

from __future__ import annotations

import pytest

from felt_runs import TIGHT, constants, values


def told(c, m, name, pain, **known):
    v = values(m, perceived_pain=pain, **known)
    rates = m.rates(c, v)
    at = {tone: v[tone] + rates[tone] * c[f"{tone.partition('_')[0]}_time"] for tone in m.owns}          # where it settles
    return float(getattr(m, name)(c, {**v, **at})[0])


@pytest.mark.parametrize("pain", [0.0, 5.0, 10.0])
def test_it_starts_settled(pain):
    m, c = constants("autonomic", (TIGHT[0], pain))
    rates = m.rates(c, values(m, perceived_pain=pain, **m.initial(c)))
    assert all(abs(float(rate[0])) < 1e-15 for rate in rates.values())
    assert told(c, m, "autonomic_arousal", pain) == pytest.approx(0, abs=1e-15)


def test_pain_of_three_has_the_size_that_was_assumed():
    """Heart rate 3 per minute faster and RMSSD 15 % lower; within a fifth, as the numbers are rounded."""
    m, c = constants("autonomic")
    faster = 60 / told(c, m, "heart_period", 3.0) - 60 / told(c, m, "heart_period", 0.0)
    less = 1 - told(c, m, "heart_period_variability", 3.0) / told(c, m, "heart_period_variability", 0.0)
    assert faster == pytest.approx(3.0, rel=0.2) and less == pytest.approx(0.15, rel=0.2)


def test_stroking_calms():
    m, c = constants("autonomic")
    assert told(c, m, "autonomic_arousal", 5.0, c_tactile_firing=0.5) < 0
    assert told(c, m, "heart_period", 5.0, c_tactile_firing=0.5) > told(c, m, "heart_period", 5.0)


def test_off_means_that_nothing_goes_back_to_the_gate():
    m, c = constants("autonomic", autonomic__autonomic_switch=0.0)
    assert told(c, m, "autonomic_arousal", 9.0) == 0
