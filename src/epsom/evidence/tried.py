"""What the model says of claims, as it was found when this version was made; beside what studies say, and never mixed with it.

Kept in `data/claims_tried.json`, each with the digest of the run and of the numbers behind it (`trying.py` makes and checks them).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from epsom.answer import Share

STORED = "claims_tried.json"
SURE, RARE = 0.9, 0.1        # chances from which on a thing holds, and up to which it does not
MOVED = 0.1                  # of a chance; less is chance itself


class Tried(NamedTuple):
    """What the model says of a claim.

    Attributes
    ----------
    chance : for one person, if what is not known is unfavourable, middling, favourable to the claim (5, 50, 95 %).
    grade : of the weakest number behind it.
    assumed : share of the spread that is assumed of what is read first, or None.
    draws, people : of what is not known, and of people in each.    seed : of the draws.
    digest : of the run, the numbers behind it and what must hold.
    """

    chance: tuple[float, float, float]
    grade: str
    assumed: Share | None
    draws: int
    people: int
    seed: int
    digest: str

    @property
    def answer(self) -> str:
        """One of three: what the model says at most."""
        low, _, high = self.chance
        return "holds" if low >= SURE else "does not hold" if high <= RARE else "hangs on what is not known"

    def sentence(self, what: str) -> str:
        """The model's own fixed phrase of `what` was asked; it says of the question, not of the claim, that it holds."""
        low, middle, high = (f"{100 * c:.0f}" for c in self.chance)
        rests = "" if self.assumed is None else f"; {100 * self.assumed.value:.0f} % of the spread of what is read rests on assumed numbers"
        return (f"In this model, that {what}, {self.answer}: for {middle} of 100 people if what is not known is middling, for {low} if it "
                f"is unfavourable to the claim, for {high} if it is favourable to it. Weakest number behind it: grade {self.grade}{rests}.")

    def as_dict(self) -> dict:
        return {**self._asdict(), "chance": list(self.chance), "assumed": self.assumed and self.assumed._asdict()}


class Verified(NamedTuple):
    """What became of a claim's trial.

    Attributes
    ----------
    before, now : Tried; `before` is None where none was kept.
    touched : whether the run, a number behind it or the test has changed, so that it was run again.
    """

    before: Tried | None
    now: Tried
    touched: bool

    @property
    def moved(self) -> bool:
        """Whether the answer, or a chance by more than chance itself, is another one."""
        if self.before is None:
            return True
        return self.now.answer != self.before.answer or max(abs(a - b) for a, b in zip(self.now.chance, self.before.chance)) > MOVED


@cache
def stored() -> dict[str, Tried]:
    """{claim: what was found when this version was made}."""
    file = files("epsom") / "data" / STORED
    return {key: read(table) for key, table in json.loads(file.read_text("utf-8")).items()} if file.is_file() else {}


def read(table: Mapping) -> Tried:
    """A Tried from its stored form."""
    return Tried(**{**table, "chance": tuple(table["chance"]), "assumed": table["assumed"] and Share(**table["assumed"])})


def written(found: Mapping[str, Tried]) -> str:
    """The content of the stored file."""
    return json.dumps({key: found[key].as_dict() for key in sorted(found)}, indent=1) + "\n"
