"""Touch: fast fibres that a rubbing hand excites, and slow ones that answer to stroking."""

from __future__ import annotations

import jax.numpy as jnp

from epsom.mechanism import Mechanism, Scalar

STILL = 1e-5                # speed over that of stroking that stands in for a hand at rest


class Touch(Mechanism):
    """Firing of A-beta and C-tactile fibres under a rubbing hand, relative to their strongest. Switch: touch (R)."""

    reads = {"rub_pressure": "Pa", "rub_speed": "m/s", "skin_excitation_threshold": "1"}
    owns = {"touch_adaptation": Scalar("1", 1e-2), "touch_satiety": Scalar("1", 1e-2)}
    gives = {"a_beta_firing": "1", "c_tactile_firing": "1"}
    readouts = tuple(gives)

    def constants(self, p):
        own = ("half_pressure", "adaptation_time", "adapting_share", "stroking_speed", "stroking_width", "satiety_time", "recovery_time",
               "electrical_touch", "touch_switch")
        return {**{name: p[name] for name in own}, "open_sodium_channels": p["nociceptor.open_sodium_channels"]}

    def _pressed(self, c, v):
        pressure = c["touch_switch"] * v["rub_pressure"]
        return pressure / (pressure + c["half_pressure"] * v["skin_excitation_threshold"])

    def a_beta_firing(self, c, v):
        """Of fast touch fibres, by the hand after what they have adapted to, and by electrical pulses."""
        lasting = jnp.maximum(self._pressed(c, v) - c["adapting_share"] * v["touch_adaptation"], 0.0)
        return c["open_sodium_channels"] * (lasting + c["touch_switch"] * c["electrical_touch"])

    def c_tactile_firing(self, c, v):
        """Of slow fibres that answer best to stroking at a few cm/s, and less the longer it goes on."""
        off = jnp.log(v["rub_speed"] / c["stroking_speed"] + STILL) / c["stroking_width"]
        return c["open_sodium_channels"] * self._pressed(c, v) * jnp.exp(-off ** 2 / 2) * (1 - v["touch_satiety"])

    def rates(self, c, v):
        pressed, sated = self._pressed(c, v), v["touch_satiety"]
        return {"touch_adaptation": (pressed - v["touch_adaptation"]) / c["adaptation_time"],
                "touch_satiety": pressed * (1 - sated) / c["satiety_time"] - (1 - pressed) * sated / c["recovery_time"]}
