"""The adaptive mode: steps as long as the embedded error allows, shared by all lanes of a batch."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from epsom.engine.layout import State, System
from epsom.engine.programs import Program
from epsom.engine.run import Outcome, Protocol, apply, event, filled_in, look, relative_error, start
from epsom.engine.step import step

ROOM = 192               # steps in one call of the program; a segment that needs more takes further calls
FIRST = 1e-6             # first step after an event, as a share of the segment
LEAST = 1e-12            # a lane that would need a shorter step than this share of the segment is given up
SAFETY, SHRINK, GROW = 0.9, 0.2, 5.0


class Walk(NamedTuple):
    """Where an adaptive run is within a segment."""

    time: jax.Array
    length: jax.Array          # of the next step to try
    state: State
    count: jax.Array           # accepted steps
    tried: jax.Array
    times: jax.Array           # (room + 1,); infinite where nothing is stored yet
    states: State              # (room + 1, ...)
    error: jax.Array           # (lanes,): largest accepted; infinite for a lane that was given up


@Program
def stretch(model: System, c, so_far: Outcome, fraction, amount, begin, first, end, least, tolerance, until, outputs,
            *, moves, watch, room: int):
    """An event, then at most `room` steps towards `end`: (outcome, time reached, length of the next step, steps tried)."""
    y = lax.optimization_barrier(apply(moves, so_far.end, fraction, amount))
    states = jax.tree.map(lambda a: jnp.zeros((room + 1, *a.shape), a.dtype).at[0].set(a), y)
    walk = Walk(begin, first, y, jnp.array(0), jnp.array(0), jnp.full(room + 1, jnp.inf).at[0].set(begin), states, so_far.error)

    def going(w: Walk):
        return (w.time < end) & (w.count < room)

    def one(w: Walk):
        h = jnp.where(w.time + 1.01 * w.length >= end, end - w.time, w.length)
        new, e = lax.optimization_barrier(step(model, c, w.state, h))
        found = relative_error(model, new, e)
        alive = jnp.isfinite(w.error)
        found = jnp.where(jnp.isfinite(found), found, jnp.inf)
        worst = jnp.where(alive, found, 0.0).max() / tolerance
        last_try = w.length <= least
        accepted = (worst <= 1.0) | last_try
        kept = alive & (~last_try | (found <= tolerance))
        new = jax.tree.map(lambda new, old: jnp.where(accepted & kept, new, old), new, w.state)
        error = jnp.where(accepted, jnp.where(kept, jnp.maximum(w.error, found), jnp.inf), w.error)
        lost = (alive & ~kept).any()                          # what made the step so short is gone: try the same length again
        longer = jnp.clip(SAFETY * jnp.maximum(worst, 1e-12) ** -0.25, SHRINK, GROW) * h
        longer = jnp.where(accepted & (h < w.length), jnp.maximum(longer, w.length), longer)     # it was only cut at the end
        count = w.count + accepted
        time = jnp.where(accepted, jnp.where(h == end - w.time, end, w.time + h), w.time)
        put = lambda all_of_them, x: lax.dynamic_update_index_in_dim(all_of_them, x, count, 0)
        return Walk(time, jnp.where(lost, h, longer), new, count, w.tried + 1, put(w.times, time),
                    jax.tree.map(put, w.states, new), error)

    w = lax.while_loop(going, one, walk)
    empty = jax.tree.map(lambda a: jnp.zeros((room + 1, *a.shape), a.dtype),
                         jax.eval_shape(partial(look, model, c, watch), y))
    (values, slopes), held = lax.fori_loop(0, w.count + 1, lambda i, all_of_them: jax.tree.map(
        lambda a, x: lax.dynamic_update_index_in_dim(a, x, i, 0), all_of_them,
        look(model, c, watch, jax.tree.map(lambda a: a[i], w.states))), empty)
    used = (jnp.arange(room + 1) <= w.count)[:, None, None]
    leak = jnp.where(used, abs(held - so_far.held), 0.0).max(0)
    until = jnp.where(w.time < end, w.time, until)
    outcome = filled_in(so_far, w.times, until, outputs, w.count, w.states.cells, values, slopes)._replace(
        end=w.state, error=w.error, leak=jnp.maximum(so_far.leak, leak))
    return outcome, w.time, w.length, w.tried


def adaptively(model: System, p, protocol: Protocol, outputs, *, moves, watch, tolerance: float,
               room: int = ROOM, cells=None) -> tuple[Outcome, int]:
    """(outcome, steps tried) with embedded errors below `tolerance`, relative to scale plus value, in each step.

    A lane whose step would become shorter than 1e-12 of a segment is given up: its error is infinite and it stands still
    while the others go on. `room` is the number of steps in one call of the program. A segment that begins without an event
    goes on with the step that the one before it ended with, so ends of segments at output times cost little; what the cells
    hold at such an output is then no straight line but the state itself. Other arguments as in `on_plan`.
    """
    outputs = np.asarray(outputs, float)
    c, outcome = start(model, p, outputs, cells, lanes=protocol.amount.shape[2], watch=watch)
    nothing = np.zeros_like(protocol.fraction[0]), np.zeros_like(protocol.amount[0])
    steps, length = 0, np.float64(0.0)
    for begin, end, *moved in zip(protocol.times[:-1], protocol.times[1:], protocol.fraction, protocol.amount):
        if begin == end:
            outcome, length = event(model, c, outcome, *moved, begin, outputs, moves=moves, watch=watch), np.float64(0.0)
            continue
        until = np.float64(np.inf) if end == protocol.times[-1] else end
        quiet = length > 0 and not any(map(np.any, moved))
        time, length = np.float64(begin), np.float64(min(length, end - begin) if quiet else FIRST * (end - begin))
        while time < end:
            outcome, time, length, tried = stretch(model, c, outcome, *moved, time, length, end, LEAST * (end - begin),
                                                   np.float64(tolerance), until, outputs, moves=moves, watch=watch, room=room)
            time, length, steps, moved = np.float64(time), np.float64(length), steps + int(tried), nothing
    return outcome, steps
