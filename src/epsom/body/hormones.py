"""Parathyroid hormone, calcitriol and calcidiol as they answer to magnesium, over minutes to weeks; relative to each person's ordinary level.

Calcium is not modelled and stays at its ordinary level.
"""

from __future__ import annotations

import jax.numpy as jnp

from epsom.mechanism import Mechanism, Scalar


class Hormones(Mechanism):
    """Too little magnesium stops the gland, more than ordinary holds it back as calcium would; calcitriol follows the hormone.

    Calcidiol, 25-hydroxyvitamin D, drifts within weeks to a power of serum magnesium that may be none.
    """

    reads = {"serum_concentration": "mol/m^3", "ionised_concentration": "mol/m^3", "ordinary_serum_concentration": "mol/m^3"}
    owns = {"parathyroid_hormone": Scalar("1", 1e-2), "calcitriol": Scalar("1", 1e-2), "calcidiol": Scalar("1", 1e-2)}
    readouts = tuple(owns)

    def constants(self, p):
        names = ("gland_need", "gland_steepness", "calcium_equivalence", "ionised_calcium", "half_inhibition", "inhibition_steepness",
                 "hormone_rate", "calcitriol_need", "calcitriol_steepness", "calcitriol_share", "calcitriol_rate")
        return {name: p[name] for name in names} | {"calcidiol_rate": jnp.log(2.0) / p["calcidiol_half_time"],
                                                    "calcidiol_elasticity": p["calcidiol_elasticity"]}

    def initial(self, c):
        """Everybody starts at their own ordinary level."""
        return dict.fromkeys(self.owns, 1 + 0 * c["hormone_rate"])

    def rates(self, c, v):
        serum, ordinary = v["serum_concentration"], v["ordinary_serum_concentration"]
        rise = v["ionised_concentration"] * (1 - ordinary / serum)                  # the ionised share is constant
        able = _answer(serum, c["gland_need"], c["gland_steepness"]) / _answer(ordinary, c["gland_need"], c["gland_steepness"])
        held_back = _answer(c["half_inhibition"], c["ionised_calcium"] + c["calcium_equivalence"] * rise, c["inhibition_steepness"])
        hormone = able * held_back / _answer(c["half_inhibition"], c["ionised_calcium"], c["inhibition_steepness"])
        enzymes = lambda level: _answer(level, c["calcitriol_need"], c["calcitriol_steepness"])
        made = enzymes(serum) / enzymes(ordinary)
        return {"parathyroid_hormone": c["hormone_rate"] * (hormone - v["parathyroid_hormone"]),
                "calcitriol": c["calcitriol_rate"] * (made * v["parathyroid_hormone"] ** c["calcitriol_share"] - v["calcitriol"]),
                "calcidiol": c["calcidiol_rate"] * ((serum / ordinary) ** c["calcidiol_elasticity"] - v["calcidiol"])}


def _answer(level, half, steepness):
    """Hill's curve: 1 / (1 + (half / level)^steepness)."""
    return 1 / (1 + (half / level) ** steepness)
