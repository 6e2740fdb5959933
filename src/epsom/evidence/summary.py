"""A synthesis as data and as tables that others read: summary of findings, risk of bias for robvis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from epsom.evidence.bodies import Body
from epsom.evidence.grading import SYMBOLS, Grade
from epsom.evidence.studies import REVIEWS, Study
from epsom.evidence.synthesis import REASONS, Line, StudyEffect, Synthesis, Together, synthesis

SCHEMA = "epsom-synthesis/1"
FINDINGS = "epsom-summary-of-findings/1"
FINDINGS_HEADER = ("body", "outcome", "population", "intervention", "comparator", "studies", "people", "effect", "not_pooled_because",
                   "certainty", "certainty_symbol", "judged_on", "reasons_for_certainty", "statement")
NO_INFORMATION = "No information"
GRADES = {"low": "Low", "some concerns": "Some concerns", "high": "High", "moderate": "Moderate", "serious": "Serious",
          "critical": "Critical", "not judged": NO_INFORMATION}
# {tool: domains in the order of D1, D2, ...}; None where the register does not keep one apart
DOMAINS = {"RoB 2": ("randomisation", "deviations", "missing", "measurement", "selection"),
           "ROBINS-I": ("confounding", None, None, "deviations", "missing", "measurement", "selection")}
ROBVIS_FILES = {"RoB 2": "risk-of-bias-rob2.csv", "ROBINS-I": "risk-of-bias-robins-i.csv"}


# ---- one synthesis ---------------------------------------------------------------------------------------------------
def as_data(found: Synthesis) -> dict:
    """Everything, for programs."""
    body = found.body
    return {"schema": SCHEMA, "body": body.name, "title": body.title, "question": body.question, "population": body.population,
            "intervention": body.intervention, "comparator": body.comparator, "outcome": body.outcome,
            "lower_is_better": body.lower_is_better, "studies": [_line(line) for line in found.lines], "directions": found.directions,
            "people": found.people, "pooled": [_together(group) for group in found.together],
            "not_pooled_because": list(found.because), "answer": _effect(found.answer), "answer_from": found.answer_from,
            "direction": found.direction, "size": found.size, "thresholds": body.thresholds and body.thresholds.model_dump(),
            "certainty": _grade(found.grade), "statement": found.statement,
            "cautions": list(found.cautions)}


def _line(line: Line) -> dict:
    because = [{"reason": reason, "text": REASONS[reason]} for reason in line.because]
    return asdict(line) | {"effect": _effect(line.effect), "because": because}


def _effect(effect: StudyEffect | None) -> dict | None:
    return effect and asdict(effect)


def _together(group: Together) -> dict:
    return {"alike": group.alike, "measure": group.measure, "unit": group.unit, "studies": list(group.ids), "effect": asdict(group.effect),
            "scale": "logarithm" if group.logarithmic else "as measured",
            "by_method": {method: asdict(one) for method, one in group.by_method.items()}}


def _grade(grade: Grade) -> dict:
    return {"level": grade.level, "start": grade.start, "design": grade.design, "judged_on": grade.judged,
            "steps": [asdict(step) for step in grade.steps]}


# ---- summary of findings ---------------------------------------------------------------------------------------------
def findings(every: Iterable[Body]) -> list[dict]:
    """One row for each body, with the columns of FINDINGS_HEADER."""
    return [finding(synthesis(body)) for body in every]


def finding(found: Synthesis) -> dict:
    """One row of the summary of findings; without an estimate its effect says so, and why stands beside it."""
    body = found.body
    cells = (body.name, body.outcome, body.population, body.intervention, body.comparator, studies_text(found), found.people,
             effect_text(found), "; ".join(found.because), found.grade.level, SYMBOLS[found.grade.level], found.grade.judged,
             "; ".join(step.text for step in found.grade.steps if step.steps), found.statement)
    return dict(zip(FINDINGS_HEADER, cells))


def effect_text(found: Synthesis) -> str:
    """The estimate that answers and whose it is, or that there is none."""
    if found.answer is None:
        return "not pooled" if not found.together else "several, see the body"
    whose = f"published in {found.answer_from}" if found.answer_from else f"pooled here from {len(found.together[0].ids)} studies"
    return f"{found.answer.text}, {whose}"


def studies_text(found: Synthesis) -> str:
    """As in "4 trials with results, 2 without a control, 1 without results"."""
    lines = [line for line in found.lines if not line.is_review]
    silent = sum(line.direction == "not reported" for line in lines)
    uncontrolled = sum(line.direction == "change without control" or (line.direction != "not reported" and "no control" in line.because)
                       for line in lines)
    parts = ((sum(line.is_review for line in found.lines), "review{}"), (len(lines) - uncontrolled - silent, "stud{} with a control"),
             (uncontrolled, "without a control"), (silent, "without results"))
    return ", ".join(f"{n} {text.format(_plural(n, text))}" for n, text in parts if n)


def _plural(n: int, text: str) -> str:
    return ("y" if n == 1 else "ies") if text.startswith("stud") else "" if n == 1 else "s"


# ---- risk of bias ----------------------------------------------------------------------------------------------------
def robvis(studies: Iterable[Study]) -> dict[str, tuple[list[str], list[list[str]]]]:
    """{tool: (header, rows)} in the form that robvis reads. Domains that nobody judged are "No information". Two domains of ROBINS-I
    (selection of participants, classification of interventions) are not in the register; its "selection" is that of the reported result."""
    found = {}
    for tool, domains in DOMAINS.items():
        header = ["Study", *(f"D{k}" for k in range(1, len(domains) + 1)), "Overall"]
        rows = [[f"{study.who} ({study.id})" if study.who[:3] != study.id else study.who,
                 *(GRADES[study.risk_of_bias.domains.get(domain, "not judged")] for domain in domains), GRADES[study.risk_of_bias.overall]]
                for study in studies if study.risk_of_bias.tool == tool and study.design not in REVIEWS]
        found[tool] = (header, rows)
    return found


def in_bodies(every: Iterable[Body]) -> list[Study]:
    """Studies of these bodies, each once, in the order of their ids."""
    return [study for _, study in sorted({entry.id: entry.study for body in every for entry in body.studies}.items())]
