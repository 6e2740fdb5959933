"""The film of product on the skin: its water, how much of the skin it wets, and its water activity.

Water leaves into the air through the boundary layer (and clothing), and arrives from the skin, from sweat and from air that is
moister than the film. What does not fit into the water left lies there as crystals (`dose.py`). The solution is described by
Pitzer's equation for single salts, their contributions added; humectants count as ideal.
"""

from __future__ import annotations

import jax.numpy as jnp

from epsom.engine.smooth import positive
from epsom.mechanism import Mechanism, Scalar

# Pitzer & Mayorga 1973 (doi 10.1021/j100638a009): size parameter of the Debye-Hueckel term, in (kg/mol)^(1/2).
SIZE = 1.2
MAGNUS = tuple(f"film.{name}" for name in ("ice_point", "magnus_pressure", "magnus_factor", "magnus_temperature", "water_molar_mass",
                                           "gas_constant"))
SHARPNESS = 1e-3         # width of the corner between drying and moistening, as a share of saturated vapour


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


def saturated_vapour(p, temperature):
    """kg of water per m^3 of saturated air at a temperature, by Magnus' form of the vapour pressure over water (Alduchov &
    Eskridge 1996, eq. 21; -40 to 50 degC). `p` holds the numbers of MAGNUS."""
    above = temperature - p["film.ice_point"]
    pressure = p["film.magnus_pressure"] * jnp.exp(p["film.magnus_factor"] * above / (above + p["film.magnus_temperature"]))
    return pressure * p["film.water_molar_mass"] / (p["film.gas_constant"] * temperature)


def air(p) -> dict:
    """What skin and film see of the room: vapour in saturated air at the skin and in the room's air (kg/m^3), transfer through
    the boundary layer (m/s), which grows with air speed."""
    faster = p["scenario.air_speed"] / p["film.reference_air_speed"]
    return {"saturated": saturated_vapour(p, p["film.skin_temperature"]),
            "room": p["scenario.humidity"] * saturated_vapour(p, p["scenario.air_temperature"]),
            "transfer": p["film.air_transfer"] * faster ** p["film.air_speed_exponent"]}


def opening(coverage, surface, below):
    """Conductance between a film and what lies below it, where the film covers a share of the skin.

    Parameters
    ----------
    coverage : share of the area under film.
    surface : conductance of the surface alone, of the whole area.
    below : what lies below it conducts this much in the steady state.

    Chosen so that in the steady state a share of the area lets through that share of the flow, although one mean stands for
    pores under film and bare ones: 1/opening = 1/surface + (1/coverage - 1)/below. Bare skin has none.
    """
    return coverage / (coverage / surface + (1 - coverage) / below)


class Film(Mechanism):
    """Water, volume and contact of the film; how fast it dries."""

    reads = {"dissolved_amount": "mol", "liquid_beside_crystals": "kg", "bindable_water": "kg",
             "dissolving_water": "kg", "skin_water_flow": "kg/s", "skin_temperature": "K"}
    owns = {"film_water": Scalar("kg", 1e-4), "film_oil": Scalar("kg", 1e-4), "film_humectant": Scalar("mol", 1e-3),
            "film_coverage": Scalar("1", 1.0), "occlusion": Scalar("1", 1.0), "clothing": Scalar("1", 1.0)}
    gives = {"film_liquid_water": "kg", "film_volume": "m^3", "film_water_activity": "1", "film_contact": "1",
             "air_transfer": "m/s", "air_exchange": "m/s", "evaporation": "kg/s", "film_thickness": "m"}
    readouts = ("film_water_activity", "film_contact", "film_thickness")
    SALT = ("cations", "anions", "cation_charge", "anion_charge", "pitzer_beta0", "pitzer_beta1", "pitzer_c", "pitzer_decay")

    def constants(self, p):
        own = ("water_density", "water_molar_mass", "standard_molality", "debye_huckel_coefficient", "oil_density",
               "oil_shielding", "clothing_resistance", "crust")
        salts = [dict(zip(self.SALT, column)) for column in zip(*(p.each(f"salt.{name}") for name in self.SALT))]
        area = p["scenario.area"]
        return {name: p[name] for name in own} | air(p) | {
            "magnus": {name: p[name] for name in MAGNUS}, "salts": salts,
            "per_formula": p.each("salt.solute_per_formula"), "molar_volume": p.each("salt.apparent_molar_volume"),
            "area": area, "smallest_volume": p["smallest_thickness"] * area, "thinnest": p["thinnest_contact"] * area,
            "furrows": p["furrow_depth"] * area, "humectant_volume": p["scenario.humectant_volume"],
            "wetting": (p["scenario.sweat_rate"] + p["barrier.exudate"]) * area}

    def film_liquid_water(self, c, v):
        """Water that crystals have not bound; never quite zero."""
        left = v["liquid_beside_crystals"]
        bound = (len(left) - 1) * v["film_water"]
        return positive(sum(left) - bound, c["smallest_volume"] * c["water_density"])

    def film_volume(self, c, v):
        """Of the solution: water plus what is dissolved in it."""
        dissolved = sum(n / per * volume for n, per, volume in zip(v["dissolved_amount"], c["per_formula"], c["molar_volume"]))
        return v["film_liquid_water"] / c["water_density"] + dissolved + v["film_humectant"] * c["humectant_volume"]

    def film_thickness(self, c, v):
        """Of solution and oil over the treated area."""
        return (v["film_volume"] + v["film_oil"] / c["oil_density"]) / c["area"]

    def film_water_activity(self, c, v):
        """Of the solution, 1 for pure water. Salts are taken one by one, each at its own ionic strength."""
        water = v["film_liquid_water"]
        logarithm = v["film_humectant"] / water
        for n, per, salt in zip(v["dissolved_amount"], c["per_formula"], c["salts"]):
            molality = n / per / water
            coefficient = osmotic_coefficient(molality / c["standard_molality"], salt, c["debye_huckel_coefficient"])
            logarithm += coefficient * (salt["cations"] + salt["anions"]) * molality
        return jnp.exp(-c["water_molar_mass"] * logarithm)

    def film_contact(self, c, v):
        """Share of the covered skin that touches solution: crystals and oil feed no pores."""
        brine, oil = v["film_volume"], v["film_oil"] / c["oil_density"]
        between_drops = (brine / (brine + oil)) ** c["oil_shielding"]
        return brine / (brine + v["film_coverage"] * c["thinnest"]) * between_drops

    def air_transfer(self, c, v):
        """Transfer of vapour through the boundary layer of the room's air alone."""
        return c["transfer"]

    def air_exchange(self, c, v):
        """Transfer of vapour into the room, through clothing if there is any; none under foil or water."""
        return (1 - v["occlusion"]) / (1 / v["air_transfer"] + v["clothing"] * c["clothing_resistance"])

    def evaporation(self, c, v):
        """Water that the air takes; negative where it is moister than the film.

        Drying slows as crystals close the surface or the last water withdraws into the skin's furrows, and ends when only the
        crystals' own water is left; the skin's water keeps a thin saturated layer between them. Where an implicit step has
        taken too much, the straight line below 0 gives it back.
        """
        free = v["film_water"] - sum(v["bindable_water"])
        in_furrows = v["film_coverage"] * c["furrows"] + c["smallest_volume"]
        falling = c["crust"] * sum(v["dissolving_water"]) + in_furrows * c["water_density"]
        x = free / falling
        slowed = jnp.where(x > 0, x / jnp.sqrt(1 + x * x), x)
        saturated = saturated_vapour(c["magnus"], v["skin_temperature"])
        drive, width = v["film_water_activity"] * saturated - c["room"], SHARPNESS * c["saturated"]
        return c["area"] * v["film_coverage"] * v["air_exchange"] * (slowed * positive(drive, width) - positive(-drive, width))

    def rates(self, c, v):
        return {"film_water": v["skin_water_flow"] + c["wetting"] * v["film_coverage"] - v["evaporation"]}
