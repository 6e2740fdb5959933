"""Ctrl-C that Python would lose."""

from __future__ import annotations

import _thread
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer

SOON = 0.05                  # s


@contextmanager
def never_lost() -> Iterator[None]:
    """Within, Ctrl-C that falls into a callback (as JAX has one for each collection of garbage), of which Python only tells on standard
    error and goes on, is pressed once more a moment later."""
    before = sys.unraisablehook

    def told(lost) -> None:
        if lost.exc_type is not KeyboardInterrupt:
            before(lost)
            return
        with suppress(RuntimeError):                          # Python is ending: no thread begins any more
            Timer(SOON, _thread.interrupt_main).start()

    sys.unraisablehook = told
    try:
        yield
    finally:
        sys.unraisablehook = before
