"""A race on one problem at matched accuracy: our engine, CVODE in C and in Python, SciPy. Part of `make bench`.

    python benchmarks/solvers.py         # about ten minutes on one core

The problem is the shipped model under the scenario `magnesium-lotion-calf` (24 h, a wash at 4 h), for people drawn from the
wide priors. Every solver gets the same 101 states, events and output times and returns the same five readouts.

Needs, besides what the project installs, gcc (Debian: apt install gcc) and scikit-sundae, whose package brings SUNDIALS:

    python -m pip install --no-deps scikit-sundae==1.2.0

What is missing is skipped, and said. Debian's own SUNDIALS is not used: it is several times slower.

Error of a run: the largest difference from the reference over outputs, readouts and subjects, relative to the value or 1 % of
its peak. Each solver gets the cheapest tolerance (or number of steps) of a coarse scan that meets the goal for CHOSEN subjects;
the same setting is then tried on as many others. Times are CPU times (user + system) of one pinned process, taken in turns;
ratios are medians over turns. Right-hand sides are checked against the JAX model first: nothing is timed if they differ.
"""

from __future__ import annotations

import ctypes
import importlib.util
import itertools
import math
import os
import platform
import shutil
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
from scipy.sparse import csc_matrix

from epsom import protocol, scenario, setting, simulation, standard
from epsom.core.draws import Draws
from epsom.dermal import film
from epsom.engine.adaptive import adaptively
from epsom.engine.layout import State
from epsom.engine.run import on_plan
from epsom.engine.step import rates

CHOSEN = 32                      # subjects on which tolerances are chosen and times taken; as many again are held out
GOALS = (1e-3, 1e-5)
ANCHOR = "CVODE in C, bordered"
TURNS = 5
TOLERANCES = [10.0 ** (-k / 2) for k in range(5, 21)]
SHARES = (1.0, 1e-1, 1e-2)                                    # absolute tolerance per relative one, in sizes of the variables
BY_HAND, DIFFERENCES, BANDED, SPARSE = "Jacobian by hand", "Jacobian by differences", "banded", "sparse"
STEPS = (*range(24, 80, 8), *range(80, 160, 16), *range(160, 400, 32))      # of our plan, between events
GCC = ("gcc", "-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-fno-signed-zeros", "-fassociative-math", "-shared", "-fPIC")
LIBRARIES = {"core": 7, "cvode": 7, "nvecserial": 7, "sunmatrixband": 5, "sunlinsolband": 5, "sunlinsolspgmr": 5}
NO_SUNDAE = "Skipped: everything with CVODE. scikit-sundae is missing: python -m pip install --no-deps scikit-sundae==1.2.0"
NO_SUNDIALS = "Skipped: CVODE in C. This scikit-sundae brings no SUNDIALS 7 to link with; its packages for Linux do, version 1.2.0"
NO_GCC = "Skipped: CVODE in C. gcc is missing: apt install gcc"
WATCH = tuple(f"{name}[magnesium]" for name in ("entered_amount", "crossed_amount", "blood_uptake_amount",
                                                "papillary_dermis_concentration", "plasma_concentration"))
# The order of the state in cvode.c, and everywhere here but in the JAX model: these, the cells, those.
BEFORE = ("supply_amount[magnesium]", "washed_off_amount[magnesium]", "laid_amount[magnesium]", "film_water", "film_coverage",
          "occlusion", "entered_amount[magnesium]", "film_amount[magnesium]")
AFTER = ("plasma_amount[magnesium]", "eliminated_amount[magnesium]", "blood_uptake_amount[magnesium]")
SUPPLY, WASHED, LAID, WATER, COVERAGE, OCCLUSION, ENTERED, FILM, FIRST = range(9)
PLASMA, ELIMINATED, UPTAKE = -3, -2, -1


class Problem:
    """The model's constants for each subject, its events and what is asked of it, as plain arrays."""

    def __init__(self):
        self.case = case = scenario.Scenario.load("magnesium-lotion-calf")
        self.model = standard.standard_model(case)
        numbers = setting.parameters(self.model, case)
        values = Draws(2 * CHOSEN).values({p.key: p for p in numbers.values()})
        self.parameters = {key: values[p.key] for key, p in numbers.items()}
        self.constants = self.model.constants(self.parameters)
        self.moves, self.events = protocol.compiled(self.model, case, 2 * CHOSEN)
        self.outputs = simulation.output_times(case)
        self.cells = self.model.forest.size
        order = [*BEFORE, *range(self.cells), *AFTER]
        if sorted(map(str, order)) != sorted(map(str, (*range(self.cells), *self.model.scalar_names))):
            raise SystemExit("The race is skipped: cvode.c knows the model before follicles and a drying film (docs/decisions/0006)")
        self.place = np.array([order.index(name) for name in (*range(self.cells), *self.model.scalar_names)])
        self.size = np.empty(len(order))
        self.size[self.place] = np.r_[self.model.cell_scale[:, 0], self.model.scalar_scale[:, 0]]

    def lane(self, subject: int) -> dict[str, np.ndarray]:
        """The parameters of one subject."""
        return {key: value[subject:subject + 1] for key, value in self.parameters.items()}

    def lane_of_constants(self, subject: int):
        """The model's constants of one subject."""
        return jax.tree.map(lambda a: jax.numpy.broadcast_to(a, (*a.shape[:-1], 2 * CHOSEN))[..., subject:subject + 1], self.constants)

    @cached_property
    def subjects(self) -> list[Subject]:
        return [Subject(self, j) for j in range(2 * CHOSEN)]

    @cached_property
    def links(self) -> tuple[list[int], list[int]]:
        """Source and target of each move, in the order of the state used here; -1 for none."""
        place = self.place[self.cells:]
        return tuple([-1 if end is None else int(place[end]) for end in ends] for ends in zip(*self.moves))

    def moved(self, segment: int, state: np.ndarray) -> np.ndarray:
        """The state just after the events at the start of a segment."""
        state = state.copy()
        for m, (source, target) in enumerate(zip(*self.links)):
            moved = self.events.amount[segment, m, 0]
            if source >= 0:
                moved = moved + self.events.fraction[segment, m, 0] * state[source]
                state[source] -= moved
            if target >= 0:
                state[target] += moved
        return state

    @cached_property
    def jax_rates(self) -> Callable:
        """(constants of one subject, state) -> rates, by the JAX model."""
        def f(c, state):
            z = state[self.place]
            y = rates(self.model, c, State(z[:self.cells, None], z[self.cells:, None]))
            return jax.numpy.zeros_like(state).at[self.place].set(jax.numpy.concatenate([y.cells[:, 0], y.scalars[:, 0]]))
        return jax.jit(f)

    @cached_property
    def jax_jacobian(self) -> Callable:
        return jax.jit(jax.jacfwd(self.jax_rates, argnums=1))


class Subject:
    """One subject's constants and the right-hand side in NumPy, written as one would for SciPy."""

    def __init__(self, problem: Problem, lane: int):
        of = lambda tree: jax.tree.map(lambda a: float(np.broadcast_to(a, (2 * CHOSEN,))[lane]), tree)
        column, (salt,) = problem.constants["column[magnesium]"], problem.constants["film"]["salts"]
        rows = lambda values: np.ascontiguousarray(np.asarray(values)[:, lane])
        self.link, self.capacity, self.clearance = (rows(column[name]) for name in ("link", "capacity", "clearance"))
        self.papillary, self.surface = rows(column["windows"]["papillary_dermis_concentration"]), rows(column["surface"])[0]
        self.film, self.salt, self.plasma = of(problem.constants["film"]), of(salt), of(problem.constants["plasma[magnesium]"])
        self.film["molar_volume"], = self.film["molar_volume"]
        self.first_living = problem.model.cell_copies[0].mechanism.part("corneum").stop
        self.total_clearance, self.conductance = self.clearance.sum(), self.link[:-1]
        self.corner, = film._between_0_and_1.__defaults__

    def packed(self) -> np.ndarray:
        """As `Subject` in cvode.c."""
        one = [self.film[name] for name in ("water_density", "water_molar_mass", "standard_molality", "debye_huckel_coefficient",
                                            "dry_permeability_factor", "wet_water_activity", "dry_water_activity")]
        two = [self.salt[name] for name in film.Film.SALT]
        three = [self.film[name] for name in ("molar_volume", "smallest_volume", "sensitivity")]
        four = [self.plasma[name] for name in ("volume", "clearance", "free")]
        return np.concatenate([self.link, self.capacity, self.clearance, self.papillary, [self.surface], one, two,
                               [film.SIZE, self.corner], three, four])

    def wetness_factor(self, y) -> float:
        c, salt = self.film, self.salt
        molality = y[LAID] / (y[WATER] + c["smallest_volume"] * c["water_density"])
        m, cations, anions = molality / c["standard_molality"], salt["cations"], salt["anions"]
        ions, product = cations + anions, cations * anions
        root = math.sqrt((cations * salt["cation_charge"] ** 2 + anions * salt["anion_charge"] ** 2) * m / 2 + 1e-12)
        field = -c["debye_huckel_coefficient"] * root / (1 + film.SIZE * root)
        second = salt["pitzer_beta0"] + salt["pitzer_beta1"] * math.exp(-salt["pitzer_decay"] * root)
        osmotic = (1 + salt["cation_charge"] * salt["anion_charge"] * field + m * 2 * product / ions * second
                   + m * m * 2 * product ** 1.5 / ions * salt["pitzer_c"])
        activity = math.exp(-c["water_molar_mass"] * osmotic * ions * molality)
        dryness = (c["wet_water_activity"] - activity) / (c["wet_water_activity"] - c["dry_water_activity"])
        soft = lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x)))
        between = self.corner * (soft(dryness / self.corner) - soft((dryness - 1) / self.corner))
        return math.exp(between * (1 - y[OCCLUSION]) * c["sensitivity"] * math.log(c["dry_permeability_factor"]))

    def rates(self, t, y) -> np.ndarray:
        u, few = y[FIRST:PLASMA], y[:FIRST].tolist()
        from_film = self.surface * few[COVERAGE] * (self.wetness_factor(few) * few[FILM] / self.film_volume(few) - float(u[0]))
        plasma = float(y[PLASMA]) / self.plasma["volume"]
        from_blood, eliminated = self.clearance * (self.plasma["free"] * plasma - u), self.plasma["clearance"] * plasma
        along, total = self.conductance * (u[:-1] - u[1:]), float(from_blood.sum())
        f = np.zeros(len(y))
        gained = f[FIRST:PLASMA]
        gained += from_blood
        gained[0] += from_film
        gained[1:] += along
        gained[:-1] -= along
        gained /= self.capacity
        f[ENTERED], f[FILM], f[PLASMA], f[ELIMINATED], f[UPTAKE] = from_film, -from_film, -total - eliminated, eliminated, -total
        return f

    @cached_property
    def steady_jacobian(self) -> tuple[csc_matrix, np.ndarray]:
        """The Jacobian under a film that covers nothing, and where in its data the entries stand that a film changes."""
        n, cells = FIRST + len(self.link) - PLASMA, np.arange(FIRST, FIRST + len(self.link))
        clearing, free, J = self.clearance > 0, self.plasma["free"] / self.plasma["volume"], np.zeros((n, n))
        J[cells[:-1], cells[1:]] = self.conductance / self.capacity[:-1]
        J[cells[1:], cells[:-1]] = self.conductance / self.capacity[1:]
        J[cells, cells] = -(np.r_[self.conductance, 0.0] + np.r_[0.0, self.conductance] + self.clearance) / self.capacity
        J[cells, PLASMA] = self.clearance * free / self.capacity
        J[UPTAKE, cells] = J[PLASMA, cells] = self.clearance
        J[UPTAKE, PLASMA] = -self.total_clearance * free
        J[ELIMINATED, PLASMA] = self.plasma["clearance"] / self.plasma["volume"]
        J[PLASMA, PLASMA] = J[UPTAKE, PLASMA] - J[ELIMINATED, PLASMA]
        pattern = J != 0
        pattern[cells[clearing], PLASMA] = pattern[np.diag_indices(n)] = True
        changing = [(ENTERED, FILM), (FILM, FILM), (FIRST, FILM), (ENTERED, FIRST), (FILM, FIRST), (FIRST, FIRST)]
        pattern[tuple(zip(*changing))] = True
        matrix = csc_matrix(pattern.astype(float))
        places = [matrix.indptr[j] + list(matrix.indices[matrix.indptr[j]:matrix.indptr[j + 1]]).index(i) for i, j in changing]
        columns = np.repeat(np.arange(n), np.diff(matrix.indptr))
        matrix.data[:] = J[matrix.indices, columns]
        return matrix, np.array(places)

    @cached_property
    def pattern(self) -> csc_matrix:
        """Ones where the Jacobian can have entries."""
        steady = self.steady_jacobian[0]
        return csc_matrix((np.ones(steady.nnz), steady.indices, steady.indptr), steady.shape)

    def jacobian(self, t, y) -> csc_matrix:
        """By hand. Left out: what is constant between events, which no solver ever moves."""
        steady, places = self.steady_jacobian
        few, found = y[:FIRST].tolist(), steady.copy()
        volume = self.film_volume(few)
        surface = self.surface * few[COVERAGE]
        driven = surface * self.wetness_factor(few) * (volume - few[FILM] * self.film["molar_volume"]) / volume ** 2
        found.data[places] += driven, -driven, driven / self.capacity[0], -surface, surface, -surface / self.capacity[0]
        return found

    def film_volume(self, y) -> float:
        return y[WATER] / self.film["water_density"] + y[FILM] * self.film["molar_volume"] + self.film["smallest_volume"]

    def observe(self, states) -> np.ndarray:
        """(outputs, readouts) from (outputs, states)."""
        living = states[:, FIRST + self.first_living:PLASMA] @ self.capacity[self.first_living:]
        return np.stack([states[:, ENTERED], living + states[:, UPTAKE], states[:, UPTAKE],
                         states[:, FIRST:PLASMA] @ self.papillary, states[:, PLASMA] / self.plasma["volume"]], 1)


def sundials() -> list[Path]:
    """The libraries of SUNDIALS 7 in the scikit-sundae package; none if they are not there."""
    found = importlib.util.find_spec("sksundae")
    folder = Path(found.origin).parents[1] / "scikit_sundae.libs" if found else Path()
    wanted = [sorted(folder.glob(f"libsundials_{name}-*.so.{major}.*")) for name, major in LIBRARIES.items()] if found else []
    return [files[0] for files in wanted] if all(wanted) else []


class Native:
    """cvode.c, compiled against the SUNDIALS that scikit-sundae brings, with the problem read from a file."""

    def __init__(self, problem: Problem, folder: Path):
        libraries, library, file = sundials(), folder / "cvode.so", folder / "problem.bin"
        subprocess.run([*GCC, f"-DCELLS={problem.cells}", Path(__file__).with_name("cvode.c"), "-o", library, *libraries,
                        f"-Wl,-rpath,{libraries[0].parent}", "-lm"], check=True)
        events = problem.events
        counts = [len(problem.subjects), len(events.times) - 1, len(problem.moves), len(problem.outputs), problem.subjects[0].first_living]
        np.concatenate([counts, events.times, *problem.links, events.fraction[:, :, 0].ravel(), events.amount[:, :, 0].ravel(),
                        problem.outputs, problem.size, *(s.packed() for s in problem.subjects)]).astype(float).tofile(file)
        self.problem, self.library = problem, ctypes.CDLL(str(library))
        whole, number, array = ctypes.c_int, ctypes.c_double, ctypes.c_void_p
        self.library.rates.argtypes = whole, array, array
        self.library.newton.argtypes = whole, array, number, array, array
        self.library.run.argtypes = whole, whole, number, number, array, array
        if self.library.load(str(file).encode()):
            raise SystemExit("cvode.c and this file do not agree on the problem's layout")

    def rates(self, subject: int, state: np.ndarray) -> np.ndarray:
        found, state = np.empty(len(state)), np.ascontiguousarray(state)
        self.library.rates(subject, state.ctypes.data, found.ctypes.data)
        return found

    def newton(self, subject: int, state: np.ndarray, gamma: float, right: np.ndarray) -> np.ndarray:
        """(1 - gamma J)^-1 right by the bordered solver."""
        found = np.empty(len(state))
        self.library.newton(subject, state.ctypes.data, gamma, right.ctypes.data, found.ctypes.data)
        return found

    def run(self, subject: int, method: int, tolerance: float, share: float) -> tuple[np.ndarray, np.ndarray]:
        """(outputs, readouts), and the numbers of steps, right-hand sides and factorisations."""
        seen, counts = np.empty((len(self.problem.outputs), len(WATCH))), np.empty(3, ctypes.c_long)
        failed = self.library.run(subject, method, tolerance, share, seen.ctypes.data, counts.ctypes.data)
        return (np.full_like(seen, np.nan) if failed else seen), counts


# ---- right-hand sides are one and the same ---------------------------------------------------------------------------------
def check(problem: Problem, native: Native | None) -> None:
    """Right-hand sides and the bordered solver against the JAX model, at random states and along a solution.

    A rate is compared relative to the sum of the sizes of its terms (along a solution they cancel), at random states relative
    to itself. The linear solver's residual is relative to the sizes of the terms of each row, so that no scaling hides a row.
    """
    draw, worst = np.random.default_rng(1), {}

    def note(what, value):
        worst[what] = max(worst.get(what, 0.0), float(value))

    if np.any(np.asarray(problem.model.initial(problem.constants, 2 * CHOSEN))):
        raise SystemExit("The model no longer starts from nothing: give cvode.c its start")
    for j in range(0, 2 * CHOSEN, 7):
        subject, c = problem.subjects[j], problem.lane_of_constants(j)
        random = [problem.size * draw.uniform(0.1, 1.0, len(problem.size)) for _ in range(4)]
        path = _along(problem, j)
        for k, y in enumerate([*random, *path]):
            truth, J = np.asarray(problem.jax_rates(c, y)), np.asarray(problem.jax_jacobian(c, y))
            terms = abs(truth) + abs(J) @ abs(y)
            for name, found in [("NumPy", subject.rates(0.0, y))] + ([("C", native.rates(j, y))] if native else []):
                difference = abs(found - truth)
                note(f"{name}, along a solution" if k >= len(random) else f"{name}, random states",
                     (difference / np.maximum(terms if k >= len(random) else abs(truth), 1e-300)).max())
            own = subject.jacobian(0.0, y).toarray()
            own[:, :ENTERED] = J[:, :ENTERED]
            note("Jacobian by hand", (abs(own - J) / (abs(J) + 1e-300)).max())
            if native:
                for gamma in (1e-2, 1e1, 1e4):
                    matrix, right = np.eye(len(y)) - gamma * J, problem.size * draw.uniform(-1.0, 1.0, len(y))
                    right[:ENTERED] = 0.0                       # what is constant never has a residual
                    x = native.newton(j, y, gamma, right)
                    note("bordered solver, residual", (abs(matrix @ x - right) / (abs(matrix) @ abs(x) + abs(right) + 1e-300)).max())
    print("Against the JAX model: " + "; ".join(f"{what} {value:.0e}" for what, value in worst.items()))
    if not max(worst.values()) <= 1e-12:
        raise SystemExit("They differ: nothing is timed")


def _along(problem: Problem, subject: int) -> list[np.ndarray]:
    """A few states of one subject in the course of the scenario."""
    times = np.array([60.0, 3600.0, 5 * 3600.0, 20 * 3600.0])
    names = (*problem.model.scalar_names,)
    moves, events = protocol.compiled(problem.model, problem.case, 1)
    out = on_plan(problem.model, problem.lane(subject), events, times, moves=moves, watch=names, steps=8, finer=6)
    found = []
    for cells, scalars in zip(np.asarray(out.cells)[:, :, 0], np.asarray(out.seen)[:, :, 0]):
        state = np.empty(len(problem.size))
        state[problem.place] = np.r_[cells, scalars]
        found.append(state)
    return found


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
            out, taken = on_plan(problem.model, p, events, problem.outputs, moves=moves, watch=WATCH, steps=steps,
                                 finer=finer), steps * finer * (len(events.times) - 1)
        else:
            out, taken = adaptively(problem.model, p, events, problem.outputs, moves=moves, watch=WATCH, tolerance=setting)
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


def in_c(native: Native, name: str, method: int) -> Contender:
    """CVODE with everything in C."""
    def solve(subjects, setting):
        return np.stack([native.run(j, method, *setting)[0] for j in subjects], 2)

    def steps(setting):
        return statistics.mean(native.run(j, method, *setting)[1][0] for j in range(CHOSEN))

    return Contender(name, solve, [[(tolerance, share) for tolerance in TOLERANCES] for share in SHARES], steps)


def in_python(problem: Problem, name: str, rates_of: Callable, integrate: Callable, kinds: tuple) -> Contender:
    """A solver with callbacks in Python. integrate: (subject, rates, times, state, kind, tolerance, absolute, every step?) -> states."""
    def one(j, setting, every=False):
        kind, tolerance, share = setting
        state, found, count, begin_end = np.zeros(len(problem.size)), [], 0, itertools.pairwise(problem.events.times)
        for k, (begin, end) in enumerate(begin_end):
            state = problem.moved(k, state)
            here = problem.outputs[(problem.outputs >= begin) & ((problem.outputs < end) | (end == problem.events.times[-1]))]
            times = np.array([begin, end]) if every else np.unique([begin, *here, end])
            path = integrate(j, rates_of(j), times, state, kind, tolerance, share * tolerance * problem.size, every)
            found.append(path if every else path[np.isin(times, here)])
            state, count = path[-1].copy(), count + len(path) - 1
        return count if every else problem.subjects[j].observe(np.concatenate(found))

    return Contender(name, lambda subjects, setting: np.stack([one(j, setting) for j in subjects], 2),
                     [[(kind, tolerance, share) for tolerance in TOLERANCES] for kind in kinds for share in SHARES[:2]],
                     lambda setting: statistics.mean(one(j, setting, every=True) for j in range(4)))


def scipy_bdf(problem: Problem) -> Callable:
    """SciPy's BDF with a sparse Jacobian, by hand or by differences."""
    def integrate(j, f, times, state, kind, tolerance, absolute, every):
        subject = problem.subjects[j]
        jacobian = {"jac": subject.jacobian} if kind == BY_HAND else {"jac_sparsity": subject.pattern}
        path = solve_ivp(f, times[[0, -1]], state, "BDF", t_eval=None if every else times, rtol=tolerance, atol=absolute, **jacobian)
        return path.y.T if path.success else np.full((len(times), len(state)), np.nan)
    return integrate


def sundae(problem: Problem) -> Callable:
    """CVODE through scikit-sundae, its Jacobian by hand: sparse, or banded without the border."""
    from sksundae.cvode import CVODE

    def integrate(j, f, times, state, kind, tolerance, absolute, every):
        subject = problem.subjects[j]

        def into(t, y, yp):
            yp[:] = f(t, y)

        def sparse_into(t, y, yp, data):
            data[:] = subject.jacobian(t, y).data

        def banded_into(t, y, yp, whole):
            whole[:] = subject.jacobian(t, y).toarray()

        linear = ({"linsolver": "band", "lband": 1, "uband": 2, "jacfn": banded_into} if kind == BANDED else
                  {"linsolver": "sparse", "sparsity": subject.pattern, "jacfn": sparse_into})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)     # that a pattern and a Jacobian are given
            path = CVODE(into, rtol=tolerance, atol=absolute, max_num_steps=100000, **linear).solve(times, state)
        return path.y if path.success else np.full((len(times), len(state)), np.nan)
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
    """(outputs, readouts, subjects): CVODE at 1e-11 if it is there, and how far our plan with eight times the steps is from it."""
    every, plan = range(2 * CHOSEN), ours(problem, 64, PLAN)
    fine, finer = (plan.solve(every, (PIECE, n * simulation.STEPS // PIECE)) for n in (8, 16))
    if native is None:
        print(f"Reference: our own plan of {16 * simulation.STEPS} steps, for want of an independent solver; "
              f"{8 * simulation.STEPS} steps differ by {error(fine, finer).max():.0e}")
        return finer
    tight, looser = (np.stack([native.run(j, 1, tolerance, 1e-3)[0] for j in every], 2) for tolerance in (1e-11, 1e-10))
    apart = error(finer, tight).max()
    print(f"Reference: {ANCHOR}, tolerance 1e-11. Apart from it: tolerance 1e-10 by {error(looser, tight).max():.0e}, our plan of "
          f"{8 * simulation.STEPS} steps by {error(fine, tight).max():.0e}, of {16 * simulation.STEPS} by {apart:.0e}")
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
    print("Choosing settings, then taking times: some ten minutes", flush=True)
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
    return ", ".join([*kind, f"rtol {tolerance:.0e}", f"atol {share:g} rtol x size"])


def entrants(problem: Problem, native: Native | None) -> list[Contender]:
    """All who can start here."""
    found = [ours(problem, lanes, mode) for mode in (PLAN, ADAPTIVE) for lanes in (64, 1)]
    if native:
        found += [in_c(native, ANCHOR, 1), in_c(native, "CVODE in C, bordered, by GMRES", 2), in_c(native, "CVODE in C, banded", 0)]
    numpy_rates = lambda j: problem.subjects[j].rates
    if importlib.util.find_spec("sksundae"):
        kinds = BANDED, SPARSE
        if native:
            c_rates = lambda j: lambda t, y: native.rates(j, y)
            found.append(in_python(problem, "scikit-sundae CVODE, rates in C", c_rates, sundae(problem), kinds))
        found.append(in_python(problem, "scikit-sundae CVODE, rates in NumPy", numpy_rates, sundae(problem), kinds))
    return [*found, in_python(problem, "SciPy BDF, rates in NumPy", numpy_rates, scipy_bdf(problem), (BY_HAND, DIFFERENCES))]


def obstacles() -> list[str]:
    """Why CVODE in C cannot run here."""
    if not importlib.util.find_spec("sksundae"):
        return [NO_SUNDAE]
    return [text for text, there in ((NO_SUNDIALS, sundials()), (NO_GCC, shutil.which("gcc"))) if not there]


def main() -> None:
    print(f"Python {platform.python_version()}, JAX {jax.__version__}, SciPy {scipy.__version__}, one of {os.cpu_count()} cores")
    missing = obstacles()
    print(*missing, sep="\n", end="\n" if missing else "")
    with tempfile.TemporaryDirectory() as folder:
        problem = Problem()
        native = None if missing else Native(problem, Path(folder))
        check(problem, native)
        race(problem, native, reference(problem, native))
    for lanes in (64, 1):
        wall, used = compile_seconds(lanes)
        print(f"compiling our plan of {simulation.STEPS} steps, lanes: {lanes}, without kept programs: {wall:.1f} s ({used:.1f} s CPU)")


if __name__ == "__main__":
    compile_here(int(sys.argv[1])) if len(sys.argv) > 1 else main()
