"""Files that are there whole or not at all."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import current_thread, main_thread

PARTIAL = ".part"            # how the name of a file ends while it is being written


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """The name of a file beside the target, to be written in the block; it takes the target's place when the block ends well, and goes
    when it does not.

    Raises OSError (a full disk, no permission).
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}{PARTIAL}")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write beside the target and rename, so that nobody reads half a file and a failure leaves nothing behind.

    Raises OSError (a full disk, no permission).
    """
    with whole(path) as partial:
        partial.write_bytes(content)


class _Patient:
    """A new binary file that goes on in memory where the disk does not, and remembers the trouble."""

    def __init__(self, path: Path):
        self.file, self.trouble = path.open("w+b", buffering=0), None

    def __getattr__(self, name: str):
        return getattr(self.file, name)

    def write(self, content) -> int:
        start, left = self.file.tell(), memoryview(content).cast("B")
        try:
            while left:
                left = left[self.file.write(left):]
        except OSError as error:
            self._go_on(error)
            self.file.seek(start)
            self.file.write(content)
        return len(content)

    def truncate(self, size: int) -> int:
        try:
            return self.file.truncate(size)
        except OSError as error:
            self._go_on(error)
            self.file.seek(size - 1)
            self.file.write(b"\0")
            return size

    def _go_on(self, error: OSError) -> None:
        self.file.seek(0)
        on_disk, self.file = self.file, io.BytesIO(self.file.read())
        on_disk.close()
        self.trouble = error


@contextmanager
def patient(path: Path) -> Iterator[_Patient]:
    """A new file for HDF5, which crashes the process where a disk is full or a write is interrupted: it never learns of that, and what could
    not be written is raised when the block ends, as is Ctrl-C.

    Raises OSError (a full disk, no permission).
    """
    file = _Patient(path)
    try:
        with _keyboard_waits():
            yield file
    finally:
        file.file.close()
    if file.trouble:
        raise file.trouble


@contextmanager
def _keyboard_waits() -> Iterator[None]:
    """Ctrl-C is raised at the end of the block."""
    if current_thread() is not main_thread() or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    pressed = []
    signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if pressed:
        raise KeyboardInterrupt
