"""Text and data of `epsom plausible`."""

from __future__ import annotations

import math

from epsom.core.sources import plain
from epsom.evidence.judged import Finding
from epsom.evidence.plausible import INTACT, MEANING, Judgement
from epsom.evidence.span import Known, Span
from epsom.faces.terminal import table_lines, wrap

SCHEMA = "epsom-plausible/1"


def text(found: Judgement) -> str:
    """The verdict, a table of checks, and each finding with what it rests on."""
    report = found.report
    lines = [
        wrap(report.title, "", ""),
        *([wrap(report.text, "", "")] if report.text else []),
        *([wrap("This report is made up.", "", "")] if report.made_up else []),
        *([wrap(f"Source: {plain(report.source)}")] if report.source else []),
        "",
        wrap(f"{found.verdict}: {MEANING[found.verdict]}"),
        "",
        *table_lines(("check", "of", "verdict", "by a factor"), [(f.check, f.about, f.verdict, _factor(f.factor)) for f in found.findings]),
        "",
    ]
    for f in found.findings:
        lines += [wrap(f"{f.check}, {f.about}: {f.verdict}. {f.sentence}", "", "  "), wrap(f"Held against: {f.law}.", "  ", "    ")]
        lines += [wrap(f"Also as: {', '.join(f.instead)}.", "  ", "    ")] if f.instead else []
        lines += [wrap(f"Rests on: {', '.join(n.key for n in f.numbers)}.", "  ", "    ")] if f.numbers else []
    if found.unchecked:
        lines += ["", wrap(f"Not looked at, because the report has nothing for them: {', '.join(found.unchecked)}.")]
    numbers = {n.key: n for f in found.findings for n in f.numbers}
    if numbers:
        lines += ["", "Numbers behind the bounds", *(wrap(_number_text(n)) for n in numbers.values())]
    return "\n".join([*lines, "", wrap(INTACT)])


def _number_text(n: Known) -> str:
    return f"{n.key} = {n.shown()} [{n.kind}], grade {n.grade}{', recalled or second-hand' if n.verify else ''}, {n.source}: {n.where}"


def _factor(factor: float | None) -> str:
    return "" if factor is None else f"{factor:.3g}" if math.isfinite(factor) else "beyond all"


def data(found: Judgement) -> dict:
    """The same for programs."""
    report = found.report
    return {
        "schema": SCHEMA,
        "title": report.title,
        "made_up": report.made_up,
        "source": report.source,
        "citation": report.citation,
        "verdict": found.verdict,
        "meaning": MEANING[found.verdict],
        "findings": [_finding(f) for f in found.findings],
        "unchecked": list(found.unchecked),
        "note": INTACT,
    }


def _finding(f: Finding) -> dict:
    return {
        "check": f.check,
        "about": f.about,
        "verdict": f.verdict,
        "sentence": f.sentence,
        "law": f.law,
        "unit": f.unit,
        "found": _span(f.found),
        "bound": _span(f.bound),
        "factor": _finite(f.factor),
        "instead": list(f.instead),
        "numbers": [_number(n) for n in f.numbers],
    }


def _number(n: Known) -> dict:
    return {
        "key": n.key,
        "shown": n.shown(),
        "si": _span(n.si),
        "interval": n.kind,
        "grade": n.grade,
        "verify": n.verify,
        "source": n.source,
        "where": n.where,
    }


def _finite(number: float | None) -> float | None:
    """JSON knows no infinity."""
    return number if number is not None and math.isfinite(number) else None


def _span(number: Span | None) -> dict | None:
    return None if number is None else {"value": _finite(number.value), "low": _finite(number.low), "high": _finite(number.high)}
