"""Storing, struck at every single operation on files: what stands under the name of a run is whole, or nothing does."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import moments
import pytest

from epsom import storage, tidy
from epsom.core import files
from epsom.core.errors import StorageError
from epsom.core.files import PARTIAL, write_whole
from epsom.result import Result
from epsom.scenario import Scenario

FEW = ("time", "knowledge", "person", "crossed_amount[magnesium]")
FATES = (moments.full, moments.stopped, moments.killed)
STRUCK = (StorageError, KeyboardInterrupt, moments.Killed)
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def result():
    from epsom.simulation import simulate
    from epsom.standard import standard_model

    case = Scenario.load("magnesium-oil-calf")
    return simulate(standard_model(case), case, 3)


@pytest.fixture
def quick(result, monkeypatch):
    """Contents are made once, not anew for each moment, and few arrays are stored."""
    for name in ("summary", "tables", "as_bibtex"):
        made = getattr(storage, name)(result if name != "as_bibtex" else [p.source for p in result.parameters.values()])
        monkeypatch.setattr(storage, name, lambda _, made=made: made)
    few = [array for array in result.arrays() if array[0] in FEW]
    monkeypatch.setattr(Result, "arrays", lambda self: iter(few))


@pytest.fixture
def compared(result, monkeypatch):
    from epsom.comparison import Comparison

    two = Comparison(("a", "b"), (result, result))
    for name in ("comparison_summary", "comparison_table"):
        made = getattr(storage, name)(two)
        monkeypatch.setattr(storage, name, lambda _, made=made: made)
    return two


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


class Act(NamedTuple):
    """Something that writes below a folder: what it does, and the name that its writing ends under."""

    do: Callable[[Path], object]
    name: str


@pytest.fixture
def acts(result, quick, compared, tmp_path) -> dict[str, Act]:
    stored = storage.write(result, tmp_path / "stored", {})
    summary = json.loads((stored / "summary.json").read_text("utf-8"))
    pages = {"report.html": lambda: "page\n" * 50}
    export = lambda ending: Act(lambda root: tidy.export(stored, summary, root / f"all{ending}", ["crossed_amount"]), f"all{ending}")
    return {"run": Act(lambda root: storage.write(result, root, pages), result.name),
            "comparison": Act(lambda root: storage.write_comparison(compared, root, pages | {"pictures/a.svg": lambda: "<svg/>"}),
                              compared.name),
            "files": Act(lambda root: storage.write_files(root, "body", {"a.csv": b"12345678", "b.json": b"{}"}), "body"),
            "file": Act(lambda root: (root.mkdir(exist_ok=True), write_whole(root / "a.xml", b"<sbml/>")), "a.xml"),
            ".csv": export(".csv"), ".json": export(".json"), ".nc": export(".nc")}


def found(root: Path, name: str) -> dict[str, bytes]:
    """What stands under a name: files of a folder, or the one file; nothing where nothing does."""
    there = root / name
    return contents(there) if there.is_dir() else {name: there.read_bytes()} if there.exists() else {}


@pytest.mark.parametrize("fate", FATES, ids=lambda fate: fate.__name__)
@pytest.mark.parametrize("what", ["run", "comparison", "files", "file", ".csv", ".json", ".nc"])
def test_struck_at_every_moment_nothing_is_half_there(acts, what, fate, tmp_path):
    act = acts[what]
    several = moments.count(tmp_path / "whole", lambda: act.do(tmp_path / "whole"))
    whole, struck = found(tmp_path / "whole", act.name), 0
    assert several >= 3 and whole
    for at in range(several):
        root = tmp_path / f"{fate.__name__}-{at}"
        try:
            with moments.watched(root, fate, at):
                act.do(root)
        except STRUCK:
            struck += 1
        except OSError as error:                              # a single file leaves it to its caller to say what that means
            assert what == "file" and fate is moments.full, error
            struck += 1
        assert found(root, act.name) in ({}, whole), at
        left = [p.name for p in root.iterdir() if p.name != act.name] if root.is_dir() else []
        assert not left or (fate is not moments.full and all(name.startswith(storage.WRITING) or name.endswith(PARTIAL) for name in left)), at
        if what in ("run", "comparison"):
            assert [p.name for p in storage.runs(root)] == ([act.name] if found(root, act.name) else []), at
        if not found(root, act.name):                         # and the same again, beside whatever was left, ends well
            act.do(root)
            assert found(root, act.name) == whole, at
    assert struck >= several - 4                              # all but removals at the end, which may fail unseen


@pytest.mark.parametrize("fate", FATES, ids=lambda fate: fate.__name__)
def test_a_run_that_is_there_is_never_touched(result, quick, fate, tmp_path):
    before = contents(storage.write(result, tmp_path / "runs", {}))
    for at in range(3):
        with moments.watched(tmp_path / "runs", fate, at):
            assert contents(storage.write(result, tmp_path / "runs", {"report.html": lambda: "other"})) == before


def test_what_a_killed_run_left_goes_after_a_day(result, quick, tmp_path):
    """Not before: it may be another process at work."""
    with pytest.raises(moments.Killed), moments.watched(tmp_path, moments.killed, 6):
        storage.write(result, tmp_path, {})
    left, = storage.leftovers(tmp_path)
    assert left.name.startswith(storage.WRITING) and list(left.iterdir())
    storage.check_writable(tmp_path)
    assert storage.leftovers(tmp_path) == [left] and storage.runs(tmp_path) == []
    os.utime(left, (time.time() - 2 * storage.STALE,) * 2)
    storage.check_writable(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("keyboard_heard")
def test_ctrl_c_while_arrays_are_written_waits_for_them(result, tmp_path, monkeypatch):
    """HDF5 calls back into Python to write; an interruption there would crash it."""
    def pressed(file, *rest):
        os.kill(os.getpid(), signal.SIGINT)
        return original(file, *rest)

    original = files._Patient.write
    monkeypatch.setattr(files._Patient, "write", pressed)
    with pytest.raises(KeyboardInterrupt):
        storage.write(result, tmp_path, {})
    assert list(tmp_path.iterdir()) == [] and signal.getsignal(signal.SIGINT) is signal.default_int_handler


# ---- inside a file ---------------------------------------------------------------------------------------------------
@pytest.mark.skipif(os.name != "posix", reason="needs limits of the system on the size of a file")
def test_killed_or_short_of_space_inside_a_file(result, tmp_path):
    """The system itself ends a process at a byte, or refuses it, inside whatever file grows that long, HDF5's too."""
    whole = contents(storage.write(result, tmp_path / "whole", {}))
    sizes = [len(whole["summary.json"]) // 2, len(whole["result.nc"]) // 3, len(whole["result.nc"]) - 1]
    (tmp_path / "result.pickle").write_bytes(pickle.dumps(result))
    ends = subprocess.run([sys.executable, HERE / "limited.py", tmp_path, *map(str, sizes)], check=True, capture_output=True, text=True)
    ends = json.loads(ends.stdout)
    for size in sizes:
        for way, end in (("refused", 3), ("killed", -25)):    # StorageError; SIGXFSZ
            root = tmp_path / f"{way}-{size}"
            assert ends[root.name] == end, root.name
            left = sorted(p.name for p in root.iterdir())
            assert left == [] if way == "refused" else [name.startswith(storage.WRITING) for name in left] == [True], root.name
            assert storage.runs(root) == []
    assert contents(tmp_path / "whole" / result.name) == whole
