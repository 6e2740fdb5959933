"""A number that knows its unit, its two spreads, its source and how good that source is.

Documents are TOML files of named parameters. A file that breaks a rule does not load, and the error names the file,
the key and the value. Two spreads are kept apart: `unknown` is what nobody knows (one draw for everybody), and
`between_people` is how people differ (a draw for each person).
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from epsom.core import sources, units
from epsom.core.errors import DataError, EpsomError, InputError, nearest

GRADES = "ABCD"          # A human data for this very quantity .. D assumed
KINDS = ("parameters", "sites", "solutes", "salts", "ions", "isotopes", "people", "populations", "intakes", "assays",
         "barriers", "humectants", "complaints",
         "verification", "plausibility")                  # folders of `data/` that hold parameter documents
REQUIRED = {"value", "unit", "source", "where", "grade", "range"}
OPTIONAL = {"unknown", "between_people", "constant", "verify", "note"}
Z95 = 1.6448536269514722     # standard normal quantile of 0.95


@dataclass(frozen=True)
class Spread:
    """A distribution around (or instead of) a middle value, driven by one standard normal score.

    Shapes and how each may be given:

    - lognormal: `gsd`, `sigma` (of the log), `cv`, or `low` and `high` with `level`; the value is the median.
    - normal: `sd`, or `cv`.
    - logit: `sd` on the logit scale, for shares between 0 and 1; the value is the median.
    - uniform: `low`, `high`; the value is to be their middle.
    - beta: `a`, `b`; the value is to be the median.
    """

    shape: str
    numbers: Mapping[str, float]

    FORMS = {"lognormal": ({"gsd"}, {"sigma"}, {"cv"}, {"low", "high", "level"}), "normal": ({"sd"}, {"cv"}),
             "logit": ({"sd"},), "uniform": ({"low", "high"},), "beta": ({"a", "b"},)}

    @classmethod
    def read(cls, table: object) -> Spread:
        """From a TOML table such as { shape = "lognormal", gsd = 2.0 }; raises DataError naming what is wrong."""
        if not isinstance(table, Mapping):
            raise DataError("a spread is a table", 'Write { shape = "lognormal", gsd = 2.0 } or the like', value=table)
        table = dict(table)
        shape = table.pop("shape", None)
        if not isinstance(shape, str) or shape not in cls.FORMS:
            raise DataError("unknown shape of a spread", f"Use one of {', '.join(cls.FORMS)}", key="shape", value=shape)
        if set(table) not in cls.FORMS[shape]:
            forms = " or ".join(" + ".join(sorted(form)) for form in cls.FORMS[shape])
            raise DataError(f"a {shape} spread is given by {forms}", "Give exactly these", value=sorted(table))
        for key, number in table.items():
            if not _finite(number):
                raise DataError("not a finite number", "Write a number", key=key, value=number)
        if not cls._has_width(shape, table):
            raise DataError("this spread has no width, or numbers that make none", "Leave it out if the number is exact",
                            value=table)
        return cls(shape, table)

    @staticmethod
    def _has_width(shape: str, n: Mapping[str, float]) -> bool:
        if "level" in n:
            return 0 < n["low"] < n["high"] and 0 < n["level"] < 1
        if shape == "uniform":
            return n["low"] < n["high"]
        if "gsd" in n:
            return n["gsd"] > 1
        return all(number > 0 for number in n.values())

    def suits(self, value: float) -> bool:
        """Whether it can stand around (or instead of) this middle value."""
        if self.shape == "lognormal" or "cv" in self.numbers:
            return value > 0
        return 0 < value < 1 if self.shape in ("logit", "beta") else True

    def sigma(self) -> float:
        """Standard deviation of the logarithm, for a lognormal spread."""
        n = self.numbers
        if "gsd" in n:
            return math.log(n["gsd"])
        if "sigma" in n:
            return n["sigma"]
        if "cv" in n:
            return math.sqrt(math.log1p(n["cv"] ** 2))
        return math.log(n["high"] / n["low"]) / (2 * NormalDist().inv_cdf(0.5 + n["level"] / 2))

    def around(self, middle, score):
        """The value at a standard normal `score` (array), around `middle` (array or number)."""
        from scipy.special import betaincinv, expit, logit, ndtr

        n = self.numbers
        if self.shape == "lognormal":
            return middle * np.exp(self.sigma() * score)
        if self.shape == "normal":
            return middle + n.get("sd", n.get("cv", 0.0) * abs(middle)) * score
        if self.shape == "logit":
            return expit(logit(middle) + n["sd"] * score)
        if self.shape == "uniform":
            return n["low"] + (n["high"] - n["low"]) * ndtr(score)
        return betaincinv(n["a"], n["b"], ndtr(score))

    def score(self, value: float, middle: float) -> float:
        """The standard normal score at which `around(middle, score)` is `value`, for a spread around a middle value."""
        from scipy.special import logit

        n = self.numbers
        if self.shape == "lognormal":
            return math.log(value / middle) / self.sigma()
        if self.shape == "normal":
            return (value - middle) / n.get("sd", n.get("cv", 0.0) * abs(middle))
        return float((logit(value) - logit(middle)) / n["sd"])

    @property
    def absolute(self) -> bool:
        """Whether the spread stands instead of the middle value and not around it."""
        return self.shape in ("uniform", "beta")


@dataclass(frozen=True)
class Parameter:
    """One number of the model.

    Attributes
    ----------
    key : document and name, as in "magnesium.wet_permeability".
    value : the middle value, in `unit`.
    unit : unit as written, "1" if it has none.
    unknown, between_people : spreads of ignorance and of people, or None.
    source : key of sources.bib, "assumed" or "scenario".
    where : table, figure, page, abstract, ... in that source.
    grade : A human data for this very quantity; B human data on another agent or route, or pig skin with
        magnesium; C animal, cell or theory; D assumed.
    range : lowest and highest value that makes sense, in `unit`.
    constant : True for definitions and constants of physics and chemistry, which say nothing about a body.
    verify : True while the value is recalled or second-hand.
    note : free text.
    person_score : where a value that a scenario states lies among people (standard normal score), or None.
    """

    key: str
    value: float
    unit: str
    source: str
    where: str
    grade: str
    range: tuple[float, float]
    unknown: Spread | None = None
    between_people: Spread | None = None
    constant: bool = False
    verify: bool = False
    note: str = ""
    person_score: float | None = None
    si_factor: float = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "si_factor", units.si_factor(self.unit))

    @property
    def si(self) -> float:
        """The middle value in SI."""
        return self.value * self.si_factor

    @property
    def spread_free(self) -> bool:
        """Whether the number is the same in every draw."""
        return self.unknown is None and self.between_people is None

    def draw(self, unknown_score, person_score):
        """Values in SI at the standard normal scores of ignorance and of the person (arrays of the same shape)."""
        value = np.full(np.shape(unknown_score), self.value)
        if self.unknown is not None:
            value = self.unknown.around(value, unknown_score)
        if self.between_people is not None:
            value = self.between_people.around(value, person_score)
        return value * self.si_factor

    def interval(self) -> tuple[float, float]:
        """Implied 5 % and 95 % over both spreads together, in `unit` (by 3 700 paired quantiles, no random numbers)."""
        from scipy.special import ndtri

        n = 61
        scores = ndtri((np.arange(n) + 0.5) / n)
        a, b = (x.ravel() for x in np.meshgrid(scores, scores))
        low, high = np.quantile(self.draw(a, b) / self.si_factor, (0.05, 0.95))
        return float(low), float(high)

    def fixed(self, value: float, unit: str, note: str) -> Parameter:
        """The same quantity set to one value by a person: no spread, grade D, source "scenario"."""
        value = units.convert(value, unit, self.unit)
        inside = self.between_people is not None and self.between_people.suits(value)
        return replace(self, value=value, unknown=None, between_people=None, source=sources.SCENARIO, where="[parameters]",
                       grade="D", verify=False, note=note,
                       person_score=self.between_people.score(value, self.value) if inside else None)

    def times(self, factor: float) -> Parameter:
        """The same quantity with another middle value by decision of a person: its spreads stay around it, grade D.

        Raises InputError where a spread does not stand around a middle value, or not around this one.
        """
        for spread in (self.unknown, self.between_people):
            if spread is not None and (spread.absolute or not spread.suits(self.value * factor)):
                raise InputError(f"the {spread.shape} spread of this number cannot move to {factor:g} times its value",
                                 f"Give a value in {self.unit} instead")
        return replace(self, value=self.value * factor, source=sources.SCENARIO, where="[parameters]", grade="D", verify=False,
                       note=f"{factor:g} times the default {self.value:g} {self.unit}, with its spread")


def read_parameter(key: str, table: object) -> Parameter:
    """A Parameter from its TOML table; raises DataError naming what is wrong."""
    if not isinstance(table, Mapping):
        raise DataError("a parameter is a table", "Write it as [name] with value, unit, source, where, grade, range",
                        value=table)
    for name in REQUIRED - set(table):
        raise DataError(f"'{name}' is missing", "A number without it does not load", key=name)
    for name in set(table) - REQUIRED - OPTIONAL:
        raise DataError("unknown key", nearest(name, REQUIRED | OPTIONAL), key=name, value=table[name])
    _check_numbers(table)
    _check_origin(table)
    spreads = {name: _read_spread(name, table) for name in ("unknown", "between_people")}
    try:
        return Parameter(key, float(table["value"]), table["unit"], table["source"], table["where"], table["grade"],
                         tuple(float(x) for x in table["range"]), **spreads, constant=bool(table.get("constant", False)),
                         verify=bool(table.get("verify", False)),
                         note=str(table.get("note", "")))
    except EpsomError as error:
        raise DataError(error.what, error.do, key="unit", value=table["unit"]) from error


def _finite(number: object) -> bool:
    return isinstance(number, (int, float)) and not isinstance(number, bool) and abs(number) < 1e300


def _check_numbers(table: Mapping) -> None:
    value, limits = table["value"], table["range"]
    if not _finite(value):
        raise DataError("not a finite number", "Write a plain number", key="value", value=value)
    if not (isinstance(limits, list) and len(limits) == 2 and all(map(_finite, limits)) and limits[0] <= value <= limits[1]):
        raise DataError("the range is two numbers around the value", "Write range = [low, high]", key="range", value=limits)


def _check_origin(table: Mapping) -> None:
    """Unit, source, place and grade are there and fit together."""
    for name in ("unit", "source", "where", "grade"):
        if not isinstance(table[name], str) or not table[name].strip():
            raise DataError("this is empty, or no text" if name != "grade" else "the grade is one letter of A B C D",
                            "A number without it does not load", key=name, value=table[name])
    if len(table["grade"]) != 1 or table["grade"] not in GRADES:
        raise DataError("the grade is one letter of A B C D", "Grade the source by the rule in docs/data.md", key="grade",
                        value=table["grade"])
    sources.check(table["source"])
    if (table["source"] == sources.ASSUMED) != (table["grade"] == "D"):
        raise DataError('grade D and source "assumed" belong together', "Change one of them", key="grade", value=table["grade"])


def _read_spread(name: str, table: Mapping) -> Spread | None:
    if name not in table:
        return None
    try:
        spread = Spread.read(table[name])
    except EpsomError as error:
        raise error.at(key=name) from error
    if name == "between_people" and spread.absolute:
        raise DataError("people differ around the value", "Use lognormal, normal or logit", key=name)
    if not spread.suits(table["value"]):
        raise DataError(f"a {spread.shape} spread cannot stand around {table['value']:g}", "Use another shape", key=name)
    return spread


@dataclass(frozen=True)
class Document:
    """One file of parameters.

    Attributes
    ----------
    name : the file's name without ending; the first part of each parameter's key.
    parameters : by their name in the file.
    about : title and other plain text from the [about] table.
    variables : vocabulary entries that an added mechanism brings along.
    """

    name: str
    parameters: Mapping[str, Parameter]
    about: Mapping[str, Any]
    variables: Mapping[str, Any]


def read_document(path) -> Document:
    """Read a TOML file of parameters; errors name the file and the key."""
    name = Path(str(path)).stem
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"not valid TOML: {error}", "Mend the file", file=path) from error
    about, variables = tables.pop("about", {}), tables.pop("variables", {})
    found = {}
    for key, table in tables.items():
        try:
            found[key] = read_parameter(f"{name}.{key}", table)
        except EpsomError as error:
            raise error.at(path, key) from error
    return Document(name, found, about, variables)


def folder(kind: str):
    """The data folder of a kind of document ("sites", "solutes", ...)."""
    return files("epsom") / "data" / kind


def names(kind: str) -> list[str]:
    """Names of the documents of a kind, sorted."""
    return sorted(entry.name[:-5] for entry in folder(kind).iterdir() if entry.name.endswith(".toml"))


@cache
def document(kind: str, name: str) -> Document:
    """A document that ships with epsom, read on first use."""
    if name not in names(kind):
        raise InputError(f"there is no {kind[:-1]} '{name}'", nearest(name, names(kind)), value=name)
    return read_document(folder(kind) / f"{name}.toml")


def all_parameters() -> dict[str, Parameter]:
    """{key: Parameter} of every number that ships."""
    return {p.key: p for kind in KINDS for name in names(kind) for p in document(kind, name).parameters.values()}
