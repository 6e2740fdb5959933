"""`epsom doctor`: is this installation sound? Versions, machine, folders, and the solver against exact solutions, within half a minute."""

from __future__ import annotations

import os
import platform
import shutil
import time
from pathlib import Path
from typing import NamedTuple

SLAB_TOLERANCE = 2e-3        # of the shipped grid against the exact solution, relative
TOLERANCE = 1e-5             # of an experiment, whose grid is as fine as it needs, relative to the largest value
MASS_TOLERANCE = 1e-10       # of what was supplied
ROOM = 500e6                 # bytes: a run of a thousand draws takes about a tenth, its batches as much again
DISTRUST = "do not trust results of this installation"
THICKNESS, PARTITION, DIFFUSIVITY = 20e-6, 2.0, 1e-13        # of the layer in the exact cases: m, 1, m^2/s
THETA = (0.05, 0.1, 1 / 6, 0.3, 0.5, 1.0, 3.0)               # times in units of h^2 / D
END = 14.0                   # the same, when all of a dose has arrived or is lost


class Check(NamedTuple):
    """What was looked at, what was found, "ok" or what to do; whether results can be trusted in spite of it."""

    what: str
    found: str
    verdict: str = "ok"
    sound: bool = True


def examine(root: Path = Path("runs")) -> tuple[list[tuple[str, str, str]], bool]:
    """(rows of check, found, verdict; whether all that numbers rest on is well)."""
    begun = time.monotonic()
    checks = [epsom_itself(), *requirements(), machine(), disk(root), compilation_cache(), unfinished_runs(root), left_behind(root),
              *exact_cases()]
    checks.append(Check("time taken", f"{time.monotonic() - begun:.0f} s"))
    return [(check.what, check.found, check.verdict) for check in checks], all(check.sound for check in checks)


# ---- what is installed -----------------------------------------------------------------------------------------------
def epsom_itself() -> Check:
    from epsom.provenance import commit, epsom_version

    return Check("epsom", f"{epsom_version()}, commit {commit()}, Python {platform.python_version()}")


def requirements() -> list[Check]:
    """Every library that epsom needs, with its version, against what the package says it needs."""
    from importlib.metadata import PackageNotFoundError, requires, version

    from packaging.requirements import Requirement

    from epsom.provenance import LIBRARIES

    checks, wanted = [], [Requirement(text) for text in requires("epsom") or ()]
    for one in sorted((r for r in wanted if r.marker is None or r.marker.evaluate({"extra": ""})), key=lambda r: r.name):
        deciding = one.name in LIBRARIES
        try:
            found = version(one.name)
        except PackageNotFoundError:
            checks.append(Check(one.name, "not installed", f"epsom needs {one}: install epsom again", False))
            continue
        fits = one.specifier.contains(found, prereleases=True)
        if deciding or not fits:
            checks.append(Check(one.name, found, "ok" if fits else f"epsom needs {one}: install epsom again", fits))
    return checks


def machine() -> Check:
    """Cores, memory and system."""
    from epsom.workers import cores

    memory = ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = f", {os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 1e9:.0f} GB of memory"
    return Check("machine", f"{platform.system()} {platform.machine()}, {len(cores())} cores{memory}")


# ---- folders ---------------------------------------------------------------------------------------------------------
def disk(root: Path) -> Check:
    """Room where runs are written."""
    there = next(folder for folder in (root.absolute(), *root.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(there).free
    if not os.access(there, os.W_OK):
        return Check("disk", f"{there} cannot be written", "go to another folder, or name one with --out")
    return Check("disk", f"{free / 1e9:.1f} GB free in {there}", "ok" if free > ROOM else "little room for runs: free some space")


def compilation_cache() -> Check:
    """The folder of compiled programs."""
    from epsom.engine import programs

    folder = programs.folder()
    programs.prepare()
    trouble = programs.not_to_be_trusted(folder) or ("" if os.access(folder, os.W_OK) else "it cannot be written")
    files = [] if trouble else [f.stat().st_size for f in folder.iterdir()]
    return Check("compilation cache", f"{folder}, {sum(files) / 1e6:.0f} MB in {len(files)} files", "ok" if not trouble else
                 f"{trouble}: programs are made anew each time; make it yours alone, or set EPSOM_CACHE to a folder that is")


def unfinished_runs(root: Path) -> Check:
    """The folders that long runs left which were stopped, or are not done yet."""
    from epsom.storage import kept_bytes, unfinished

    shelves = [shelf for _, shelf in unfinished(root)]
    kept = sum(map(kept_bytes, shelves)) / 1e6
    return Check("unfinished runs", f"{len(shelves)} in {root}, {kept:.1f} MB" if shelves else f"none in {root}",
                 "`epsom list runs` names them: the same command goes on, or delete the folder" if shelves else "ok")


def left_behind(root: Path) -> Check:
    """Folders that are being written, or were when their process was killed."""
    from epsom.storage import STALE, leftovers

    left = leftovers(root)
    old = [folder for folder in left if time.time() - folder.stat().st_mtime > STALE]
    return Check("left by killed runs", f"{len(left)} in {root}, {len(old)} of them older than a day" if left else f"none in {root}",
                 "the next run removes those older than a day" if old else "ok")


# ---- exact cases -----------------------------------------------------------------------------------------------------
def exact_cases() -> list[Check]:
    """The solver against solutions in closed form, and its account of mass."""
    slab = corneum_against_exact()
    found, mass = experiments_against_exact()
    return [_held("engine: amount through a slab", slab, SLAB_TOLERANCE), *(_held(what, error, TOLERANCE) for what, error in found.items()),
            _held("mass balance of these", mass, MASS_TOLERANCE)]


def _held(what: str, error: float, tolerance: float) -> Check:
    sound = error <= tolerance                                # False for NaN too
    return Check(what, f"largest error {error:.0e}", "ok" if sound else f"above {tolerance:g}: {DISTRUST}", sound)


def corneum_against_exact() -> float:
    """Largest relative error of the amount that passes a slab under an infinite dose, over half to five lag times."""
    import numpy as np

    from epsom.dermal import exact
    from epsom.engine.slab import amount_through

    theta = np.array([0.1, 1 / 6, 0.3, 0.5, 1.0])
    return float(np.max(np.abs(amount_through(theta) / exact.slab_cumulative(theta) - 1)))


def experiments_against_exact() -> tuple[dict[str, float], float]:
    """({case: largest error, relative to the largest value}, largest share of what was supplied that is nowhere) of permeation experiments
    that have solutions in closed form, solved together."""
    import numpy as np

    from epsom.dermal import exact
    from epsom.permeation import permeate_all

    scale = THICKNESS**2 / DIFFUSIVITY
    conductance = PARTITION * DIFFUSIVITY / THICKNESS
    donors = ({"concentration": "2 mmol/L"}, {"amount": "3 umol/m^2"}, {"amount": "3 umol/m^2", "loss": f"{2 * conductance:.17g} m/s"})
    infinite, deposit, losing = solved = permeate_all([_experiment(donor, scale) for donor in donors])
    held, theta = 2 * PARTITION * THICKNESS, infinite.times / scale
    most = lambda found, due: float(np.max(np.abs(found - due)) / np.max(np.abs(due)))
    nowhere = max(float(np.max(np.abs(sum(r.places.values()) - r.supplied)) / r.supplied.max()) for r in solved)
    return {"infinite dose: amount": most(infinite.permeated / held, exact.slab_cumulative(theta)),
            "infinite dose: flux": most(infinite.flux * scale / held, exact.slab_flux(theta)),
            "thin deposit: flux": most(deposit.flux * scale / 3e-6, exact.deposit_flux(theta)),
            "deposit that evaporates: what arrives": most(losing.permeated[-1:] / 3e-6, np.array([exact.spread_dose_absorbed(0.0, 2.0)]))
            }, max(nowhere, *(r.mass_error for r in solved))


def _experiment(donor: dict, scale: float):
    from epsom.experiment import Experiment

    layer = {"name": "membrane", "thickness": f"{THICKNESS:.17g} m", "partition": PARTITION, "diffusivity": f"{DIFFUSIVITY:.17g} m^2/s"}
    return Experiment.build({"name": "exact", "duration": f"{END * scale:.15g} s", "times": [f"{x * scale:.15g} s" for x in THETA],
                             "donor": donor, "layers": [layer], "receptor": {}}, "doctor")
