"""Expectation: a treatment that is noticed lowers the pain that is expected, and what is expected colours what is perceived."""

from __future__ import annotations

import jax.numpy as jnp

from epsom.felt.circuit import WORST
from epsom.mechanism import Mechanism, Scalar


class Expectation(Mechanism):
    """Perceived pain between what the spinal cord signals and what is expected, weighted by precision. Switch: expectation (E).

    Half of the effect is at the read-out and half goes down to the spinal cord, which closes a loop through `perceived_pain`.
    """

    reads = {"pain_signal": "1", "film_coverage": "1", "rub_pressure": "Pa", "sting_drive": "1"}
    owns = {"treatment_noticed": Scalar("1", 1e-2), "expectation_weight": Scalar("1", 1e-2), "expected_pain": Scalar("1", 1e-2),
            "perceived_pain": Scalar("1", 1e-2)}
    gives = {"descending_drive": "1"}
    readouts = ("expectation_weight", "expected_pain", "perceived_pain")

    def constants(self, p):
        own = ("weight", "onset_time", "expected_relief", "learning_time", "noticing_time", "noticed_pressure", "perceiving_time",
               "readout_share", "sting_meaning", "sting_gain", "expectation_switch")
        return {**{name: p[name] for name in own}, "start": p["complaint.usual_pain"]}

    def initial(self, c):
        return {"expected_pain": c["start"], "perceived_pain": c["start"]}

    def _gap(self, c, v, pain):
        """How far a pain is above the expected one, as far as that is believed."""
        return c["expectation_switch"] * v["expectation_weight"] * (pain - v["expected_pain"])

    def descending_drive(self, c, v):
        """What the brain sends down to the gate, relative to that in the worst pain against the firmest hope."""
        return jnp.maximum(self._gap(c, v, v["perceived_pain"]), 0.0) / WORST

    def rates(self, c, v):
        weight, expected, pain, sting = v["expectation_weight"], v["expected_pain"], v["pain_signal"], v["sting_drive"]
        pressed = v["rub_pressure"] / (v["rub_pressure"] + c["noticed_pressure"])
        noticing = (1 - (1 - v["film_coverage"]) * (1 - pressed)) * (1 - v["treatment_noticed"]) / c["noticing_time"]
        learning = (1 - weight) * (pain - expected) / c["learning_time"]
        working = jnp.maximum(c["sting_meaning"], 0.0) * c["sting_gain"] * sting
        worrying = jnp.maximum(-c["sting_meaning"], 0.0) * c["sting_gain"] * sting
        aim = c["weight"] * v["treatment_noticed"]
        return {"treatment_noticed": noticing,
                "expectation_weight": (aim - weight + working * (1 - weight)) / c["onset_time"],
                "expected_pain": learning - c["expected_relief"] * pain * noticing + worrying * (WORST - expected) / c["onset_time"],
                "perceived_pain": (pain - c["readout_share"] * self._gap(c, v, pain) - v["perceived_pain"]) / c["perceiving_time"]}
