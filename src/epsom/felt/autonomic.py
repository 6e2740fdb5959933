"""Autonomic tone: pain raises the sympathetic and lowers the vagal one, stroking the other way round."""

from __future__ import annotations

import jax.numpy as jnp

from epsom.felt.circuit import WORST
from epsom.mechanism import Mechanism, Scalar


class Autonomic(Mechanism):
    """Sympathetic and vagal tone relative to a person without pain, and what they do to the heart. Switch: autonomic (A)."""

    reads = {"perceived_pain": "1", "c_tactile_firing": "1"}
    owns = {"sympathetic_tone": Scalar("1", 1e-2), "vagal_tone": Scalar("1", 1e-2)}
    gives = {"autonomic_arousal": "1", "heart_period": "s", "heart_period_variability": "s"}
    readouts = ("sympathetic_tone", "vagal_tone", "heart_period", "heart_period_variability")

    def constants(self, p):
        own = ("sympathetic_by_pain", "sympathetic_by_stroking", "sympathetic_time", "vagal_by_pain", "vagal_by_stroking", "vagal_time",
               "resting_period", "period_by_sympathetic", "period_by_vagal", "resting_variability", "variability_by_vagal",
               "autonomic_switch")
        pain = p["complaint.usual_pain"] / WORST
        return {**{name: p[name] for name in own}, "sympathetic": 1 + p["sympathetic_by_pain"] * pain, "vagal": 1 - p["vagal_by_pain"] * pain}

    def initial(self, c):
        return {"sympathetic_tone": c["sympathetic"], "vagal_tone": c["vagal"]}

    def autonomic_arousal(self, c, v):
        """Over that at the start; what goes back to the spinal gate."""
        return c["autonomic_switch"] * (v["sympathetic_tone"] - c["sympathetic"] - (v["vagal_tone"] - c["vagal"])) / 2

    def heart_period(self, c, v):
        """Time from beat to beat."""
        return c["resting_period"] + c["period_by_vagal"] * (v["vagal_tone"] - 1) - c["period_by_sympathetic"] * (v["sympathetic_tone"] - 1)

    def heart_period_variability(self, c, v):
        """Root of the mean square of successive differences."""
        return c["resting_variability"] * jnp.exp(c["variability_by_vagal"] * (v["vagal_tone"] - 1))

    def rates(self, c, v):
        pain, stroked = v["perceived_pain"] / WORST, v["c_tactile_firing"]
        sympathetic = 1 + c["sympathetic_by_pain"] * pain - c["sympathetic_by_stroking"] * stroked
        vagal = 1 - c["vagal_by_pain"] * pain + c["vagal_by_stroking"] * stroked
        return {"sympathetic_tone": (sympathetic - v["sympathetic_tone"]) / c["sympathetic_time"],
                "vagal_tone": (vagal - v["vagal_tone"]) / c["vagal_time"]}
