"""The bibliography: every number names its source by a key of `data/sources.bib`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from epsom.core.errors import DataError

ASSUMED = "assumed"      # the explicit word for a number that nobody measured
SCENARIO = "scenario"    # the number was given by the person who wrote the scenario


@cache
def bibliography():
    """The parsed bibliography: an ordered mapping of keys to pybtex entries."""
    from pybtex.database import parse_string

    return parse_string((files("epsom") / "data" / "sources.bib").read_text("utf-8"), "bibtex").entries


def check(key: str) -> None:
    """Raise DataError unless `key` is a source, "assumed" or "scenario"."""
    if key not in (ASSUMED, SCENARIO) and key not in bibliography():
        raise DataError(f"'{key}' is not in sources.bib", "Add the source, or write \"assumed\"", key="source", value=key)


def plain(key: str) -> str:
    """One source as a line of text: authors, year, title, journal and locator."""
    entry = bibliography()[key]
    people = entry.persons.get("author", [])
    names = [" ".join(map(str, p.rich_last_names)) for p in people]
    if names[-1:] == ["others"]:
        names[-1] = "et al."
    who = ", ".join(names[:3]) + (" et al." if len(names) > 3 else "")
    field = entry.fields
    parts = [f"{who or field.get('organization', 'Anonymous')} ({field.get('year', 'no year')})", field.get("title", ""),
             field.get("journal", field.get("publisher", field.get("howpublished", "")))]
    if "doi" in field:
        parts.append(f"doi:{field['doi']}")
    return ". ".join(part.strip("{}. ") for part in parts if part) + "."


def as_bibtex(keys: Iterable[str]) -> str:
    """The entries of these keys as a BibTeX file, sorted by key; keys that are no entries are left out."""
    from pybtex.database import BibliographyData

    entries = bibliography()
    return BibliographyData({key: entries[key] for key in sorted(set(keys)) if key in entries}).to_string("bibtex")
