"""What the pain would do by itself: healing, and a good or bad day that passes."""

from __future__ import annotations

import jax.numpy as jnp

from epsom.mechanism import Mechanism, Scalar

NO_PAIN = 1e-6              # on a scale of 0 to 10: stands in for a pain of 0 where one divides by it


class NaturalCourse(Mechanism):
    """The pain's source relative to its start: it heals, and what the start lay above a person's mean regresses to it."""

    name = "natural_course"
    owns = {"natural_healing": Scalar("1", 1.0), "pain_fluctuation": Scalar("1", 1.0)}
    gives = {"pain_source": "1"}
    readouts = ("pain_source",)

    def constants(self, p):
        pain = p["complaint.usual_pain"]
        above = (1 - p["complaint.reliability"]) * (pain - p["complaint.mean_pain"])
        return {"healing_rate": p["complaint.healing_rate"], "correlation_time": p["correlation_time"],
                "fluctuation": above * pain / (pain ** 2 + NO_PAIN ** 2)}

    def initial(self, c):
        return {"natural_healing": jnp.ones_like(c["fluctuation"]), "pain_fluctuation": c["fluctuation"]}

    def pain_source(self, c, v):
        """1 at the start."""
        return v["natural_healing"] * (1 - c["fluctuation"] + v["pain_fluctuation"])

    def rates(self, c, v):
        return {"natural_healing": -c["healing_rate"] * v["natural_healing"],
                "pain_fluctuation": -v["pain_fluctuation"] / c["correlation_time"]}
