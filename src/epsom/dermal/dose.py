"""How much of a solute lies in the film, where it came from and where washing took it."""

from __future__ import annotations

from epsom.mechanism import Mechanism, Scalar


class Dose(Mechanism):
    """The solute in the film. Events move it: supply -> film when product is applied, film -> washed off."""

    per_solute = True
    reads = {"flow_from_film": "mol/s", "film_volume": "m^3", "corneum_wetness_factor": "1"}
    owns = {"supply_amount": Scalar("mol", 1e-2, amount=True), "film_amount": Scalar("mol", 1e-2, amount=True),
            "washed_off_amount": Scalar("mol", 1e-2, amount=True), "laid_amount": Scalar("mol", 1e-2)}
    gives = {"film_concentration": "mol/m^3", "film_drive": "mol/m^3", "applied_amount": "mol"}
    readouts = ("applied_amount", "film_amount", "washed_off_amount", "film_concentration")

    def film_concentration(self, c, v):
        return v["film_amount"] / v["film_volume"]

    def film_drive(self, c, v):
        """What the corneum sees as a mean over its pores: a dry corneum has closed most, and the open ones see the film.
        Drying so lowers the permeability and leaves the lag time alone (docs/decisions/0003)."""
        return v["corneum_wetness_factor"] * v["film_concentration"]

    def applied_amount(self, c, v):
        """All that was put on the skin so far (the supply starts at zero and lends it)."""
        return -v["supply_amount"]

    def rates(self, c, v):
        return {"film_amount": -v["flow_from_film"]}
