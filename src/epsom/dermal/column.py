"""The column of tissue below the film: stratum corneum, viable epidermis, dermis, subcutis, muscle.

One-dimensional diffusion with capillary clearance, per solute. The unknown is the aqueous concentration over baseline,
which is continuous across layers. The corneum is known by two identifiable numbers, permeability and lag time: they fix
its conductance and its capacity (lag = thickness^2 / (6 diffusivity)).

Pores of the corneum let solute in from above; follicles bring it into epidermis and upper dermis (`follicle.py`). Sweat
ducts are counted with the pores, until sweat that flows outward shuts them.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from epsom.dermal.film import opening
from epsom.engine.grid import graded, graded_both_ways, links, window
from epsom.mechanism import CellMechanism, Chain, Scalar

LAYERS = ("corneum", "viable_epidermis", "dermis", "subcutis", "muscle")
LIVING = LAYERS[1:]
CELLS = (24, 12, 24, 16, 14)
STRETCH = (1.3, 0.6)                     # of the corneum's and the epidermis' grid, fine at both ends
GROWTH = (1.18, 1.15, 1.09)              # of the cells of dermis, subcutis and muscle
STILL = 1e-9                             # a Peclet number that stands for no flow
LAG = 6.0                                # lag time of a slab = thickness^2 / (6 diffusivity) (Crank 1975, section 4.3)


def vessels(p) -> dict:
    """What decides clearance in the dermis: what capillary walls let through and the plasma that flows at rest, each 1/s."""
    return {"wall": p["solute.capillary_permeability"] * p["column.capillary_surface"],
            "plasma_flow": p["site.skin_blood_flow"] * p["column.plasma_share_of_blood"]}


def dermal_clearance(c, ratio):
    """Clearance to blood per volume of dermis, 1/s, at this blood flow relative to rest: capillary wall and plasma flow in series."""
    return 1 / (1 / c["wall"] + 1 / (c["plasma_flow"] * ratio))


class Column(CellMechanism):
    """The tissue column of one solute.

    Parameters
    ----------
    refinement : every layer gets this many times its usual number of cells (for convergence studies).
    """

    per_solute = True
    reads = {"film_drive": "mol/m^3", "film_coverage": "1", "plasma_free_concentration": "mol/m^3", "skin_blood_flow_ratio": "1"}
    owns = {"blood_uptake_amount": Scalar("mol", 1e-6)}
    gives = {"crossed_amount": "mol"}
    exchanges = {"flow_from_film": "mol/s", "flow_from_blood": "mol/s"}
    probes = {"living_tissue_amount": "mol", "viable_epidermis_concentration": "mol/m^3",
              "papillary_dermis_concentration": "mol/m^3", "lower_dermis_concentration": "mol/m^3",
              "subcutis_concentration": "mol/m^3", "upper_muscle_concentration": "mol/m^3"}
    unknown = ("tissue_concentration", "mol/m^3")
    scale = 1e-3
    readouts = ("crossed_amount", "blood_uptake_amount", "viable_epidermis_concentration",
                "papillary_dermis_concentration", "lower_dermis_concentration", "subcutis_concentration",
                "upper_muscle_concentration")

    def __init__(self, refinement: int = 1):
        n = self.cells = tuple(refinement * count for count in CELLS)
        self.chains = (Chain("column", sum(n)),)
        self.shares = (*map(graded_both_ways, n[:2], STRETCH), *map(graded, n[2:], GROWTH))
        self.starts = np.cumsum([0, *n])

    def part(self, layer: str) -> slice:
        """The cells of a layer."""
        k = LAYERS.index(layer)
        return slice(int(self.starts[k]), int(self.starts[k + 1]))

    def constants(self, p):
        area = p["scenario.area"]
        thickness = [p[f"site.{name}_thickness"] for name in LAYERS]
        thickness[1] = thickness[1] * p["barrier.epidermis_share"]
        dx = jnp.concatenate([share[:, None] * h for share, h in zip(self.shares, thickness)])
        lag, permeability = self._corneum(p, thickness[0])
        # Corneum: porosity from permeability = porosity * diffusivity / thickness and lag = thickness^2 / (6 diffusivity).
        diffusivity = [thickness[0] ** 2 / (LAG * lag)] + [p[f"solute.diffusivity_{name}"] for name in LIVING]
        space = [permeability * thickness[0] / diffusivity[0]] + [p[f"solute.space_{name}"] for name in LIVING]
        total_over_free = 1 + p["solute.bound_over_free"]
        per_cell = lambda values: jnp.concatenate(
            [jnp.broadcast_to(value, (count, *area.shape)) for value, count in zip(values, self.cells)])
        conductivity = per_cell([a * b for a, b in zip(space, diffusivity)])
        resistance = dx / (2 * conductivity * area)                       # half a cell, s/m^3
        clearance = p["solute.clearance_subcutis"], p["solute.clearance_muscle"]
        volume = dx * area
        faces = jnp.concatenate([jnp.zeros((1, *area.shape)), jnp.cumsum(dx, 0)]) - thickness[0]
        dermis_end = thickness[1] + thickness[2]
        muscle_top = dermis_end + thickness[3]
        papillary_end = jnp.minimum(thickness[1] + p["papillary_thickness"], dermis_end)
        upper_muscle_end = muscle_top + jnp.minimum(p["upper_muscle_thickness"], thickness[4])
        return {
            "link": links(resistance),
            "first": (np.arange(len(dx)) == 0)[:, None], "surface": 1 / resistance[0], "permeance": permeability * area,
            "capacity": per_cell([space[0]] + [s * total_over_free for s in space[1:]]) * dx * area,
            "below": per_cell([0.0 * area, 0.0 * area, 0.0 * area, *clearance]) * volume,
            "dermis": per_cell([0.0, 0.0, 1.0, 0.0, 0.0]) * volume, **vessels(p),
            "depth": (faces[1:] + faces[:-1]) / 2,
            "windows": {
                "viable_epidermis_concentration": window(faces, 0.0, thickness[1]),
                "papillary_dermis_concentration": window(faces, thickness[1], papillary_end),
                "lower_dermis_concentration": window(faces, papillary_end, dermis_end),
                "subcutis_concentration": window(faces, dermis_end, muscle_top),
                "upper_muscle_concentration": window(faces, muscle_top, upper_muscle_end)}}

    def _corneum(self, p, thickness):
        """(lag, permeability of the pores when wet) at this thickness: lag goes with its square, permeability inversely. A site
        whose corneum is leaky for its thickness is also sooner through it: its pores are taken to be wider, not more."""
        thicker = thickness / p["reference_corneum_thickness"]
        ducts = p["solute.sweat_duct_share"]
        pores = (1 - p["solute.follicular_share"]) * (1 - ducts + ducts * self._open_ducts(p))
        barrier = p["reference_skin_resistance"] / p["wet_skin_resistance"]
        permeability = (p["solute.wet_permeability"] * pores * p["solute.electrodiffusion_factor"]
                        * barrier * p["barrier.permeability_multiplier"] * p["site.corneum_leakiness"] / thicker)
        return p["solute.corneum_lag"] * p["barrier.lag_multiplier"] * thicker ** 2 / p["site.corneum_leakiness"], permeability

    def _open_ducts(self, p):
        """What outward flow leaves of diffusion into a duct: Pe / (exp(Pe) - 1), smooth where nobody sweats."""
        speed = p["scenario.sweat_rate"] / (p["film.water_density"] * p["site.duct_density"] * p["duct_area"])
        peclet = speed * p["duct_length"] / p["solute.diffusivity_water"]
        return (peclet + STILL) / jnp.expm1(peclet + STILL)

    def capacity(self, c):
        return c["capacity"]

    def conductance(self, c, v):
        return c["link"]

    def exchange(self, c, u, v):
        surface = opening(v["film_coverage"], c["surface"], c["permeance"])
        clearance = c["below"] + c["dermis"] * dermal_clearance(c, v["skin_blood_flow_ratio"])
        return {"flow_from_film": c["first"] * (surface * (v["film_drive"] - u)),
                "flow_from_blood": clearance * (v["plasma_free_concentration"] - u)}

    def depth(self, c):
        return c["depth"]

    def living_tissue_amount(self, c, u):
        part = self.part("corneum")
        return (c["capacity"][part.stop:] * u[part.stop:]).sum(0)

    def _mean(self, c, u, name):
        return (c["windows"][name] * u).sum(0)

    def viable_epidermis_concentration(self, c, u):
        return self._mean(c, u, "viable_epidermis_concentration")

    def papillary_dermis_concentration(self, c, u):
        return self._mean(c, u, "papillary_dermis_concentration")

    def lower_dermis_concentration(self, c, u):
        return self._mean(c, u, "lower_dermis_concentration")

    def subcutis_concentration(self, c, u):
        return self._mean(c, u, "subcutis_concentration")

    def upper_muscle_concentration(self, c, u):
        return self._mean(c, u, "upper_muscle_concentration")

    def crossed_amount(self, c, v):
        """All that has passed the corneum: what is in living tissue now plus what blood has taken."""
        return v["living_tissue_amount"] + v["blood_uptake_amount"]

    def rates(self, c, v):
        return {"blood_uptake_amount": -v["flow_from_blood"]}
