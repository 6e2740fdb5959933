"""A stored run as the Result it was, without solving anything: for a page in another depth, or to go on in Python."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from epsom import setting
from epsom.core.draws import Draws
from epsom.core.errors import InputError, StorageError
from epsom.credit import Credit, Unions
from epsom.model import Model
from epsom.provenance import case_digest
from epsom.result import Checked, Profile, Result
from epsom.safety import gates
from epsom.scenario import Scenario
from epsom.standard import standard_model
from epsom.storage import read_summary

NEEDED = {"provenance.json": {"case", "draws", "solver"}, "why.json": {"variables", "mechanisms"}}     # keys of files of a run
ANEW = "Make it again with `epsom rerun`, or with the version that made it"


def load(run: str | Path, root: str | Path = "runs", model: Model | None = None) -> Result:
    """The Result of a run folder; its page is the same bytes as that of the run that was stored.

    Parameters
    ----------
    run : folder, name or fingerprint.
    root : where to look for a name.
    model : the model that was run; the standard one unless told otherwise.

    Raises
    ------
    InputError : the folder's scenario, model and numbers are not those of this version, or of `model`.
    StorageError : a file is missing or cannot be read.
    """
    folder, summary = read_summary(run, root)
    made, trail = (_json(folder / name, keys) for name, keys in NEEDED.items())
    scenario = Scenario.load(folder / "scenario.toml")
    model = model or standard_model(scenario)
    parameters = {p.key: p for p in setting.parameters(model, scenario).values()}
    if case_digest(scenario, parameters, made["solver"] | {"model": model.digest}) != made["case"]:
        raise InputError("this run was made with other numbers or another model than this version has", ANEW, file=folder)
    try:
        drawn = made["draws"]
        draws = Draws(drawn["knowledge"], drawn["people"], drawn["seed"], drawn["first"], tuple(drawn["without"]))
        draws = replace(draws, without=(*draws.without, *made["solver"]["draws_left_out"]))
        return _filled(folder, Result(
            scenario=scenario, gates=gates(scenario), draws=draws, times=np.empty(0), readouts={}, redrawn=None,
            words={name: model.words[name.partition("[")[0]] for name in model.readouts}, profiles=dict.fromkeys(model.solutes), drawn={},
            parameters=parameters, trail=trail, not_modelled=tuple(summary["not_modelled"]), provenance=made))
    except (OSError, KeyError, TypeError) as error:
        raise StorageError("the result of this run cannot be read", "Run the scenario again", file=folder / "result.nc") from error


def _json(file: Path, keys: set[str]) -> dict:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise StorageError(f"this run cannot be read: {error}", "Run the scenario again", file=file) from error
    if not isinstance(found, dict) or keys - set(found):
        raise StorageError("this file of a run is damaged, or of another version", "Run the scenario again", file=file)
    return found


def _filled(folder: Path, empty: Result) -> Result:
    """The Result with its arrays."""
    import h5netcdf

    with h5netcdf.File(folder / "result.nc", "r") as file:
        array = lambda name: np.asarray(file.variables[name])
        named = lambda how, names=empty.words: {n: array(f"{how}{n}") for n in names if f"{how}{n}" in file.variables}
        there = lambda name: name in file.variables
        readouts = {name: array(name) for name in empty.words}
        keys = [text.decode() for text in array("parameter")] if there("parameter") else []
        return replace(
            empty, times=array("time"), readouts=readouts, redrawn=named("redrawn ") or None,
            profiles={s: Profile(array("depth"), tuple(array("level").tolist()), array(f"profile_quantiles[{s}]"),
                                 array(f"profile_sampled[{s}]")) for s in empty.profiles},
            drawn=dict(zip(keys, array("drawn"))) if keys else {},
            checked=Checked(array("checked"), named("finer cells "), named("finer steps ")) if there("checked") else None,
            credit=_credit(array, named) if there("credited") else None,
            unions=_unions(array, named, empty.provenance["solver"]["coalitions"]) if named("unions ") else None)


def _credit(array, named) -> Credit:
    return Credit(tuple(text.decode() for text in array("coalition_effect")), array("coalition_time"), array("credited"),
                  named("coalitions "))


def _unions(array, named, asked: Mapping) -> Unions:
    return Unions(tuple(map(tuple, asked["groups"])), array("coalition_time"), named("unions "), named("redrawn unions "))
