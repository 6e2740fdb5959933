"""Whether a reported result can be: each check with the law it rests on, the bound with its interval, and by what factor it is broken.

`judge(read_report("bath-report-2006"))` holds what was applied, measured and claimed against units, physiology, mass balance, kidneys, skin,
time, measurement and arithmetic. It says what cannot be as printed, not what is true, and knows nothing of anybody's intent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from epsom.evidence.check_body import kidney, mass_balance, physiology, units_of_blood
from epsom.evidence.check_skin import flux, heat, time
from epsom.evidence.check_study import arithmetic, control, measurement
from epsom.evidence.judged import CHECKS, VERDICTS, Case, Finding, case
from epsom.evidence.reported import Report, read_report

RUN: dict[str, Callable[[Case], list[Finding]]] = dict(zip(CHECKS, (
    units_of_blood, physiology, heat, mass_balance, kidney, flux, time, measurement, control, arithmetic)))
MEANING = {"breaks": "As printed it cannot be: a bound is passed beyond its outer end.",
           "strains": "It passes the middle of a bound, or all that was measured, but not what is possible at all.",
           "cannot be judged": "Nothing that is told can be held against a bound.",
           "agrees": "It breaks none of the bounds it could be held against; that does not make it true."}
INTACT = "Skin is taken to be intact. Bounds are those of this model's numbers, with their sources."


@dataclass(frozen=True)
class Judgement:
    """All findings on a report, in the order of the checks; `unchecked` names the checks for which it tells too little."""

    report: Report
    findings: tuple[Finding, ...]
    unchecked: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """The worst of all: breaks, strains, agrees; "cannot be judged" where none of these was reached."""
        reached = {each.verdict for each in self.findings}
        return next((v for v in ("breaks", "strains", "agrees") if v in reached), "cannot be judged")


def judge(report: Report) -> Judgement:
    """Hold a report against every bound that it tells enough for.

    Raises InputError where the label of what was applied cannot be read.
    """
    one = case(report)
    found = {name: run(one) for name, run in RUN.items()}
    every = tuple(each for findings in found.values() for each in findings)
    return Judgement(report, every, tuple(name for name, findings in found.items() if not findings))


__all__ = ["CHECKS", "INTACT", "MEANING", "VERDICTS", "Finding", "Judgement", "Report", "judge", "read_report"]
