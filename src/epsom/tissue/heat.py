"""Temperature of the treated skin and of what lies below: water that leaves, blood, air, bath, hands and cool product.

Everything is reckoned as a change against rest, whose balance is not modelled: skin has its usual temperature in whatever room until
something is done to it. Two layers: epidermis and dermis, and fascia with the upper muscle.
"""

from __future__ import annotations

import jax.numpy as jnp

from epsom.mechanism import Mechanism, Scalar


class Heat(Mechanism):
    """How warm treated skin and the tissue below are."""

    reads = {"evaporation": "kg/s", "resting_water_loss": "kg/s", "air_transfer": "m/s", "film_coverage": "1", "occlusion": "1",
             "clothing": "1", "bath_temperature": "K", "skin_blood_flow_ratio": "1", "rubbing": "1", "rub_pressure": "Pa",
             "rub_speed": "m/s"}
    owns = {"skin_warming": Scalar("K", 1.0), "deep_warming": Scalar("K", 1.0), "cool_product": Scalar("kg", 1e-4)}
    gives = {"skin_temperature": "K"}
    readouts = ("skin_temperature", "deep_warming")

    def constants(self, p):
        own = ("blood_temperature", "latent_heat", "radiative_conductance", "bath_conductance", "hand_temperature", "hand_conductance",
               "friction", "product_heat_capacity", "product_warming_time")
        area, depth = p["scenario.area"], p["skin_thickness"]
        vapour = p["film.water_molar_mass"] / (p["film.gas_constant"] * p["film.skin_temperature"])     # kg/m^3 in air per Pa
        lewis = p["latent_heat"] * vapour / p["lewis_ratio"]                # heat that moving air carries, J/m^3/K
        return {name: p[name] for name in own} | {
            "area": area, "usual": p["film.skin_temperature"], "air": p["scenario.air_temperature"],
            "blood": p["blood_heat_capacity"] * p["site.skin_blood_flow"] * depth, "lewis": lewis,
            "cloth": p["film.clothing_resistance"] / lewis, "touched": p["hand_area"] / (p["hand_area"] + area),
            "to_deep": p["core_conductance"] / (1 - p["deep_share"]), "to_core": p["core_conductance"] / p["deep_share"],
            "skin": p["skin_heat_capacity"] * depth, "deep": p["deep_heat_capacity"] * p["deep_thickness"]}

    def skin_temperature(self, c, v):
        """Of the treated skin."""
        return c["usual"] + v["skin_warming"]

    def _to_surroundings(self, c, v, skin):
        """W/m^2 that room or bath takes by conduction and radiation over what the room takes at rest."""
        bare = c["lewis"] * v["air_transfer"] + c["radiative_conductance"]
        conductance = bare / (1 + bare * v["clothing"] * c["cloth"])
        bathing = v["bath_temperature"] > 0
        lost = jnp.where(bathing, c["bath_conductance"] * (skin - v["bath_temperature"]), conductance * (skin - c["air"]))
        return lost - bare * (c["usual"] - c["air"])

    def _to_vapour(self, c, v):
        """W/m^2 that leaving water takes over what it takes at rest; film and covers keep the skin's own water from leaving."""
        kept = 1 - (1 - v["film_coverage"]) * (1 - v["occlusion"])
        return c["latent_heat"] * (v["evaporation"] - kept * v["resting_water_loss"]) / c["area"]

    def _from_hand(self, c, v, skin):
        """W/m^2 of a hand that covers its share of the area: contact, and half of the friction's heat."""
        friction = c["friction"] * v["rub_pressure"] * v["rub_speed"] / 2
        return c["touched"] * (c["hand_conductance"] * v["rubbing"] * (c["hand_temperature"] - skin) + friction)

    def rates(self, c, v):
        skin = v["skin_temperature"]
        warmed_up = v["cool_product"] / c["product_warming_time"]
        from_blood = c["blood"] * (v["skin_blood_flow_ratio"] * (c["blood_temperature"] - skin) - (c["blood_temperature"] - c["usual"]))
        from_deep = c["to_deep"] * (v["deep_warming"] - v["skin_warming"])
        to_product = warmed_up * c["product_heat_capacity"] * (skin - c["air"]) / c["area"]
        gained = (from_blood + from_deep + self._from_hand(c, v, skin) - self._to_surroundings(c, v, skin) - self._to_vapour(c, v)
                  - to_product)
        return {"skin_warming": gained / c["skin"], "cool_product": -warmed_up,
                "deep_warming": (-from_deep - c["to_core"] * v["deep_warming"]) / c["deep"]}
