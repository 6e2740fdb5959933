"""From a model, constants and a protocol to a path: a fixed plan of steps in one scan. Events are data."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from epsom.engine.layout import State, System
from epsom.engine.step import rates, step


class Protocol(NamedTuple):
    """Events as arrays: other doses or times change data, not the compiled program.

    At the start of segment i, for each move m in turn, `fraction[i, m]` of the source plus `amount[i, m]` goes from the
    source of m to its target.
    """

    times: np.ndarray          # (segments + 1,) s: starts of the segments, then the end
    fraction: np.ndarray       # (segments, moves, 1)
    amount: np.ndarray         # (segments, moves, lanes)


class Path(NamedTuple):
    """What was watched, at both ends of every step, with slopes, so that cubic output is honest across events."""

    start: jax.Array           # (steps,)
    width: jax.Array           # (steps,)
    ends: tuple                # value and slope at the start, value and slope at the end: (steps, watched, lanes) each
    cells: tuple               # cells at the start and at the end: (steps, cells, lanes) each


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
    return y._replace(scalars=jnp.stack(s))


def value_and_slope(model: System, c, watch, y: State):
    """Watched variables with their time derivatives."""
    slope = lax.optimization_barrier(rates(model, c, y))
    return jax.jvp(lambda y: model.observe(c, watch, y), (y,), (slope,))


def relative_error(model: System, y: State, e: State):
    """(lanes,): root mean square of the error over all variables, each relative to its scale plus its size."""
    square = [((err / (scale + abs(at))) ** 2).sum(0) for err, at, scale in
              ((e.cells, y.cells, model.cell_scale), (e.scalars, y.scalars, model.scalar_scale))]
    return jnp.sqrt(sum(square) / (y.cells.shape[0] + y.scalars.shape[0]))


def sample(path: Path, times):
    """(watched, cells) at any times: cubic Hermite values of what was watched (times, watched, lanes), straight lines
    between steps for the cells (times, cells, lanes). At an event: the value just after it."""
    k = jnp.searchsorted(path.start, times, side="right") - 1
    h = path.width[k][:, None, None]
    x = (times - path.start[k])[:, None, None] / h
    v0, f0, v1, f1 = (a[k] for a in path.ends)
    seen = v0 + x * x * (3 - 2 * x) * (v1 - v0) + h * x * (1 - x) * ((1 - x) * f0 - x * f1)
    u0, u1 = (a[k] for a in path.cells)
    return seen, u0 + x * (u1 - u0)


@partial(jax.jit, static_argnames=("model", "moves", "watch", "steps"))
def on_plan(model: System, p, protocol: Protocol, outputs, *, moves, watch, steps: int) -> Outcome:
    """Run the plan: `steps` steps in each segment, at fractions (i/steps)^3 of it; smooth in the parameters.

    Parameters
    ----------
    model : hashable by identity; part of the program, as are `moves` (pairs of scalar indices), `watch` and `steps`.
    p : constants' inputs, a mapping of names to (lanes,) arrays.
    protocol, outputs : data.

    Cells start at zero: they hold increments over the baseline.
    """
    c = model.constants(p)
    segments, _, lanes = protocol.amount.shape
    grid = jnp.linspace(0, 1, steps + 1) ** 3
    start = (protocol.times[:-1, None] + jnp.diff(protocol.times)[:, None] * grid).reshape(segments, steps + 1)
    width = jnp.diff(start, axis=1).ravel()
    first = (jnp.arange(segments * steps) % steps == 0)[:, None, None]

    def spread(a):                                            # an event belongs to its segment's first step
        return jnp.where(first, jnp.repeat(a, steps, 0), 0.0)

    def one(carry, x):
        y, before = carry
        h, fraction, amount, event = x
        y = lax.optimization_barrier(apply(moves, y, fraction, amount))
        at_start = lax.cond(event, lambda y: value_and_slope(model, c, watch, y), lambda _: before, y)
        new, e = lax.optimization_barrier(step(model, c, y, h))
        at_end = lax.optimization_barrier(value_and_slope(model, c, watch, new))
        out = (at_start + at_end, new.cells, relative_error(model, new, e), abs(model.held(c, new)))
        return (new, at_end), out

    y = State(jnp.zeros((model.forest.size, lanes)), model.initial(c, lanes))
    nothing = (jnp.zeros((len(watch), lanes)),) * 2           # the first step begins with an event
    steps_of = (width, spread(protocol.fraction), spread(protocol.amount), first[:, 0, 0])
    _, (ends, cells, error, leak) = lax.scan(one, (y, nothing), steps_of)
    from_start = jnp.concatenate([y.cells[None], cells[:-1]])
    seen, cells = sample(Path(start[:, :-1].ravel(), width, ends, (from_start, cells)), outputs)
    return Outcome(seen, cells, error.max(0), leak.max(0), model.depths(c))
