"""What the validation of the whole body found as plain data, in the shape that the two pages are made from (`validation/summary.py`)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from epsom.provenance import commit, epsom_version
from epsom.whole_body.study import Study
from epsom.whole_body.validation import Compared, Kind

SCHEMA = "epsom-body-validation/1"
NEVER = "Never compared with: "


def summary(studies: Mapping[str, Study], found: Sequence[Compared], knowledge: int, people: int, seed: int) -> dict:
    """Everything that was compared, and what cannot or must not be compared with."""
    return {"schema": SCHEMA, "version": epsom_version(), "commit": commit(), "draws": knowledge * people, "knowledge": knowledge,
            "people": people, "seed": seed, "kinds": {kind.name.lower(): kind.value for kind in Kind},
            "cases": [case_data(name, study, rows, used) for name, study in studies.items() for used in (True, False)
                      if (rows := [one for one in found if one.study == name and one.used is used])],
            "switched": [], "context": context(studies)}


def case_data(name: str, study: Study, rows: Sequence[Compared], used: bool) -> dict:
    """The rows of a study that stand on one of the two pages."""
    about = study.about
    many = f", {about.n} of them" if about.n else ""
    return {"name": f"{name}{'-used' if used else ''}", "title": shown(about.title), "text": shown(f"{about.text} Who: {about.who}{many}."),
            "measured": not about.computed, "control": about.control, "source": about.source, "where": about.where, "used": used,
            "assumed": [shown(text) for text in about.assumed], "gates": [], "rows": [row_data(one) for one in rows]}


def row_data(one: Compared) -> dict:
    """A row with its verdict; `value` is a limit where the kind is "bound" or "limit"; `low` and `high` are one standard error away."""
    row, about = one.row, one.about
    middle, low, high = one.predicted.interval
    error = row.standard_error(one.n)
    around = (None, None) if error is None or row.value is None else (row.value - error, row.value + error)
    note = "; ".join(filter(None, (one.spread, f"n = {one.n}" if one.n else "", row.note)))
    return {"case": one.study, "id": row.id, "quantity": shown(row.name), "unit": row.unit, "kind": one.kind.name.lower(), "used": one.used,
            "value": one.told, "low": around[0], "high": around[1], "spread": shown(note), "median": middle, "low_5": low, "high_95": high,
            "between_people": one.predicted.between, "ratio": middle / one.told if one.told else None, "verdict": one.verdict,
            "source": row.source or about.source, "where": row.where or about.where, "grade": row.grade or about.grade,
            "recalled": "recalled" in (row.where or about.where)}


def context(studies: Mapping[str, Study]) -> list[dict]:
    """What was seen and has no reading: why it cannot be compared with, and what must never be."""
    return [{"title": shown(f"{study.about.title}: {one.what} [{', '.join(one.ids)}]"), "seen": shown(one.seen),
             "why": f"{NEVER if one.never else ''}{one.why}", "source": one.source or study.about.source,
             "grade": one.grade or study.about.grade, "recalled": one.recalled, "never": one.never, "ids": list(one.ids)}
            for study in studies.values() for one in study.asides]


def shown(text: str) -> str:
    """A text with micrometres and degrees as people read them."""
    return re.sub(r"\bumol\b", "µmol", text).replace("+/-", "±").replace("degC", "°C")
