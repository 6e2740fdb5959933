"""Hands that rub: pressure and speed while they do."""

from __future__ import annotations

from epsom.mechanism import Mechanism, Scalar


class Hands(Mechanism):
    """Pressure and speed of a hand that strokes the treated skin; steps of the scenario start and stop it."""

    owns = {"rubbing": Scalar("1", 1.0)}
    gives = {"rub_pressure": "Pa", "rub_speed": "m/s"}
    readouts = ("rubbing",)

    def constants(self, p):
        return {"pressure": p["pressure"], "speed": p["speed"]}

    def rub_pressure(self, c, v):
        """Mean over the hand's area; 0 while nobody rubs."""
        return c["pressure"] * v["rubbing"]

    def rub_speed(self, c, v):
        """Of the hand over the skin; 0 while nobody rubs."""
        return c["speed"] * v["rubbing"]
