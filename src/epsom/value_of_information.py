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
PASSES = "that passes the skin"
PART = "magnesium's part of relief after 20 min"
AT = 1200.0              # s; at which relief is looked at
NOISES = 8               # drawn errors of a reading, averaged over
PARTS = 10               # left out in turn, for the interval
FEW = 64                 # draws of what is not known with which no share is told
TERMS = 3                # powers of a reading's normal score that what is expected may follow
SHUFFLED = 20            # times that a number is shuffled, to tell what chance alone would find
TOLD = 3                 # single numbers that are told of each target
T90 = 1.8331129326536335 # 95 % of Student's distribution with PARTS - 1 degrees of freedom
ERRORS = {"factor", "of_applied", "points"}
READ = {"variable", "parameter", "against"}


class Measurement(NamedTuple):
    """A study that could be done; see `data/feeling/measurements.toml`."""

    name: str
    text: str
    source: str
    where: str
    grade: str
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
    beyond : targets of which it would take away more than the best of as many readings that have nothing to do with it, in 19 of 20 cases.
    """

    name: str
    text: str
    shares: dict[str, Estimate]
    beyond: frozenset[str]


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


def blinded_trial() -> Measurement:
    """The study in which nothing differs but magnesium's effects on nerve."""
    return next(m for m in measurements() if tuple(m.against) == ("magnesium",))


def targets(result: Result) -> dict[str, np.ndarray]:
    """{what is asked: (draws,)}: what passes the skin of each solute, and of relief the whole and magnesium's part; nan where not known."""
    found = {f"{solute} {PASSES}": result[f"crossed_amount[{solute}]"][:, -1] for solute in result.solutes}
    if result.unions is None or AT not in result.unions.times:
        return found
    if "magnesium" in result.solutes:
        found[PART] = contrast(result, ("magnesium",))
    return found | {"relief after 20 min": feeling.fallen(result)[:, -1, list(result.unions.times).index(AT)]}


def contrast(result: Result, against: Sequence[str]) -> np.ndarray:
    """(draws,) points at AT by which pain falls more than with these groups of effects off; nan where not known."""
    names = list(feeling.groups())
    off = sum(1 << names.index(name) for name in against)
    drop = feeling.fallen(result)[..., list(result.unions.times).index(AT)]
    return drop[:, -1] - drop[:, (2 ** len(names) - 1) & ~off]


def reading(result: Result, measurement: Measurement) -> tuple[np.ndarray, float] | None:
    """((draws,) what would be read in each draw, its error), on the logarithm where the error is a factor; None where this run has no such
    thing, or too few draws of which it is known."""
    if measurement.against:
        known = result.unions is not None and AT in result.unions.times
        if not known or ("magnesium" in measurement.against and "magnesium" not in result.solutes):
            return None
        values = contrast(result, measurement.against)
        return None if np.isfinite(values).sum() < FEW else (values, measurement.points * np.sqrt(2 / measurement.people))
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
    read = [(m, *found) for m in measurements() if goals and (found := reading(result, m))]
    rng = np.random.default_rng(result.draws.seed)
    values = [_known(result, each) for _, each, _ in read]
    beyond, _ = _beyond_chance(goals, [each + error * rng.standard_normal(len(each)) for each, (*_, error) in zip(values, read)], rng)
    found = [Worth(m.name, m.text, {name: explained(goal, each, error, result.draws.seed) for name, goal in goals.items()}, past)
             for (m, _, error), each, past in zip(read, values, beyond)]
    return tuple(sorted(found, key=lambda w: -max(share.value for share in w.shares.values())))


@lru_cache(maxsize=1)
def single_numbers(result: Result) -> tuple[Worth, ...]:
    """The numbers of the model that would narrow each target most if they were known exactly; only what is more than chance would find."""
    goals = _varying(result)
    keys = [key for key in result.drawn if goals and result.parameters[key].grade != NOT_A_GRADE]
    values = [_known(result, result.drawn[key]) for key in keys]
    beyond, shares = _beyond_chance(goals, values, np.random.default_rng(result.draws.seed))
    best = {i for name in goals for i in np.argsort(-shares[name])[:TOLD] if name in beyond[i]}
    found = [Worth(keys[i], f"grade {result.parameters[keys[i]].grade}",
                   {name: explained(goal, values[i], 0.0, result.draws.seed) for name, goal in goals.items()}, beyond[i]) for i in best]
    return tuple(sorted(found, key=lambda w: (-max(share.value for share in w.shares.values()), w.name)))


def _beyond_chance(goals: dict[str, np.ndarray], readings: list[np.ndarray], rng) -> tuple[list[frozenset[str]], dict[str, np.ndarray]]:
    """(of which targets each reading explains more than chance, {target: (readings,) share explained})."""
    if not readings:
        return [], {name: np.empty(0) for name in goals}
    good = [np.isfinite(each) for each in readings]
    shares, most = {}, {}
    for name, goal in goals.items():
        known = np.isfinite(goal)
        both = [known & those for those in good]
        spaces = [_space(each[those]) for each, those in zip(readings, both)]
        share = lambda y, both=both, spaces=spaces: np.array([_fitted(y[those], space) for those, space in zip(both, spaces)])
        shares[name], chance, shuffled = share(goal), [], goal.copy()
        for _ in range(SHUFFLED):
            shuffled[known] = rng.permutation(goal[known])
            chance.append(share(shuffled).max())
        most[name] = np.quantile(chance, 0.95)
    return [frozenset(name for name in goals if shares[name][i] > most[name]) for i in range(len(readings))], shares


def people_in_each_arm(result: Result) -> tuple[float, ...]:
    """People that a blinded trial needs in each of two arms to find magnesium's part after 20 min with a chance of 0.8; inf for more than
    MOST_PEOPLE. A trial sees a mean over people: where several people were drawn, if that is as small as in one draw of twenty of what is
    not known, middling, as large as in one of twenty; else for the mean of all draws alone. Empty where it cannot be told."""
    values = targets(result).get(PART)
    means = np.empty(0) if values is None else _known(result, values)
    means = means[np.isfinite(means)]
    if len(means) < FEW:
        return ()
    part = np.quantile(means, feeling.LEVELS) if result.draws.people > 1 else means.mean(keepdims=True)
    people = people_needed(np.maximum(part, 0.0), blinded_trial().points, groups=2).astype(float)
    return tuple(float(n) for n in np.where(people >= MOST_PEOPLE, np.inf, people))


def _known(result: Result, values: np.ndarray) -> np.ndarray:
    """(draws of what is not known,) means over people: a study tells of people in general; nan is left out of a mean."""
    table = values.reshape(-1, result.draws.people)
    with np.errstate(invalid="ignore"):
        good = np.isfinite(table)
        return np.where(good.any(1), np.where(good, table, 0.0).sum(1) / np.maximum(good.sum(1), 1), np.nan)


def _varying(result: Result) -> dict[str, np.ndarray]:
    """{target: (draws of what is not known,)}, amounts on the logarithm; those that vary, if there are draws enough."""
    if result.draws.size // result.draws.people < FEW:
        return {}
    found = {}
    for name, values in targets(result).items():
        values = _known(result, values)
        if name.endswith(PASSES) and (values[np.isfinite(values)] > 0).all():
            values = np.log(values)                           # amounts spread by factors, points by differences
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
    doubt = T90 * np.sqrt((PARTS - 1) * np.mean((without - without.mean()) ** 2))
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
