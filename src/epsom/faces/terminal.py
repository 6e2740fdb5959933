"""What commands say: paragraphs and tables that fit a terminal, JSON for programs, bare lines for scripts."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from epsom.faces.show import Listing

WIDTH = 100                  # of a paragraph where there is room
PIPED = 160                  # of a table that goes into a file or a pipe
NARROWEST = 40               # below it a paragraph is no longer one
GAP = 2                      # spaces between the columns of a table
TALLEST = 4                  # lines of a cell; a table with taller ones is told row by row


def columns(otherwise: int) -> int:
    """Characters in a line of this terminal, or what COLUMNS says; `otherwise` where output goes into a file or a pipe."""
    if "COLUMNS" in os.environ or sys.stdout.isatty():
        return max(NARROWEST, shutil.get_terminal_size().columns)
    return otherwise


def wrap(text: str, first: str = "", rest: str = "  ") -> str:
    """A paragraph of the terminal's text."""
    return textwrap.fill(text, min(WIDTH, columns(WIDTH)), initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)


def line(text: str, rest: str) -> str:
    """A line that is folded on a terminal alone, its further lines indented by `rest`; in a file it stays whole, to be searched."""
    wide = columns(0)
    return textwrap.fill(text, wide, subsequent_indent=rest, break_on_hyphens=False, break_long_words=False) if wide else text


def clock(seconds: float) -> str:
    """A time as people say it."""
    unit, size = next(((unit, size) for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0))
                       if seconds >= (2 if unit == "d" else 1) * size), ("s", 1.0))
    return f"{seconds / size:.3g} {unit}"


def table_lines(header: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """A table that fits: columns side by side, long cells broken between words. Where that does not fit, or would make some cell very tall,
    each row stands by itself, a line for each of its cells."""
    cells = [[f"{cell:.6g}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]
    room = columns(PIPED)
    widths = _widths([list(header), *cells], room)
    if widths is None:
        return _cards(header, cells)
    folded = [[textwrap.wrap(cell, width, break_long_words=False, break_on_hyphens=False) or [""] for cell, width in zip(row, widths)]
              for row in (list(header), *cells)]
    if room < PIPED and any(len(lines) > TALLEST for row in folded[1:] for lines in row):
        return _cards(header, cells)
    return [(" " * GAP).join((lines[k] if k < len(lines) else "").ljust(width) for lines, width in zip(row, widths)).rstrip()
            for row in folded for k in range(max(map(len, row)))]


def _widths(cells: list[list[str]], room: int) -> list[int] | None:
    """Width of each column: that of its longest cell, or, where all do not fit, one that the wide ones share, but not less than its longest
    word, and of the first, which holds names that are to be copied, not less at all; None where that does not fit."""
    widest = [max(map(len, column)) for column in zip(*cells)]
    least = [max((len(word) for cell in column for word in cell.split()), default=0) for column in zip(*cells)]
    least[0] = widest[0]
    for shared in range(max(widest), -1, -1):
        found = [max(low, min(high, shared)) for low, high in zip(least, widest)]
        if sum(found) + GAP * (len(found) - 1) <= room:
            return found
    return None


def _cards(header: Sequence[str], cells: list[list[str]]) -> list[str]:
    lines = []
    for row in cells:
        lines += [row[0], *(wrap(f"{name}: {cell}" if name else cell, "    ", "      ") for name, cell in zip(header[1:], row[1:]) if cell)]
    return lines


# ---- what a command says ---------------------------------------------------------------------------------------------
def show_text(text: str, data: dict, as_json: bool) -> None:
    """Text for a person, or the same as JSON."""
    print(json.dumps(data, indent=2, ensure_ascii=False) if as_json else text)


def show_table(listing: Listing, as_json: bool) -> None:
    """A table for a person, or its rows as JSON."""
    show_text("\n".join(table_lines(listing.header, listing.rows)), {"schema": "epsom-table/1", "rows": listing.data}, as_json)


def show_lines(lines: Iterable[object]) -> None:
    """Each in a line, for scripts; nothing at all where there are none."""
    for line in lines:
        print(line)


def tell_what_is_done() -> None:
    """What epsom logs, on standard error, each with the seconds since the start."""
    import logging
    import time

    begin = time.monotonic()
    teller = logging.StreamHandler()
    teller.setFormatter(logging.Formatter("%(seconds)7.1f s  %(message)s"))
    teller.addFilter(lambda record: setattr(record, "seconds", time.monotonic() - begin) or True)
    logger = logging.getLogger("epsom")
    logger.addHandler(teller)
    logger.setLevel(logging.INFO)


def warn(lines: Iterable[str]) -> None:
    """Safety texts of a command that is to print little else: on standard error."""
    for line in lines:
        print(line, file=sys.stderr)
