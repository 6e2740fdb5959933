"""Parameters as a table: value, both spreads, grade, source and place."""

from __future__ import annotations

from collections.abc import Iterable

from epsom.core.parameter import Z95, Document, Parameter, Spread
from epsom.core.posterior import calibrated
from epsom.core.sources import ASSUMED, SCENARIO, bibliography, plain

from . import markdown as md

HEADER = ("number", "value", "not known", "between people", "grade", "source")
LEGEND = ("The two ranges are the 5th and 95th percentile, in the unit of the value: of what nobody knows, and of how people differ. "
          "A range after \"calibrated\" is what is left of the former once outcomes measured in people were taken into account. "
          "[Grades](../data.md) go from A (human data for this very quantity) to D (assumed). What is to be verified was recalled or read "
          "second-hand.")


def digits(x: float, count: int = 3) -> str:
    """So many digits; a power of ten without padding."""
    number, e, power = f"{x:.{count}g}".partition("e")
    return f"{number}e{int(power)}" if e else number


def between(low: float, high: float) -> str:
    """A range, with digits enough to tell its ends apart."""
    count = 5 if abs(high - low) < abs(high) / 10 else 3
    return f"{digits(low, count)} to {digits(high, count)}"


def value(p: Parameter) -> str:
    """A value as its document gives it, with its unit."""
    return f"{digits(p.value, 12)} {'' if p.unit == '1' else md.plain(p.unit)}".strip()


def spread(p: Parameter, s: Spread | None) -> str:
    """5 to 95 % of one spread alone, around the middle value."""
    return "" if s is None else between(float(s.around(p.value, -Z95)), float(s.around(p.value, Z95)))


def ignorance(p: Parameter) -> str:
    """What is not known, before and after calibration."""
    after = calibrated(p)
    return spread(p, p.unknown) + (f"; calibrated {between(after[0], after[2])}" if after else "")


def source_name(key: str) -> str:
    """A source as a link to the bibliography; what has none as it is."""
    return md.link(key, f"source-{key}") if key not in (ASSUMED, SCENARIO) else key


def origin(p: Parameter) -> str:
    """Source, place, what is doubtful and what is noted."""
    doubt = " *To be verified.*" if p.verify else ""
    note = f" {md.sentence(p.note)}" if p.note else ""
    return f"{source_name(p.source)}: {md.plain(p.where.rstrip('.'))}.{doubt}{note}"


def row(p: Parameter) -> tuple[str, ...]:
    """A line of the table."""
    grade = f"{p.grade}{', constant' if p.constant else ''}"
    return md.code(p.key.rpartition(".")[2]), value(p), ignorance(p), spread(p, p.between_people), grade, origin(p)


def table(parameters: Iterable[Parameter]) -> str:
    """All of them."""
    return md.table(HEADER, map(row, parameters))


def references(keys: Iterable[str]) -> str:
    """Sources in full, one in a line."""
    return "\n".join(f"- {source_name(key)}: {md.plain(plain(key))}" for key in sorted(set(keys) & set(bibliography())))


def about(document: Document) -> str:
    """What a document says of itself, but its title."""
    said = {key: text for key, text in document.about.items() if key not in ("title", "text", "predicted")}
    facts = "; ".join(f"{md.plain(key.replace('_', ' '))}: {md.plain(text)}" for key, text in said.items())
    return md.joined(md.plain(document.about.get("text", "")), facts)
