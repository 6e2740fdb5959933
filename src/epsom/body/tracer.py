"""Isotopes of magnesium that are followed through the body: each leaves a pool in the share in which all magnesium leaves it."""

from __future__ import annotations

from epsom.body.homeostasis import FLOWS, LOST, POOLS
from epsom.mechanism import Mechanism, Scalar

INPUTS = {"tracer_vein_flow": "plasma", "tracer_skin_flow": "interstitial"}


def tracer_in(pool: str) -> str:
    """The word for how much tracer a pool holds."""
    return f"{pool}_tracer"


class Tracer(Mechanism):
    """One isotope beyond what is there by nature.

    Its mass is part of the magnesium of `Homeostasis`, which decides every turnover. What decays is counted as tracer only: traces of a
    radioisotope weigh nothing.
    """

    per_solute = True
    reads = {name: "1/s" for name in FLOWS} | {"plasma_magnesium": "mol"}
    owns = {**{tracer_in(pool): Scalar("mol", 1e-8, amount=True) for pool in ("supply", *POOLS, *LOST, "decayed")},
            **{rate: Scalar("mol/s", 1e-12) for rate in INPUTS}}
    gives = {"plasma_tracer_share": "1"}
    readouts = (*owns, "plasma_tracer_share")

    def constants(self, p):
        return {"decay": p["solute.decay_constant"]}

    def plasma_tracer_share(self, c, v):
        """Share of plasma's magnesium that is tracer."""
        return v["plasma_tracer"] / v["plasma_magnesium"]

    def rates(self, c, v):
        changed = {pool: 0.0 for pool in ("supply", *POOLS, *LOST, "decayed")}
        for rate, enters in INPUTS.items():
            changed["supply"] -= v[rate]
            changed[enters] += v[rate]
        for turnover, (leaves, enters) in FLOWS.items():
            flow = v[turnover] * v[tracer_in(leaves)]
            changed[leaves] -= flow
            changed[enters] += flow
        for pool in POOLS:
            decaying = c["decay"] * v[tracer_in(pool)]
            changed[pool] -= decaying
            changed["decayed"] += decaying
        return {tracer_in(pool): rate for pool, rate in changed.items()}
