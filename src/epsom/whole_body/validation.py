"""What the model says to each row of a study: a prediction for the mean of such a cohort, with what nobody knows drawn apart from how
people differ.

Within each draw of what is unknown the regimen is followed for the same virtual people. Their mean (or median) predicts the cohort's;
it is widened by the standard error that the study tells, or, where it tells none, by the model's spread between people over the root
of their number. A row is in where the measured mean lies within the 90 % interval of that. A told standard deviation is compared with
the model's in words only. Rows that must never be compared with have no reading (`Aside`), so nothing here can see them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from epsom.core import units
from epsom.core.draws import Draws
from epsom.core.parameter import all_parameters, document
from epsom.whole_body.reading import READINGS, moments
from epsom.whole_body.study import BETWEEN_PEOPLE, OF_MEDIAN, Row, Study

KNOWLEDGE, PEOPLE = 40, 64
LEVELS = 0.5, 0.05, 0.95
SLICES = 400                                                       # of a normal standard error, by equal chance
SCORES = np.array([NormalDist().inv_cdf((i + 0.5) / SLICES) for i in range(SLICES)])
BLOOD = "serum_concentration", "ionised_concentration"
TWO_SAMPLES = 1.96 * 2**0.5                                        # of a single one's coefficient of variation: a change that counts


class Kind(Enum):
    """How a row is judged; the value says it."""

    MEASUREMENT = ("in where the measured mean lies within the 90 % interval of the mean of such a cohort, widened by the study's standard "
                   "error (by the model's spread between people over the root of their number where none is told)")
    MODEL = "in where the other model's number lies within the 90 % interval of the mean of many people"
    RULE = "in where the measured value lies within the 90 % interval of a default; no run of the model"
    BOUND = "negative controls: in where the upper end of the 90 % interval stays below what would have been noticed"
    LIMIT = "in where the upper end of the 90 % interval stays below the limit that was told"


class Prediction(NamedTuple):
    """Of the mean of a cohort: median, 5 and 95 %; and the standard deviation between people, one reading each."""

    interval: tuple[float, float, float]
    between: float | None


@dataclass(frozen=True)
class Compared:
    """One row with what the model says, in the row's unit."""

    study: str
    about: object
    row: Row
    kind: Kind
    used: bool
    n: int | None
    predicted: Prediction

    @property
    def told(self) -> float:
        """The measured value, or the limit."""
        return self.row.value if self.row.below is None else self.row.below

    @property
    def inside(self) -> bool:
        """Whether the model agrees, as its kind says; a number that is none never does."""
        _, low, high = self.predicted.interval
        return high < self.told if self.row.below is not None else low <= self.told <= high

    @property
    def verdict(self) -> str:
        return "in" if self.inside else "out"

    @property
    def spread(self) -> str:
        """The told spread in words, beside the model's where it is one between people."""
        if self.row.spread is None:
            return ""
        told = f"{self.row.spread_kind} {self.row.spread:.2g}"
        if self.row.spread_kind in BETWEEN_PEOPLE and self.predicted.between is not None:
            told += f", the model's people {self.predicted.between:.2g}"
        return told


def compare(name: str, study: Study, rows: Sequence[Row] | None = None, knowledge: int = KNOWLEDGE, people: int = PEOPLE,
            seed: int = 1, say: Callable[[str], None] | None = None) -> list[Compared]:
    """Some rows of a study, or all, with what the model says to them; regimens that no row needs are not run."""
    from epsom.whole_body.course import follow

    rows = study.rows if rows is None else tuple(rows)
    needed = {run for row in rows if row.of != "parameter" for run in (study.run_of(row), row.less) if run}
    courses = {}
    for run in (run for run in study.regimens if run in needed):
        if say is not None:
            say(f"{name}: {run}")
        regimen = study.regimens[run]
        reading = tuple(row for row in rows if run in (study.run_of(row), row.less))
        courses[run] = follow(regimen, Draws(knowledge, people, seed), times=moments(reading, regimen))
    return [compared(name, study, row, courses, (knowledge, people)) for row in rows]


def compared(name: str, study: Study, row: Row, courses: dict, shape: tuple[int, int]) -> Compared:
    """One row, given the courses of its regimens."""
    n = study.people(row)
    make = lambda predicted: Compared(name, study.about, row, kind_of(study, row), study.used(row), n, predicted)
    if row.of == "parameter":
        return make(default(row))
    other = courses[row.less] if row.less else None
    values = READINGS[row.of].read(courses[study.run_of(row)], other, row) / units.si_factor(row.unit)
    noise = reading_noise() if row.variable in BLOOD and row.of in ("value", "highest") and row.less is None else 0.0
    return make(predict(values.reshape(shape), n, row.standard_error(n), noise, row.middle == "median"))


def kind_of(study: Study, row: Row) -> Kind:
    """How a row is judged."""
    if row.of == "parameter":
        return Kind.RULE
    if row.below is not None:
        return Kind.BOUND if study.about.control else Kind.LIMIT
    return Kind.MODEL if study.about.computed else Kind.MEASUREMENT


def predict(values: np.ndarray, n: int | None, error: float | None, noise: float = 0.0, median: bool = False) -> Prediction:
    """The mean or median of a cohort.

    Parameters
    ----------
    values : (knowledge, people).
    n : people measured; None: many.    error : told standard error; None: that of the model's people.
    noise : coefficient of variation of a single reading.

    The few virtual people's own chance, their spread over the root of their number, is counted as uncertainty.
    """
    many = values.shape[1]
    middle = np.median(values, axis=1) if median else values.mean(axis=1)
    between = values.std(axis=1, ddof=1) if many > 1 else np.zeros(len(values))
    single = np.hypot(between, noise * middle)
    factor = OF_MEDIAN if median else 1.0
    if error is None:
        error = factor * single / np.sqrt(n) if n else 0.0
    wide = np.hypot(error, factor * between / np.sqrt(many))
    spread_out = middle[:, None] + wide[:, None] * SCORES
    return Prediction(tuple(float(x) for x in np.quantile(spread_out, LEVELS)), float(np.mean(single)) if many > 1 else None)


def default(row: Row) -> Prediction:
    """A default itself with its 90 % interval, ignorance and people together."""
    p = all_parameters()[row.key]
    low, high = (p.value, p.value) if p.spread_free else p.interval()
    return Prediction(tuple(units.convert(x, p.unit, row.unit) for x in (p.value, low, high)), None)


def reading_noise() -> float:
    """Coefficient of variation of one reading of serum in one person, within the person and of the assay together."""
    return document("solutes", "magnesium").parameters["interpretable_change"].si / TWO_SAMPLES
