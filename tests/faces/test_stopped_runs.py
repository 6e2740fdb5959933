"""Runs that are stopped, killed or short of disk: what is said is true, what was finished is kept, nothing else stays behind."""

from __future__ import annotations

import errno
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from epsom import storage, workers
from epsom.core.draws import Draws
from epsom.core.errors import Cancelled, SolveError
from epsom.core.files import write_whole
from epsom.ensemble import LANES
from epsom.faces import doctor
from epsom.faces.keyboard import never_lost
from epsom.faces.running import run_and_write
from epsom.scenario import Scenario
from epsom.simulation import expected_bytes, shelf_bytes, simulate
from epsom.standard import standard_model

SCENARIO = "magnesium-oil-calf"      # without a complaint: what is felt has tests of its own
STOPPED = "stopped from the keyboard"
GO_ON = "Finished batches are kept: run the same command again to go on"
in_processes = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def oil():
    case = Scenario.load(SCENARIO)
    return standard_model(case), case


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """The folder of a run that nothing stopped."""
    return run_and_write(SCENARIO, tmp_path_factory.mktemp("finished"), 24, 1, 3, [], quiet=True)[0]


@pytest.fixture
def long(monkeypatch):
    """As if twenty solves made a long run."""
    monkeypatch.setattr(workers, "ALONE", 20)


def stop_at(monkeypatch, batch: int) -> list[int]:
    """Ctrl-C at this batch, counted from 0; returns the sizes of the batches that were begun."""
    begun = []
    original = workers.solve_batch

    def solve(case, which, *rest):
        begun.append(len(which))
        if len(begun) == batch + 1:
            raise KeyboardInterrupt
        return original(case, which, *rest)

    monkeypatch.setattr(workers, "solve_batch", solve)
    return begun


def hidden(root):
    return [p.name for p in root.iterdir() if p.name.startswith(".")]


# ---- stopped from the keyboard ---------------------------------------------------------------------------------------
def test_a_long_run_that_was_stopped_goes_on_to_the_same_bytes(finished, long, tmp_path, monkeypatch):
    begun = stop_at(monkeypatch, 1)
    with pytest.raises(Cancelled, match=f"{STOPPED}. {GO_ON}"):
        run_and_write(SCENARIO, tmp_path, 24, 1, 3, [], quiet=True)
    assert hidden(tmp_path) == [f".unfinished-{finished.name}"]
    folder, _, reused = run_and_write(SCENARIO, tmp_path, 24, 1, 3, [], quiet=True)
    assert begun.count(24) == 3 and not reused               # the first batch was not solved again
    for file in (p for p in finished.rglob("*") if p.is_file()):
        assert file.read_bytes() == (folder / file.relative_to(finished)).read_bytes(), file.name
    assert hidden(tmp_path) == []


def test_nothing_is_promised_and_nothing_stays_when_no_batch_was_finished(epsom, long, tmp_path, monkeypatch):
    stop_at(monkeypatch, 0)
    said = epsom("run", SCENARIO, "-n", "24", "-o", tmp_path)
    assert said.code == 2 and f"{STOPPED}. Nothing was written." in said.err and list(tmp_path.iterdir()) == []


def test_batches_of_other_runs_on_a_shelf_promise_nothing(oil, tmp_path, monkeypatch):
    simulate(*oil, 3, shelf=tmp_path)
    stop_at(monkeypatch, 0)
    with pytest.raises(Cancelled, match="Nothing was written"):
        simulate(*oil, 3, seed=2, shelf=tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


def test_ctrl_c_while_the_report_is_written_keeps_the_batches(epsom, long, tmp_path, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(storage, "_fill", stopped)
    said = epsom("run", SCENARIO, "-n", "24", "-o", tmp_path)
    assert said.code == 2 and f"{STOPPED}. {GO_ON}." in said.err
    shelf, = hidden(tmp_path)
    assert len(list((tmp_path / shelf).rglob("*.npz"))) == 2


def test_ctrl_c_outside_a_run_says_only_that(epsom, monkeypatch):
    from epsom.faces import show

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(show, "listing", stopped)
    said = epsom("list")
    assert said.code == 2 and said.err.endswith(f"epsom: {STOPPED}.\n")


@pytest.mark.usefixtures("keyboard_heard")
def test_ctrl_c_that_falls_into_a_callback_is_not_lost():
    """Python tells of what a callback of the garbage collector raises, and goes on."""
    def pressed(phase, _):
        gc.callbacks.remove(pressed)
        raise KeyboardInterrupt

    gc.callbacks.append(pressed)
    with pytest.raises(KeyboardInterrupt), never_lost():
        gc.collect()
        time.sleep(5)
    with pytest.raises(RuntimeError, match="told"), never_lost():
        raise RuntimeError("told")


@pytest.mark.skipif(os.name != "posix", reason="needs signals to a group of processes")
def test_a_real_ctrl_c_ends_the_workers_and_the_run_goes_on(long, tmp_path, monkeypatch):
    """As a terminal sends it: to the command and its workers alike."""
    program = ("import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "     # ignored in the background
               "import epsom.workers; epsom.workers.ALONE = 20; from epsom.faces.cli import main; main()")
    command = subprocess.Popen([sys.executable, "-c", program, "run", SCENARIO, "-n", "256", "-w", "2", "-o", tmp_path],
                               stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
    wait_until(lambda: list(tmp_path.glob(".unfinished-*/*/*.npz")) or command.poll() is not None)
    os.killpg(command.pid, signal.SIGINT)
    out, err = command.communicate(timeout=60)
    assert command.returncode == 2 and f"epsom: {STOPPED}. {GO_ON}." in err and "Traceback" not in err and not out
    wait_until(lambda: not alive(command.pid))
    kept = len(list(tmp_path.rglob("*.npz")))
    begun = stop_at(monkeypatch, -1)
    run_and_write(SCENARIO, tmp_path, 256, 1, 1, [], quiet=True, workers=1)
    assert 0 < kept < 8 and begun.count(LANES) == 8 - kept and hidden(tmp_path) == []


def wait_until(true, seconds: float = 60.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


# ---- a worker dies ---------------------------------------------------------------------------------------------------
def dies_at(monkeypatch, first: int):
    """Workers that are killed, as a system short of memory does it, when they get the batch that begins with a draw."""
    def killed(which, *rest):
        if which[0] == first:
            os.kill(os.getpid(), signal.SIGKILL)
        return importlib.import_module("epsom.workers")._in_worker(which, *rest)      # the worker's own

    monkeypatch.setattr(workers, "_in_worker", killed)


@pytest.mark.long
@in_processes
def test_a_dead_worker_is_a_plain_error_and_what_was_finished_is_kept(oil, tmp_path, monkeypatch):
    whole = simulate(*oil, 3 * LANES)
    with monkeypatch.context() as patched:
        dies_at(patched, 2 * LANES)
        with pytest.raises(SolveError, match=r"a worker process ended.*Finished batches are kept: run the same command again"):
            simulate(*oil, 3 * LANES, workers=2, shelf=tmp_path)
    kept = len(list(tmp_path.rglob("*.npz")))
    begun = stop_at(monkeypatch, -1)
    again = simulate(*oil, 3 * LANES, shelf=tmp_path)
    assert 0 < kept < 6 and begun.count(LANES) == 6 - kept
    for name in whole.readouts:
        np.testing.assert_array_equal(again[name], whole[name])


@in_processes
def test_a_worker_that_dies_at_once_keeps_nothing_and_says_what_to_do(epsom, tmp_path, monkeypatch):
    dies_at(monkeypatch, 0)
    said = epsom("run", SCENARIO, "-n", "24", "-w", "2", "-o", tmp_path)
    assert said.code == 2 and said.err.endswith("(killed, or out of memory). Ask for fewer workers or fewer draws.\n")
    assert "Traceback" not in said.err and list(tmp_path.iterdir()) == []


# ---- unfinished runs are seen and counted ----------------------------------------------------------------------------
def test_unfinished_runs_are_listed(epsom, finished, long, tmp_path, monkeypatch):
    stop_at(monkeypatch, 1)
    epsom("run", SCENARIO, "-n", "24", "-s", "3", "-o", tmp_path)
    shelf = tmp_path / f".unfinished-{finished.name}"
    said = " ".join(epsom("list", "runs", "-o", tmp_path).out.split())
    for words in (finished.name, "unfinished", "MB kept", "the same command goes on"):
        assert words in said
    row, = json.loads(epsom("list", "runs", "-o", tmp_path, "--json").out)["rows"]
    assert row == {"run": finished.name, "folder": str(shelf), "state": "unfinished", "kept_bytes": storage.kept_bytes(shelf)}
    assert row["kept_bytes"] > 100_000


def test_a_long_run_needs_room_for_its_batches_too(oil, long, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(storage, "_check_space", lambda needed, root: asked.append(needed - storage.SPARE))
    for batch in (1, 0):                                      # one batch is kept, then the run goes on
        with monkeypatch.context() as patched, pytest.raises(Cancelled):
            stop_at(patched, batch)
            run_and_write(SCENARIO, tmp_path, 24, 1, 3, [], quiet=True)
    (_, shelf), = storage.unfinished(tmp_path)
    written = expected_bytes(*oil, Draws(knowledge=24))
    kept = shelf_bytes(*oil, Draws(knowledge=24))
    assert asked == [written + kept, written + kept - storage.kept_bytes(shelf)]


def test_a_short_run_needs_room_for_itself_only(oil, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(storage, "_check_space", lambda needed, root: asked.append(needed - storage.SPARE))
    stop_at(monkeypatch, 0)
    with pytest.raises(Cancelled):
        run_and_write(SCENARIO, tmp_path, 24, 1, 3, [], quiet=True)
    assert asked == [expected_bytes(*oil, Draws(knowledge=24))]


def test_what_is_counted_is_what_is_kept(oil, tmp_path):
    """The estimate is above what is kept and below twice that."""
    simulate(*oil, 48, shelf=tmp_path)
    assert storage.kept_bytes(tmp_path) < shelf_bytes(*oil, Draws(knowledge=48)) < 2 * storage.kept_bytes(tmp_path)


# ---- a full disk -----------------------------------------------------------------------------------------------------
def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("step", ["write_bytes", "replace"])
def test_a_file_is_there_whole_or_not_at_all(tmp_path, monkeypatch, step):
    original = Path.write_bytes
    monkeypatch.setattr(Path, step, full if step == "replace" else lambda path, content: original(path, content[:2]) and full())
    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "file", b"content")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_keeps_no_batch_and_no_half_of_one(oil, tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "replace", full)
    assert simulate(*oil, 3, shelf=tmp_path).draws.size == 3
    assert list(tmp_path.iterdir()) == []


def test_doctor_tells_of_unfinished_runs(tmp_path):
    assert doctor.unfinished_runs(tmp_path)[1:3] == (f"none in {tmp_path}", "ok")
    (tmp_path / ".unfinished-bath").mkdir()
    (tmp_path / ".unfinished-bath" / "batch.npz").write_bytes(bytes(2_000_000))
    _, found, verdict, _ = doctor.unfinished_runs(tmp_path)
    assert found == f"1 in {tmp_path}, 2.0 MB" and "epsom list runs" in verdict
