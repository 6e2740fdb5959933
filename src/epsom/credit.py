"""Who deserves the credit: shares of an outcome among effects that can be switched off, from the outcome of every coalition.

An outcome v is known for each set of effects that are left on; sets are numbered by their bits, effect i being bit i. All answers
are linear in v, so each is a matrix. Nothing here knows what the effects are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import comb
from typing import NamedTuple

import numpy as np


class Coalitions(NamedTuple):
    """What is wanted of every coalition of effects.

    Attributes
    ----------
    effects : parameter keys of the switches, 1 for on and 0 for off.
    times : (times,) s, rising; the run of the listeners ends with the last.
    watched : variables of listeners.
    draws : of how many draws; of different ones of what is not known as far as there are so many.
    steps : steps in each stretch between events.
    groups : groups of effects by bit; the outcome of every union of them is found of all draws of the run.
    only : numbers of the coalitions that are solved; every one if there are none.
    """

    effects: tuple[str, ...]
    times: np.ndarray
    watched: tuple[str, ...]
    draws: int
    steps: int
    groups: tuple[tuple[int, ...], ...] = ()
    only: tuple[int, ...] = ()

    @property
    def of_groups(self) -> Coalitions | None:
        """The unions of the groups alone; None where there are no groups."""
        return self._replace(only=unions(self.groups)) if self.groups else None

    @property
    def settings(self) -> np.ndarray:
        """(coalitions that are solved, effects): 1 where an effect is on."""
        every = coalitions(len(self.effects))
        return every[list(self.only)] if self.only else every

    @property
    def shape(self) -> tuple[int, int, int]:
        """(coalitions, times, watched) of what is found of a draw."""
        return len(self.settings), len(self.times), len(self.watched)

    def among(self, knowledge: int, people: int) -> np.ndarray:
        """Positions of these draws among all: one person of each draw of what is not known in turn, then the next."""
        k, n = np.arange(knowledge), min(self.draws, knowledge * people)
        rounds = [k * people + (k + more) % people for more in range(-(-n // knowledge))]
        return np.sort(np.concatenate(rounds)[:n])


def coalitions(effects: int) -> np.ndarray:
    """(2^effects, effects): 1 where an effect is on, for every set of effects in the order of their numbers."""
    return (np.arange(2 ** effects)[:, None] >> np.arange(effects)) & 1


@cache
def shapley(effects: int) -> np.ndarray:
    """(effects, 2^effects): Shapley value of each effect (Shapley 1953), the mean of what it adds over all orders of arrival.

    They sum to the outcome with everything on less that with everything off.
    """
    return owen(effects, tuple((i,) for i in range(effects)))


@cache
def owen(effects: int, groups: tuple[tuple[int, ...], ...]) -> np.ndarray:
    """(effects, 2^effects): Owen value of each effect (Owen 1977): as Shapley's, over orders in which groups arrive whole.

    The values of a group's effects sum to the Shapley value of the group among groups.
    """
    if sorted(i for group in groups for i in group) != list(range(effects)):
        raise ValueError("each effect belongs to one group")
    found = np.zeros((effects, 2 ** effects))
    for k, group in enumerate(groups):
        others = [_number(other) for j, other in enumerate(groups) if j != k]
        for i in group:
            friends = [1 << j for j in group if j != i]
            for before, size in _joined(others):
                for inside, joined in _joined(friends):
                    weight = 1 / (len(groups) * comb(len(others), size)) / (len(group) * comb(len(friends), joined))
                    found[i, before | inside | 1 << i] += weight
                    found[i, before | inside] -= weight
    return found


def unions(groups: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Numbers of the coalitions in which groups are on as a whole; union k has group j on where bit j of k is 1."""
    return tuple(sum(_number(group) for j, group in enumerate(groups) if k >> j & 1) for k in range(2 ** len(groups)))


@cache
def last_in(effects: int) -> np.ndarray:
    """(effects, 2^effects): what is lost when an effect alone is switched off."""
    return _differences(effects, 2 ** effects - 1)


@cache
def first_in(effects: int) -> np.ndarray:
    """(effects, 2^effects): what an effect does when nothing else is on."""
    return _differences(effects, 0)


def interaction(effects: int, pair: tuple[int, int]) -> np.ndarray:
    """(2^effects,): Shapley interaction index of a pair (Grabisch & Roubens 1999): what they do together beyond the sum of each,
    averaged over orders in which they arrive as one. Negative where one makes the other superfluous."""
    i, j = (1 << k for k in pair)
    found = np.zeros(2 ** effects)
    for rest, size in _joined([1 << k for k in range(effects) if k not in pair]):
        weight = 1 / ((effects - 1) * comb(effects - 2, size))
        for sign, joined in ((1, i | j), (-1, i), (-1, j), (1, 0)):
            found[rest | joined] += sign * weight
    return found


def without(effects: int, group: Sequence[int]) -> np.ndarray:
    """(2^effects,): everything on less the same without a group: what a trial with an otherwise equal control would see."""
    found = np.zeros(2 ** effects)
    found[-1] += 1
    found[(2 ** effects - 1) & ~_number(group)] -= 1
    return found


def _number(members: Sequence[int]) -> int:
    return sum(1 << i for i in members)


def _joined(parts: list[int]) -> list[tuple[int, int]]:
    """(union, how many) of every set of these parts."""
    found = [(0, 0)]
    for part in parts:
        found += [(union | part, size + 1) for union, size in found]
    return found


def _differences(effects: int, start: int) -> np.ndarray:
    found = np.zeros((effects, 2 ** effects))
    for i in range(effects):
        found[i, start | 1 << i] += 1
        found[i, start & ~(1 << i)] -= 1
    return found


@dataclass(frozen=True)
class Credit:
    """The outcome of every coalition of effects, for some draws of a run.

    Attributes
    ----------
    effects : parameter keys of the switches, in the order of the bits.
    times : (times,) s at which outcomes are known.
    which : (draws,) positions among the run's draws.
    outcomes : {variable: (draws, 2^effects, times)}.
    """

    effects: tuple[str, ...]
    times: np.ndarray
    which: np.ndarray
    outcomes: dict[str, np.ndarray]


@dataclass(frozen=True)
class Unions:
    """The outcome of every union of groups of effects, for all draws of a run.

    Attributes
    ----------
    groups : groups of effects by bit.
    times : (times,) s at which outcomes are known.
    outcomes : {variable: (draws, 2^groups, times)}; nan for a draw of which it is not known.
    redrawn : the same with every assumed number drawn anew, of the first draws; none where nothing is assumed.
    """

    groups: tuple[tuple[int, ...], ...]
    times: np.ndarray
    outcomes: dict[str, np.ndarray]
    redrawn: dict[str, np.ndarray]
