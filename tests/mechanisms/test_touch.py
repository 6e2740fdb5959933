"""Touch: adaptation, tuning to speed, satiety, electrical pulses."""

from __future__ import annotations

import numpy as np
import pytest

from felt_runs import constants, median, values

RUB = {"rub_pressure": 3000.0, "rub_speed": 0.03}


def both(c, m, **known):
    v = values(m, **known)
    return float(m.a_beta_firing(c, v)[0]), float(m.c_tactile_firing(c, v)[0])


def test_nothing_without_a_hand_and_more_with_more_pressure():
    m, c = constants("touch")
    assert both(c, m) == (0, 0)
    pressed = [both(c, m, rub_pressure=x, rub_speed=0.03) for x in (100.0, 1000.0, 10000.0, 1e7)]
    assert (np.diff(pressed, axis=0) > 0).all() and pressed[-1][0] == pytest.approx(1, abs=1e-3)


def test_half_of_the_most_at_the_half_pressure():
    m, c = constants("touch")
    assert both(c, m, rub_pressure=median()["touch.half_pressure"])[0] == pytest.approx(0.5)


def test_fast_fibres_adapt_to_the_share_that_lasts():
    m, c = constants("touch")
    pressed = 3000.0 / (3000.0 + median()["touch.half_pressure"])
    assert both(c, m, **RUB, touch_adaptation=pressed)[0] == pytest.approx(pressed * (1 - median()["touch.adapting_share"]))
    assert float(m.rates(c, values(m, **RUB, touch_adaptation=pressed))["touch_adaptation"][0]) == pytest.approx(0, abs=1e-15)
    assert both(c, m, touch_adaptation=pressed)[0] == 0                          # after the hand is gone there is no negative touch


def test_stroking_fibres_are_tuned_to_a_speed():
    m, c = constants("touch", touch__stroking_speed=0.03, touch__stroking_width=0.8)
    at = lambda speed: both(c, m, rub_pressure=3000.0, rub_speed=speed)[1]
    assert at(0.0) == pytest.approx(0, abs=1e-12) and at(0.03) > max(at(0.02), at(0.045))
    assert at(0.03 * np.e ** 0.8) / at(0.03) == pytest.approx(np.exp(-0.5), rel=1e-3)
    assert at(0.03 * np.e ** 0.8) == pytest.approx(at(0.03 / np.e ** 0.8), rel=1e-3)


def test_satiety_comes_and_goes():
    m, c = constants("touch")
    rate = lambda **known: float(m.rates(c, values(m, **known))["touch_satiety"][0])
    assert rate(**RUB) > 0 > rate(touch_satiety=0.5)
    assert both(c, m, **RUB, touch_satiety=1.0)[1] == 0


def test_a_higher_threshold_dulls_touch_and_a_local_anaesthetic_takes_it():
    m, c = constants("touch")
    assert both(c, m, **RUB, skin_excitation_threshold=1.3)[0] < both(c, m, **RUB)[0]
    _, numb = constants("touch", nociceptor__open_sodium_channels=0.1)
    assert both(numb, m, **RUB)[0] == pytest.approx(0.1 * both(c, m, **RUB)[0])


def test_electrical_pulses_touch_without_a_hand_and_the_switch_takes_both():
    m, c = constants("touch", touch__electrical_touch=0.8)
    assert both(c, m) == (pytest.approx(0.8), 0)
    _, off = constants("touch", touch__electrical_touch=0.8, touch__touch_switch=0.0)
    assert both(off, m, **RUB) == (0, 0)
    assert not any(float(x[0]) for x in m.rates(off, values(m, **RUB)).values())
