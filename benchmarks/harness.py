"""cvode.c compiled around the model in C (`native.py`), as Python sees it; and the same questions answered by JAX where that cannot be."""

from __future__ import annotations

import ctypes
import importlib.util
import shutil
import subprocess
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from scipy.sparse import csc_matrix

from epsom.engine.layout import State
from epsom.engine.step import rates
from native import Written

GCC = ("gcc", "-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-fno-signed-zeros", "-fassociative-math", "-freciprocal-math",
       "-shared", "-fPIC")
LIBRARIES = {"core": 7, "cvode": 7, "nvecserial": 7, "sunmatrixband": 5, "sunlinsolband": 5}
NO_SUNDAE = "Skipped: everything with CVODE. scikit-sundae is missing: python -m pip install --no-deps scikit-sundae==1.2.0"
NO_SUNDIALS = "Skipped: CVODE in C. This scikit-sundae brings no SUNDIALS 7 to link with; its packages for Linux do, version 1.2.0"
NO_GCC = "Skipped: CVODE in C, and right-hand sides in C. gcc is missing: apt install gcc"
BANDED, BORDERED = 0, 1


def sundials() -> list[Path]:
    """The libraries of SUNDIALS 7 in the scikit-sundae package; none if they are not there."""
    found = importlib.util.find_spec("sksundae")
    folder = Path(found.origin).parents[1] / "scikit_sundae.libs" if found else Path()
    wanted = [sorted(folder.glob(f"libsundials_{name}-*.so.{major}.*")) for name, major in LIBRARIES.items()] if found else []
    return [files[0] for files in wanted] if all(wanted) else []


def obstacles() -> list[str]:
    """Why CVODE in C cannot run here."""
    if not importlib.util.find_spec("sksundae"):
        return [NO_SUNDAE]
    return [text for text, there in ((NO_SUNDIALS, sundials()), (NO_GCC, shutil.which("gcc"))) if not there]


class InJax:
    """One subject's right-hand side, Jacobian, start and readouts, by the JAX model.

    Parameters
    ----------
    constants : of `subjects` subjects.
    """

    def __init__(self, model, constants, subjects: int, watch: tuple[str, ...]):
        self.model, self.cells = model, model.forest.size
        lane = lambda j: jax.tree.map(lambda a: jnp.broadcast_to(a, (*jnp.shape(a)[:-1], subjects))[..., j:j + 1], constants)
        self.constants = [lane(j) for j in range(subjects)]

        def flat(c, y):
            made = rates(model, c, self._state(y))
            return jnp.concatenate([made.cells[:, 0], made.scalars[:, 0]])

        self._rates, self._slopes = jax.jit(flat), jax.jit(jax.jacfwd(flat, argnums=1))
        self._look = jax.jit(jax.vmap(lambda c, y: model.observe(c, watch, self._state(y))[:, 0], (None, 0)))

    def _state(self, y) -> State:
        return State(y[:self.cells, None], y[self.cells:, None])

    def start(self, subject: int) -> np.ndarray:
        return np.r_[np.zeros(self.cells), np.asarray(self.model.initial(self.constants[subject], 1))[:, 0]]

    def rates(self, subject: int, y: np.ndarray) -> np.ndarray:
        return np.asarray(self._rates(self.constants[subject], y))

    def slopes(self, subject: int, y: np.ndarray) -> np.ndarray:
        """The Jacobian, dense and with the columns of what only events change."""
        return np.array(self._slopes(self.constants[subject], y))

    def jacobian(self, subject: int, y: np.ndarray) -> csc_matrix:
        return csc_matrix(self.slopes(subject, y))

    def look(self, subject: int, states: np.ndarray) -> np.ndarray:
        """(states, readouts)"""
        return np.asarray(self._look(self.constants[subject], states))


class Native:
    """The same in C, and CVODE around it.

    Parameters
    ----------
    problem : with model, constants, subjects, events, moves, outputs, size and watch, as in `solvers.Problem`.
    folder : where source, library and data are written.
    """

    def __init__(self, problem, folder: Path):
        libraries, library, file = sundials(), folder / "cvode.so", folder / "problem.bin"
        self.problem, self.written = problem, Written(problem.model, problem.constants, problem.subjects, problem.watch)
        (folder / "model.h").write_text(self.written.text)
        subprocess.run([*GCC, f"-I{folder}", Path(__file__).with_name("cvode.c"), "-o", library, *libraries,
                        f"-Wl,-rpath,{libraries[0].parent}", "-lm"], check=True)
        events, ends = problem.events, [[-1 if end is None else problem.cells + end for end in side] for side in zip(*problem.moves)]
        counts = [problem.subjects, len(events.times) - 1, len(problem.moves), len(problem.outputs)]
        np.concatenate([counts, events.times, *ends, events.fraction[:, :, 0].ravel(), events.amount[:, :, 0].ravel(), problem.outputs,
                        problem.size, self.written.writer.table.ravel()]).astype(float).tofile(file)
        self.library = ctypes.CDLL(str(library))
        whole, number, array = ctypes.c_int, ctypes.c_double, ctypes.c_void_p
        for name, takes in {"rates": (whole, array, array), "start": (whole, array), "look": (whole, array, array),
                            "jacobian": (whole, array, array), "newton": (whole, array, number, array, array),
                            "run": (whole, whole, number, number, array, array), "set_band": (whole, whole, array, array, array),
                            "repeat": (whole, whole, whole, array, array)}.items():
            getattr(self.library, name).argtypes = takes
        if self.library.load(str(file).encode()):
            raise SystemExit("cvode.c and this file do not agree on the problem's layout")
        self.pattern = self.written.pattern
        self.entries = np.array(list(self.written.entries), np.int32)
        self.bands: dict = {}

    def start(self, subject: int) -> np.ndarray:
        y = np.empty(len(self.problem.size))
        self.library.start(subject, y.ctypes.data)
        return y

    def rates(self, subject: int, y: np.ndarray) -> np.ndarray:
        found, y = np.empty(len(y)), np.ascontiguousarray(y)
        self.library.rates(subject, y.ctypes.data, found.ctypes.data)
        return found

    def jacobian(self, subject: int, y: np.ndarray) -> csc_matrix:
        """Without the columns of what only events change."""
        data, y = np.empty(self.pattern.nnz), np.ascontiguousarray(y)
        self.library.jacobian(subject, y.ctypes.data, data.ctypes.data)
        return csc_matrix((data, self.pattern.indices, self.pattern.indptr), self.pattern.shape)

    def look(self, subject: int, states: np.ndarray) -> np.ndarray:
        """(states, readouts)"""
        found, states = np.empty((len(states), len(self.problem.watch))), np.ascontiguousarray(states)
        for y, seen in zip(states, found):
            self.library.look(subject, y.ctypes.data, seen.ctypes.data)
        return found

    def newton(self, subject: int, y: np.ndarray, gamma: float, right: np.ndarray) -> np.ndarray:
        """(1 - gamma J)^-1 right by the bordered solver."""
        found, y = np.empty(len(y)), np.ascontiguousarray(y)
        self.library.newton(subject, y.ctypes.data, gamma, right.ctypes.data, found.ctypes.data)
        return found

    def set_band(self, feeds: bool, listeners: bool) -> tuple[int, int]:
        """Choose what the band holds: (entries below, entries above the diagonal)."""
        if (feeds, listeners) not in self.bands:
            self.bands[feeds, listeners] = self.written.band(feeds, listeners)
        place, below, above = self.bands[feeds, listeners]
        place, rows, columns = (np.ascontiguousarray(a, np.int32) for a in (place, self.entries[:, 0], self.entries[:, 1]))
        self.library.set_band(below, above, place.ctypes.data, rows.ctypes.data, columns.ctypes.data)
        return below, above

    def run(self, subject: int, method: int, tolerance: float, share: float) -> tuple[np.ndarray, np.ndarray]:
        """(outputs, readouts), and the numbers of steps, right-hand sides and factorisations."""
        seen, counts = np.empty((len(self.problem.outputs), len(self.problem.watch))), np.empty(3, ctypes.c_long)
        failed = self.library.run(subject, method, tolerance, share, seen.ctypes.data, counts.ctypes.data)
        return (np.full_like(seen, np.nan) if failed else seen), counts
