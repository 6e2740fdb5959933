"""How wet the stratum corneum is, what that does to its pores, and the water that comes through it.

The outer corneum follows the water activity above it with a time constant of its own. Brine dries it as dry air does: what
counts is the activity of the water, not whether it is liquid (measured so, Bjorklund 2013). Warmth opens all paths a little.
"""

from __future__ import annotations

import jax.numpy as jnp

from epsom.dermal.film import air
from epsom.engine.smooth import between_0_and_1, positive
from epsom.mechanism import Mechanism, Scalar

LEAST = 0.1              # least resistance of a corneum to vapour, as a share of the air's: a measured loss may leave none


class Hydration(Mechanism):
    """Hydration of the outer corneum, its effect on pores and follicles, water loss through the skin."""

    reads = {"film_water_activity": "1", "film_coverage": "1", "occlusion": "1"}
    owns = {"corneum_hydration": Scalar("1", 1e-2), "bath_temperature": Scalar("K", 1.0)}
    gives = {"corneum_wetness_factor": "1", "follicle_wetness_factor": "1", "warmth_factor": "1", "skin_water_flow": "kg/s",
             "resting_water_loss": "kg/s"}
    readouts = ("corneum_hydration",)

    def constants(self, p):
        own = ("dry_permeability_factor", "follicle_dry_factor", "wet_water_activity", "dry_water_activity", "time_constant",
               "activation_energy")
        room = air(p)
        loss = self._water_permeability(p, room) * p["site.water_leakiness"] * p["barrier.water_loss_multiplier"]
        bare = (loss * room["saturated"] + room["transfer"] * room["room"]) / ((loss + room["transfer"]) * room["saturated"])
        return {name: p[name] for name in own} | {
            "sensitivity": p["barrier.dryness_sensitivity"], "skin_temperature": p["film.skin_temperature"],
            "gas_constant": p["film.gas_constant"], "bare": bare, "loss": loss * room["saturated"] * p["scenario.area"],
            "resting_loss": loss * room["saturated"] * (1 - bare) * p["scenario.area"]}

    def _water_permeability(self, p, room):
        """Of the forearm's corneum for water vapour, m/s, from water loss measured in ordinary room air, whose boundary layer is a
        resistance of its own."""
        usual, layer = room["saturated"] - p["usual_vapour"], 1 / p["film.air_transfer"]
        return 1 / positive(usual / p["transepidermal_water_loss"] - layer, LEAST * layer)

    def initial(self, c):
        return {"corneum_hydration": c["bare"]}

    def skin_water_flow(self, c, v):
        """From the skin into the film."""
        return c["loss"] * v["film_coverage"] * (1 - v["film_water_activity"])

    def resting_water_loss(self, c, v):
        """Through bare skin into the room, before anything is done."""
        return c["resting_loss"]

    def warmth_factor(self, c, v):
        """How much faster small solutes move through warmed skin (Arrhenius)."""
        usual = c["skin_temperature"]
        temperature = jnp.where(v["bath_temperature"] > 0, v["bath_temperature"], usual)
        return jnp.exp(c["activation_energy"] / c["gas_constant"] * (1 / usual - 1 / temperature))

    def _wetness(self, c, v, when_dry):
        """1 when wet, falling on a log scale between the two water activities that were measured, constant below."""
        dryness = (c["wet_water_activity"] - v["corneum_hydration"]) / (c["wet_water_activity"] - c["dry_water_activity"])
        return jnp.exp(between_0_and_1(dryness) * c["sensitivity"] * jnp.log(when_dry))

    def corneum_wetness_factor(self, c, v):
        """Permeability of the corneum relative to fully wet."""
        return self._wetness(c, v, c["dry_permeability_factor"])

    def follicle_wetness_factor(self, c, v):
        """The same for the wall and the path of follicles, which dry less."""
        return self._wetness(c, v, c["follicle_dry_factor"])

    def rates(self, c, v):
        uncovered = v["occlusion"] + (1 - v["occlusion"]) * c["bare"]
        above = v["film_coverage"] * v["film_water_activity"] + (1 - v["film_coverage"]) * uncovered
        return {"corneum_hydration": (above - v["corneum_hydration"]) / c["time_constant"]}
