"""What outcomes measured in people say of parameters beyond their own documents: scores after calibration.

A document keeps what was believed before. The posterior is kept as a normal distribution of the parameters' standard normal scores
(mean 0 and variance 1 before), written by `make calibration` into `data/posteriors.toml` with the rows that it rests on.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from epsom.core.errors import DataError, nearest
from epsom.core.parameter import Z95, Parameter

KEYS = {"name", "keys", "mean", "covariance", "rows", "seed", "samples", "effective"}


class Posterior(NamedTuple):
    """Scores of what is not known, after calibration.

    Attributes
    ----------
    name : what was calibrated.
    keys : parameters.
    mean, covariance : (keys,) and (keys, keys) of their scores.
    rows : names of the measured outcomes it rests on.
    seed, samples, effective : how it was found: seed and number of samples, and how many independent ones they are worth.
    """

    name: str
    keys: tuple[str, ...]
    mean: np.ndarray
    covariance: np.ndarray
    rows: tuple[str, ...]
    seed: int
    samples: int
    effective: float


def read_posteriors(text: str, file: object = None) -> tuple[Posterior, ...]:
    """From TOML; raises DataError naming file, entry and value."""
    try:
        tables = tomllib.loads(text).get("posterior", [])
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"not valid TOML: {error}", "Write it anew with `make calibration`", file=file) from error
    found = tuple(_read(table, f"posterior.{i}", file) for i, table in enumerate(tables))
    keys = [key for one in found for key in one.keys]
    if len(set(keys)) < len(keys):
        raise DataError("a parameter has two posteriors", "Calibrate it once", file=file, value=max(keys, key=keys.count))
    return found


def _read(table: dict, key: str, file: object) -> Posterior:
    for name in set(table) ^ KEYS:
        raise DataError("unknown key" if name in table else f"'{name}' is missing", nearest(name, KEYS), file=file, key=f"{key}.{name}")
    n = len(table["keys"])
    mean, covariance = np.array(table["mean"], float), np.array(table["covariance"], float)
    if mean.shape != (n,) or covariance.shape != (n, n):
        raise DataError(f"{n} parameters have a mean of {n} and a covariance of {n} by {n} numbers", "Write it anew with `make calibration`",
                        file=file, key=key)
    if not np.allclose(covariance, covariance.T) or np.linalg.eigvalsh(covariance).min() < 1e-6:
        raise DataError("this is no covariance", "Write it anew with `make calibration`", file=file, key=f"{key}.covariance")
    return Posterior(table["name"], tuple(table["keys"]), mean, covariance, tuple(table["rows"]), table["seed"], table["samples"],
                     table["effective"])


@cache
def posteriors() -> tuple[Posterior, ...]:
    """What ships with epsom."""
    path = files("epsom") / "data" / "posteriors.toml"
    return read_posteriors(path.read_text("utf-8"), path)


def range_at(p: Parameter, mean: float, sd: float) -> tuple[float, float, float]:
    """5 %, 50 % and 95 % of what is not known of a parameter, in its unit for a middling person, if its score has this mean and spread."""
    return tuple(float(p.unknown.around(p.value, mean + z * sd)) for z in (-Z95, 0.0, Z95))


def calibrated(p: Parameter) -> tuple[float, float, float] | None:
    """The same for a parameter that was calibrated; None for any other, and for one that a scenario has set."""
    for one in posteriors():
        if p.key in one.keys and p.unknown is not None:
            i = one.keys.index(p.key)
            return range_at(p, one.mean[i], float(np.sqrt(one.covariance[i, i])))
    return None
