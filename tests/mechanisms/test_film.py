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


AREA = 400e-4
LANE = lambda x: jnp.full(1, float(x))


STATES = ("film_water", "film_oil", "film_humectant", "occlusion", "clothing", "skin_water_flow")
OF_SOLUTE = ("solid_or_dissolved", "wet_share", "bindable_water", "dissolving_water", "dissolved_amount", "liquid_beside_crystals")
OF_FILM = ("film_liquid_water", "film_volume", "film_thickness", "film_water_activity", "film_contact", "air_transfer", "air_exchange",
           "evaporation")


def film(bench, molality=0.0, water=1e-3, amount=None, **given):
    """(film, its constants, all variables of a film of magnesium chloride) as dose and film give them together; `given` are
    other states or parameters of the film."""
    m, c = bench("film", **{name: x for name, x in given.items() if name not in STATES})
    dose, d = bench("dose[magnesium]")
    v = {name: LANE(given.get(name, 0.0)) for name in STATES} | {
        "film_water": LANE(water), "film_amount": LANE(molality * water if amount is None else amount), "film_coverage": LANE(1)}
    v["skin_temperature"] = LANE(given.get("skin_temperature", bench.middle["film.skin_temperature"]))
    for name in OF_SOLUTE:
        v[name] = getattr(dose, name)(d, v)
    for name in OF_FILM:
        v[name] = getattr(m, name)(c, v | {name: (v[name],) for name in OF_SOLUTE})
    return m, c, v


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
    assert float(film(bench)[2]["film_water_activity"][0]) == pytest.approx(1.0, abs=2e-4)


def test_saturated_magnesium_chloride_is_as_dry_as_its_deliquescence(bench):
    """A film with more salt than its water can hold stands at 0.33 (bischofite, 20 to 30 degC), whatever its crystals."""
    for molality in (6.0, 6.5, 7.0, 8.0):
        assert 0.31 < float(film(bench, molality)[2]["film_water_activity"][0]) < 0.35


def test_activity_falls_with_strength(bench):
    found = [float(film(bench, x)[2]["film_water_activity"][0]) for x in np.linspace(0, 5.7, 20)]
    assert (np.diff(found) < 0).all()


def test_a_humectant_lowers_activity_as_an_ideal_solute(bench):
    v = film(bench, water=1e-3, film_humectant=2e-3)[2]
    assert -np.log(float(v["film_water_activity"][0])) == pytest.approx(18.015e-3 * 2.0, rel=5e-3)


def test_volume_is_water_and_salt(bench):
    v = film(bench, 1.0)[2]
    expected = 1e-3 / 995.0 + 1e-3 * 24.0e-6
    assert float(v["film_volume"][0]) == pytest.approx(expected, rel=2e-3)
    assert float(v["film_thickness"][0]) == pytest.approx(expected / AREA, rel=2e-3)


def test_an_empty_film_still_has_a_volume(bench):
    """So that no concentration divides by zero; but thinner than anything one can apply (tens of nanometres)."""
    v = film(bench, 0.0, water=0.0)[2]
    assert 0 < float(v["film_volume"][0]) / AREA < 4e-8
    assert np.isfinite(v["film_water_activity"]).all() and np.isfinite(v["evaporation"]).all()


def test_a_trace_too_much_taken_stays_harmless(bench):
    """A step may leave a film a little below nothing, of water or of salt: everything stays finite and pulls back."""
    v = film(bench, water=-1e-7, amount=-1e-9)[2]
    assert all(np.isfinite(x).all() for name, x in v.items() if name.startswith(("film", "evap")))
    assert float(film(bench, water=-1e-5, amount=1e-5)[2]["evaporation"][0]) < 0


@pytest.mark.parametrize("celsius, pascal", [(0.0, 611.2), (20.0, 2339.0), (32.0, 4759.0), (40.0, 7385.0)])
def test_vapour_pressure_is_that_of_steam_tables(bench, celsius, pascal):
    from epsom.dermal.film import saturated_vapour

    p = {key: jnp.full(1, value) for key, value in bench.middle.items()}
    found = saturated_vapour(p, 273.15 + celsius) * 8.31446 * (273.15 + celsius) / 18.015e-3
    assert float(found[0]) == pytest.approx(pascal, rel=3e-3)


def test_pure_water_evaporates_as_fast_as_wounds_do(bench):
    """142 g/m2/h at 32 degC skin in a room of 22 degC and half humidity; wounds are measured at 143 to 214."""
    v = film(bench, water=10.0)[2]
    assert float(v["evaporation"][0]) / AREA * 3.6e6 == pytest.approx(142, rel=0.01)


def test_drying_stops_under_foil_and_slows_under_clothing(bench):
    bare, clothed, foil = (float(film(bench, 2.0, **cover)[2]["evaporation"][0])
                           for cover in ({}, {"clothing": 1.0}, {"occlusion": 1.0}))
    assert foil == 0.0 < clothed < bare
    assert bare / clothed == pytest.approx(1 + 150 * 0.00164, rel=1e-6)


def test_drying_grows_with_the_root_of_the_air_speed(bench):
    fast, slow = (float(film(bench, 2.0, air_speed=x)[2]["evaporation"][0]) for x in (0.66, 0.165))
    assert fast / slow == pytest.approx(2.0, rel=1e-9)


def test_drying_ends_where_only_the_crystals_water_is_left(bench):
    """Bischofite holds six waters: 0.108 kg for each mol of magnesium."""
    n = 2e-3
    bound = 6 * 18.015e-3 * n
    assert abs(float(film(bench, water=bound, amount=n)[2]["evaporation"][0])) < 1e-3 * float(
        film(bench, water=2 * bound, amount=n)[2]["evaporation"][0])


def test_salt_takes_water_from_moist_air(bench):
    assert float(film(bench, 5.0, humidity=0.9)[2]["evaporation"][0]) < 0


def test_oil_and_crystals_keep_the_solution_from_the_skin(bench):
    """No oil and much water: all of the covered skin; half oil by volume: the root of a half."""
    full = float(film(bench, 2.0, water=1e-2)[2]["film_contact"][0])
    assert 0.99 < full < 1.0
    v = film(bench, 2.0, water=1e-2)[2]
    oily = film(bench, 2.0, water=1e-2, film_oil=float(v["film_volume"][0]) * 920.0)[2]
    assert float(oily["film_contact"][0]) / full == pytest.approx(0.5**0.5, rel=1e-6)
    assert float(film(bench, 40.0)[2]["film_contact"][0]) < 0.1


def test_film_water_comes_from_skin_and_sweat_and_goes_into_air(bench):
    m, c, v = film(bench, 2.0, skin_water_flow=1e-7, sweat_rate=1e-5)
    assert float(m.rates(c, v)["film_water"][0]) == pytest.approx(1e-7 + 1e-5 * AREA - float(v["evaporation"][0]), rel=1e-12)


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
