"""`make bench`: how long things take and how far the error estimate can be trusted. Beside the tests, never in them.

Times are whole processes (wall clock, median of a few runs) unless said otherwise. Quote medians, not single runs.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EPSOM = Path(sys.executable).with_name("epsom")
GROUPS = {"crystals": ("crystal_share",), "film and follicle": ("film_", "corneum_hydration", "follicle_amount"), "all else": ("",)}
GOALS = {"epsom --help": 0.5, "first answer, no compilation cache": 12.0, "first answer, with compilation cache": 4.0}


def timed(arguments: list[str], **environment: str) -> float:
    """Wall-clock seconds of one process."""
    begin = time.perf_counter()
    subprocess.run(arguments, check=True, capture_output=True, env={**os.environ, **environment})
    return time.perf_counter() - begin


def report(what: str, seconds: list[float]) -> None:
    goal = GOALS.get(what)
    verdict = "" if goal is None else f"  goal {goal:g} s: {'met' if statistics.median(seconds) <= goal else 'MISSED'}"
    print(f"{what:<42} {statistics.median(seconds):7.2f} s  ({min(seconds):.2f} to {max(seconds):.2f}){verdict}", flush=True)


def processes() -> None:
    """Help, and the first answer in a fresh process without and with compiled programs."""
    report("epsom --help", [timed([str(EPSOM), "--help"]) for _ in range(5)])
    with tempfile.TemporaryDirectory() as folder:
        cold = [timed([str(EPSOM), "demo", "-o", f"{folder}/cold{i}"], EPSOM_CACHE=f"{folder}/cache{i}") for i in range(3)]
        report("first answer, no compilation cache", cold)
        warm = [timed([str(EPSOM), "demo", "-o", f"{folder}/warm{i}"], EPSOM_CACHE=f"{folder}/cache0") for i in range(5)]
        report("first answer, with compilation cache", warm)


def inside() -> None:
    """Within one process: where the time goes, and the cost of a draw."""
    from epsom import scenario, simulation, standard

    case = scenario.Scenario.load("magnesium-lotion-calf")
    model = standard.standard_model(case)
    simulation.simulate(model, case, 64)
    for draws in (64, 256, 1024):
        begin, cpu = time.perf_counter(), time.process_time()
        simulation.simulate(model, case, draws, seed=2, workers=1)      # here, so that its CPU time is this process's
        wall, used = time.perf_counter() - begin, time.process_time() - cpu
        print(f"{draws} draws, each twice (assumed share): {wall:6.2f} s wall, {used / draws / 2 * 1e3:5.2f} ms CPU a solve")


def calibration() -> None:
    """The embedded error against the true one: all draws again with four times the steps."""
    import jax
    import numpy as np

    from epsom import ensemble, protocol, scenario, setting, simulation, staging, standard
    from epsom.core.draws import Draws
    from epsom.engine.run import on_plan

    case = scenario.Scenario.load("magnesium-lotion-calf")
    model, _ = staging.stages(standard.standard_model(case))
    numbers = setting.parameters(model, case)
    values = Draws(512).values({p.key: p for p in numbers.values()})
    moves, events = protocol.compiled(model, case, ensemble.LANES)
    times = simulation.output_times(case)
    embedded, true = [], []
    for first in range(0, 512, ensemble.LANES):
        p = {key: values[q.key][first:first + ensemble.LANES] for key, q in numbers.items()}
        coarse, fine = (jax.device_get(on_plan(model, p, events, times, moves=moves, watch=model.readouts,
                                               steps=simulation.STEPS, finer=n)) for n in (1, ensemble.FINER[0]))
        floor = np.maximum(abs(fine.seen), 1e-2 * abs(fine.seen).max(0))
        floor[:, [name.startswith("crystal_share") for name in model.readouts]] = 1.0
        embedded.append(coarse.error)
        true.append((abs(coarse.seen - fine.seen) / np.maximum(floor, 1e-300)).max(0))
    embedded, true = np.concatenate(embedded), np.concatenate(true, 1)
    print("largest true error: relative to the value or 1 % of the peak, of the share of crystals as it is")
    print("embedded error   draws   " + "   ".join(GROUPS))
    group = np.array([next((g for g, starts in GROUPS.items() if name.startswith(starts)), None) for name in model.readouts])
    for low, high in ((0, 1e-3), (1e-3, 5e-3), (5e-3, 2e-2), (2e-2, np.inf)):
        here = (embedded >= low) & (embedded < high)
        worst = [true[group == g][:, here].max(initial=0) for g in GROUPS]
        print(f"{low:g} to {high:<8g} {here.sum():7d}   " + "   ".join(f"{value:.1e}" for value in worst))


if __name__ == "__main__":
    processes()
    inside()
    calibration()
