"""Text and data of `epsom label`."""

from __future__ import annotations

from epsom.evidence.label import APPLIED, Disagreement, Dose, Label, Line
from epsom.evidence.label_readings import MG, Reading
from epsom.evidence.span import Span
from epsom.faces.terminal import table_lines, wrap

SCHEMA = "epsom-label/1"


def digits(number: float) -> str:
    """Three digits, without a power of ten where a person can do without."""
    return f"{number:.3g}" if abs(number) < 1e3 or abs(number) >= 1e7 else f"{float(f'{number:.3g}'):.0f}"


def shown(number: Span | None, factor: float = 1.0) -> str:
    """A number and, where it is not exact, the range behind it."""
    if number is None:
        return "-"
    value, low, high = (digits(each * factor) for each in (number.value, number.low, number.high))
    return value if low == high else f"{value} ({low}-{high})"


def short(found: Label) -> list[str]:
    return [f"{line.reading.mol_per_g.value * MG:.6g}" for line in found.lines if line.reading.verdict != "impossible"]


def text(found: Label) -> str:
    """The label, reading by reading."""
    lines = [f'"{found.text}"', ""]
    statements = dict.fromkeys(line.reading.statement for line in found.lines)
    for statement in statements:
        mine = [line for line in found.lines if line.reading.statement == statement]
        lines += [
            f"'{statement}', read as",
            *table_lines(("of", "by", "mg Mg/mL", "mg Mg/g", "mmol/mL", "% of saturated", "verdict"), [_row(line.reading) for line in mine]),
        ]
        lines += _applied(mine)
        lines.append("")
    if found.factor > 1 + 1e-9:
        lines.append(
            wrap(f"The strongest possible reading of the first strength holds {found.factor:.3g} times the magnesium of the weakest.")
        )
    lines += [wrap(_disagreement(each)) for each in found.disagreements]
    refused = dict.fromkeys((line.reading.species, line.reading.basis, line.reading.law) for line in found.lines if line.reading.law)
    lines += [wrap(f"{species}, {basis}: {law}.") for species, basis, law in refused]
    assumed = sorted({dose.assumed for line in found.lines for dose in line.doses if dose.assumed})
    lines += [wrap(f"Not stated and assumed: {', '.join(assumed)}.")] if assumed else []
    return "\n".join([*lines, *(wrap(f"- {note}.") for note in found.notes), wrap(APPLIED)])


def _row(r: Reading) -> tuple:
    per_g = None if r.verdict == "impossible" else r.mol_per_g
    return (r.species, r.basis, shown(r.mol_per_mL, MG), shown(per_g, MG), shown(r.mol_per_mL, 1e3), shown(r.saturation, 100), r.verdict)


def _applied(mine: list[Line]) -> list[str]:
    """A table of what lies in each amount: readings down, amounts across; lines of equal amounts belong together."""
    groups: dict[tuple, list[Line]] = {}
    for line in mine:
        if line.doses:
            groups.setdefault(tuple(dose.amount for dose in line.doses), []).append(line)
    lines = []
    for amounts, those in groups.items():
        rows = [(f"{line.reading.species} {line.reading.basis}", *map(_cell, line.doses)) for line in those]
        lines += ["", "Magnesium applied, mg in", *table_lines(("as", *amounts), rows)]
    return lines


def _cell(dose: Dose) -> str:
    area = f"; {digits(dose.mg_per_cm2.value)} mg/cm^2" if dose.mg_per_cm2 else ""
    return f"{shown(dose.mg)}; {digits(dose.mol.value * 1e3)} mmol{area}"


def _disagreement(each: Disagreement) -> str:
    percent = f"{abs(each.percent.value):.3g} % {'more' if each.percent.value > 0 else 'less'}"
    told = {"agree": "agree", "can agree": "can agree within what is not stated", "disagree": "disagree"}[each.verdict]
    return (
        f"'{each.first}' and '{each.second}' {told}: read as {each.as_read[0]} and {each.as_read[1]}, where they are nearest, the first says "
        f"{percent} magnesium in a millilitre ({each.percent.low:.3g} to {each.percent.high:.3g} %)."
    )


def data(found: Label) -> dict:
    """The same for programs: every number as value, low and high."""
    return {
        "schema": SCHEMA,
        "label": found.text,
        "possible": found.possible,
        "strongest_over_weakest": found.factor,
        "readings": [_reading(line) for line in found.lines],
        "disagreements": [
            {"first": d.first, "second": d.second, "as_read": list(d.as_read), "percent": _span(d.percent), "verdict": d.verdict}
            for d in found.disagreements
        ],
        "notes": list(found.notes),
        "applied_is_not_absorbed": APPLIED,
    }


def _reading(line) -> dict:
    r = line.reading
    return {
        "statement": r.statement,
        "species": r.species,
        "salt": r.salt,
        "basis": r.basis,
        "mg_per_mL": _span(r.mol_per_mL, MG),
        "mmol_per_mL": _span(r.mol_per_mL, 1e3),
        "mg_per_g": _span(r.mol_per_g, MG),
        "mmol_per_g": _span(r.mol_per_g, 1e3),
        "mg_per_spray": _span(r.mol_per_spray, MG),
        "density_g_per_mL": _span(r.density),
        "share_of_saturated": _span(r.saturation),
        "verdict": r.verdict,
        "law": r.law,
        "factor": r.factor,
        "doses": [
            {"amount": d.amount, "mg": _span(d.mg), "mmol": _span(d.mol, 1e3), "mg_per_cm2": _span(d.mg_per_cm2), "assumed": d.assumed}
            for d in line.doses
        ],
    }


def _span(number: Span | None, factor: float = 1.0) -> dict | None:
    return None if number is None else {"value": number.value * factor, "low": number.low * factor, "high": number.high * factor}
