"""From a model, parameters and a protocol to an outcome: a fixed plan of steps. Events are data."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from epsom.engine.layout import State, System, stacked
from epsom.engine.programs import SELDOM, Program
from epsom.engine.step import rates_from, step

FRONT = 1e-5
seldom = partial(Program, effort=SELDOM)


class Protocol(NamedTuple):
    """Events as arrays.

    At the start of segment i, for each move m in turn, `fraction[i, m]` of the source plus `amount[i, m]` goes from the
    source of m to its target. A segment may have no length: then there is the event and no step.
    """

    times: np.ndarray          # (segments + 1,) s: starts of the segments, then the end
    fraction: np.ndarray       # (segments, moves, 1)
    amount: np.ndarray         # (segments, moves, lanes)


class Outcome(NamedTuple):
    """A run of the plan, or what there is of it so far."""

    end: State                 # the state at the end
    held: jax.Array            # (accounts, lanes): amounts before the first event
    seen: jax.Array            # (outputs, watched, lanes)
    cells: jax.Array           # (outputs, cells, lanes)
    error: jax.Array           # (lanes,): largest embedded error of any step, relative to scale + value
    leak: jax.Array            # (accounts, lanes): largest amount that any step left unaccounted for
    depth: jax.Array           # (cells, lanes): where the cells are


class Record(NamedTuple):
    """What was watched at every step of a piece of the plan, with its time derivatives: cubics lie between."""

    times: jax.Array           # (steps + 1,)
    values: jax.Array          # (steps + 1, watched, lanes)
    slopes: jax.Array          # (steps + 1, watched, lanes)


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
    def both(y):
        v = model.derived(c, tuple(jnp.unstack(y.scalars)))
        return model.observe(c, watch, y, v), rates_from(model, c, y, v)

    values, push, slope = jax.linearize(both, y, has_aux=True)
    return values, push(lax.optimization_barrier(slope))


def relative_error(model: System, y: State, e: State):
    """(lanes,): root mean square of the error over all variables, each relative to its scale plus its size; in cells
    also to a small share of the highest value, so that the foot of a steep front does not decide."""
    front = FRONT * abs(y.cells).max(0, initial=0.0)
    square = [((err / (scale + abs(at))) ** 2).sum(0) for err, at, scale in
              ((e.cells, y.cells, model.cell_scale + front), (e.scalars, y.scalars, model.scalar_scale))]
    return jnp.sqrt(sum(square) / (y.cells.shape[0] + y.scalars.shape[0]))


@seldom
def constants(model: System, p):
    """What does not change during a run, for those who want to see it before."""
    return model.constants(p)


@seldom
def start(model: System, p, outputs, cells=None, *, lanes: int, watch) -> tuple:
    """(constants, outcome before the first event). Cells start at zero, because as a rule they hold increments, or at `cells`."""
    c = model.constants(p)
    y = State(jnp.zeros((model.forest.size, lanes)) if cells is None else cells, model.initial(c, lanes))
    held = model.held(c, y)
    return c, Outcome(y, held, jnp.zeros((len(outputs), len(watch), lanes)), jnp.zeros((len(outputs), *y.cells.shape)),
                      jnp.zeros(lanes), jnp.zeros_like(held), model.depths(c) + jnp.zeros_like(y.cells))


def look(model: System, c, watch, y: State):
    """((values, slopes) of what is watched, amounts held)."""
    return value_and_slope(model, c, watch, y), model.held(c, y)


def cubic(x, length, first, last, first_slope, last_slope):
    """The cubic between two ends with these values and slopes, at a share x of the length between them."""
    return first + x * x * (3 - 2 * x) * (last - first) + length * x * (1 - x) * ((1 - x) * first_slope - x * last_slope)


def filled_in(so_far: Outcome, times, until, outputs, steps, cells, values, slopes) -> Outcome:
    """With the outputs from the first of `times` to `until`.

    Cubic Hermite polynomials with true slopes at both ends of a step for what was watched (times, watched, lanes), straight
    lines for the cells (times, cells, lanes). `steps` of the intervals between `times` are in use.
    """
    k = jnp.clip(jnp.searchsorted(times, outputs, side="right") - 1, 0, steps - 1)
    h = (times[k + 1] - times[k])[:, None, None]
    x = (outputs - times[k])[:, None, None] / h
    smooth = cubic(x, h, values[k], values[k + 1], slopes[k], slopes[k + 1])
    straight = cells[k] + x * (cells[k + 1] - cells[k])
    here = ((outputs >= times[0]) & (outputs < until))[:, None, None]
    return so_far._replace(seen=jnp.where(here, smooth, so_far.seen), cells=jnp.where(here, straight, so_far.cells))


@Program
def segment(model: System, c, so_far: Outcome, fraction, amount, times, until, outputs, *,
            moves, watch) -> tuple[Outcome, Record]:
    """An event, then steps from each of `times` (steps + 1,) to the next, with the outputs before `until`.

    The only large program of a plan: one for each model, number of steps and number of lanes.
    """
    y = lax.optimization_barrier(apply(moves, so_far.end, fraction, amount))

    @jax.checkpoint                                           # reverse derivatives keep states only and redo each step
    def one(y, h):
        new, e = lax.optimization_barrier(step(model, c, y, h))
        return new, (new, relative_error(model, new, e))

    end, (later, error) = lax.scan(one, y, jnp.diff(times))
    states = jax.tree.map(lambda first, rest: jnp.concatenate([first[None], rest]), y, later)
    (values, slopes), held = lax.map(partial(look, model, c, watch), states)
    outcome = filled_in(so_far, times, until, outputs, len(times) - 1, states.cells, values, slopes)._replace(
        end=end, error=jnp.maximum(so_far.error, error.max(0)), leak=jnp.maximum(so_far.leak, abs(held - so_far.held).max(0)))
    return outcome, Record(times, values, slopes)


@seldom
def event(model: System, c, so_far: Outcome, fraction, amount, at, outputs, *, moves, watch) -> Outcome:
    """An event alone, as at the start of a segment without length; outputs from then on hold what is there just after it."""
    y = apply(moves, so_far.end, fraction, amount)
    (values, _), held = look(model, c, watch, y)
    here = (outputs >= at)[:, None, None]
    return so_far._replace(end=y, seen=jnp.where(here, values, so_far.seen), cells=jnp.where(here, y.cells, so_far.cells),
                           leak=jnp.maximum(so_far.leak, abs(held - so_far.held)))


def on_plan(model: System, p, protocol: Protocol, outputs, *, moves, watch, steps: int, finer: int = 1) -> Outcome:
    """The outcome of `pieces`, of which only the last is kept."""
    for _, outcome, _ in pieces(model, p, protocol, outputs, moves=moves, watch=watch, steps=steps, finer=finer):
        last = outcome
    return last


def recorded(model: System, p, protocol: Protocol, outputs, *, moves, watch, steps: int,
             finer: int = 1) -> tuple[Outcome, list[list[Record]]]:
    """(the outcome of `pieces`, for each stretch between events its `finer` pieces of record)."""
    records: list[list[Record]] = [[] for _ in protocol.times[1:]]
    for i, outcome, record in pieces(model, p, protocol, outputs, moves=moves, watch=watch, steps=steps, finer=finer):
        last = outcome
        records[i] += [] if record is None else [record]
    return last, records


def pieces(model: System, p, protocol: Protocol, outputs, *, moves, watch, steps: int,
           finer: int = 1) -> Iterator[tuple[int, Outcome, Record | None]]:
    """Run the plan: `finer` times `steps` steps in each stretch between events, at fractions (i / n)^3 of it.

    Smooth in the parameters. Number and times of events, and `finer`, are data: they compile nothing new. Under derivatives
    in times or amounts (`gradient`) every segment must have a length.

    Parameters
    ----------
    model : hashable by identity; part of the program, as are `moves` (pairs of scalar indices), `watch` and `steps`.
    p : constants' inputs, a mapping of names to (lanes,) arrays.
    protocol, outputs : events, and the times (outputs,) wanted; at an event the value just after it.

    Yields
    ------
    (number of the segment, outcome so far, record of this piece or None where there was an event and no step).
    """
    c, outcome = start(model, p, outputs, lanes=protocol.amount.shape[2], watch=watch)
    grid = np.linspace(0, 1, finer * steps + 1) ** 3
    nothing = np.zeros(protocol.fraction.shape[1:]), np.zeros(protocol.amount.shape[1:])
    segments = len(protocol.times) - 1
    for i in range(segments):
        moved = protocol.fraction[i], protocol.amount[i]
        if isinstance(protocol.times, np.ndarray) and protocol.times[i] == protocol.times[i + 1]:
            outcome = event(model, c, outcome, *moved, protocol.times[i], outputs, moves=moves, watch=watch)
            yield i, outcome, None
            continue
        times = protocol.times[i] * (1 - grid) + protocol.times[i + 1] * grid
        for n in range(finer):
            piece = times[n * steps:(n + 1) * steps + 1]
            until = np.float64(np.inf) if (i, n) == (segments - 1, finer - 1) else piece[-1]
            outcome, record = segment(model, c, outcome, *(moved if n == 0 else nothing), piece, until, outputs, moves=moves,
                                      watch=watch)
            yield i, outcome, record


@Program
def gradient(model: System, p, protocol: Protocol, outputs, weights, *, moves, watch, steps: int):
    """(value, its gradient in every parameter) of sum(weights x what is watched), in reverse: the cost does not grow with
    the number of parameters, but compiling takes about a minute.

    weights : (outputs, watched, lanes). Other arguments as in `on_plan`; the gradient is shaped like `p`.
    """
    def value(p):
        return (weights * on_plan(model, p, protocol, outputs, moves=moves, watch=watch, steps=steps).seen).sum()

    return jax.value_and_grad(value)(p)
