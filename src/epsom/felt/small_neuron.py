"""A small neuron of the dorsal root ganglion in one compartment, for verification only: no mechanism reads it.

What a shift of its gates does to its threshold stands behind `nociceptor.threshold_per_volt`. Divalent ions at the surface of a
membrane change what its gates see, and not the driving force of ions: each gate sees the membrane's voltage less the shift.

Two sodium channels (Nav1.7, Nav1.8), a delayed rectifier, an A-type potassium channel and a leak, after Verma and others 2020
(`small_drg` in sources.bib); conductances, reversal potentials and their spreads stand in `data/verification/small_neuron.toml`, the
kinetics below. Per area of membrane. Classical Runge-Kutta steps of order 4; pulses begin and end on steps. The last axis of every
array is lanes: neurons that are solved side by side.
"""

from __future__ import annotations

from functools import cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from epsom.core.draws import Draws
from epsom.core.parameter import document
from epsom.engine.programs import prepare

CHANNELS = ("nav17", "nav18", "delayed_rectifier", "a_type")
CHANNEL_OF_GATE = (0, 0, 0, 1, 1, 2, 3, 3)               # Nav1.7 m h s, Nav1.8 m h, delayed n, A-type n h
EVERY_GATE = (1, 1, 1, 1, 1, 1, 1, 1)                    # share of the shift that each gate sees
SODIUM_ONLY = (1, 1, 1, 1, 1, 0, 0, 0)
ACTIVATION_ONLY = (1, 0, 0, 1, 0, 1, 1, 0)

# Kinetics as published, in mV and 1/ms. Sigmoids: base + height / (1 + exp((v - middle) / width)). Bells: base + height
# exp(-((v - middle) / width)^2 / 2), times in ms. Rates of opening and closing of the first four gates, in their order:
OPENING = ((0.0, 15.5, 5.0, -12.08), (0.0, 0.38685, -122.35, 15.29), (3e-5, 9.2e-4, -93.9, 16.6), (2.85, -2.839, 1.159, 13.95))
CLOSING = ((0.0, 35.2, -72.7, 16.7), (-0.00283, 2.00283, -5.5266, -12.70195), (132.05, -132.05, 384.9, 28.5), (0.0, 7.6205, -46.463, 8.8289))
# Steady states of the other four, and times of three of them:
STEADY = ((0.0, 1.0, -32.2, 4.0), (0.0, 1.0, -14.62, -18.38), (0.0, 1.0, -5.4, -16.4), (0.0, 1.0, -49.9, 4.6))
TIME = {4: (1.218, 42.043, -38.1, 15.19), 6: (0.25, 10.04, -24.67, 34.8), 7: (20.0, 50.0, -40.0, 40.0)}
A_TYPE_POWER = 4                                         # of the steady state of its activation
DELAYED_OPENING = (0.01265, -14.273, 10.0)               # rate at the middle, middle, width
DELAYED_CLOSING = (0.125, -55.0, 2.5)
DELAYED_LEAST = 1.0                                      # ms, added to its time
PER_MILLI = 1e3                                          # V to mV, 1/ms to 1/s

STEP = 2e-5                                              # s
AFTER = 0.02                                             # s that are watched after a stimulus
SPIKE = 0.0                                              # V that only an action potential passes
SILENT = -0.015                                          # V that just below threshold is not reached: else nothing fires all at once
REST_AMONG = (-0.11, -0.04, 561)                         # V: first, last and number of voltages among which rest is looked for
CURRENTS, CONDUCTANCES = (1e-4, 20.0), (1e-3, 200.0)     # A/m^2 and S/m^2: thresholds are looked for between these
HALVINGS = 24                                            # of these on a log scale: to 1e-6
JUST_BELOW = 0.99                                        # of a threshold


class Stimulus(NamedTuple):
    """What is done to the neuron from time 0 on."""

    duration: float                    # s
    rising: bool = False               # from nothing to its size over the duration; else its size at once
    by_channels: bool = False          # its size is a conductance (S/m^2) that reverses at 0 V; else a current (A/m^2)


class Neuron(NamedTuple):
    """Neurons side by side."""

    conductance: jax.Array             # (5, lanes) S/m^2: four channels, leak
    reversal: jax.Array                # (5, lanes) V
    capacitance: jax.Array             # (lanes,) F/m^2
    unseen: jax.Array                  # (8, lanes) V of the membrane's voltage that each gate does not see
    speed: jax.Array                   # (lanes,) of all gates, relative to the published


class Threshold(NamedTuple):
    """Where neurons begin to fire: (lanes,) each."""

    size: np.ndarray                   # of the stimulus; nan where it has no rest, fires without, not at all, or not all at once
    below: np.ndarray                  # V: highest voltage just below


@cache
def parameters():
    """{name: Parameter} of the published neuron."""
    return document("verification", "small_neuron").parameters


def published() -> dict[str, np.ndarray]:
    """Middle values in SI, (1,) each."""
    return {name: np.array([p.si]) for name, p in parameters().items()}


def drawn(count: int, seed: int) -> dict[str, np.ndarray]:
    """Values in SI of so many neurons, (count,) each."""
    return Draws(knowledge=count, seed=seed).values(parameters())


def neuron(values, shift, share=EVERY_GATE, lowered=0.0) -> Neuron:
    """Neurons with these values whose gates are shifted by `shift` (V; positive: they open at higher voltages).

    share : of the shift that each of the eight gates sees. lowered : V by which every reversal potential is lower.
    """
    prepare()
    lanes = np.broadcast_shapes(np.shape(shift), np.shape(lowered), *(np.shape(value) for value in values.values()))
    at = lambda name: np.broadcast_to(values[name], lanes)
    stack = lambda rows: jnp.array(np.stack([np.broadcast_to(row, lanes) for row in rows]))
    offset = [at(f"{name}_midpoint_shift") for name in CHANNELS]
    sodium, potassium = at("sodium_reversal"), at("potassium_reversal")
    return Neuron(stack([at(f"{name}_conductance") for name in (*CHANNELS, "leak")]),
                  stack([sodium, sodium, potassium, potassium, at("leak_reversal")]) - jnp.array(np.broadcast_to(lowered, lanes)),
                  jnp.array(at("capacitance")),
                  stack([offset[channel] + part * np.asarray(shift) for channel, part in zip(CHANNEL_OF_GATE, share)]),
                  jnp.array(at("gate_speed")))


def _sigmoid(v, rows):
    base, height, middle, width = (jnp.array(column)[:, None] for column in zip(*rows))
    return base + height / (1 + jnp.exp((v - middle) / width))


def _delayed_rate(v):
    """1/ms; the quotient is smooth through its middle."""
    at, middle, width = DELAYED_OPENING
    x = (v - middle) / width
    near = abs(x) < 1e-6
    safe = jnp.where(near, 1.0, x)
    opening = at * jnp.where(near, 1 + x / 2, safe / -jnp.expm1(-safe))
    closing, middle, width = DELAYED_CLOSING
    return 1 / (DELAYED_LEAST + 1 / (opening + closing * jnp.exp(-(v - middle) / width)))


def gates(n: Neuron, voltage):
    """(where each gate goes at this voltage, how fast in 1/s): (8, lanes) each."""
    v = PER_MILLI * (voltage - n.unseen)
    opening, closing = _sigmoid(v[:4], OPENING), _sigmoid(v[:4], CLOSING)
    steady = _sigmoid(v[4:], STEADY)
    bell = lambda gate: TIME[gate][0] + TIME[gate][1] * jnp.exp(-(((v[gate] - TIME[gate][2]) / TIME[gate][3]) ** 2) / 2)
    rate = jnp.stack([1 / bell(4), _delayed_rate(v[5]), 1 / bell(6), 1 / bell(7)])
    goal = jnp.concatenate([opening / (opening + closing), steady.at[2].power(A_TYPE_POWER)])
    return goal, PER_MILLI * n.speed * jnp.concatenate([opening + closing, rate])


def outward(n: Neuron, voltage, gate):
    """Ionic current out of the neuron, A/m^2."""
    m7, h7, s7, m8, h8, delayed, a, b = gate
    opened = jnp.stack([m7**3 * h7 * s7, m8 * h8, delayed, a * b, jnp.ones_like(a)])
    return (n.conductance * opened * (voltage - n.reversal)).sum(0)


def rates(n: Neuron, state, current, conductance):
    """(9, lanes): voltage (V/s) and gates (1/s), with a current into the neuron and a conductance that reverses at 0 V."""
    voltage, gate = state[0], state[1:]
    goal, rate = gates(n, voltage)
    slope = (current - conductance * voltage - outward(n, voltage, gate)) / n.capacitance
    return jnp.concatenate([slope[None], rate * (goal - gate)])


@jax.jit
def rest(n: Neuron):
    """(9, lanes): the steady state at the lowest voltage at which the current turns outward; nan where there is none to be looked for."""
    steady = lambda v: outward(n, v, gates(n, v)[0])
    among = jnp.linspace(*REST_AMONG)
    positive = jax.vmap(lambda v: steady(jnp.full_like(n.capacitance, v)) > 0)(among)
    first = jnp.argmax(positive, 0)
    low, high = among[jnp.maximum(first - 1, 0)], among[first]

    def halve(_, ends):
        low, high = ends
        middle = (low + high) / 2
        out = steady(middle) > 0
        return jnp.where(out, low, middle), jnp.where(out, middle, high)
    voltage = jnp.where(positive.any(0), sum(jax.lax.fori_loop(0, 50, halve, (low, high))) / 2, jnp.nan)
    return jnp.concatenate([voltage[None], gates(n, voltage)[0]])


def _advance(n: Neuron, stimulus: Stimulus, size, step: float):
    """(state after one step from a state and its number, number of steps in all)."""
    steps = round(stimulus.duration / step)

    def slope(state, index, part):
        now = size * jnp.where(index < steps, (index + part) / steps if stimulus.rising else 1.0, 0.0)
        return rates(n, state, *((0.0 * now, now) if stimulus.by_channels else (now, 0.0 * now)))

    def advance(state, index):
        one = slope(state, index, 0.0)
        two = slope(state + step / 2 * one, index, 0.5)
        three = slope(state + step / 2 * two, index, 0.5)
        four = slope(state + step * three, index, 1.0)
        return state + step / 6 * (one + 2 * two + 2 * three + four)
    return advance, steps + round(AFTER / step)


@partial(jax.jit, static_argnames=("stimulus", "step"))
def course(n: Neuron, start, stimulus: Stimulus, size, step: float = STEP):
    """(steps, 9, lanes): states after each step of neurons that begin at `start` (9, lanes) and get a stimulus of this size (lanes,)."""
    advance, steps = _advance(n, stimulus, size, step)
    one = lambda state, index: (advance(state, index),) * 2
    return jax.lax.scan(one, start, jnp.arange(steps))[1]


@partial(jax.jit, static_argnames=("stimulus", "step"))
def peak(n: Neuron, start, stimulus: Stimulus, size, step: float = STEP):
    """(lanes,): highest voltage of a `course`, V, without keeping it."""
    advance, steps = _advance(n, stimulus, size, step)

    def one(carry, index):
        state = advance(carry[0], index)
        return (state, jnp.maximum(carry[1], state[0])), None
    return jax.lax.scan(one, (start, start[0]), jnp.arange(steps))[0][1]


def threshold(n: Neuron, stimulus: Stimulus, step: float = STEP) -> Threshold:
    """Where neurons at rest begin to fire, by bisection to 1e-6."""
    start = rest(n)
    fires = lambda size: np.asarray(peak(n, start, stimulus, jnp.asarray(size), step)) > SPIKE
    least, most = CONDUCTANCES if stimulus.by_channels else CURRENTS
    low, high = np.full(start.shape[1], np.log(least)), np.full(start.shape[1], np.log(most))
    bracketed = ~fires(np.exp(low)) & fires(np.exp(high))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        up = fires(np.exp(middle))
        low, high = np.where(up, low, middle), np.where(up, middle, high)
    size = np.exp((low + high) / 2)
    below = np.asarray(peak(n, start, stimulus, jnp.asarray(JUST_BELOW * size), step))
    return Threshold(np.where(bracketed & (below < SILENT), size, np.nan), below)


def per_volt(values, shift: float, stimulus: Stimulus, share=EVERY_GATE) -> np.ndarray:
    """Relative rise of the threshold over the shift (1/V, one for each set of values): the slope of its line, as the nociceptor has it."""
    pair = {name: np.tile(value, 2) for name, value in values.items()}
    count = len(next(iter(values.values())))
    before, after = threshold(neuron(pair, np.repeat([0.0, shift], count), share), stimulus).size.reshape(2, count)
    return (after / before - 1) / shift
