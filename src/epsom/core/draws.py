"""Random draws that can be redone one by one.

The score of a parameter in draw i depends only on the seed, the parameter's key, the kind of spread and i. So any chunk
of draws can be repeated alone, adding a parameter moves no other, and two scenarios with the same seed share the scores
of every parameter that they share (paired comparison). Correlated parameters mix the scores of their group.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from epsom.core.correlation import correlated, together
from epsom.core.errors import InputError
from epsom.core.parameter import Parameter

MOST = 1_000_000


@dataclass(frozen=True)
class Draws:
    """How many draws of what.

    Attributes
    ----------
    knowledge : number of draws of what nobody knows.
    people : number of virtual people within each of them; the same ones in each.
    seed : whole number from which every draw follows.
    first : index of the first knowledge draw, so that a chunk can be redone alone.
    without : knowledge draws that are left out, by index.
    """

    knowledge: int = 512
    people: int = 1
    seed: int = 1
    first: int = 0
    without: tuple[int, ...] = ()

    def __post_init__(self):
        for name, least, most in (("knowledge", 1, MOST), ("people", 1, MOST), ("seed", 0, 2**63 - 1), ("first", 0, 2**62)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                raise InputError(f"'{name}' is a whole number from {least} to {most}", "Give one", key=name, value=value)
        if self.knowledge * self.people > MOST:
            raise InputError(f"{self.knowledge} x {self.people} draws are more than {MOST}", "Ask for fewer", key="draws",
                             value=self.knowledge * self.people)

    @property
    def size(self) -> int:
        """Draws in all: people vary fastest."""
        return len(self._known) * self.people

    @property
    def _known(self) -> np.ndarray:
        every = np.arange(self.first, self.first + self.knowledge)
        return every[~np.isin(every, self.without)] if self.without else every

    @property
    def knowledge_index(self) -> np.ndarray:
        """(size,): which knowledge draw each draw belongs to."""
        return np.repeat(self._known, self.people)

    @property
    def person_index(self) -> np.ndarray:
        """(size,): which virtual person; with one person per knowledge draw each draw has a person of its own."""
        if self.people == 1:
            return self.knowledge_index
        return np.tile(np.arange(self.people), len(self._known))

    def values(self, parameters: Mapping[str, Parameter], redrawn: frozenset[str] = frozenset(),
               which: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """Values in SI of every parameter, (size,) each, or only of the draws `which` by position.

        `redrawn` names parameters that are to be drawn from a second, independent stream while all others stay as they
        are (pick-freeze); what is correlated with them is drawn anew with them.
        """
        unknown, person = self.knowledge_index, self.person_index
        if which is not None:
            unknown, person = unknown[which], person[which]
        again = together(redrawn)
        stated = {key: p.person_score for key, p in parameters.items() if p.person_score is not None}

        def stream(kind: str, index: np.ndarray):
            return lambda key: scores(self.seed, f"{kind} again" if key in again else kind, key, index)

        return {key: p.draw(correlated("unknown", key, stream("unknown", unknown), {}),
                            correlated("between_people", key, stream("person", person), stated))
                for key, p in parameters.items()}


def scores(seed: int, kind: str, key: str, index: np.ndarray) -> np.ndarray:
    """Standard normal scores at whole-number `index` (any order, repeats allowed): each index has its own number.

    A counter-based generator (Philox) is keyed by seed, kind and key, and read at the index.
    """
    from scipy.special import ndtri

    digest = hashlib.sha256(f"{seed}|{kind}|{key}".encode()).digest()
    philox = np.random.Philox(key=int.from_bytes(digest[:16], "little"))
    low, high = int(index.min()), int(index.max())
    philox.advance(low // 4)                                  # four 64-bit words for each step of the counter
    words = philox.random_raw(high - 4 * (low // 4) + 1)
    uniform = (words[index - 4 * (low // 4)] >> np.uint64(11)).astype(float) + 0.5
    return ndtri(uniform * 2.0**-53)
