"""`epsom doctor`: is this installation sound? Versions, folders, and the solver against an exact solution."""

from __future__ import annotations

import os
from pathlib import Path

TOLERANCE = 2e-3             # of the shipped grid against the exact solution


def examine() -> tuple[list[tuple[str, str, str]], bool]:
    """(rows of check, found, verdict; whether all is well)."""
    from epsom.provenance import commit, epsom_version, libraries

    rows = [("epsom", f"{epsom_version()}, commit {commit()}", "ok")]
    rows += [(name, version, "ok") for name, version in libraries().items()]
    rows += [compilation_cache(), unfinished_runs(Path("runs"))]
    error = corneum_against_exact()
    rows.append(("solver against the exact solution of a slab", f"largest error {error:.1e}",
                 "ok" if error < TOLERANCE else f"above {TOLERANCE:g}: do not trust results of this installation"))
    mass = demo_mass_error()
    rows.append(("mass balance of the demo", f"{mass:.0e} of the dose", "ok" if mass < 1e-10 else "above 1e-10"))
    return rows, error < TOLERANCE and mass < 1e-10


def compilation_cache() -> tuple[str, str, str]:
    """(check, found, verdict) of the folder of compiled programs."""
    from epsom.engine import programs

    folder = programs.folder()
    programs.prepare()
    trouble = programs.not_to_be_trusted(folder) or ("" if os.access(folder, os.W_OK) else "it cannot be written")
    size = 0.0 if trouble else sum(f.stat().st_size for f in folder.iterdir()) / 1e6
    return ("compilation cache", f"{folder}, {size:.0f} MB", "ok" if not trouble else
            f"{trouble}: programs are made anew each time; make it yours alone, or set EPSOM_CACHE to a folder that is")


def unfinished_runs(root: Path) -> tuple[str, str, str]:
    """(check, found, verdict) of the folders that long runs left which were stopped, or are not done yet."""
    from epsom.storage import kept_bytes, unfinished

    shelves = [shelf for _, shelf in unfinished(root)]
    kept = sum(map(kept_bytes, shelves)) / 1e6
    return ("unfinished runs", f"{len(shelves)} in {root}, {kept:.1f} MB" if shelves else f"none in {root}",
            "`epsom list runs` names them: the same command goes on, or delete the folder" if shelves else "ok")


def corneum_against_exact() -> float:
    """Largest relative error of the amount that passes a slab under an infinite dose, over half to five lag times."""
    import numpy as np

    from epsom.dermal import exact
    from epsom.engine.slab import amount_through

    theta = np.array([0.1, 1 / 6, 0.3, 0.5, 1.0])
    return float(np.max(np.abs(amount_through(theta) / exact.slab_cumulative(theta) - 1)))


def demo_mass_error() -> float:
    """Largest share of the dose that the demo leaves unaccounted for, over a few draws."""
    from epsom.scenario import Scenario
    from epsom.simulation import simulate
    from epsom.standard import standard_model

    scenario = Scenario.load("magnesium-lotion-calf")
    return simulate(standard_model(scenario), scenario, 8).provenance["solver"]["relative_mass_error"]
