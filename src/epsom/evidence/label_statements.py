"""What a label states, from its words: strengths, amounts of product, contents, sizes of a spray. What cannot be read is said."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from epsom.core import units
from epsom.evidence.label_words import Counted, Name, Words
from epsom.evidence.span import Span, known, span

CONTAINERS = ("volume", "spoon", "squirt", "tub", "hand")
WEIGHTS = ("mass", "moles")
VERB = re.compile(
    r"(?:=|:|\(|\b(?:is|are|equals?|contain(?:s|ing)?|provid(?:es?|ing)|deliver(?:s|ing)?|giv(?:es?|ing)|has|have|holds?|suppl(?:y|ies)|"
    r"yields?|in|to|into|with|makes?))\s*(?:about|around|approximately|approx\.?|roughly|up to|only|ca\.?|over|at least)?\s*$",
    re.IGNORECASE,
)
INTO = re.compile(r"\b(?:in|to|into|with)\s*(?:about|around|approximately|a|an|one|each)?\s*$", re.IGNORECASE)
BASIS = (
    ("w/v", re.compile(r"\b(?:w/v|m/v|wt/vol|weight/volume|weight by volume|by volume)\b", re.IGNORECASE)),
    ("w/w", re.compile(r"\b(?:w/w|m/m|wt/wt|wt ?%|weight/weight|by weight|by mass)\b", re.IGNORECASE)),
)
NO_STRENGTH = re.compile(r"\s*\(?(?:of )?(?:the |your )?(?:NRV|RDA|RDI|DV|daily|pure|natural|organic|vegan|genuine|more|less|off)\b", re.I)
WATER = 5e-4  # m^3; into at least half a litre a salt is taken to be added to water, below it to be in the product
BREAK = re.compile(r"[;]|\.\s|\.$|\?|!")
BULK = {"magnesium-chloride": "flakes_bulk_density", "magnesium-sulfate": "epsom_salt_bulk_density"}


@dataclass(frozen=True)
class Statement:
    """One thing that a label states.

    Attributes
    ----------
    text : as printed.
    kind : "strength", "content" (of the salt itself), "amount" (of product), "spray size" or "unit" (a slip that makes no sense).
    of : the salt, element or mixture it speaks of; None where the label does not say.
    quantity : "share", "mass" or "moles"; `number` in 1, kg or mol.
    per : what that is in: 1 kg ("w/w"), m^3 ("w/v", "added to water") or sprays ("per spray"); of an amount, what it counts.
    bases : how it can be meant.
    """

    text: str
    kind: str
    of: Name | None
    quantity: str
    number: Span
    per: Span
    bases: tuple[str, ...]


def measure(counted: Counted) -> Span:
    """The number in SI: kg, m^3, mol, 1; for spoons, tubs and hands by the household's measures; for sprays their count."""
    if counted.kind == "share":
        return counted.number * float(counted.unit)
    if counted.kind == "squirt":
        return counted.number
    if counted.kind in ("spoon", "tub", "hand"):
        return counted.number * known("plausibility", "household", counted.unit).si
    if counted.unit == "mEq":
        return counted.number * 5e-4
    return counted.number * units.convert(
        1.0, counted.unit, {"mass": "kg", "volume": "m^3", "moles": "mol", "molar": "mol/m^3"}[counted.kind]
    )


def statements(words: Words, salt: str = "") -> tuple[list[Statement], list[str]]:
    """(statements in the order of the label, what could not be read); `salt` is what a person adds where the label names none."""
    found, doubts, k, every = [], [], 0, words.counted
    named = {n.salt for n in words.names if n.salt}
    salt = salt or (named.pop() if len(named) == 1 else "")
    while k < len(every):
        here, there = every[k], every[k + 1] if k + 1 < len(every) else None
        if there is not None and here.kind not in ("share", "molar") and _belongs(words.text, here, there):
            told = len(doubts)
            pair = _pair(words, here, there, doubts, salt)
            if pair is None and len(doubts) == told:              # they only stand side by side
                found += _single(words, here, doubts, salt)
            found += [pair] if pair else []
            k += 1 if pair is None or pair.kind == "spray size" else 2
            continue
        found += _single(words, here, doubts, salt)
        k += 1
    if not any(s.kind in ("strength", "content", "unit") for s in found) and words.names:
        doubts.append(f"'{words.names[0].text}' is named, but no strength stands beside it")
    return found, doubts + _unread(words)


def _belongs(text: str, here: Counted, there: Counted) -> bool:
    """Whether two quantities are one statement: "X per Y", "X = Y", "X of something in Y"."""
    gap = text[here.end : there.start]
    if BREAK.search(gap) or "," in gap or len(gap) > 80:
        return False
    return there.linked or bool(VERB.search(gap))


def _name(words: Words, start: int, end: int) -> Name | None:
    """The name that speaks for a statement at these characters: after it, in it, before it, or the only one of the label."""
    text, names = words.text, words.names
    after = [
        n
        for n in names
        if n.start >= start
        and not BREAK.search(text[end : n.start] if n.start > end else "")
        and (n.start < end or "," not in text[end : n.start])
    ]
    later = [c.start for c in words.counted if c.start >= end]
    after = [n for n in after if not later or n.start < later[0] or n.start < end]
    if after:
        return after[0]
    before = [
        n
        for n in names
        if n.end <= start and not BREAK.search(text[n.end : start]) and not any(n.end <= c.start < start for c in words.counted)
    ]
    if before:
        return before[-1]
    salts = {(n.salt, n.species, n.mixture) for n in names if n.salt or n.mixture}
    if len(salts) == 1:
        return next(n for n in names if n.salt or n.mixture)
    return next(iter(names)) if len({n.text.lower() for n in names}) == 1 else None


def _pair(words: Words, here: Counted, there: Counted, doubts: list[str], salt: str) -> Statement | None:
    text = words.text[here.start : there.end]
    name = _named(_name(words, here.start, there.end), salt)
    if here.kind in WEIGHTS and there.kind in (*CONTAINERS, "mass"):
        top, below = here, there
        if there.kind == "mass" and _holds(words.text[here.end : there.start]) and not there.linked:
            top, below = there, here
        return _strength(text, name, top, below, bool(INTO.search(words.text[here.end : there.start])), doubts)
    if here.kind in CONTAINERS and there.kind in WEIGHTS:
        return _strength(text, name, there, here, False, doubts)
    if {here.kind, there.kind} == {"squirt", "volume"} and (name is None or not _between(words, here, there)):
        sprays, volume = (here, there) if here.kind == "squirt" else (there, here)
        return Statement(text, "spray size", None, "volume", measure(volume), measure(sprays), ())
    if _between(words, here, there) and here.kind in CONTAINERS and there.kind in CONTAINERS:
        return _loose(words, text, name, here, there, doubts)
    return None


def _holds(gap: str) -> bool:
    return re.search(r"=|\b(?:contain|provid|deliver|giv|has|have|hold)", gap, re.IGNORECASE) is not None


def _between(words: Words, here: Counted, there: Counted) -> bool:
    return any(here.end <= n.start < there.start for n in words.names)


def _named(name: Name | None, salt: str) -> Name | None:
    """A name that says which salt, where a person has added it."""
    if not salt or (name is not None and (name.salt or name.mixture)):
        return name
    if name is not None and name.element:
        return replace(name, salt=salt)
    return Name(0, 0, salt, salt=salt)


def _strength(text: str, name: Name | None, top: Counted, below: Counted, into: bool, doubts: list[str]) -> Statement | None:
    if name is None:
        doubts.append(f"'{text}': of what is not said")
        return None
    per = measure(below)
    if not per.low > 0:
        doubts.append(f"'{text}' divides by nothing")
        return None
    water = below.kind == "tub" or (into and below.kind in ("volume", "spoon") and per.value >= WATER)
    basis = {"mass": "w/w", "squirt": f"per {below.unit}", "tub": "added to water"}.get(below.kind, "added to water" if water else "w/v")
    if below.kind == "hand":
        doubts.append(f"'{text}': a handful of product is no volume")
        return None
    return Statement(text, "strength", name, top.kind, measure(top), per, (basis,))


def _loose(words: Words, text: str, name: Name | None, here: Counted, there: Counted, doubts: list[str]) -> Statement | None:
    """A volume of something in a volume: crystals by their bulk; of a liquid nothing is known; of a metal or ion it makes no sense."""
    bulk = name.bulk or ("" if name.species else BULK.get(name.salt, "")) if name else ""
    if name is None or name.liquid or (name.mixture and here.kind != "hand"):
        doubts.append(f"'{text}': a volume of {name.text if name else 'it'} does not say how much magnesium is in it")
        return None
    if not measure(there).low > 0:
        doubts.append(f"'{text}' divides by nothing")
        return None
    if here.kind == "volume" or there.kind == "squirt" or name.element:
        return Statement(text, "unit", name, "volume", measure(here) if here.kind != "squirt" else here.number, measure(there), ())
    if not bulk and here.kind != "hand":
        doubts.append(f"'{text}': how much a {here.unit} of {name.text} weighs is not known here")
        return None
    if not name.species and not name.element:
        doubts.append(f"'{text}': sold loose it is the hydrate, but the label does not say so; all readings stand below")
    mass = measure(here) if here.kind == "hand" else measure(here) * known("plausibility", "household", bulk).si
    if there.kind == "tub" or INTO.search(words.text[here.end : there.start]) or measure(there).value >= WATER:
        return Statement(text, "strength", name, "mass", mass, measure(there), ("added to water",))
    return Statement(text, "strength", name, "mass", mass, measure(there), ("w/v",))


def _single(words: Words, here: Counted, doubts: list[str], salt: str) -> list[Statement]:
    name, text = _named(_name(words, here.start, here.end), salt), here.text
    if here.kind in ("share", "molar"):
        if aside := NO_STRENGTH.match(words.text, here.end):
            doubts.append(f"'{text}{aside[0].rstrip()}' is no strength of the product")
            return []
        if name is None:
            doubts.append(f"'{text}': of what is not said; name the salt, as in --salt magnesium-chloride")
            return []
        if here.kind == "molar":
            return [Statement(text, "strength", name, "moles", measure(here), span(1.0), ("w/v",))]
        near = words.text[here.start : min([c.start for c in words.counted if c.start > here.start] + [here.end + 60])]
        stated = next((basis for basis, pattern in BASIS if pattern.search(near)), "")
        return [Statement(text, "strength", name, "share", measure(here), span(1.0), (stated,) if stated else ("w/w", "w/v"))]
    return _alone(words, here, doubts, salt)


def _alone(words: Words, here: Counted, doubts: list[str], salt: str) -> list[Statement]:
    """A quantity that stands by itself: of the salt where its name follows at once, of the product elsewhere."""
    own = next((n for n in words.names if n.start >= here.end and re.fullmatch(r"\s*(?:of\s+)?", words.text[here.end : n.start])), None)
    if own is None and here.kind in WEIGHTS:
        own = next((n for n in words.names if n.end <= here.start and re.fullmatch(r"\s*[:=]?\s*", words.text[n.end : here.start])), None)
    if (here.linked and here.bare) or here.kind == "tub":
        doubts.append(f"'{here.text}' stands beside nothing that it divides")
        return []
    if own is None:
        if here.kind == "moles":
            doubts.append(f"'{here.text}': of what, and in how much, is not said")
            return []
        per = here.unit if here.kind == "squirt" else {"mass": "kg", "hand": "kg"}.get(here.kind, "m^3")
        return [Statement(here.text, "amount", None, per, measure(here), span(1.0), ())]
    text, own = words.text[min(here.start, own.start) : max(here.end, own.end)], _named(own, salt)
    bulk = own.bulk or BULK.get(own.salt, "")
    if here.kind in WEIGHTS or here.kind == "hand":
        if own.element:
            doubts.append(f"'{text}': in how much of the product is not said")
        return [Statement(text, "content", own, "moles" if here.kind == "moles" else "mass", measure(here), span(1.0), ("the salt itself",))]
    if here.kind == "spoon" and bulk and not own.liquid:
        mass = measure(here) * known("plausibility", "household", bulk).si
        return [Statement(text, "content", own, "mass", mass, span(1.0), ("the salt itself",))]
    if own.liquid or own.mixture or here.kind == "squirt":
        return [Statement(here.text, "amount", None, here.unit if here.kind == "squirt" else "m^3", measure(here), span(1.0), ())]
    return [Statement(text, "unit", own, "volume", measure(here), span(1.0), ())]


def _unread(words: Words) -> list[str]:
    """Numbers that belong to nothing that was read."""
    said = [f"'{m[0].strip()}': the minus sign is not read" for m in re.finditer(r"(?:^|\s)-\d+", words.text)]
    said += [
        f"'{m[0]}' is no measure that is known here and was not read"
        for m in re.finditer(r"\bper [^\W\d_][\w]*", words.text)
        if m[0] != "per cent" and not any(c.start <= m.start() < c.end or m.start() < c.start < m.end() for c in words.counted)
    ]
    taken = [(c.start, c.end) for c in words.counted] + [(n.start, n.end) for n in words.names]
    return said + [
        f"'{match[0]}' stands beside no unit that is known here and was not read"
        for match in re.finditer(r"(?<![\w.,])\d(?:[\d.,]*\d)?(?!\w)", words.text)
        if not any(start <= match.start() < end for start, end in taken)
    ]
