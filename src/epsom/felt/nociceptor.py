"""Nerve endings that hurt: what magnesium, salt, cold and warmth do to their drive and threshold, where they lie."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp

from epsom.felt.circuit import FIBRES, circuit, drive_of
from epsom.felt.laws import firing, gating_shift, magnesium_block
from epsom.mechanism import Mechanism, Scalar

DEEP = "lower_dermis", "subcutis", "upper_muscle"
NOWHERE = 1e-9              # share of the skin that stands in for none where one divides by it
SKIN = {f"{layer}_concentration{where}": "mol/m^3" for layer in ("viable_epidermis", "papillary_dermis") for where in ("", "_near_follicles")}
OWN = ("shift_per_decade", "calcium", "threshold_per_volt", "in_vivo_share", "lowest_threshold", "nmda_share", "terminal_voltage",
       "epidermal_share", "heat_half_temperature", "heat_width", "heat_exponent", "heat_half_magnesium", "direct_magnesium", "direct_gain",
       "osmotic_half", "capsaicin_odds", "sting_gain", "sting_weight", "desensitisation_time", "cold_half_temperature", "cold_width",
       "drive_by_warming", "block_half", "block_per_volt", "ache_gain", "open_sodium_channels", *FIBRES)
SWITCHES = ("surface_charge_switch", "nmda_switch", "trpv1_switch", "cooling_switch")


class Endings(NamedTuple):
    """What nerve endings sense, place by place: (places, lanes) each."""

    threshold: object       # relative to rest
    spared: object          # share of the ordinary drive that peripheral NMDA receptors leave
    gain: object            # of the TRPV1 channel's odds, by magnesium
    direct: object          # share of TRPV1 channels that magnesium opens by itself
    osmotic: object         # share of the largest response to salt


class Nociceptor(Mechanism):
    """C and A-delta fibres of the skin and of the tissue that hurts; every place responds first, then the mean is taken.

    Switches: surface charge (Q), peripheral NMDA receptors (N), sting (V), cooling and menthol (C); 0 holds what each senses
    at rest.
    """

    reads = {**SKIN, "near_follicles_share": "1", "lower_dermis_concentration": "mol/m^3", "subcutis_concentration": "mol/m^3",
             "upper_muscle_concentration": "mol/m^3", "free_magnesium_baseline": "mol/m^3", "skin_temperature": "K", "skin_warming": "K",
             "deep_warming": "K", "pain_source": "1", "ache_change": "1"}
    owns = {"sting_adaptation_near_follicles": Scalar("1", 1e-1), "sting_adaptation_between_follicles": Scalar("1", 1e-1)}
    gives = {"c_fibre_firing": "1", "a_delta_firing": "1", "sting_drive": "1", "skin_excitation_threshold": "1",
             "heat_limit_shift": "K", "cold_receptor_opening": "1", "cold_receptor_shift": "K"}
    readouts = ("c_fibre_firing", "a_delta_firing", "sting_drive", "skin_excitation_threshold", "heat_limit_shift")

    def constants(self, p):
        g = circuit(p)
        skin, lower, fascia = (p[f"complaint.{name}"] for name in ("skin_share", "lower_dermis_share", "fascia_share"))
        particles = tuple((cations + anions) / moles for cations, anions, moles in zip(
            p.each("salt.cations"), p.each("salt.anions"), p.each("salt.solute_per_formula")))
        return {**{name: p[name] for name in (*OWN, *SWITCHES)}, "drive": drive_of(g, p["complaint.usual_pain"]),
                "magnesium_screening": p["magnesium.screening_per_calcium"],
                "share": p.each("solute.magnesium_share"), "screening": p.each("solute.screening_per_calcium"),
                "cold": p.each("solute.cold_receptor_affinity"), "particles": particles,
                "places": jnp.stack([skin, (1 - skin) * lower, (1 - skin) * (1 - lower) * fascia, (1 - skin) * (1 - lower) * (1 - fascia)])}

    # ---- what endings sense ----------------------------------------------------------------------------------------
    def _zones(self, v):
        """(2, lanes): shares of the skin near follicles and between them."""
        near = v["near_follicles_share"][0]
        return jnp.stack([near, 1 - near])

    def _skin(self, c, v):
        """[(2, lanes)] of each solute's rise along endings in the skin, near follicles and in the remainder."""
        along = lambda where: [c["epidermal_share"] * a + (1 - c["epidermal_share"]) * b for a, b in zip(
            v[f"viable_epidermis_concentration{where}"], v[f"papillary_dermis_concentration{where}"])]
        return [jnp.stack([near, (mean - share * near) / (1 - share + NOWHERE)])
                for mean, near, share in zip(along(""), along("_near_follicles"), v["near_follicles_share"])]

    def _deep(self, v):
        """[(3, lanes)] of each solute's rise below."""
        return [jnp.stack(rises) for rises in zip(*(v[f"{place}_concentration"] for place in DEEP))]

    def _endings(self, c, rest, rises) -> Endings:
        """Where free magnesium is `rest` and each solute rises by `rises`."""
        total = lambda weights: sum(w * x for w, x in zip(weights, rises))
        magnesium, screening = total(c["share"]), c["magnesium_screening"] * rest
        divalents = c["calcium"] + jnp.maximum(screening + c["surface_charge_switch"] * total(c["screening"]), 0.0)
        shift = gating_shift(divalents, c["calcium"] + screening, c["shift_per_decade"])
        threshold = jnp.maximum(1 + c["in_vivo_share"] * c["threshold_per_volt"] * shift, c["lowest_threshold"])
        at = lambda switch: jnp.maximum(rest + switch * magnesium, 0.0)
        blocked = lambda outside: magnesium_block(outside, c["terminal_voltage"], c["block_half"], c["block_per_volt"])
        block = blocked(at(c["nmda_switch"])) / blocked(rest)
        stinging = at(c["trpv1_switch"])
        gain = ((stinging + c["heat_half_magnesium"]) / (rest + c["heat_half_magnesium"])) ** c["heat_exponent"]
        direct = c["direct_gain"] * jnp.maximum(stinging / c["direct_magnesium"] - 1, 0.0)
        salt = c["trpv1_switch"] * jnp.maximum(total(c["particles"]), 0.0) / c["osmotic_half"]
        return Endings(threshold / c["open_sodium_channels"], 1 - c["nmda_share"] * (1 - block), gain, direct / (1 + direct),
                       salt / (1 + salt))

    def _in_skin(self, c, v) -> Endings:
        return self._endings(c, v["free_magnesium_baseline"], self._skin(c, v))

    # ---- sting -----------------------------------------------------------------------------------------------------
    def _opening(self, c, v, endings: Endings):
        """(2, lanes): share of the largest sting, over that at rest, by heat, capsaicin, magnesium and salt."""
        rest = v["skin_temperature"] - v["skin_warming"]
        odds = lambda temperature: jnp.exp((temperature - c["heat_half_temperature"]) / c["heat_width"])
        now = odds(rest + c["cooling_switch"] * v["skin_warming"]) * endings.gain * c["capsaicin_odds"]
        before = odds(rest)
        return 1 / (1 + before) - (1 - endings.direct) * (1 - endings.osmotic) / (1 + now)

    def _sting(self, c, v, endings: Endings):
        """(2, lanes): what is left of it after the endings have got used to some."""
        past = jnp.stack([v["sting_adaptation_near_follicles"], v["sting_adaptation_between_follicles"]])
        return c["sting_gain"] * jnp.maximum(self._opening(c, v, endings) - past, 0.0)

    def sting_drive(self, c, v):
        """Mean over the treated skin, after what has worn off."""
        return (self._zones(v) * self._sting(c, v, self._in_skin(c, v))).sum(0)

    # ---- firing ----------------------------------------------------------------------------------------------------
    def _firing(self, c, v, kind):
        skin, deep = self._in_skin(c, v), self._endings(c, v["free_magnesium_baseline"], self._deep(v))
        warming = jnp.stack([v["skin_warming"], v["skin_warming"], v["deep_warming"], v["deep_warming"]])
        scaled = jnp.exp(c["drive_by_warming"] * c["cooling_switch"] * warming)
        aching = jnp.maximum(v["pain_source"] + c["ache_gain"] * v["ache_change"], 0.0)
        source = jnp.stack([v["pain_source"], v["pain_source"], aching, aching]) * c["drive"] * scaled
        drive = jnp.concatenate([source[:1] * skin.spared, source[1:] * deep.spared, self._sting(c, v, skin)])
        threshold = jnp.concatenate([skin.threshold, deep.threshold, skin.threshold])
        zones = self._zones(v)
        weight = jnp.concatenate([c["places"][:1] * zones, c["places"][1:], c["sting_weight"] * zones])
        return (weight * firing(drive, c[f"{kind}_threshold"], threshold, c[f"{kind}_width"])).sum(0)

    def c_fibre_firing(self, c, v):
        """Relative to that in the worst pain; stinging skin adds to the tissue that hurts."""
        return self._firing(c, v, "c")

    def a_delta_firing(self, c, v):
        """As of C fibres, with their own threshold."""
        return self._firing(c, v, "a_delta")

    # ---- what else they tell -----------------------------------------------------------------------------------------
    def skin_excitation_threshold(self, c, v):
        """Relative to rest, mean over the treated skin."""
        return (self._zones(v) * self._in_skin(c, v).threshold).sum(0)

    def heat_limit_shift(self, c, v):
        """Rise of the temperature that hurts, mean over the treated skin; negative where magnesium makes TRPV1 open sooner."""
        return -c["heat_width"] * (self._zones(v) * jnp.log(self._in_skin(c, v).gain)).sum(0)

    def _menthol(self, c, v):
        return (self._zones(v) * jnp.log1p(sum(w * jnp.maximum(x, 0.0) for w, x in zip(c["cold"], self._skin(c, v))))).sum(0)

    def cold_receptor_shift(self, c, v):
        """By how many degrees cooler the skin feels than it is, by menthol and the like."""
        return c["cold_width"] * self._menthol(c, v)

    def cold_receptor_opening(self, c, v):
        """Share of cold receptors that are open, over that at rest."""
        rest = v["skin_temperature"] - v["skin_warming"]
        share = lambda temperature, shift: 1 / (1 + jnp.exp((temperature - c["cold_half_temperature"] - shift) / c["cold_width"]))
        change = c["cooling_switch"] * jnp.stack([v["skin_warming"], v["cold_receptor_shift"]])
        return share(rest + change[0], change[1]) - share(rest, 0.0)

    def rates(self, c, v):
        opened = self._opening(c, v, self._in_skin(c, v))
        follow = jnp.maximum(opened, 0.0) / c["desensitisation_time"]              # skin that rewarms does not sting
        return {f"sting_adaptation_{where}_follicles": follow[i] - v[f"sting_adaptation_{where}_follicles"] / c["desensitisation_time"]
                for i, where in enumerate(("near", "between"))}
