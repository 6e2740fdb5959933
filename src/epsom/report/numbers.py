"""What the numbers of a run rest on, as rows for its page."""

from __future__ import annotations

from epsom import answer as asked
from epsom.comparison import Comparison
from epsom.core import sources
from epsom.core.parameter import Parameter
from epsom.core.posterior import calibrated
from epsom.result import Result


def parameter_row(p: Parameter) -> dict:
    """A number as a row of words."""
    low, high = (p.value, p.value) if p.spread_free else p.interval()
    return {"key": p.key, "value": f"{p.value:.3g}", "unit": "" if p.unit == "1" else p.unit, "grade": p.grade,
            "spread": "" if p.spread_free else f"{low:.2g} to {high:.2g}", "source": p.source, "where": p.where,
            "note": "; ".join(filter(None, (p.note, calibrated_text(p)))), "verify": p.verify}


def calibrated_text(p: Parameter) -> str:
    """What was learnt of a number from outcomes measured in people."""
    after = calibrated(p)
    return f"calibrated: {after[1]:.2g} ({after[0]:.2g} to {after[2]:.2g})" if after else ""


def by_grade(result: Result) -> list[Parameter]:
    """All numbers of a run, weakest first."""
    return sorted(result.parameters.values(), key=lambda p: (p.grade == "-", -ord(p.grade), p.key))


def grade_counts(result: Result) -> dict[str, int]:
    """{grade: how many numbers of this run}, without constants of physics and chemistry."""
    return {g: sum(p.grade == g and not p.constant for p in result.parameters.values()) for g in asked.GRADE_MEANING}


def used_sources(result: Result | Comparison) -> list[str]:
    """Keys of the sources of this run, sorted."""
    return sorted({p.source for p in result.parameters.values()} & set(sources.bibliography()))
