"""What else could be done to the same person: the scenario with other hands, other products, a current or a needle, on the same draws.

It makes an answer about magnesium credible, or not: what plain water and a rub do as well is no work of magnesium.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

from epsom import answer, feeling
from epsom.core import units
from epsom.core.draws import Draws
from epsom.core.errors import EpsomError, InputError, SolveError, nearest
from epsom.feeling import Range
from epsom.paired import ready
from epsom.result import Result, between
from epsom.safety import Gate
from epsom.scenario import Scenario
from epsom.simulation import simulate

DURATION = "1 h"
AS_IT_IS = "as it is"
Progress = Callable[[int, int], None]


class Intervention(NamedTuple):
    """One thing that could be done; see `data/feeling/interventions.toml`."""

    name: str
    text: str
    product: str | None = None
    keep: Sequence[str] | None = None
    steps: Sequence[Mapping] = ()
    parameters: Mapping[str, str] = {}
    noticed: bool = True

    def done(self, steps: Sequence[Mapping]) -> list[dict]:
        """The steps with this intervention: those that stay, or else its own."""
        if self.steps and self.keep is None:
            return [dict(step) for step in self.steps]
        kept = [{key: value for key, value in step.items() if key == "at" or self.keep is None or key in self.keep} for step in steps]
        return [step for step in kept if len(step) > 1] or [dict(step) for step in self.steps]


class Outcome(NamedTuple):
    """What came of one: drops of the pain rating at feeling.TIMES, and how much less or more than with the scenario as it is.

    Attributes
    ----------
    drops, against : {time in s: Range}; `against` is draw by draw, empty for the scenario itself.
    reached : share of draws in which the first threshold of relief is reached within the hour.
    draws : in how many draws; those that could be solved in every case.
    gates : safety gates that stand open.
    alarms : plain warnings that follow from the numbers.
    """

    intervention: Intervention
    drops: Mapping[float, Range]
    against: Mapping[float, Range]
    reached: float
    draws: int
    gates: tuple[Gate, ...]
    alarms: tuple[str, ...]


@cache
def interventions() -> tuple[Intervention, ...]:
    """All that ship."""
    return tuple(Intervention(**table) for table in
                 tomllib.loads((files("epsom") / "data" / "feeling" / "interventions.toml").read_text("utf-8"))["intervention"])


def chosen(names: Sequence[str]) -> tuple[Intervention, ...]:
    """The interventions of these names, all without any; raises InputError for an unknown or repeated one."""
    by = {one.name: one for one in interventions()}
    for name in names:
        if name not in by:
            raise InputError(f"there is no intervention '{name[:40]}'", nearest(name, by), key="of", value=name[:40])
        if list(names).count(name) > 1:
            raise InputError("each intervention once", "Leave out the repetition", key="of", value=name)
    return tuple(by[name] for name in names) or interventions()


def changed(scenario: Scenario, one: Intervention) -> Scenario:
    """The first hour of the scenario with another intervention.

    Raises
    ------
    InputError : nothing hurts, so that there is no relief to compare.
    """
    if not feeling.hurts(scenario):
        raise InputError("nothing hurts in this scenario, so there is no relief to compare", 'State a [complaint] with a kind and a pain',
                         key="complaint")
    tables: dict[str, Any] = scenario.tables()
    within = [step for step in tables["steps"] if _seconds(step["at"]) < _seconds(DURATION)]
    if not within:
        raise InputError(f"nothing is done in the first {DURATION} of this scenario", "Let its first step come earlier", key="steps")
    if one.product:                          # as much of it: sprays and milligrams of a substance mean something else there
        tables["product"] = {"use": one.product}
        within = [{**step, "apply": f"{scenario.mass_of(step['apply']):.6g} kg"} if "apply" in step else step for step in within]
    tables |= {"duration": DURATION, "steps": one.done(within)}
    new = Scenario.build({key: value for key, value in tables.items() if key != "parameters"})
    gone = set(scenario.product.resolved.salts) - set(new.product.resolved.salts)
    kept = {key: text for key, text in tables.get("parameters", {}).items() if key.partition(".")[0] not in gone}
    return Scenario.build(tables | {"parameters": kept | dict(one.parameters)})


def _seconds(text: str) -> float:
    number, unit = units.split(text)
    return number * units.si_factor(unit)


def instead(scenario: Scenario, names: Sequence[str] = (), draws: int = 64, seed: int = 1, progress: Progress | None = None) -> list[Outcome]:
    """The scenario as it is, then each intervention, over its first hour and on the same draws.

    Raises
    ------
    InputError : nothing hurts, a name is unknown, a gate blocks, or nothing is done within the hour. Nothing is run then.
    """
    done = (Intervention(AS_IT_IS, "the scenario itself"), *chosen(names))
    cases, models, made = [], [], {}
    for one in done:
        try:
            cases.append(changed(scenario, one))
            models.append(ready(cases[-1], made))
        except EpsomError as error:
            raise error.at(scenario.name if one.name == AS_IT_IS else one.name) from error
    results = []
    for i, (model, case) in enumerate(zip(models, cases)):
        report = progress and (lambda finished, total, before=i: progress(before * total + finished, len(cases) * total))
        results.append(simulate(model, case, Draws(knowledge=draws, seed=seed), progress=report))
    left_out = {draw for result in results for draw in result.draws.without}
    if len(left_out) == draws:
        raise SolveError("no draw could be solved in every case", "Ask for more draws, or for fewer interventions")
    return [_outcome(one, result, results[0], left_out) for one, result in zip(done, results)]


def _outcome(one: Intervention, result: Result, first: Result, left_out: set[int]) -> Outcome:
    """Of the draws that could be solved in every case."""
    kept = lambda r, values: values[~np.isin(r.draws.knowledge_index, list(left_out))]
    drops, against = {}, {}
    for t in feeling.TIMES:
        own, other = (kept(r, between(r.times, feeling.drops(r), t)) for r in (result, first))
        drops[t], against[t] = feeling.ranged(own), feeling.ranged(own - other)
    reached = kept(result, feeling.within_the_hour(result, feeling.thresholds()[0]).any(1))
    return Outcome(one, drops, {} if result is first else against, float(reached.mean()), len(reached), result.gates,
                   tuple(answer.alarms(result)))
