"""GRADE: how certain a body of studies makes us of one outcome, and the sentence that follows from it.

The level starts with the design and moves by whole steps, each with its reason. Sentences are made from certainty, direction and size by a
table, in the manner of GRADE guidelines 26 (Santesso et al. 2020); nobody types one. None of these words is used for what the model answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from epsom.core.errors import DataError

Level = Literal["very low", "low", "moderate", "high"]
Direction = Literal["reduces", "increases", "no difference", "unclear"]
Size = Literal["large", "moderate", "small", "none", "unknown"]
Judged = Literal["abstract", "full text", "assumed"]

LEVELS: tuple[Level, ...] = ("very low", "low", "moderate", "high")
SYMBOLS = dict(zip(LEVELS, ("⊕◯◯◯", "⊕⊕◯◯", "⊕⊕⊕◯", "⊕⊕⊕⊕")))
STARTS: dict[str, Level] = {"randomised": "high", "observational": "low"}
DOWN = ("risk of bias", "inconsistency", "indirectness", "imprecision", "publication bias")
UP = ("large effect", "dose response", "confounding toward no effect")
MOST = {domain: 2 for domain in DOWN} | {"large effect": 2, "dose response": 1, "confounding toward no effect": 1}
SERIOUS = {1: "serious", 2: "very serious"}


@dataclass(frozen=True)
class Step:
    """One judgement.

    Attributes
    ----------
    domain : of DOWN or UP.
    steps : how many levels, 0 to 2.
    reason : why, also where nothing was taken off.
    judged : on what: an abstract, the full text, or assumed.
    """

    domain: str
    steps: int
    reason: str
    judged: Judged

    @property
    def text(self) -> str:
        """As in "risk of bias: serious (no sham)"."""
        weight = SERIOUS.get(self.steps, "not serious") if self.domain in DOWN else f"up by {self.steps}"
        return f"{self.domain}: {weight} ({self.reason})"


@dataclass(frozen=True)
class Grade:
    """Certainty of one outcome: where it starts, every step, and where it ends."""

    design: str
    steps: tuple[Step, ...]

    def __post_init__(self):
        _check(self.design, self.steps)

    @property
    def start(self) -> Level:
        """The level that the design begins with."""
        return STARTS[self.design]

    @property
    def level(self) -> Level:
        """The level after all steps, never below very low nor above high."""
        moved = LEVELS.index(self.start) + sum(step.steps if step.domain in UP else -step.steps for step in self.steps)
        return LEVELS[min(max(moved, 0), len(LEVELS) - 1)]

    @property
    def judged(self) -> Judged:
        """The weakest ground of any step that was taken."""
        order = ("assumed", "abstract", "full text")
        return min((step.judged for step in self.steps), key=order.index, default="assumed")


def _check(design: str, steps: Iterable[Step]) -> None:
    steps = tuple(steps)
    if design not in STARTS:
        raise DataError("a body starts as one of randomised or observational studies", "Write one of them", key="design", value=design)
    for step in steps:
        if step.domain not in MOST:
            raise DataError("GRADE has no such domain", f"Known: {', '.join(MOST)}", key="domain", value=step.domain)
        if not 0 <= step.steps <= MOST[step.domain]:
            raise DataError(f"{step.domain} moves certainty by 0 to {MOST[step.domain]}", "Correct the steps", key="steps", value=step.steps)
        if not step.reason.strip():
            raise DataError(f"{step.domain} has no reason", "Say why", key="reason")
    named = [step.domain for step in steps]
    if missing := [domain for domain in DOWN if named.count(domain) != 1]:
        raise DataError(f"each of the five domains is judged once; see {missing[0]}", "Write 0 steps and a reason where nothing is taken off",
                        key="domain")
    if any(s.steps for s in steps if s.domain in UP) and any(s.steps for s in steps if s.domain in DOWN):
        raise DataError("certainty is not raised where something lowers it", "Take out the steps up", key="domain")


# ---- sentences -------------------------------------------------------------------------------------------------------
MODAL = {"high": "", "moderate": "probably ", "low": "may "}
VERBS = {("reduces", True): "reduces", ("reduces", False): "reduce", ("increases", True): "increases", ("increases", False): "increase"}
NOUNS = {"reduces": "a large reduction in", "increases": "a large increase in"}
TAILS = {"small": " slightly", "moderate": "", "unknown": ""}
UNSIZED = "; by how much is not known"


def statement(what: str, outcome: str, level: Level, direction: Direction, size: Size) -> str:
    """What may be said: `what` and `outcome` are nouns, as in "Magnesium gel" and "muscle soreness after 24 h".

    Certainty gives the verb, size and direction what follows; a size without a direction, or "none" with one, is refused.
    """
    if level == "very low":
        return f"The evidence is very uncertain about the effect of {lower_first(what)} on {outcome}."
    if direction == "unclear":
        raise DataError("certainty above very low, and no direction to be certain of",
                        "Lower it (studies that point both ways are inconsistent, no estimate is imprecise), or give thresholds", key="grade")
    if (direction == "no difference") != (size == "none"):
        raise DataError("no difference has the size none, and only that", "Correct one of them", key="size", value=size)
    plain = level != "low"                            # "reduces", "probably reduces", but "may reduce"
    if direction == "no difference":
        return f"{what} {MODAL[level]}{'makes' if plain else 'make'} little or no difference to {outcome}."
    if size == "large":
        return f"{what} {MODAL[level]}{'results' if plain else 'result'} in {NOUNS[direction]} {outcome}."
    return f"{what} {MODAL[level]}{VERBS[direction, plain]} {outcome}{TAILS[size]}{UNSIZED if size == 'unknown' else ''}."


def lower_first(text: str) -> str:
    """With a small first letter, for the middle of a sentence."""
    return text[:1].lower() + text[1:]
