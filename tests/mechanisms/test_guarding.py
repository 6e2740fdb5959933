"""Guarding: release by a published table, the loop of pain and ache, loosening, cramps without magnesium."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.felt import laws
from felt_runs import ACHE_AT_START, constants, median, play, values

RELEASE = {0.6: 0.97, 0.7: 0.92, 0.8: 0.87, 1.1: 0.73, 1.65: 0.55, 2: 0.46, 3: 0.29, 5: 0.13, 6: 0.10, 10: 0.03}
RELEASE_3 = {0.6: 0.98, 0.7: 0.94, 0.8: 0.90, 1.1: 0.79, 1.65: 0.64, 2: 0.56, 3: 0.40, 5: 0.22, 6: 0.17, 10: 0.07}


@pytest.mark.parametrize("power, table", [(4.0, RELEASE), (3.0, RELEASE_3)])
def test_release_by_dodge_and_rahamimoff(power, table):
    """Relative to 0.55 mmol/L magnesium at 1.2 mmol/L calcium, K1 1.1 and K2 3 mmol/L."""
    at = lambda magnesium: float(laws.release(1.2, magnesium, 1.1, 3.0, power))
    for magnesium, share in table.items():
        assert at(magnesium) / at(0.55) == pytest.approx(share, abs=0.006)


def told(c, m, name, **known):
    at = {"perceived_pain": median()["complaint.usual_pain"], "ache_drive": ACHE_AT_START, "ache_drive_at_start": ACHE_AT_START,
          "muscle_activation": median()["complaint.activation_at_start"], "neuromuscular_transmission": 1.0} | known
    return float(getattr(m, name)(c, values(m, **at))[0])


def rates(c, m, **known):
    at = {"perceived_pain": median()["complaint.usual_pain"], "ache_drive": ACHE_AT_START, "ache_drive_at_start": ACHE_AT_START,
          "muscle_activation": median()["complaint.activation_at_start"], "neuromuscular_transmission": 1.0} | known
    v = values(m, **at)
    v["ache_change"] = m.ache_change(c, v)
    return {name: float(rate[0]) for name, rate in m.rates(c, v).items()}


def test_transmission_has_a_margin_and_fails_at_six_millimoles():
    m, c = constants("guarding")
    at = lambda magnesium: told(c, m, "neuromuscular_transmission", upper_muscle_concentration=magnesium - 0.55)
    assert at(0.55) == 1 and at(0.8) > 0.99 and at(2.0) > 0.85 and at(6.0) < 0.1


def test_the_start_is_steady_and_everything_is_relative_to_it():
    m, c = constants("guarding")
    assert all(abs(rate) < 1e-15 for rate in rates(c, m).values())
    assert told(c, m, "stiffness_ratio") == pytest.approx(1) and told(c, m, "cramp_tendency") == pytest.approx(1)
    assert told(c, m, "ache_change") == 0


def test_pain_and_ache_tighten_and_stroking_relaxes():
    m, c = constants("guarding")
    assert rates(c, m, perceived_pain=8.0)["gamma_drive"] > 0 < rates(c, m, ache_drive=0.8)["gamma_drive"]
    assert rates(c, m, c_tactile_firing=0.5)["gamma_drive"] < 0 < rates(c, m, gamma_drive=1.5)["muscle_activation"]


def test_off_means_that_neither_pain_nor_ache_passes():
    m, c = constants("guarding", guarding__guarding_switch=0.0)
    assert rates(c, m, perceived_pain=8.0, ache_drive=0.8)["gamma_drive"] == 0
    assert told(c, m, "ache_change", ache_drive=0.8) == 0


def test_rubbing_and_warmth_loosen():
    m, c = constants("guarding")
    assert rates(c, m, rub_pressure=3000.0, rub_speed=0.06)["loosening"] > 0 > rates(c, m, loosening=0.5)["loosening"]
    assert rates(c, m, rub_pressure=3000.0)["loosening"] == 0                   # a hand at rest does not shear
    loose, warm = told(c, m, "stiffness_ratio", loosening=0.5), told(c, m, "stiffness_ratio", deep_warming=2.0)
    assert loose < 1 and warm < 1
    softening = np.exp(-median()["guarding.warmth_softening"] * 2.0)
    _, plain = constants("guarding", complaint__sheath_share=0.0, complaint__active_share=0.0)
    assert told(plain, m, "stiffness_ratio", deep_warming=2.0) == pytest.approx(softening)


def test_magnesium_hardly_thins_hyaluronan():
    """A rise of 1 mmol/L, all of the stiffness in the sheath: less than 2 %."""
    m, c = constants("guarding", complaint__sheath_share=1.0, complaint__active_share=0.0)
    assert 0.98 < told(c, m, "stiffness_ratio", upper_muscle_concentration=1.0) < 1


def test_cramps_follow_activation_and_what_reaches_the_muscle():
    m, c = constants("guarding")
    assert told(c, m, "cramp_tendency", muscle_activation=2 * median()["complaint.activation_at_start"]) == pytest.approx(
        np.exp(median()["guarding.cramp_by_activation"]))
    assert told(c, m, "cramp_tendency", upper_muscle_concentration=0.5) < 1
    _, off = constants("guarding", nociceptor__surface_charge_switch=0.0)
    assert told(off, m, "cramp_tendency", upper_muscle_concentration=0.5) == pytest.approx(1)


def test_the_loop_amplifies_relief_and_stays_stable():
    """Pulses that relieve do so more where pain reaches muscle and muscle aches, and it settles."""
    lanes = [{"touch.electrical_touch": 0.5}, {"touch.electrical_touch": 0.5, "guarding.guarding_switch": 0.0}]
    found = play(lanes, [(0.0, {})])
    looped, cut = found["pain_rating"][-1]
    assert looped < cut - 0.01
    assert (abs(found["muscle_activation"][:, 1] - found["muscle_activation"][0, 1]) < 1e-9).all()
    assert abs(found["muscle_activation"][-1, 0] - found["muscle_activation"][-10, 0]) < 0.02 * found["muscle_activation"][0, 0]
