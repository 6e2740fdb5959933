"""10 000 virtual people for 30 days of three meals: ours, and libRoadRunner person by person. Part of `make bench`.

    python benchmarks/bodies.py [people]

libRoadRunner is no part of the project's lists, because it has no package for Linux on ARM and weighs more than a tenth of everything else:

    python -m pip install libroadrunner==2.10.0

It gets the model of each person as SBML (start values included, which our engine solves) and returns serum and urine at the same times; a
few people stand for all. Times of loading, where it compiles, and of integrating are told apart. Both are held against each other first.
"""

from __future__ import annotations

import importlib.util
import os
import resource
import sys
import time

import numpy as np

from epsom.core.draws import Draws
from epsom.regimen import Regimen
from epsom.whole_body.course import LANES, MANY, follow
from epsom.whole_body.network import plain
from epsom.whole_body.sbml import document, network_of
from epsom.workers import cores

PEOPLE, IN_ROADRUNNER, GOAL = 10_000, 8, 20.0
WATCH = "serum_concentration", "urine_magnesium"
REGIMEN = Regimen.build({"name": "thirty-days-of-meals", "duration": "30 d", "person": {"virtual": True},
                         "diet": {"meals": ["7 h", "12 h", "18 h"]}})
TIMES = np.linspace(0.0, REGIMEN.duration.si, 121)[1:] - 1.0
TOLERANCES = (1e-4, 1e-6, 1e-8)
NO_ROADRUNNER = "Skipped: libRoadRunner. It is missing: python -m pip install libroadrunner==2.10.0"


def processor_time() -> float:
    """s of this process and of those that it started and that have ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def ours(people: int) -> float:
    """Wall-clock seconds for all people, everything included but what is compiled once."""
    for people_before in (LANES, 4 * MANY):                  # compiled once
        follow(REGIMEN, people_before, times=TIMES[:4], watch=WATCH)
    begin, used, load = time.perf_counter(), processor_time(), os.getloadavg()[0]
    course = follow(REGIMEN, people, seed=2, times=TIMES, watch=WATCH)
    wall, used = time.perf_counter() - begin, processor_time() - used
    verdict = f"  goal {GOAL:g} s: {'met' if wall <= GOAL else 'MISSED'}" if people == PEOPLE else ""
    print(f"{people} people x 30 days: {wall:.1f} s wall, {used:.1f} s of processor, {course.refined} refined, on {len(cores())} cores, "
          f"load before {load:.1f}{verdict}", flush=True)
    alone, begin = time.process_time(), time.perf_counter()
    follow(REGIMEN, 2 * LANES, seed=3, times=TIMES, watch=WATCH, processes=1)
    alone, wall = time.process_time() - alone, time.perf_counter() - begin
    print(f"in one process: {alone / 2 / LANES * 1e3:.2f} ms of processor a person ({wall / 2 / LANES * 1e3:.2f} ms wall)", flush=True)
    return alone / 2 / LANES


def in_roadrunner(each: float) -> None:
    """Load, integrate and compare a few people."""
    import roadrunner

    draws = Draws(IN_ROADRUNNER, seed=5)
    texts = [document(REGIMEN, network_of(REGIMEN, draws, i)) for i in range(IN_ROADRUNNER)]
    expected = follow(REGIMEN, draws, times=TIMES, watch=WATCH, finer=8)
    usual = follow(REGIMEN, draws, times=TIMES, watch=WATCH)
    apart = lambda found, i: max(np.max(abs(found[:, k] / expected[name][i] - 1)) for k, name in enumerate(WATCH))
    found = max(apart(np.c_[tuple(usual[name][i] for name in WATCH)], i) for i in range(len(texts)))
    print(f"ours: {each * 1e3:.2f} ms of processor a person, apart from finer steps by {found:.1e}")
    begin = time.process_time()
    models = [roadrunner.RoadRunner(text) for text in texts]
    print(f"libRoadRunner {roadrunner.__version__}: loading {(time.process_time() - begin) / len(texts):.2f} s a person")
    for tolerance in TOLERANCES:
        worst, begin = 0.0, time.process_time()
        for i, model in enumerate(models):
            model.resetAll()
            model.integrator.relative_tolerance, model.integrator.absolute_tolerance = tolerance, tolerance * 1e-6
            model.timeCourseSelections = ["time", *map(plain, WATCH)]
            worst = max(worst, apart(np.asarray(model.simulate(times=[0.0, *TIMES]))[1:, 1:], i))
        used = (time.process_time() - begin) / len(models)
        print(f"    tolerance {tolerance:.0e}: {used * 1e3:.1f} ms of processor a person ({used / each:.1f} times ours), apart by "
              f"{worst:.1e}", flush=True)


if __name__ == "__main__":
    each = ours(int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE)
    if importlib.util.find_spec("roadrunner"):
        in_roadrunner(each)
    else:
        print(NO_ROADRUNNER)
