"""What a model of feeling must do: inputs as in published trials are played to it, and its middle draw is held against a range."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from epsom.core.draws import Draws
from epsom.played_trials import Stage, Trial
from epsom.standard import standard_model

DRAWS = 128              # two batches
LANES = 64
LEVELS = (0.05, 0.5, 0.95)
FILE = "checks.toml"


class Check(NamedTuple):
    """One thing that must happen; `low` and `high` bound the middle draw.

    `calibrated`: its measurement is among the targets of the calibration, so that it is reproduced and not predicted.
    """

    name: str
    trial: Trial
    read: Mapping[str, str]
    low: float
    high: float
    source: str
    where: str
    calibrated: bool


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
    return tomllib.loads((files("epsom") / "data" / "feeling" / FILE).read_text("utf-8"))


def read_trial(table: Mapping) -> tuple[Trial, Mapping]:
    """A trial, and what else stands in its table."""
    return (Trial(**({"complaint": "muscle tightness"} | {key: table[key] for key in Trial._fields if key in table})),
            {key: value for key, value in table.items() if key not in Trial._fields})


def checks() -> tuple[Check, ...]:
    """All checks."""
    found = []
    for table in _document()["check"]:
        trial, other = read_trial(table)
        found.append(Check(trial=trial, **{"calibrated": False} | dict(other)))
    return tuple(found)


def missing() -> list[tuple[str, str]]:
    """[(what happens in people, why the model cannot show it)]."""
    return [(table["name"], table["why"]) for table in _document()["missing"]]


def carried_out(seed: int = 1, draws: int = DRAWS) -> list[Found]:
    """Every check over draws of what is not known.

    Raises
    ------
    DataError : a check reads or changes what the model does not have.
    """
    stage = Stage(standard_model(), [check.read["variable"] for check in checks()], FILE)
    return [_found(check, stage, seed, draws) for check in checks()]


def _found(check: Check, stage: Stage, seed: int, draws: int) -> Found:
    def drawn(first: int):
        def values(parameters):
            by_key = Draws(knowledge=LANES, seed=seed, first=first).values({p.key: p for p in parameters.values()})
            return {key: by_key[p.key] for key, p in parameters.items()}
        return values

    found = np.concatenate([stage.outcomes(check.trial, [check.read], drawn(first))[0] for first in range(0, draws, LANES)])[:draws]
    return Found(check, *(float(q) for q in np.quantile(found, LEVELS)))
