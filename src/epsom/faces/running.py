"""From a command to a run folder: read, change, simulate with progress, write."""

from __future__ import annotations

import logging
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

from epsom import changes, storage
from epsom.core.draws import Draws
from epsom.core.errors import Cancelled, InputError, StorageError
from epsom.numerical import FINER_CELLS
from epsom.report.readers import RESEARCHER, reader_named
from epsom.scenario import Scenario, read_tables

LOG = logging.getLogger(__name__)
WHOLE = RESEARCHER.name
LONG = 2000              # draws from which on a run without a terminal says how far it is


def run_and_write(name: str, root: Path, draws: int, people: int, seed: int, wanted_changes: list[str],
                  quiet: bool, workers: int | None = None, check_grid: bool = False, credited: int = 0,
                  whom: str = WHOLE) -> tuple[Path, dict, bool]:
    """(run folder, summary, whether it was there already); `check_grid` measures how far the answers move on a finer grid; of the
    first `credited` draws every coalition of effects is solved; the page is for the reader `whom`."""
    reader_named(whom)                       # a reader who is none is said before anything is solved
    tables, file = read_tables(name)
    scenario = Scenario.build(changes.all_changed(tables, wanted_changes), file)
    wanted = Draws(knowledge=draws, people=people, seed=seed)
    try:
        return solved(scenario, wanted, root, quiet, workers, check_grid, credited, whom)
    except InputError as error:
        raise error.at(file) from error


def solved(scenario: Scenario, draws: Draws, root: Path, quiet: bool, workers: int | None,
           check_grid: bool, credited: int, whom: str = WHOLE) -> tuple[Path, dict, bool]:
    """The same of a scenario that is built, on these draws."""
    from epsom import feeling, protocol, report
    from epsom.safety import refuse_if_blocked

    refuse_if_blocked(scenario)
    from epsom.simulation import expected_bytes, foreseen_name, shelf_bytes, simulate
    from epsom.standard import standard_model
    from epsom.workers import ALONE

    protocol.rows(scenario)                  # a step that cannot be done is said before anything is solved
    model = standard_model(scenario)
    finer = standard_model(scenario, FINER_CELLS) if check_grid else None
    asked = feeling.asked(scenario, min(credited, draws.size))
    name = foreseen_name(model, scenario, draws, finer=finer, asked=asked)
    there = root / name
    if (there / "summary.json").is_file():
        return *storage.read_summary(there), True
    shelf = storage.shelf_of(root, name) if 2 * draws.size > ALONE else None      # a long run can be stopped and go on
    to_keep = max(0, shelf_bytes(model, scenario, draws) - storage.kept_bytes(shelf)) if shelf else 0
    storage.check_writable(root, expected_bytes(model, scenario, draws) + to_keep)
    Thread(target=report.prepare, daemon=True).start()       # the solver leaves a core free meanwhile
    with may_stop(shelf), Progress(quiet) as progress:
        result = simulate(model, scenario, draws, workers=workers, shelf=shelf, finer=finer, asked=asked, progress=progress)
        progress.say("writing the report")
        folder = report.write_report(result, root, reader_named(whom))
    return *storage.read_summary(folder), False


@contextmanager
def may_stop(shelf: Path | None) -> Iterator[None]:
    """Say what a stop from the keyboard leaves. Make the shelf of a long run, if it has one; it goes when the run is written, or
    when it stops with nothing on it."""
    from epsom.simulation import next_step

    try:
        if shelf:
            shelf.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot write here: {error.strerror or error}", "Name another folder with --out", file=shelf) from error
    try:
        yield
    except KeyboardInterrupt as error:
        raise Cancelled("stopped from the keyboard", next_step(shelf)) from error
    else:
        if shelf:
            shutil.rmtree(shelf, ignore_errors=True)
    finally:
        if shelf:
            with suppress(OSError):          # stays if a batch is on it
                shelf.rmdir()


class Progress:
    """A progress bar on a terminal's standard error; elsewhere a line for each tenth of a long run."""

    def __init__(self, quiet: bool):
        self.live = not quiet and sys.stderr.isatty()
        self.plain, self.tenths = not quiet and not self.live, 0

    def __enter__(self) -> Progress:
        if self.live:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            self.bar = Progress(TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total} draws"),
                                TimeElapsedColumn(), console=Console(stderr=True), transient=True)
            self.bar.start()
            self.task = self.bar.add_task("preparing the solver", total=None)
        return self

    def __call__(self, done: int, total: int) -> None:
        LOG.info("%d of %d draws are solved", done, total)
        if self.live:
            self.bar.update(self.task, completed=done, total=total, description="simulating (Ctrl-C stops)")
        elif self.plain and total > LONG and done * 10 // total > self.tenths:
            self.tenths = done * 10 // total
            print(f"{done} of {total} draws", file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        LOG.info(text)
        if self.live:
            self.bar.update(self.task, description=text)

    def __exit__(self, *_) -> None:
        if self.live:
            self.bar.stop()


