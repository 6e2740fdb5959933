"""Guarding: pain tightens muscle, tight muscle aches; rubbing and warmth loosen tissue."""

from __future__ import annotations

import jax.numpy as jnp

from epsom.felt.circuit import WORST
from epsom.felt.laws import gating_shift, release
from epsom.mechanism import Mechanism, Scalar


class Guarding(Mechanism):
    """Gamma drive, activation of the guarding muscle, stiffness and the tendency to cramp, each relative to the start.

    Switch: guarding (W); 0 keeps pain from the muscle and the muscle's ache from the nerve. Magnesium acts on nerve ends in
    muscle by what transport delivers there, under the switch of surface charge.
    """

    reads = {"perceived_pain": "1", "ache_drive": "1", "ache_drive_at_start": "1",
             "rub_pressure": "Pa", "rub_speed": "m/s", "deep_warming": "K",
             "c_tactile_firing": "1", "upper_muscle_concentration": "mol/m^3", "free_magnesium_baseline": "mol/m^3"}
    owns = {"gamma_drive": Scalar("1", 1e-2), "muscle_activation": Scalar("1", 1e-3), "loosening": Scalar("1", 1e-2)}
    gives = {"ache_change": "1", "neuromuscular_transmission": "1", "stiffness_ratio": "1", "cramp_tendency": "1"}
    readouts = ("gamma_drive", "muscle_activation", "stiffness_ratio", "cramp_tendency")

    def constants(self, p):
        own = ("gamma_time", "activation_time", "ache_loop_gain", "least_ache", "pain_to_gamma", "rub_to_gamma", "release_power",
               "half_calcium", "half_magnesium", "safety_factor", "transmission_power", "shear_half", "loosening_time",
               "stiffening_time", "loosened_share", "warmth_softening", "sheath_loosened_share", "sheath_warmth_softening",
               "sheath_screening", "cramp_by_activation", "cramp_by_shift", "guarding_switch")
        complaint = ("usual_pain", "activation_at_start", "sheath_share", "active_share")
        return {**{name: p[name] for name in own}, **{name: p[f"complaint.{name}"] for name in complaint},
                "share": p.each("solute.magnesium_share"), "screening": p.each("solute.screening_per_calcium"),
                "calcium": p["nociceptor.calcium"], "magnesium_screening": p["magnesium.screening_per_calcium"],
                "shift_per_decade": p["nociceptor.shift_per_decade"], "switch": p["nociceptor.surface_charge_switch"]}

    def initial(self, c):
        return {"gamma_drive": jnp.ones_like(c["usual_pain"]), "muscle_activation": c["activation_at_start"]}

    def _rise(self, c, v, weights):
        """Of magnesium, or of what screens charge, at nerve ends in muscle."""
        return c["switch"] * sum(w * x for w, x in zip(c[weights], v["upper_muscle_concentration"]))

    def ache_change(self, c, v):
        """Ache of the tissue's metabolites over that at the start."""
        return c["guarding_switch"] * (v["ache_drive"] - v["ache_drive_at_start"])

    def neuromuscular_transmission(self, c, v):
        """Relative to rest: release with its safety factor."""
        released = lambda magnesium: release(c["calcium"], magnesium, c["half_calcium"], c["half_magnesium"], c["release_power"])
        rest = v["free_magnesium_baseline"]
        ratio = released(jnp.maximum(rest + self._rise(c, v, "share"), 0.0)) / released(rest)
        passed = lambda x: x ** c["transmission_power"] / (1 + x ** c["transmission_power"])
        return passed(ratio * c["safety_factor"]) / passed(c["safety_factor"])

    def stiffness_ratio(self, c, v):
        """Relative to the start: what muscle and tendon, the sheath's hyaluronan and activation make."""
        warm, loose = v["deep_warming"], v["loosening"]
        tissue = jnp.exp(-c["warmth_softening"] * warm) * (1 - c["loosened_share"] * loose)
        thinned = 1 - c["sheath_screening"] * self._rise(c, v, "share") / (c["calcium"] + v["free_magnesium_baseline"])
        sheath = jnp.exp(-c["sheath_warmth_softening"] * warm) * (1 - c["sheath_loosened_share"] * loose) * jnp.maximum(thinned, 0.0)
        passive = (1 - c["sheath_share"]) * tissue + c["sheath_share"] * sheath
        return (1 - c["active_share"]) * passive + c["active_share"] * v["muscle_activation"] / c["activation_at_start"]

    def cramp_tendency(self, c, v):
        """Rate of cramps relative to the start."""
        magnesium = c["magnesium_screening"] * v["free_magnesium_baseline"]
        divalents = c["calcium"] + jnp.maximum(magnesium + self._rise(c, v, "screening"), 0.0)
        shift = gating_shift(divalents, c["calcium"] + magnesium, c["shift_per_decade"])
        tighter = v["muscle_activation"] / c["activation_at_start"] - 1
        return jnp.exp(c["cramp_by_activation"] * tighter - c["cramp_by_shift"] * shift)

    def rates(self, c, v):
        pain = c["guarding_switch"] * (v["perceived_pain"] - c["usual_pain"]) / WORST
        ache = self.ache_change(c, v) / (v["ache_drive_at_start"] + c["least_ache"])
        gamma = 1 + c["ache_loop_gain"] * ache + c["pain_to_gamma"] * pain - c["rub_to_gamma"] * v["c_tactile_firing"]
        activation = c["activation_at_start"] * jnp.maximum(v["gamma_drive"], 0.0) * v["neuromuscular_transmission"]
        work = v["rub_pressure"] * v["rub_speed"]
        shear = work / (work + c["shear_half"])
        return {"gamma_drive": (gamma - v["gamma_drive"]) / c["gamma_time"],
                "muscle_activation": (activation - v["muscle_activation"]) / c["activation_time"],
                "loosening": shear * (1 - v["loosening"]) / c["loosening_time"] - v["loosening"] / c["stiffening_time"]}
