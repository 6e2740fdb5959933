"""What a person would tick on scales from 0 to 10, before any scatter of reporting."""

from __future__ import annotations

import jax.numpy as jnp

from epsom.felt.circuit import WORST
from epsom.mechanism import Mechanism


class Ratings(Mechanism):
    """Ratings without scatter: whoever simulates a person's ticks adds it, with the standard deviations that stand here."""

    reads = {"perceived_pain": "1", "stiffness_ratio": "1", "ache_change": "1", "warmth_intensity": "1", "cool_intensity": "1",
             "sting_drive": "1", "sympathetic_tone": "1", "vagal_tone": "1", "cramp_tendency": "1"}
    gives = {**{f"{what}_rating": "1" for what in ("pain", "stiffness", "heaviness", "warmth", "cool", "sting", "calm")}, "cramp_rate": "1/s"}
    readouts = tuple(gives)

    def constants(self, p):
        own = ("sting_half", "heaviness_by_ache", "calm_without_pain", "calm_by_tone", "pain_report_noise", "other_report_noise")
        complaint = ("stiffness_at_start", "heaviness_at_start", "cramps_at_start")
        return {**{name: p[name] for name in own}, **{name: p[f"complaint.{name}"] for name in complaint}}

    def _ticked(self, x):
        """Within the ends of the scale."""
        return jnp.clip(x, 0.0, WORST)

    def pain_rating(self, c, v):
        """0 none, 10 the worst."""
        return self._ticked(v["perceived_pain"])

    def stiffness_rating(self, c, v):
        """0 none, 10 the worst."""
        return self._ticked(c["stiffness_at_start"] * v["stiffness_ratio"])

    def heaviness_rating(self, c, v):
        """0 none, 10 the worst."""
        return self._ticked(c["heaviness_at_start"] * (v["stiffness_ratio"] + c["heaviness_by_ache"] * v["ache_change"]))

    def warmth_rating(self, c, v):
        """0 none, 10 the strongest without pain."""
        return self._ticked(WORST * v["warmth_intensity"])

    def cool_rating(self, c, v):
        """0 none, 10 the strongest without pain."""
        return self._ticked(WORST * v["cool_intensity"])

    def sting_rating(self, c, v):
        """0 none, 10 the worst."""
        return WORST * v["sting_drive"] / (v["sting_drive"] + c["sting_half"])

    def calm_rating(self, c, v):
        """0 not at all, 10 entirely; from autonomic tone alone."""
        return self._ticked(c["calm_without_pain"] + c["calm_by_tone"] * (v["vagal_tone"] - v["sympathetic_tone"]) / 2)

    def cramp_rate(self, c, v):
        """Cramps expected per time."""
        return c["cramps_at_start"] * v["cramp_tendency"]
