"""Sources, and epsom itself, in the words that other programs cite with: plain data, CSL and BibTeX."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

from epsom.core.sources import as_bibtex, bibliography

KINDS = {"article": "article-journal", "book": "book"}        # of BibTeX, in CSL; anything else is a document
LOCATORS = {"volume": "volume", "pages": "page", "publisher": "publisher", "doi": "DOI", "note": "note"}
OTHERS = "others"            # BibTeX's word for authors who are not named


def facts(key: str) -> dict:
    """Authors, year, title, journal and doi of a source as plain data; None where the bibliography has none."""
    entry = bibliography()[key]
    field = lambda name: _text(entry.fields[name]) if name in entry.fields else None
    return {"key": key, "authors": [" ".join(filter(None, (name.get("given"), name["family"]))) for name in _names(entry)]
            or ([field("organization")] if "organization" in entry.fields else []),
            "and_others": any(OTHERS in p.last_names for p in entry.persons.get("author", [])),
            "year": _year(entry), "title": field("title"), "journal": field("journal") or field("publisher") or field("howpublished"),
            "doi": field("doi")}


def as_csl(keys: Iterable[str]) -> list[dict]:
    """These sources as items of CSL-JSON, which reference managers read, sorted by key."""
    return [_csl(key) for key in sorted(set(keys))]


def _csl(key: str) -> dict:
    entry = bibliography()[key]
    found = {"id": key, "type": KINDS.get(entry.type, "document"), "title": _text(entry.fields["title"])}
    authors = _names(entry) or ([{"literal": _text(entry.fields["organization"])}] if "organization" in entry.fields else [])
    if authors:
        found["author"] = authors
    if year := _year(entry):
        found["issued"] = {"date-parts": [[int(year)]]}
    if place := entry.fields.get("journal", entry.fields.get("howpublished")):
        found["container-title"] = _text(place)
    return found | {csl: _text(entry.fields[name]) for name, csl in LOCATORS.items() if name in entry.fields}


def _names(entry) -> list[dict[str, str]]:
    """Family and given names of the authors who are named."""
    told = lambda parts: " ".join(map(_text, parts))
    named = [(told((*p.prelast_names, *p.last_names)), told((*p.first_names, *p.middle_names)))
             for p in entry.persons.get("author", []) if OTHERS not in p.last_names]
    return [{"family": family} | ({"given": given} if given else {}) for family, given in named]


def _year(entry) -> str | None:
    """None where the bibliography says in words that it is not known."""
    year = entry.fields.get("year", "")
    return year if year.isdigit() else None


def _text(latex: str) -> str:
    from pybtex.richtext import Text

    return str(Text.from_latex(latex))


# ---- epsom itself ----------------------------------------------------------------------------------------------------
def software(version: str, commit: str) -> dict:
    """How to cite epsom, from CITATION.cff: authors, title, version, commit, licence and what it asks of those who cite it.

    Parameters
    ----------
    version, commit : of the run that is cited; the file names only the latest release.
    """
    import yaml

    told = yaml.safe_load((files("epsom") / "data" / "CITATION.cff").read_text("utf-8"))
    people = [person.get("name") or f"{person['given-names']} {person['family-names']}" for person in told["authors"]]
    return {"authors": people, "title": told["title"], "version": version, "commit": commit, "license": told["license"],
            "message": told["message"]}


def software_line(about: dict) -> str:
    """The same as one line of text."""
    return f"{', '.join(about['authors'])}. {about['title']}. {_edition(about)}. {about['license']} licence."


def software_bibtex(about: dict) -> str:
    """The same as a BibTeX entry."""
    people = " and ".join(f"{{{name}}}" for name in about["authors"])
    return f'@misc{{epsom,\n    author = "{people}",\n    title = "{{{about["title"]}}}",\n    note = "Software. {_edition(about)}"\n}}\n'


def software_csl(about: dict) -> dict:
    """The same as an item of CSL-JSON."""
    return {"id": "epsom", "type": "software", "title": about["title"], "author": [{"literal": name} for name in about["authors"]],
            "version": about["version"], "note": _edition(about)}


def _edition(about: dict) -> str:
    known = "" if about["commit"] in ("none", "") else f", commit {about['commit']}"
    return f"Version {about['version']}{known}"


def with_software(keys: Iterable[str], about: dict) -> str:
    """A BibTeX file of these sources and epsom itself."""
    return f"{as_bibtex(keys).rstrip()}\n\n{software_bibtex(about)}"
