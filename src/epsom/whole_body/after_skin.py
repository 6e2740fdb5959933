"""What the body makes of the magnesium that a run of the skin has brought into blood, draw by draw.

The skin's own plasma has a constant clearance, which is fair for the exchange between blood and tissue within hours; kidney, cells and bone
answer here. What rises in blood is too little to slow the uptake, so that one follows the other.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from epsom import people
from epsom.core.draws import Draws
from epsom.core.errors import InputError, StorageError
from epsom.regimen import Regimen
from epsom.scenario import Scenario, plain_tables
from epsom.schema import DAY
from epsom.whole_body.course import Course, Uptake, follow
from epsom.whole_body.detection import READ_AT

TAKEN_UP = "blood_uptake_amount[magnesium]"


def regimen_after(scenario: Scenario) -> Regimen:
    """The scenario's person, eating evenly, for the scenario's time and at least a day."""
    seconds = max(scenario.duration.si, DAY)
    person = plain_tables(people.somebody(scenario.person))
    return Regimen.build({"name": f"after-{scenario.name}"[:80], "duration": f"{seconds!r} s", "person": person,
                          "acknowledge": list(scenario.acknowledge)})


def after(scenario: Scenario, draws: Draws, times: np.ndarray, taken_up: np.ndarray) -> tuple[Course, Course]:
    """(the course with the uptake, the same without), on the draws of the run.

    Parameters
    ----------
    times : (times,) s.    taken_up : (draws, times) mol that blood has taken up so far.
    """
    regimen = regimen_after(scenario)
    grid = np.unique(np.concatenate([np.linspace(0, regimen.duration.si, 97), times[times <= regimen.duration.si], READ_AT]))
    return follow(regimen, draws, times=grid, uptake=Uptake(times, taken_up)), follow(regimen, draws, times=grid)


def read_run(folder: Path) -> tuple[Scenario, Draws, np.ndarray, np.ndarray]:
    """(scenario, draws, times, amount taken up by blood) of a stored run.

    Raises
    ------
    InputError : the run has no magnesium.
    StorageError : the folder holds no result that can be read.
    """
    import json
    import tomllib

    import h5netcdf

    try:
        scenario = Scenario.build(tomllib.loads((folder / "scenario.toml").read_text("utf-8")), folder / "scenario.toml")
        drawn = json.loads((folder / "summary.json").read_text("utf-8"))["draws"]
        with h5netcdf.File(folder / "result.nc", "r") as stored:
            if TAKEN_UP not in stored.variables:
                raise InputError("this run brings no magnesium into blood", "Run a scenario whose product holds magnesium", file=folder)
            times, amount = np.asarray(stored.variables["time"]), np.asarray(stored.variables[TAKEN_UP])
    except (OSError, KeyError, ValueError) as error:
        raise StorageError("this folder holds no run that can be read", "Give the folder of a run of `epsom run`", file=folder) from error
    draws = Draws(drawn["knowledge"], drawn["people"], drawn["seed"], drawn.get("first", 0), tuple(drawn.get("without", ())))
    return scenario, draws, times, amount
