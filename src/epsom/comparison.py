"""Several results on the same draws, side by side: what each says, and draw by draw how it differs from the first.

Paired draws share every number that the scenarios share, so much of what nobody knows falls out of the difference.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import product
from typing import NamedTuple

import numpy as np

from epsom import answer as asked
from epsom.answer import LEVELS, ROUNDING, SMALLEST, Share, said
from epsom.core.digits import digits
from epsom.core.errors import InputError
from epsom.core.parameter import Parameter
from epsom.numerical import Numerical, stored
from epsom.result import Result, between

TIMES = {"10 min": 600.0, "20 min": 1200.0, "1 h": 3600.0, "4 h": 14400.0}
AMOUNTS = ("entered_amount", "crossed_amount")
RISES = ("papillary_dermis_concentration", "upper_muscle_concentration", "plasma_concentration")
PATTERNED = ("papillary_dermis_concentration",)              # told near follicles and between them, early on
FILM = {"film_thickness": ("thickness of the film", "m"), "film_water_activity": ("water activity of the film", "")}
NO_FILM, BATH = 1e-8, 1e-2   # m; thinner than the one is no film to feel, thicker than the other is bath water
JUST_BEFORE = 1e-3           # s; the film is read before what is done to it at that moment
FAR_BELOW = 0.5              # a median ratio below this is told upside down
TELLING = 0.95               # share of draws that must be large enough for a ratio to say something


class Interval(NamedTuple):
    """5 %, 50 % and 95 % over draws."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values: np.ndarray) -> Interval:
        return cls(*(float(q) for q in np.quantile(values, LEVELS)))


@dataclass(frozen=True)
class Paired:
    """How one result differs from the first, draw by draw.

    Attributes
    ----------
    difference : this one less the first, in the row's unit.
    ratio : this one over the first, or None where one of them is too small in too many draws.
    larger, equal : shares of draws in which this one is larger, or as large (0 to 1). Values too small to tell are equal.
    assumed : Share of the spread of the ratio (or difference) that rests on assumed numbers, or None.
    """

    difference: Interval
    ratio: Interval | None
    larger: float
    equal: float
    assumed: Share | None

    def text(self, unit: str) -> str:
        """The ratio where it says something, else the difference, and the share of draws in which it is larger."""
        if self.equal == 1:
            return "the same in every draw"
        size = as_times(self.ratio) if self.ratio else f"difference {said(*self.difference, unit)}"
        tie = f", equal in {100 * self.equal:.0f} %" if self.equal else ""
        return f"{size}; larger in {100 * self.larger:.0f} % of draws{tie}"


def as_times(ratio: Interval) -> str:
    """A ratio as people read it: "1.2 times (1.1 to 1.4)", or "830 times smaller (450 to 2000)" where it is far below 1."""
    smaller = ratio.low > 0 and ratio.middle < FAR_BELOW and ratio.high < 1
    low, middle, high = (1 / x for x in reversed(ratio)) if smaller else ratio
    spread = "" if high - low <= ROUNDING * middle else f" ({digits(low)} to {digits(high)})"
    return f"{digits(middle)} times{' smaller' if smaller else ''}{spread}"


@dataclass(frozen=True)
class Row:
    """One quantity at one time, in all results.

    Attributes
    ----------
    key : stable name, as in "crossed_amount[magnesium].4 h", "....end" or "....peak".
    variable, solute : the readout; the solute is "" for the film.
    when : "20 min", "24 h" or "peak".
    text : what it is, continuing "In this model, ...".
    unit : of values and differences.
    values : Interval for each result; None where there is nothing to read, as a film's thickness in a bath.
    against : Paired for each result but the first; None where one side has nothing to read.
    weakest_grade : of the numbers it rests on, over all results; "-" where it follows from the scenario alone.
    floors : for each result, what low, middle and high are told to be less than where they are; None where all is resolved.
    grid : for each result, how far its number moves on a finer grid, where that is kept with the model; else None.
    """

    key: str
    variable: str
    solute: str
    when: str
    text: str
    unit: str
    values: tuple[Interval | None, ...]
    against: tuple[Paired | None, ...]
    weakest_grade: str
    floors: tuple[tuple[float, float, float] | None, ...]
    grid: tuple[Numerical | None, ...]

    def shown(self, i: int) -> str:
        """The value of result `i` as people read it."""
        return "no film" if self.values[i] is None else said(*self.values[i], self.unit, self.floors[i])

    def against_first(self, i: int) -> str:
        """How result `i` differs from the first, as people read it; empty for the first."""
        paired = self.against[i - 1] if i else None
        return paired.text(self.unit) if paired else ""


@dataclass(frozen=True)
class Swept:
    """What a sweep changed: key, values as written, and for numbers their size in `unit`."""

    key: str
    values: tuple[str, ...]
    numbers: tuple[float, ...] | None
    unit: str


@dataclass(frozen=True, eq=False)
class Comparison:
    """Results on the same draws; the first is the one that the others are held against.

    Attributes
    ----------
    labels : a name for each, all different.
    results : Result of each.
    swept : what was changed from one to the next, or None.
    """

    labels: tuple[str, ...]
    results: tuple[Result, ...]
    swept: Swept | None = None

    def __post_init__(self):
        if not len(self.common):
            raise InputError("no draw could be solved in all of these scenarios", "Ask for more draws")

    @property
    def solutes(self) -> tuple[str, ...]:
        """Those that all results have."""
        return tuple(s for s in self.results[0].solutes if all(s in r.solutes for r in self.results))

    @property
    def duration(self) -> str:
        """Of the shortest scenario, as written: as far as all can be compared."""
        return str(min((r.scenario.duration for r in self.results), key=lambda d: d.si))

    @property
    def end(self) -> float:
        """The same in s."""
        return min(float(r.times[-1]) for r in self.results)

    @property
    def times(self) -> dict[str, float]:
        """{name: s} of the reading times; the last is the end of the shortest scenario."""
        return {name: t for name, t in TIMES.items() if t < self.end} | {self.duration: self.end}

    @cached_property
    def common(self) -> np.ndarray:
        """Knowledge draws that could be solved in all results."""
        found = self.results[0].draws.knowledge_index
        for result in self.results[1:]:
            found = np.intersect1d(found, result.draws.knowledge_index)
        return np.unique(found)

    @cached_property
    def masks(self) -> tuple[np.ndarray, ...]:
        """(draws,) of each result: which of its draws all others have too."""
        return tuple(np.isin(r.draws.knowledge_index, self.common) for r in self.results)

    @property
    def draws(self) -> int:
        """Paired draws."""
        return int(self.masks[0].sum())

    @property
    def parameters(self) -> dict[str, Parameter]:
        """{parameter: Parameter} of every number used in any of the results."""
        return {key: p for result in reversed(self.results) for key, p in result.parameters.items()}

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits of everything that decides it."""
        return fingerprint(self.labels, [r.provenance["fingerprint"] for r in self.results], self.swept)

    @property
    def name(self) -> str:
        """Name of its folder."""
        return folder_name(self.labels, self.fingerprint, self.swept, self.results[0].scenario.name)

    @cached_property
    def table(self) -> tuple[Row, ...]:
        """Every quantity at every reading time."""
        return tuple(rows(self))

    def row(self, key: str) -> Row:
        """The quantity of this key, as in "crossed_amount[magnesium].end"."""
        return next(row for row in self.table if row.key == key)

    @cached_property
    def dataset(self):
        """The shared readouts at the reading times as an xarray Dataset over (scenario, draw, time), in SI."""
        import xarray

        names = [n for n in self.results[0].readouts if all(n in r.readouts for r in self.results)]
        at = lambda name: np.stack([[between(r.times, r[name][mask], t) for t in self.times.values()]
                                    for r, mask in zip(self.results, self.masks)]).transpose(0, 2, 1)
        words = self.results[0].words
        variables = {name: (("scenario", "draw", "time"), at(name), {"units": words[name].unit, "long_name": words[name].meaning})
                     for name in names}
        coordinates = {"scenario": list(self.labels), "time": ("time", list(self.times.values()), {"units": "s"}),
                       "knowledge": ("draw", self.results[0].draws.knowledge_index[self.masks[0]])}
        return xarray.Dataset(variables, coordinates, {"fingerprint": self.fingerprint})


def fingerprint(labels, runs: list[str], swept: Swept | None) -> str:
    """Twelve hexadecimal digits of everything that decides a comparison, from the fingerprints of its runs."""
    decides = [list(labels), list(runs), swept and [swept.key, list(swept.values)]]
    return hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:12]


def folder_name(labels, digest: str, swept: Swept | None, scenario: str) -> str:
    """A slug of what is compared, and the fingerprint."""
    text = f"sweep-{scenario}-{swept.key}" if swept else f"compare-{'-'.join(labels)}"
    slug = "".join(ch if ch.isascii() and (ch.isalnum() or ch in "-_.") else "-" for ch in text)
    return f"{slug[:80]}-{digest}"


def rows(comparison: Comparison) -> Iterator[Row]:
    """All rows, in the order in which a report tells them."""
    for solute in comparison.solutes:
        yield from _of_solute(comparison, solute)
    if all(set(FILM) <= set(r.readouts) for r in comparison.results):
        for word, (text, unit) in FILM.items():
            for when, t in comparison.times.items():
                yield _row(comparison, word, "", when, f"{text} after {when}", unit, _at(t - JUST_BEFORE), 1.0)


def _of_solute(comparison: Comparison, solute: str) -> Iterator[Row]:
    gram = comparison.results[0].parameters[f"{solute}.molar_mass"].si * 1e3            # per mol
    end, duration = comparison.end, comparison.duration

    def row(word, when, text, unit, read, factor, mean=""):
        return _row(comparison, f"{word}[{solute}]", solute, when, text, unit, read, factor, mean and f"{mean}[{solute}]")

    def highest(times, values):
        return values[:, times <= end].max(1)

    yield row("applied_amount", duration, f"{solute} applied in all", "g", _at(end), gram)
    for word in AMOUNTS:
        for when, t in comparison.times.items():
            yield row(word, when, f"{solute} that has {asked.AMOUNTS[word]} after {when}", "g", _at(t), gram)
    for word in RISES:
        for when, t in comparison.times.items():
            yield row(word, when, f"rise of {solute} in the {asked.RISES[word]} after {when}", "mol/L", _at(t), 1e-3)
        yield row(word, "peak", f"highest rise of {solute} in the {asked.RISES[word]} within {duration}", "mol/L", highest, 1e-3)
    early = [name for name in asked.EARLY if name in comparison.times and all(asked.has_pattern(r) for r in comparison.results)]
    for word, (zone, where) in product(PATTERNED, list(asked.ZONES.items())[1:]):
        for when in early:
            text = f"rise of {solute} in the {asked.RISES[word]} {where} after {when}"
            yield row(f"{word}{zone}", when, text, "mol/L", _at(comparison.times[when]), 1e-3, word)


def _at(t: float):
    return lambda times, values: between(times, values, t)


def _row(comparison: Comparison, variable: str, solute: str, when: str, text: str, unit: str, read: Callable, factor: float,
         mean: str = "") -> Row:
    """A row of a readout; with `mean`, of what a part of the skin holds, which is not resolved where it is little beside its mean."""
    found = [read(r.times, r[variable][mask]) * factor for r, mask in zip(comparison.results, comparison.masks)]
    again = [None if r.redrawn is None else read(r.times, r.redrawn[variable][mask[: len(r.redrawn[variable])]]) * factor
             for r, mask in zip(comparison.results, comparison.masks)]
    there = [solute or _is_film(r, mask, read) for r, mask in zip(comparison.results, comparison.masks)]
    least = [asked.UNRESOLVED * read(r.times, r[mean][mask]) * factor if mean else None
             for r, mask in zip(comparison.results, comparison.masks)]
    told = [is_there and (not mean or np.mean(abs(x) >= abs(low)) >= TELLING) for is_there, x, low in zip(there, found, least)]
    against = tuple(_paired(comparison.results[0], found[0], found[i], again[0], again[i], unit) if told[0] and told[i] else None
                    for i in range(1, len(found)))
    grade = "-" if variable.startswith("applied_amount") else max(r.weakest_grade(variable) for r in comparison.results)
    name = "end" if when == comparison.duration else when
    return Row(f"{variable}.{name}", variable, solute, when, text, unit,
               tuple(Interval.of(values) if is_there else None for values, is_there in zip(found, there)), against, grade,
               tuple(tuple(np.quantile(low, LEVELS)) if mean else None for low in least),
               tuple(_grid(r, solute, variable.partition("[")[0], name, comparison.end) for r in comparison.results))


def _grid(result: Result, solute: str, word: str, name: str, end: float) -> Numerical | None:
    """What is kept of this number's numerical error; nothing where the comparison ends before the scenario does."""
    whole = float(result.times[-1]) == end or name not in ("end", "peak")
    return stored(result.provenance["case"]).get(f"{solute}.{word}.{name}") if whole else None


def _is_film(result: Result, mask: np.ndarray, read: Callable) -> bool:
    """Whether in most draws there is a film that could be felt."""
    return NO_FILM < float(np.median(read(result.times, result["film_thickness"][mask]))) < BATH


def _of_ratio(values: np.ndarray) -> Interval:
    """On the logarithm, so that the ratio the other way round is exactly one over it."""
    return Interval(*(float(np.exp(q)) for q in Interval.of(np.log(values))))


def _paired(result: Result, first, other, first_again, other_again, unit: str) -> Paired:
    least = SMALLEST.get(unit, ROUNDING)
    told = lambda values: np.where(abs(values) < least, 0.0, values)
    a, b = told(first), told(other)
    both = np.minimum(first, other)
    is_ratio = np.mean(both > least) >= TELLING
    over = lambda x, y: np.maximum(y, least) / np.maximum(x, least) if is_ratio else y - x
    assumed = None
    if first_again is not None and other_again is not None:
        n = len(first_again)
        assumed = asked.assumed_share(over(first[:n], other[:n]), over(first_again, other_again), result.draws.seed, result.draws.people)
    return Paired(Interval.of(other - first), _of_ratio(over(first, other)) if is_ratio else None,
                  float(np.mean(b > a)), float(np.mean(b == a)), assumed)


def as_data(row: Row, labels: tuple[str, ...]) -> dict:
    """A row as plain data for JSON, with what people read beside the numbers."""
    values = {label: v._asdict() if v else None for label, v in zip(labels, row.values)}
    against = {label: {**asdict(p), "difference": p.difference._asdict(), "ratio": p.ratio._asdict() if p.ratio else None,
                       "assumed": p.assumed._asdict() if p.assumed else None} if p else None
               for label, p in zip(labels[1:], row.against)}
    return {"key": row.key, "variable": row.variable, "solute": row.solute, "when": row.when, "text": row.text, "unit": row.unit,
            "values": values, "against_first": against, "weakest_grade": row.weakest_grade,
            "grid": {label: kept and kept.as_dict() for label, kept in zip(labels, row.grid)},
            "shown": {label: row.shown(i) for i, label in enumerate(labels)},
            "shown_against_first": {label: row.against_first(i) for i, label in enumerate(labels)}}
