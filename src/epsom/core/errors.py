"""What can go wrong, said so that the reader knows the next step.

Every error that a person can cause carries four things: where it is (file and key), what was found there, what is
wrong with it, and what to do. The command line prints exactly these and ends with exit code 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class EpsomError(Exception):
    """Base of all errors that epsom raises on purpose.

    Parameters
    ----------
    what : the trouble, one sentence without a full stop.
    do : the next step for the reader, one sentence without a full stop.
    file, key, value : where it is and what stands there; leave out what does not apply.
    """

    def __init__(self, what: str, do: str = "", *, file: object = None, key: str = "", value: object = None):
        self.what, self.do, self.file, self.key, self.value = what, do, file, key, value
        super().__init__(str(self))

    def __str__(self) -> str:
        place = ": ".join(str(part) for part in (self.file, self.key) if part)
        found = "" if self.value is None else f" (found: {shortened(self.value)})"
        return f"{place + ': ' if place else ''}{self.what}{found}" + (f". {self.do}" if self.do else "")

    def at(self, file: object = None, key: str = "") -> EpsomError:
        """The same error, told from a place nearer to the reader: fills in the file, puts `key` before its key."""
        joined = ".".join(part for part in (key, self.key) if part)
        return type(self)(self.what, self.do, file=self.file or file, key=joined, value=self.value)


class InputError(EpsomError):
    """A scenario, quantity, name or option given by a person cannot be used."""


class DataError(EpsomError):
    """A table that ships with epsom, or with an added mechanism, breaks the rules of the house."""


class ModelError(EpsomError):
    """Mechanisms do not fit together; the message names them."""


class SolveError(EpsomError):
    """The solver could not finish."""


class StorageError(EpsomError):
    """A run cannot be written or read."""


class Cancelled(EpsomError):
    """The person stopped the run."""


def shortened(value: object, limit: int = 60) -> str:
    """The value as text on one line, cut where it is long."""
    text = repr(value) if isinstance(value, str) else str(value)
    text = "".join(ch if ch.isprintable() else "?" for ch in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence that offers the names nearest to a wrong one, or all of them if they are few."""
    known = sorted(known)
    close = get_close_matches(str(name)[:80], known, n=3, cutoff=0.6)
    if close:
        return f"Did you mean {' or '.join(repr(c) for c in close)}?"
    return f"Known: {', '.join(known[:12])}{' …' if len(known) > 12 else ''}" if known else ""
