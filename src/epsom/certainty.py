"""How sure each headline number is: what of its spread is ignorance and what is people, and how far grid and steps move it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from epsom.answer import FEW_UNRESOLVED, Answer, readable, told_unresolved, unresolved
from epsom.core.digits import digits
from epsom.numerical import FINER_CELLS, FINER_STEPS, said
from epsom.result import Result

HEADLINE = {"crossed_amount.end": "passed the corneum", "blood_uptake_amount.end": "carried off by blood",
            "papillary_dermis_concentration.peak": "papillary dermis, rise",
            "papillary_dermis_concentration.peak_time": "papillary dermis, when",
            "papillary_dermis_concentration_near_follicles.20 min": "near follicles, 20 min",
            "papillary_dermis_concentration_between_follicles.20 min": "between follicles, 20 min",
            "upper_muscle_concentration.peak": "upper muscle, rise", "upper_muscle_concentration.peak_time": "upper muscle, when",
            "plasma_concentration.peak": "plasma, rise", "plasma_concentration.peak_time": "plasma, when"}
COLUMNS = {"typical": "a typical person", "people": "people differ", "unknown": "not known",
           "cells": f"{FINER_CELLS} x cells", "steps": f"{FINER_STEPS} x steps"}
FEW = 10                     # people; with fewer how much they differ is hardly told
NOT_SPLIT = ("With one person in each draw, what is not known and how people differ cannot be told apart: "
             "run it with --draws 64 --people 16.")
ONE_DRAW = "With one draw of what is not known, its share of the spread cannot be told: ask for more --draws."
NOT_CHECKED = "How far these numbers move on a finer grid was not measured for this scenario: run it with --check-grid."


def told(result: Result, found: Iterable[Answer]) -> dict:
    """Rows of words for each headline number, the columns that are told of any, and what the columns mean."""
    own = {(a.solute, a.key): a for a in found}
    shown = [own[solute, key] for solute in result.solutes for key in HEADLINE if (solute, key) in own]
    rows = [_row(answer) for answer in shown]
    return {"rows": rows, "columns": [[name, text] for name, text in COLUMNS.items() if any(row[name] for row in rows)],
            "notes": [*_about_people(result, shown), *_about_grid(result, shown), *_about_draws(result)]}


def _row(answer: Answer) -> dict:
    split, numerical = answer.split, answer.numerical
    return {"solute": answer.solute, "key": answer.key, "what": HEADLINE[answer.key], "shown": answer.interval,
            "typical": f"{readable(split.typical[0], answer.unit)} to {readable(split.typical[1], answer.unit)}" if split else "",
            "people": f"{digits(split.factor.value)} times" if split else "",
            "people_interval": f"{digits(split.factor.low)} to {digits(split.factor.high)}" if split else "",
            "unknown": "{:.0f} % ({:.0f} to {:.0f})".format(*(100 * x for x in split.unknown)) if split else "",
            "cells": said(numerical.cells.most) if numerical else "", "steps": said(numerical.steps.most) if numerical else ""}


def _about_people(result: Result, shown: list[Answer]) -> Iterator[str]:
    people, split = result.draws.people, next((a.split for a in shown if a.split), None)
    if split:
        few = " With so few people that is rough." if people < FEW else ""
        yield (f"A typical person: the middle one of {people} virtual people, in nine of ten draws of what is not known. People differ: "
               "how many times more one has above whom one in twenty lies than one below whom one in twenty lies, all else "
               f"known.{few} Not known: the share of the spread that study could remove, with its 90 % interval; people make the rest.")
    elif people == 1:
        yield NOT_SPLIT
    elif result.draws.size == people:
        yield ONE_DRAW


def _about_grid(result: Result, shown: list[Answer]) -> Iterator[str]:
    numerical = next((a.numerical for a in shown if a.numerical), None)
    if numerical is None:
        yield NOT_CHECKED
        return
    whose = "draws of this run" if result.checked else "draws of this scenario, kept with the model"
    yield (f"{FINER_CELLS} x cells, {FINER_STEPS} x steps: how far the number moves, in 19 of 20 draws at most, when every layer has "
           f"{FINER_CELLS} times the cells or the plan {FINER_STEPS} times the steps; from {numerical.draws} {whose}.")


def _about_draws(result: Result) -> Iterator[str]:
    if 0 < unresolved(result) <= FEW_UNRESOLVED:
        yield told_unresolved(result)
