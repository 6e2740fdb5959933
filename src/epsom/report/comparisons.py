"""The page of a comparison or a sweep."""

from __future__ import annotations

from pathlib import Path

from epsom import answer as asked
from epsom import comparison_plots, plots, storage
from epsom import comparison_text as told
from epsom.comparison import AMOUNTS, FILM, RISES, Comparison, Row
from epsom.core import sources
from epsom.report.numbers import used_sources
from epsom.report.templates import template


def write_comparison(comparison: Comparison, root: str | Path) -> Path:
    """Write the folder of a comparison or sweep with its page and pictures in it; returns its path."""
    drawn = pictures(comparison)
    alone = {f"pictures/{p['name']}.svg": lambda text=p["svg"]: text for p in drawn}
    return storage.write_comparison(comparison, root, {**alone, "report.html": lambda: comparison_page(comparison, drawn)})


def comparison_page(comparison: Comparison, drawn: list[dict]) -> str:
    """A comparison as one HTML page that needs no network."""
    first = comparison.results[0]
    overview = told.overview(comparison)
    return template("comparison.html.j2").render(
        question=told.question(comparison), labels=comparison.labels, first=told.named(comparison)[0], swept=comparison.swept,
        gates=told.gates(comparison), alarms=told.alarms(comparison), red_flags=told.red_flags(comparison),
        disclaimers=storage.filled_disclaimers(comparison),
        headline=told.headline(comparison), draws=comparison.draws, mixed=told.MIXED, notes=told.notes(comparison),
        overview=[{"solute": s, "rows": [row for row in overview if row.solute in (s, "")]} for s in comparison.solutes],
        differences=told.differences(comparison), pictures=drawn, grade_meaning=asked.GRADE_MEANING,
        not_modelled=told.not_modelled(comparison), sources=[sources.plain(key) for key in used_sources(comparison)],
        version=first.provenance["version"], commit=first.provenance["commit"], seed=first.draws.seed,
        fingerprint=comparison.fingerprint,
        runs=[(label, r.provenance["fingerprint"]) for label, r in zip(comparison.labels, comparison.results)])


def pictures(comparison: Comparison) -> list[dict]:
    """Name, SVG, words and rows of each picture: over time in a comparison, over the swept values in a sweep."""
    table = comparison.table
    if comparison.swept:
        shown = [comparison.row(f"entered_amount[{s}].end") for s in comparison.solutes]
        shown += [row for row in told.overview(comparison) if not row.variable.startswith("applied") and "between" not in row.variable]
        return [_picture(row.key, comparison_plots.over_values(comparison, row.key), [row], comparison) for row in shown]
    wanted = [f"{word}[{s}]" for s in comparison.solutes for word in (*AMOUNTS, *RISES)] + list(FILM)
    rows = {variable: [row for row in table if row.variable == variable] for variable in wanted}
    return [_picture(variable, comparison_plots.by_time(comparison, variable), own, comparison) for variable, own in rows.items() if own]


def _picture(name: str, figure, rows: list[Row], comparison: Comparison) -> dict:
    last = rows[-1]
    values = "; ".join(f"{label}: {last.shown(i)}" for i, label in enumerate(comparison.labels))
    file = name.replace("[", "-").replace("]", "").replace(" ", "-")
    return {"name": file, "svg": plots.as_svg(figure), "rows": rows,
            "text": f"Simulated {last.text}, median and nine in ten draws. {values}."}
