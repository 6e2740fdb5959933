"""Who solves the batches of an ensemble: this process, or one pinned process for each core; finished ones can be kept."""

from __future__ import annotations

import io
import os
import signal
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, wait
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np

from epsom.core.errors import SolveError
from epsom.core.files import write_whole
from epsom.ensemble import LANES, Batch, Case, Pass, Solver, solve_batch
from epsom.storage import kept_bytes

ALONE = 2000             # solves up to which one process is quicker than starting several


def cores() -> list[int]:
    """The cores that this process may use."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))


def workers_for(solves: int) -> int:
    """How many processes suit a number of solves."""
    return 1 if solves <= ALONE else min(len(cores()), -(-solves // LANES))


@contextmanager
def solver(case: Case, workers: int, shelf: Path | None = None) -> Iterator[Solver]:
    """A Solver of this many processes (1: this one). With a shelf, finished batches are kept there and not solved again.

    Raises SolveError where a process dies.
    """
    if workers == 1:
        yield InThisProcess(case, shelf)
        return
    try:
        with pinned(case, workers) as executors:
            yield InWorkers(case, executors, shelf)
    except BrokenExecutor as error:
        raise SolveError("a worker process ended before its work was done (killed, or out of memory)",
                         "Finished batches are kept: run the same command again to go on, with fewer workers if this happens again"
                         if kept_bytes(shelf) else "Ask for fewer workers or fewer draws") from error


@contextmanager
def pinned(case: Any, workers: int) -> Iterator[list[Executor]]:
    """So many processes, one on each core in turn, which know the case (`case_here`). They end with the block, at once if it fails."""
    from loky import ProcessPoolExecutor

    free = cores()
    executors = [ProcessPoolExecutor(1, initializer=_begin, initargs=(os.getpid(), free[i % len(free)], case)) for i in range(workers)]
    finished = False
    try:
        yield executors
        finished = True
    finally:
        for executor in executors:                            # at once when anything went wrong, Ctrl-C included
            executor.shutdown(wait=finished, kill_workers=not finished)


def handed_out(executors: list[Executor], function: Callable, work: Iterable[tuple]) -> Iterator[tuple[tuple, Any]]:
    """(arguments, what the function makes of them) as each is done; a process gets its next piece of work when it has done one."""
    left, running = iter(work), {}

    def give(executor: Executor):
        arguments = next(left, None)
        if arguments is not None:
            running[executor.submit(function, *arguments)] = executor, arguments

    for executor in 2 * executors:                            # one in work and one in hand
        give(executor)
    while running:
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            executor, arguments = running.pop(future)
            give(executor)
            yield arguments, future.result()


class InThisProcess:
    """Solves in this process."""

    def __init__(self, case: Case, shelf: Path | None):
        self.case, self.shelf = case, shelf

    def each(self, chunks, how):
        for which in chunks:
            batch = _kept(self.shelf, which, how)
            if batch is None:
                batch = solve_batch(self.case, which, how)
                _keep(self.shelf, which, how, batch)
            yield which, batch


class InWorkers:
    """Solves in processes; each gets its next chunk when it has done one."""

    def __init__(self, case: Case, executors: list[Executor], shelf: Path | None):
        self.case, self.executors, self.shelf = case, executors, shelf

    def each(self, chunks: Iterable[np.ndarray], how: Pass):
        there, missing = [], []
        for which in chunks:
            batch = _kept(self.shelf, which, how)
            (missing if batch is None else there).append((which, batch))
        yield from there
        work = ((which, how) for which, _ in missing)
        for (which, *_), batch in handed_out(self.executors, _in_worker, work):
            _keep(self.shelf, which, how, batch)
            yield which, batch


_case: Any = None                                             # of a worker process


def case_here() -> Any:
    """What this worker process works on."""
    return _case


def _begin(parent: int, core: int, case: Any) -> None:
    """Stay on one core, so that the solver starts one thread and keeps its cache; remember the case."""
    global _case
    signal.signal(signal.SIGINT, signal.SIG_IGN)              # Ctrl-C reaches the parent too, which ends its workers
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    Thread(target=_end_with, args=(parent,), daemon=True).start()
    _case = case


def _end_with(parent: int) -> None:
    """Not outlive a parent that was killed: nobody else would end this process."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _in_worker(*arguments) -> Batch:
    return solve_batch(_case, *arguments)


def _place(shelf: Path, which: np.ndarray, how: Pass) -> Path:
    """The run's fingerprint, in the shelf's name, tells all of what is asked but which coalitions."""
    told = which.tolist(), sorted(how.redrawn), how.finer, how.listening, how.asked and how.asked.only
    return shelf / f"{sha256(repr(told).encode()).hexdigest()[:24]}.npz"


def _kept(shelf: Path | None, which: np.ndarray, how: Pass) -> Batch | None:
    """A batch from the shelf; a file that cannot be read counts as none."""
    if shelf is None:
        return None
    try:
        with np.load(_place(shelf, which, how)) as kept:
            return Batch(*(kept[name] for name in Batch._fields))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _keep(shelf: Path | None, which: np.ndarray, how: Pass, batch: Batch) -> None:
    if shelf is None:
        return
    content = io.BytesIO()
    np.savez(content, **batch._asdict())
    with suppress(OSError):                                   # a full disk: go on without keeping
        write_whole(_place(shelf, which, how), content.getvalue())
