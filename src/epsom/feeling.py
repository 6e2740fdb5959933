"""What a person would feel in a run: relief over time, chances of relief, what else is noticed, and who deserves the credit.

Everything is read from a Result; shares come from the outcome of every coalition of effects (`credit.py`). Numbers are drops of a
pain rating from 0 to 10, before reporting noise.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from epsom import credit
from epsom.answer import Share, assumed_share_as_it_is
from epsom.credit import Coalitions
from epsom.result import Result, between
from epsom.scenario import Scenario

PAIN = "pain_rating"
RATINGS = {"cool_rating": "cool", "warmth_rating": "warm", "sting_rating": "sting", "stiffness_rating": "stiff", "calm_rating": "calm"}
MINUTES = (1, 2, 5, 10, 20, 30, 60)          # at which it is told what is noticed
TIMES = (600.0, 1200.0, 1800.0, 3600.0)      # s; at which credit is shared
# of the listeners in each stretch, for coalitions; twice as many move an outcome by 0.02 points at worst (64 draws, 256 coalitions)
STEPS = 12
LEVELS = (0.05, 0.5, 0.95)
BLOCKS = 10                                  # draws of what is not known, with all their people, from which on an assumed share is told
UNVARYING = 1e-6                             # points; a share that varies by less does not vary
ENOUGH = 20                                  # people from which on a share of them is a chance, and draws of knowledge for its range


class Effect(NamedTuple):
    """An effect that can be switched off; `known` says what measurement it rests on."""

    switch: str
    name: str
    group: str
    text: str
    known: str
    source: str


class Threshold(NamedTuple):
    """What counts as relief: a drop in points, or as a share of the pain at the start."""

    name: str
    source: str
    where: str
    verify: bool
    points: float | None = None
    share: float | None = None

    def reached(self, start: np.ndarray, drop: np.ndarray) -> np.ndarray:
        """Whether drops count, for pain at the start of the same or a broadcast shape."""
        return drop >= (self.points if self.points is not None else self.share * start)

    @property
    def told(self) -> str:
        if self.points is None:
            return f"{self.name} ({100 * self.share:.0f} % of the pain)"
        return f"{self.name} ({self.points:g} point{'' if self.points == 1 else 's'})"


class Range(NamedTuple):
    """5 %, 50 % and 95 % over draws, and the mean with its Monte Carlo error."""

    low: float
    middle: float
    high: float
    mean: float
    error: float


class Chance(NamedTuple):
    """How often relief is reached; by knowledge where enough people were drawn.

    Attributes
    ----------
    threshold : Threshold.
    share : share of all draws, ignorance and people mixed: no chance for a person.
    by_knowledge : chance for a person if what is not known is unfavourable, middling, favourable (5, 50, 95 %), or None.
    first : s until it is first reached, middle of the draws that reach it, or None.
    """

    threshold: Threshold
    share: float
    by_knowledge: tuple[float, float, float] | None
    first: float | None


@cache
def _document() -> Mapping:
    return tomllib.loads((files("epsom") / "data" / "feeling" / "effects.toml").read_text("utf-8"))


@cache
def effects() -> tuple[Effect, ...]:
    """The effects in the order of their bits."""
    return tuple(Effect(**table) for table in _document()["effect"])


@cache
def thresholds() -> tuple[Threshold, ...]:
    """Every named threshold of relief."""
    return tuple(Threshold(**table) for table in _document()["threshold"])


@cache
def groups() -> dict[str, tuple[int, ...]]:
    """{group: its effects by bit}, in the order of their first effect."""
    names = dict.fromkeys(e.group for e in effects())
    return {name: tuple(i for i, e in enumerate(effects()) if e.group == name) for name in names}


@cache
def pairs() -> tuple[tuple[int, int], ...]:
    """Pairs of effects whose interaction is told."""
    names = [e.name for e in effects()]
    return tuple((names.index(a), names.index(b)) for a, b in (table["effects"] for table in _document()["pair"]))


def hurts(scenario: Scenario) -> bool:
    """Whether there is a pain that could fall."""
    return scenario.complaint is not None and scenario.complaint.pain != 0


def asked(scenario: Scenario, draws: int) -> Coalitions | None:
    """What `simulate` is to find of every coalition, for so many draws, and of the unions of groups; None without a pain that could fall."""
    times = np.array([t for t in TIMES if t <= scenario.duration.si])
    if not hurts(scenario) or not len(times) or not draws:
        return None
    return Coalitions(tuple(e.switch for e in effects()), times, (PAIN,), draws, STEPS, tuple(groups().values()))


def felt(result: Result) -> bool:
    """Whether this run says what is felt."""
    return PAIN in result.readouts


def ranged(values: np.ndarray) -> Range:
    """Of (draws,)."""
    return Range(*(float(q) for q in np.quantile(values, LEVELS)), float(values.mean()), float(values.std() / np.sqrt(len(values))))


def drops(result: Result) -> np.ndarray:
    """(draws, times): how far the pain rating has fallen."""
    return result[PAIN][:, :1] - result[PAIN]


def relief(result: Result) -> dict[float, Range]:
    """{time in s: drop of the pain rating} at the reading times within the run."""
    return {t: ranged(between(result.times, drops(result), t)) for t in TIMES if t <= result.times[-1]}


def chances(result: Result) -> list[Chance]:
    """Of relief within the hour, by every threshold."""
    found = []
    for threshold in thresholds():
        there = within_the_hour(result, threshold)
        ever = there.any(1)
        first = float(np.median(result.times[there[ever].argmax(1)])) if ever.any() else None
        found.append(Chance(threshold, float(ever.mean()), by_knowledge(result, ever), first))
    return found


def within_the_hour(result: Result, threshold: Threshold) -> np.ndarray:
    """(draws, times of the first hour): whether it is reached."""
    early, start = result.times <= TIMES[-1], result[PAIN][:, :1]
    return threshold.reached(start, drops(result)[:, early]) & (start > 0)


def holds(result: Result, threshold: Threshold, time: float) -> float:
    """Share of draws in which relief counts at a time in s."""
    return float(threshold.reached(result[PAIN][:, 0], between(result.times, drops(result), time)).mean())


def by_knowledge(result: Result, ever: np.ndarray) -> tuple[float, float, float] | None:
    """Share of people at low, middle and high knowledge, from (draws,); None where too few were drawn."""
    if min(result.draws.people, len(ever) // result.draws.people) < ENOUGH:
        return None
    share = ever.reshape(-1, result.draws.people).mean(1)
    return tuple(float(q) for q in np.quantile(share, LEVELS))


def strongest(result: Result, rating: str) -> tuple[float, Range]:
    """(time in s within the first hour of the run, what it is then) where a rating is strongest on average."""
    early = result.times <= TIMES[-1]
    k = int(result[rating][:, early].mean(0).argmax())
    return float(result.times[k]), ranged(result[rating][:, k])


def noticed(result: Result) -> list[tuple[int, dict[str, Range]]]:
    """[(minutes, {word: rating 0 to 10})] of what a person would notice, besides pain."""
    return [(m, {word: ranged(between(result.times, result[name], 60.0 * m)) for name, word in RATINGS.items()})
            for m in MINUTES if 60.0 * m <= result.times[-1]]


class Group(NamedTuple):
    """What a group of effects contributes: its Owen value, what would be lost without it, and what share of the Owen value's spread rests
    on numbers that are merely assumed (None where nothing varies, nothing is assumed or too few draws are known with all their people)."""

    owen: Range
    last_in: Range
    assumed: Share | None


class Shares(NamedTuple):
    """Who deserves the credit for the drop of a rating at one time.

    Attributes
    ----------
    total : the whole drop.
    course : what happens with every effect off: natural course and fluctuation. Not shared out.
    groups : {group: Group}, from all draws.
    effects : {effect: Shapley value}, from those draws of which every coalition was solved, as all that follows.
    last_in : {effect: what is lost when it alone is switched off}.    first_in : {effect: what it does alone}.
    interactions : {(effect, effect): Shapley interaction index}.
    """

    total: Range
    course: Range
    groups: dict[str, Group]
    effects: dict[str, Range]
    last_in: dict[str, Range]
    first_in: dict[str, Range]
    interactions: dict[tuple[str, str], Range]

    @property
    def trial(self) -> Range:
        """The whole drop less that without the magnesium group: what a trial would see in which nothing differs but what magnesium does to
        nerve. What it does to blood flow and to the film's drying is not in it."""
        return self.groups["magnesium"].last_in


def fallen(result: Result, redrawn: bool = False) -> np.ndarray:
    """(draws, unions of groups, times) how far the pain rating has fallen in every union; nan where it is not known. With `redrawn` of the
    first draws with every assumed number drawn anew."""
    found = (result.unions.redrawn if redrawn else result.unions.outcomes)[PAIN]
    start = result.redrawn[PAIN] if redrawn else result[PAIN]
    return start[: len(found), :1, None] - found


def shares(result: Result) -> dict[float, Shares]:
    """{time in s: Shares} of the pain rating; empty where coalitions were not asked for."""
    if result.credit is None or result.unions is None:
        return {}
    start = result[PAIN][result.credit.which, 0]
    outcomes = start[:, None, None] - result.credit.outcomes[PAIN]
    return {float(t): _shares(result, k, outcomes[..., k]) for k, t in enumerate(result.credit.times)}


def _shares(result: Result, k: int, game: np.ndarray) -> Shares:
    """At the k-th time; `game` is (draws with every coalition, 2^effects)."""
    names, n = [e.name for e in effects()], len(effects())
    by_group = fallen(result)[..., k]
    known = by_group[np.isfinite(by_group).all(1)]
    each = lambda matrix: {name: ranged(game @ row) for name, row in zip(names, matrix)}
    return Shares(ranged(known[:, -1]), ranged(known[:, 0]), {name: _group(result, k, i, known) for i, name in enumerate(groups())},
                  each(credit.shapley(n)), each(credit.last_in(n)), each(credit.first_in(n)),
                  {(names[i], names[j]): ranged(game @ credit.interaction(n, (i, j))) for i, j in pairs()})


def _group(result: Result, k: int, i: int, known: np.ndarray) -> Group:
    """Group i at the k-th time, from (draws that are known, unions)."""
    n = len(groups())
    owen = credit.shapley(n)[i]
    share = None
    if result.unions.redrawn:
        again = fallen(result, True)[..., k] @ owen
        first = (fallen(result)[..., k] @ owen)[: len(again)]
        whole = np.isfinite(first + again).reshape(-1, result.draws.people).all(1)
        if whole.sum() >= BLOCKS and np.ptp(first[whole.repeat(result.draws.people)]) > UNVARYING:
            these = whole.repeat(result.draws.people)
            share = assumed_share_as_it_is(first[these], again[these], result.draws.seed, result.draws.people)
    return Group(ranged(known @ owen), ranged(known @ credit.last_in(n)[i]), share)


def with_and_without(result: Result) -> list[tuple[Threshold, float, float]]:
    """[(threshold, share of draws that reach it at a reading time, the same without magnesium's effects)]."""
    if result.unions is None:
        return []
    return [(t, *(float(reached.mean()) for reached in _both(result, t)[1:])) for t in thresholds()]


def _both(result: Result, threshold: Threshold) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(draws that are known, whether each reaches it at a reading time with everything on, and without magnesium's effects)."""
    everything = 2 ** len(groups()) - 1
    off = everything - (1 << list(groups()).index("magnesium"))
    drop = fallen(result)
    known = np.flatnonzero(np.isfinite(drop).all((1, 2)))
    start = result[PAIN][known, :1]
    return known, *(threshold.reached(start, drop[known, k]).any(1) for k in (everything, off))


def of_a_hundred(result: Result) -> list[tuple[str, float, float]]:
    """[(of what, share that reaches the first threshold at a reading time, the same without magnesium's effects)].

    Of one person's hundred chances if what is not known is unfavourable, middling and favourable, where there are ENOUGH people in ENOUGH
    draws of knowledge; else of all draws, which mix both. Empty without coalitions.
    """
    if result.unions is None:
        return []
    which, *both = _both(result, thresholds()[0])
    known, people = np.unique(which // result.draws.people, return_counts=True)
    if min(result.draws.people, len(known)) < ENOUGH or 2 * people.min() < result.draws.people:     # half of the people are known in each
        return [("of 100 draws", *(float(reached.mean()) for reached in both))]
    place = np.searchsorted(known, which // result.draws.people)
    chance = [np.bincount(place, reached) / people for reached in both]
    return [(f"of 100 people, {name} knowledge", *(float(np.quantile(c, level)) for c in chance))
            for name, level in zip(("unfavourable", "middling", "favourable"), LEVELS)]
