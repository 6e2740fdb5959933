"""What a model of feeling must do: inputs as in published trials are played to it, and its middle draw is held against a range."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from epsom import setting
from epsom.core import units
from epsom.core.draws import Draws
from epsom.core.errors import DataError, nearest
from epsom.model import Model
from epsom.playing import Stretch, play
from epsom.scenario import Scenario
from epsom.staging import Listeners, in_stages
from epsom.standard import standard_model

DRAWS = 128              # two batches
LANES = 64
LEVELS = (0.05, 0.5, 0.95)
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


class Check(NamedTuple):
    """One thing that must happen; `low` and `high` bound the middle draw."""

    name: str
    pain: float
    play: list
    read: Mapping[str, str]
    low: float
    high: float
    source: str
    where: str
    complaint: str = "muscle tightness"
    change: Mapping[str, float] = {}
    control: list | None = None
    control_change: Mapping[str, float] = {}


class Found(NamedTuple):
    """5 %, 50 % and 95 % of what was read, over draws."""

    check: Check
    low: float
    middle: float
    high: float

    @property
    def passed(self) -> bool:
        return self.check.low <= self.middle <= self.check.high


@cache
def _document() -> Mapping:
    return tomllib.loads((files("epsom") / "data" / "feeling" / "checks.toml").read_text("utf-8"))


def checks() -> tuple[Check, ...]:
    """All checks."""
    return tuple(Check(**table) for table in _document()["check"])


def missing() -> list[tuple[str, str]]:
    """[(what happens in people, why the model cannot show it)]."""
    return [(table["name"], table["why"]) for table in _document()["missing"]]


def listeners(model: Model) -> Listeners:
    """Everything that is felt, and what it follows from without a state: only what holds states is played."""
    front, _ = in_stages(model)
    return Listeners(model, frozenset(m.name for m in front.mechanisms))


def carried_out(seed: int = 1, draws: int = DRAWS) -> list[Found]:
    """Every check over draws of what is not known.

    Raises
    ------
    DataError : a check reads or changes what the model does not have.
    """
    model = standard_model()
    played = listeners(model)
    watch = tuple(dict.fromkeys(check.read["variable"] for check in checks()))
    unknown = set(watch) - {*model.owner, *model.givers}
    if unknown:
        raise DataError("a check reads what nobody owns", nearest(min(unknown), (*model.owner, *model.givers)), file="checks.toml",
                        key=min(unknown))
    return [_found(check, model, played, watch, seed, draws) for check in checks()]


def _found(check: Check, model: Model, played: Listeners, watch: tuple[str, ...], seed: int, draws: int) -> Found:
    values = []
    for first in range(0, draws, LANES):
        arm, start = _arm(check, check.play, check.change, model, played, watch, seed, first)
        control, before = arm, start
        if check.control:
            control, before = _arm(check, check.control, check.control_change, model, played, watch, seed, first)
        values.append(WAYS[check.read["as"]](arm, start, control, before))
    return Found(check, *(float(q) for q in np.quantile(np.concatenate(values)[:draws], LEVELS)))


def _arm(check: Check, stretches: list, change: Mapping[str, float], model: Model, played: Listeners, watch: tuple[str, ...], seed: int,
         first: int) -> tuple[np.ndarray, np.ndarray]:
    """(lanes,) what is read at the time of reading, and at the start."""
    p, rest = _values(check, change, model, played, seed, first)
    at = units.si_factor(units.split(check.read["at"])[1]) * units.split(check.read["at"])[0]
    seen = play(played, p, [_stretch(table, p, rest) for table in stretches], rest, np.array([0.0, at]), watch)
    read = seen[0, :, watch.index(check.read["variable"])]
    return read[1], read[0]


def _values(check: Check, change: Mapping[str, float], model: Model, played: Listeners, seed: int, first: int):
    """({parameter: lanes}, {what is heard: its value at rest})."""
    tables = Scenario.load(BASE).tables() | {"complaint": {"kind": check.complaint, "pain": check.pain}}
    parameters = setting.parameters(model, Scenario.build(tables))
    drawn = Draws(knowledge=LANES, seed=seed, first=first).values({p.key: p for p in parameters.values()})
    p = {key: drawn[one.key] for key, one in parameters.items()}
    for key, value in change.items():
        if key not in p:
            raise DataError("a check changes what the model does not have", nearest(key, p), file="checks.toml", key=key)
        p[key] = np.full(LANES, value)
    rest = {name: np.zeros(LANES) for name in played.heard} | {"muscle_blood_flow_ratio": np.ones(LANES),
                                                               "skin_temperature": p["film.skin_temperature"]}
    return p, {name: value for name, value in rest.items() if name in played.heard}


def _stretch(table: Mapping, p: Mapping[str, np.ndarray], rest: Mapping[str, np.ndarray]) -> Stretch:
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
