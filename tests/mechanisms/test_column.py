"""The column: resistance and capacity of its layers, signs of its flows, windows of its probes."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from epsom.dermal.column import LAYERS, Column

AREA = 400e-4
CONCENTRATIONS = tuple(name for name in Column.probes if name.endswith("concentration"))
LANE = lambda x: jnp.full(1, float(x))


def half_resistances(c) -> np.ndarray:
    """(cells,) resistance of half a cell, s/m^3, taken back from the links: 1 / link = half of this + half of the next."""
    link, found = np.asarray(c["link"])[:, 0], [1 / float(c["surface"][0])]
    for one in link[:-1]:
        found.append(1 / one - found[-1])
    return np.array(found)


def corneum(bench, **changed) -> tuple[float, float]:
    """(permeability in m/s, lag in s) of the corneum, from conductances and capacities alone."""
    m, c = bench("column[magnesium]", **changed)
    part = m.part("corneum")
    permeability = 1 / (2 * half_resistances(c)[part].sum() * AREA)
    return permeability, float(c["capacity"][part].sum()) / (6 * permeability * AREA)


def flows(bench, u=0.0, drive=0.0, coverage=1.0, plasma=0.0, blood=1.0, **changed):
    """{exchange: (cells,)} at a uniform tissue value."""
    m, c = bench("column[magnesium]", **changed)
    v = {"film_drive": LANE(drive), "film_coverage": LANE(coverage), "plasma_free_concentration": LANE(plasma),
         "skin_blood_flow_ratio": LANE(blood)}
    return {name: np.asarray(flow)[:, 0] for name, flow in m.exchange(c, jnp.full((m.size, 1), u), v).items()}


def test_corneum_has_the_permeability_and_lag_of_its_parameters(bench):
    """At the reference thickness, with no follicles or ducts and factors of one: exactly those of the solute."""
    plain = {
        "corneum_thickness": 17e-6,
        "follicular_share": 0.0,
        "sweat_duct_share": 0.0,
        "electrodiffusion_factor": 1.0,
    }
    permeability, lag = corneum(bench, **plain)
    assert permeability == pytest.approx(1e-10, rel=1e-9)
    assert lag == pytest.approx(7200.0, rel=1e-9)


@pytest.mark.parametrize(
    "changed, factor",
    [
        ({"wet_permeability": 3e-10}, 3.0),
        ({"wet_skin_resistance": 9.0}, 0.5),
        ({"permeability_multiplier": 4.0}, 4.0),
        ({"follicular_share": 0.0}, 1 / 0.65),
        ({"sweat_duct_share": 0.55}, 1.0),
        ({"sweat_duct_share": 0.5, "sweat_rate": 1e-3}, 0.5),
        ({"electrodiffusion_factor": 0.7}, 0.5),
        ({"corneum_thickness": 36e-6}, 0.5),
        ({"corneum_leakiness": 2.0}, 2.0),
    ],
)
def test_permeability_follows_each_of_its_factors(bench, changed, factor):
    assert corneum(bench, **changed)[0] / corneum(bench)[0] == pytest.approx(factor, rel=1e-9)


def test_lag_goes_with_the_square_of_the_thickness(bench):
    assert corneum(bench, corneum_thickness=36e-6)[1] / corneum(bench)[1] == pytest.approx(4.0, rel=1e-9)
    assert corneum(bench, corneum_leakiness=2.0)[1] / corneum(bench)[1] == pytest.approx(0.5, rel=1e-9)


def test_shares_of_the_ways_in_never_leave_less_than_nothing(bench):
    """The duct share counts within what the follicles leave."""
    assert corneum(bench, follicular_share=0.95, sweat_duct_share=0.9)[0] > 0


@pytest.mark.parametrize("layer", LAYERS[1:])
def test_living_layers_hold_and_resist_as_their_numbers_say(bench, layer):
    m, c = bench("column[magnesium]", bound_over_free=0.5)
    part, p = m.part(layer), bench.middle
    thickness, space = p[f"site.{layer}_thickness"], p[f"solute[magnesium].space_{layer}"]
    assert float(c["capacity"][part].sum()) == pytest.approx(space * 1.5 * thickness * AREA, rel=1e-9)
    resistance = thickness / (space * p[f"solute[magnesium].diffusivity_{layer}"] * AREA)
    assert 2 * half_resistances(c)[part].sum() == pytest.approx(resistance, rel=1e-9)


def test_everything_grows_with_the_area(bench):
    _, c = bench("column[magnesium]")
    _, twice = bench("column[magnesium]", area=2 * AREA)
    for name in ("link", "surface", "capacity", "below", "dermis"):
        np.testing.assert_allclose(twice[name], 2 * np.asarray(c[name]), rtol=1e-12)


def test_only_the_first_cell_touches_the_film(bench):
    found = flows(bench, drive=1000.0)["flow_from_film"]
    assert found[0] > 0 and not found[1:].any()


def test_film_drives_in_and_pure_water_draws_out(bench):
    assert flows(bench, u=0.1, drive=1.0)["flow_from_film"][0] > 0
    assert flows(bench, u=0.1, drive=0.0)["flow_from_film"][0] < 0


@pytest.mark.parametrize("coverage", [0.05, 0.5])
def test_a_film_on_a_share_of_the_skin_brings_that_share(bench, coverage):
    """In the steady state of the corneum above a sink; one mean stands for pores under film and bare ones."""
    m, c = bench("column[magnesium]")
    r = half_resistances(c)[m.part("corneum")]
    below = 1 / (2 * r.sum() - r[0])                          # from the middle of the first cell down
    into = flows(bench, drive=1.0, coverage=coverage)["flow_from_film"][0]
    whole = 1 / (2 * r.sum())
    assert 1 / (1 / into + 1 / below) == pytest.approx(coverage * whole, rel=1e-9)


def test_an_uncovered_skin_neither_gains_nor_loses(bench):
    assert not flows(bench, u=0.1, drive=1000.0, coverage=0.0)["flow_from_film"].any()


def test_blood_flows_only_where_vessels_are(bench):
    m, _ = bench("column[magnesium]")
    found = flows(bench, plasma=1.0)["flow_from_blood"]
    bare = m.part("viable_epidermis").stop
    assert not found[:bare].any() and (found[bare:] > 0).all()


def test_blood_carries_a_rise_away_and_balances_at_its_own_level(bench):
    assert (flows(bench, u=1.0)["flow_from_blood"] <= 0).all()
    assert not flows(bench, u=1.0, plasma=1.0)["flow_from_blood"].any()


@pytest.mark.parametrize("changed", [{"skin_blood_flow": 1e6}, {"capillary_surface": 1e12}])
def test_clearance_of_the_dermis_is_the_slower_of_wall_and_flow(bench, changed):
    m, p = bench("column[magnesium]")[0], bench.middle
    wall = p["solute[magnesium].capillary_permeability"] * p["column.capillary_surface"]
    flow = p["site.skin_blood_flow"] * p["column.plasma_share_of_blood"]
    expected = wall if "skin_blood_flow" in changed else flow
    volume = p["site.dermis_thickness"] * AREA
    for blood in (1.0, 3.0):                                  # the wall does not answer to flow
        found = flows(bench, plasma=1.0, blood=blood, **changed)["flow_from_blood"][m.part("dermis")].sum() / volume
        assert found == pytest.approx(expected * (blood if expected == flow else 1), rel=1e-6)


def test_clearance_of_the_dermis_alone_follows_the_blood_flow_of_the_skin(bench):
    """Wall and plasma flow in series; nothing changes at the flow of rest, and nothing below the dermis at any."""
    m, p = bench("column[magnesium]")[0], bench.middle
    one, more = (flows(bench, plasma=1.0, blood=x)["flow_from_blood"] for x in (1.0, 2.5))
    wall = p["solute[magnesium].capillary_permeability"] * p["column.capillary_surface"]
    flow = p["site.skin_blood_flow"] * p["column.plasma_share_of_blood"]
    dermis = m.part("dermis")
    assert one[dermis].sum() / (p["site.dermis_thickness"] * AREA) == pytest.approx(1 / (1 / wall + 1 / flow), rel=1e-12)
    np.testing.assert_allclose(more[dermis] / one[dermis], (1 / wall + 1 / flow) / (1 / wall + 1 / (2.5 * flow)), rtol=1e-12)
    rest = np.r_[np.arange(dermis.start), np.arange(dermis.stop, m.size)]
    np.testing.assert_array_equal(more[rest], one[rest])


@pytest.mark.parametrize("name", CONCENTRATIONS)
def test_a_probe_of_a_uniform_tissue_reads_that_value(bench, name):
    m, c = bench("column[magnesium]")
    assert float(getattr(m, name)(c, jnp.full((m.size, 1), 0.7))[0]) == pytest.approx(0.7, rel=1e-12)


@pytest.mark.parametrize("name", CONCENTRATIONS)
def test_no_probe_of_living_tissue_touches_the_corneum(bench, name):
    """It would read brine."""
    m, c = bench("column[magnesium]")
    brine = jnp.zeros((m.size, 1)).at[m.part("corneum")].set(5000.0)
    assert float(getattr(m, name)(c, brine)[0]) == 0.0


def test_living_tissue_is_all_but_the_corneum(bench):
    m, c = bench("column[magnesium]")
    u = jnp.linspace(1.0, 2.0, m.size)[:, None]
    corneum = (m.capacity(c) * u)[m.part("corneum")].sum()
    assert float(corneum + m.living_tissue_amount(c, u)[0]) == pytest.approx(float((m.capacity(c) * u).sum()), rel=1e-12)


def test_depth_counts_from_the_lower_boundary_of_the_corneum(bench):
    m, c = bench("column[magnesium]")
    depth, end = np.asarray(m.depth(c))[:, 0], m.part("corneum").stop
    assert (np.diff(depth) > 0).all() and (depth[:end] < 0).all() and (depth[end:] > 0).all()
    total = sum(bench.middle[f"site.{name}_thickness"] for name in LAYERS[1:])
    assert 0.9 * total < depth[-1] < total


def test_cells_grow_gently():
    """Neighbours within a layer differ by no more than a quarter."""
    for share in Column().shares:
        ratio = share[1:] / share[:-1]
        assert share.sum() == pytest.approx(1.0) and max(ratio.max(), (1 / ratio).max()) <= 1.25


def test_refining_keeps_what_layers_hold_and_resist(bench):
    """More cells, same column: the same shares in sum and the same map of depth."""
    coarse, fine = Column(), Column(refinement=2)
    assert fine.size == 2 * coarse.size
    for a, b in zip(coarse.shares, fine.shares):
        np.testing.assert_allclose(np.cumsum(b)[1::2], np.cumsum(a), rtol=1e-12)
