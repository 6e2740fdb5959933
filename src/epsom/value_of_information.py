"""Which measurement would narrow what is not known: for each study that could be done, the share of a number's spread that its reading
would take away.

A run's draws say what each study would read if that draw were true. The share is the variance of what would be expected of the number once
the reading is known, over the variance before (Strong, Oakley & Brennan 2014, who find it by regression on the draws).
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from epsom import feeling
from epsom.core import units
from epsom.core.errors import DataError, nearest
from epsom.core.power import MOST_PEOPLE, people_needed
from epsom.result import NOT_A_GRADE, Result, between
from epsom.variance_components import Estimate

FILE = "measurements.toml"
AT = 1200.0              # s; at which relief is looked at
NOISES = 8               # drawn errors of a reading, averaged over
PARTS = 10               # left out in turn, for the interval
FEW = 40                 # draws of what is not known with which no share is told
TERMS = 3                # powers of a reading's normal score that what is expected may follow
SHUFFLED = 20            # times that a number is shuffled, to tell what chance alone would find
TOLD = 5                 # single numbers that are told
Z90 = 1.6448536269514722
ERRORS = {"factor", "of_applied", "points"}
READ = {"variable", "parameter", "against"}


class Measurement(NamedTuple):
    """A study that could be done; see `data/feeling/measurements.toml`."""

    name: str
    text: str
    source: str
    where: str
    variable: str | None = None
    at: str | None = None
    parameter: str | None = None
    against: Sequence[str] = ()
    factor: float | None = None
    of_applied: float | None = None
    points: float | None = None
    people: int | None = None


class Worth(NamedTuple):
    """What a study, or knowing one number exactly, would take away of the spread of each target.

    Attributes
    ----------
    name, text : what is done, or the number and its grade.
    shares : {target: Estimate} from 0 to 1.
    """

    name: str
    text: str
    shares: dict[str, Estimate]


@cache
def measurements() -> tuple[Measurement, ...]:
    """Every study that ships with epsom."""
    found = []
    for i, table in enumerate(tomllib.loads((files("epsom") / "data" / "feeling" / FILE).read_text("utf-8"))["measurement"]):
        for key in set(table) - set(Measurement._fields):
            raise DataError("unknown key", nearest(key, Measurement._fields), file=FILE, key=f"measurement.{i}.{key}", value=table[key])
        for kinds in (READ, ERRORS):
            if len(kinds & set(table)) != 1:
                raise DataError(f"one of {', '.join(sorted(kinds))} is needed", "Name one", file=FILE, key=f"measurement.{i}")
        found.append(Measurement(**table))
    return tuple(found)


def targets(result: Result) -> dict[str, np.ndarray]:
    """{what is asked: (draws,)}: what passes the skin of each solute, and of relief the whole and magnesium's part; nan where not known."""
    found = {f"{solute} that passes the skin": result[f"crossed_amount[{solute}]"][:, -1] for solute in result.solutes}
    if result.unions is None or AT not in result.unions.times:
        return found
    if "magnesium" in result.solutes:
        found["magnesium's part of relief after 20 min"] = contrast(result, ("magnesium",))
    return found | {"relief after 20 min": feeling.fallen(result)[:, -1, list(result.unions.times).index(AT)]}


def contrast(result: Result, against: Sequence[str]) -> np.ndarray:
    """(draws,) points at AT by which pain falls more than with these groups of effects off; nan where not known."""
    names = list(feeling.groups())
    off = sum(1 << names.index(name) for name in against)
    drop = feeling.fallen(result)[..., list(result.unions.times).index(AT)]
    return drop[:, -1] - drop[:, (2 ** len(names) - 1) & ~off]


def reading(result: Result, measurement: Measurement) -> tuple[np.ndarray, float] | None:
    """((draws,) what would be read in each draw, its error), on the logarithm where the error is a factor; None where this run has no such
    thing."""
    if measurement.against:
        if result.unions is None or AT not in result.unions.times or not set(measurement.against) <= set(feeling.groups()):
            return None
        return contrast(result, measurement.against), measurement.points * np.sqrt(2 / measurement.people)
    if measurement.parameter:
        values = result.drawn.get(measurement.parameter)
    else:
        end = float(result.times[-1])
        at = end if measurement.at == "end" else units.parse(measurement.at, "s").si
        values = between(result.times, result[measurement.variable], at) if measurement.variable in result.readouts and at <= end else None
    if values is None or not (values > 0).all():
        return None
    if measurement.of_applied:
        solute = measurement.variable.partition("[")[2].rstrip("]")
        return values, measurement.of_applied * float(np.median(result[f"applied_amount[{solute}]"][:, -1]))
    return np.log(values), float(np.log(measurement.factor))


@lru_cache(maxsize=1)
def worths(result: Result) -> tuple[Worth, ...]:
    """Every study that this run can say something of, those that would narrow anything most first; none where there are too few draws of what
    is not known."""
    goals = _varying(result)
    found = []
    for measurement in measurements() if goals else ():
        if read := reading(result, measurement):
            shares = {name: explained(values, _known(result, read[0]), read[1], result.draws.seed) for name, values in goals.items()}
            found.append(Worth(measurement.name, measurement.text, shares))
    return tuple(sorted(found, key=lambda w: -max(share.value for share in w.shares.values())))


@lru_cache(maxsize=1)
def single_numbers(result: Result) -> tuple[Worth, ...]:
    """The numbers of the model that would narrow most if they were known exactly; only what is more than chance would find."""
    goals = _varying(result)
    if not goals:
        return ()
    keys = [key for key in result.drawn if result.parameters[key].grade != NOT_A_GRADE]
    spaces = [_space(_known(result, result.drawn[key])) for key in keys]
    shares, chance = {}, {}
    rng = np.random.default_rng(result.draws.seed)
    for name, values in goals.items():
        shares[name] = np.array([_fitted(values, space) for space in spaces])
        chance[name] = np.quantile([max(_fitted(rng.permutation(values), space) for space in spaces) for _ in range(SHUFFLED)], 0.95)
    best = np.max([np.where(shares[name] > chance[name], shares[name], 0.0) for name in goals], axis=0)
    first = [i for i in np.argsort(-best)[:TOLD] if best[i] > 0]
    exactly = lambda key: {name: explained(values, _known(result, result.drawn[key]), 0.0, result.draws.seed)
                           for name, values in goals.items()}
    return tuple(Worth(keys[i], f"grade {result.parameters[keys[i]].grade}", exactly(keys[i])) for i in first)


def people_in_each_arm(result: Result) -> tuple[float, float, float] | None:
    """People that a blinded trial needs in each of two arms to find magnesium's part after 20 min with a chance of 0.8, if it is as small as
    in one draw of twenty, middling, as large as in one of twenty; inf for more than MOST_PEOPLE."""
    blinded = next(m for m in measurements() if tuple(m.against) == ("magnesium",))
    goals = targets(result)
    name = next((n for n in goals if n.startswith("magnesium's part")), None)
    if name is None or not np.isfinite(goals[name]).any():
        return None
    part = np.quantile(_known(result, goals[name]), feeling.LEVELS)
    people = people_needed(np.maximum(part, 0.0), blinded.points, groups=2).astype(float)
    return tuple(float(n) for n in np.where(people >= MOST_PEOPLE, np.inf, people))


def _known(result: Result, values: np.ndarray) -> np.ndarray:
    """(draws of what is not known,) means over people: a study tells of people in general; nan is left out of a mean."""
    table = values.reshape(-1, result.draws.people)
    with np.errstate(invalid="ignore"):
        good = np.isfinite(table)
        return np.where(good.any(1), np.where(good, table, 0.0).sum(1) / np.maximum(good.sum(1), 1), np.nan)


def _varying(result: Result) -> dict[str, np.ndarray]:
    """{target: (draws of what is not known,)}, on the logarithm where all are positive; those that vary, if there are draws enough."""
    if result.draws.size // result.draws.people < FEW:
        return {}
    found = {}
    for name, values in targets(result).items():
        values = _known(result, values)
        values = np.log(values) if (values[np.isfinite(values)] > 0).all() else values
        if np.isfinite(values).sum() >= FEW and np.nanstd(values) > 1e-9 * np.nanmax(abs(values)):
            found[name] = values
    return found


def explained(number: np.ndarray, read: np.ndarray, error: float, seed: int) -> Estimate:
    """Share of the variance of a number (draws,) that goes once a reading of `read` (draws,) with a normal error is known, with its 90 %
    interval by leaving out a tenth of the draws in turn; draws in which either is nan do not count."""
    good = np.isfinite(number) & np.isfinite(read)
    number, read = number[good], read[good]
    rng = np.random.default_rng(seed)
    noisy = [read + error * rng.standard_normal(len(read)) for _ in range(NOISES if error else 1)]
    part = np.arange(len(read)) % PARTS
    share = lambda chosen: float(np.mean([_fitted(number[chosen], _space(one[chosen])) for one in noisy]))
    whole, without = share(np.ones(len(read), bool)), np.array([share(part != k) for k in range(PARTS)])
    doubt = Z90 * np.sqrt((PARTS - 1) * np.mean((without - without.mean()) ** 2))
    return Estimate(*(float(np.clip(x, 0.0, 1.0)) for x in (whole, whole - doubt, whole + doubt)))


def _space(read: np.ndarray) -> np.ndarray:
    """(draws, terms) orthonormal: a constant and powers of the normal score of a reading (draws,)."""
    from scipy.special import ndtri

    order = np.argsort(np.argsort(read, kind="stable"), kind="stable")
    score = ndtri((order + 0.5) / len(read))
    return np.linalg.qr(np.vander(score, TERMS + 1, increasing=True))[0]


def _fitted(number: np.ndarray, space: np.ndarray) -> float:
    """Share of the variance that a regression explains, less what it would explain by chance (adjusted)."""
    off = number - number.mean()
    left = off - space @ (space.T @ off)
    n = len(number)
    return 1.0 - float(left @ left) / (n - TERMS - 1) / (float(off @ off) / (n - 1))
