"""Near follicles and between them: the mean and what the pattern adds, layer by layer."""

from __future__ import annotations

import jax.numpy as jnp
import pytest

LAYERS = ("viable_epidermis", "papillary_dermis", "lower_dermis")


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("zone", ["near_follicles", "between_follicles"])
def test_a_zone_holds_the_mean_and_its_excess(bench, layer, zone):
    """Each from its own layer and zone: all inputs differ."""
    m, c = bench("zones[magnesium]")
    v = {name: jnp.full(1, 10.0 ** k) for k, name in enumerate(m.reads)}
    due = v[f"{layer}_concentration"] + v[f"{layer}_excess_{zone}"]
    assert float(getattr(m, f"{layer}_concentration_{zone}")(c, v)[0]) == float(due[0])


def test_mean_and_pattern_come_from_the_same_solute(bench):
    copy = next(copy for copy in bench.model.copies if copy.label == "zones[magnesium]")
    labels = {bench.model.owner_of(name).label for word in copy.mechanism.reads for name in copy.names(bench.model.words[word])}
    assert labels == {"column[magnesium]", "perifollicular[magnesium]"}
