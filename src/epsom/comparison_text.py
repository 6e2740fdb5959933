"""What a comparison says: its answer in fixed phrases, gates, alarms, and what is unlike in its scenarios.

A share of draws mixes ignorance with how people differ and is never called a chance.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from epsom import answer as asked
from epsom.comparison import FILM, RISES, Comparison, Row
from epsom.numerical import FINER_CELLS, FINER_STEPS, said
from epsom.safety import red_flag

MIXED = ("Draws mix what nobody knows with how people differ: a share of draws is not a chance for one person. All scenarios "
         "are run on the same draws, so a difference is between like skins and like assumptions.")
TEXTS = ("name", "product.title", "product.label", "product.note")
FELT = 3600.0                # s; by then a film has dried or not, and people still feel it


def headline(comparison: Comparison) -> list[dict]:
    """For each solute its lines in fixed phrases: what passes the skin, what arrives, draw by draw against the first."""
    return [{"solute": s, "lines": list(_lines(comparison, s)), "rests": _rests(comparison, s)} for s in comparison.solutes]


def named(comparison: Comparison) -> list[str]:
    """The labels as a sentence can use them: a bare number of a sweep gets its word, as in "humidity 0.8"."""
    swept = comparison.swept
    word = f"{swept.key.rpartition('.')[2]} " if swept and swept.numbers and not swept.unit else ""
    return [f"{word}{label}" for label in comparison.labels]


def _lines(comparison: Comparison, solute: str) -> Iterator[str]:
    labels = named(comparison)
    which = [len(labels) - 1] if comparison.swept else range(1, len(labels))
    for row in (comparison.row(f"crossed_amount[{solute}].end"), comparison.row(f"papillary_dermis_concentration[{solute}].peak")):
        values = "; ".join(f"{row.shown(i)} with {labels[i]}" for i in (0, *which))
        yield f"{row.text[0].upper()}{row.text[1:]}: {values}."
        for i in which:
            yield f"{labels[i]} against {labels[0]}, draw by draw: {row.against_first(i)}."


def overview(comparison: Comparison) -> list[Row]:
    """The rows that are told first: what was applied, what passes, how high it gets; in a sweep also how the film is."""
    found = []
    for s in comparison.solutes:
        found += [comparison.row(f"applied_amount[{s}].end"), comparison.row(f"crossed_amount[{s}].end"),
                  *(comparison.row(f"{word}[{s}].peak") for word in (RISES[:1] if comparison.swept else RISES))]
        found += [row for row in comparison.table if row.solute == s and row.when == asked.EARLY[0] and "follicles" in row.variable]
    if comparison.swept:
        early = [name for name, t in comparison.times.items() if t <= FELT]
        when = early[-1] if early else comparison.duration
        found += [row for row in comparison.table if row.variable in FILM and row.when == when]
    return found


def question(comparison: Comparison) -> str:
    """What this comparison was asked."""
    if comparison.swept:
        return f"{comparison.results[0].scenario.name}: what does {comparison.swept.key} change?"
    return f"{comparison.labels[0]} against {', '.join(comparison.labels[1:])}: what reaches which tissue, and how much does it differ?"


def _rests(comparison: Comparison, solute: str) -> str:
    row = comparison.row(f"crossed_amount[{solute}].end")
    text = f"Weakest number behind this: grade {row.weakest_grade} ({asked.GRADE_MEANING[row.weakest_grade]})."
    other = len(comparison.labels) - 1 if comparison.swept else 1
    share, labels = row.against[other - 1].assumed, named(comparison)
    if share:
        text += (f" {asked.percent(share)} of the spread of what {labels[other]} brings through the skin against {labels[0]} rests "
                 "on assumed numbers.")
    return text


def gates(comparison: Comparison) -> list[dict]:
    """Every open gate once, with the scenarios that open it: name, text, acknowledged, scenarios."""
    found: dict[tuple, list[str]] = {}
    for label, result in zip(comparison.labels, comparison.results):
        for gate in result.gates:
            found.setdefault((gate.name, gate.text, gate.acknowledged), []).append(label)
    return [{"name": name, "text": text, "acknowledged": known, "scenarios": labels} for (name, text, known), labels in found.items()]


def alarms(comparison: Comparison) -> list[str]:
    """Warnings that follow from the numbers of each result, and from how they can be paired."""
    found = [f"{label}: {text}" for label, r in zip(named(comparison), comparison.results) for text in asked.alarms(r)]
    lost = len(np.unique(np.concatenate([r.draws.knowledge_index for r in comparison.results]))) - len(comparison.common)
    return found + ([f"{lost} draws could not be solved in every scenario and are left out of all."] if lost else [])


def red_flags(comparison: Comparison) -> list[str]:
    """The red-flag texts of all complaints, each once."""
    return list(dict.fromkeys(text for r in comparison.results if (text := red_flag(r.scenario))))


def notes(comparison: Comparison) -> list[str]:
    """What a reader must know about how unlike scenarios were compared."""
    found, results = [], comparison.results
    durations = {r.scenario.duration.si for r in results}
    if len(durations) > 1:
        found.append(f"The scenarios last unequally long; all are compared up to {comparison.duration}, the end of the shortest.")
    if len({r.scenario.site.name for r in results}) > 1:
        found.append("The sites differ. Numbers that belong to a site are drawn for each site apart, so pairs are less alike.")
    if len({r.scenario.site.area.si for r in results}) > 1:
        found.append("The treated areas differ; amounts are of the whole treated area.")
    if comparison.swept and comparison.swept.key.startswith("product.") and comparison.swept.key != "product.use":
        found.append("All else in the product, its density too, stays as it is.")
    left = sorted({s for r in results for s in r.solutes} - set(comparison.solutes))
    if left:
        found.append(f"Left out, because not every scenario brings it: {', '.join(left)}.")
    return found + _about_grid(comparison)


def _about_grid(comparison: Comparison) -> list[str]:
    """How far the numbers told first move on a finer grid, where that is kept; else how it can be measured."""
    measured, unknown = [], []
    for i, label in enumerate(named(comparison)):
        moves = [row.grid[i] for row in overview(comparison) if row.grid[i]]
        if moves:
            cells, steps = (said(max(getattr(move, way).most for move in moves)) for way in ("cells", "steps"))
            measured.append(f"{label} {cells} and {steps}")
        else:
            unknown.append(label)
    found = []
    if measured:
        found.append(f"With {FINER_CELLS} times the cells and with {FINER_STEPS} times the steps the numbers told first move, "
                     f"in 19 of 20 draws, by no more than: {'; '.join(measured)}.")
    if unknown:
        found.append(f"How far numbers move on a finer grid was not measured for {', '.join(unknown)}: `epsom run --check-grid` does.")
    return found


def differences(comparison: Comparison) -> list[tuple[str, list[str]]]:
    """(key, value in each scenario as written) of everything that is not the same in all of them, but for names and texts."""
    flat = [dict(_flattened(r.scenario.tables())) for r in comparison.results]
    keys = dict.fromkeys(key for table in flat for key in table)
    return [(key, [table.get(key, "not given") for table in flat]) for key in keys
            if key not in TEXTS and len({table.get(key) for table in flat}) > 1]


def _flattened(data, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(data, (dict, list)):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _flattened(value, f"{path}.{key}" if path else str(key))
    else:
        yield path, str(data)


def not_modelled(comparison: Comparison) -> list[str]:
    """What none or not every one of the runs says anything about, each once."""
    return list(dict.fromkeys(text for r in comparison.results for text in r.not_modelled))
