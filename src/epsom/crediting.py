"""Outcomes of coalitions of effects as a run finds them: every coalition of some draws, unions of groups of all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from epsom.credit import Coalitions, Credit, Unions
from epsom.ensemble import SOLVED, Case, Ensemble, Pass, Solver
from epsom.result import between

APART = 0.05             # of a rating; a draw in which the coalition of everything is farther from the run than this is left out of credit
MANY = 32                # draws of which every coalition is solved in one go: half a batch, so that two processes have something to do


def some_draws(solving: Solver, main: Ensemble, asked: Coalitions) -> Credit | None:
    """The outcome of every coalition, of those draws that needed no finer steps and in which everything on is what the run found."""
    draws = solving.case.draws
    which = asked.among(draws.knowledge, draws.people)
    which = which[(which < draws.size) & (main.status[np.minimum(which, draws.size - 1)] == SOLVED)]
    if not len(which):
        return None
    done = list(solving.each([which[k:k + MANY] for k in range(0, len(which), MANY)], Pass(asked=asked)))
    which = np.concatenate([these for these, _ in done])
    found = np.concatenate([batch.coalitions for _, batch in done])[np.argsort(which)]
    which = np.sort(which)
    good = _trusted(solving.case, asked, main.seen[which], found)
    # laid out as it will be stored: sums over them are then the same to the last bit
    outcomes = {name: np.ascontiguousarray(found[good, ..., i]) for i, name in enumerate(asked.watched)}
    return Credit(asked.effects, asked.times, which[good], outcomes) if good.any() else None


def _trusted(case: Case, asked: Coalitions, seen: np.ndarray, found: np.ndarray) -> np.ndarray:
    """(draws,) whether coalitions (draws, coalitions, times, watched) are known and everything on, the last, is what the run found."""
    stored = case.model.readouts.index(asked.watched[0])
    plain = np.stack([between(case.times, seen[:, :, stored], t) for t in asked.times], 1)
    return np.isfinite(found).all((1, 2, 3)) & (abs(found[:, -1, :, 0] - plain).max(1) <= APART)


def together(case: Case, asked: Coalitions, main: Ensemble, again: Ensemble | None, kept: np.ndarray) -> Unions | None:
    """Of the draws that are `kept` (draws,), nan for those that are not to be trusted; None where there is no other."""
    found = []
    for ensemble in filter(None, (main, again)):
        good = _trusted(case, asked, ensemble.seen, ensemble.coalitions)
        values = np.where(good[:, None, None, None], ensemble.coalitions, np.nan)[kept[: len(good)]]
        known = bool(np.isfinite(values).any())
        found.append({name: np.ascontiguousarray(values[..., i]) for i, name in enumerate(asked.watched)} if known else {})
    return Unions(asked.groups, asked.times, found[0], found[1] if again else {}) if found[0] else None


def of_the_kept(credit: Credit | None, kept: np.ndarray) -> Credit | None:
    """By position among the draws that are `kept` (draws,)."""
    if credit is None or not kept[credit.which].any():
        return None
    there = kept[credit.which]
    return replace(credit, which=(np.cumsum(kept) - 1)[credit.which[there]], outcomes={n: v[there] for n, v in credit.outcomes.items()})
