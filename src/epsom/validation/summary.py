"""What a validation found as plain data with a versioned schema: what the pages, the docs and `--json` are made from."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from epsom.core.digits import scaled_digits
from epsom.provenance import commit, epsom_version
from epsom.safety import gates
from epsom.validation.case import Case, Kind, Row, contexts
from epsom.validation.reading import Switched

SCHEMA = "epsom-validation/1"
LIMITS = "bound", "limit"                          # kinds of rows whose value was not passed


class Compared(NamedTuple):
    """A case with its rows."""

    name: str
    case: Case
    rows: list[Row]


def summary(found: Sequence[Compared], switches: Sequence[Switched], draws: int, seed: int) -> dict:
    """Everything that was compared, what switching simplifications off does, and what cannot be compared with."""
    return {"schema": SCHEMA, "version": epsom_version(), "commit": commit(), "draws": draws, "seed": seed,
            "kinds": {kind.name.lower(): kind.value for kind in Kind},
            "cases": [case_data(one) for one in found], "switched": [switched_data(one) for one in switches],
            "context": [one.model_dump() for one in contexts()]}


def case_data(one: Compared) -> dict:
    """A case, its rows and the safety gates that its scenario opens."""
    about = one.case.about
    opened = gates(one.case.scenario) if one.case.scenario else ()
    return {"name": one.name, **about.model_dump(include={"measured", "control", "source", "where"}),
            "title": shown(about.title), "text": shown(about.text), "used": about.used_for_defaults,
            "assumed": list(about.assumed), "gates": [{"name": gate.name, "text": gate.text} for gate in opened],
            "rows": [row_data(row) for row in one.rows]}


def row_data(row: Row) -> dict:
    """A row with its verdict; `value` is a limit where the kind is "bound"."""
    value, low, high = row.expected
    return {"case": row.case, "quantity": shown(row.name), "unit": row.unit, "kind": row.kind.name.lower(),
            "value": value, "low": low, "high": high, "spread": shown(row.spread),
            "median": row.found[0], "low_5": row.found[1], "high_95": row.found[2], "ratio": row.ratio,
            "verdict": row.verdict, "source": row.source, "where": row.where, "grade": row.grade, "recalled": row.recalled}


def switched_data(one: Switched) -> dict:
    """Medians of the first estimate and of each variant, and their ratio to the simplified ones, row by row."""
    return {"case": one.case, "rows": [{"quantity": shown(name), "unit": unit} for name, unit in one.rows], "estimate": one.estimate.tolist(),
            "variants": [{"name": shown(name), "medians": medians.tolist(), "ratios": one.ratio(name).tolist()}
                         for name, medians in one.medians.items()]}


def rows_of(data: dict, used: bool) -> list[dict]:
    """All rows of one of the two pages."""
    return [row for case in data["cases"] if case["used"] is used for row in case["rows"]]


def counts(rows: Sequence[dict]) -> dict[str, tuple[int, int]]:
    """{kind: (rows that are in, rows)} of the kinds that are there."""
    kinds = dict.fromkeys(row["kind"] for row in rows)
    return {kind: (sum(r["verdict"] == "in" for r in rows if r["kind"] == kind), sum(r["kind"] == kind for r in rows)) for kind in kinds}


def _written(row: dict) -> Callable[[float], str]:
    """How its numbers are written: two significant digits, and more where two would contradict its verdict."""
    if None in (row["value"], row["low_5"], row["high_95"]) or _agrees(row, 2):
        return scaled_digits
    return lambda x: f"{x:.{3 if _agrees(row, 3) else 4}g}"


def _agrees(row: dict, digits: int) -> bool:
    """Whether rounded numbers say the same as the verdict."""
    value, low, high = (float(f"{row[key]:.{digits}g}") for key in ("value", "low_5", "high_95"))
    return (high < value if row["kind"] in LIMITS else low <= value <= high) == (row["verdict"] == "in")


def expected_text(row: dict) -> str:
    """The value with its spread, or the limit, without the unit."""
    write = _written(row)
    if row["kind"] in LIMITS:
        return f"below {write(row['value'])}"
    around = "" if row["low"] is None else f" ({write(row['low'])} to {write(row['high'])})"
    return write(row["value"]) + around


def found_text(row: dict) -> str:
    """Median and 90 % interval without the unit; one number where nothing is drawn."""
    write = _written(row)
    if row["low_5"] == row["high_95"]:
        return write(row["median"])
    return f"{write(row['median'])} ({write(row['low_5'])} to {write(row['high_95'])})"


def shown(text: str) -> str:
    """A text with micrometres as people read them."""
    return re.sub(r"\bum\b", "µm", text)


def shown_unit(unit: str) -> str:
    """The unit as people read it."""
    return "" if unit == "1" else unit.replace("^2", "²").replace("^3", "³").replace("ug", "µg")
