"""The film of product on the skin: its water, its volume, how much skin it covers, and how wet it keeps the corneum.

First form: the water of the film is constant between events. It does not dry out, draw water from the skin or
crystallise. The solution is described by Pitzer's equation for single salts, their contributions added.
"""

from __future__ import annotations

import jax.numpy as jnp

from epsom.mechanism import Mechanism, Scalar

# Pitzer & Mayorga 1973 (doi 10.1021/j100638a009): size parameter of the Debye-Hueckel term, in (kg/mol)^(1/2).
SIZE = 1.2


def osmotic_coefficient(molality, salt, debye_huckel):
    """Osmotic coefficient of one salt in water (Pitzer & Mayorga 1973, eq. 12-15).

    Parameters
    ----------
    molality : mol of salt per kg of water, divided by 1 mol/kg (lane).
    salt : dict of lanes: cations, anions (ions per formula), cation_charge, anion_charge (magnitudes), pitzer_beta0,
        pitzer_beta1, pitzer_c, pitzer_decay. A solute that does not dissociate has no charges and coefficients of zero.
    debye_huckel : the Debye-Hueckel coefficient for the osmotic coefficient at the film's temperature.
    """
    ions = salt["cations"] + salt["anions"]
    strength = (salt["cations"] * salt["cation_charge"] ** 2 + salt["anions"] * salt["anion_charge"] ** 2) * molality / 2
    root = jnp.sqrt(strength + 1e-12)                   # keeps the slope finite in pure water
    field = -debye_huckel * root / (1 + SIZE * root)
    second = salt["pitzer_beta0"] + salt["pitzer_beta1"] * jnp.exp(-salt["pitzer_decay"] * root)
    third = salt["pitzer_c"]
    pairs = 2 * salt["cations"] * salt["anions"] / ions
    triples = 2 * (salt["cations"] * salt["anions"]) ** 1.5 / ions
    return (1 + salt["cation_charge"] * salt["anion_charge"] * field + molality * pairs * second
            + molality ** 2 * triples * third)


class Film(Mechanism):
    """Water, volume and coverage of the film; the permeability that its water activity leaves to the corneum."""

    reads = {"film_amount": "mol", "laid_amount": "mol"}
    owns = {"film_water": Scalar("kg", 1e-3), "film_coverage": Scalar("1", 1.0), "occlusion": Scalar("1", 1.0)}
    gives = {"film_volume": "m^3", "film_water_activity": "1", "corneum_wetness_factor": "1"}
    readouts = ("film_water_activity",)
    SALT = ("cations", "anions", "cation_charge", "anion_charge", "pitzer_beta0", "pitzer_beta1", "pitzer_c", "pitzer_decay")

    def constants(self, p):
        own = ("water_density", "water_molar_mass", "standard_molality", "debye_huckel_coefficient",
               "dry_permeability_factor", "wet_water_activity", "dry_water_activity")
        salts = [dict(zip(self.SALT, column)) for column in zip(*(p.each(f"salt.{name}") for name in self.SALT))]
        return {name: p[name] for name in own} | {
            "salts": salts, "molar_volume": p.each("salt.apparent_molar_volume"),
            "smallest_volume": p["smallest_thickness"] * p["scenario.area"],
            "sensitivity": p["barrier.dryness_sensitivity"]}

    def film_volume(self, c, v):
        """Water plus what the dissolved salts add to it; never quite zero, so that an empty film has no concentration."""
        dissolved = sum(n * volume for n, volume in zip(v["film_amount"], c["molar_volume"]))
        return v["film_water"] / c["water_density"] + dissolved + c["smallest_volume"]

    def film_water_activity(self, c, v):
        """Of the solution as it was laid on; 1 for pure water. Salts are taken one by one, each at its own ionic strength.

        What the skin takes up does not count: in truth water follows the salt, so that the activity stays where it was
        while the film shrinks. Counting uptake against constant water would dilute the film without end.
        """
        water = v["film_water"] + c["smallest_volume"] * c["water_density"]
        logarithm = 0.0
        for n, salt in zip(v["laid_amount"], c["salts"]):
            molality = n / water
            coefficient = osmotic_coefficient(molality / c["standard_molality"], salt, c["debye_huckel_coefficient"])
            logarithm += coefficient * (salt["cations"] + salt["anions"]) * molality
        return jnp.exp(-c["water_molar_mass"] * logarithm)

    def corneum_wetness_factor(self, c, v):
        """Permeability of the corneum relative to fully wet: 1 under wet or occluding films, falling on a log scale
        between the two water activities that were measured, constant below the lower one."""
        dryness = (c["wet_water_activity"] - v["film_water_activity"]) / (c["wet_water_activity"] - c["dry_water_activity"])
        gentle = _between_0_and_1(dryness) * (1 - v["occlusion"]) * c["sensitivity"]
        return jnp.exp(gentle * jnp.log(c["dry_permeability_factor"]))


def _between_0_and_1(x, width=0.01):
    """A smooth stand-in for clip(x, 0, 1): softplus corners of the given width."""
    soft = lambda x: width * jnp.logaddexp(0.0, x / width)
    return soft(x) - soft(x - 1)
