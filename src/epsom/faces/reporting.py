"""`epsom report`: the page of a stored run, for another reader or on paper."""

from __future__ import annotations

from pathlib import Path

from epsom import storage
from epsom.core.errors import InputError, StorageError
from epsom.core.files import write_whole
from epsom.faces.show import safety_lines
from epsom.faces.terminal import line, wrap

SCHEMA = "epsom-page/1"
ENDINGS = (".html", ".pdf")


def written(run: str, runs: Path, whom: str, file: Path | None) -> tuple[str, dict]:
    """(what to say, the same as data) after writing the page of a run for this reader; nothing is solved."""
    from epsom.report.readers import reader_named

    reader = reader_named(whom)
    folder, summary = storage.read_summary(run, runs)
    file = file or Path(f"{folder.name}-{reader.name}.html")
    if file.suffix not in ENDINGS:
        raise InputError("the file's ending says the format, and this is none of them", f"End it with {' or '.join(ENDINGS)}", key="--to",
                         value=str(file))
    if file.exists():
        raise StorageError("this file is there already", "Name another one with --to, or remove it", file=file)
    content = _content(folder, reader, file.suffix == ".pdf")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, content)
    except OSError as error:
        raise StorageError(f"this cannot be written: {error.strerror or error}", "Name another file with --to", file=file) from error
    safety = {name: summary[name] for name in ("gates", "alarms", "red_flag")}
    said = line(f"{folder.name}, {reader.whom}: {file}", "  ")
    return "\n".join([*safety_lines(summary), said, "", wrap(summary["disclaimers"][0])]), {
        "schema": SCHEMA, "run": folder.name, **safety, "for": reader.name, "file": str(file), "disclaimer": summary["disclaimers"][0]}


def _content(folder: Path, reader, on_paper: bool) -> bytes:
    from epsom import report
    from epsom.stored import load

    html = report.page(load(folder), reader)
    if not on_paper:
        return html.encode()
    from epsom.report.paper import pdf

    return pdf(html, reader.folds_open)
