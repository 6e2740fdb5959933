"""Claims tried in the model: how often what a claim says holds, by what is not known; and which of them a change of the model touches."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np

from epsom import feeling
from epsom.answer import Share, assumed_share_as_it_is
from epsom.changes import all_changed
from epsom.core.draws import Draws
from epsom.evidence.predicate import Predicate, Test, holds, margin
from epsom.evidence.tried import Tried, Verified, stored
from epsom.provenance import case_digest
from epsom.result import NOT_A_GRADE, Result, upstream
from epsom.scenario import Scenario, read_tables

KNOWLEDGE, PEOPLE, SEED = 40, 25, 1
LEVELS = (0.05, 0.5, 0.95)


class Case(NamedTuple):
    """A run that one or more claims are tried in."""

    scenario: Scenario
    model: object
    parameters: Mapping


def case_of(test: Test) -> Case:
    """The run of a test."""
    from epsom import setting
    from epsom.standard import standard_model

    tables, file = read_tables(test.scenario)
    scenario = Scenario.build(all_changed(tables, test.set), file)
    model = standard_model(scenario)
    return Case(scenario, model, {p.key: p for p in setting.parameters(model, scenario).values()})


def digest_of(test: Test, case: Case) -> str:
    """Sixteen digits of all that decides a trial: what is done, code and numbers behind what is read, and what must hold."""
    from epsom import setting
    from epsom.simulation import STEPS, solver_settings, trail

    steps = trail(case.model, setting.parameters(case.model, case.scenario))
    behind = {key for variable in _variables(test) for label in upstream(steps, variable)
              for key in steps["mechanisms"][label]["parameters"]}
    run = case_digest(case.scenario, {k: p for k, p in case.parameters.items() if k in behind}, solver_settings(case.model, STEPS))
    asked = [p.model_dump(mode="json") for p in test.holds] + ([feeling.groups(), feeling.STEPS] if test.shares else [])
    return hashlib.sha256(json.dumps([run, asked, KNOWLEDGE, PEOPLE, SEED], sort_keys=True).encode()).hexdigest()[:16]


def _variables(test: Test) -> list[str]:
    return list(dict.fromkeys(name for p in test.holds for name in p.variables))


def verify(tests: Mapping[str, Test], every: bool = False, progress: Callable[[str], None] | None = None) -> dict[str, Verified]:
    """{claim: Verified}: runs again what has changed since it was stored, or everything; claims that share a run share its solving.

    Parameters
    ----------
    tests : {claim: Test}.
    every : run also what has not changed.
    progress : called with the name of each run before it begins.
    """
    runs: dict[tuple, list[str]] = {}
    for key, test in tests.items():
        runs.setdefault((test.scenario, test.set), []).append(key)
    found = {}
    for (name, _), keys in runs.items():
        case = case_of(tests[keys[0]])
        digests = {key: digest_of(tests[key], case) for key in keys}
        before = {key: stored().get(key) for key in keys}
        touched = [key for key in keys if every or before[key] is None or before[key].digest != digests[key]]
        if touched:
            if progress:
                progress(name)
            result = solved(case, any(tests[key].shares for key in touched))
        for key in keys:
            again = key in touched
            now = tried(result, tests[key], digests[key]) if again else before[key]
            found[key] = Verified(before[key], now, again)
    return dict(sorted(found.items()))


def solved(case: Case, shares: bool) -> Result:
    """The run, with unions of effects where a test needs magnesium's part."""
    from epsom.simulation import simulate

    draws = Draws(KNOWLEDGE, PEOPLE, SEED)
    return simulate(case.model, case.scenario, draws, asked=feeling.asked(case.scenario, 1) if shares else None)


def tried(result: Result, test: Test, digest: str) -> Tried:
    """What the model says of a claim, from a run that is solved."""
    true = holds(result, test).reshape(-1, result.draws.people)
    chances = np.nanmean(true[np.isfinite(true).any(1)], axis=1)
    low, middle, high = (float(q) for q in np.quantile(chances, LEVELS))
    grade = max((p.grade for v in _variables(test) for p in result.behind(v) if p.grade != NOT_A_GRADE), default="A")
    return Tried((low, middle, high), grade, _assumed(result, test.holds[0]), len(true), result.draws.people, result.draws.seed, digest)


def _assumed(result: Result, p: Predicate) -> Share | None:
    """Of what is read first: the share of its spread that rests on assumed numbers."""
    if not result.redrawn:
        return None
    again = margin(result, p, redrawn=True)
    first = margin(result, p)[: len(again)]
    known = np.isfinite(first + again).reshape(-1, result.draws.people).all(1).repeat(result.draws.people)
    return assumed_share_as_it_is(first[known], again[known], result.draws.seed, result.draws.people) if known.any() else None


def of_claims(every: Iterable) -> dict[str, Test]:
    """{id: Test} of those claims that the model can speak to."""
    return {claim.id: claim.test for claim in every if claim.test}
