"""Scalars that only listen, solved afterwards on what was recorded of the rest, for many settings of their parameters.

A listener is a system without cells whose first scalar is a clock that runs from 0 to 1 within each step. What it hears
are cubics of that clock, so its Jacobian holds the time derivative and the method keeps its order. Settings are looped
over, so that memory stays flat and any number of them is one program of ordinary width.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from epsom.engine.layout import State, System
from epsom.engine.programs import Program
from epsom.engine.run import Outcome, Protocol, Record, apply, cubic, filled_in, relative_error, seldom
from epsom.engine.step import step


class Played(NamedTuple):
    """The constants of a listener during one step, with what it hears at the step's two ends (2, heard, lanes)."""

    constants: Any
    length: jax.Array
    values: jax.Array
    slopes: jax.Array

    def at(self, clock) -> tuple:
        """A lane of each variable that is heard, by the cubic with true slopes at both ends."""
        return tuple(cubic(clock, self.length, *self.values, *self.slopes))


def _steps_of(record: Record) -> tuple:
    """(lengths, values, slopes) of every step of a piece of record."""
    ends = lambda a: jnp.stack([a[:-1], a[1:]], 1)
    return jnp.diff(record.times), ends(record.values), ends(record.slopes)


def _with_clock(y: State, reading: float) -> State:
    return y._replace(scalars=y.scalars.at[0].set(reading))


def resampled(pieces: list[Record], times: np.ndarray) -> Record:
    """The record of a stretch at other times within it, values and slopes from its cubics."""
    joined = [np.concatenate([np.asarray(getattr(r, name))[: len(r.times) - (i + 1 < len(pieces))] for i, r in enumerate(pieces)])
              for name in Record._fields]
    at, values, slopes = joined
    k = np.clip(np.searchsorted(at, times, side="right") - 1, 0, len(at) - 2)
    h = (at[k + 1] - at[k])[:, None, None]
    x, rise = (times - at[k])[:, None, None] / h, values[k + 1] - values[k]
    first, second = slopes[k], slopes[k + 1]
    return Record(times, cubic(x, h, values[k], values[k + 1], first, second),
                  6 * x * (1 - x) * rise / h + (1 - 4 * x + 3 * x * x) * first + (3 * x * x - 2 * x) * second)


@seldom
def begin(system: System, p, settings, outputs, *, lanes: int, watch) -> Outcome:
    """The outcome before the first event, for each setting (leading axis)."""
    def one(setting):
        c = system.constants({**p, **setting})
        y = State(jnp.zeros((0, lanes)), system.initial(c, lanes))
        held = system.held(c, y)
        return Outcome(y, held, jnp.zeros((len(outputs), len(watch), lanes)), jnp.zeros((len(outputs), 0, lanes)),
                       jnp.zeros(lanes), jnp.zeros_like(held), y.cells)

    return lax.map(one, settings)


def between_steps(lengths, values):
    """Slopes (steps + 1, ...) of what was seen at the ends of steps: of the parabola through three neighbours, so that the cubics between
    them err in the third order. True slopes would take several times as long to compile."""
    h = lengths.reshape(-1, *([1] * (values.ndim - 1)))
    chord = jnp.diff(values, axis=0) / h
    inner = (chord[:-1] * h[1:] + chord[1:] * h[:-1]) / (h[1:] + h[:-1])
    return jnp.concatenate([(2 * chord[:1] - inner[:1]), inner, (2 * chord[-1:] - inner[-1:])])


@Program
def listen(system: System, p, settings, so_far: Outcome, record: Record, fraction, amount, until, outputs,
           *, moves, watch) -> Outcome:
    """An event, then the steps of a piece of record, for each setting after the other."""
    lengths, values, slopes = _steps_of(record)

    def one(case):
        setting, so_far = case
        played = partial(Played, system.constants({**p, **setting}))

        def walk(y, heard):
            c = played(*heard)
            new, e = lax.optimization_barrier(step(system, c, _with_clock(y, 0.0), heard[0]))
            return new, (relative_error(system, new, e), (seen(c, new), system.held(c, new)))

        def seen(c, y):
            return system.observe(c, watch, y, system.derived(c, tuple(jnp.unstack(y.scalars))))

        y = _with_clock(apply(moves, so_far.end, fraction, amount), 0.0)
        c = played(lengths[0], values[0], slopes[0])
        end, (error, later) = lax.scan(walk, y, (lengths, values, slopes))
        found, held = jax.tree.map(lambda a, rest: jnp.concatenate([a[None], rest]), (seen(c, y), system.held(c, y)), later)
        cells = jnp.zeros((len(record.times), *y.cells.shape))
        outcome = filled_in(so_far, record.times, until, outputs, len(lengths), cells, found, between_steps(lengths, found))
        return outcome._replace(end=end, error=jnp.maximum(so_far.error, error.max(0)),
                                leak=jnp.maximum(so_far.leak, abs(held - so_far.held).max(0)))

    return lax.map(one, (settings, so_far))


def afterwards(system: System, p, settings, records: list[list[Record]], protocol: Protocol, outputs,
               *, moves, watch) -> Outcome:
    """Solve listeners along a recorded run, once for each setting.

    Parameters
    ----------
    system : the listeners; hashable by identity. What they hear are the watched variables of the record, in their order.
    p : constants' inputs, a mapping of names to (lanes,) arrays.
    settings : mapping of some of these names to (settings,) or (settings, lanes) arrays that take their place.
    records : pieces between events, as `recorded` gives them; their steps are the steps here. Every stretch has a length.
    protocol, outputs, moves, watch : as in `recorded`, with the moves among the listeners' own scalars.

    Returns
    -------
    Outcome with a leading axis of settings; it has no cells.
    """
    if not all(records):
        raise ValueError("a stretch without length cannot be listened to")
    outcome = begin(system, p, settings, outputs, lanes=records[0][0].values.shape[2], watch=watch)
    nothing = np.zeros_like(protocol.fraction[0]), np.zeros_like(protocol.amount[0])
    for i, pieces in enumerate(records):
        for n, record in enumerate(pieces):
            last = (i, n) == (len(records) - 1, len(pieces) - 1)
            event = (protocol.fraction[i], protocol.amount[i]) if n == 0 else nothing
            outcome = listen(system, p, settings, outcome, record, *event, np.float64(np.inf) if last else record.times[-1],
                             outputs, moves=moves, watch=watch)
    return outcome
