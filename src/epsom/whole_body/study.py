"""Studies of magnesium in the whole body as they stand in `data/body_validation/`: whose numbers, the regimens that each row needs, and
what cannot be compared with.

Whether a default was set on a row decides on which page it stands. What is never compared with has no row, only an aside that says why.
"""

from __future__ import annotations

import math
import tomllib
from typing import Annotated, Literal

from pydantic import Field, model_validator

from epsom.core import sources
from epsom.core.errors import InputError, nearest
from epsom.core.parameter import folder, names
from epsom.regimen import Regimen, Time
from epsom.schema import Part, build, check_unit, refusal
from epsom.whole_body.reading import READINGS

FOLDER = "body_validation"
MOST_TEXT = 2000
Z95 = 1.6448536269514722
# {kind of spread: its standard error, given the spread, the number of people and whether a median is told (1.2533: of normal values)}
SPREADS = {"SD": lambda spread, n, factor: factor * spread / math.sqrt(n), "SEM": lambda spread, n, factor: spread,
           "IQR/1.35": lambda spread, n, factor: factor * spread / math.sqrt(n), "95 % CI/3.92": lambda spread, n, factor: spread,
           "half range": lambda spread, n, factor: spread / Z95}
OF_MEDIAN = 1.2533
BETWEEN_PEOPLE = ("SD", "IQR/1.35")

Text = Annotated[str, Field(max_length=MOST_TEXT)]
Grade = Literal["A", "B", "C", "D"]
Use = Literal["used", "not used"]


def _check_source(key: str | None) -> None:
    if key is not None and key not in sources.bibliography():
        raise refusal(f"'{key}' is not in sources.bib", nearest(key, sources.bibliography()), "source")


class About(Part):
    """What a study is: who was measured, how good that is, and whether defaults were set on it.

    `computed` marks the output of another model, `control` a negative control; `assumed` lists what had to be taken because it was not read.
    """

    title: str
    text: Text
    who: Text
    n: int | None = Field(None, ge=1)
    source: str
    where: Text
    grade: Grade
    use: Use
    control: bool = False
    computed: bool = False
    assumed: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _known(self):
        _check_source(self.source)
        return self


class Row(Part):
    """One number to compare with: what was measured (`value`, with a spread of a kind), or a limit that was not passed (`below`).

    `of` is a reading of `whole_body/reading.py`; `run` names the regimen, and `less` the one that is taken off. `n`, `use`, `source`,
    `where` and `grade` are the study's unless they are given here.
    """

    id: str
    what: Text
    of: str
    run: str | None = None
    less: str | None = None
    variable: str | None = None
    isotope: str | None = None
    key: str | None = None
    since: Time | None = None
    at: Time | None = None
    unit: str
    value: float | None = Field(None, allow_inf_nan=False)
    below: float | None = Field(None, gt=0.0, allow_inf_nan=False)
    spread: float | None = Field(None, gt=0.0, allow_inf_nan=False)
    spread_kind: Literal["SD", "SEM", "IQR/1.35", "95 % CI/3.92", "half range"] | None = None
    middle: Literal["mean", "median"] = "mean"
    n: int | None = Field(None, ge=1)
    use: Use | None = None
    source: str | None = None
    where: Text = ""
    grade: Grade | None = None
    note: Text = ""

    @model_validator(mode="after")
    def _can_be_read(self):
        if self.of not in READINGS:
            raise refusal(f"'{self.of}' cannot be read from a course (found: {self.of!r})", nearest(self.of, READINGS), "of")
        for name in READINGS[self.of].needs:
            if getattr(self, name) is None:
                raise refusal(f"'{self.of}' needs {name}", "Add it", name)
        if (self.value is None) == (self.below is None):
            raise refusal("a row has a value or a limit (below)", "Give one of them", "value")
        if (self.spread is None) != (self.spread_kind is None):
            raise refusal("a spread has a kind", "Give both or neither", "spread_kind")
        if self.since is not None and self.at is not None and self.since.si >= self.at.si:
            raise refusal("`since` is not before `at`", "Exchange them", "since")
        _check_source(self.source)
        check_unit(self.unit, READINGS[self.of].units, self.key if self.of == "parameter" else None)
        return self

    def standard_error(self, n: int | None) -> float | None:
        """Of the told value, in its unit; None where no spread, or no number of people, is told."""
        if self.spread is None or (n is None and self.spread_kind in BETWEEN_PEOPLE):
            return None
        return SPREADS[self.spread_kind](self.spread, n, OF_MEDIAN if self.middle == "median" else 1.0)

    @property
    def name(self) -> str:
        """What it is, in words, with its time."""
        return f"{self.what}{f' at {self.at}' if self.at and self.at.si > 1 and self.since is None else ''} [{self.id}]"


class Aside(Part):
    """Something seen that cannot be compared with, or (`never`) must not be, and why."""

    ids: Annotated[tuple[str, ...], Field(min_length=1)]
    what: Text
    seen: Text
    why: Text
    never: bool = False
    source: str | None = None
    grade: Grade | None = None
    recalled: bool = False

    @model_validator(mode="after")
    def _known(self):
        _check_source(self.source)
        return self


class Study(Part):
    """Regimens, rows that are read from them, and asides."""

    about: About
    regimens: dict[str, Regimen] = Field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    asides: tuple[Aside, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self):
        for i, row in enumerate(self.rows):
            if row.of == "parameter":
                continue
            for at in ("run", "less"):
                wanted = self.run_of(row) if at == "run" else row.less
                if wanted not in self.regimens and not (at == "less" and wanted is None):
                    raise refusal(f"there is no regimen '{wanted}'", nearest(str(wanted), self.regimens), f"rows.{i}.{at}")
            last = max((t.si for t in (row.at, row.since) if t is not None), default=0.0)
            if last > self.regimens[self.run_of(row)].duration.si:
                raise refusal(f"{row.at} is after the end of the regimen", "Lengthen its duration", f"rows.{i}.at")
            if row.isotope is not None and row.isotope not in self.regimens[self.run_of(row)].isotopes:
                raise refusal(f"this regimen gives no {row.isotope}", "Give it, or read another", f"rows.{i}.isotope")
        if not self.rows and not self.asides:
            raise refusal("a study has rows or asides", "Add one", "rows")
        return self

    def run_of(self, row: Row) -> str | None:
        """The name of a row's regimen: the only one unless the row says which."""
        return row.run or (next(iter(self.regimens)) if len(self.regimens) == 1 else None)

    def used(self, row: Row) -> bool:
        """Whether a default was set on this row."""
        return (row.use or self.about.use) == "used"

    def people(self, row: Row) -> int | None:
        """How many were measured."""
        return row.n or self.about.n


def load(name: str) -> Study:
    """A study that ships with epsom; errors name file, key and value."""
    if name not in names(FOLDER):
        raise InputError(f"there is no study '{name}'", nearest(name, names(FOLDER)), value=name)
    path = folder(FOLDER) / f"{name}.toml"
    tables = tomllib.loads(path.read_text("utf-8"))
    regimens = {key: {"name": f"{name}-{key}", **table} for key, table in tables.get("regimens", {}).items()}
    return build(Study, {**tables, **({"regimens": regimens} if regimens else {})}, path.name)


def studies() -> dict[str, Study]:
    """{name: study} of all that ship."""
    return {name: load(name) for name in names(FOLDER)}


def found(wanted: str) -> tuple[str, Study, tuple[Row, ...]]:
    """(name, study, rows) of a study, or of the study and the one row with this id.

    Raises InputError where neither is there, or where what has this id cannot be compared with (then it says why).
    """
    if wanted in names(FOLDER):
        study = load(wanted)
        return wanted, study, study.rows
    every = studies()
    for name, study in every.items():
        for row in study.rows:
            if row.id == wanted:
                return name, study, (row,)
        for aside in study.asides:
            if wanted in aside.ids:
                raise InputError(f"'{wanted}' is {'never' if aside.never else 'not'} compared with: {aside.why}",
                                 f"Look at the other rows of {name}" if study.rows else "Choose another row", value=wanted)
    known = [*every, *(row.id for study in every.values() for row in study.rows)]
    raise InputError(f"there is no study or row '{wanted}'", nearest(wanted, known), value=wanted)
