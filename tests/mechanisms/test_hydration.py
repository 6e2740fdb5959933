"""Hydration of the corneum: what dryness and warmth do to its permeability, and the water that comes through it."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from epsom.core.parameter import document

LANE = lambda x: jnp.full(1, float(x))
AREA = 400e-4


def wetness(bench, hydration, way="corneum_wetness_factor", **changed):
    """Wetness factor at a hydration."""
    m, c = bench("hydration", **changed)
    return float(getattr(m, way)(c, {"corneum_hydration": LANE(hydration)})[0])


def rate(bench, hydration, activity=1.0, coverage=1.0, occlusion=0.0):
    m, c = bench("hydration")
    v = {"corneum_hydration": LANE(hydration), "film_water_activity": LANE(activity), "film_coverage": LANE(coverage),
         "occlusion": LANE(occlusion)}
    return float(m.rates(c, v)["corneum_hydration"][0])


def test_a_wet_corneum_is_open(bench):
    """Up to what the smooth corner takes away: less than a twentieth."""
    assert 0.95 < wetness(bench, 1.0) <= 1.0


def test_a_dry_corneum_is_closed_to_the_measured_factor(bench):
    assert wetness(bench, 0.33) == pytest.approx(0.0714, rel=0.02)
    assert wetness(bench, 0.33, dry_permeability_factor=0.2) == pytest.approx(0.2, rel=0.02)


def test_follicles_dry_less(bench):
    assert wetness(bench, 0.33, "follicle_wetness_factor") == pytest.approx(0.5, rel=0.02)


def test_wetness_rises_with_hydration(bench):
    found = [wetness(bench, x) for x in np.linspace(0.3, 1.0, 20)]
    assert (np.diff(found) > -1e-12).all() and found[-1] > 10 * found[0]


def test_hydration_follows_the_film_in_its_own_time(bench):
    """Twenty minutes; brine dries the corneum as dry air does."""
    assert rate(bench, 0.4, activity=1.0) == pytest.approx(0.6 / 1200, rel=1e-12)
    assert rate(bench, 0.9, activity=0.34) < 0


def test_bare_skin_dries_in_the_air_and_wets_under_foil(bench):
    m, c = bench("hydration")
    usual = float(c["bare"][0])
    assert 0.29 < usual < 0.4
    assert rate(bench, usual, coverage=0.0) == pytest.approx(0.0, abs=1e-15)
    assert rate(bench, usual, coverage=0.0, occlusion=1.0) > 0
    assert float(m.initial(c)["corneum_hydration"][0]) == usual


def test_bare_skin_loses_the_water_that_was_measured(bench):
    """What comes through the corneum is what the air takes: 9.7 g/m2/h in the room of the measurement, within the rounding
    of that room's vapour."""
    m, c = bench("hydration")
    v = {"film_coverage": LANE(1), "film_water_activity": c["bare"]}
    assert float(m.skin_water_flow(c, v)[0]) / AREA * 3.6e6 == pytest.approx(9.7, rel=0.02)


def test_a_sole_loses_what_was_measured_on_the_palm(bench):
    """49.3 g/m2/h in the room of the measurement; its bare corneum is wetter for it, and its film gets seven times the water."""
    m, c = bench("hydration", water_leakiness=document("sites", "sole").parameters["water_leakiness"].si)
    _, forearm = bench("hydration")
    v = {"film_coverage": LANE(1), "film_water_activity": c["bare"]}
    assert float(m.skin_water_flow(c, v)[0]) / AREA * 3.6e6 == pytest.approx(49.3, rel=0.03)
    assert float(c["bare"][0]) > float(forearm["bare"][0]) + 0.1
    assert float(c["loss"][0] / forearm["loss"][0]) == pytest.approx(7.3, rel=1e-9)


def test_water_loss_saturates_without_a_barrier(bench):
    """The air's boundary layer limits: 142 g/m2/h however open the skin is."""
    open_skin = document("barriers", "absent").parameters["water_loss_multiplier"].si
    m, c = bench("hydration", water_loss_multiplier=open_skin)
    v = {"film_coverage": LANE(1), "film_water_activity": c["bare"]}
    assert float(m.skin_water_flow(c, v)[0]) / AREA * 3.6e6 == pytest.approx(142, rel=0.02)


def test_warmth_quickens_by_fifteen_percent_from_32_to_40_degrees(bench):
    """3.4 kcal/mol, as measured for ions in hairless mouse skin."""
    m, c = bench("hydration")
    assert float(m.warmth_factor(c, {"bath_temperature": LANE(0)})[0]) == 1.0
    assert float(m.warmth_factor(c, {"bath_temperature": LANE(313.15)})[0]) == pytest.approx(1.154, rel=2e-3)


def test_a_bath_is_as_warm_as_it_says_whatever_skin_usually_is(bench):
    """38 degC over skin that usually has 35: the factor of these three degrees, and none for a bath of 35."""
    m, c = bench("hydration", skin_temperature=308.15)
    factor = lambda kelvin: float(m.warmth_factor(c, {"bath_temperature": LANE(kelvin)})[0])
    assert factor(308.15) == 1.0
    assert factor(311.15) == pytest.approx(np.exp(14200 / 8.31446 * (1 / 308.15 - 1 / 311.15)), rel=1e-9)


def test_a_measured_loss_as_high_as_the_air_lets_through_leaves_a_barrier_of_little_but_positive_resistance(bench):
    """Even where the drawn boundary layer is too thin to explain it: activities stay between the room's and 1."""
    for transfer in (0.4e-3, 0.8e-3, 1.64e-3, 4e-3):
        for loss in (10.0, 40.0, 80.0):                       # g/m2/h
            _, c = bench("hydration", transepidermal_water_loss=loss / 3.6e6, air_transfer=transfer)
            assert float(c["loss"][0]) > 0 and 0.27 < float(c["bare"][0]) < 1
