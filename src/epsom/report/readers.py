"""Who reads a page, and which parts of the same content they get, in which order."""

from __future__ import annotations

from typing import NamedTuple

from epsom.core.errors import InputError, nearest


class Reader(NamedTuple):
    """Somebody who reads a page.

    Attributes
    ----------
    name : as it is asked for.
    whom : as the page says it.
    parts : parts of the page in order, after question, gates and warnings, which everybody gets; see `report.PARTS`.
    folds_open : whether what is folded away on a screen stands open on paper; else it is left out there.
    """

    name: str
    whom: str
    parts: tuple[str, ...]
    folds_open: bool = False


CLINICIAN = Reader("clinician", "for a clinician with five minutes", (
    "answer", "studies", "not_magnesium", "blood", "red_flags", "trial", "fair_test", "not_modelled", "done", "weakest", "sources",
    "please_note", "made"))
FORMULATOR = Reader("formulator", "for somebody who makes products", (
    "answer", "product", "surface", "amounts", "sting", "vary", "not_backed", "trial", "not_modelled", "done", "rests", "sources",
    "please_note", "made"))
RESEARCHER = Reader("researcher", "whole, for somebody who checks it", (
    "answer", "drawing", "felt", "certainty", "measuring", "glossary", "not_modelled", "done", "amounts", "around", "over_time", "surface",
    "people", "studies", "claims", "rests", "sources", "please_note", "made"), folds_open=True)
EVERYONE = Reader("everyone", "for anybody", (
    "story", "drawing", "hundred", "sting", "studies", "unknown", "fair_test", "glossary", "please_note", "made"))
READERS = {reader.name: reader for reader in (CLINICIAN, FORMULATOR, RESEARCHER, EVERYONE)}


def reader_named(name: str) -> Reader:
    """The reader of this name.

    Raises
    ------
    InputError : there is none.
    """
    if name not in READERS:
        raise InputError("there is no page for such a reader", nearest(name, READERS) or f"Name one of {', '.join(READERS)}", key="--for",
                         value=name)
    return READERS[name]
