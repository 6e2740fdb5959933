"""What commands said when somebody last looked, kept in `snapshots/`: text with what differs from machine to machine taken out, and of JSON
its keys with the kinds of their values. `make snapshots` writes them anew; read the difference in git before committing it."""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent / "snapshots"
RENEW = "EPSOM_SNAPSHOTS"    # set to anything: write instead of compare
NUMBER = re.compile(r"(?<![\w.])[-+−]?\d\d*(?:\.\d+)?(?:e[-+]?\d+)?(?![\w.]*\w)")


def plain(text: str, folders: Mapping[str, str] = MappingProxyType({}), numbers: bool = True) -> str:
    """Text without what is not the same everywhere: folders, fingerprints, commit and version; without numbers where they come from a run,
    whose lines are not to be folded then (`unfolded`), since numbers of another width fold them elsewhere."""
    for path, called in folders.items():
        text = text.replace(path, called)
    text = text.replace("python -m pytest.epsom", "epsom")       # what the command line takes for its name where pytest is not parted
    text = re.sub(r"\b[0-9a-f]{40}(\+changes)?\b", "<commit>", text)
    text = re.sub(r"\b(?=[0-9a-f]*\d)[0-9a-f]{12}\b", "<fingerprint>", text)
    text = re.sub(r"\b\d+\.\d+\.\d+\b", "<version>", text)
    if numbers:
        return "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"
    text = re.sub(r"(?<=\S) {2,}", " ", NUMBER.sub("#", text))
    return "\n".join(line.rstrip() for line in re.sub(r"(?<=[.;:]) (?=\S)", "\n  ", text).strip().splitlines()) + "\n"


def unfolded(monkeypatch) -> None:
    """Lines of any length."""
    from epsom.faces import terminal

    monkeypatch.setattr(terminal, "WIDTH", 100_000)
    monkeypatch.setenv("COLUMNS", "100000")


def shape(data: object, path: str = "") -> dict[str, set[str]]:
    """{path: kinds of value} of plain data; entries of a list share a path, and the schema stands with its value."""
    if isinstance(data, dict) and data:
        found: dict[str, set[str]] = {}
        for key, value in data.items():
            for place, kinds in shape(value, f"{path}.{key}".lstrip(".")).items():
                found.setdefault(place, set()).update(kinds)
        return found
    if isinstance(data, list) and data:
        found = {}
        for value in data:
            for place, kinds in shape(value, f"{path}[]").items():
                found.setdefault(place, set()).update(kinds)
        return found
    if path == "schema":
        return {path: {f"= {data}"}}
    kind = {dict: "{}", list: "[]", type(None): "null", bool: "bool", str: "text"}.get(type(data), "number")
    return {path: {kind}}


def shape_text(text: str) -> str:
    """The shape of JSON, a line for each path."""
    return "".join(f"{path}: {' | '.join(sorted(kinds))}\n" for path, kinds in sorted(shape(json.loads(text)).items()))


def difference(name: str, now: str) -> str:
    """Lines by which what is said now differs from what is kept; nothing where they agree. Renews it instead where that is asked for."""
    file = FOLDER / name
    if os.environ.get(RENEW):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(now, "utf-8")
        return ""
    if not file.is_file():
        return f"there is no {file.name}: `make snapshots` writes it"
    return "".join(difflib.unified_diff(file.read_text("utf-8").splitlines(True), now.splitlines(True), f"kept {name}", "now", n=1))
