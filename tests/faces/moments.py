"""Every moment at which something can go wrong with files below a folder, counted and chosen: the disk is full, a key is pressed, or the
process is killed."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import get_ident

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
MAKES, CHANGES = {"open", "os.mkdir"}, {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"}
HALF = "half of a file"      # the moment at which half of it is written


class Killed(BaseException):
    """As if the process were gone: whatever it would do to files from now on is not done."""


def full(k: int, at: int, event: str) -> None:
    """From this moment on nothing new fits on the disk; things can be renamed and removed."""
    if k >= at and event in (*MAKES, HALF):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def stopped(k: int, at: int, event: str) -> None:
    """Ctrl-C at this moment."""
    if k == at:
        raise KeyboardInterrupt


def killed(k: int, at: int, event: str) -> None:
    """Killed at this moment."""
    if k >= at:
        raise Killed


class Watch:
    """Counts what the thread that made it does to files below `folder`, and calls `fate` with the count at each of them."""

    def __init__(self, folder: Path, fate: Callable[[int, int, str], None], at: int):
        self.folder, self.fate, self.at, self.seen, self.thread = str(folder), fate, at, 0, get_ident()

    def happens(self, event: str) -> None:
        self.seen += 1
        self.fate(self.seen - 1, self.at, event)


_watch: Watch | None = None


def _hook(event: str, arguments: tuple) -> None:
    """What Python tells of itself (PEP 578); a hook cannot be taken away, so that there is one, which does nothing most of the time."""
    if _watch is None or event not in CHANGES or get_ident() != _watch.thread:
        return
    if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & WRITING):
        return
    inside = str(arguments[0]).startswith(_watch.folder) or (event != "open" and arguments[-1] not in (-1, None))
    if inside:
        _watch.happens(event)


def _in_halves(original):
    """Path.write_text or write_bytes with a moment between the halves."""
    def write(path, content, *rest, **named):
        if _watch is None or not str(path).startswith(_watch.folder):
            return original(path, content, *rest, **named)
        original(path, content[:len(content) // 2], *rest, **named)
        _watch.happens(HALF)
        with path.open("ab") as file:
            tail = content[len(content) // 2:]
            return file.write(tail if isinstance(tail, bytes) else tail.encode())
    return write


@contextmanager
def watched(folder: Path, fate: Callable[[int, int, str], None], at: int) -> Iterator[Watch]:
    """Within the block `fate` strikes at moment `at` of what happens below the folder."""
    global _watch
    if _hook not in _hooked:
        sys.addaudithook(_hook)
        _hooked.append(_hook)
    originals = Path.write_text, Path.write_bytes
    Path.write_text, Path.write_bytes = map(_in_halves, originals)
    _watch = watch = Watch(folder, fate, at)
    try:
        yield watch
    finally:
        _watch = None
        Path.write_text, Path.write_bytes = originals


_hooked: list = []


def count(folder: Path, act: Callable[[], object]) -> int:
    """How many moments an act has when nothing goes wrong."""
    with watched(folder, lambda *_: None, 0) as watch:
        act()
    return watch.seen
