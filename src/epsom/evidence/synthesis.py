"""What a body of studies says about its outcome: study by study, pooled where that is sound, and where not, why not.

Studies are pooled only if the body calls them alike, they came by the route of its question, their numbers can be computed with, nothing in
the register speaks against it, and there are two of them at least. Everything else is told one by one with its reasons, as SWiM
(Campbell et al. 2020) asks. A published meta-analysis is told as its authors', never pooled again.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np

from epsom.core.digits import scaled_digits
from epsom.evidence.bodies import Body, Entry
from epsom.evidence.effects import Effects, mean_differences, standardised_mean_differences
from epsom.evidence.grading import Direction, Grade, Size, statement
from epsom.evidence.pooling import FEWEST, METHODS, Pooled, pooled
from epsom.evidence.studies import REVIEWS, Effect, Outcome

Z975 = 1.959963984540054
MAIN = "REML"
SMD = "standardised mean difference"
RATIOS = ("risk ratio",)
CRITICAL = "critical"
CONTRASTS: tuple[Effect, ...] = ("favours magnesium", "no difference", "favours control")
REASONS = {
    "no spread reported": "no spread is told, so its effect has no interval",
    "no control": "nobody without magnesium to compare with",
    "no test between arms": "the arms are not compared with each other",
    "other route": "magnesium came another way than the question asks",
    "other outcome": "looks at another outcome",
    "results not posted": "its results were never told",
    "duplicate": "counts people of another study again",
    "numbers not read": "its numbers stand in a full text or registry that was not read",
    "numbers in doubt": "its numbers contradict themselves or cannot be",
    "magnesium not separated": "something else differs between the arms besides magnesium",
    "already pooled": "a review that pools trials itself",
    "not a trial": "no trial",
    "critical risk of bias": "critical risk of bias",
    "paired numbers not told": "a crossover told as if its arms were different people",
    "nothing to compute with": "no mean with spread, nor a difference with interval, for this outcome",
    "nothing alike": "no other study here with usable numbers compares the same",
    "no common measure": "its effect and those of studies like it are told in measures that cannot be brought together",
}
NONE_OF_IT = "no two studies compare the same thing with usable numbers"
Leaning = Literal["toward magnesium", "toward control"]


@dataclass(frozen=True)
class StudyEffect:
    """The effect of one study: a difference (magnesium less control) or a ratio, with its 95 % interval."""

    measure: str
    value: float
    low: float
    high: float
    unit: str | None = None

    @property
    def on_scale(self) -> tuple[float, float]:
        """(value, standard error) where studies are averaged: ratios as logarithms."""
        scale = math.log if self.measure in RATIOS else float
        return scale(self.value), (scale(self.high) - scale(self.low)) / (2 * Z975)

    @property
    def null(self) -> float:
        """What it is where magnesium makes no difference."""
        return 1.0 if self.measure in RATIOS else 0.0

    @property
    def excludes_null(self) -> bool:
        """Whether the interval leaves out no difference."""
        return not self.low <= self.null <= self.high

    @property
    def text(self) -> str:
        """As in "risk ratio 0.31 (0.21 to 0.45)"."""
        number = f"{scaled_digits(self.value)} ({scaled_digits(self.low)} to {scaled_digits(self.high)})"
        return f"{self.measure} {number}{f' {self.unit}' if self.unit else ''}"


@dataclass(frozen=True)
class Line:
    """One study in a synthesis.

    Attributes
    ----------
    id, who, design, people, what, when, numbers : as the register has them; `people` of this outcome, or of the study.
    direction : what the study says of the contrast with its control.
    leans : the side on which its effect lies, however little; None where no effect can be computed.
    effect : None where nothing can be computed.
    assumed : whether the sizes of its arms are assumed.
    tool, risk_of_bias : by which tool, and how high.
    because : keys of REASONS why it is not pooled; none where it is.
    """

    id: str
    who: str
    design: str
    people: int | None
    what: str
    when: str | None
    numbers: str
    direction: Effect
    leans: Leaning | None
    effect: StudyEffect | None
    assumed: bool
    tool: str
    risk_of_bias: str
    because: tuple[str, ...]
    note: str | None

    @property
    def is_review(self) -> bool:
        """Whether it counts other studies."""
        return self.design in REVIEWS


@dataclass(frozen=True)
class Together:
    """Studies that were pooled: what they compare, in which measure, which they are, and what they say by each method."""

    alike: str
    measure: str
    unit: str | None
    ids: tuple[str, ...]
    by_method: dict[str, Pooled]

    @property
    def logarithmic(self) -> bool:
        """Whether `by_method` is of logarithms."""
        return self.measure in RATIOS

    @property
    def effect(self) -> StudyEffect:
        """By restricted likelihood, with Hartung and Knapp's interval, or the normal one where studies agree by chance and that is wider."""
        found = self.by_method[MAIN]
        back = math.exp if self.logarithmic else float
        low, high = min(found.knapp.low, found.interval.low), max(found.knapp.high, found.interval.high)
        return StudyEffect(self.measure, back(found.estimate), back(low), back(high), self.unit)


@dataclass(frozen=True)
class Synthesis:
    """What a body says.

    Attributes
    ----------
    lines : its studies, in the order of their ids.
    together : what could be pooled; empty where nothing could.
    because : why nothing was pooled; empty where something was.
    answer : the estimate that answers: of studies pooled here, or of a published meta-analysis (`answer_from` says whose); or None.
    direction, size : computed from that, or from what the studies' contrasts have in common.
    grade, statement : how certain, and the sentence that follows.
    cautions : where the judgement of imprecision is milder than the interval of the answer.
    """

    body: Body
    lines: tuple[Line, ...]
    together: tuple[Together, ...]
    because: tuple[str, ...]
    answer: StudyEffect | None
    answer_from: str | None
    direction: Direction
    size: Size
    grade: Grade
    statement: str
    cautions: tuple[str, ...]

    @property
    def directions(self) -> dict[str, int]:
        """How many studies say what; reviews are left out, for they count others."""
        return dict(Counter(line.direction for line in self.lines if not line.is_review))

    @property
    def people(self) -> int:
        """People of the published meta-analysis that answers, else of the trials that told a result, else of reviews of different trials."""
        told = [line for line in self.lines if line.direction != "not reported" and "duplicate" not in line.because]
        counted = ([line for line in told if line.id == self.answer_from] or [line for line in told if not line.is_review] or told)
        return sum(line.people or 0 for line in counted)


def synthesis(body: Body) -> Synthesis:
    """Everything that the body says; deterministic, and the same for any order of its studies."""
    entries = sorted(body.studies, key=lambda entry: entry.id)
    effects = {entry.id: effect_of(entry.found) for entry in entries}
    against = {entry.id: reasons(body, entry, effects[entry.id]) for entry in entries}
    alike = _alike([entry for entry in entries if not against[entry.id]])
    together = tuple(found for what in sorted(alike) if (found := _group(what, alike[what], effects)))
    for entry in entries:
        if not against[entry.id] and not any(entry.id in group.ids for group in together):
            against[entry.id] = ("no common measure" if entry.alike in alike else "nothing alike",)
    lines = tuple(_line(body, entry, effects[entry.id], against[entry.id]) for entry in entries)
    answer, whose = _answer(body, together, effects)
    direction = _direction(body, answer, lines)
    size = _size(body, answer, direction)
    grade = body.grade.as_grade()
    return Synthesis(body, lines, together, () if together else _why_not(lines), answer, whose, direction, size, grade,
                     statement(body.intervention, body.outcome, grade.level, direction, size), _cautions(body, answer, grade))


# ---- study by study --------------------------------------------------------------------------------------------------
def effect_of(outcome: Outcome) -> StudyEffect | None:
    """From a told difference, or from two arms as the difference of their means."""
    if outcome.difference is not None:
        told = outcome.difference
        return StudyEffect(told.kind, told.value, told.low, told.high, outcome.unit if told.kind == "mean difference" else None)
    if outcome.magnesium is None:
        return None
    found = mean_differences(*_arms(outcome))
    value, reach = float(found.values[0]), Z975 * math.sqrt(found.variances[0])
    return StudyEffect("mean difference", value, value - reach, value + reach, outcome.unit)


def _arms(outcome: Outcome) -> list[tuple[float, ...]]:
    return [(number,) for arm in (outcome.magnesium, outcome.control) for number in (arm.mean, arm.sd, arm.people)]


def reasons(body: Body, entry: Entry, effect: StudyEffect | None) -> tuple[str, ...]:
    """Keys of REASONS that speak against pooling this study here, without regard to the others."""
    study, outcome = entry.study, entry.found
    found = [reason for reason in study.pooling.because if reason not in ("other route", "other outcome")]
    if outcome.effect == "other comparison":
        found.append("magnesium not separated")
    if outcome.effect == "change without control":
        found.append("no control")
    if outcome.effect == "not reported" and not found:
        found.append("numbers not read")
    if study.route != body.route:
        found.append("other route")
    if study.design in REVIEWS:
        found.append("already pooled")
    if study.risk_of_bias.overall == CRITICAL:
        found.append("critical risk of bias")
    if study.design != "randomised parallel" and outcome.magnesium is not None:
        found.append("paired numbers not told")
    if effect is None and not found:
        found.append("nothing to compute with")
    return tuple(dict.fromkeys(found))


def _line(body: Body, entry: Entry, effect: StudyEffect | None, because: tuple[str, ...]) -> Line:
    study, outcome = entry.study, entry.found
    in_arms = outcome.magnesium.people + outcome.control.people if outcome.magnesium else None
    return Line(study.id, study.who, study.design, outcome.people or study.people or in_arms, outcome.what, outcome.when, outcome.numbers,
                outcome.effect, _leaning(body, outcome, effect), effect, outcome.people_assumed, study.risk_of_bias.tool,
                study.risk_of_bias.overall, because, entry.note)


def _leaning(body: Body, outcome: Outcome, effect: StudyEffect | None) -> Leaning | None:
    lower = body.lower_is_better if outcome.lower_is_better is None else outcome.lower_is_better
    if effect is None or effect.value == effect.null or outcome.effect not in CONTRASTS:
        return None
    return "toward magnesium" if (effect.value < effect.null) == lower else "toward control"


# ---- together --------------------------------------------------------------------------------------------------------
def _alike(entries: list[Entry]) -> dict[str, list[Entry]]:
    """{what is compared: the studies that compare it}, where there are two or more."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.alike or entry.id, []).append(entry)
    return {alike: found for alike, found in groups.items() if len(found) >= FEWEST}


def _group(alike: str, entries: list[Entry], effects: dict[str, StudyEffect | None]) -> Together | None:
    """Pooled in the measure and unit they share; in standard deviations where units differ and all tell arms; else not at all."""
    ids = tuple(entry.id for entry in entries)
    told = [effects[id] for id in ids]
    if len({(effect.measure, effect.unit) for effect in told}) == 1:
        values, errors = map(np.array, zip(*(effect.on_scale for effect in told)))
        return Together(alike, told[0].measure, told[0].unit, ids, _by_method(Effects(values, errors**2, told[0].measure in RATIOS)))
    if all(entry.found.magnesium is not None for entry in entries):
        arms = zip(*(_arms(entry.found) for entry in entries))
        return Together(alike, SMD, None, ids, _by_method(standardised_mean_differences(*(np.ravel(column) for column in arms))))
    return None


def _by_method(effects: Effects) -> dict[str, Pooled]:
    return {method: pooled(effects, method) for method in METHODS}


def _why_not(lines: tuple[Line, ...]) -> tuple[str, ...]:
    """That nothing was pooled, and every reason with the studies that have it, the commonest first."""
    by_reason: dict[str, list[str]] = {}
    for line in lines:
        for reason in line.because:
            by_reason.setdefault(reason, []).append(line.id)
    ordered = sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0]))
    return (NONE_OF_IT, *(f"{REASONS[reason]} ({', '.join(ids)})" for reason, ids in ordered))


# ---- what follows ----------------------------------------------------------------------------------------------------
def _answer(body: Body, together: tuple[Together, ...], effects: dict[str, StudyEffect | None]) -> tuple[StudyEffect | None, str | None]:
    if body.answer is not None:
        return effects[body.answer], body.answer
    return (together[0].effect, None) if len(together) == 1 else (None, None)


def _direction(body: Body, answer: StudyEffect | None, lines: tuple[Line, ...]) -> Direction:
    """Of the answer; without one, what all contrasts of studies say, if they say the same. Little or no difference is only where an answer is
    smaller than what counts as small: that no study found a difference says nothing of the kind."""
    if answer is not None:
        if body.thresholds is not None and _magnitude(answer) < body.thresholds.small:
            return "no difference"
        if body.thresholds is None and not answer.excludes_null:
            return "unclear"
        return "reduces" if answer.value < answer.null else "increases"
    said = {line.direction for line in lines if line.direction in CONTRASTS}
    if len(said) != 1 or said == {"no difference"}:
        return "unclear"
    return "reduces" if (said == {"favours magnesium"}) == body.lower_is_better else "increases"


def _cautions(body: Body, answer: StudyEffect | None, grade: Grade) -> tuple[str, ...]:
    """An interval that holds a change that counts on one side of none asks for one step for imprecision, on both sides for two."""
    if answer is None or body.thresholds is None or answer.excludes_null:
        return ()
    small = body.thresholds.small
    below, above = (1 / small, small) if answer.measure in RATIOS else (-small, small)
    sides = (answer.low <= below) + (answer.high >= above)
    taken = sum(step.steps for step in grade.steps if step.domain == "imprecision")
    if taken >= sides:
        return ()
    holds = "changes that count both ways" if sides > 1 else "no difference and a change that counts"
    return (f"The interval holds {holds}, which asks for {sides} step{'s' * (sides > 1)} for imprecision; {taken} taken",)


def _magnitude(effect: StudyEffect) -> float:
    return math.exp(abs(math.log(effect.value))) if effect.measure in RATIOS else abs(effect.value)


def _size(body: Body, answer: StudyEffect | None, direction: Direction) -> Size:
    if direction == "no difference":
        return "none"
    if answer is None or body.thresholds is None:
        return "unknown"
    size, limits = _magnitude(answer), body.thresholds
    return "large" if size >= limits.large else "moderate" if size >= limits.moderate else "small"
