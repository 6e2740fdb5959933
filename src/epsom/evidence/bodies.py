"""Bodies of evidence, `data/bodies_of_evidence/*.toml`: one question and one outcome each, the studies on it, how certain they leave us.

| key | what it is |
|---|---|
| `title` `question` `population` `intervention` `comparator` `outcome` | in words; sentences are made from `intervention` and `outcome` |
| `lower_is_better` | whether less of the outcome is what magnesium would be for |
| `route` | the way by which magnesium comes in this question; a study that came another way is never pooled here |
| `answer` | id of the published meta-analysis whose estimate answers, where there is one |
| `thresholds` | from which effect on it is small, moderate, large: in the unit of the answer, for ratios as ratios above 1 |
| `studies` | list: `id`, `outcome` (and `when`, where it is there more than once) as in the register; `alike`: what was compared; `note` |
| `grade` | `design` it starts with, and `steps`: `domain`, `steps`, `reason`, `judged` (on an abstract, a full text, or assumed) |

Entries repeat the words of `alike` if and only if they compared the same. Directions, sizes, sentences and reasons not to pool are computed
from these (synthesis.py), not written.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from epsom.core.errors import DataError, EpsomError, InputError, nearest
from epsom.core.parameter import folder, names
from epsom.evidence.grading import Grade, Judged, Step
from epsom.evidence.studies import RANDOMISED, REVIEWS, Outcome, Route, Study, studies
from epsom.schema import Part, build, refusal

FOLDER = "bodies_of_evidence"
MOST_TEXT = 600

Text = Annotated[str, Field(min_length=1, max_length=MOST_TEXT)]


class Entry(Part):
    """One outcome of one study of the register, in a body."""

    id: str
    outcome: Text
    when: Text | None = None
    alike: Text | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _stands_in_the_register(self):
        every = studies()
        if self.id not in every:
            raise refusal(f"there is no study '{self.id}'", nearest(self.id, every), "id")
        found = _outcomes(every[self.id], self.outcome, self.when)
        if not found:
            raise refusal(f"{self.id} has no such outcome", nearest(self.outcome, [o.what for o in every[self.id].outcomes]), "outcome")
        if len(found) > 1:
            raise refusal(f"{self.id} has this outcome at several times", nearest("", [o.when or "" for o in found]), "when")
        return self

    @property
    def study(self) -> Study:
        """As the register has it."""
        return studies()[self.id]

    @property
    def found(self) -> Outcome:
        """The outcome as the register has it."""
        return _outcomes(self.study, self.outcome, self.when)[0]


def _outcomes(study: Study, what: str, when: str | None) -> list[Outcome]:
    return [o for o in study.outcomes if o.what == what and when in (None, o.when)]


class StepPart(Part):
    """One judgement of GRADE as a document has it."""

    domain: str
    steps: int
    reason: Text
    judged: Judged


class GradePart(Part):
    """How certain a body is, as a document has it."""

    design: str
    steps: tuple[StepPart, ...]

    @model_validator(mode="after")
    def _is_sound(self):
        try:
            self.as_grade()
        except DataError as error:
            raise refusal(error.what, error.do, error.key) from error
        return self

    def as_grade(self) -> Grade:
        """With its level."""
        return Grade(self.design, tuple(Step(s.domain, s.steps, s.reason, s.judged) for s in self.steps))


class Thresholds(Part):
    """From which effect on a difference counts as small, moderate and large; for ratios, as ratios above 1."""

    small: float = Field(gt=0.0, allow_inf_nan=False)
    moderate: float = Field(gt=0.0, allow_inf_nan=False)
    large: float = Field(gt=0.0, allow_inf_nan=False)
    reason: Text
    judged: Judged

    @model_validator(mode="after")
    def _rise(self):
        if not self.small < self.moderate < self.large:
            raise refusal("small, moderate and large are to rise", "Put them in order", "small")
        return self


class Body(Part):
    """One question and one outcome; the meaning of the keys stands at the head of this file."""

    name: str
    title: Text
    question: Text
    population: Text
    intervention: Text
    comparator: Text
    outcome: Text
    lower_is_better: bool
    route: Route
    answer: str | None = None
    thresholds: Thresholds | None = None
    studies: Annotated[tuple[Entry, ...], Field(min_length=1)]
    grade: GradePart

    @model_validator(mode="after")
    def _hangs_together(self):
        ids = [entry.id for entry in self.studies]
        if twice := [id for id in ids if ids.count(id) > 1]:
            raise refusal(f"{twice[0]} stands twice, and its people would count twice", "Keep one of its outcomes", "studies")
        if self.answer is not None:
            entry = next((e for e in self.studies if e.id == self.answer), None)
            if entry is None or entry.study.design not in REVIEWS or entry.found.difference is None:
                raise refusal("the answer is no meta-analysis of this body with an estimate", "Name one, or leave it out", "answer")
        _check_overlaps(self.studies)
        if self.grade.design == "randomised" and not any(e.study.design in (*RANDOMISED, *REVIEWS) for e in self.studies):
            raise refusal("no study of this body is randomised", "Start as observational", "grade.design")
        return self


def _check_overlaps(entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        both = [e.id for e in entries if e.alike and e.alike == entry.alike and e.id in entry.study.overlaps]
        if both:
            raise refusal(f"{entry.id} and {both[0]} count the same people and are called alike", "Call only one of them so", "studies")


@cache
def bodies() -> dict[str, Body]:
    """{name: body} of all that ship. Raises InputError (file, key, value) where one breaks a rule."""
    return {name: _read(name, (folder(FOLDER) / f"{name}.toml").read_text("utf-8"), f"{name}.toml") for name in names(FOLDER)}


def body(wanted: str) -> Body:
    """One that ships, by its name, or one of your own by its file (.toml). Raises InputError."""
    if wanted.endswith(".toml"):
        try:
            return _read(Path(wanted).stem, Path(wanted).read_text("utf-8"), wanted)
        except (OSError, UnicodeDecodeError) as error:
            raise InputError("this file cannot be read as text", "Name another one", file=wanted) from error
    if wanted not in names(FOLDER):
        raise InputError(f"there is no body of evidence '{wanted}'", nearest(wanted, names(FOLDER)), value=wanted)
    return bodies()[wanted]


def _read(name: str, text: str, file: str) -> Body:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"this is no TOML: {error}", "Correct it", file=file) from error
    try:
        return build(Body, {**table, "name": name}, file)
    except EpsomError as error:
        raise error.at(file) from error
