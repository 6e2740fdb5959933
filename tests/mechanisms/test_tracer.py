"""Isotopes: they go with all magnesium, none is lost but what decays."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from epsom.body.homeostasis import FLOWS
from epsom.whole_body.course import whole_body_model

MODEL = whole_body_model(("28Mg",))
TRACER = next(m for m in MODEL.mechanisms if m.name == "tracer")
DECAY = np.log(2) / (20.915 * 3600)


def rates(share: float = 0.0, decay: float = DECAY, seed: int = 1):
    """({state: rate of tracer}, {pool: rate of all magnesium by the same turnovers}) with tracer as a share of each pool, or at random."""
    random = np.random.default_rng(seed)
    v = {name: jnp.asarray(random.uniform(1e-6, 1e-3, 3)) for name in FLOWS} | {"plasma_magnesium": jnp.asarray(random.uniform(1e-3, 1, 3))}
    amounts = {name.removesuffix("_tracer"): jnp.asarray(random.uniform(1e-3, 1, 3)) for name in TRACER.owns if name.endswith("_tracer")}
    v |= {f"{pool}_tracer": (share or random.uniform(0, 1, 3)) * amount for pool, amount in amounts.items()}
    v |= {name: jnp.zeros(3) for name in ("tracer_vein_flow", "tracer_skin_flow")}
    whole = {pool: 0.0 for pool in amounts}
    for turnover, (leaves, enters) in FLOWS.items():
        whole[leaves] -= v[turnover] * amounts[leaves]
        whole[enters] += v[turnover] * amounts[leaves]
    return TRACER.rates({"decay": jnp.full(3, decay)}, v), whole, v


def test_none_is_lost():
    found, _, _ = rates()
    assert np.all(abs(sum(found.values())) < 1e-12 * sum(map(abs, found.values())))


def test_what_decays_is_ln_2_over_the_half_life_of_what_the_body_holds():
    found, _, v = rates()
    pools = ("plasma", "interstitial", "red_cell", "fast_cell", "slow_cell", "bone_surface", "deep", "stomach", "gut", "muscle_depot")
    assert np.asarray(found["decayed_tracer"]) == pytest.approx(np.asarray(DECAY * sum(v[f"{pool}_tracer"] for pool in pools)), rel=1e-12)


def test_a_body_of_one_share_keeps_it():
    """Where tracer is the same share of every pool, it moves like all magnesium, times that share."""
    found, whole, _ = rates(share=0.11, decay=0.0)
    for pool, rate in whole.items():
        assert np.asarray(found[f"{pool}_tracer"]) == pytest.approx(0.11 * np.asarray(rate + 0 * DECAY), rel=1e-12, abs=1e-18)


def test_share_in_plasma():
    v = {"plasma_tracer": jnp.array([2e-6]), "plasma_magnesium": jnp.array([2e-3])}
    assert float(TRACER.plasma_tracer_share({}, v)[0]) == pytest.approx(1e-3)
