"""Which registered claims a free text makes: sentence by sentence, by ideas, offline.

An idea is a list of words in `data/claim_words.toml` ("relief", "eases", "soothe*"). A claim is recognised where a sentence holds the ideas
of one of its patterns (`said`); the share of ideas found is the score, and a claim counts from a threshold on, by default 1: all of them.
There is no weighing and no model, so every match can be explained by the words that made it. A sentence with a word that denies ("not",
"no proof") is taken to say otherwise, unless denial belongs to the pattern ("cannot overdose"). What is not recognised is said, too.

How well that works is measured on sentences that were written before the words (docs/claims.md).
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from epsom.core.errors import DataError, InputError, nearest
from epsom.evidence.claims import Claim, claims

FILE = "claim_words.toml"
THRESHOLD = 1.0              # share of a pattern's ideas that a sentence must hold
LEAST_THRESHOLD = 0.5        # below it every sentence would make every claim
LONGEST = 20_000             # characters of a text
DENIAL = "denial"
PLAIN = str.maketrans({"’": "'", "‘": "'", "–": "-", "—": "-", "‑": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " "})
BREAK = re.compile(r"(?<=[.!?])[\"')\]]*\s+|[\n\r;•*]+")
THOUSANDS = re.compile(r"(?<=\d)[, ](?=\d{3}\b)")
NO_DENIAL = re.compile(r"\bno more\b|\bnot only\b|\bnot just\b|\bno longer\b")


class Found(NamedTuple):
    """A claim in a sentence: by which words, and with what share of the ideas of its best pattern."""

    claim: Claim
    words: tuple[str, ...]
    score: float


class Sentence(NamedTuple):
    """A sentence with the claims that it makes, and those that it denies or doubts."""

    text: str
    found: tuple[Found, ...]
    denied: tuple[Found, ...]


@cache
def ideas() -> dict[str, re.Pattern]:
    """{idea: what finds its words in plain text}. Raises DataError where a claim names an idea that is not there."""
    tables = tomllib.loads((files("epsom") / "data" / FILE).read_text("utf-8"))["ideas"]
    for claim in claims().values():
        for name in (name for pattern in claim.said for name in pattern):
            if name not in tables:
                raise DataError(f"there is no idea '{name}'", nearest(name, tables), file=FILE, key=f"{claim.id}.said")
    return {name: re.compile("|".join(map(_word, words))) for name, words in tables.items()}


def _word(word: str) -> str:
    """ "cramp*" finds every word that begins so; a space is any white space."""
    inside = re.escape(word).replace(r"\ ", r"\s+").replace(r"\*", r"\w*")
    return rf"(?<!\w){inside}(?!\w)"


def plain(text: str) -> str:
    """Lower case, one kind of dash, quote and space, numbers without separators."""
    return THOUSANDS.sub("", text.translate(PLAIN).lower())


def sentences(text: str) -> list[str]:
    """The sentences of a text, list entries and headings among them."""
    return [part.strip() for part in BREAK.split(text) if part and re.search(r"\w", part)]


def match(text: str, threshold: float = THRESHOLD) -> list[Sentence]:
    """The sentences of a text with the claims that each makes or denies, best first.

    Raises InputError for an empty or very long text, or a threshold outside 0.5 to 1.
    """
    if not text.strip():
        raise InputError("there is no text", "Give some sentences")
    if len(text) > LONGEST:
        raise InputError(f"the text has {len(text)} characters", f"Give at most {LONGEST}, in parts")
    if not LEAST_THRESHOLD <= threshold <= 1.0:
        raise InputError("a threshold is a share", f"Give {LEAST_THRESHOLD:g} to 1", key="--threshold", value=threshold)
    return [_sentence(part, threshold) for part in sentences(text)]


def _sentence(text: str, threshold: float) -> Sentence:
    words = plain(text)
    there = {name: hit.group() for name, finder in ideas().items() if (hit := finder.search(words)) and name != DENIAL}
    if hit := ideas()[DENIAL].search(NO_DENIAL.sub(" ", words)):
        there[DENIAL] = hit.group()
    made, denied = [], []
    for claim in claims().values():
        score, pattern = max(((_share(pattern, there), pattern) for pattern in claim.said), default=(0.0, ()),
                             key=lambda each: (each[0], DENIAL in each[1]))
        if score >= threshold:
            found = Found(claim, tuple(there[name] for name in pattern if name in there), score)
            (denied if DENIAL in there and DENIAL not in pattern else made).append(found)
    best = lambda each: (-each.score, -len(each.words), each.claim.id)
    return Sentence(text, tuple(sorted(made, key=best)), tuple(sorted(denied, key=best)))


def _share(pattern: tuple[str, ...], there: dict[str, str]) -> float:
    """Share of a pattern's ideas that a sentence holds."""
    return sum(name in there for name in pattern) / len(pattern)


class Measure(NamedTuple):
    """Counts over sentences whose claims are known: found and there, found and not there, there and not found."""

    right: int
    wrong: int
    missed: int
    silent: int              # sentences without a claim in which none was found
    without: int             # sentences without a claim

    @property
    def precision(self) -> float:
        """Share of what was found that is there."""
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Share of what is there that was found."""
        return self.right / max(1, self.right + self.missed)


def measured(known: list[dict], threshold: float = THRESHOLD) -> Measure:
    """How well claims are found in sentences that say which are there (`claims`) and which may be found uncounted (`also`)."""
    right = wrong = missed = silent = without = 0
    for one in known:
        found = {each.claim.id for part in match(one["text"], threshold) for each in part.found}
        wanted = set(one["claims"])
        right += len(found & wanted)
        wrong += len(found - wanted - set(one.get("also", ())))
        missed += len(wanted - found)
        without += not wanted
        silent += not wanted and not found
    return Measure(right, wrong, missed, silent, without)
