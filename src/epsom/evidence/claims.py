"""The register of claims, `data/claims/*.toml`: what somebody says, in our words, and how it is judged on studies.

A file holds the claims of one text; its `[about]` says which (`letter`, `title`, `kind`), the key of each other table is the claim's id. The
fields of a claim:

| field | what it is |
|---|---|
| `section` | where in the text it stands |
| `text` | the claim in our words, one sentence, without brands |
| `theme` `type` `scope` | of closed lists; `scope` keeps magnesium on skin apart from magnesium in general |
| `population` | whom it is about |
| `observable` | `what` would test it, and `readouts` of the simulator that speak to it, by their names in the vocabulary |
| `links` | list of `Link`: a `study` of the register, or a `source` of `sources.bib` with `on` what it was, its `relation` and a `note` |
| `verdict` `certainty` | two axes, never mixed: which way the evidence points, and how far a body of studies can be relied on (GRADE) |
| `reason` `would_change` | why, and what would change it |
| `judged` `history` | the day, and earlier verdicts with their day and why they went |
| `said` | patterns of ideas in which it is recognised in free text (`matching.py`) |
| `test` | where the simulator can speak to it: a run and what must hold in it (`predicate.py`) |
| `verify` | what still has to be read or checked |

Certainty "none" means that there is no body of studies to grade. No sentence about a verdict is typed: `wording.py` makes it.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from functools import cache
from typing import Annotated, Literal

from pydantic import Field, model_validator

from epsom.core import sources
from epsom.core.errors import DataError, InputError, nearest
from epsom.core.parameter import folder, names
from epsom.core.vocabulary import standard_words
from epsom.evidence.predicate import Test
from epsom.evidence.studies import Study, studies
from epsom.schema import Part, build, refusal

FOLDER = "claims"
MOST_TEXT = 600
ID = re.compile(r"C\d\d")

Text = Annotated[str, Field(max_length=MOST_TEXT)]
Verdict = Literal["supported", "plausible", "unclear", "weak", "not supported by its source", "contradicted", "not testable"]
Certainty = Literal["high", "moderate", "low", "very low", "none"]
Type = Literal["absorption", "mechanism", "clinical effect", "safety", "product", "measurement", "attribution"]
Scope = Literal["magnesium on skin", "in general", "state of knowledge", "people and sellers"]
Relation = Literal["supports", "refutes", "qualifies", "uses"]
Theme = Literal["absorption", "safety", "skin", "burns", "diabetes", "product", "cramps", "tightness", "headache", "speed", "nerves",
                "vessels", "deep tissue", "calm and sleep", "signalling", "gating", "blood tests", "what it is", "state of evidence",
                "sellers and readers"]
VERDICTS, CERTAINTIES, TYPES, THEMES = (each.__args__ for each in (Verdict, Certainty, Type, Theme))


class Source(Part):
    """A text that claims come from, under a neutral name; it is restated, never quoted."""

    letter: Annotated[str, Field(pattern=r"[a-z]")]
    title: Text
    kind: Text


class Observable(Part):
    """What would have to be measured, and what the simulator reads of it."""

    what: Text
    readouts: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _known(self):
        for name in self.readouts:
            if name not in standard_words():
                raise refusal(f"there is no variable '{name}'", nearest(name, standard_words()), "readouts")
        return self


class Link(Part):
    """What a study, or a source of the model's numbers, means for a claim. "uses" marks what is pointed to but does not bear on it."""

    study: str | None = None
    source: str | None = None
    on: Literal["people", "samples of skin", "animals", "cells", "theory"] | None = None
    relation: Relation
    note: Text

    @model_validator(mode="after")
    def _points_somewhere(self):
        if (self.study is None) == (self.source is None):
            raise refusal("a link has a study or a source", "Give one of them", "study")
        if (self.source is None) != (self.on is None):
            raise refusal("a source says what it was on, and only a source", "Correct `on`", "on")
        if self.study is not None and self.study not in studies():
            raise refusal(f"there is no study '{self.study}'", nearest(self.study, studies()), "study")
        if self.source is not None and self.source not in sources.bibliography():
            raise refusal(f"'{self.source}' is not in sources.bib", nearest(self.source, sources.bibliography()), "source")
        return self

    @property
    def to(self) -> str:
        """Id of the study, or key of the source."""
        return self.study or self.source

    @property
    def registered(self) -> Study | None:
        """The study of the register that it points to."""
        return studies()[self.study] if self.study else None

    @property
    def on_people(self) -> bool:
        """Whether living people stand behind it."""
        return self.registered.on_people if self.study else self.on == "people"

    @property
    def has_results(self) -> bool:
        """Whether it tells what came out; a source of the bibliography does."""
        return self.registered.has_results if self.study else True


class Judgement(Part):
    """An earlier verdict, and why it went."""

    date: Annotated[str, Field(pattern=r"^\d{4}-\d\d(-\d\d)?$")]
    verdict: Verdict
    certainty: Certainty
    why: Text


class Claim(Part):
    """One claim; the meaning of its fields stands at the head of this file."""

    id: str
    heard: Source
    section: Text
    text: Text
    theme: Theme
    type: Type
    scope: Scope
    population: Text = "adults with whole skin"
    observable: Observable | None = None
    links: tuple[Link, ...] = ()
    verdict: Verdict
    certainty: Certainty
    reason: Text
    would_change: Text | None = None
    judged: datetime.date
    history: tuple[Judgement, ...] = ()
    said: tuple[tuple[str, ...], ...] = ()
    test: Test | None = None
    verify: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _is_told_apart(self):
        if not ID.fullmatch(self.id):
            raise refusal(f"'{self.id}' is no id of a claim", "C and two digits", "id")
        if len({link.to for link in self.links}) < len(self.links):
            raise refusal("two links point to the same", "Join them", "links")
        return self

    def to_be_verified(self) -> dict[str, tuple[str, ...]]:
        """{claim, study or source: what still has to be checked there} of all that the verdict stands on."""
        found = {self.id: self.verify} if self.verify else {}
        for link in self.links:
            marks = link.registered.verify if link.study else _marks(link.source)
            found |= {link.to: marks} if marks else {}
        return found


def _marks(source: str) -> tuple[str, ...]:
    """What the bibliography itself admits about a source."""
    note = sources.bibliography()[source].fields.get("note", "")
    return (note,) if re.search(r"recalled|not read|paraphrased", note) else ()


@cache
def claims() -> dict[str, Claim]:
    """{id: claim} of all that ship, in the order of their ids. Raises InputError (file, key, value) where a file breaks the rules above."""
    found: dict[str, Claim] = {}
    for name in names(FOLDER):
        tables = tomllib.loads((folder(FOLDER) / f"{name}.toml").read_text("utf-8"))
        heard = build(Source, tables.pop("about", {}), f"{name}.toml: about")
        for key, table in tables.items():
            if key in found:
                raise DataError(f"{key} stands in two files", "Take one away", file=f"{name}.toml", key=key)
            found[key] = build(Claim, {"id": key, "heard": heard, **table}, f"{name}.toml: {key}")
    return dict(sorted(found.items()))


def claim(wanted: str) -> Claim:
    """One claim by its id, upper or lower case. Raises InputError with the nearest ids."""
    every = claims()
    if wanted.upper() not in every:
        raise InputError(f"there is no claim '{wanted}'", nearest(wanted.upper(), every), value=wanted)
    return every[wanted.upper()]


def chosen(verdict: str | None = None, theme: str | None = None, kind: str | None = None, letter: str | None = None) -> list[Claim]:
    """Claims with this verdict, theme, type and text (by its letter); None leaves a choice open.

    Raises InputError where such a word is not known.
    """
    every = list(claims().values())
    letters = sorted({c.heard.letter for c in every})
    asked = (("--verdict", verdict, VERDICTS, lambda c: c.verdict), ("--theme", theme, THEMES, lambda c: c.theme),
             ("--type", kind, TYPES, lambda c: c.type), ("--text", letter, letters, lambda c: c.heard.letter))
    for option, wanted, known, of in asked:
        if wanted is not None and wanted not in known:
            raise InputError(f"there is no {option[2:]} '{wanted}'", nearest(wanted, known), key=option, value=wanted)
        every = [c for c in every if wanted is None or of(c) == wanted]
    return every
