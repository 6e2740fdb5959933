"""Laws of nerve that more than one mechanism uses, each a plain function of arrays in SI."""

from __future__ import annotations

import jax.numpy as jnp


def magnesium_block(magnesium, voltage, half, per_volt):
    """Share of current through NMDA receptors that magnesium outside leaves at a voltage. Jahr and Stevens 1990.

    `half` is the magnesium that blocks half of it at no voltage; the block grows e-fold per 1 / `per_volt`.
    """
    return 1 / (1 + magnesium / half * jnp.exp(-per_volt * voltage))


def gating_shift(divalents, at_rest, per_decade):
    """By how much (V) gates must be depolarized further where divalent ions screen the membrane's charge. Hille 1975."""
    return per_decade * jnp.log10(divalents / at_rest)


def release(calcium, magnesium, half_calcium, half_magnesium, power):
    """Transmitter released, up to a factor, where magnesium competes with calcium. Dodge and Rahamimoff 1967."""
    return (calcium / (1 + calcium / half_calcium + magnesium / half_magnesium)) ** power


def softplus(x):
    """log(1 + exp(x)); few operations, as mechanisms use it often."""
    return jnp.maximum(x, 0.0) + jnp.log1p(jnp.exp(-abs(x)))


def firing(drive, threshold, scale, width):
    """Firing of a kind of fibre relative to that in the worst pain: 0 without drive, 1 at drive 1 with an ordinary threshold.

    `scale` multiplies the threshold (a share of the drive in the worst pain); `width` is how much single fibres differ.
    """
    silent = lambda at: softplus(-at / width)
    height = softplus((1 - threshold) / width) - silent(threshold)
    return (softplus((drive - scale * threshold) / width) - silent(scale * threshold)) / height


def population(drive, threshold, width):
    """Activity of a population of neurons over that without drive, 1 at most; below 0 where the drive is."""
    silent = jnp.tanh(threshold / width)
    return (jnp.tanh((drive - threshold) / width) + silent) / (1 + silent)
