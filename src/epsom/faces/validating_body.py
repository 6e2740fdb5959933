"""`epsom body validate`: from the name of a study or a row to a table, or to the two pages."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from epsom.core.errors import StorageError
from epsom.faces.show import Listing

NOT_COMPARED = "not compared"
HEADER = ("row", "kind", "quantity", "unit", "measured", "found", "verdict")
PAGES = "epsom-body-validation-pages/1"             # of what is said about them; their numbers have a schema of their own


def listing(name: str | None, draws: int | None, seed: int, quiet: bool) -> Listing:
    """What others measured beside what the model says, misses first; of one row, of one study with what else was seen in it,
    or of all.

    Parameters
    ----------
    name : of a study, or the id of a row as in "IV02_6".
    draws : draws of what is unknown, each with the same virtual people; None: as many as the model usually takes.
    """
    from epsom.validation import summary as told
    from epsom.whole_body import study, validation
    from epsom.whole_body.validation_summary import context, row_data

    wanted = [study.found(name)] if name else [(key, one, one.rows) for key, one in study.studies().items() if one.rows]
    found = [each for key, one, rows in wanted for each in validation.compare(key, one, rows, draws or validation.KNOWLEDGE, seed=seed,
                                                                             say=_say if name is None and not quiet else None)]
    data = sorted(map(row_data, found), key=lambda row: row["verdict"] == "in")
    rows = [(row["id"], f"{row['kind']}, {'used' if row['used'] else 'not used'}", row["quantity"], row["unit"], told.expected_text(row),
             told.found_text(row), row["verdict"]) for row in data]
    seen = context({key: one for key, one, chosen in wanted if chosen == one.rows}) if name else []
    rows += [(", ".join(one["ids"]), NOT_COMPARED, one["title"], "", one["seen"], "-", one["why"]) for one in seen]
    data += [{"id": ", ".join(one["ids"]), "verdict": NOT_COMPARED, **one} for one in seen]
    return Listing(HEADER, rows, data)


def write_pages(folder: Path, draws: int | None, seed: int, quiet: bool) -> tuple[Path, str]:
    """(folder, what to say) after writing both pages and their numbers into a new folder; all studies are run."""
    from epsom import storage, validation_pages
    from epsom.whole_body import study, validation
    from epsom.whole_body.validation_summary import summary

    if folder.exists():
        raise StorageError("this folder is there already", "Name another one with --pages, or remove it", file=folder)
    knowledge = draws or validation.KNOWLEDGE
    every = study.studies()
    found = [each for name, one in every.items() for each in validation.compare(name, one, None, knowledge, seed=seed,
                                                                           say=None if quiet else _say)]
    data = summary(every, found, knowledge, validation.PEOPLE, seed)
    pages = {f"{name}.html": text.encode() for name, text in validation_pages.pages(data).items()}
    numbers = {"validation.json": (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()}
    written = storage.write_files(folder.absolute().parent, folder.name, pages | numbers)
    return written, "\n".join([*validation_pages.overview(data), f"Pages: {', '.join(str(written / name) for name in pages)}"])


def _say(text: str) -> None:
    """How far it is, on standard error, so that output can be piped."""
    print(text, file=sys.stderr, flush=True)
