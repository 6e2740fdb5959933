"""Follicles: what all walls together let through, where, after which lag, and that the sole has none."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from epsom.dermal.column import Column
from epsom.dermal.follicle import Follicle

AREA = 400e-4
LANE = lambda x: jnp.full(1, float(x))
PLAIN = {"follicle_density": 2e5, "follicle_radius": 50e-6, "electrodiffusion_factor": 1.0}


def steady(c, drive=1.0, coverage=1.0) -> np.ndarray:
    """(cells,) concentrations at which what fills the lumen leaks through its wall, by a dense solve."""
    link, wall = np.asarray(c["link"])[:-1, 0], np.asarray(c["wall"])[:, 0]
    matrix = np.diag(np.r_[link, 0] + np.r_[0, link] + wall) - np.diag(link, 1) - np.diag(link, -1)
    mouth = np.asarray(c["first"])[:, 0] * float(c["mouth"][0]) * coverage
    return np.linalg.solve(matrix + np.diag(mouth), mouth * drive)


def test_walls_let_through_the_follicles_share_of_the_wet_permeability(bench):
    """At the reference count and size, full of brine: share times permeability, 0.35e-8 cm/s."""
    m, c = bench("follicle[magnesium]", **PLAIN)
    full = jnp.ones((m.size, 1))
    v = {"film_coverage": LANE(1), "follicle_drive": LANE(1)}
    assert -float(m.exchange(c, full, v)["flow_through_wall"].sum()) / AREA == pytest.approx(0.35e-10, rel=1e-9)


@pytest.mark.parametrize("changed, factor", [
    ({"follicle_density": 4e5}, 2.0), ({"follicle_radius": 25e-6}, 0.5), ({"open_fraction": 0.307}, 0.5),
    ({"wet_skin_resistance": 9.0}, 0.5), ({"absorbing_length": 200e-6}, 1.0)])
def test_the_share_follows_count_size_and_person(bench, changed, factor):
    usual, other = (np.asarray(bench("follicle[magnesium]", **PLAIN | more)[1]["wall"]).sum() for more in ({}, changed))
    assert other / usual == pytest.approx(factor, rel=1e-9)


def test_the_wall_lies_along_the_absorbing_length(bench):
    """A tenth as leaky above 150 um as below; none below the absorbing length."""
    _, c = bench("follicle[magnesium]", **PLAIN)
    wall, depth = np.asarray(c["wall"])[:, 0], np.asarray(c["depth"])[:, 0]
    per_depth = wall / np.asarray(c["capacity"])[:, 0]            # the lumen has the same area all along
    inner = per_depth[(depth > 160e-6) & (depth < 280e-6)]
    np.testing.assert_allclose(inner, inner[0], rtol=1e-6)
    np.testing.assert_allclose(per_depth[depth < 140e-6], 0.1 * inner[0], rtol=1e-6)
    assert wall[depth > 340e-6].max() < 1e-12 * wall.max()


def test_the_lag_is_that_of_the_parameter(bench):
    """Mean time to fill a blind tube without leaks: the area above the curve of its mean concentration, exactly."""
    _, c = bench("follicle[magnesium]", **PLAIN, wet_permeability=0.0, corneum_thickness=0.0)
    capacity = np.asarray(c["capacity"])[:, 0]
    below = np.cumsum(capacity[::-1])[::-1]                       # what still lies below each face
    resistance = np.r_[1 / np.asarray(c["mouth"])[0], 1 / np.asarray(c["link"])[:-1, 0]]
    mean_time = (resistance * below**2).sum() / below[0]
    assert mean_time == pytest.approx(300.0, rel=0.02)


def test_no_follicle_fills_faster_than_water_diffuses(bench):
    _, quick = bench("follicle[magnesium]", **PLAIN, follicle_lag=1e-3)
    _, slow = bench("follicle[magnesium]", **PLAIN)
    limit = bench.middle["solute[magnesium].diffusivity_water"] / (300e-6**2 / (3 * 300.0))
    assert float(quick["link"][0, 0] / slow["link"][0, 0]) == pytest.approx(limit, rel=1e-9)


def test_a_leaky_wall_starves_the_depth(bench):
    _, c = bench("follicle[magnesium]", **PLAIN)
    _, leaky = bench("follicle[magnesium]", **PLAIN, wet_permeability=1e-8)
    assert steady(c)[30] > 0.8 and steady(leaky)[24] < 0.5 * steady(leaky)[0]


def test_skin_without_film_neither_fills_nor_empties_them(bench):
    m, c = bench("follicle[magnesium]")
    v = {"film_coverage": LANE(0), "follicle_drive": LANE(1000)}
    assert not np.asarray(m.exchange(c, jnp.full((m.size, 1), 5.0), v)["flow_into_follicles"]).any()


def test_the_sole_has_none(bench):
    """Everything stays finite and nothing to speak of gets in."""
    _, c = bench("follicle[magnesium]", follicle_density=0.0)
    assert all(np.isfinite(np.asarray(x)).all() for x in c.values())
    assert np.asarray(c["wall"]).sum() == 0.0
    assert float(c["capacity"].sum()) < 1e-9 * AREA


def test_cells_lie_beside_those_of_the_column(bench):
    """The wall feeds the cell of the column at the same depth, on every grid."""
    for refinement in (1, 2):
        follicle, column = Follicle(refinement), Column(refinement)
        copy = next(c for c in bench.model.copies if c.label == "follicle[magnesium]")
        values = {key: jnp.full(1, value) for key, value in bench.middle.items()}
        from epsom.model import Parameters

        own = follicle.constants(Parameters(copy, values))["depth"]
        other = next(c for c in bench.model.copies if c.label == "column[magnesium]")
        beside = column.constants(Parameters(other, values))["depth"]
        (feed,) = follicle.feeds.values()
        for i, k in feed.pairs:
            assert float(own[i, 0]) == pytest.approx(float(beside[k, 0]), rel=1e-9)
