"""Lactate and acid in the muscle below, which blood washes out, and how strongly they excite its nociceptors.

None of them aches alone: acid, lactate and ATP must come together (Pollak and others 2014), so the drive goes with their product.
"""

from __future__ import annotations

import math

import jax.numpy as jnp

from epsom.mechanism import Mechanism, Scalar

LN10 = math.log(10)      # pH is a logarithm to base 10


def steady(c, activation, flow):
    """{state: value} in which a muscle comes to rest that is kept at this activation and flow (lanes; flow relative to rest)."""
    return {"muscle_lactate": c["lactate_production"] * activation * c["lactate_washout_time"] / flow,
            "muscle_acid": c["acid_per_lactate"] * c["lactate_production"] * activation * c["acid_washout_time"] / flow}


def product(c, lactate, fall):
    """Acid times lactate times ATP as nociceptors take them, 0 at rest.

    Parameters
    ----------
    lactate : all of it, mol/m^3.
    fall : of pH below rest; ATP rises with it as in the solutions of Pollak and others.
    """
    atp = c["resting_atp"] + c["atp_per_fall"] * fall
    return jnp.expm1(LN10 * fall) * lactate / (lactate + c["lactate_half"]) * atp / (atp + c["atp_half"])


class Metabolites(Mechanism):
    """What a muscle that works or is short of blood collects, and the ache that this drives."""

    reads = {"muscle_activation": "1", "muscle_blood_flow_ratio": "1"}
    owns = {"muscle_lactate": Scalar("mol/m^3", 1.0), "muscle_acid": Scalar("mol/m^3", 1.0)}
    gives = {"ache_drive": "1", "ache_drive_at_start": "1"}
    readouts = ("ache_drive", "muscle_lactate")

    def constants(self, p):
        own = ("blood_lactate", "lactate_production", "acid_per_lactate", "lactate_washout_time", "acid_washout_time", "buffer",
               "lactate_half", "atp_half", "resting_atp", "atp_per_fall")
        c = {name: p[name] for name in own}
        return c | {"half": product(c, p["ache_lactate"], p["ache_fall"]), "start": steady(c, p["complaint.activation_at_start"], 1)}

    def initial(self, c):
        """What a muscle holds that has been guarding for long."""
        return c["start"]

    def ache_drive_at_start(self, c, v):
        """Before anything was done."""
        return self.ache_drive(c, c["start"])

    def ache_drive(self, c, v):
        """Half where fatigue begins to ache."""
        excited = product(c, c["blood_lactate"] + v["muscle_lactate"], v["muscle_acid"] / c["buffer"])
        return excited / (excited + c["half"])

    def rates(self, c, v):
        made = c["lactate_production"] * v["muscle_activation"]
        flow = v["muscle_blood_flow_ratio"]
        return {"muscle_lactate": made - flow / c["lactate_washout_time"] * v["muscle_lactate"],
                "muscle_acid": c["acid_per_lactate"] * made - flow / c["acid_washout_time"] * v["muscle_acid"]}
