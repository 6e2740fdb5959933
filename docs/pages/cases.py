"""What others measured, case by case, as the model is held to it; what the model says beside it stands in validation.md and whole_body.md."""

from __future__ import annotations

import tomllib

from epsom.core.parameter import folder, names
from epsom.validation.case import Case, Expected, contexts, load
from epsom.whole_body.study import Row, Study, studies

from . import markdown as md
from . import numbers


def skin() -> str:
    """Cases of the skin."""
    return md.joined(md.heading(1, "Cases of the skin", "cases-skin"), "What `epsom validate` compares with, one case after another: what "
                     "was measured, how it is judged, and the run that stands for it. [What came out](../../validation.md).",
                     *(case(name, load(name)) for name in names("validation")),
                     md.heading(2, "Seen, and not compared with", "not-compared"), not_compared())


def case(name: str, one: Case) -> str:
    """A case: what it is, its rows, its run."""
    about = one.about
    facts = [f"Source: {numbers.source_name(about.source)}{f', {md.plain(about.where)}' if about.where else ''}; grade {about.grade}.",
             "Defaults were set on it." if about.used_for_defaults else "No default was set on it.",
             *(["A negative control."] if about.control else []),
             *([f"Not read, and taken: {md.plain('; '.join(about.assumed))}."] if about.assumed else [])]
    rows = [(md.plain(row.name), amount(row), md.plain(row.unit), md.plain(one.kind(row).value), origin(row)) for row in one.expected]
    return md.joined(md.heading(2, f"{about.title} ({name})", f"case-validation-{name}"), md.plain(about.text), " ".join(facts),
                     md.table(("quantity", "observed", "unit", "judged", "source"), rows), run(name))


def amount(row: Expected) -> str:
    """A value with its spread, or a limit."""
    if row.below is not None:
        return f"below {numbers.digits(row.below)}"
    spread = f" ({numbers.between(row.low, row.high)}; {md.plain(row.spread)})" if row.low is not None else ""
    return numbers.digits(row.value) + spread


def origin(row: Expected) -> str:
    """Where a row is from, if the case does not say it."""
    if row.source is None:
        return md.plain(row.where)
    return f"{numbers.source_name(row.source)}{f': {md.plain(row.where)}' if row.where else ''}{f', grade {row.grade}' if row.grade else ''}"


def run(name: str) -> str:
    """The scenario or experiment that stands for it, as it is written."""
    import tomlkit

    tables = tomllib.loads((folder("validation") / f"{name}.toml").read_text("utf-8"))
    kept = {key: tables[key] for key in ("scenario", "experiment") if key in tables}
    return md.joined("What is run:", md.block("toml", tomlkit.dumps(kept))) if kept else ""


def not_compared() -> str:
    """What was seen and cannot be compared with."""
    return md.table(("what", "seen", "why not", "source"), [
        (md.plain(one.title), md.plain(one.seen), md.plain(one.why),
         f"{numbers.source_name(one.source)}, {one.grade}{', recalled' if one.recalled else ''}") for one in contexts()])


def body() -> str:
    """Studies of the whole body."""
    return md.joined(md.heading(1, "Studies of the body", "cases-body"), "What `epsom body validate` compares with, study after study. "
                     "[What came out](../../whole_body.md).", *(study(name, one) for name, one in studies().items()))


def study(name: str, one: Study) -> str:
    """A study: who was measured, its rows, and what cannot be compared with."""
    about = one.about
    people = f"{about.who}{f', {about.n} people' if about.n else ''}"
    rows = [(row.id, md.plain(row.what), told(row), md.plain(row.unit), "yes" if one.used(row) else "no",
             numbers.source_name(row.source) if row.source else "", md.plain(row.note)) for row in one.rows]
    asides = [(", ".join(one.ids), md.plain(one.what), md.plain(one.seen), md.plain(one.why)) for one in one.asides]
    return md.joined(md.heading(2, f"{about.title} ({name})", f"case-body_validation-{name}"), md.plain(about.text),
                     f"In {md.plain(people)}. Source: {numbers.source_name(about.source)}, {md.plain(about.where)}; grade {about.grade}.",
                     md.table(("row", "quantity", "observed", "unit", "defaults set on it", "source", "note"), rows),
                     md.table(("row", "quantity", "seen", "why it is not compared with"), asides))


def told(row: Row) -> str:
    """A value with its spread, or a limit."""
    if row.below is not None:
        return f"below {numbers.digits(row.below)}"
    return numbers.digits(row.value) + (f" ({row.spread_kind} {numbers.digits(row.spread)})" if row.spread else "")
