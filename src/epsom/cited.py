"""Which sources stand behind the numbers of a run, which numbers have none, and what was calibrated on what."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from epsom.core.errors import StorageError
from epsom.core.parameter import Parameter
from epsom.core.posterior import calibrated, posteriors
from epsom.core.sources import ASSUMED, SCENARIO, bibliography


class Number(NamedTuple):
    """A number of a run: its key, the key of its source, its grade, and whether it is still to be verified there."""

    key: str
    source: str
    grade: str
    verify: bool


class Cited(NamedTuple):
    """What stands behind the numbers of a run.

    Attributes
    ----------
    numbers : all of them.
    sources : {source: its numbers}, most numbers first.
    assumed : numbers that nobody measured; they have no source.
    stated : numbers that the scenario gives.
    calibrated : numbers of which a part is learnt from outcomes measured in people.
    outcomes : {source: the outcomes from it that these were calibrated on}.
    unknown : sources that this version of the bibliography does not have, of a run of another version.
    """

    numbers: tuple[Number, ...]
    sources: Mapping[str, tuple[Number, ...]]
    assumed: tuple[Number, ...]
    stated: tuple[Number, ...]
    calibrated: tuple[str, ...]
    outcomes: Mapping[str, tuple[str, ...]]
    unknown: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Every source, of numbers and of outcomes."""
        return tuple(dict.fromkeys((*self.sources, *self.outcomes)))


def of_parameters(parameters: Iterable[Parameter]) -> tuple[Number, ...]:
    """The numbers of a model."""
    return tuple(Number(p.key, p.source, p.grade, p.verify) for p in parameters)


def of_run(folder: Path) -> tuple[tuple[Number, ...], tuple[str, ...]]:
    """(numbers, keys of those that were calibrated) of a stored run; StorageError if it cannot be read."""
    file = folder / "tables" / "parameters.csv"
    try:
        with file.open(newline="", encoding="utf-8") as table:
            found = tuple(Number(row["parameter"], row["source"], row["grade"], row["to_be_verified"] == "True")
                          for row in csv.DictReader(table))
        learnt = tuple(json.loads((folder / "provenance.json").read_text("utf-8")).get("calibrated_parameters", ()))
    except (OSError, KeyError, ValueError) as error:
        raise StorageError("the numbers of this run cannot be read", "Run the scenario again", file=file) from error
    return found, learnt


def calibrated_keys(parameters: Iterable[Parameter]) -> tuple[str, ...]:
    """Keys of the parameters of a model that were calibrated."""
    return tuple(p.key for p in parameters if calibrated(p))


def behind(numbers: Iterable[Number], learnt: Collection[str], measured: Mapping[str, str]) -> Cited:
    """What stands behind these numbers.

    Parameters
    ----------
    learnt : keys of those that were calibrated.
    measured : {name of an outcome: its source}, of those that posteriors may rest on.
    """
    numbers = tuple(dict.fromkeys(numbers))
    by_source: dict[str, list[Number]] = {}
    for number in numbers:
        by_source.setdefault(number.source, []).append(number)
    assumed, stated = (tuple(by_source.pop(word, ())) for word in (ASSUMED, SCENARIO))
    rows = dict.fromkeys(row for one in posteriors() if set(one.keys) & set(learnt) for row in one.rows)
    outcomes: dict[str, list[str]] = {}
    for row in rows:
        if measured.get(row, ASSUMED) != ASSUMED:
            outcomes.setdefault(measured[row], []).append(row)
    entries = bibliography()
    ordered = sorted(by_source.items(), key=lambda item: (-len(item[1]), item[0]))
    return Cited(numbers, {key: tuple(found) for key, found in ordered if key in entries}, assumed, stated, tuple(learnt),
                 {key: tuple(names) for key, names in outcomes.items() if key in entries},
                 tuple(key for key in dict.fromkeys((*by_source, *outcomes)) if key not in entries))
