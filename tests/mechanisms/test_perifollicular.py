"""The pattern around follicles against a solver in depth and radius, and against the closed form of a cylinder (T9)."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sparse
from scipy.linalg import expm
from scipy.sparse.linalg import splu
from scipy.special import i0, i1, j0, j1, jn_zeros, k0, k1

from epsom.dermal.follicle import Follicle

AREA = 400e-4
LAYERS = ("viable_epidermis", "papillary_dermis", "lower_dermis")
ZONES = ("near_follicles", "between_follicles")
EPIDERMIS, DERMIS, PAPILLARY, LENGTH = 65e-6, 1.2e-3, 200e-6, 300e-6
SPACE, DIFFUSIVITY, CLEARANCE, HELD = (0.15, 0.6), (2e-10, 2.6e-10), 3e-4, 1.2
PLAIN = {"absorbing_length": LENGTH, "open_fraction": 1.0, "viable_epidermis_thickness": EPIDERMIS,
         "dermis_thickness": DERMIS, "papillary_thickness": PAPILLARY, "epidermis_share": 1.0,
         "space_viable_epidermis": SPACE[0], "space_dermis": SPACE[1], "diffusivity_viable_epidermis": DIFFUSIVITY[0],
         "diffusivity_dermis": DIFFUSIVITY[1], "bound_over_free": HELD - 1}


def lost(m, c, blood=1.0):
    """(cells,): flow that a pattern of 1 loses sideways and to blood."""
    return -np.asarray(m.exchange(c, np.ones((m.size, 1)), {"skin_blood_flow_ratio": np.full(1, blood)})["evening_out_flow"])[:, 0]


def system(bench, **changed):
    """(mechanism, constants, dense matrix, source of a flow of 1 mol/m^2/s in all through the walls)."""
    m, c = bench("perifollicular[magnesium]", **PLAIN | changed)
    capacity, link = (np.asarray(c[key])[:, 0] for key in ("capacity", "link"))
    loss = lost(m, c)
    n = sum(m.cells)
    across = link * (np.arange(m.size) % n < n - 1)                # the last cell of each chain has no parent
    matrix = np.diag(across[:-1], 1) + np.diag(across[:-1], -1)
    matrix -= np.diag(matrix.sum(1) + loss)
    wall = np.asarray(bench("follicle[magnesium]", **PLAIN | changed)[1]["wall"])[:, 0]
    source = np.zeros(m.size)
    for lumen, own in m.echoes["flow_through_wall"]:
        source[own] += AREA * wall[lumen] / wall.sum()
    return m, c, matrix / capacity[:, None], source / capacity


def read(m, c, u) -> dict:
    return {(layer, zone): float(getattr(m, f"{layer}_excess_{zone}")(c, u[:, None])[0]) for layer in LAYERS for zone in ZONES}


def ring_weights(faces, low, high):
    """Shares of rings, or of depths, between two limits, by overlap."""
    share = np.clip(np.minimum(faces[1:], high) - np.maximum(faces[:-1], low), 0, None)
    return share / share.sum()


def along(z, upper):
    """Share of the flow that comes out between these depths; the wall of the upper half of LENGTH leaks `upper` times as much."""
    weight = ring_weights(z, 0, LENGTH / 2) * upper + ring_weights(z, LENGTH / 2, LENGTH)
    return weight / weight.sum()


def in_rings(radius, edge, faces):
    """(radii of the faces, areas, links per conductivity) of rings around one follicle."""
    r = np.geomspace(radius, edge, faces)
    middle = np.sqrt(r[:-1] * r[1:])
    return r, np.pi * np.diff(r ** 2), 2 * np.pi / np.log(middle[1:] / middle[:-1])


def chain(link):
    """What flows between neighbours, as a matrix."""
    return sparse.diags([np.r_[-link, 0] - np.r_[0, link], link, link], [0, 1, -1])


def in_depth_and_radius(radius, density, times, upper):
    """{(layer, zone): excess at the times} for a constant flow of 1 mol/m^2/s through walls that lie along LENGTH.

    Finite volumes in a ring of tissue around one follicle, backward differences of second order. The lumen holds no tissue.
    """
    edge = (np.pi * density) ** -0.5
    r, area, out = in_rings(radius, edge, 41)
    z = np.r_[np.linspace(0, EPIDERMIS, 14), EPIDERMIS + DERMIS * np.expm1(np.linspace(0, 3, 61)[1:]) / np.expm1(3)]
    dz, deep = np.diff(z), ((z[1:] + z[:-1]) / 2 > EPIDERMIS).astype(int)
    conductivity = np.array(SPACE)[deep] * np.array(DIFFUSIVITY)[deep]
    down = 1 / (dz[:-1] / conductivity[:-1] / 2 + dz[1:] / conductivity[1:] / 2)
    matrix = (sparse.kron(chain(down), sparse.diags(area)) + sparse.kron(sparse.diags(conductivity * dz), chain(out))
              - sparse.diags(np.kron(CLEARANCE * deep * dz, area)))
    held = np.kron(np.array(SPACE)[deep] * HELD * dz, area)
    source = np.kron(along(z, upper), np.arange(len(area)) == 0) / density
    layers = {name: ring_weights(z, *ends) for name, ends in zip(LAYERS, (
        (0, EPIDERMIS), (EPIDERMIS, EPIDERMIS + PAPILLARY), (EPIDERMIS + PAPILLARY, EPIDERMIS + DERMIS)))}
    rings = {"near_follicles": ring_weights(r ** 2, radius ** 2, (radius + 100e-6) ** 2),
             "between_follicles": ring_weights(r ** 2, edge ** 2 / 2, edge ** 2)}
    h = times[0] / 60
    begin, later = (splu((sparse.diags(factor * held / h) - matrix).tocsc()) for factor in (1, 1.5))
    before, now, found = np.zeros(len(held)), begin.solve(source), {key: [] for key in ((a, b) for a in LAYERS for b in ZONES)}
    for k in range(2, round(times[-1] / h) + 1):
        before, now = now, later.solve(source + held / h * (2 * now - before / 2))
        if np.isclose(k * h, times).any():
            u = now.reshape(len(dz), len(area))
            for (layer, zone), values in found.items():
                values.append(layers[layer] @ u @ (rings[zone] - area / area.sum()))
    return found


@pytest.mark.parametrize("upper, worst", [(0.1, 0.12), (1.0, 0.22)], ids=["horny upper wall", "wall alike all along"])
@pytest.mark.parametrize("radius, density", [(82.5e-6, 14e4), (33e-6, 292e4)], ids=["calf", "forehead"])
def test_patterns_agree_with_a_solver_in_depth_and_radius(bench, radius, density, upper, worst):
    """From ten minutes on: near follicles within 12 % of what is there (22 % if the wall leaks as much in the epidermis, where the
    pattern wrongly counts tissue in the place of the lumen); between them within 4 % of the mean."""
    times = np.array([600.0, 1200.0, 3600.0])
    m, c, matrix, source = system(bench, follicle_radius=radius, follicle_density=density, infundibulum_wall=upper)
    steady = -np.linalg.solve(matrix, source)
    patterns = [read(m, c, steady - expm(matrix * t) @ steady) for t in times]
    means = mean_of_area(times, upper)
    for (layer, zone), expected in in_depth_and_radius(radius, density, times, upper).items():
        found, mean = np.array([p[layer, zone] for p in patterns]), means[layer]
        near = zone == "near_follicles"
        error = (found - expected) / (mean + np.array(expected) if near else mean)
        print(f"{layer} {zone}: over the mean {1 + found / mean}, true {1 + expected / mean}, error {error}")
        assert abs(error).max() < (worst if near else 0.04)


def mean_of_area(times, upper):
    """{layer: mean over the area}, by a column in depth alone; the same flow and numbers."""
    z = np.r_[np.linspace(0, EPIDERMIS, 14), EPIDERMIS + DERMIS * np.expm1(np.linspace(0, 3, 61)[1:]) / np.expm1(3)]
    dz, deep = np.diff(z), ((z[1:] + z[:-1]) / 2 > EPIDERMIS).astype(int)
    conductivity = np.array(SPACE)[deep] * np.array(DIFFUSIVITY)[deep]
    down = 1 / (dz[:-1] / conductivity[:-1] / 2 + dz[1:] / conductivity[1:] / 2)
    held = np.array(SPACE)[deep] * HELD * dz
    matrix = np.diag(down, 1) + np.diag(down, -1)
    matrix = (matrix - np.diag(matrix.sum(1) + CLEARANCE * deep * dz)) / held[:, None]
    steady = -np.linalg.solve(matrix, along(z, upper) / held)
    ends = (0, EPIDERMIS), (EPIDERMIS, EPIDERMIS + PAPILLARY), (EPIDERMIS + PAPILLARY, EPIDERMIS + DERMIS)
    return {name: np.array([ring_weights(z, *end) @ (steady - expm(matrix * t) @ steady) for t in times])
            for name, end in zip(LAYERS, ends)}


class Cylinder:
    """T9 at 20 follicles per cm2, 50 um wide, as deep as the dermis: steady, with the flow of 1 mol/m^2/s of skin over 0.5 mm of depth.

    With `tissue_inside` the place of the lumen holds tissue, as the patterns have it; T9 itself has none there.
    """

    radius, density, depth = 50e-6, 20e4, 5e-4
    conductivity, edge = SPACE[1] * DIFFUSIVITY[1], (np.pi * 20e4) ** -0.5
    length = (conductivity / CLEARANCE) ** 0.5
    flow = 1 / density / depth                                     # mol/m/s out of one follicle
    mean_of_all = flow * density / CLEARANCE
    rings = {"near_follicles": (radius, radius + 100e-6), "between_follicles": (edge * 0.5 ** 0.5, edge)}

    def __init__(self, tissue_inside=False):
        a = self.radius / self.length
        self.back = k1(self.edge / self.length) / i1(self.edge / self.length)          # no flow through the edge
        inwards = i1(a) / i0(a) * (k0(a) + self.back * i0(a)) if tissue_inside else 0.0
        self.size = self.flow * self.length / (2 * np.pi * self.radius * self.conductivity * (k1(a) - self.back * i1(a) + inwards))

    def at(self, r):
        return self.size * (k0(r / self.length) + self.back * i0(r / self.length))

    def mean(self, low, high):
        """Over a ring: primitives of r K0 and r I0."""
        below = lambda r: self.length * r * (-k1(r / self.length) + self.back * i1(r / self.length))
        return self.size * 2 * (below(high) - below(low)) / (high ** 2 - low ** 2)


def test_a_cylinder_in_clearing_tissue(bench):
    """T9: the patterns' three functions within 1.5 % of the closed form K0 in the circle of one follicle."""
    t9 = Cylinder()
    m, c, matrix, _ = system(bench, follicle_radius=t9.radius, follicle_density=t9.density, dermis_thickness=t9.depth,
                             viable_epidermis_thickness=1e-9, papillary_thickness=t9.depth / 2)
    everywhere = np.tile(1 / (SPACE[1] * HELD * t9.depth), m.size)  # 1 mol/m^2/s, spread over the depth
    found = read(m, c, -np.linalg.solve(matrix, everywhere))
    assert t9.at(1e-4) > t9.mean(t9.radius, t9.edge)               # rich near the wall
    for zone, ring in t9.rings.items():
        print(zone, "over the mean:", 1 + found["papillary_dermis", zone] / t9.mean_of_all, "T9:", t9.mean(*ring) / t9.mean_of_all)
        assert 1 + found["papillary_dermis", zone] / t9.mean_of_all == pytest.approx(t9.mean(*ring) / t9.mean_of_all, rel=0.015)


def test_the_solver_in_radius_gives_the_cylinder():
    """T9 to 1e-4 by the rings against which the patterns are held above, there 40 and here 800."""
    t9 = Cylinder()
    r, area, out = in_rings(t9.radius, t9.edge, 801)
    found = np.linalg.solve(np.diag(CLEARANCE * area) - t9.conductivity * chain(out).toarray(), t9.flow * (np.arange(800) == 0))
    for zone, (low, high) in t9.rings.items():
        print(zone, ring_weights(r ** 2, low ** 2, high ** 2) @ found / t9.mean(low, high) - 1)
        assert ring_weights(r ** 2, low ** 2, high ** 2) @ found == pytest.approx(t9.mean(low, high), rel=1e-4)


def test_enough_functions_give_the_cylinder():
    """T9 with tissue in the place of the lumen, to 1e-4, by the patterns' equations with 4000 functions instead of three. T9 proper lies
    0.7 % beside it near follicles: half of what the three miss is that, half is their number."""
    with_tissue = Cylinder(tissue_inside=True)
    zeros = jn_zeros(1, 4000)
    wall = with_tissue.radius / with_tissue.edge
    steady = with_tissue.mean_of_all / (1 + (zeros * with_tissue.length / with_tissue.edge) ** 2)     # a pattern loses more than the mean
    size = j0(zeros * wall) / j0(zeros) ** 2 * steady
    for zone, (low, high) in with_tissue.rings.items():
        x, y = low / with_tissue.edge, high / with_tissue.edge
        mean = (size * 2 * (y * j1(zeros * y) - x * j1(zeros * x)) / (zeros * (y * y - x * x))).sum() + with_tissue.mean_of_all
        print(zone, mean / with_tissue.mean(low, high) - 1, "T9:", Cylinder().mean(low, high) / with_tissue.mean(low, high) - 1)
        assert mean == pytest.approx(with_tissue.mean(low, high), rel=1e-4)
        assert with_tissue.mean(low, high) == pytest.approx(Cylinder().mean(low, high), rel=0.01)


def test_a_pattern_goes_with_the_blood_as_the_mean_does(bench):
    """What blood takes of it in the dermis follows flow as the column's clearance; what evens out sideways does not."""
    m, c = system(bench)[:2]
    column, d = bench("column[magnesium]")
    v = {"film_drive": np.zeros(1), "film_coverage": np.zeros(1), "plasma_free_concentration": np.zeros(1)}
    blood = [-np.asarray(column.exchange(d, np.ones((column.size, 1)), v | {"skin_blood_flow_ratio": np.full(1, x)})["flow_from_blood"])
             [column.part("dermis"), 0].sum() for x in (1.0, 2.5)]
    n, epidermis = sum(m.cells), m.cells[0]
    more = lost(m, c, 2.5) - lost(m, c)
    assert not more[np.arange(m.size) % n < epidermis].any()
    assert more[:n].sum() == pytest.approx((blood[1] - blood[0]) * DERMIS / bench.middle["site.dermis_thickness"], rel=1e-9)


def test_follicles_that_are_shut_are_not_there(bench):
    """Half of twice as many write the same pattern."""
    m, shut = system(bench, follicle_density=28e4, open_fraction=0.5)[:2]
    few = system(bench, follicle_density=14e4)[1]
    np.testing.assert_allclose(lost(m, shut), lost(m, few), rtol=1e-9)
    for zone in ZONES:
        np.testing.assert_allclose(shut["weights"][zone], few["weights"][zone], rtol=1e-9)


def test_without_follicles_there_is_no_pattern(bench):
    """A sole: whatever the weights, nothing is fed."""
    _, c = bench("perifollicular[magnesium]", follicle_density=0.0)
    assert all(np.isfinite(np.asarray(weight)).all() for weight in c["weights"].values())
    assert np.asarray(bench("follicle[magnesium]", follicle_density=0.0)[1]["wall"]).max() == 0


def test_cells_of_a_lumen_lie_within_those_of_the_patterns(bench):
    """The grids are nested: each lumen cell feeds the pattern cell that holds its depth."""
    m, _c, _, _ = system(bench)
    lumen = np.asarray(bench("follicle[magnesium]", **PLAIN)[1]["depth"])[:, 0]
    n = sum(m.cells)
    width = np.concatenate([share * h for share, h in zip(m.shares, (EPIDERMIS, DERMIS))])
    faces = np.r_[0, np.cumsum(width)]
    assert len(m.echoes["flow_through_wall"]) == 3 * Follicle().size
    for cell, own in m.echoes["flow_through_wall"]:
        assert faces[own % n] < lumen[cell] < faces[own % n + 1]


def test_share_of_the_rings_called_near_by_counting_circles(bench):
    """14 follicles per cm2 of 82.5 um radius, all open: rings 100 um wide over the tissue that is left between the walls."""
    m, c = bench("perifollicular[magnesium]", follicle_density=14e4, open_fraction=1.0, follicle_radius=82.5e-6)
    ring, walls = (np.pi * 14e4 * (outer ** 2 - inner ** 2) for outer, inner in ((182.5e-6, 82.5e-6), (82.5e-6, 0.0)))
    assert float(m.near_follicles_share(c, {})[0]) == pytest.approx(ring / (1 - walls), rel=1e-4)
