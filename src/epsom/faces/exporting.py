"""`epsom export`: a stored run as a table for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from epsom import storage, tidy
from epsom.faces.show import safety_lines
from epsom.faces.terminal import line, wrap

SCHEMA = "epsom-exported/1"


def written(run: str, runs: Path, file: Path, variables: Sequence[str], quantiles: bool) -> tuple[str, dict]:
    """(what to say, the same as data) after writing a run's readouts to a file."""
    folder, summary = storage.read_summary(run, runs)
    count = tidy.export(folder, summary, file, variables, quantiles)
    what = "quantiles over draws" if quantiles else "every draw"
    said = f"{folder.name}: {count} readout{'s' * (count != 1)}, {what}, in SI with their units, in {file}"
    safety = {name: summary[name] for name in ("gates", "alarms", "red_flag")}
    return "\n".join([*safety_lines(summary), line(said, "  "), "", wrap(summary["disclaimers"][0])]), {
        "schema": SCHEMA, "run": folder.name, **safety, "readouts": count, "quantiles": quantiles, "file": str(file),
        "disclaimer": summary["disclaimers"][0]}
