"""Tone of the vessels in treated skin and in the muscle below: what magnesium, warmth and rubbing do to it, and the flow that it leaves.

Tone is 1 at rest, 0 where vessels are as wide as they get. Flow follows its exponential, so that the logarithm of flow between rest and
the widest goes with tone. Arterioles that lie in different concentrations are in parallel: their flows are averaged, not their tones.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from epsom.engine.smooth import positive
from epsom.mechanism import Mechanism, Scalar

WIDTH = 0.01             # of corners: of a tone at its bounds, of a concentration at zero (share of rest), of the switch between two speeds
NONE = 1e-6              # flow reserve that stands where vessels do not answer, so that nothing is divided by zero


def tone_curve(c, free, rest):
    """Tone of smooth muscle in this free magnesium relative to rest, 1 where `free` is `rest`.

    Relaxation that saturates and constriction by very much magnesium, mixed with the tone that is left where magnesium blocks calcium
    channels alone and force follows calcium steeply.
    """
    steep = lambda m: 1 / (1 + (c["constriction_half"] / m) ** c["constriction_steepness"])
    entry = ((c["calcium_block"] + rest) / (c["calcium_block"] + free)) ** c["calcium_steepness"]
    whole = (c["relaxation_half"] + rest) / (c["relaxation_half"] + free) + c["constriction"] * (steep(free) - steep(rest))
    return whole + c["calcium_weight"] * (2 * entry / (1 + entry) - whole)


def endothelium(c, free, rest):
    """Factor of tone by what the endothelium adds to the relaxation, 1 at rest."""
    over = free - rest
    return 1 - c["endothelial_relaxation"] * c["endothelial_share"] * over / (abs(over) + c["endothelial_half"])


class Vessel(Mechanism):
    """How wide the vessels of skin and muscle are, and how much blood flows."""

    reads = {"papillary_dermis_concentration": "mol/m^3", "papillary_dermis_concentration_near_follicles": "mol/m^3",
             "lower_dermis_concentration": "mol/m^3", "lower_dermis_concentration_near_follicles": "mol/m^3",
             "near_follicles_share": "1", "upper_muscle_concentration": "mol/m^3", "free_magnesium_baseline": "mol/m^3",
             "skin_temperature": "K", "rub_pressure": "Pa"}
    owns = {"skin_tone": Scalar("1", 1.0), "muscle_tone": Scalar("1", 1.0)}
    gives = {"skin_blood_flow_ratio": "1", "muscle_blood_flow_ratio": "1"}
    readouts = ("skin_blood_flow_ratio", "muscle_blood_flow_ratio")

    def constants(self, p):
        own = ("relaxation_half", "constriction", "constriction_half", "constriction_steepness", "calcium_weight", "calcium_block",
               "calcium_steepness", "endothelial_relaxation", "endothelial_half", "endothelial_share", "most_tone", "warm_half", "warm_width",
               "rub_dilation", "rub_half_pressure", "muscle_flow_reserve", "dilation_time", "constriction_time")
        return {name: p[name] for name in own} | {
            "is_magnesium": p.each("solute.magnesium_share"),
            "flow_reserve": p["site.flow_reserve"], "usual_temperature": p["film.skin_temperature"]}

    def _rise(self, c, rises):
        """Rise of magnesium among those of all solutes."""
        return sum(share * x for share, x in zip(c["is_magnesium"], rises))

    def _tone(self, c, rest, rise):
        """Tone where free magnesium rises by this much; a little stays where water draws it out."""
        free = positive(rest + rise, WIDTH * rest)
        return tone_curve(c, free, rest) * endothelium(c, free, rest)

    def _bounded(self, c, tone):
        """Between the widest and the narrowest."""
        return positive(tone, WIDTH) - positive(tone - c["most_tone"], WIDTH)

    def _warm(self, c, temperature):
        """Share of the whole dilation that this temperature brings."""
        return jax.nn.sigmoid((temperature - c["warm_half"]) / c["warm_width"])

    def _skin(self, c, v):
        """Tone that all of the skin's vessels would need for the flow that they come to have, were they all alike."""
        pressure = v["rub_pressure"]
        dilated = (self._warm(c, v["skin_temperature"]) - self._warm(c, c["usual_temperature"])
                   + c["rub_dilation"] * pressure / (pressure + c["rub_half_pressure"]))
        near = v["near_follicles_share"][0]
        rises, shares = [], []
        for layer in ("papillary_dermis", "lower_dermis"):
            mean, ring = v[f"{layer}_concentration"], v[f"{layer}_concentration_near_follicles"]
            rises += [self._rise(c, ring), self._rise(c, [(m - near * r) / (1 - near + NONE) for m, r in zip(mean, ring)])]
            shares += [near / 2, (1 - near) / 2]
        # one row for each place: the curve is compiled once
        tone = self._bounded(c, self._tone(c, v["free_magnesium_baseline"], jnp.stack(rises)) - dilated)
        more = sum(share * one for share, one in zip(shares, jnp.expm1((c["flow_reserve"] + NONE) * (1 - tone))))
        return 1 - jnp.log1p(more) / (c["flow_reserve"] + NONE)

    def _muscle(self, c, v):
        return self._bounded(c, self._tone(c, v["free_magnesium_baseline"], self._rise(c, v["upper_muscle_concentration"])))

    def skin_blood_flow_ratio(self, c, v):
        """Of the treated skin, 1 at rest."""
        return jnp.exp(c["flow_reserve"] * (1 - v["skin_tone"]))

    def muscle_blood_flow_ratio(self, c, v):
        """Of the muscle below, 1 at rest."""
        return jnp.exp(c["muscle_flow_reserve"] * (1 - v["muscle_tone"]))

    def rates(self, c, v):
        """Vessels widen at one speed and narrow at another."""
        widening, narrowing = 1 / c["dilation_time"], 1 / c["constriction_time"]
        toward = lambda gap: gap * (widening + (narrowing - widening) * jax.nn.sigmoid(gap / WIDTH))
        return {"skin_tone": toward(self._skin(c, v) - v["skin_tone"]), "muscle_tone": toward(self._muscle(c, v) - v["muscle_tone"])}
