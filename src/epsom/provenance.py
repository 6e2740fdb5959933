"""What made a result: code, libraries, machine, seed, solver and every number that differs from its default."""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from epsom.core.code import source_digest
from epsom.core.draws import Draws
from epsom.core.parameter import Parameter
from epsom.core.posterior import calibrated
from epsom.core.sources import SCENARIO
from epsom.scenario import Scenario

LIBRARIES = ("jax", "jaxlib", "numpy", "scipy", "pydantic", "pint", "matplotlib", "h5netcdf")

NOT_SOLVED = ("name", "complaint", "acknowledge")             # of a scenario: decide no number


def epsom_version() -> str:
    """Version of the installed package."""
    try:
        return version("epsom")
    except PackageNotFoundError:
        return "unknown"


@cache
def commit() -> str:
    """Commit of the checkout that the package runs from, with a mark if files were changed; "none" outside a checkout."""
    here = Path(__file__).resolve().parent
    if not any((up / ".git").exists() for up in here.parents):
        return "none"
    ask = lambda *words: subprocess.run(("git", "-C", str(here), *words), capture_output=True, text=True, check=False).stdout
    head = ask("rev-parse", "HEAD").strip()
    return head + ("+changes" if head and ask("status", "--porcelain", "--", str(here)).strip() else "") or "none"


def libraries() -> dict[str, str]:
    """Versions of the libraries that numbers depend on."""
    return {name: version(name) for name in LIBRARIES}


def fingerprint(scenario: Scenario, draws: Draws, parameters: Mapping[str, Parameter], solver: Mapping[str, Any]) -> str:
    """Twelve hexadecimal digits of everything that decides the numbers: scenario, draws, parameters, solver, versions."""
    decides = {"scenario": scenario.tables(), "draws": [draws.knowledge, draws.people, draws.seed, draws.first, draws.without],
               "parameters": {key: repr(p) for key, p in sorted(parameters.items())},
               "solver": {key: solver[key] for key in ("method", "steps_per_segment", "cells", "flag_above", "checked_with")}
               | {"coalitions": solver.get("coalitions")},
               "source": source_digest(), "model": solver["model"], "libraries": libraries()}
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:12]


def case_digest(scenario: Scenario, parameters: Mapping[str, Parameter], solver: Mapping[str, Any]) -> str:
    """Digest of what is solved, whoever draws and whatever it is called: two runs with the same one have the same numerical error.

    Model, parameters, plan and what is done; not the draws, the name, the complaint and what was acknowledged.
    """
    done = {key: value for key, value in scenario.tables().items() if key not in NOT_SOLVED}
    decides = [done, sorted(map(repr, parameters.values())), solver["method"], solver["steps_per_segment"], solver["model"]]
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:16]


def provenance(scenario: Scenario, draws: Draws, parameters: Mapping[str, Parameter], solver: Mapping[str, Any]) -> dict:
    """The record that a result carries; it holds no clock time, so that the same seed gives the same bytes."""
    return {
        "fingerprint": fingerprint(scenario, draws, parameters, solver),
        "version": epsom_version(), "commit": commit(), "source_digest": source_digest(), "libraries": libraries(),
        "platform": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "draws": {"knowledge": draws.knowledge, "people": draws.people, "seed": draws.seed, "first": draws.first,
                  "without": list(draws.without)},
        "solver": dict(solver), "case": case_digest(scenario, parameters, solver),
        "changed_parameters": {p.key: {"value": p.value, "unit": p.unit, "note": p.note}
                               for p in parameters.values() if p.source == SCENARIO and p.note},
        "calibrated_parameters": {p.key: list(after) for p in parameters.values() if (after := calibrated(p))},
    }
