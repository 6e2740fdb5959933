"""Parathyroid hormone, calcitriol and calcidiol: still at the ordinary level, stopped by too little magnesium, held back by more."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from epsom.core.parameter import document
from epsom.whole_body.course import whole_body_model

MODEL = whole_body_model((), True)
HORMONES = next(m for m in MODEL.mechanisms if m.name == "hormones")
C = HORMONES.constants({name: jnp.full(1, p.si) for name, p in document("parameters", "hormones").parameters.items()})
ORDINARY, IONISED = 0.84, 0.62


def target(serum: float) -> tuple[float, float]:
    """(hormone, calcitriol) at which both stand still at a serum concentration."""
    v = {"serum_concentration": jnp.full(1, serum), "ionised_concentration": jnp.full(1, IONISED * serum),
         "ordinary_serum_concentration": jnp.full(1, ORDINARY), "parathyroid_hormone": jnp.ones(1), "calcitriol": jnp.ones(1),
         "calcidiol": jnp.ones(1)}
    rate = HORMONES.rates(C, v)
    hormone = 1 + float(rate["parathyroid_hormone"][0] / C["hormone_rate"][0])
    v["parathyroid_hormone"] = jnp.full(1, hormone)
    return hormone, 1 + float(HORMONES.rates(C, v)["calcitriol"][0] / C["calcitriol_rate"][0])


def test_the_ordinary_level_stands_still():
    assert target(ORDINARY) == pytest.approx((1.0, 1.0), abs=1e-12)
    assert {name: float(x[0]) for name, x in HORMONES.initial(C).items()} == dict.fromkeys(HORMONES.owns, 1.0)


def test_more_magnesium_holds_the_gland_back():
    """Two healthy series: 30 % less 45 min after 7.08 mmol into a vein (a rise of about 0.35 mmol/L there), and down to 60 % at 2.5 mmol/L
    with calcium falling; calcium stays here, so that the hormone falls further."""
    hormone, _ = target(ORDINARY + 0.35)
    assert 0.6 < hormone < 0.8
    assert 0.05 < target(2.5)[0] < 0.4


def test_too_little_magnesium_stops_the_gland_and_calcitriol():
    """At 0.61 mmol/L hormone did not rise although calcium fell, and calcitriol went from 55 to 43 pmol/L (78 %)."""
    hormone, calcitriol = target(0.61)
    assert 0.5 < hormone < 1.1 and 0.6 < calcitriol < 0.95
    assert target(0.25)[0] < 0.1


def test_calcidiol_drifts_within_weeks_to_a_power_of_serum():
    """By its half-time; at the ordinary level nothing, at the middle power 1.36 times for 2.2 times the magnesium."""
    v = {"serum_concentration": jnp.full(1, 2.2 * ORDINARY), "ionised_concentration": jnp.full(1, IONISED * 2.2 * ORDINARY),
         "ordinary_serum_concentration": jnp.full(1, ORDINARY), **dict.fromkeys(HORMONES.owns, jnp.ones(1))}
    rate = float(HORMONES.rates(C, v)["calcidiol"][0])
    assert rate * 15.1 * 86400 / np.log(2) == pytest.approx(2.2**0.39 - 1, rel=1e-9) == pytest.approx(0.36, abs=0.01)
    level = HORMONES.rates(C, v | {"serum_concentration": jnp.full(1, ORDINARY)})["calcidiol"]
    assert float(level[0]) == 0.0


def test_the_kidney_hears_the_gland_only_where_it_is_asked_to():
    with_it, without = MODEL.mechanisms[0], whole_body_model(()).mechanisms[0]
    assert "parathyroid_hormone" in with_it.ports and "parathyroid_hormone" not in without.ports
    v = {name: jnp.full(1, 0.5) for name in (*with_it.owns, *with_it.gives)}
    c = {"adaptation": 1.0, "tubular_maximum": 0.6, "hormone_effect": 0.05}
    rate = lambda m, hormone: float(np.asarray(m.rates(c, v | {"parathyroid_hormone": hormone})["tubular_maximum"]).item())
    assert rate(with_it, 2.0) == pytest.approx(0.6 * 1.05 - 0.5) and rate(with_it, 1.0) == rate(without, 2.0) == pytest.approx(0.1)
