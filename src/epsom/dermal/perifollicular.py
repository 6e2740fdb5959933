"""The pattern that follicles write into the tissue around them: rich near their walls, poor between.

The column holds the mean over the area. What differs from it obeys the same diffusion and clearance, is fed by the same flow
through the follicles' walls, and evens out sideways. In the circle of skin that belongs to one open follicle (radius b, no flow
through its edge) it is a sum of Bessel functions J0(j r / b), one for each zero j of J1, and each of them is a column of its
own: the mean's, with one more loss of conductivity * (j / b)^2. Two are kept, a third stands for all others: it answers like
the third and has the weight that makes the steady pattern exact (closed form, without clearance).

These cells stand beside the mass balance: a pattern has no mean. Corneum and subcutis take no part in it.
"""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np

from epsom.dermal.column import CELLS, GROWTH, STRETCH, dermal_clearance, vessels
from epsom.dermal.follicle import DEEP
from epsom.engine.grid import graded, graded_both_ways, links, window
from epsom.mechanism import CellMechanism, Chain

ZEROS = 3.831705970207512, 7.015586669815619, 10.173468135062722     # of J1 (Abramowitz & Stegun 1964, table 9.5)
COARSER = 3                  # cells of the column in one of a pattern
TERMS = 32                   # of the series of J0 and J1: 1e-12 for arguments up to the third zero
NONE = 1e-6                  # follicles on the whole area that stand where there are none, so that nothing is divided by zero
OUTER_HALF = math.sqrt(0.5)  # of the circle's area lies beyond this share of its radius


def _series(x, order: int):
    """Bessel function J of order 0 or 1 by its power series (Abramowitz & Stegun 1964, 9.1.10)."""
    square, total = (x / 2) ** 2, 0.0
    for k in reversed(range(TERMS)):
        total = (-1.0) ** k / (math.factorial(k) * math.factorial(k + order)) + square * total
    return total * (x / 2) ** order


def _steady(wall, inner, outer):
    """Mean over a ring outside the wall of the steady pattern of a source at the wall, times conductivity / (source b^2)."""
    def below(x):
        return x ** 2 * (-jnp.log(x) + 0.5 + x ** 2 / 4 - 0.75 + wall ** 2 / 2)
    return (below(outer) - below(inner)) / (outer ** 2 - inner ** 2) / 2


class Perifollicular(CellMechanism):
    """How far tissue near follicles and between them departs from the mean over the area, for one solute.

    Parameters
    ----------
    refinement : as for the column and the follicles beside it.
    """

    per_solute = True
    counted = False
    reads = {"skin_blood_flow_ratio": "1"}
    exchanges = {"evening_out_flow": "mol/s"}
    gives = {"near_follicles_share": "1"}
    probes = {f"{layer}_excess_{where}": "mol/m^3" for layer in ("viable_epidermis", "papillary_dermis", "lower_dermis")
              for where in ("near_follicles", "between_follicles")}
    unknown = ("pattern_concentration", "mol/m^3")
    scale = 1e-3

    def __init__(self, refinement: int = 1):
        fine = tuple(refinement * n for n in CELLS[1:3])
        self.cells = tuple(n // COARSER for n in fine)
        n = sum(self.cells)
        self.chains = tuple(Chain(name, n) for name in ("first", "second", "further"))
        shares = graded_both_ways(fine[0], STRETCH[1]), graded(fine[1], GROWTH[0])
        self.shares = tuple(share.reshape(-1, COARSER).sum(1) for share in shares)
        beside = fine[0] + refinement * DEEP                                   # cells of a lumen
        self.echoes = {"flow_through_wall": tuple(
            (lumen, k * n + lumen // COARSER) for k in range(len(ZEROS)) for lumen in range(beside))}

    def constants(self, p):
        area = p["scenario.area"]
        thickness = p["site.viable_epidermis_thickness"] * p["barrier.epidermis_share"], p["site.dermis_thickness"]
        dx = jnp.concatenate([share[:, None] * h for share, h in zip(self.shares, thickness)])
        faces = jnp.concatenate([jnp.zeros((1, *area.shape)), jnp.cumsum(dx, 0)])
        per_cell = lambda *values: jnp.concatenate(
            [jnp.broadcast_to(value, (count, *area.shape)) for value, count in zip(values, self.cells)])
        space = per_cell(p["solute.space_viable_epidermis"], p["solute.space_dermis"])
        conductivity = space * per_cell(p["solute.diffusivity_viable_epidermis"], p["solute.diffusivity_dermis"])
        count = p["site.follicle_density"] * p["follicle.open_fraction"]      # follicles that are shut bring nothing
        circle = 1 / (np.pi * (count + NONE / area))                           # radius^2 of the skin of one follicle
        wall, ring = self._ring(p, jnp.sqrt(circle))
        volume = dx * area
        papillary_end = jnp.minimum(thickness[0] + p["column.papillary_thickness"], faces[-1])
        layers = {"viable_epidermis": (0.0, thickness[0]), "papillary_dermis": (thickness[0], papillary_end),
                  "lower_dermis": (papillary_end, faces[-1])}
        three = lambda one: jnp.concatenate([one] * len(ZEROS))
        return {"capacity": three(space * (1 + p["solute.bound_over_free"]) * dx * area),
                "link": three(links(dx / (2 * conductivity * area))),
                "sideways": jnp.concatenate([conductivity / circle * j ** 2 * volume for j in ZEROS]),
                "dermis": three(per_cell(0.0, 1.0) * volume), **vessels(p),
                "depth": three((faces[1:] + faces[:-1]) / 2),
                "windows": {layer: window(faces, *ends) for layer, ends in layers.items()},
                "near_share": (ring ** 2 - wall ** 2) / (1 - wall ** 2), "weights": self._weights(wall, ring)}

    def _ring(self, p, radius):
        """Inner and outer edge of the ring that is called near, as shares of the radius of a follicle's skin."""
        wall = jnp.minimum(p["site.follicle_radius"] / radius, OUTER_HALF)
        return wall, jnp.minimum(wall + p["near_width"] / radius, 1.0)

    def _weights(self, wall, ring):
        """{zone: (chains, lanes)}: what a pattern of size 1 adds to the mean over the ring near the walls, and to that
        over the outer half of the skin."""
        zeros = np.array(ZEROS)[:, None]
        size = _series(zeros * wall, 0) / _series(zeros, 0) ** 2                # what a source at the wall puts into each pattern
        found = {}
        for zone, inner, outer in (("near_follicles", wall, ring), ("between_follicles", OUTER_HALF, jnp.ones_like(ring))):
            edges = outer * _series(zeros * outer, 1) - inner * _series(zeros * inner, 1)
            kept = size * 2 * edges / (zeros * (outer ** 2 - inner ** 2))       # times its mean over the ring
            further = _steady(wall, inner, outer) - (kept / zeros ** 2)[:-1].sum(0)
            found[zone] = jnp.concatenate([kept[:-1], (further * ZEROS[-1] ** 2)[None]])
        return found

    def capacity(self, c):
        return c["capacity"]

    def conductance(self, c, v):
        return c["link"]

    def exchange(self, c, u, v):
        loss = c["sideways"] + c["dermis"] * dermal_clearance(c, v["skin_blood_flow_ratio"])
        return {"evening_out_flow": -loss * u}

    def depth(self, c):
        return c["depth"]

    def near_follicles_share(self, c, v):
        """Share of the tissue that lies in the rings."""
        return c["near_share"]

    def _excess(self, c, u, layer, zone):
        means = (c["windows"][layer] * u.reshape(len(ZEROS), sum(self.cells), -1)).sum(1)
        return (c["weights"][zone] * means).sum(0)

    def viable_epidermis_excess_near_follicles(self, c, u):
        return self._excess(c, u, "viable_epidermis", "near_follicles")

    def viable_epidermis_excess_between_follicles(self, c, u):
        return self._excess(c, u, "viable_epidermis", "between_follicles")

    def papillary_dermis_excess_near_follicles(self, c, u):
        return self._excess(c, u, "papillary_dermis", "near_follicles")

    def papillary_dermis_excess_between_follicles(self, c, u):
        return self._excess(c, u, "papillary_dermis", "between_follicles")

    def lower_dermis_excess_near_follicles(self, c, u):
        return self._excess(c, u, "lower_dermis", "near_follicles")

    def lower_dermis_excess_between_follicles(self, c, u):
        return self._excess(c, u, "lower_dermis", "between_follicles")
