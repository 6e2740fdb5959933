"""Plasma: one volume, a clearance, and the baseline that everything else is counted from."""

from __future__ import annotations

import jax.numpy as jnp
import pytest

LANE = lambda x: jnp.full(1, float(x))


def rates(bench, amount=0.0, flow=0.0, infused=0.0, **changed):
    """Rates at an amount over baseline, a flow from blood into tissue and an infusion."""
    m, c = bench("plasma[magnesium]", **changed)
    v = {"plasma_amount": LANE(amount), "flow_from_blood": LANE(flow), "infusion_flow": LANE(infused)}
    v["plasma_concentration"] = m.plasma_concentration(c, v)
    return {name: float(rate[0]) for name, rate in m.rates(c, v).items()}


def test_concentration_is_amount_over_the_volume_of_this_person(bench):
    m, c = bench("plasma[magnesium]")
    assert float(m.plasma_concentration(c, {"plasma_amount": LANE(1e-3)})[0]) == pytest.approx(
        1e-3 / (0.25e-3 * 70), rel=1e-12
    )


def test_only_the_ultrafiltrable_share_passes_a_wall(bench):
    m, c = bench("plasma[magnesium]")
    assert float(m.plasma_free_concentration(c, {"plasma_concentration": LANE(2.0)})[0]) == pytest.approx(2 * 0.71)


def test_a_rise_is_cleared_at_filtration_times_ultrafiltrable_share(bench):
    found = rates(bench, amount=1e-3, glomerular_filtration=1.5e-6)
    assert found["plasma_amount"] == pytest.approx(-1.5e-6 * 0.71 * 1e-3 / (0.25e-3 * 70), rel=1e-12)


def test_a_fall_below_baseline_is_made_good(bench):
    assert rates(bench, amount=-1e-3)["plasma_amount"] > 0


def test_what_blood_takes_from_tissue_arrives_in_plasma(bench):
    assert rates(bench, flow=-2e-9)["plasma_amount"] == 2e-9


@pytest.mark.parametrize("amount, flow", [(1e-3, 0.0), (0.0, 3e-9), (-2e-4, -1e-9)])
def test_nothing_vanishes(bench, amount, flow):
    """What plasma loses is eliminated or has gone into tissue."""
    assert sum(rates(bench, amount, flow).values()) == pytest.approx(-flow, rel=1e-9, abs=1e-20)


def test_kidneys_that_take_everything_back_clear_nothing(bench):
    assert rates(bench, amount=1e-3, reabsorbed_share=1.0)["eliminated_amount"] == 0.0


def test_other_organs_clear_without_the_kidney(bench):
    found = rates(bench, amount=1e-3, glomerular_filtration=0.0, other_clearance=1e-6)
    assert found["eliminated_amount"] == pytest.approx(1e-6 * 1e-3 / (0.25e-3 * 70), rel=1e-12)


def test_half_life_after_an_infusion_is_hours(bench):
    """4.3-5.0 L/h from 0.25 L/kg: between 2 and 4 hours at ordinary filtration."""
    found = rates(bench, amount=1.0, glomerular_filtration=110e-6 / 60)
    assert 2 * 3600 < 0.6931 / found["eliminated_amount"] < 4 * 3600


def test_baselines_are_what_people_have(bench):
    """Of magnesium what the whole body says; of others what their own document says."""
    body = {"free_magnesium_baseline": LANE(0.53), "serum_magnesium_baseline": LANE(0.85)}
    m, c = bench("plasma[magnesium]")
    assert float(m.plasma_baseline_concentration(c, body)[0]) == 0.85 and float(m.interstitial_baseline_concentration(c, body)[0]) == 0.53
    other = {**c, "magnesium": 0.0, "plasma_baseline": LANE(140.0), "interstitial_baseline": LANE(139.0)}
    assert float(m.plasma_baseline_concentration(other, body)[0]) == 140
    assert float(m.interstitial_baseline_concentration(other, body)[0]) == 139


def test_an_infusion_arrives_and_is_accounted_for(bench):
    found = rates(bench, infused=2e-6)
    assert found["plasma_amount"] == 2e-6 and found["vein_supply_amount"] == -2e-6
