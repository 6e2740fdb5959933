"""What serum and the water between cells hold of magnesium before anything is done: the steady state of the whole body.

The same numbers and the same balance as in `homeostasis`, for the person of a scenario who eats as people of their kind do.
"""

from __future__ import annotations

from collections.abc import Mapping

from epsom.body.gut import NUMBERS, absorbed_diet
from epsom.body.homeostasis import LOSSES, at_balance, losses
from epsom.mechanism import Mechanism

SHARES = "ionised_share", "donnan_ratio"         # of what is in plasma or its filtrate: what is free, and what is as much between cells


class Baseline(Mechanism):
    """Magnesium of serum and of tissue at rest, by what the diet brings, kidneys keep and gut and skin lose.

    Nerve and vessel answer to free magnesium: complexes pass capillaries and count in the balance, and are taken off at the end.
    """

    gives = {"free_magnesium_baseline": "mol/m^3", "serum_magnesium_baseline": "mol/m^3"}
    readouts = ("free_magnesium_baseline", "serum_magnesium_baseline")

    def constants(self, p) -> Mapping:
        size, body = p["scenario.lean_size"], {name: p[f"homeostasis.{name}"] for name in (*LOSSES, *SHARES)}
        eating = {name: p[f"gut.{name}"] for name in NUMBERS} | {"endogenous_faecal_loss": body["endogenous_faecal_loss"], "size": size}
        eaten = absorbed_diet(eating, p["scenario.meal_magnesium"], p["scenario.meal_interval"])
        balance = losses(body, size) | {"filtration": p["plasma.glomerular_filtration"], "absorbed": eaten}
        serum = at_balance(balance) / body["ultrafiltrable_share"]
        return {"serum": serum, "free": body["donnan_ratio"] * body["ionised_share"] * serum}

    def free_magnesium_baseline(self, c, v):
        return c["free"]

    def serum_magnesium_baseline(self, c, v):
        return c["serum"]
