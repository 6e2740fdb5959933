"""Which values of assumed parameters of feeling agree with what was measured in people, by likelihood.

Scores of the parameters (standard normal before) are sampled and weighted by likelihood (importance sampling); the outcomes bear on them so
little that one sample in five still counts. The posterior is kept as the normal distribution with the same mean and covariance.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from epsom.core.draws import Draws, scores
from epsom.core.errors import DataError, SolveError, nearest
from epsom.core.posterior import Posterior, posteriors
from epsom.felt_checks import read_trial
from epsom.played_trials import Stage, Trial
from epsom.standard import standard_model

FILE = "targets.toml"
PEOPLE = 8               # virtual people in each trial, the same ones for every sample
LANES = 512              # people solved beside each other
REQUIRED = {"name", "people", "variable", "at", "as", "value", "error", "scatter", "source", "where"}      # of a target


class Target(NamedTuple):
    """An outcome measured in people: a mean over them, its error, the scatter that readings of the same people share, and what is assumed
    to be in it `besides` the model."""

    name: str
    people: str
    variable: str
    at: str
    way: str
    value: float
    error: float
    scatter: float
    source: str
    where: str
    besides: float = 0.0
    besides_error: float = 0.0

    @property
    def read(self) -> dict[str, str]:
        return {"variable": self.variable, "at": self.at, "as": self.way}


class Samples(NamedTuple):
    """Scores (samples, parameters), what is predicted (samples, targets), and weights that sum to 1."""

    scores: np.ndarray
    predicted: np.ndarray
    weights: np.ndarray

    @property
    def effective(self) -> float:
        """How many independent samples they are worth (Kish)."""
        return float(1 / (self.weights ** 2).sum())

    @property
    def mean(self) -> np.ndarray:
        return self.weights @ self.scores

    @property
    def covariance(self) -> np.ndarray:
        off = self.scores - self.mean
        return (self.weights[:, None] * off).T @ off


class Calibrated(NamedTuple):
    """The posterior, with the samples from before and after."""

    posterior: Posterior
    before: Samples
    after: Samples


@cache
def _document() -> Mapping:
    return tomllib.loads((files("epsom") / "data" / "feeling" / FILE).read_text("utf-8"))


def played() -> tuple[tuple[Trial, tuple[Target, ...]], ...]:
    """(what is played, what is read from it) of all rows that are used."""
    found = []
    for i, table in enumerate(_document()["trial"]):
        trial, other = read_trial(table)
        check_keys(other, {"target"}, {"target"}, f"trial.{i}")
        rows = []
        for k, row in enumerate(other["target"]):
            check_keys(row, REQUIRED | {"besides", "besides_error"}, REQUIRED, f"trial.{i}.target.{k}")
            rows.append(Target(**({"way": row["as"]} | {key: value for key, value in row.items() if key != "as"})))
        found.append((trial, tuple(rows)))
    return tuple(found)


def check_keys(table: Mapping, known: set[str], required: set[str], key: str) -> None:
    """Raise DataError for a key of the file that means nothing, and for one that is missing."""
    for name in set(table) - known:
        raise DataError("unknown key", nearest(name, known), file=FILE, key=f"{key}.{name}", value=table[name])
    for name in required - set(table):
        raise DataError(f"'{name}' is missing", "Add it", file=FILE, key=key)


def targets() -> tuple[Target, ...]:
    """All rows that are used."""
    return tuple(row for _, rows in played() for row in rows)


def calibrated_keys() -> tuple[str, ...]:
    """Parameters that are calibrated."""
    return tuple(_document()["parameters"])


def covariance(rows: tuple[Target, ...]) -> np.ndarray:
    """(targets, targets): each row's own error, the scatter that readings of the same people share, and the doubt of what is
    assumed besides, which all share."""
    found = np.diag([row.error ** 2 for row in rows])
    for i, a in enumerate(rows):
        for j, b in enumerate(rows):
            found[i, j] += a.scatter * b.scatter * (a.people == b.people) + a.besides_error * b.besides_error
    return found


class Trials:
    """All targets, ready to be predicted for any scores of the calibrated parameters, or of other `keys`."""

    def __init__(self, seed: int, keys: tuple[str, ...] | None = None):
        self.seed, self.keys, self.rows = seed, keys or calibrated_keys(), targets()
        self.stage = Stage(standard_model(), [row.variable for row in self.rows], FILE)
        self._check_keys()

    def _check_keys(self) -> None:
        known = {p.key: p for p in self.stage.parameters("tendon", 5.0).values()}
        for key in self.keys:
            if key not in known or known[key].unknown is None:
                raise DataError("this is no parameter of the model that is unknown", nearest(key, known), file=FILE, key=key)

    def predicted(self, found: np.ndarray) -> np.ndarray:
        """(samples, targets): means over people, for scores (samples, parameters). All other numbers are drawn anew for each sample, from
        what was believed before any calibration."""
        each = LANES // PEOPLE
        chunks = range(0, len(found), each)
        return np.concatenate([self._chunk(found[at: at + each], at) for at in chunks])

    def _chunk(self, found: np.ndarray, first: int) -> np.ndarray:
        few = len(found)
        padded = np.concatenate([found, np.repeat(found[-1:], LANES // PEOPLE - few, axis=0)])
        draws = Draws(knowledge=len(padded), people=PEOPLE, seed=self.seed, first=first)
        drawn = lambda parameters: self._values(parameters, draws, np.repeat(padded, PEOPLE, axis=0))
        outcomes = np.concatenate([self.stage.outcomes(trial, [row.read for row in rows], drawn) for trial, rows in played()])
        return outcomes.reshape(len(self.rows), -1, PEOPLE).mean(2).T[:few]

    def _values(self, parameters, draws: Draws, found: np.ndarray) -> dict[str, np.ndarray]:
        every = {p.key: p for p in parameters.values()}
        by_key = draws.values(every)
        before = {key: scores(self.seed, "unknown", key, draws.knowledge_index) for one in posteriors() for key in one.keys}
        for key, score in (before | dict(zip(self.keys, found.T))).items():
            if key in every:
                by_key[key] = every[key].draw(score, self._people(key, len(score)))
        return {key: by_key[p.key] for key, p in parameters.items()}

    def _people(self, key: str, lanes: int) -> np.ndarray:
        """(lanes,) scores of the same people in each sample; half of them mirror the others, so that their mean is that of all."""
        half = scores(self.seed, "person", key, np.arange(PEOPLE // 2))
        return np.resize(np.concatenate([half, -half]), lanes)

    def likelihood(self, predicted: np.ndarray) -> np.ndarray:
        """(samples,) logarithm, without its constant; nothing is as unlikely as a sample that could not be solved."""
        off = predicted - [row.value - row.besides for row in self.rows]
        found = -0.5 * np.einsum("ij,jk,ik->i", off, np.linalg.inv(covariance(self.rows)), off)
        return np.where(np.isfinite(found), found, -1e9)


def weighted(log: np.ndarray) -> np.ndarray:
    """Weights that sum to 1."""
    weights = np.exp(log - log.max())
    return weights / weights.sum()


def calibrate(samples: int = 2048, seed: int = 1) -> Calibrated:
    """The posterior of the calibrated parameters' scores.

    Raises
    ------
    DataError : the file of targets names what the model does not have.
    SolveError : no sample could be solved.
    """
    trials = Trials(seed)
    found = np.random.default_rng(seed).standard_normal((samples, len(trials.keys)))
    predicted = trials.predicted(found)
    before = Samples(found, predicted, np.full(samples, 1 / samples))
    if not np.isfinite(predicted).all(1).any():
        raise SolveError("no sample could be solved", "Look at what the trials play")
    after = before._replace(weights=weighted(trials.likelihood(predicted)))
    posterior = Posterior("feeling", trials.keys, after.mean, after.covariance, tuple(row.name for row in trials.rows), seed, samples,
                          after.effective)
    return Calibrated(posterior, before, after)
