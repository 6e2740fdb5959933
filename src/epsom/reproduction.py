"""Two folders of the same run, made at different times or places: do they hold the same bytes, the same numbers, and if not, what moved?"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from epsom.core.errors import StorageError

SAME_FOR_ALL = ("time", "depth", "level", "knowledge", "person")       # of a stored result; no readouts
DRAWN = "draw"               # first dimension of what is known draw by draw
FELT_UNIT = "points of 10"


class Moved(NamedTuple):
    """A number of the answer before and after: 5 %, 50 % and 95 % over draws, or three times the same; None where it was or is not told."""

    key: str
    text: str
    unit: str
    before: tuple[float, float, float] | None
    after: tuple[float, float, float] | None

    @property
    def by(self) -> float | None:
        """By which share of itself the middle moved."""
        if self.before is None or self.after is None or not self.before[1]:
            return None
        return self.after[1] / self.before[1] - 1


class Draws(NamedTuple):
    """Readouts of the draws that both runs have, draw by draw.

    Attributes
    ----------
    shared, before : how many draws both have, and how many the earlier run has.
    largest : {readout: largest difference over draws and times, as a share of its largest value}.
    lost, new : readouts that only the earlier or only the later run has.
    timed : whether both stored the same times, without which nothing is held against each other.
    """

    shared: int
    before: int
    largest: Mapping[str, float]
    lost: tuple[str, ...]
    new: tuple[str, ...]
    timed: bool

    @property
    def same(self) -> bool:
        """Whether every readout of every shared draw is the same to the last bit."""
        return self.timed and self.shared > 0 and not (self.lost or self.new or any(self.largest.values()))


class Reproduction(NamedTuple):
    """What became of a run when it was made again.

    Attributes
    ----------
    other_files : files of the folder whose bytes differ, or that are in one folder only.
    made : [(what, before, after)] of versions, digests and libraries that differ.
    parameters : [(number, before, after)] of the model's numbers that differ.
    draws : readouts draw by draw.
    asked_alike : whether both asked for the same draws, so that their answers may be held against each other.
    headline : numbers of the answer's headline that moved.    others : the rest of those that moved.
    arrays : what else differs in the result where both asked for the same: draws with redrawn numbers, coalitions, profiles, drawn numbers.
    """

    other_files: tuple[str, ...]
    made: tuple[tuple[str, str, str], ...]
    parameters: tuple[tuple[str, str, str], ...]
    draws: Draws
    asked_alike: bool
    headline: tuple[Moved, ...]
    others: tuple[Moved, ...]
    arrays: tuple[str, ...]

    @property
    def same_bytes(self) -> bool:
        return not self.other_files

    @property
    def same_numbers(self) -> bool:
        """Whether nothing moved that both runs tell."""
        return self.draws.same and not (self.asked_alike and (self.headline or self.others or self.arrays))


def compared(before: Path, after: Path) -> Reproduction:
    """Hold a folder of a run against an earlier one; raises StorageError naming the file of them that cannot be read."""
    (old, made), (new, made_now) = ((_read(folder / "summary.json"), _read(folder / "provenance.json")) for folder in (before, after))
    moved = tuple(m for m in _moved(_told(old), _told(new)))
    shown = {row["key"] for data in (old, new) for row in data.get("certainty", {}).get("rows", ())} or {m.key for m in moved}
    first = lambda m: m.key in shown or m.key.startswith("felt.")
    return Reproduction(_other_files(before, after), _made(made, made_now), _parameters(before, after), _draws(before, after),
                        old["draws"] == new["draws"], tuple(m for m in moved if first(m)), tuple(m for m in moved if not first(m)),
                        _other_arrays(before, after) if old["draws"] == new["draws"] else ())


def _read(file: Path) -> dict:
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise StorageError("this file of a run cannot be read", "Run the scenario again", file=file) from error


def _other_files(before: Path, after: Path) -> tuple[str, ...]:
    files = [{str(p.relative_to(folder)): p for p in folder.rglob("*") if p.is_file()} for folder in (before, after)]
    old, new = files
    return tuple(sorted(name for name in old.keys() | new.keys()
                        if name not in old or name not in new or old[name].read_bytes() != new[name].read_bytes()))


def _made(before: dict, after: dict) -> tuple[tuple[str, str, str], ...]:
    """What made the two, where it differs."""
    told = lambda made: {"epsom": made["version"], "commit": made["commit"], "code and data of epsom": made["source_digest"],
                         "model": made["solver"]["model"], "steps in a segment": made["solver"]["steps_per_segment"],
                         **made["libraries"], "machine": made["platform"]}
    old, new = told(before), told(after)
    return tuple((what, str(old.get(what, "-")), str(new.get(what, "-"))) for what in dict.fromkeys((*old, *new))
                 if old.get(what) != new.get(what))


def _parameters(before: Path, after: Path) -> tuple[tuple[str, str, str], ...]:
    """Numbers of the model with another value or spread."""
    found = []
    for folder in (before, after):
        file = folder / "tables" / "parameters.csv"
        try:
            with file.open(newline="", encoding="utf-8") as table:
                found.append({row["parameter"]: _number(row) for row in csv.DictReader(table)})
        except (OSError, KeyError, ValueError) as error:
            raise StorageError("this file of a run cannot be read", "Run the scenario again", file=file) from error
    old, new = found
    return tuple((key, old.get(key, "-"), new.get(key, "-")) for key in dict.fromkeys((*old, *new)) if old.get(key) != new.get(key))


def _number(row: dict[str, str]) -> str:
    value, low, high = (float(row[name]) for name in ("value", "low_5", "high_95"))
    return f"{value:.4g}{'' if row['unit'] == '1' else ' ' + row['unit']}" + ("" if low == high else f" ({low:.3g} to {high:.3g})")


def _told(summary: dict) -> dict[str, tuple[str, str, tuple[float, float, float]]]:
    """{key: (text, unit, three numbers)} of everything that a run answers."""
    answers = {f"{a['key']}": (a["text"], a["unit"], (a["low"], a["middle"], a["high"])) for a in summary["answers"]}
    if len({a["solute"] for a in summary["answers"]}) > 1:
        answers = {f"{a['key']} of {a['solute']}": (a["text"], a["unit"], (a["low"], a["middle"], a["high"])) for a in summary["answers"]}
    felt = summary.get("felt") or {}
    relief = {f"felt.relief.{r['s']:g} s": (f"points by which pain falls after {r['s'] / 60:g} min", FELT_UNIT,
                                            (r["low"], r["middle"], r["high"])) for r in felt.get("relief", ())}
    chances = {f"felt.chance.{c['threshold']}": (f"share of draws that become {c['threshold']}", "1", (c["share_of_draws"],) * 3)
               for c in felt.get("chances", ())}
    return answers | relief | chances


def _moved(old: dict, new: dict) -> Iterator[Moved]:
    for key in dict.fromkeys((*old, *new)):
        before, after = (told[key][2] if key in told else None for told in (old, new))
        if before != after:
            yield Moved(key, *(new.get(key) or old[key])[:2], before, after)


def _draws(before: Path, after: Path) -> Draws:
    """Every readout of the draws that both have."""
    import h5netcdf

    try:
        with h5netcdf.File(before / "result.nc", "r") as old, h5netcdf.File(after / "result.nc", "r") as new:
            names = [{n: v for n, v in file.variables.items() if v.dimensions[:1] == (DRAWN,) and n not in SAME_FOR_ALL}
                     for file in (old, new)]
            rows = _shared_rows(*(list(zip(np.asarray(f.variables["knowledge"]).tolist(), np.asarray(f.variables["person"]).tolist()))
                                  for f in (old, new)))
            timed = np.array_equal(np.asarray(old.variables["time"]), np.asarray(new.variables["time"]))
            largest = {name: _apart(np.asarray(names[0][name])[rows[0]], np.asarray(names[1][name])[rows[1]])
                       for name in names[0] if name in names[1]} if timed and len(rows[0]) else {}
            return Draws(len(rows[0]), old.dimensions["draw"].size, largest, tuple(n for n in names[0] if n not in names[1]),
                         tuple(n for n in names[1] if n not in names[0]), timed)
    except (OSError, KeyError, ValueError) as error:
        raise StorageError("the result of a run cannot be read", "Run the scenario again", file=before / "result.nc") from error


def _other_arrays(before: Path, after: Path) -> tuple[str, ...]:
    """What is not known draw by draw and differs, or is in one result alone."""
    import h5netcdf

    def arrays(folder):
        with h5netcdf.File(folder / "result.nc", "r") as file:
            return {n: np.asarray(v) for n, v in file.variables.items() if v.dimensions[:1] != (DRAWN,)}

    try:
        old, new = arrays(before), arrays(after)
    except (OSError, KeyError, ValueError) as error:
        raise StorageError("the result of a run cannot be read", "Run the scenario again", file=before / "result.nc") from error
    return tuple(name for name in dict.fromkeys((*old, *new)) if name not in old or name not in new or not _same(old[name], new[name]))


def _same(old: np.ndarray, new: np.ndarray) -> bool:
    return np.array_equal(old, new, equal_nan=old.dtype.kind == new.dtype.kind == "f")


def _shared_rows(old: list[tuple[int, int]], new: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Positions in both of the draws that both have."""
    there = {draw: k for k, draw in enumerate(new)}
    found = [(k, there[draw]) for k, draw in enumerate(old) if draw in there]
    return [k for k, _ in found], [k for _, k in found]


def _apart(old: np.ndarray, new: np.ndarray) -> float:
    """Largest difference over the largest value of both; a value that is no number on one side alone counts as all of it."""
    if np.array_equal(old, new, equal_nan=True):
        return 0.0
    if old.shape != new.shape or (np.isfinite(old) != np.isfinite(new)).any():
        return 1.0
    known = np.isfinite(old)
    return float(np.abs(new - old)[known].max() / max(np.abs(old[known]).max(), np.abs(new[known]).max()))
