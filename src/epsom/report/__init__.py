"""One offline page for a Result or a Comparison: question, answer, pictures, numbers, evidence, limits and what made it.

A page is made of parts; who reads it decides which of them it has, and in which order (`readers.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from epsom import answer as asked
from epsom import certainty, feeling, plots, spread_plots, storage, value_of_information_text
from epsom.core import sources
from epsom.report import felt, pictures, skin, story, studies
from epsom.report.comparisons import comparison_page, write_comparison
from epsom.report.numbers import by_grade, grade_counts, parameter_row, used_sources
from epsom.report.readers import READERS, RESEARCHER, Reader, reader_named
from epsom.report.templates import template
from epsom.report.words import question, step_text
from epsom.result import Result
from epsom.safety import red_flag, who_should_not

__all__ = ["READERS", "RESEARCHER", "Reader", "comparison_page", "page", "prepare", "question", "reader_named", "template",
           "write_comparison", "write_report"]

def prepare() -> None:
    """Load the libraries that the page and the run folder need; worth doing while the solver is busy."""
    import h5netcdf  # noqa: F401

    plots.prepare()
    template("report.html.j2")


def page(result: Result, reader: Reader = RESEARCHER) -> str:
    """The report as one HTML page that needs no network, for this reader."""
    found = asked.answers(result)
    parts = [(name, PARTS[name](result, found)) for name in reader.parts]
    return template("report.html.j2").render(
        reader=reader, readers=READERS, result=result, scenario=result.scenario, gates=result.gates, alarms=asked.alarms(result),
        complaint=red_flag(result.scenario), question=question(result), provenance=result.provenance,
        parts=[(name, data) for name, data in parts if data is not None])


def write_report(result: Result, root: str | Path, reader: Reader = RESEARCHER) -> Path:
    """Write the run folder with the report in it; returns its path."""
    return storage.write(result, root, {"report.html": lambda: page(result, reader)})


def _answer(result: Result, found: list[asked.Answer]) -> list[dict]:
    return asked.headline(result, found)


def _drawing(result: Result, found: list[asked.Answer]) -> list[tuple]:
    return [(solute, pictures.drawing(result, solute, [a for a in found if a.solute == solute])) for solute in result.solutes]


def _felt(result: Result, found: list[asked.Answer]) -> dict | None:
    return felt.felt(result)


def _certainty(result: Result, found: list[asked.Answer]) -> dict:
    drawn = [pictures.split(found)] if any(a.split for a in found if a.key in certainty.HEADLINE) else []
    return certainty.told(result, found) | {"pictures": drawn, "solutes": result.solutes}


def _measuring(result: Result, found: list[asked.Answer]) -> dict:
    drawn = [pictures.dominant(result)] if spread_plots.matters_most(result) else []
    return {"lines": value_of_information_text.lines(result), "pictures": drawn, **value_of_information_text.rows(result)}


def _done(result: Result, found: list[asked.Answer]) -> dict:
    return {"product": result.scenario.product.resolved, "steps": [step_text(result, s) for s in result.scenario.steps]}


def _surface(result: Result, found: list[asked.Answer]) -> list[pictures.Picture] | None:
    bath_only = all(step.apply is None for step in result.scenario.steps)
    return None if bath_only else [pictures.film(result, solute) for solute in result.solutes]


def _people(result: Result, found: list[asked.Answer]) -> dict:
    few = min(result.draws.people, result.draws.size // result.draws.people) < certainty.FEW
    return {"pictures": [] if few else pictures.people(result), "people": result.draws.people, "enough": certainty.FEW}


def _blood(result: Result, found: list[asked.Answer]) -> list[tuple]:
    told = {h["solute"]: h["lines"][-1] for h in asked.headline(result, found)}
    return [(solute, told[solute], pictures.fan(result, f"plasma_concentration[{solute}]")) for solute in result.solutes]


def _hundred(result: Result, found: list[asked.Answer]) -> dict | None:
    if not feeling.felt(result) or not feeling.shares(result):
        return None
    return {"picture": pictures.hundred(result)}


def _fair_test(result: Result) -> bool | None:
    """How a fair test is made; not where a gate stands open, nothing hurts, or no magnesium is rubbed in."""
    rubbed = any(step.apply is not None for step in result.scenario.steps)
    return True if rubbed and not result.gates and feeling.hurts(result.scenario) and "magnesium" in result.solutes else None


def _weakest(result: Result, found: list[asked.Answer]) -> list[tuple[str, str]]:
    return [(h["solute"], h["rests"]) for h in asked.headline(result, found)]


def _unknown(result: Result, found: list[asked.Answer]) -> dict:
    return {"rests": _weakest(result, found), "not_modelled": result.not_modelled, "trial": value_of_information_text.of_the_trial(result)}


def _rests(result: Result, found: list[asked.Answer]) -> dict:
    return {"parameters": [parameter_row(p) for p in by_grade(result)], "grades": grade_counts(result), "meaning": asked.GRADE_MEANING}


PARTS: Mapping[str, Callable[[Result, list[asked.Answer]], Any]] = {
    "answer": _answer, "drawing": _drawing, "felt": _felt, "certainty": _certainty, "measuring": _measuring, "done": _done,
    "surface": _surface, "people": _people, "blood": _blood, "hundred": _hundred, "unknown": _unknown, "rests": _rests,
    "weakest": _weakest,
    "story": lambda result, found: {"rows": story.story(result), "grades": asked.GRADE_MEANING},
    "amounts": lambda result, found: [skin.amounts(result, solute, found) for solute in result.solutes],
    "around": lambda result, found: [each for solute in result.solutes if (each := skin.around(result, solute, found))] or None,
    "over_time": lambda result, found: [skin.over_time(result, solute) for solute in result.solutes],
    "sting": lambda result, found: felt.sting(result),
    "not_magnesium": lambda result, found: felt.not_magnesium(result),
    "trial": lambda result, found: value_of_information_text.lines(result),
    "product": lambda result, found: {"product": result.scenario.product.resolved, "rows": story.of_product(result)},
    "red_flags": lambda result, found: who_should_not(),
    "not_modelled": lambda result, found: result.not_modelled,
    "sources": lambda result, found: [sources.plain(key) for key in used_sources(result)],
    "please_note": lambda result, found: storage.filled_disclaimers(result),
    "made": lambda result, found: result.provenance,
    "studies": lambda result, found: studies.outcomes(result),
    "claims": lambda result, found: studies.tried_claims(result),
    "not_backed": lambda result, found: studies.not_backed(result),
    "vary": lambda result, found: {"file": f"runs/{result.name}/scenario.toml", "site": result.scenario.site.name,
                                   "strength": len(result.scenario.product.resolved.ingredients) == 1,
                                   "hurts": feeling.hurts(result.scenario)},
    "fair_test": lambda result, found: _fair_test(result),
    "glossary": lambda result, found: asked.GRADE_MEANING,
}
