"""Nociceptors: published tables as independent checks, the mean over places, switches, sting that wears off."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from epsom.felt import laws
from felt_runs import DEEP, MAGNESIUM_AT_REST, SKIN, SKIN_AT_REST, constants, values

M0 = MAGNESIUM_AT_REST
# what other people's equations give at these concentrations (mmol/L), computed apart from this program
BLOCK = {-0.070: {0.55: 0.078, 0.80: 0.055, 1.1: 0.041, 2: 0.023, 5: 0.009, 10: 0.005},
         -0.060: {0.55: 0.136, 0.80: 0.098, 1.1: 0.073, 2: 0.042, 5: 0.017, 10: 0.009},
         -0.040: {0.55: 0.352, 0.80: 0.272, 1.1: 0.214, 2: 0.130, 5: 0.056, 10: 0.029},
         -0.020: {0.55: 0.653, 0.80: 0.564, 1.1: 0.484, 2: 0.341, 5: 0.171, 10: 0.094}}
SHIFT = {0.3: {0.60: 0.11, 0.70: 0.32, 0.80: 0.52, 1.1: 1.1, 2: 2.7, 5: 6.7, 10: 11, 20: 16, 50: 24},
         0.5: {0.60: 0.16, 0.70: 0.48, 0.80: 0.79, 1.1: 1.7, 2: 3.9, 5: 9.0, 10: 14, 20: 20, 50: 28},
         1.0: {0.60: 0.28, 0.70: 0.80, 0.80: 1.3, 1.1: 2.7, 2: 5.9, 5: 12, 10: 18, 20: 24, 50: 33}}
HEAT_LIMIT = {0.8: -0.3, 2: -1.1, 5: -2.0, 20: -3.6, 50: -4.7}
PUT = {"nociceptor.shift_per_decade": 0.0225, "nociceptor.calcium": 1.2}


def everywhere(m, magnesium, **more):
    """Ports with this concentration of magnesium in all of the skin."""
    return values(m, **dict.fromkeys(SKIN, magnesium - M0), **more)


def put(**changed):
    return constants("nociceptor", **{key.replace(".", "__"): x for key, x in PUT.items()}, **changed)


def as_printed(x, digits):
    return pytest.approx(x, abs=0.51 * digits)


@pytest.mark.parametrize("voltage", BLOCK)
def test_block_of_nmda_receptors(voltage):
    """Jahr and Stevens 1990; one of the printed digits is a rounding off."""
    for magnesium, share in BLOCK[voltage].items():
        assert float(laws.magnesium_block(magnesium, voltage, 3.57, 62.0)) == pytest.approx(share, abs=1e-3)


@pytest.mark.parametrize("screening", SHIFT)
def test_gating_shift(screening):
    """Hille 1975, 22.5 mV a decade, 1.2 mmol/L calcium."""
    for magnesium, shift in SHIFT[screening].items():
        found = 1e3 * float(laws.gating_shift(1.2 + screening * magnesium, 1.2 + screening * M0, 0.0225))
        assert found == as_printed(shift, 0.1 if shift < 10 and shift >= 1 else 1 if shift >= 10 else 0.01)


@pytest.mark.parametrize("magnesium", SHIFT[0.5])
def test_threshold_is_linear_in_the_shift(magnesium):
    m, c = put(nociceptor__in_vivo_share=0.3, nociceptor__threshold_per_volt=120.0, magnesium__screening_per_calcium=0.5,
               **{"solute[magnesium]__screening_per_calcium": 0.5})
    due = 1 + 0.3 * 120.0 * 0.0225 * np.log10((1.2 + 0.5 * magnesium) / (1.2 + 0.5 * M0))
    assert float(m.skin_excitation_threshold(c, everywhere(m, magnesium))[0]) == pytest.approx(due, rel=1e-9)


@pytest.mark.parametrize("magnesium", HEAT_LIMIT)
def test_heat_limit(magnesium):
    """-w ln(...) with a width of 2 K and an exponent of 0.6, as published receptors suggest."""
    m, c = put(nociceptor__heat_width=2.0, nociceptor__heat_exponent=0.6, nociceptor__heat_half_magnesium=0.45)
    assert float(m.heat_limit_shift(c, everywhere(m, magnesium))[0]) == as_printed(HEAT_LIMIT[magnesium], 0.1)


def test_low_magnesium_lowers_the_threshold():
    m, c = put()
    assert float(m.skin_excitation_threshold(c, everywhere(m, 0.3))[0]) < 1 < float(m.skin_excitation_threshold(c, everywhere(m, 0.8))[0])


def test_firing_is_none_without_drive_and_one_in_the_worst_pain():
    for scale in (0.5, 1.0, 2.0):
        assert float(laws.firing(jnp.zeros(1), 0.2, scale, 0.1)[0]) == 0.0
    assert float(laws.firing(jnp.ones(1), 0.2, 1.0, 0.1)[0]) == pytest.approx(1.0, rel=1e-12)
    grid = laws.firing(jnp.linspace(0, 2, 101), 0.2, 1.0, 0.1)
    assert (jnp.diff(grid) > 0).all() and (laws.firing(jnp.linspace(0, 2, 101), 0.2, 1.2, 0.1)[1:] < grid[1:]).all()


def firing(c, m, **known):
    return float(m.c_fibre_firing(c, values(m, **known))[0])


@pytest.mark.parametrize("place", ["skin", *DEEP])
def test_magnesium_acts_by_what_reaches_the_tissue_that_hurts(place):
    """With all of the pain in one place, magnesium elsewhere changes nothing, and there it relieves."""
    shares = {"skin": (1.0, 0.0, 0.0), DEEP[0]: (0.0, 1.0, 0.0), DEEP[1]: (0.0, 0.0, 1.0), DEEP[2]: (0.0, 0.0, 0.0)}[place]
    m, c = constants("nociceptor", complaint__skin_share=shares[0], complaint__lower_dermis_share=shares[1],
                     complaint__fascia_share=shares[2], nociceptor__trpv1_switch=0.0)
    rest = firing(c, m)
    for other in ("skin", *DEEP):
        change = firing(c, m, **dict.fromkeys(SKIN if other == "skin" else (other,), 1.0)) - rest
        assert change < -1e-3 if other == place else change == 0


def test_each_zone_responds_before_the_mean_is_taken():
    """A tenth of the skin at ten times the rise is not the same as all of it at the mean."""
    m, c = constants("nociceptor", complaint__skin_share=1.0, nociceptor__trpv1_switch=0.0)
    spread = {name: (19.0 if "near" in name else 1.9) for name in SKIN}            # nothing between follicles
    evenly, apart = firing(c, m, **dict.fromkeys(SKIN, 1.9)), firing(c, m, **spread)
    alone = [firing(c, m, **dict.fromkeys(SKIN, x)) for x in (19.0, 0.0)]
    assert apart == pytest.approx(0.1 * alone[0] + 0.9 * alone[1], rel=1e-6)
    assert abs(apart - evenly) > 0.01 * evenly


def test_sting_rises_with_magnesium_and_with_salt_and_wears_off():
    m, c = constants("nociceptor")
    sting = [float(m.sting_drive(c, everywhere(m, x))[0]) for x in (0.55, 0.8, 2.0, 10.0, 20.0, 100.0)]
    assert sting[0] == 0 and (np.diff(sting) > 0).all() and sting[-1] < 1
    used = m.rates(c, everywhere(m, 20.0))
    assert float(used["sting_adaptation_near_follicles"][0]) > 0
    level = float(used["sting_adaptation_near_follicles"][0]) * float(c["desensitisation_time"][0])
    adapted = everywhere(m, 20.0, sting_adaptation_near_follicles=level, sting_adaptation_between_follicles=level)
    assert float(m.sting_drive(c, adapted)[0]) == pytest.approx(0, abs=1e-15)
    assert float(m.rates(c, adapted)["sting_adaptation_near_follicles"][0]) == pytest.approx(0, abs=1e-15)


def test_cooling_relieves_sting_and_pain():
    m, c = constants("nociceptor", complaint__skin_share=1.0)
    cool = {"skin_warming": -3.0, "skin_temperature": SKIN_AT_REST - 3.0}
    assert firing(c, m, **cool) < firing(c, m)
    assert float(m.cold_receptor_opening(c, values(m, **cool))[0]) > 0 == float(m.cold_receptor_opening(c, values(m))[0])
    hot = {"skin_warming": 9.0, "skin_temperature": SKIN_AT_REST + 9.0}
    warm, both = (float(m.sting_drive(c, v)[0]) for v in (values(m, **hot), everywhere(m, 5.0, **hot)))
    assert 0 < warm < both                                                        # magnesium makes heat hurt sooner


def test_skin_that_rewarms_does_not_sting():
    m, c = constants("nociceptor")
    cool = values(m, skin_warming=-3.0, skin_temperature=SKIN_AT_REST - 3.0)
    assert float(m.sting_drive(c, cool)[0]) == 0 == float(m.rates(c, cool)["sting_adaptation_near_follicles"][0])


def test_menthol_opens_the_cold_receptor():
    menthol = ("menthol",)
    m, c = constants("nociceptor", (*("muscle tightness", 5.0), "menthol-gel"), menthol)
    v = values(m, **dict.fromkeys(SKIN, 0.1))
    w, affinity = float(c["cold_width"][0]), float(c["cold"][0][0])
    assert float(m.cold_receptor_shift(c, v)[0]) == pytest.approx(w * np.log1p(affinity * 0.1), rel=1e-9)
    cooler = {"skin_warming": -2.0, "skin_temperature": SKIN_AT_REST - 2.0}
    by_menthol, by_cold = (float(m.cold_receptor_opening(c, values(m, **known))[0]) for known in ({"cold_receptor_shift": 2.0}, cooler))
    assert by_menthol == pytest.approx(by_cold, rel=1e-12) and by_menthol > 0


def test_a_local_anaesthetic_silences_and_capsaicin_burns():
    m, numb = constants("nociceptor", nociceptor__open_sodium_channels=0.1)
    _, c = constants("nociceptor")
    assert firing(numb, m) < 0.1 * firing(c, m)
    _, burning = constants("nociceptor", nociceptor__capsaicin_odds=100.0)
    assert float(m.sting_drive(burning, values(m))[0]) > 0.1


OFF = {"surface_charge_switch": dict.fromkeys((*SKIN, *DEEP), 5.0),
       "nmda_switch": dict.fromkeys((*SKIN, *DEEP), 5.0),
       "trpv1_switch": dict.fromkeys(SKIN, 50.0),
       "cooling_switch": {"skin_warming": -4.0, "deep_warming": -1.0, "skin_temperature": SKIN_AT_REST - 4.0}}


@pytest.mark.parametrize("switch", OFF)
def test_a_switch_that_is_off_gives_the_baseline(switch):
    """With all other switches off too, everything is as at rest; with it on, something is not."""
    told = ("c_fibre_firing", "a_delta_firing", "sting_drive", "skin_excitation_threshold", "heat_limit_shift", "cold_receptor_opening")
    everything = lambda c, v: np.array([float(getattr(m, name)(c, v)[0]) for name in told])
    off = {f"nociceptor__{name}": 0.0 for name in OFF}
    m, c = constants("nociceptor", **off)
    rest = everything(c, values(m))
    np.testing.assert_allclose(everything(c, values(m, **OFF[switch])), rest, rtol=0, atol=1e-15)
    _, on = constants("nociceptor", **{**off, f"nociceptor__{switch}": 1.0})
    assert abs(everything(on, values(m, **OFF[switch])) - rest).max() > 1e-3
    np.testing.assert_allclose(everything(on, values(m)), rest, rtol=0, atol=1e-15)        # and the start is the same
