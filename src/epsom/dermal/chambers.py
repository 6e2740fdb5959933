"""What stands on both sides of the layers of a permeation experiment: a donor that gives and a receptor that takes."""

from __future__ import annotations

from epsom.core.parameter import Document, folder, read_document
from epsom.dermal.layers import TINY
from epsom.mechanism import Mechanism, Scalar


class Donor(Mechanism):
    """A held concentration or a well-mixed film on the layers, from which the solute may also be lost; uncovered, the surface is bare.

    A bare surface that loses has no compartment of its own: the loss and half of the first cell are resistances in series.
    """

    reads = {"flow_from_donor": "1/s", "flow_from_air": "1/s"}
    owns = {"donor_load": Scalar("1", TINY, amount=True), "supplied_load": Scalar("1", TINY, amount=True),
            "lost_load": Scalar("1", TINY, amount=True), "removed_load": Scalar("1", TINY, amount=True),
            "film_capacity": Scalar("1", 1.0), "donor_cover": Scalar("1", 1.0)}
    gives = {"donor_potential": "1"}

    def document(self) -> Document:
        return read_document(folder("permeation") / f"{self.name}.toml")

    def constants(self, p):
        """`donor.load`, `.capacity` of the film, `.held` (1 or 0), `.potential` while it is held, `.loss` 1/s per potential, `.cover`."""
        return {name: p[f"donor.{name}"] for name in ("load", "capacity", "held", "potential", "loss", "cover")}

    def initial(self, c):
        return {"donor_load": c["load"], "film_capacity": c["capacity"], "donor_cover": c["cover"]}

    def donor_potential(self, c, v):
        return c["held"] * c["potential"] + (1 - c["held"]) * v["donor_load"] / v["film_capacity"]

    def rates(self, c, v):
        lost = c["loss"] * v["donor_potential"] * v["donor_cover"]
        given = v["flow_from_donor"] + lost
        return {"donor_load": (c["held"] - 1) * given, "supplied_load": -c["held"] * given, "lost_load": lost - v["flow_from_air"]}


class Receptor(Mechanism):
    """A well-mixed volume, with a flow that renews it or without; a perfect sink is a volume without end."""

    reads = {"flow_from_receptor": "1/s"}
    owns = {"receptor_load": Scalar("1", TINY, amount=True), "replaced_load": Scalar("1", TINY, amount=True)}
    gives = {"receptor_potential": "1"}

    def document(self) -> Document:
        return read_document(folder("permeation") / f"{self.name}.toml")

    def constants(self, p):
        """`receptor.per_capacity` potential per load, 0 for a sink; `.renewal` 1/s, its flow over its volume."""
        return {name: p[f"receptor.{name}"] for name in ("per_capacity", "renewal")}

    def receptor_potential(self, c, v):
        return c["per_capacity"] * v["receptor_load"]

    def rates(self, c, v):
        replaced = c["renewal"] * v["receptor_load"]
        return {"receptor_load": -v["flow_from_receptor"] - replaced, "replaced_load": replaced}
