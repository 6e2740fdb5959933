"""Trials in small: what was done to people is played to nerve, gate and muscle, and what they would report is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from epsom import setting
from epsom.core import units
from epsom.core.errors import DataError, nearest
from epsom.core.parameter import Parameter
from epsom.model import Model
from epsom.playing import Stretch, play
from epsom.ports import Parameters
from epsom.scenario import Scenario
from epsom.staging import Listeners, in_stages

BASE = "magnesium-lotion-calf"
LAYERS = {"skin": ("viable_epidermis", "papillary_dermis"), "muscle": ("subcutis", "upper_muscle"),
          "everywhere": ("viable_epidermis", "papillary_dermis", "lower_dermis", "subcutis", "upper_muscle")}
RUB = {"rub_pressure": "hands.pressure", "rub_speed": "hands.speed"}
WAYS = {
    "value": lambda arm, start, control, before: arm,
    "fall": lambda arm, start, control, before: start - arm,
    "ratio": lambda arm, start, control, before: arm / control,
    "difference of falls": lambda arm, start, control, before: (start - arm) - (before - control),
    "difference of shares": lambda arm, start, control, before: (start - arm) / start - (before - control) / before,
}
READINGS = 5              # of one trial at most; programs have room for them
Drawn = Callable[[Mapping[str, Parameter]], Mapping[str, np.ndarray]]


class Trial(NamedTuple):
    """What is done to people who hurt.

    Attributes
    ----------
    pain, complaint : at the start.
    play, control : stretches of what is done in the arm, and in the control arm if there is one.
    change, control_change : parameters that are set in each arm.
    """

    pain: float
    complaint: str
    play: Sequence[Mapping]
    change: Mapping[str, float] = {}
    control: Sequence[Mapping] | None = None
    control_change: Mapping[str, float] = {}


class Stage:
    """Everything that is felt, ready to be played to; it watches `watch`.

    Raises
    ------
    DataError : nobody owns what is to be watched; the message names `file`.
    """

    def __init__(self, model: Model, watch: Sequence[str], file: str):
        front, _ = in_stages(model)
        self.model, self.file, self.watch = model, file, tuple(dict.fromkeys(watch))
        self.listeners = Listeners(model, frozenset(m.name for m in front.mechanisms))      # only what holds states is played
        unknown = set(self.watch) - {*model.owner, *model.givers}
        if unknown:
            raise DataError("nobody owns what is read", nearest(min(unknown), (*model.owner, *model.givers)), file=file, key=min(unknown))

    def parameters(self, complaint: str, pain: float) -> dict[str, Parameter]:
        """By the model's keys, for somebody with this complaint."""
        tables = Scenario.load(BASE).tables() | {"complaint": {"kind": complaint, "pain": pain}}
        return setting.parameters(self.model, Scenario.build(tables))

    def outcomes(self, trial: Trial, readings: Sequence[Mapping[str, str]], drawn: Drawn) -> np.ndarray:
        """(readings, lanes) of what is read: a variable, at a time, as one of WAYS.

        drawn : from {key: Parameter} to {key: (lanes,) in SI}.
        """
        if len(readings) > READINGS:
            raise DataError(f"a trial has {READINGS} readings at most", "Play it twice", file=self.file, value=len(readings))
        values = drawn(self.parameters(trial.complaint, trial.pain))
        times = np.array([units.split(read["at"])[0] * units.si_factor(units.split(read["at"])[1]) for read in readings])
        arm = self._arm(trial.play, trial.change, values, times)
        control = arm if trial.control is None else self._arm(trial.control, trial.control_change, values, times)
        found = []
        for k, read in enumerate(readings):
            at = self.watch.index(read["variable"])
            found.append(WAYS[read["as"]](arm[k + 1, at], arm[0, at], control[k + 1, at], control[0, at]))
        return np.stack(found)

    def _arm(self, stretches: Sequence[Mapping], change: Mapping[str, float], values, times: np.ndarray) -> np.ndarray:
        """(1 + READINGS, watched, lanes): at the start and at the times, the last of them again and again."""
        lanes = len(next(iter(values.values())))
        p = dict(values)
        for key, value in change.items():
            if key not in p:
                raise DataError("this changes what the model does not have", nearest(key, p), file=self.file, key=key)
            p[key] = np.full(lanes, value)
        rest = self.rest(p, lanes)
        outputs = np.concatenate([[0.0], times, np.full(READINGS - len(times), times[-1])])
        return play(self.listeners, p, [stretch(table, p, rest) for table in stretches], rest, outputs, self.watch)[0]

    def rest(self, p: Mapping[str, np.ndarray], lanes: int) -> dict[str, np.ndarray]:
        """{variable: (lanes,)} of everything that is heard while nothing is done."""
        still = {"muscle_blood_flow_ratio": np.ones(lanes), "skin_temperature": p["film.skin_temperature"],
                 "free_magnesium_baseline": self._baseline(p)}
        return {name: still.get(name, np.zeros(lanes)) for name in self.listeners.heard}

    def _baseline(self, p: Mapping[str, np.ndarray]) -> np.ndarray:
        copy = next(copy for copy in self.model.copies if "free_magnesium_baseline" in copy.mechanism.gives)
        return np.asarray(copy.mechanism.free_magnesium_baseline(copy.mechanism.constants(Parameters(copy, p)), {}))


def stretch(table: Mapping, p: Mapping[str, np.ndarray], rest: Mapping[str, np.ndarray]) -> Stretch:
    """What is heard during one line of a play."""
    number, unit = units.split(table["for"])
    heard: dict = {}
    for name, layers in LAYERS.items():
        if name in table:
            heard |= {key: (table[name], table[name]) for key in rest if key.partition("_concentration")[0] in layers}
    if "rub" in table:
        heard |= {name: (table["rub"] * p[key], table["rub"] * p[key]) for name, key in RUB.items()}
    if "film" in table:
        heard["film_coverage"] = table["film"], table["film"]
    if "warming" in table:
        heard["skin_warming"] = tuple(table["warming"])
        heard["skin_temperature"] = tuple(rest["skin_temperature"] + x for x in table["warming"])
    if "deep_warming" in table:
        heard["deep_warming"] = tuple(table["deep_warming"])
    return Stretch(number * units.si_factor(unit), heard)
