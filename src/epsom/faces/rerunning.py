"""`epsom rerun`: a stored run made again from its own scenario, draws and seed, and held against what is stored."""

from __future__ import annotations

import json
import re
import tempfile
import tomllib
from dataclasses import replace
from pathlib import Path

from epsom import reproduction, storage
from epsom.answer import said
from epsom.core.digits import scaled_digits
from epsom.core.draws import Draws
from epsom.core.errors import StorageError
from epsom.faces.running import solved
from epsom.faces.terminal import table_lines, wrap
from epsom.reproduction import FELT_UNIT, Moved, Reproduction
from epsom.scenario import Scenario

SCHEMA = "epsom-rerun/1"
SHOWN = 12                   # rows of each table; JSON has all
COMMIT = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28}")
HINT = "Run its scenario again with `epsom run`"


def carried_out(run: str, runs: Path, out: Path | None, knowledge: int | None, workers: int | None,
                quiet: bool) -> tuple[Path, Path | None, dict, Reproduction]:
    """(folder of the earlier run, that of the new one if it is kept, summary of the new one, how they differ).

    Parameters
    ----------
    out : where the new run is kept; without it nothing is.
    knowledge : draws of what nobody knows, if other than the run's own.
    """
    before, _ = storage.read_summary(run, runs)
    scenario, draws, check_grid, credited = recorded(before)
    if knowledge is not None:
        draws = replace(draws, knowledge=knowledge)
    if out is not None:
        after, summary, there = solved(scenario, draws, out, quiet, workers, check_grid, credited)
        if there:
            raise StorageError("the new run would have the name of this one", "Leave out --out, or name another folder", file=after)
        return before, after, summary, reproduction.compared(before, after)
    with tempfile.TemporaryDirectory(prefix="epsom-rerun-", ignore_cleanup_errors=True) as away:
        after, summary, _ = solved(scenario, draws, Path(away), quiet, workers, check_grid, credited)
        return before, None, summary, reproduction.compared(before, after)


def recorded(folder: Path) -> tuple[Scenario, Draws, bool, int]:
    """(scenario, draws, whether the grid was checked, draws of which coalitions were solved) of a stored run."""
    file = folder / "scenario.toml"
    try:
        tables = tomllib.loads(file.read_text("utf-8"))
        made = json.loads((folder / "provenance.json").read_text("utf-8"))
        drawn, solver = made["draws"], made["solver"]
        draws = Draws(drawn["knowledge"], drawn["people"], drawn["seed"], drawn["first"], tuple(drawn["without"]))
        return Scenario.build(tables, file), draws, solver["checked_with"] is not None, solver.get("coalitions", {}).get("draws", 0)
    except (OSError, KeyError, ValueError) as error:
        raise StorageError("this run does not say how it was made", HINT, file=folder) from error


def verdict(found: Reproduction) -> str:
    """What came out, in a sentence."""
    one = found.draws
    if found.same_bytes:
        return "The same bytes came out, in every file."
    if found.same_numbers and found.asked_alike:
        return f"The same numbers came out, to the last bit; other bytes stand in {', '.join(found.other_files)}."
    if one.same:
        return f"The same numbers came out, to the last bit, in the {one.shared} draws that both have (of {one.before})."
    return "Other numbers came out."


def text(before: Path, kept: Path | None, summary: dict, found: Reproduction) -> str:
    """What came out, what made the difference, and what moved."""
    from epsom.faces.show import safety_lines

    drawn = summary["draws"]
    lines = [*safety_lines(summary), wrap(
        f"{before.name}: made again, {drawn['knowledge'] * drawn['people']} draws, seed {drawn['seed']}. {verdict(found)}")]
    if found.made:
        lines += ["", "Made by other means:", *_table(("", "then", "now"), [tuple(map(_short, row)) for row in found.made])]
    elif not found.same_bytes and found.asked_alike:
        lines += ["", wrap("Nothing that makes a run differs by version or digest: the folder was changed after it was written, or this "
                           "machine computes otherwise.")]
    if found.parameters:
        lines += ["", "Numbers of the model that changed:", *_table(("number", "then", "now"), found.parameters)]
    lines += _of_draws(found)
    if found.arrays:
        lines += ["", wrap(f"Otherwise too: {', '.join(found.arrays)}")]
    if not found.asked_alike and not found.draws.same:
        lines += ["", wrap("The new run has other draws, so part of how its answers move is chance.")]
    if (found.headline or found.others) and (found.asked_alike or not found.draws.same):
        lines += ["", "Answers that moved (median, and in brackets nine of ten draws):",
                  *_table(("", "then", "now", "by"), [_row(m) for m in (*found.headline, *found.others)])]
    lines += ["", wrap(summary["disclaimers"][0]), *([f"Report: {kept / 'report.html'}"] if kept else [])]
    return "\n".join(lines)


def _of_draws(found: Reproduction) -> list[str]:
    one = found.draws
    if one.same:
        return []
    if not one.timed or not one.shared:
        why = "stores other times" if not one.timed else "has none of its draws"
        return ["", wrap(f"The new run {why}, so the two cannot be held against each other draw by draw.")]
    rows = [(name, f"{100 * x:.2g} %") for name, x in sorted(one.largest.items(), key=lambda item: -item[1]) if x]
    told = [wrap(f"{word}: {', '.join(names)}") for word, names in (("No longer there", one.lost), ("New", one.new)) if names]
    return ["", wrap(f"Draw by draw ({one.shared} of {one.before} draws), the largest difference as a share of the largest value:"),
            *_table(("readout", "differs by"), rows), *told]


def _table(header: tuple, rows) -> list[str]:
    rows = list(rows)
    return [*table_lines(header, rows[:SHOWN]), *([f"and {len(rows) - SHOWN} more (--json has all)"] if len(rows) > SHOWN else [])]


def _short(text: str) -> str:
    """A commit by its first digits, which are enough to tell it."""
    return COMMIT.sub(r"\1", text)


def _row(m: Moved) -> tuple[str, str, str, str]:
    by = "" if m.by is None else f"{'+' if m.by > 0 else '-'}{scaled_digits(abs(100 * m.by))} %"
    return m.text, _shown(m.before, m.unit), _shown(m.after, m.unit), by


def _shown(three: tuple[float, float, float] | None, unit: str) -> str:
    if three is None:
        return "not told"
    low, middle, high = three
    return f"{100 * middle:.0f} %" if unit == "1" else said(low, middle, high, "" if unit == FELT_UNIT else unit)


def data(before: Path, kept: Path | None, summary: dict, found: Reproduction) -> dict:
    """The same for a program."""
    moved = lambda m: {"key": m.key, "text": m.text, "unit": m.unit, "before": m.before, "after": m.after, "moved_by": m.by}
    three = lambda rows: [dict(zip(("what", "before", "after"), row)) for row in rows]
    return {"schema": SCHEMA, "run": before.name, "fingerprint": summary["fingerprint"], "gates": summary["gates"],
            "alarms": summary["alarms"], "red_flag": summary["red_flag"], "draws": summary["draws"], "folder": str(kept) if kept else None,
            "verdict": verdict(found), "same_bytes": found.same_bytes, "same_numbers": found.same_numbers,
            "other_files": list(found.other_files), "made": three(found.made), "parameters": three(found.parameters),
            "shared_draws": found.draws.shared, "draws_before": found.draws.before, "largest_difference": dict(found.draws.largest),
            "other_arrays": list(found.arrays), "readouts_lost": list(found.draws.lost), "readouts_new": list(found.draws.new),
            "headline": list(map(moved, found.headline)), "others": list(map(moved, found.others)), "disclaimers": summary["disclaimers"]}
