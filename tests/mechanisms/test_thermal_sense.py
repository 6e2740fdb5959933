"""Warmth and cool felt: thresholds by pace, site and area."""

from __future__ import annotations

import numpy as np
import pytest

from felt_runs import constants, median, values

SMOOTHING = 3.0


def ramp(c, m, name, change, pace, **known):
    """A sense at a change that goes on at this pace: what is followed lags by pace x smoothing time."""
    followed = {"followed_warming": change - pace * SMOOTHING, "followed_cooling": -change + pace * SMOOTHING}
    return float(getattr(m, name)(c, values(m, skin_warming=change, **followed, **known))[0])


def test_nothing_is_felt_at_rest():
    m, c = constants("thermal_sense")
    assert not any(float(getattr(m, name)(c, values(m))[0]) for name in m.gives)


def threshold(kind):
    """At a quick pace and for the area of the run, by its own formula."""
    p = median()
    area = (p["thermal_sense.threshold_area"] / p["scenario.area"]) ** p["thermal_sense.area_power"]
    return p[f"site.{kind}_threshold"] * area


@pytest.mark.parametrize("kind, sign", [("warm", 1), ("cool", -1)])
def test_half_are_detected_at_the_threshold_of_a_pace(kind, sign):
    m, c = constants("thermal_sense")
    name = {"warm": "warmth_felt", "cool": "cool_felt"}[kind]
    power = median()[f"thermal_sense.{kind}_power"]
    for pace in (0.02, 0.1, 1.0):
        due = threshold(kind) * (1 + (0.1 / np.hypot(pace, median()["thermal_sense.slowest_pace"])) ** power)
        assert ramp(c, m, name, sign * due, sign * pace) == pytest.approx(0.5, abs=1e-6)


def test_slow_changes_are_felt_less_and_warmth_more_so():
    m, c = constants("thermal_sense", site__warm_threshold=1.0, site__cool_threshold=1.0)
    share = {name: ramp(c, m, name, sign * 2, sign * 0.005) / ramp(c, m, name, sign * 2, sign * 1.0)
             for name, sign in (("warmth_felt", 1), ("cool_felt", -1))}
    assert share["warmth_felt"] < share["cool_felt"] < 1


def test_warmth_is_not_cool():
    m, c = constants("thermal_sense")
    assert ramp(c, m, "cool_felt", 3.0, 0.1) == 0 == ramp(c, m, "warmth_felt", -3.0, -0.1)
    assert ramp(c, m, "cool_intensity", 3.0, 0.1) == 0 < ramp(c, m, "warmth_intensity", 3.0, 0.1) < 1


def test_a_larger_area_is_more_sensitive():
    m, small = constants("thermal_sense", scenario__area=1e-3)
    _, large = constants("thermal_sense", scenario__area=4e-2)
    assert ramp(small, m, "cool_felt", -1.0, -0.1) < ramp(large, m, "cool_felt", -1.0, -0.1)


def test_menthol_cools_without_cold():
    m, c = constants("thermal_sense")
    assert float(m.cool_felt(c, values(m, cold_receptor_shift=3.0))[0]) > 0.5
