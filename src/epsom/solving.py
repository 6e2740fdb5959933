"""A batch of lanes, solved: what the cells need first, what only listens afterwards, and that again for every coalition of effects."""

from __future__ import annotations

from typing import NamedTuple

import jax
import numpy as np

from epsom import protocol
from epsom.core.errors import ModelError
from epsom.credit import Coalitions
from epsom.engine.listening import afterwards, resampled
from epsom.engine.run import Outcome, Protocol, Record, on_plan, recorded
from epsom.model import Model
from epsom.scenario import Scenario
from epsom.staging import Listeners, listeners_behind, stages

WIDE = 512               # lanes in which coalitions are solved beside each other: so the cost of calling small loops is shared


class Solved(NamedTuple):
    """Of one batch, with lanes last.

    Attributes
    ----------
    out : outcome of the stage with the cells.
    seen : {variable: (times, lanes)} of the readouts of all stages.
    late : (lanes,) largest embedded error of the stage that listens; that of the stage with the cells is in `out`.
    coalitions : (coalitions, times, watched, lanes), or None where they were not asked for.
    """

    out: Outcome
    seen: dict[str, np.ndarray]
    late: np.ndarray
    coalitions: np.ndarray | None


def solve(model: Model, scenario: Scenario, p, times, lanes: int, steps: int, finer: int = 1, asked: Coalitions | None = None,
          wanted: int | None = None, listening: int = 1) -> Solved:
    """Solve a scenario for lanes of parameter values, in stages where the model has them.

    Parameters
    ----------
    p : {the model's parameter key: (lanes,)}.
    times : (times,) s of the readouts.
    steps, finer : as in `engine.run.pieces`.
    listening : into how many each step is parted for what only listens.
    wanted : of so many lanes, the first, coalitions are found; by default of all.
    """
    front, listeners = stages(model)
    moves, events = protocol.compiled(model, scenario, lanes, front)
    if listeners is None and asked is not None:
        raise ModelError("coalitions of effects were asked for, but nothing in this model only listens", "Ask for none, or state a complaint",
                         key="asked")
    if listeners is None:
        out = jax.device_get(on_plan(model, p, events, times, moves=moves, watch=model.readouts, steps=steps, finer=finer))
        return Solved(out, _by_name(model.readouts, out.seen), np.zeros(lanes), None)
    watch = tuple(dict.fromkeys((*front.readouts, *listeners.heard)))
    out, records = recorded(front, p, events, times, moves=moves, watch=watch, steps=steps, finer=finer)
    heard = [[part for record in pieces for part in _parted(_only(record, watch, listeners.heard), listening)] for pieces in records]
    moves, events = protocol.compiled(model, scenario, lanes, listeners)
    then = afterwards(listeners, p, _as_it_is(p), heard, events, times, moves=moves, watch=listeners.readouts)
    out, then = jax.device_get((out, then))
    every = None if asked is None else _every_coalition(model, scenario, p, watch, records, asked, wanted or lanes)
    return Solved(out, _by_name(watch, out.seen) | _by_name(listeners.readouts, then.seen[0]), then.error[0], every)


def _as_it_is(p) -> dict[str, np.ndarray]:
    """One setting that changes nothing."""
    key = min(p)
    return {key: np.asarray(p[key])[None]}


def _by_name(names, seen) -> dict[str, np.ndarray]:
    return {name: seen[:, i] for i, name in enumerate(names)}


def _only(record: Record, watch: tuple[str, ...], heard: tuple[str, ...]) -> Record:
    where = np.array([watch.index(name) for name in heard], int)
    return Record(record.times, record.values[:, where], record.slopes[:, where])


def _parted(record: Record, times: int) -> list[Record]:
    """A piece of record in so many pieces of as many steps."""
    if times == 1:
        return [record]
    steps = len(record.times) - 1
    fine = resampled([record], np.interp(np.arange(times * steps + 1) / times, np.arange(steps + 1), np.asarray(record.times)))
    return [Record(*(values[k * steps:(k + 1) * steps + 1] for values in fine)) for k in range(times)]


def _check_effects(listeners: Listeners, effects: tuple[str, ...]) -> None:
    """Switches act on what listens, never on what the cells need."""
    listening = {copy.mechanism.name for copy in listeners.copies}
    for key in effects:
        if key.partition(".")[0] not in listening:
            raise ModelError(f"'{key}' switches nothing that only listens", "Name a parameter of a mechanism that no cell and no amount "
                             "depends on", key=key)


def _every_coalition(model: Model, scenario: Scenario, p, watch, records, asked: Coalitions, wanted: int) -> np.ndarray:
    """(coalitions, times, watched, lanes) of the first lanes, `wanted` or a few more, by those listeners alone that matter to what is
    watched. The fewer the lanes the more coalitions stand beside each other, so that one program does for any number."""
    listeners = listeners_behind(model, asked.watched)
    _check_effects(listeners, asked.effects)
    lanes, end = min(1 << (wanted - 1).bit_length(), len(next(iter(p.values())))), asked.times[-1]
    beside = max(1, WIDE // lanes)
    moves, events = protocol.compiled(model, scenario, beside * lanes, listeners)
    starts = [start for start in events.times[:-1] if start < end]
    ends = np.minimum(events.times[1: len(starts) + 1], end)
    grid = np.linspace(0, 1, asked.steps + 1) ** 3
    shorter = [[_beside(resampled([_only(r, watch, listeners.heard) for r in pieces], a + (b - a) * grid), lanes, beside)]
               for pieces, a, b in zip(records, starts, ends)]
    until = Protocol(np.array([*starts, end]), events.fraction[: len(starts)], events.amount[: len(starts)])
    repeated = {key: np.tile(value[:lanes], beside) for key, value in p.items()}
    each = asked.settings.astype(float)
    on = np.resize(each, (-(-len(each) // beside) * beside, each.shape[1]))
    found = []
    for few in on.reshape(-1, beside, len(asked.effects)):
        settings = {key: np.repeat(few[:, i], lanes)[None] for i, key in enumerate(asked.effects)}
        seen = afterwards(listeners, repeated, settings, shorter, until, asked.times, moves=moves, watch=asked.watched).seen
        found.append(np.moveaxis(np.asarray(jax.device_get(seen))[0].reshape(len(asked.times), len(asked.watched), beside, lanes), 2, 0))
    return np.concatenate(found)[: len(each)]


def _beside(record: Record, lanes: int, times: int) -> Record:
    """The first lanes so many times beside each other."""
    beside = lambda values: np.tile(values[..., :lanes], (1, 1, times))
    return record._replace(values=beside(record.values), slopes=beside(record.slopes))
