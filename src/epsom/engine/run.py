"""From a model, parameters and a protocol to an outcome: a fixed plan of steps. Events are data."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from epsom.engine.layout import State, System, stacked
from epsom.engine.step import rates, step

FRONT = 1e-5


class Protocol(NamedTuple):
    """Events as arrays.

    At the start of segment i, for each move m in turn, `fraction[i, m]` of the source plus `amount[i, m]` goes from the
    source of m to its target.
    """

    times: np.ndarray          # (segments + 1,) s: starts of the segments, then the end
    fraction: np.ndarray       # (segments, moves, 1)
    amount: np.ndarray         # (segments, moves, lanes)


class Outcome(NamedTuple):
    """One run of the plan."""

    seen: jax.Array            # (outputs, watched, lanes)
    cells: jax.Array           # (outputs, cells, lanes)
    error: jax.Array           # (lanes,): largest embedded error of any step, relative to scale + value
    leak: jax.Array            # (accounts, lanes): largest amount that any step left unaccounted for
    depth: jax.Array           # (cells, lanes): where the cells are


def apply(moves: tuple[tuple[int | None, int | None], ...], y: State, fraction, amount) -> State:
    """One affine map of the scalars; every move gives to its target what it takes from its source."""
    s = list(jnp.unstack(y.scalars))
    for k, (source, target) in enumerate(moves):
        moved = amount[k] + (0.0 if source is None else fraction[k] * s[source])
        if source is not None:
            s[source] = s[source] - moved
        if target is not None:
            s[target] = s[target] + moved
    return y._replace(scalars=stacked(s, y.cells.shape[1]))


def value_and_slope(model: System, c, watch, y: State):
    """Watched variables with their time derivatives."""
    slope = lax.optimization_barrier(rates(model, c, y))
    return jax.jvp(lambda y: model.observe(c, watch, y), (y,), (slope,))


def relative_error(model: System, y: State, e: State):
    """(lanes,): root mean square of the error over all variables, each relative to its scale plus its size; in cells
    also to a small share of the highest value, so that the foot of a steep front does not decide."""
    front = FRONT * abs(y.cells).max(0)
    square = [((err / (scale + abs(at))) ** 2).sum(0) for err, at, scale in
              ((e.cells, y.cells, model.cell_scale + front), (e.scalars, y.scalars, model.scalar_scale))]
    return jnp.sqrt(sum(square) / (y.cells.shape[0] + y.scalars.shape[0]))


@partial(jax.jit, static_argnames=("model", "lanes"))
def start(model: System, p, *, lanes: int) -> tuple[State, jax.Array, jax.Array]:
    """(state before the first event, depth of the cells, amounts held). Cells start at zero: they hold increments."""
    c = model.constants(p)
    y = State(jnp.zeros((model.forest.size, lanes)), model.initial(c, lanes))
    return y, model.depths(c), model.held(c, y)


@partial(jax.jit, static_argnames=("model", "moves", "watch"))
def segment(model: System, p, y: State, held, fraction, amount, times, outputs, *, moves, watch):
    """An event, then steps from each of `times` (steps + 1,) to the next, with output at `outputs`.

    The only large program there is: one for each model, number of steps and number of lanes. Returns the state at the end
    and (seen, cells, error, leak), the leak against the amounts `held` at the start; outputs outside the segment are to be
    ignored. What was watched is interpolated by cubic Hermite polynomials with true slopes at both ends of a step, the
    cells by straight lines.
    """
    c = model.constants(p)
    y = lax.optimization_barrier(apply(moves, y, fraction, amount))
    at_start = lax.optimization_barrier(value_and_slope(model, c, watch, y))

    def one(y, h):
        new, e = lax.optimization_barrier(step(model, c, y, h))
        at_end = lax.optimization_barrier(value_and_slope(model, c, watch, new))
        return new, (at_end, new.cells, relative_error(model, new, e), abs(model.held(c, new) - held))

    end, (ends, cells, error, leak) = lax.scan(one, y, jnp.diff(times))
    values, slopes = (jnp.concatenate([first[None], later]) for first, later in zip(at_start, ends))
    cells = jnp.concatenate([y.cells[None], cells])
    k = jnp.clip(jnp.searchsorted(times, outputs, side="right") - 1, 0, len(times) - 2)
    h = (times[k + 1] - times[k])[:, None, None]
    x = (outputs - times[k])[:, None, None] / h
    rise = values[k + 1] - values[k]
    seen = (values[k] + x * x * (3 - 2 * x) * rise
            + h * x * (1 - x) * ((1 - x) * slopes[k] - x * slopes[k + 1]))
    return end, (seen, cells[k] + x * (cells[k + 1] - cells[k]), error.max(0), leak.max(0))


def on_plan(model: System, p, protocol: Protocol, outputs, *, moves, watch, steps: int, finer: int = 1) -> Outcome:
    """Run the plan: `finer` times `steps` steps in each stretch between events, at fractions (i / n)^3 of it.

    Smooth in the parameters. Number and times of events, and `finer`, are data: they compile nothing new.

    Parameters
    ----------
    model : hashable by identity; part of the program, as are `moves` (pairs of scalar indices), `watch` and `steps`.
    p : constants' inputs, a mapping of names to (lanes,) arrays.
    protocol, outputs : events, and the times (outputs,) wanted; at an event the value just after it.
    """
    lanes = protocol.amount.shape[2]
    y, depth, held = start(model, p, lanes=lanes)
    grid = np.linspace(0, 1, finer * steps + 1) ** 3
    nothing = np.zeros_like(protocol.fraction[0]), np.zeros_like(protocol.amount[0])
    pieces = []
    for begin, end, *event in zip(protocol.times[:-1], protocol.times[1:], protocol.fraction, protocol.amount):
        times = begin + (end - begin) * grid
        times[-1] = end                                       # not a rounding error beyond it
        for n in range(finer):
            piece = times[n * steps:(n + 1) * steps + 1]
            y, out = segment(model, p, y, held, *(event if n == 0 else nothing), piece, outputs, moves=moves, watch=watch)
            pieces.append((piece, out))
    inside = [(outputs >= t[0]) & ((outputs < t[-1]) | (n == len(pieces) - 1)) for n, (t, _) in enumerate(pieces)]
    seen, cells = (sum(jnp.where(here[:, None, None], out[k], 0.0) for here, (_, out) in zip(inside, pieces))
                   for k in (0, 1))
    error, leak = (jnp.stack([out[k] for _, out in pieces]).max(0) for k in (2, 3))
    return Outcome(seen, cells, error, leak, depth)
