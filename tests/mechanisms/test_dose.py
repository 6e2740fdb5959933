"""The dose: amounts in the film and what the corneum sees of them."""

from __future__ import annotations

import jax.numpy as jnp
import pytest

LANE = lambda x: jnp.full(1, float(x))


def test_concentration_is_amount_over_volume(bench):
    m, c = bench("dose[magnesium]")
    v = {"film_amount": LANE(3e-3), "film_volume": LANE(2e-6)}
    assert float(m.film_concentration(c, v)[0]) == pytest.approx(1500.0, rel=1e-14)


def test_an_empty_film_drives_nothing(bench):
    m, c = bench("dose[magnesium]")
    v = {"film_amount": LANE(0), "film_volume": LANE(4e-11)}
    v["film_concentration"] = m.film_concentration(c, v)
    v["corneum_wetness_factor"] = LANE(1)
    assert float(m.film_drive(c, v)[0]) == 0.0


@pytest.mark.parametrize("factor", [0.05, 0.5, 1.0])
def test_a_dry_corneum_sees_a_share_of_the_film(bench, factor):
    m, c = bench("dose[magnesium]")
    v = {"film_concentration": LANE(2000), "corneum_wetness_factor": LANE(factor)}
    assert float(m.film_drive(c, v)[0]) == pytest.approx(2000 * factor, rel=1e-14)


def test_applied_is_what_the_supply_has_lent(bench):
    m, c = bench("dose[magnesium]")
    assert float(m.applied_amount(c, {"supply_amount": LANE(-5e-3)})[0]) == 5e-3


@pytest.mark.parametrize("flow", [1e-9, -1e-9])
def test_what_the_skin_takes_the_film_loses(bench, flow):
    """Also backwards: into pure water the skin gives."""
    m, c = bench("dose[magnesium]")
    rates = m.rates(c, {"flow_from_film": LANE(flow)})
    assert set(rates) == {"film_amount"} and float(rates["film_amount"][0]) == -flow


def test_everything_but_what_was_laid_takes_part_in_the_mass_balance(bench):
    """`laid_amount` is a record of what steps did; counting it would count the film twice."""
    m, _ = bench("dose[magnesium]")
    assert {name for name, state in m.owns.items() if state.amount} == {
        "supply_amount",
        "film_amount",
        "washed_off_amount",
    }
