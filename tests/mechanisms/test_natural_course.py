"""Natural course: healing and regression to the mean, each by its closed form."""

from __future__ import annotations

import numpy as np
import pytest

from felt_runs import HOUR, MINUTE, TIGHT, constants, median, play, values

DAY = 24 * HOUR


def source(c, m, t):
    """The source at a time by its closed form, through the mechanism's own reading of its states."""
    v = values(m, natural_healing=np.exp(-c["healing_rate"] * t), pain_fluctuation=c["fluctuation"] * np.exp(-t / c["correlation_time"]))
    return float(m.pain_source(c, v)[0])


@pytest.mark.parametrize("pain", [0.0, 3.5, 5.0, 10.0])
def test_the_source_starts_at_one(pain):
    m, c = constants("natural_course", (TIGHT[0], pain))
    start = m.initial(c)
    assert source(c, m, 0.0) == 1.0
    assert float(start["natural_healing"][0]) == 1.0 and np.isfinite(start["pain_fluctuation"]).all()


def test_in_the_end_a_bad_day_regresses_by_what_is_not_reliable():
    """Pain of 7 with a mean of 3.5 and a reliability of 0.7 becomes 3.5 + 0.7 x 3.5 = 5.95 of itself, without healing."""
    m, c = constants("natural_course", (TIGHT[0], 7.0), complaint__healing_rate=0.0, complaint__mean_pain=3.5, complaint__reliability=0.7)
    assert 7.0 * source(c, m, 1000 * DAY) == pytest.approx(5.95, rel=1e-9)


def test_pain_below_a_persons_mean_rises():
    m, c = constants("natural_course", (TIGHT[0], 2.0), complaint__healing_rate=0.0)
    assert source(c, m, 10 * DAY) > 1


def test_healing_goes_exponentially():
    m, c = constants("natural_course", TIGHT, complaint__healing_rate=0.1 / DAY, complaint__reliability=1.0)
    assert source(c, m, 10 * DAY) == pytest.approx(np.exp(-1.0), rel=1e-12)


def test_the_rates_are_those_of_the_closed_form():
    m, c = constants("natural_course")
    v = values(m, natural_healing=0.8, pain_fluctuation=0.2)
    rates = m.rates(c, v)
    assert float(rates["natural_healing"][0]) == pytest.approx(-0.8 * median()["complaint.healing_rate"])
    assert float(rates["pain_fluctuation"][0]) == pytest.approx(-0.2 / median()["natural_course.correlation_time"])


def test_untreated_pain_hardly_changes_within_an_hour():
    pains = (2.0, 5.0, 8.0)
    found = play([{"complaint.usual_pain": pain} for pain in pains], [(0.0, {})])["pain_rating"]
    assert (abs(found - found[0]) < 0.5).all() and (abs(found - found[0]).max(0) > 1e-4).all()
    assert found[0] == pytest.approx(pains, abs=1e-9)
    assert found.shape[0] * MINUTE > HOUR
