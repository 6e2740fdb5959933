"""Mechanisms that only listen, alone: what they hear is played to them, as in a laboratory that holds everything else still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax
import numpy as np

from epsom.core.errors import InputError, nearest
from epsom.engine.listening import afterwards
from epsom.engine.run import Protocol, Record
from epsom.staging import Listeners

STEPS = 32


class Stretch(NamedTuple):
    """What is heard for a while (s), in straight lines from the first value to the second; what is not named rests."""

    duration: float
    heard: Mapping[str, tuple[float, float]]


def play(listeners: Listeners, p, stretches: Sequence[Stretch], rest: Mapping[str, np.ndarray], outputs, watch: tuple[str, ...],
         settings: Mapping[str, np.ndarray] | None = None) -> np.ndarray:
    """Play stretches to listeners.

    Parameters
    ----------
    p : {the model's parameter key: (lanes,)}.
    rest : {variable: number or (lanes,)} of everything that is heard, where nothing is played.
    outputs : (outputs,) s at which it is looked.
    settings : as in `engine.listening.afterwards`; by default one that changes nothing.

    Returns
    -------
    (settings, outputs, watched, lanes).

    Raises
    ------
    InputError : a stretch names what nobody hears.
    """
    lanes = len(next(iter(p.values())))
    unknown = {name for stretch in stretches for name in stretch.heard} - set(listeners.heard)
    if unknown:
        raise InputError(f"nobody hears '{min(unknown)}'", nearest(min(unknown), listeners.heard), key=min(unknown))
    starts = np.concatenate([[0.0], np.cumsum([s.duration for s in stretches])])
    records = [[_record(stretch, start, listeners.heard, rest, lanes)] for stretch, start in zip(stretches, starts)]
    nothing = np.zeros((len(stretches), 0, 1)), np.zeros((len(stretches), 0, lanes))
    key = min(p)
    settings = settings or {key: np.asarray(p[key])[None]}
    out = afterwards(listeners, p, settings, records, Protocol(starts, *nothing), np.asarray(outputs, float), moves=(), watch=watch)
    return np.asarray(jax.device_get(out.seen))


def _record(stretch: Stretch, start: float, heard: tuple[str, ...], rest: Mapping[str, np.ndarray], lanes: int) -> Record:
    x = np.linspace(0, 1, STEPS + 1) ** 3
    values, slopes = np.empty((len(x), len(heard), lanes)), np.zeros((len(x), len(heard), lanes))
    for i, name in enumerate(heard):
        first, last = stretch.heard.get(name, (rest[name], rest[name]))
        values[:, i] = first + x[:, None] * (np.asarray(last) - np.asarray(first))
        slopes[:, i] = (np.asarray(last) - np.asarray(first)) / stretch.duration
    return Record(start + stretch.duration * x, values, slopes)
