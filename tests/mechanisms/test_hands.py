"""Hands: pressure and speed only while they rub."""

from __future__ import annotations

import jax.numpy as jnp
import pytest


@pytest.mark.parametrize("rubbing", [0.0, 1.0])
def test_pressure_and_speed_only_while_rubbing(bench, rubbing):
    m, c = bench("hands")
    v = {"rubbing": jnp.full(1, rubbing)}
    assert float(m.rub_pressure(c, v)[0]) == pytest.approx(3000 * rubbing)
    assert float(m.rub_speed(c, v)[0]) == pytest.approx(0.06 * rubbing)
