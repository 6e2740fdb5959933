"""Hair follicles: brine fills the lumen from the film and leaks through the wall into epidermis and upper dermis.

All follicles of the treated area are one lumen, whose cells lie beside those of the column. Its brine is a thousand times
stronger than tissue, so the wall's flow counts one way, over baseline (docs/decisions/0007 shows what that neglects). Two
numbers are identified: the share of the wet permeability that follicles bring at the reference count of follicles, and the
lag of that way in. Count and size at the site carry it elsewhere; the sole has none.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from epsom.dermal.column import CELLS, GROWTH, STRETCH
from epsom.dermal.film import opening
from epsom.engine.grid import graded, graded_both_ways, links
from epsom.mechanism import CellMechanism, Chain, Feed, Scalar

DEEP = 20                # cells of the dermis beside which the lumen can lie
FILLING = 3.0            # mean time to fill a blind tube = length^2 / (3 diffusivity)
NONE = 1e-9              # share of a follicle that stands where there is none, so that nothing is divided by zero


class Follicle(CellMechanism):
    """The lumen of the follicles for one solute.

    Parameters
    ----------
    refinement : as for the column beside it.
    """

    per_solute = True
    reads = {"follicle_drive": "mol/m^3", "film_coverage": "1"}
    exchanges = {"flow_into_follicles": "mol/s", "flow_through_wall": "mol/s"}
    owns = {"follicle_entered_amount": Scalar("mol", 1e-6)}
    probes = {"follicle_amount": "mol"}
    unknown = ("lumen_concentration", "mol/m^3")
    scale = 1.0
    readouts = ("follicle_entered_amount", "follicle_amount")

    def __init__(self, refinement: int = 1):
        epidermis, dermis = (refinement * CELLS[i] for i in (1, 2))
        self.dermal = refinement * DEEP
        self.chains = (Chain("lumen", epidermis + self.dermal),)
        self.shares = graded_both_ways(epidermis, STRETCH[1]), graded(dermis, GROWTH[0])[: self.dermal]
        corneum = refinement * CELLS[0]
        self.feeds = {"flow_through_wall": Feed("tissue_concentration", tuple((i, corneum + i) for i in range(self.size)))}

    def constants(self, p):
        area = p["scenario.area"]
        thickness = p["site.viable_epidermis_thickness"] * p["barrier.epidermis_share"], p["site.dermis_thickness"]
        dx = jnp.concatenate([share[:, None] * h for share, h in zip(self.shares, thickness)])
        faces = jnp.concatenate([jnp.zeros((1, *area.shape)), jnp.cumsum(dx, 0)])
        length = jnp.minimum(p["absorbing_length"], faces[-1])
        inside = jnp.clip((length - faces[:-1]) / dx, 0.0, 1.0) + NONE                  # share of each cell that has a lumen
        radius, count = p["site.follicle_radius"], p["site.follicle_density"] * area
        mouths = count * np.pi * radius ** 2 * p["open_fraction"] + NONE * area
        diffusivity = jnp.minimum(length ** 2 / (FILLING * p["solute.follicle_lag"]), p["solute.diffusivity_water"])
        resistance = dx / inside / (2 * diffusivity * mouths)
        through_corneum = p["site.corneum_thickness"] / (diffusivity * mouths)
        wall = self._wall(p, faces, length) * area
        return {"capacity": mouths * inside * dx, "depth": (faces[1:] + faces[:-1]) / 2,
                "link": links(resistance),
                "first": (np.arange(self.size) == 0)[:, None], "mouth": 1 / (resistance[0] + through_corneum), "wall": wall,
                "permeance": wall.sum(0) + NONE * area * length / p["solute.follicle_lag"]}

    def _wall(self, p, faces, length):
        """Permeance of each cell's wall per area of skin, m/s: all of it together is the follicles' share of the wet
        permeability, times how much more follicle this site has than the reference and how many are open."""
        upper = jnp.clip(jnp.minimum(p["infundibulum_length"], length) - faces, 0.0, None)
        whole = jnp.clip(length - faces, 0.0, None)
        weight = (whole - upper) + p["infundibulum_wall"] * upper                        # wall that still lies below each face
        more = (p["site.follicle_density"] * p["site.follicle_radius"]) / (p["reference_density"] * p["reference_radius"])
        opened = p["open_fraction"] / p["reference_open_fraction"]
        barrier = p["column.reference_skin_resistance"] / p["column.wet_skin_resistance"]
        total = (p["solute.wet_permeability"] * p["solute.follicular_share"] * p["solute.electrodiffusion_factor"]
                 * barrier * more * opened)
        return total * (weight[:-1] - weight[1:]) / weight[0]

    def capacity(self, c):
        return c["capacity"]

    def conductance(self, c, v):
        return c["link"]

    def exchange(self, c, u, v):
        mouths = opening(v["film_coverage"], c["mouth"], c["permeance"])
        return {"flow_into_follicles": c["first"] * (mouths * (v["follicle_drive"] - u)),
                "flow_through_wall": -c["wall"] * u}

    def depth(self, c):
        return c["depth"]

    def follicle_amount(self, c, u):
        """What is in the lumens."""
        return (c["capacity"] * u).sum(0)

    def rates(self, c, v):
        return {"follicle_entered_amount": v["flow_into_follicles"]}
