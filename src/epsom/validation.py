"""Cases with numbers to compare with: what others measured or computed beside what this model says, misses included.

A case is a file of `data/validation/`: a scenario, and rows of expected numbers. Two kinds are kept apart: numbers that the
defaults were set on are *reproduced*, the others are *predicted*.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from pydantic import Field

from epsom.core import units
from epsom.core.errors import InputError, nearest
from epsom.core.parameter import document, folder, names
from epsom.result import Result
from epsom.scenario import Scenario
from epsom.schema import Part, Time, build, quantity
from epsom.simulation import simulate
from epsom.standard import standard_model

DRAWS = 500
NEAR = 0.25              # medians within this share of each other agree
LOW, MIDDLE, HIGH = 0.05, 0.5, 0.95


class Expected(Part):
    """One number to compare with: a quantity at a time, its median and its 5 % and 95 %."""

    of: str
    at: Time
    unit: str
    median: float
    low: float
    high: float
    below_corneum: quantity("m", 0.0, 0.03) | None = None

    @property
    def name(self) -> str:
        return f"{self.of}{f' {self.below_corneum} below the corneum' if self.below_corneum else ''} at {self.at}"


class About(Part):
    """What a case is: whose numbers, measured or computed, and whether defaults were set on them."""

    title: str
    text: str = Field(max_length=2000)
    source: str
    measured: bool
    used_for_defaults: bool


class Case(Part):
    """A scenario with numbers to compare with."""

    about: About
    scenario: Scenario
    expected: tuple[Expected, ...]


class Row(NamedTuple):
    """One comparison, in the unit of the case."""

    name: str
    unit: str
    expected: tuple[float, float, float]     # median, 5 %, 95 %
    found: tuple[float, float, float]

    @property
    def ratio(self) -> float:
        """Of the medians, found over expected."""
        return self.found[0] / self.expected[0]

    @property
    def agrees(self) -> bool:
        return abs(self.ratio - 1) <= NEAR


def load(name: str) -> Case:
    """A case that ships with epsom."""
    if name not in names("validation"):
        raise InputError(f"there is no validation case '{name}'", nearest(name, names("validation")), value=name)
    path = folder("validation") / f"{name}.toml"
    return build(Case, tomllib.loads(path.read_text("utf-8")), path.name)


def compare(case: Case, draws: int = DRAWS, seed: int = 1) -> list[Row]:
    """Run the case and put its numbers beside the expected ones."""
    result = simulate(standard_model(case.scenario), case.scenario, draws, seed=seed)
    return [Row(e.name, e.unit, (e.median, e.low, e.high), _found(result, e)) for e in case.expected]


def _found(result: Result, expected: Expected) -> tuple[float, float, float]:
    solute, = result.solutes
    if expected.of not in READ:
        raise InputError(f"'{expected.of}' cannot be compared with", nearest(expected.of, READ), key="expected.of", value=expected.of)
    return tuple(float(x) for x in READ[expected.of](result, solute, expected))


def _tissue(result: Result, solute: str, expected: Expected) -> list[float]:
    """Rise over baseline at a depth."""
    profile, i = result.profiles[solute], _at(result, expected.at.si)
    factor = 1 / units.si_factor(expected.unit)
    return [factor * np.interp(expected.below_corneum.si, profile.depths, profile.quantiles[profile.levels.index(level), i])
            for level in (MIDDLE, LOW, HIGH)]


def _crossed(result: Result, solute: str, expected: Expected) -> list[float]:
    """What has come into living tissue through pores and follicles, per area."""
    return _quantiles(result[f"crossed_amount[{solute}]"][:, _at(result, expected.at.si)], result, solute, expected)


def _flux(result: Result, solute: str, expected: Expected) -> list[float]:
    """Its slope: of the parabola through the stored times around."""
    i = _at(result, expected.at.si)
    t, y = result.times[i - 1:i + 2] - result.times[i], result[f"crossed_amount[{solute}]"][:, i - 1:i + 2]
    before, after = (y[:, 1] - y[:, 0]) / -t[0], (y[:, 2] - y[:, 1]) / t[2]
    return _quantiles((before * t[2] - after * t[0]) / (t[2] - t[0]), result, solute, expected)


def _quantiles(values: np.ndarray, result: Result, solute: str, expected: Expected) -> list[float]:
    molar_mass = document("solutes", solute).parameters["molar_mass"].si
    mass = values * molar_mass / result.scenario.site.area.si / units.si_factor(expected.unit)
    return list(np.quantile(mass, (MIDDLE, LOW, HIGH)))


def _at(result: Result, time: float) -> int:
    return int(np.argmin(abs(result.times - time)))


READ: dict[str, Callable[[Result, str, Expected], list[float]]] = {"tissue": _tissue, "crossed": _crossed, "flux": _flux}
