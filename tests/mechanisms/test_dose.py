"""The dose: amounts in the film, what of them is dissolved, and what the skin sees of it."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

AREA = 400e-4
SOLUBILITY = 5.75            # mol of magnesium chloride per kg of water
HYDRATE = 6 * 18.015e-3      # kg of water in a mol of bischofite
LANE = lambda x: jnp.full(1, float(x))


def solved(bench, amount, water, volume=2e-6, **factors):
    """(dose, its constants, variables) of an amount in mol and water in kg."""
    m, c = bench("dose[magnesium]")
    v = {"film_amount": LANE(amount), "film_water": LANE(water), "film_volume": LANE(volume)} | {
        name: LANE(factors.get(name, 1.0)) for name in ("corneum_wetness_factor", "follicle_wetness_factor", "warmth_factor",
                                                        "film_contact", "film_coverage", "air_exchange")}
    for name in ("solid_or_dissolved", "wet_share", "bindable_water", "dissolving_water", "dissolved_amount",
                 "liquid_beside_crystals", "crystal_share", "film_concentration", "film_drive", "follicle_drive"):
        v[name] = getattr(m, name)(c, v)
    return m, c, v


def test_a_dilute_solution_holds_all_of_it(bench):
    v = solved(bench, 1e-3, 1e-3)[2]
    assert float(v["dissolved_amount"][0]) == pytest.approx(1e-3, rel=1e-9)
    assert float(v["liquid_beside_crystals"][0]) == pytest.approx(1e-3, rel=2e-3)
    assert abs(float(v["crystal_share"][0])) < 1e-9


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_what_does_not_fit_lies_there_as_crystals_with_their_water(bench, share):
    """Dissolved at saturation, the rest as hexahydrate: both balances hold, up to the 20 nm of water that cling to skin."""
    n = 1e-2
    dissolved = share * n
    water = dissolved / SOLUBILITY + (n - dissolved) * HYDRATE
    v = solved(bench, n, water)[2]
    assert float(v["dissolved_amount"][0]) == pytest.approx(dissolved, rel=1e-2)
    assert float(v["liquid_beside_crystals"][0]) == pytest.approx(dissolved / SOLUBILITY, rel=1e-2)
    assert float(v["crystal_share"][0]) == pytest.approx(1 - share, rel=1e-2)


def test_drying_and_wetting_again_go_the_same_way(bench):
    """What is dissolved depends on the water alone: crystals come back as they went, without a jump."""
    water = np.linspace(1.2e-3, 3e-3, 200)
    found = np.array([float(solved(bench, 1e-2, w)[2]["dissolved_amount"][0]) for w in water])
    assert (np.diff(found) >= -1e-15).all() and np.diff(found).max() < 0.05 * 1e-2


def test_concentration_is_amount_over_volume(bench):
    assert float(solved(bench, 3e-3, 2e-3)[2]["film_concentration"][0]) == pytest.approx(1500.0, rel=1e-9)


def test_an_empty_film_drives_nothing(bench):
    v = solved(bench, 0.0, 0.0, volume=4e-11)[2]
    assert float(v["film_drive"][0]) == float(v["follicle_drive"][0]) == 0.0


@pytest.mark.parametrize("way, factor", [("film_drive", "corneum_wetness_factor"), ("follicle_drive", "follicle_wetness_factor")])
def test_each_way_in_sees_a_share_of_the_film(bench, way, factor):
    """What dryness of its own way, warmth and contact leave."""
    v = solved(bench, 3e-3, 2e-3, **{factor: 0.2, "warmth_factor": 1.1, "film_contact": 0.5})[2]
    assert float(v[way][0]) == pytest.approx(1500 * 0.2 * 1.1 * 0.5, rel=1e-9)


def test_applied_is_what_the_supply_has_lent(bench):
    m, c = bench("dose[magnesium]")
    assert float(m.applied_amount(c, {"supply_amount": LANE(-5e-3)})[0]) == 5e-3


@pytest.mark.parametrize("pores, follicles", [(1e-9, 3e-9), (-1e-9, 0.0)])
def test_what_the_skin_takes_the_film_loses(bench, pores, follicles):
    """Also backwards: into pure water the skin gives."""
    m, c, v = solved(bench, 1e-3, 1e-3)
    rates = m.rates(c, v | {"flow_from_film": LANE(pores), "flow_into_follicles": LANE(follicles)})
    assert float(rates["entered_amount"][0]) == pores + follicles
    assert float(rates["film_amount"][0]) == -(pores + follicles)
    assert float(rates["vanished_amount"][0]) == 0.0


def test_a_volatile_solute_goes_into_the_air(bench):
    """Concentration times what air holds of it times transfer times area."""
    m, c, v = solved(bench, 3e-3, 2e-3, air_exchange=1e-3)
    c = c | {"volatility": LANE(1e-4 * AREA)}
    rates = m.rates(c, v | {"flow_from_film": LANE(0), "flow_into_follicles": LANE(0)})
    assert float(rates["vanished_amount"][0]) == pytest.approx(1500 * 1e-4 * 1e-3 * AREA, rel=1e-9)
    assert float(rates["film_amount"][0]) == -float(rates["vanished_amount"][0])


def test_amounts_take_part_in_the_mass_balance_and_records_do_not(bench):
    """`entered_amount` is a record of flows; counting it would count the skin twice."""
    m, _ = bench("dose[magnesium]")
    assert {name for name, state in m.owns.items() if state.amount} == {
        "supply_amount", "film_amount", "washed_off_amount", "vanished_amount"}
