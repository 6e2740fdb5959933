"""A run or a comparison on disk: one folder, written whole or not at all.

Everything goes to a hidden folder beside the target and is renamed at the end, so that an interrupted or failed run
leaves nothing half-written. The name contains the fingerprint: the same run has the same name, and from the same commit on
the same machine the same bytes.
"""

from __future__ import annotations

import csv
import errno
import io
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from epsom import answer as asked
from epsom import certainty, feeling_text, value_of_information_text
from epsom import comparison_text as told
from epsom.comparison import Comparison, as_data
from epsom.core.errors import InputError, StorageError, nearest
from epsom.core.files import patient
from epsom.core.sources import as_bibtex
from epsom.result import QUANTILES, Result
from epsom.safety import disclaimers, red_flag

SCHEMA = "epsom-summary/1"
COMPARISON, SWEEP = "epsom-comparison/2", "epsom-sweep/2"
SPARE = 20_000_000           # bytes that are to stay free beside the run
WRITING = ".writing-"        # begins the name of a folder that is being written
STALE = 86_400.0             # s after which such a folder is what a killed process left: no writing takes that long
UNFINISHED = ".unfinished-"  # begins the name of a folder that holds the batches of a long run until it ends


def summary(result: Result) -> dict:
    """The content of summary.json: a stable schema, named in its first key."""
    p, found = result.provenance, asked.answers(result)
    return {"schema": SCHEMA, "name": result.scenario.name, "fingerprint": p["fingerprint"], "version": p["version"],
            "draws": p["draws"], "gates": [g.as_dict() for g in result.gates],
            "alarms": asked.alarms(result), "red_flag": red_flag(result.scenario),
            "headline": asked.headline(result, found), "certainty": certainty.told(result, found), "answers": [a.as_dict() for a in found],
            "felt": feeling_text.data(result), "measurements": value_of_information_text.data(result),
            "not_modelled": list(result.not_modelled), "disclaimers": filled_disclaimers(result), "solver": p["solver"]}


def comparison_summary(comparison: Comparison) -> dict:
    """The content of a comparison's summary.json: a stable schema, named in its first key."""
    runs, swept = comparison.results, comparison.swept
    return {"schema": SWEEP if swept else COMPARISON, "name": comparison.name, "fingerprint": comparison.fingerprint,
            "version": runs[0].provenance["version"], "labels": list(comparison.labels),
            "swept": swept and {"key": swept.key, "values": list(swept.values), "numbers": swept.numbers and list(swept.numbers),
                                "unit": swept.unit},
            "draws": runs[0].provenance["draws"], "paired_draws": comparison.draws, "gates": told.gates(comparison),
            "alarms": told.alarms(comparison), "red_flag": " ".join(told.red_flags(comparison)), "notes": told.notes(comparison),
            "differences": {key: dict(zip(comparison.labels, values)) for key, values in told.differences(comparison)},
            "headline": told.headline(comparison), "share_of_draws": told.MIXED,
            "overview": [as_data(row, comparison.labels) for row in told.overview(comparison)],
            "rows": [as_data(row, comparison.labels) for row in comparison.table],
            "not_modelled": told.not_modelled(comparison), "disclaimers": filled_disclaimers(comparison),
            "runs": {label: r.provenance["fingerprint"] for label, r in zip(comparison.labels, runs)}}


def filled_disclaimers(result: Result | Comparison) -> list[str]:
    """The fixed disclaimers with this run's share of numbers that lack human data for the very quantity."""
    graded = [p for p in result.parameters.values() if p.grade in "ABCD" and not p.constant]
    share = sum(p.grade != "A" for p in graded) / len(graded)
    return [text.replace("{share}", f"{100 * share:.0f} %") for text in disclaimers()]


def guarded(value: object) -> object:
    """A CSV cell that no spreadsheet takes for a formula."""
    return "'" + value if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def as_csv(header: list[str], rows) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([[guarded(cell) for cell in row] for row in (header, *rows)])
    return text.getvalue().encode()


def tables(result: Result) -> dict[str, bytes]:
    """The CSV tables by file name."""
    course = ((name, result.words[name].unit, float(t), *(float(q) for q in quantiles))
              for name, values in result.readouts.items()
              for t, quantiles in zip(result.times, np.quantile(values, QUANTILES, axis=0).T))
    numbers = ((p.key, p.value, p.unit, *(p.interval() if not p.spread_free else (p.value, p.value)), p.grade.strip("-"), p.source,
                p.where, p.verify, p.note) for p in result.parameters.values())
    found = asked.answers(result)
    return {"time_course.csv": as_csv(["readout", "unit", "time_s", *(f"quantile_{q:g}" for q in QUANTILES)], course),
            "parameters.csv": as_csv(["parameter", "value", "unit", "low_5", "high_95", "grade", "source", "where",
                                      "to_be_verified", "note"], numbers),
            "answers.csv": as_csv(["key", "solute", "text", "unit", "low_5", "middle", "high_95", "weakest_grade",
                                   "assumed_share", "unknown_share", "people_factor", "moved_by_finer_cells",
                                   "moved_by_finer_steps"],
                                  map(answer_row, found))}


def answer_row(a: asked.Answer) -> tuple:
    """An answer as a line of answers.csv; what was not told is empty."""
    return (a.key, a.solute, a.text, a.unit, a.low, a.middle, a.high, a.weakest_grade, a.assumed.value if a.assumed else "",
            *((a.split.unknown.value, a.split.factor.value) if a.split else ("", "")),
            *((a.numerical.cells.most, a.numerical.steps.most) if a.numerical else ("", "")))


def write_netcdf(result: Result, path: Path) -> None:
    """All arrays with units and long names (read it with xarray.open_dataset(path, decode_timedelta=False))."""
    import h5netcdf
    import h5py

    with patient(path) as target, h5netcdf.File(target, "w") as file:
        for name, dimensions, values, attributes in result.arrays():
            if name in file.variables:
                continue
            for dimension, size in zip(dimensions, values.shape):
                if dimension not in file.dimensions:
                    file.dimensions[dimension] = size
            kind = h5py.string_dtype() if values.dtype == object else values.dtype
            variable = file.create_variable(name, dimensions, dtype=kind, data=np.ascontiguousarray(values))
            for key, text in attributes.items():
                variable.attrs[key] = text
        file.attrs["fingerprint"] = result.provenance["fingerprint"]


def check_writable(root: str | Path, needed: int = 0) -> None:
    """Raise StorageError unless a run of `needed` bytes can be written here; asked before a long run, not after it. What processes that were
    killed left here long ago goes."""
    root = Path(root)
    if root.exists() and not root.is_dir():
        raise StorageError("cannot write here: this is a file, not a folder", "Name another folder with --out", file=root)
    try:
        root.mkdir(parents=True, exist_ok=True)
        for left in leftovers(root):
            if time.time() - left.stat().st_mtime > STALE:
                shutil.rmtree(left, ignore_errors=True)
        tempfile.TemporaryDirectory(prefix=WRITING, dir=root).cleanup()
        _check_space(needed + SPARE, root)
    except OSError as error:
        raise _storage_error(error, root) from error


def write(result: Result, root: str | Path, pages: Mapping[str, Callable[[], str]] | None = None) -> Path:
    """Write the run folder `root`/<name>-<fingerprint> and return its path; an existing one is left as it is.

    Parameters
    ----------
    pages : further files by name, such as the report; each a function that makes its text.

    Raises
    ------
    StorageError : no space, no permission. Nothing is left behind.
    """
    size = sum(values.nbytes for _, _, values, _ in result.arrays())
    return _write_folder(Path(root), result.name, size, lambda folder: _fill(result, folder, pages or {}))


def write_comparison(comparison: Comparison, root: str | Path, pages: Mapping[str, Callable[[], str]] | None = None) -> Path:
    """Write the folder of a comparison or sweep in the same way; `pages` may lie in folders, as in "pictures/x.svg"."""
    return _write_folder(Path(root), comparison.name, 0, lambda folder: _fill_comparison(comparison, folder, pages or {}))


def _write_folder(root: Path, name: str, needed: int, fill: Callable[[Path], None]) -> Path:
    target = root / name
    if target.exists():
        return target
    try:
        root.mkdir(parents=True, exist_ok=True)
        _check_space(needed + SPARE, root)
        temporary = Path(tempfile.mkdtemp(prefix=WRITING, dir=root))
    except OSError as error:
        raise _storage_error(error, root) from error
    try:
        fill(temporary)
        temporary.rename(target)
    except OSError as error:
        if target.exists():                  # another process was faster with the same run
            return target
        raise _storage_error(error, root) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target


def write_files(root: str | Path, name: str, files: Mapping[str, bytes]) -> Path:
    """Write these files into the new folder `root`/`name`, whole or not at all, and return its path.

    Raises
    ------
    StorageError : the folder is there already; no space, no permission. Nothing is left behind.
    """
    root = Path(root)
    target = root / name
    if target.exists():
        raise StorageError("this folder is there already", "Name another one with --out, or remove it", file=target)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=WRITING, dir=root, ignore_cleanup_errors=True) as temporary:
            for file, content in files.items():
                (Path(temporary) / file).write_bytes(content)
            Path(temporary).rename(target)
    except OSError as error:
        raise _storage_error(error, root) from error
    return target


def _dump(data: dict) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _fill(result: Result, folder: Path, pages: Mapping[str, Callable[[], str]]) -> None:
    (folder / "scenario.toml").write_text(result.scenario.to_toml(), "utf-8")
    (folder / "summary.json").write_text(_dump(summary(result)), "utf-8")
    (folder / "provenance.json").write_text(_dump(dict(result.provenance)), "utf-8")
    (folder / "why.json").write_text(_dump(dict(result.trail)), "utf-8")
    (folder / "references.bib").write_text(as_bibtex(p.source for p in result.parameters.values()), "utf-8")
    (folder / "tables").mkdir()
    for name, content in tables(result).items():
        (folder / "tables" / name).write_bytes(content)
    write_netcdf(result, folder / "result.nc")
    for name, make in pages.items():
        (folder / name).write_text(make(), "utf-8")


def _fill_comparison(comparison: Comparison, folder: Path, pages: Mapping[str, Callable[[], str]]) -> None:
    for name in ("scenarios", "tables"):
        (folder / name).mkdir()
    for i, result in enumerate(comparison.results):
        (folder / "scenarios" / f"{i + 1}.toml").write_text(result.scenario.to_toml(), "utf-8")
    (folder / "summary.json").write_text(_dump(comparison_summary(comparison)), "utf-8")
    provenance = {label: dict(r.provenance) for label, r in zip(comparison.labels, comparison.results)}
    (folder / "provenance.json").write_text(_dump(provenance), "utf-8")
    (folder / "references.bib").write_text(as_bibtex(p.source for p in comparison.parameters.values()), "utf-8")
    (folder / "tables" / "comparison.csv").write_bytes(comparison_table(comparison))
    for name, make in pages.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(make(), "utf-8")


def comparison_table(comparison: Comparison) -> bytes:
    """Every quantity, time and scenario as one CSV line; cells are empty where there is nothing to read or compare."""
    empty = ("", "", "")
    lines = []
    for row in comparison.table:
        for label, value, paired, kept in zip(comparison.labels, row.values, (None, *row.against), row.grid):
            lines.append((row.key, row.solute, row.text, label, row.unit, *(value or empty),
                          *(paired.difference if paired else empty), *(paired.ratio or empty if paired else empty),
                          *((paired.larger, paired.equal) if paired else ("", "")),
                          paired.assumed.value if paired and paired.assumed else "", row.weakest_grade.strip("-"),
                          *((kept.cells.most, kept.steps.most) if kept else ("", ""))))
    three = lambda word: [f"{word}low_5", f"{word}middle", f"{word}high_95"]
    return as_csv(["key", "solute", "text", "scenario", "unit", *three(""), *three("difference_"), *three("ratio_"),
                   "share_of_draws_larger", "share_of_draws_equal", "assumed_share", "weakest_grade", "moves_with_finer_cells",
                   "moves_with_finer_steps"], lines)


def _check_space(needed: int, root: Path) -> None:
    free = shutil.disk_usage(root).free
    if free < needed:
        raise StorageError(f"this run needs {needed / 1e6:.0f} MB and the disk has {free / 1e6:.0f} MB left",
                           "Free some space, ask for fewer draws, or name another folder with --out", file=root)


def _storage_error(error: OSError, root: Path) -> StorageError:
    if error.errno == errno.ENOSPC:
        return StorageError("the disk is full", "Free some space or name another folder with --out", file=root)
    return StorageError(f"cannot write here: {error.strerror or error}", "Name another folder with --out", file=root)


def runs(root: str | Path) -> list[Path]:
    """The run folders under a root, oldest first."""
    root = Path(root)
    found = [p for p in root.iterdir() if p.name[0] != "." and (p / "summary.json").is_file()] if root.is_dir() else []
    return sorted(found, key=lambda p: (p.stat().st_mtime, p.name))


def shelf_of(root: str | Path, name: str) -> Path:
    """Where the finished batches of a long run are kept until it ends."""
    return Path(root) / f"{UNFINISHED}{name}"


def kept_bytes(shelf: Path | None) -> int:
    """Bytes of the finished batches on a shelf."""
    try:
        return sum(p.stat().st_size for p in shelf.rglob("*.npz")) if shelf else 0
    except FileNotFoundError:                # its run has just ended, in another process
        return 0


def unfinished(root: str | Path) -> list[tuple[str, Path]]:
    """(name of the run, its shelf) of the long runs under a root that were stopped, or are not done yet."""
    return [(p.name.removeprefix(UNFINISHED), p) for p in sorted(Path(root).glob(f"{UNFINISHED}*")) if p.is_dir()]


def leftovers(root: str | Path) -> list[Path]:
    """Folders under a root that are being written, or were when their process was killed; nothing reads them."""
    return sorted(p for p in Path(root).glob(f"{WRITING}*") if p.is_dir())


def read_summary(run: str | Path, root: str | Path = "runs", schemas: tuple[str, ...] = (SCHEMA,)) -> tuple[Path, dict]:
    """(folder, summary) of a run given by its folder, or by its name or the start of it under `root`; `schemas` may let
    comparisons in."""
    run = Path(run)
    folder = run if (run / "summary.json").is_file() else None
    if folder is None:
        fitting = [p for p in runs(root) if p.name == str(run) or p.name.startswith(str(run)) or p.name.endswith(str(run))]
        if len(fitting) > 1:
            raise InputError(f"{len(fitting)} runs fit this name", f"Did you mean {' or '.join(p.name for p in fitting[-3:])}?",
                             value=str(run))
        folder = fitting[0] if fitting else None
    if folder is None:
        raise InputError("there is no such run", nearest(run.name, [p.name for p in runs(root)]) or
                         "`epsom list runs` shows what is there", file=run)
    try:
        data = json.loads((folder / "summary.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise StorageError(f"this run cannot be read: {error}", "Run the scenario again", file=folder / "summary.json") from error
    if not isinstance(data, dict) or data.get("schema") not in schemas:
        if isinstance(data, dict) and data.get("schema") in (COMPARISON, SWEEP):
            raise StorageError("this is a comparison, not a run", "Run one of its scenarios alone", file=folder)
        raise StorageError("this run was written in another schema", "Run the scenario again with this version",
                           file=folder / "summary.json")
    return folder, data
