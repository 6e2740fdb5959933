"""The film: water activity of brines, volume, and what dryness does to the corneum."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from epsom.dermal.film import osmotic_coefficient

MAGNESIUM_CHLORIDE = {
    "cations": 1.0,
    "anions": 2.0,
    "cation_charge": 2.0,
    "anion_charge": 1.0,
    "pitzer_beta0": 0.35235,
    "pitzer_beta1": 1.6815,
    "pitzer_c": 0.00519,
    "pitzer_decay": 2.0,
}
AT_25 = 0.391  # Debye-Hueckel coefficient at 25 degC


def film(molality=0.0, water=1e-3, occlusion=0.0):
    """Variables of a film laid on with this molality (mol/kg)."""
    lane = lambda x: jnp.full(1, float(x))
    return {
        "film_water": lane(water),
        "occlusion": lane(occlusion),
        "film_amount": (lane(molality * water),),
        "laid_amount": (lane(molality * water),),
    }


def wetness(bench, activity, occlusion=0.0, **changed):
    """Wetness factor at a water activity."""
    m, c = bench("film", **changed)
    v = {"film_water_activity": jnp.full(1, activity), "occlusion": jnp.full(1, occlusion)}
    return float(m.corneum_wetness_factor(c, v)[0])


@pytest.mark.parametrize("molality, measured", [(0.1, 0.861), (0.5, 0.947), (1.0, 1.108)])
def test_osmotic_coefficient_is_that_of_the_handbooks(molality, measured):
    """Magnesium chloride at 25 degC (Robinson & Stokes, Electrolyte Solutions, appendix), to 1 %."""
    assert float(osmotic_coefficient(jnp.float64(molality), MAGNESIUM_CHLORIDE, AT_25)) == pytest.approx(
        measured, rel=0.01
    )


def test_a_solute_without_charge_and_coefficients_is_ideal():
    ideal = dict.fromkeys(MAGNESIUM_CHLORIDE, 0.0) | {"cations": 1.0}
    assert float(osmotic_coefficient(jnp.float64(3.0), ideal, AT_25)) == 1.0


def test_pure_water_has_activity_one(bench):
    m, c = bench("film")
    assert float(m.film_water_activity(c, film())[0]) == pytest.approx(1.0, abs=1e-12)


def test_saturated_magnesium_chloride_is_as_dry_as_the_vocabulary_says(bench):
    m, c = bench("film")
    assert 0.28 < float(m.film_water_activity(c, film(5.75))[0]) < 0.37


def test_activity_falls_with_strength(bench):
    m, c = bench("film")
    found = [float(m.film_water_activity(c, film(x))[0]) for x in np.linspace(0, 5.7, 30)]
    assert (np.diff(found) < 0).all()


def test_activity_is_that_of_the_solution_as_laid_on(bench):
    """Uptake by the skin does not count."""
    m, c = bench("film")
    v = film(2.0)
    taken_up = v | {"film_amount": (0.1 * v["film_amount"][0],)}
    assert float(m.film_water_activity(c, v)[0]) == float(m.film_water_activity(c, taken_up)[0])


def test_volume_is_water_and_salt(bench):
    m, c = bench("film")
    v = film(1.0, water=1e-3)
    expected = 1e-3 / 995.0 + 1e-3 * 24.0e-6 + 1e-9 * 400e-4
    assert float(m.film_volume(c, v)[0]) == pytest.approx(expected, rel=1e-12)


def test_an_empty_film_still_has_a_volume(bench):
    """So that no concentration divides by zero; but thinner than anything one can apply (a nanometre)."""
    m, c = bench("film")
    v = film(0.0, water=0.0)
    assert float(m.film_volume(c, v)[0]) / 400e-4 == pytest.approx(1e-9)
    assert np.isfinite(m.film_water_activity(c, v)).all()


def test_a_wet_film_leaves_the_corneum_open(bench):
    """Up to what the smooth corner takes away: less than a twentieth."""
    assert 0.95 < wetness(bench, 1.0) <= 1.0


def test_a_dry_film_closes_it_to_the_measured_factor(bench):
    assert wetness(bench, 0.33) == pytest.approx(0.0714, rel=0.02)
    assert wetness(bench, 0.33, dry_permeability_factor=0.2) == pytest.approx(0.2, rel=0.02)


def test_wetness_rises_with_water_activity(bench):
    found = [wetness(bench, x) for x in np.linspace(0.3, 1.0, 40)]
    assert (np.diff(found) > -1e-12).all() and found[-1] > 10 * found[0]


def test_an_occluded_film_keeps_the_corneum_wet(bench):
    assert wetness(bench, 0.33, occlusion=1.0) == 1.0


def test_a_film_has_no_rate_of_its_own(bench):
    """Its water is constant between events."""
    m, c = bench("film")
    assert not m.rates(c, film(1.0))


@pytest.mark.parametrize("salt, molality, due", [
    ("magnesium-chloride", 1.0, 1.108), ("magnesium-chloride", 3.0, 1.983), ("magnesium-sulfate", 1.0, 0.525),
    ("magnesium-sulfate", 2.0, 0.640)])
def test_osmotic_coefficients_of_the_handbook(salt, molality, due):
    """Robinson and Stokes at 25 degC, within 5 % (values and coefficients are recalled): 2:1 and 2:2 salts decay differently."""
    from epsom.core.parameter import document
    from epsom.dermal.film import Film, osmotic_coefficient

    numbers = document("salts", salt).parameters
    found = osmotic_coefficient(molality, {name: numbers[name].si for name in Film.SALT}, 0.391)
    assert float(found) == pytest.approx(due, rel=0.05)
