"""Warmth and cool as they are felt: thresholds by site, area and how fast the skin's temperature changes."""

from __future__ import annotations

import jax.numpy as jnp

from epsom.mechanism import Mechanism, Scalar


class ThermalSense(Mechanism):
    """Whether and how strongly warmth and cool are felt; menthol counts as so many degrees cooler."""

    name = "thermal_sense"
    reads = {"skin_warming": "K", "cold_receptor_shift": "K"}
    owns = {"followed_warming": Scalar("K", 1e-2), "followed_cooling": Scalar("K", 1e-2)}
    gives = {"warmth_felt": "1", "cool_felt": "1", "warmth_intensity": "1", "cool_intensity": "1"}
    readouts = ("warmth_felt", "cool_felt")

    def constants(self, p):
        own = ("smoothing_time", "critical_pace", "slowest_pace", "warm_power", "cool_power", "detection_power", "half_intensity")
        larger = (p["threshold_area"] / p["scenario.area"]) ** p["area_power"]
        return {**{name: p[name] for name in own}, "warm": p["site.warm_threshold"] * larger, "cool": p["site.cool_threshold"] * larger}

    def _cooling(self, v):
        return v["cold_receptor_shift"] - v["skin_warming"]

    def _times_threshold(self, c, change, followed, kind):
        """A change over its threshold, which is higher the slower it comes."""
        pace = jnp.sqrt(((change - followed) / c["smoothing_time"]) ** 2 + c["slowest_pace"] ** 2)
        return jnp.maximum(change, 0.0) / (c[kind] * (1 + (c["critical_pace"] / pace) ** c[f"{kind}_power"]))

    def _felt(self, c, times):
        return times ** c["detection_power"] / (1 + times ** c["detection_power"])

    def _intensity(self, c, change, times):
        over = self._felt(c, times) * jnp.maximum(change, 0.0)
        return over / (over + c["half_intensity"])

    def warmth_felt(self, c, v):
        """Chance that warmth is detected."""
        return self._felt(c, self._times_threshold(c, v["skin_warming"], v["followed_warming"], "warm"))

    def cool_felt(self, c, v):
        """Chance that cool is detected."""
        return self._felt(c, self._times_threshold(c, self._cooling(v), v["followed_cooling"], "cool"))

    def warmth_intensity(self, c, v):
        """Relative to the strongest warmth without pain."""
        return self._intensity(c, v["skin_warming"], self._times_threshold(c, v["skin_warming"], v["followed_warming"], "warm"))

    def cool_intensity(self, c, v):
        """Relative to the strongest cool without pain."""
        return self._intensity(c, self._cooling(v), self._times_threshold(c, self._cooling(v), v["followed_cooling"], "cool"))

    def rates(self, c, v):
        return {"followed_warming": (v["skin_warming"] - v["followed_warming"]) / c["smoothing_time"],
                "followed_cooling": (self._cooling(v) - v["followed_cooling"]) / c["smoothing_time"]}
