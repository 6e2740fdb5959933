"""Concentrations near follicles and between them: the mean over the area and what the pattern adds to it."""

from __future__ import annotations

from epsom.mechanism import Mechanism


class Zones(Mechanism):
    """What tissue holds in the ring around follicles and in the half of the skin that is farthest from them."""

    per_solute = True
    reads = {name: "mol/m^3" for layer in ("viable_epidermis", "papillary_dermis", "lower_dermis")
             for name in (f"{layer}_concentration", f"{layer}_excess_near_follicles", f"{layer}_excess_between_follicles")}
    gives = {f"{layer}_concentration_{where}": "mol/m^3" for layer in ("viable_epidermis", "papillary_dermis", "lower_dermis")
             for where in ("near_follicles", "between_follicles")}
    readouts = tuple(gives)

    def viable_epidermis_concentration_near_follicles(self, c, v):
        """Mean over the ring around follicles."""
        return v["viable_epidermis_concentration"] + v["viable_epidermis_excess_near_follicles"]

    def viable_epidermis_concentration_between_follicles(self, c, v):
        """Mean over the outer half of each follicle's skin."""
        return v["viable_epidermis_concentration"] + v["viable_epidermis_excess_between_follicles"]

    def papillary_dermis_concentration_near_follicles(self, c, v):
        """Mean over the ring around follicles."""
        return v["papillary_dermis_concentration"] + v["papillary_dermis_excess_near_follicles"]

    def papillary_dermis_concentration_between_follicles(self, c, v):
        """Mean over the outer half of each follicle's skin."""
        return v["papillary_dermis_concentration"] + v["papillary_dermis_excess_between_follicles"]

    def lower_dermis_concentration_near_follicles(self, c, v):
        """Mean over the ring around follicles."""
        return v["lower_dermis_concentration"] + v["lower_dermis_excess_near_follicles"]

    def lower_dermis_concentration_between_follicles(self, c, v):
        """Mean over the outer half of each follicle's skin."""
        return v["lower_dermis_concentration"] + v["lower_dermis_excess_between_follicles"]
