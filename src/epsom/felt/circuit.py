"""The gate of the dorsal horn at rest: what it answers to fibres, and the drive of fibres behind a stated pain.

Populations as in Britton and Skevington 1989 and Crodelle 2019, reduced to their steady answers: they settle within tens of
milliseconds. Firing and activities are relative, 1 at most; pain is on a scale from 0 to 10.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

from epsom.felt.laws import firing, population

WORST = 10.0                # the upper end of a scale from 0 to 10, by definition
HALVINGS = 52               # of an interval of 1: to the last digit
FLAT = 1e-9                 # slope below which a last Newton step would divide by nothing
GATE = ("touch_to_inhibition", "stroking_to_inhibition", "cold_to_inhibition", "descending_to_inhibition", "pain_against_inhibition",
        "inhibition_threshold", "inhibition_width", "presynaptic_block", "presynaptic_half", "pain_to_excitation", "central_to_excitation",
        "inhibition_of_excitation", "excitation_threshold", "excitation_width", "pain_to_projection", "fast_pain_to_projection",
        "excitation_to_projection", "inhibition_of_projection", "arousal_to_projection", "projection_threshold", "projection_width",
        "report_half", "report_power", "wind_up_gain", "sensitisation_gain")
FIBRES = ("c_threshold", "c_width", "a_delta_threshold", "a_delta_width")


def circuit(p) -> dict:
    """Constants of gate and fibres by their names, with what the projection is in the worst pain."""
    g = {name: p[f"gate.{name}"] for name in GATE} | {name: p[f"nociceptor.{name}"] for name in FIBRES}
    return g | {"worst": report(g, projection_at(g, jnp.ones_like(g["report_half"])))}


def inhibition(g, c_fibre, a_beta=0.0, tactile=0.0, cold=0.0, descending=0.0):
    """Activity of inhibitory interneurons at these firings, over that without any; pain takes some of it away."""
    return population(g["touch_to_inhibition"] * a_beta + g["stroking_to_inhibition"] * tactile + g["cold_to_inhibition"] * cold
                      + g["descending_to_inhibition"] * descending - g["pain_against_inhibition"] * c_fibre,
                      g["inhibition_threshold"], g["inhibition_width"])


def projection(g, c_fibre, a_delta, central, inhibited, a_beta=0.0, arousal=0.0):
    """Activity of projection neurons, which do not fire below rest; `central` is wind-up with sensitisation, `inhibited` what
    `inhibition` answers."""
    spared = 1 - g["presynaptic_block"] * a_beta / (a_beta + g["presynaptic_half"])
    excited = (g["pain_to_excitation"] * c_fibre * spared + g["central_to_excitation"] * central
               - g["inhibition_of_excitation"] * inhibited)
    excitation = population(jnp.maximum(excited, 0.0), g["excitation_threshold"], g["excitation_width"])
    driven = ((g["pain_to_projection"] * c_fibre + g["fast_pain_to_projection"] * a_delta) * spared
              + g["excitation_to_projection"] * excitation - g["inhibition_of_projection"] * inhibited
              + g["arousal_to_projection"] * arousal)
    return population(jnp.maximum(driven, 0.0), g["projection_threshold"], g["projection_width"])


def wound_up(g, c_fibre):
    """(wind-up, slow sensitisation) once they have settled at a firing."""
    pull = g["wind_up_gain"] * c_fibre
    wind_up = pull / (1 + pull)
    return wind_up, g["sensitisation_gain"] * wind_up ** 2


def fibres(g, drive):
    """(C, A-delta) firing at a drive and an ordinary threshold."""
    return tuple(firing(drive, g[f"{kind}_threshold"], 1.0, g[f"{kind}_width"]) for kind in ("c", "a_delta"))


def projection_at(g, drive):
    """Projection at a steady drive with nothing else going on."""
    c_fibre, a_delta = fibres(g, drive)
    return projection(g, c_fibre, a_delta, sum(wound_up(g, c_fibre)), inhibition(g, c_fibre))


def report(g, projected):
    """What a projection weighs in a report, before it is set in proportion to the worst pain."""
    x = jnp.maximum(projected, 0.0) ** g["report_power"]
    return x / (x + g["report_half"] ** g["report_power"])


def pain_of(g, projected):
    """The pain that a projection signals, 0 to 10."""
    return WORST * report(g, projected) / g["worst"]


def drive_of(g, pain):
    """The steady drive (0 to 1) behind a pain (0 to 10), to the last digit and with its derivatives."""
    signalled = lambda drive: pain_of(g, projection_at(g, drive))

    def halve(_, ends):
        low, high = ends
        middle = (low + high) / 2
        below = signalled(middle) < pain
        return jnp.where(below, middle, low), jnp.where(below, high, middle)

    ends = lax.fori_loop(0, HALVINGS, halve, (0 * pain, 0 * pain + 1))
    drive = lax.stop_gradient((ends[0] + ends[1]) / 2)
    slope = lax.stop_gradient(jax.jvp(signalled, (drive,), (jnp.ones_like(drive),))[1])
    return jnp.maximum(drive + (pain - signalled(drive)) / (slope + FLAT), 0.0)
