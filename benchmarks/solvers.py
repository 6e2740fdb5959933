"""A race on one problem at matched accuracy: our engine, CVODE in C and in Python, SciPy. Part of `make bench`.

    python benchmarks/solvers.py         # about fifteen minutes of one core

The problem is the shipped model under the scenario `magnesium-lotion-calf` (24 h, a wash at 4 h), for people drawn from the
wide priors. Every solver gets the same states, events and output times and returns the same five readouts. Right-hand side, Jacobian
and Newton matrix in C are written from the model (`native.py`): the native solvers, and SciPy too, evaluate them without Python.

Needs, besides what the project installs, gcc (Debian: apt install gcc) and scikit-sundae, whose package brings SUNDIALS:

    python -m pip install --no-deps scikit-sundae==1.2.0

What is missing is skipped, and said. Debian's own SUNDIALS is not used: it is several times slower.

Error of a run: the largest difference from the reference over outputs, readouts and subjects, relative to the value or 1 % of
its peak. Each solver gets the cheapest tolerance (or number of steps) of a coarse scan that meets the goal for CHOSEN subjects;
the same setting is then tried on as many others. Times are CPU times (user + system) of one pinned process, taken in turns;
ratios are medians over turns. Right-hand sides are checked against the JAX model first: nothing is timed if they differ.
"""

from __future__ import annotations

import itertools
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

if hasattr(os, "sched_setaffinity"):                          # before JAX counts the cores
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import jax
import numpy as np
import scipy
from scipy.integrate import solve_ivp

from epsom import protocol, scenario, setting, simulation, staging, standard
from epsom.core.draws import Draws
from epsom.engine.adaptive import adaptively
from epsom.engine.run import on_plan
from harness import BANDED, BORDERED, InJax, Native, obstacles

CHOSEN = 32                      # subjects on which tolerances are chosen and times taken; as many again are held out
WIDEST = 256                     # lanes
GOALS = (1e-3, 1e-5)
ANCHOR = "CVODE in C, bordered"
TURNS = 5
TOLERANCES = [10.0 ** (-k / 2) for k in range(5, 21)]
SHARES = (1.0, 1e-1, 1e-2)                                    # absolute tolerance per relative one, in sizes of the variables
EXACT, DIFFERENCES, BAND, SPARSE = "exact Jacobian", "Jacobian by differences", "banded", "sparse"
STEPS = (*range(24, 80, 8), *range(80, 160, 16), *range(160, 400, 32), *range(400, 801, 80))      # of our plan, between events
MANY = (1000, 10000)             # draws, in batches


class Problem:
    """The model's constants for each subject, its events and what is asked of it."""

    watch = tuple(f"{name}[magnesium]" for name in ("entered_amount", "crossed_amount", "blood_uptake_amount",
                                                    "papillary_dermis_concentration", "plasma_concentration"))

    def __init__(self):
        self.case = case = scenario.Scenario.load("magnesium-lotion-calf")
        self.model, _ = staging.stages(standard.standard_model(case))        # what the cells need; the rest only listens
        self.numbers = setting.parameters(self.model, case)
        self.parameters, self.subjects = self.drawn(WIDEST), 2 * CHOSEN
        self.constants = self.model.constants({key: value[:self.subjects] for key, value in self.parameters.items()})
        self.moves, self.events = protocol.compiled(self.model, case, self.subjects)
        self.outputs, self.cells = simulation.output_times(case), self.model.forest.size
        self.size = np.r_[self.model.cell_scale[:, 0], self.model.scalar_scale[:, 0]]

    def drawn(self, many: int) -> dict[str, np.ndarray]:
        """The parameters of so many subjects."""
        values = Draws(many).values({p.key: p for p in self.numbers.values()})
        return {key: values[p.key] for key, p in self.numbers.items()}

    @cached_property
    def jax(self) -> InJax:
        return InJax(self.model, self.constants, self.subjects, self.watch)

    def moved(self, segment: int, state: np.ndarray) -> np.ndarray:
        """The state just after the events at the start of a segment."""
        state = state.copy()
        for m, (source, target) in enumerate(self.moves):
            moved = self.events.amount[segment, m, 0]
            if source is not None:
                moved = moved + self.events.fraction[segment, m, 0] * state[self.cells + source]
                state[self.cells + source] -= moved
            if target is not None:
                state[self.cells + target] += moved
        return state


# ---- right-hand sides are one and the same ---------------------------------------------------------------------------------
def check(problem: Problem, native: Native) -> None:
    """What is written in C against the JAX model, along solutions and at the same states with every variable times 1/2 to 2.

    A rate is compared relative to the sum of the sizes of its terms (they cancel along a solution), an entry of the Jacobian relative
    to itself plus a hundredth of what its row weighs: it may be what is left of large terms (brine that stays saturated as it dries).
    It and the residual of the bordered solver, which eliminates without pivoting, may differ by 1e-10, everything else by 1e-12.
    """
    draw, worst = np.random.default_rng(1), {}

    def note(what, difference, terms):
        worst[what] = max(worst.get(what, 0.0), float((difference / (terms + 1e-300)).max()))

    jax_model, scalars = problem.jax, np.arange(len(problem.size) - problem.cells)
    moving = np.r_[[True] * problem.cells, np.isin(scalars, native.written.moving)]
    for j in range(0, problem.subjects, 3):
        note("start", abs(native.start(j) - jax_model.start(j)), abs(jax_model.start(j)))
        for path in _along(problem, j):
            for y in (path, path * draw.uniform(0.5, 2.0, len(path))):
                truth, J = jax_model.rates(j, y), jax_model.slopes(j, y)
                terms = abs(truth) + abs(J) @ abs(y)
                note("right-hand side", abs(native.rates(j, y) - truth), terms)
                J[:, ~moving] = 0.0
                row = (abs(J) @ problem.size)[:, None] / problem.size
                note("Jacobian", abs(native.jacobian(j, y).toarray() - J), abs(J) + 1e-2 * row)
                seen = jax_model.look(j, y[None])
                note("readouts", abs(native.look(j, y[None]) - seen), abs(seen))
                for gamma in (1e-2, 1e1, 1e4):
                    matrix, right = np.eye(len(y)) - gamma * J, problem.size * draw.uniform(-1.0, 1.0, len(y))
                    right[~moving] = 0.0                        # what only events change never has a residual
                    x = native.newton(j, y, gamma, right)
                    note("residual of the bordered solver", abs(matrix @ x - right), abs(matrix) @ abs(x) + abs(right))
    print("C against the JAX model: " + "; ".join(f"{what} {value:.0e}" for what, value in worst.items()))
    if not all(value <= (1e-10 if "solver" in what or "Jacobian" in what else 1e-12) for what, value in worst.items()):
        raise SystemExit("They differ: nothing is timed")


def _along(problem: Problem, subject: int) -> list[np.ndarray]:
    """A few states of one subject in the course of the scenario."""
    times = np.array([60.0, 1200.0, 3600.0, 5 * 3600.0, 20 * 3600.0])
    moves, events = protocol.compiled(problem.model, problem.case, 1)
    lane = {key: value[subject:subject + 1] for key, value in problem.parameters.items()}
    out = on_plan(problem.model, lane, events, times, moves=moves, watch=problem.model.scalar_names, steps=8, finer=6)
    return [np.r_[cells, scalars] for cells, scalars in zip(np.asarray(out.cells)[:, :, 0], np.asarray(out.seen)[:, :, 0])]


def pieces(problem: Problem, native: Native) -> None:
    """CPU microseconds of the parts in C, one subject, a state in the course of the scenario."""
    y, x, many = _along(problem, 0)[1], np.empty(len(problem.size)), 20000
    for what, name in enumerate(("right-hand side", "factorisation, bordered", "solve, bordered", "Jacobian")):
        found = []
        for _ in range(TURNS):
            begin = time.process_time()
            native.library.repeat(0, what, many, y.ctypes.data, x.ctypes.data)
            found.append((time.process_time() - begin) / many * 1e6)
        print(f"in C, {name}: {statistics.median(found):.2f} us")


# ---- those who race --------------------------------------------------------------------------------------------------------
class Contender(NamedTuple):
    """A solver with its settings."""

    name: str
    solve: Callable[[range, Any], np.ndarray]                 # subjects, setting -> (outputs, readouts, subjects)
    families: list[list]                                      # of settings, each from loose to tight
    steps: Callable[[Any], float]                             # mean number over a few subjects
    lanes: int = 1                                            # subjects that one call solves, asked for or not


PLAN, ADAPTIVE = "plan", "adaptive"
PIECE = 8                                                     # any plan can run in pieces of so many steps: one program for all


def ours(problem: Problem, lanes: int, mode: str) -> Contender:
    """Our engine. A setting is (steps in a piece, pieces) between two events, or the tolerance of the embedded error."""
    moves, events = protocol.compiled(problem.model, problem.case, lanes)
    families = {PLAN: [[(PIECE, n // PIECE) for n in STEPS]], ADAPTIVE: [[10.0 ** (-k / 2) for k in range(3, 15)]]}[mode]

    def one(batch, setting):
        p = {key: value[batch] for key, value in problem.parameters.items()}
        if mode == PLAN:
            steps, finer = setting
            out, taken = on_plan(problem.model, p, events, problem.outputs, moves=moves, watch=problem.watch, steps=steps,
                                 finer=finer), steps * finer * (len(events.times) - 1)
        else:
            out, taken = adaptively(problem.model, p, events, problem.outputs, moves=moves, watch=problem.watch, tolerance=setting)
        return np.asarray(jax.block_until_ready(out).seen), taken

    def batches(subjects):
        return [slice(0, lanes)] if lanes > 1 else [slice(j, j + 1) for j in subjects]

    def solve(subjects, setting):
        seen = np.concatenate([one(batch, setting)[0] for batch in batches(subjects)], 2)
        return seen[..., subjects.start:subjects.stop] if lanes > 1 else seen

    def steps(setting):
        return statistics.mean(one(batch, setting)[1] for batch in batches(range(CHOSEN)))

    name = f"ours, {mode}, {lanes} lanes" if lanes > 1 else f"ours, {mode}, one lane"
    return Contender(name, solve, families, steps, lanes)


def in_c(native: Native, name: str, method: int, kinds: tuple) -> Contender:
    """CVODE with everything in C. A kind is what the band holds (feeds, listeners)."""
    def run(j, setting):
        *kind, tolerance, share = setting
        if method == BANDED:
            native.set_band(*kind)
        return native.run(j, method, tolerance, share)

    return Contender(name, lambda subjects, setting: np.stack([run(j, setting)[0] for j in subjects], 2),
                     [[(*kind, tolerance, share) for tolerance in TOLERANCES] for kind in kinds for share in SHARES],
                     lambda setting: statistics.mean(run(j, setting)[1][0] for j in range(CHOSEN)))


def in_python(problem: Problem, name: str, model: InJax | Native, integrate: Callable, kinds: tuple) -> Contender:
    """A solver with callbacks in Python. integrate: (subject, times, state, kind, tolerance, absolute, every step?) -> states."""
    def one(j, setting, every=False):
        kind, tolerance, share = setting
        state, found, count, begin_end = model.start(j), [], 0, itertools.pairwise(problem.events.times)
        for k, (begin, end) in enumerate(begin_end):
            state = problem.moved(k, state)
            here = problem.outputs[(problem.outputs >= begin) & ((problem.outputs < end) | (end == problem.events.times[-1]))]
            times = np.array([begin, end]) if every else np.unique([begin, *here, end])
            path = integrate(j, times, state, kind, tolerance, share * tolerance * problem.size, every)
            found.append(path if every else path[np.isin(times, here)])
            state, count = path[-1].copy(), count + len(path) - 1
        return count if every else model.look(j, np.concatenate(found))

    return Contender(name, lambda subjects, setting: np.stack([one(j, setting) for j in subjects], 2),
                     [[(kind, tolerance, share) for tolerance in TOLERANCES] for kind in kinds for share in SHARES[:2]],
                     lambda setting: statistics.mean(one(j, setting, every=True) for j in range(4)))


def scipy_bdf(model: InJax | Native) -> Callable:
    """SciPy's BDF with the exact sparse Jacobian."""
    def integrate(j, times, state, kind, tolerance, absolute, every):
        path = solve_ivp(lambda t, y: model.rates(j, y), times[[0, -1]], state, "BDF", t_eval=None if every else times, rtol=tolerance,
                         atol=absolute, jac=lambda t, y: model.jacobian(j, y))
        return path.y.T if path.success else np.full((len(times), len(state)), np.nan)
    return integrate


def sundae(native: Native) -> Callable:
    """CVODE through scikit-sundae, its Jacobian exact and sparse, or banded in the order of a band and without the border."""
    from sksundae.cvode import CVODE

    def integrate(j, times, state, kind, tolerance, absolute, every):
        below, above = native.set_band(True, True)
        place = native.bands[True, True][0] if kind == BAND else np.arange(len(state))
        order = np.argsort(place)

        def into(t, y, yp):
            yp[:] = native.rates(j, y[place])[order]

        def sparse_into(t, y, yp, data):
            data[:] = native.jacobian(j, y).data

        def banded_into(t, y, yp, whole):
            whole[:] = native.jacobian(j, y[place]).toarray()[np.ix_(order, order)]

        linear = ({"linsolver": "band", "lband": below, "uband": above, "jacfn": banded_into} if kind == BAND else
                  {"linsolver": "sparse", "sparsity": native.pattern, "jacfn": sparse_into})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)     # that a pattern and a Jacobian are given
            path = CVODE(into, rtol=tolerance, atol=absolute[order], max_num_steps=100000, **linear).solve(times, state[order])
        return path.y[:, place] if path.success else np.full((len(times), len(state)), np.nan)
    return integrate


# ---- the race --------------------------------------------------------------------------------------------------------------
def error(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(readouts, subjects): largest difference over outputs, relative to the value or 1 % of the peak; inf if not finite."""
    relative = abs(found - truth) / np.maximum(abs(truth), 1e-2 * abs(truth).max(0))
    return np.where(np.isfinite(relative).all(0), relative.max(0), np.inf)


def cpu(contender: Contender, setting) -> float:
    """CPU milliseconds a subject."""
    begin = time.process_time()
    contender.solve(range(CHOSEN), setting)
    return (time.process_time() - begin) * 1e3 / (contender.lanes if contender.lanes > 1 else CHOSEN)


def cheapest(contender: Contender, goal: float, truth: np.ndarray):
    """The cheapest setting that meets the goal for every chosen subject: the first of each family that does; None if none does."""
    def meets(setting):
        pieces = [range(CHOSEN)] if contender.lanes > 1 else [range(j, j + 1) for j in range(CHOSEN)]
        return all(error(contender.solve(piece, setting), truth[..., piece.start:piece.stop]).max() <= goal for piece in pieces)

    found = [next((setting for setting in family if meets(setting)), None) for family in contender.families]
    return min((s for s in found if s is not None), key=lambda s: cpu(contender, s), default=None)


def reference(problem: Problem, native: Native | None) -> np.ndarray:
    """(outputs, readouts, subjects): CVODE at 1e-11 if it is there, and how far our own plans with many steps are from it."""
    every, plan = range(2 * CHOSEN), ours(problem, 64, PLAN)
    fine, finer = (plan.solve(every, (PIECE, n * simulation.STEPS // PIECE)) for n in (16, 32))
    if native is None:
        print(f"Reference: our own plan of {32 * simulation.STEPS} steps, for want of an independent solver; "
              f"{16 * simulation.STEPS} steps differ by {error(fine, finer).max():.0e}")
        return finer
    tight, looser = (np.stack([native.run(j, BORDERED, tolerance, 1e-3)[0] for j in every], 2) for tolerance in (1e-11, 1e-10))
    apart = error(finer, tight).max()
    print(f"Reference: {ANCHOR}, tolerance 1e-11. Apart from it: tolerance 1e-10 by {error(looser, tight).max():.0e}, our plan of "
          f"{16 * simulation.STEPS} steps by {error(fine, tight).max():.0e}, of {32 * simulation.STEPS} by {apart:.0e}")
    if not apart <= min(GOALS) / 10:
        raise SystemExit("The two do not approach the same values: nothing is timed")
    return tight


def compile_seconds(lanes: int) -> tuple[float, float]:
    """(wall, CPU) seconds that the first run of a fresh process takes longer than the second, with no programs kept."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.executable, __file__, str(lanes)], check=True, capture_output=True, text=True,
                              env={**os.environ, "EPSOM_CACHE": folder})
    wall, used = done.stdout.split()
    return float(wall), float(used)


def compile_here(lanes: int) -> None:
    """What `compile_seconds` runs in its own process."""
    plan, marks = ours(Problem(), lanes, PLAN), []
    for _ in range(3):
        marks.append((time.perf_counter(), time.process_time()))
        plan.solve(range(1), (simulation.STEPS, 1))
    first, second = np.diff(np.array(marks), axis=0)
    print(*(first - second))


def race(problem: Problem, native: Native | None, truth: np.ndarray) -> None:
    """One table: all who meet a goal, with their settings, and their times taken in turns."""
    print("Choosing settings, then taking times: ten to forty minutes", flush=True)
    runs: list[tuple[float, Contender, Any]] = []
    for goal, contender in itertools.product(GOALS, entrants(problem, native)):
        setting = cheapest(contender, goal, truth)
        if setting is None:
            print(f"{contender.name}: no setting tried meets {goal:g}")
        elif contender.name.startswith(f"ours, {PLAN}"):
            runs.append((goal, contender, (setting[0] * setting[1], 1)))      # in one piece, as `simulate` does
        else:
            runs.append((goal, contender, setting))
    errors = []                                               # chosen subjects, then those held out; compiles what is not yet
    for _, contender, setting in runs:
        both = [range(CHOSEN), range(CHOSEN, 2 * CHOSEN)]
        errors.append([error(contender.solve(some, setting), truth[..., some.start:some.stop]).max() for some in both])
    times = np.array([[cpu(contender, setting) for _, contender, setting in runs] for _ in range(TURNS)])
    anchors = {goal: k for k, (goal, contender, _) in enumerate(runs) if contender.name == ANCHOR}
    print(f"\n{'':<38}{'error':>9}{'others':>9}{'steps':>7}{'CPU ms a subject (range)':>27}{'speed':>8}   setting")
    for goal in GOALS:
        print(f"goal {goal:g}")
        for k, (its, contender, setting) in enumerate(runs):
            if its != goal:
                continue
            own = times[:, k]
            speed = f"{np.median(times[:, anchors[goal]] / own):8.3f}" if goal in anchors else f"{'-':>8}"
            print(f"  {contender.name:<36}{errors[k][0]:9.1e}{errors[k][1]:9.1e}{contender.steps(setting):7.0f}{np.median(own):9.2f} "
                  f"{f'({own.min():.2f} to {own.max():.2f})':>17}{speed}   {described(setting)}")
    print(f"error: worst of {CHOSEN} subjects for whom settings were chosen; others: of as many more. speed: relative to {ANCHOR}.")


def described(setting) -> str:
    """A setting in a few words."""
    if isinstance(setting, float):
        return f"tolerance {setting:.0e}"
    *kind, tolerance, share = setting
    if isinstance(tolerance, int):
        return f"{tolerance} steps between events"
    if kind and isinstance(kind[0], bool):
        kind = [f"band {'with' if kind[0] else 'without'} feeds, {'with' if kind[1] else 'without'} listeners"]
    return ", ".join([*kind, f"rtol {tolerance:.0e}", f"atol {share:g} rtol x size"])


def entrants(problem: Problem, native: Native | None) -> list[Contender]:
    """All who can start here."""
    found = [ours(problem, lanes, mode) for mode, every in ((PLAN, (WIDEST, 64, 1)), (ADAPTIVE, (64, 1))) for lanes in every]
    if native:
        bands = [*itertools.product((True, False), (True, False))]
        found += [in_c(native, ANCHOR, BORDERED, ((),)), in_c(native, "CVODE in C, banded", BANDED, bands),
                  in_python(problem, "scikit-sundae CVODE, model in C", native, sundae(native), (SPARSE, BAND))]
    model = native or problem.jax
    return [*found, in_python(problem, f"SciPy BDF, model in {'C' if native else 'JAX'}", model, scipy_bdf(model), (EXACT,))]


def many_draws(problem: Problem, setting: tuple) -> None:
    """CPU milliseconds a draw where many are asked for: drawing their parameters, and our plan in batches."""
    lanes, (steps, finer) = 64, setting
    moves, events = protocol.compiled(problem.model, problem.case, lanes)
    for many in MANY:
        begin, values = time.process_time(), problem.drawn(-(-many // lanes) * lanes)
        for first in range(0, many, lanes):
            p = {key: value[first:first + lanes] for key, value in values.items()}
            jax.block_until_ready(on_plan(problem.model, p, events, problem.outputs, moves=moves, watch=problem.watch, steps=steps,
                                          finer=finer))
        used = (time.process_time() - begin) / many * 1e3
        print(f"ours, plan of {steps * finer} steps, {many} draws in batches of {lanes}: {used:.2f} CPU ms a draw")


def main() -> None:
    print(f"Python {platform.python_version()}, JAX {jax.__version__}, SciPy {scipy.__version__}, one of {os.cpu_count()} cores")
    missing = obstacles()
    print(*missing, sep="\n", end="\n" if missing else "")
    with tempfile.TemporaryDirectory() as folder:
        problem = Problem()
        native = None if missing else Native(problem, Path(folder))
        if native:
            check(problem, native)
            pieces(problem, native)
        race(problem, native, reference(problem, native))
        many_draws(problem, (simulation.STEPS, 1))
    for lanes in (64, 1):
        wall, used = compile_seconds(lanes)
        print(f"compiling our plan of {simulation.STEPS} steps, lanes: {lanes}, without kept programs: {wall:.1f} s ({used:.1f} s CPU)")


if __name__ == "__main__":
    compile_here(int(sys.argv[1])) if len(sys.argv) > 1 else main()
