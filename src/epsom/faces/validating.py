"""`epsom validate`: from names of cases to a table, or to the two pages."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from epsom.core.errors import EpsomError, StorageError
from epsom.core.parameter import names
from epsom.faces.show import Listing

HEADER = ("case", "kind", "quantity", "unit", "expected", "found", "verdict")
PAGES = "epsom-validation-pages/1"             # of what is said about them; their numbers have a schema of their own


def listing(name: str | None, draws: int, seed: int, workers: int | None, quiet: bool) -> Listing:
    """What others say beside what the model says; of one case, or of all."""
    from epsom.validation import summary as told

    found = _compared([name] if name else names("validation"), draws, seed, workers, quiet)
    data = [told.row_data(row) | {"measured": one.case.about.measured, "used_for_defaults": one.case.about.used_for_defaults}
            for one in found for row in one.rows]
    rows = [(row["case"], f"{row['kind']}, {'used' if row['used_for_defaults'] else 'not used'}", row["quantity"], row["unit"],
             told.expected_text(row), told.found_text(row), row["verdict"]) for row in data]
    return Listing(HEADER, rows, data)


def write_pages(folder: Path, draws: int, seed: int, workers: int | None, quiet: bool) -> tuple[Path, str]:
    """(folder, what to say) after writing both pages and their numbers into a new folder; all cases are run."""
    from epsom import storage, validation_pages
    from epsom.validation import summary as told
    from epsom.validation.reading import switched

    if folder.exists():
        raise StorageError("this folder is there already", "Name another one with --pages, or remove it", file=folder)
    found = _compared(names("validation"), draws, seed, workers, quiet)
    switches = []
    for one in found:
        if one.case.switches:
            if not quiet:
                _say(f"{one.name}: its simplifications, one by one")
            switches.append(switched(one.name, one.case, one.rows, draws, seed, workers))
    data = told.summary(found, switches, draws, seed)
    pages = {f"{name}.html": text.encode() for name, text in validation_pages.pages(data).items()}
    numbers = {"validation.json": (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()}
    written = storage.write_files(folder.absolute().parent, folder.name, pages | numbers)
    return written, "\n".join([*validation_pages.overview(data), f"Pages: {', '.join(str(written / name) for name in pages)}"])


def _compared(wanted: list[str], draws: int, seed: int, workers: int | None, quiet: bool) -> list:
    from epsom.validation.case import load
    from epsom.validation.reading import compare
    from epsom.validation.summary import Compared

    cases = {name: load(name) for name in wanted}            # a case that cannot be read is said before anything is run
    found = []
    for name, case in cases.items():
        if len(cases) > 1 and not quiet:
            _say(name)
        try:
            found.append(Compared(name, case, compare(name, case, draws, seed, workers)))
        except EpsomError as error:
            raise error.at(name) from error
    return found


def _say(text: str) -> None:
    """How far it is, on standard error, so that output can be piped."""
    print(text, file=sys.stderr, flush=True)
