"""Correlated parameters: all of them in one file, as a normal copula of their scores.

Ignorance that solutes share is among them: where one reading stands behind several numbers, a comparison of two solutes on the same draws
must not draw it twice.

What the spreads of single parameters say stays true; only how they move together is added. What was calibrated (`posterior.py`) is the
exception: its scores have another mean and spread.

A value that a scenario states conditions its partners: a person with a high measured water loss draws a low skin resistance.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import NamedTuple

import numpy as np

from epsom.core import sources
from epsom.core.errors import DataError, nearest
from epsom.core.posterior import posteriors

KINDS = ("unknown", "between_people")
OF_BOTH = {"of", "value", "source", "where", "grade", "note"}
KEYS = {"pair": OF_BOTH | {"first", "second"}, "common": OF_BOTH | {"numbers", "documents"}}
Pairs = dict[tuple[str, str], float]


class Group(NamedTuple):
    """Parameters of one kind of spread that move together: their keys, the covariance of their scores, and the mean."""

    keys: tuple[str, ...]
    matrix: np.ndarray
    mean: np.ndarray | None = None           # of scores that were calibrated; 0 otherwise


def read_correlations(text: str, file: object = None) -> dict[str, tuple[Group, ...]]:
    """{kind of spread: groups} from TOML; raises DataError naming file, entry and value.

    A [[pair]] is two parameters. [[common]] is what is not known of several documents (solutes, say) together: each of its `numbers`,
    between all of its `documents`, the first of which keeps its own draws. Pairs that are not named are uncorrelated, given the others of
    their group.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"not valid TOML: {error}", "Mend the file", file=file) from error
    for name in set(tables) - set(KEYS):
        raise DataError("unknown kind of entry", nearest(name, KEYS), file=file, key=name)
    found: dict[str, Pairs] = {kind: {} for kind in KINDS}
    for entry, known in KEYS.items():
        for i, table in enumerate(tables.get(entry, ())):
            _check(table, f"{entry}.{i}", known, file)
            for first, second in _pairs_of(table):
                among = found[table["of"]]
                if first == second or (first, second) in among or (second, first) in among:
                    raise DataError("a pair is two parameters, and stands once", "Mend the entry", file=file, key=f"{entry}.{i}",
                                    value=[first, second])
                among[first, second] = float(table["value"])
    return {kind: tuple(_group(keys, of_kind, file) for keys in _components(of_kind)) for kind, of_kind in found.items()}


def _pairs_of(table: Mapping) -> list[tuple[str, str]]:
    """The pairs of parameters that an entry names, the leading one first."""
    if "first" in table:
        return [(table["first"], table["second"])]
    return [(f"{a}.{number}", f"{b}.{number}") for number in table["numbers"] for a, b in combinations(table["documents"], 2)]


def _check(pair: Mapping, key: str, known: set[str], file: object) -> None:
    for name in set(pair) - known:
        raise DataError("unknown key", nearest(name, known), file=file, key=f"{key}.{name}", value=pair[name])
    for name in known - {"note"} - set(pair):
        raise DataError(f"'{name}' is missing", "A correlation without it does not load", file=file, key=key)
    if pair["of"] not in KINDS:
        raise DataError("a correlation is of ignorance or of people", f"Use one of {', '.join(KINDS)}", file=file,
                        key=f"{key}.of", value=pair["of"])
    if not isinstance(pair["value"], (int, float)) or not -1 < pair["value"] < 1:
        raise DataError("a correlation lies between -1 and 1", "Parameters that move as one are one parameter", file=file,
                        key=f"{key}.value", value=pair["value"])
    sources.check(pair["source"])


def _components(pairs: Pairs) -> list[list[str]]:
    """Keys that hang together, in the order of the file."""
    groups: list[list[str]] = []
    for keys in pairs:
        touched = [g for g in groups if set(keys) & set(g)]
        groups = [g for g in groups if g not in touched]
        groups.append(list(dict.fromkeys([*(k for g in touched for k in g), *keys])))
    return groups


def _group(keys: list[str], pairs: Pairs, file: object) -> Group:
    matrix = np.array([[1.0 if a == b else pairs.get((a, b), pairs.get((b, a), 0.0)) for b in keys] for a in keys])
    if np.linalg.eigvalsh(matrix).min() < 1e-6:
        raise DataError("these correlations contradict each other", "Weaken one of them", file=file, value=keys)
    return Group(tuple(keys), matrix)


@cache
def correlations() -> dict[str, tuple[Group, ...]]:
    """The correlations that ship with epsom."""
    path = files("epsom") / "data" / "correlations.toml"
    return read_correlations(path.read_text("utf-8"), path)


def groups(kind: str) -> tuple[Group, ...]:
    """What moves together, by correlation or because it was calibrated together."""
    calibrated = tuple(Group(one.keys, one.covariance, one.mean) for one in posteriors()) if kind == "unknown" else ()
    return correlations()[kind] + calibrated


def together(keys: frozenset[str]) -> frozenset[str]:
    """These parameters and all that are correlated with them: what is redrawn is redrawn together."""
    return keys.union(*(group.keys for kind in KINDS for group in groups(kind) if keys & set(group.keys)))


def correlated(kind: str, key: str, score: Callable[[str], np.ndarray], stated: Mapping[str, float]) -> np.ndarray:
    """Scores of a parameter given those of its partners.

    Parameters
    ----------
    score : the independent standard normal scores of a key.
    stated : scores of the parameters whose value the scenario states.
    """
    group = next((g for g in groups(kind) if key in g.keys), None)
    if group is None:
        return score(key)
    order = sorted(group.keys, key=lambda k: k not in stated)             # stable: the stated first, then as in the file
    where = [group.keys.index(k) for k in order]
    factor = np.linalg.cholesky(group.matrix[np.ix_(where, where)])
    known = sum(k in stated for k in order)
    row = order.index(key)
    if row < known:
        return score(key)                                                 # its value is stated; nothing is drawn
    free = [factor[row, j] * score(order[j]) for j in range(known, row + 1) if factor[row, j]]
    mean = np.zeros(len(order)) if group.mean is None else group.mean[where]
    given = np.linalg.solve(factor[:known, :known], [stated[k] for k in order[:known]] - mean[:known]) @ factor[row, :known]
    return sum(free) + given + mean[row]
