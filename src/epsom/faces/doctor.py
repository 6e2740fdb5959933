"""`epsom doctor`: is this installation sound? Versions, folders, and the solver against an exact solution."""

from __future__ import annotations

import os

TOLERANCE = 2e-3             # of the shipped grid against the exact solution


def examine() -> tuple[list[tuple[str, str, str]], bool]:
    """(rows of check, found, verdict; whether all is well)."""
    from epsom.engine import programs
    from epsom.provenance import commit, epsom_version, libraries

    rows = [("epsom", f"{epsom_version()}, commit {commit()}", "ok")]
    rows += [(name, version, "ok") for name, version in libraries().items()]
    folder = programs.folder()
    programs.prepare()
    writable = folder.is_dir() and os.access(folder, os.W_OK)
    size = sum(f.stat().st_size for f in folder.glob("*")) / 1e6 if writable else 0.0
    rows.append(("compilation cache", f"{folder}, {size:.0f} MB",
                 "ok" if writable else "not writable: each first run takes longer; set EPSOM_CACHE to a folder of yours"))
    error = corneum_against_exact()
    rows.append(("solver against the exact solution of a slab", f"largest error {error:.1e}",
                 "ok" if error < TOLERANCE else f"above {TOLERANCE:g}: do not trust results of this installation"))
    mass = demo_mass_error()
    rows.append(("mass balance of the demo", f"{mass:.0e} of the dose", "ok" if mass < 1e-10 else "above 1e-10"))
    return rows, error < TOLERANCE and mass < 1e-10


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
