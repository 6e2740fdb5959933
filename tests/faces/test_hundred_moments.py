"""A hundred random moments in whole commands: Ctrl-C, kill, and a disk that is full. What stands under a name is whole, or nothing does.

The full disk is the system's limit on the length of a file (RLIMIT_FSIZE), which needs no rights: the write that passes it is refused, in
HDF5 too. It differs from a full disk in that shorter files still fit.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from test_interrupted_storing import found

from epsom import storage
from epsom.core.files import PARTIAL

pytestmark = [pytest.mark.long, pytest.mark.skipif(os.name != "posix", reason="needs signals and limits of POSIX")]
PROGRAM = ("import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
           "import resource; limit = {limit} or resource.RLIM_INFINITY; resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)); "
           "import epsom.workers; epsom.workers.ALONE = {alone}; from epsom.faces.cli import main; "
           "print('ready', file=sys.stderr, flush=True); main()")
SCENARIO, SEED = "magnesium-oil-calf", 20_261_122
FATES = ("stopped", "killed", "full")


class Command(NamedTuple):
    """Words, with {root} for the folder; how many moments; whether it keeps finished batches."""

    words: tuple[str, ...]
    moments: int
    alone: int = 2000


EXPORT = ("export", "{stored}", "--to")
COMMANDS = {"run": Command(("run", SCENARIO, "-n", "4", "-o", "{root}"), 30),
            "long run": Command(("run", SCENARIO, "-n", "70", "-w", "1", "-o", "{root}"), 18, alone=20),
            "compare": Command(("compare", SCENARIO, "magnesium-lotion-calf", "-n", "4", "-o", "{root}"), 18),
            "csv": Command((*EXPORT, "{root}/all.csv"), 8), "json": Command((*EXPORT, "{root}/all.json"), 4),
            "nc": Command((*EXPORT, "{root}/all.nc"), 8),
            "body run": Command(("body", "run", "oral-300mg", "-n", "2", "-o", "{root}"), 8),
            "body sbml": Command(("body", "sbml", "oral-300mg", "-o", "{root}/oral.xml"), 6)}


def test_there_are_a_hundred():
    assert sum(command.moments for command in COMMANDS.values()) == 100


class Ended(NamedTuple):
    """How a command ended, and what it said on standard error; s it took after it was ready."""

    code: int
    said: str
    seconds: float


def launched(command: Command, root: Path, stored: Path, limit: int | None = None, at: float | None = None, by: int = 0) -> Ended:
    """Run a command; files may be so long; after `at` seconds it gets a signal."""
    words = [word.format(root=root, stored=stored) for word in command.words]
    process = subprocess.Popen([sys.executable, "-c", PROGRAM.format(alone=command.alone, limit=limit), *words, "--quiet"], text=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr.readline() == "ready\n"
    begun = time.monotonic()
    if at is not None:
        try:
            process.wait(at)
        except subprocess.TimeoutExpired:
            process.send_signal(by)
    said = process.communicate(timeout=300)[1]
    return Ended(process.returncode, said, time.monotonic() - begun)


@pytest.fixture(scope="module")
def stored(tmp_path_factory) -> Path:
    """A run to be exported."""
    root = tmp_path_factory.mktemp("stored")
    assert launched(COMMANDS["run"], root, root).code == 0
    return storage.runs(root)[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_at_any_moment_what_is_left_is_whole(name, stored, tmp_path):
    command, root = COMMANDS[name], tmp_path / "root"
    root.mkdir()
    launched(command, tmp_path / "first", stored)             # programs that are not in the cache are compiled
    undisturbed = launched(command, tmp_path / "whole", stored)
    target, = (p.name for p in (tmp_path / "whole").iterdir())
    whole, chance, ends = found(tmp_path / "whole", target), random.Random(f"{SEED} {name}"), []
    longest = max(map(len, whole.values()))
    for k in range(command.moments):
        fate = FATES[k % 3]
        if fate == "full":
            end = launched(command, root, stored, limit=int(longest ** chance.uniform(0.2, 1.0)))
        else:
            by = signal.SIGINT if fate == "stopped" else signal.SIGKILL
            end = launched(command, root, stored, at=undisturbed.seconds * chance.random(), by=by)
        ends.append((fate, end.code))
        done = end.code in (0, -signal.SIGINT)                # the latter where Python itself was ending, with all done
        assert done or end.code == (-signal.SIGKILL if fate == "killed" else 2), (k, fate, end)
        assert "Traceback" not in end.said and "Fatal" not in end.said, (k, fate, end.said)
        there = found(root, target)
        assert there == (whole if done else there and whole), (k, fate)
        others = [p.name for p in root.iterdir() if p.name != target]
        assert all(other.startswith((storage.WRITING, storage.UNFINISHED)) or other.endswith(PARTIAL) for other in others), (k, fate, others)
        if there:                                             # out of the way of the next moment
            (root / target).rename(tmp_path / f"done-{k}")
    assert {code for _, code in ends} & {2, -signal.SIGKILL}, ends
    assert launched(command, root, stored).code == 0 and found(root, target) == whole
    assert not [p for p in root.iterdir() if p.name.startswith(storage.UNFINISHED)]
