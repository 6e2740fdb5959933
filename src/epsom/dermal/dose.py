"""How much of a solute lies in the film, what of it is dissolved, where it came from and where washing took it."""

from __future__ import annotations

from epsom.engine.smooth import between_0_and_1, positive
from epsom.mechanism import Mechanism, Scalar


class Dose(Mechanism):
    """The solute in the film. Events move it: supply -> film when product is applied, film -> washed off."""

    per_solute = True
    reads = {"flow_from_film": "mol/s", "flow_into_follicles": "mol/s", "film_water": "kg", "film_volume": "m^3",
             "film_contact": "1", "film_coverage": "1", "air_exchange": "m/s",
             "corneum_wetness_factor": "1", "follicle_wetness_factor": "1", "warmth_factor": "1"}
    owns = {"supply_amount": Scalar("mol", 1e-2, amount=True), "film_amount": Scalar("mol", 1e-2, amount=True),
            "washed_off_amount": Scalar("mol", 1e-2, amount=True), "vanished_amount": Scalar("mol", 1e-6, amount=True),
            "entered_amount": Scalar("mol", 1e-5)}
    gives = {"solid_or_dissolved": "mol", "wet_share": "1", "dissolved_amount": "mol", "liquid_beside_crystals": "kg",
             "bindable_water": "kg", "dissolving_water": "kg", "crystal_share": "1", "film_concentration": "mol/m^3",
             "film_drive": "mol/m^3", "follicle_drive": "mol/m^3", "applied_amount": "mol"}
    readouts = ("applied_amount", "entered_amount", "film_amount", "washed_off_amount", "vanished_amount", "film_concentration",
                 "crystal_share")

    def constants(self, p):
        solutes = p["salt.solute_per_formula"]
        return {"solubility": p["salt.solubility"] * solutes,
                "bound_water": p["salt.crystal_hydration"] * p["film.water_molar_mass"] / solutes,
                "volatility": p["solute.air_over_water"] * p["scenario.area"],
                "least_water": p["film.smallest_thickness"] * p["scenario.area"] * p["film.water_density"]}

    def solid_or_dissolved(self, c, v):
        """The amount in the film, never below 0, where a step may have taken a trace too much."""
        return positive(v["film_amount"], c["solubility"] * c["least_water"])

    def wet_share(self, c, v):
        """What the water could dissolve beside crystals, as a share of what there is: above 1 nothing crystallises, at 0 all
        water is bound in crystals, below 0 even that is drying out."""
        solubility, bound = c["solubility"], c["bound_water"]
        free = v["film_water"] + c["least_water"] - bound * v["solid_or_dissolved"]
        return solubility * free / ((1 - solubility * bound) * (v["solid_or_dissolved"] + solubility * c["least_water"]))

    def bindable_water(self, c, v):
        """Water that crystals would hold if all of it were crystals."""
        return c["bound_water"] * v["solid_or_dissolved"]

    def dissolving_water(self, c, v):
        """Water that is just enough to dissolve all of it."""
        return v["solid_or_dissolved"] / c["solubility"]

    def dissolved_amount(self, c, v):
        return v["solid_or_dissolved"] * between_0_and_1(v["wet_share"])

    def liquid_beside_crystals(self, c, v):
        """Water that this solute's crystals leave; where there are crystals it holds a saturated solution."""
        s, solubility = v["wet_share"], c["solubility"]
        all_saturated = v["solid_or_dissolved"] / solubility + c["least_water"]
        return all_saturated * (positive(s) - solubility * c["bound_water"] * positive(s - 1))

    def crystal_share(self, c, v):
        """Share of the film's solute that is not dissolved."""
        return 1 - between_0_and_1(v["wet_share"])

    def film_concentration(self, c, v):
        return v["film_amount"] * between_0_and_1(v["wet_share"]) / v["film_volume"]

    def film_drive(self, c, v):
        """What the corneum sees as a mean over its pores: a dry corneum has closed most, and the open ones see the film.
        Drying so lowers the permeability and leaves the lag time alone (docs/decisions/0003)."""
        return v["corneum_wetness_factor"] * v["warmth_factor"] * v["film_contact"] * v["film_concentration"]

    def follicle_drive(self, c, v):
        """What the mouths of follicles see on average."""
        return v["follicle_wetness_factor"] * v["warmth_factor"] * v["film_contact"] * v["film_concentration"]

    def applied_amount(self, c, v):
        """All that was put on the skin so far (the supply starts at zero and lends it)."""
        return -v["supply_amount"]

    def rates(self, c, v):
        taken = v["flow_from_film"] + v["flow_into_follicles"]
        lost = c["volatility"] * v["film_coverage"] * v["air_exchange"] * v["film_contact"] * v["film_concentration"]
        return {"film_amount": -taken - lost, "entered_amount": taken, "vanished_amount": lost}
