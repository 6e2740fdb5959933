"""The verb: simulate(model, scenario) -> Result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from epsom import protocol, setting
from epsom.core.draws import Draws
from epsom.core.errors import Cancelled, InputError, SolveError
from epsom.credit import Coalitions, Credit
from epsom.crediting import of_the_kept, some_draws, together
from epsom.ensemble import FAILED, FLAG, LANES, OUTPUTS, PROFILED, SOLVED, UNRESOLVED, Case, Ensemble, Pass, room, run_ensemble, solve_batch
from epsom.model import Model
from epsom.numerical import FINER_STEPS
from epsom.provenance import fingerprint, provenance
from epsom.result import QUANTILES, Checked, Profile, Result, folder_name, one_line
from epsom.safety import gates, refuse_if_blocked
from epsom.scenario import Scenario
from epsom.standard import NOT_MODELLED
from epsom.storage import kept_bytes
from epsom.workers import solver, workers_for

DRAWS = 256              # unless told otherwise
STEPS = 48               # steps in each segment between events
DEPTHS = 72              # stored depths
SAMPLED = 20             # draws whose depth profile is kept whole
ENOUGH = 10              # stored times between two events, as far as there is room: a peak between them is then a per cent or so low at most
AGAIN = 1024             # draws with the assumed numbers redrawn; their share needs no more


def simulate(model: Model, scenario: Scenario, draws: Draws | int = DRAWS, *, seed: int = 1, steps: int = STEPS,
             workers: int | None = None, shelf: Path | None = None, finer: Model | None = None, asked: Coalitions | None = None,
             progress: Callable[[int, int], None] | None = None) -> Result:
    """Run a scenario over draws of what is unknown and of people.

    Parameters
    ----------
    model : `standard_model(scenario)`, or one of your own.
    scenario : what is done to whom.
    draws : how many, or a Draws.
    seed : from which every draw follows; recorded in the result. Ignored if `draws` is a Draws.
    steps : time steps in each segment between events.
    workers : processes; by default this one for a few draws and one for each core for many.
    shelf : folder in which finished batches are kept, so that a run that was stopped can go on.
    finer : the same model on a finer grid, as `standard_model(scenario, 2)`: up to 64 draws are solved once more with it, and
        with four times the steps, to tell how far each answer moves.
    asked : what is wanted of every coalition of effects in some draws and of unions of their groups in all; see `feeling.asked`.
    progress : called with (draws done, draws in all).

    Returns
    -------
    Result : every readout over time and draws, with fingerprint, gates and the trail of each number. Draws that could not
        be solved are left out of it and named in its provenance.

    Raises
    ------
    InputError : a safety gate blocks the run, the scenario asks for what the model cannot do, or `finer` is another model.
    SolveError : no draw stays finite even with finer steps, or none of those with a depth profile; or a worker process died.
    Cancelled : the run was stopped from the keyboard.
    """
    refuse_if_blocked(scenario)
    draws = draws if isinstance(draws, Draws) else Draws(knowledge=draws, seed=seed)
    parameters = setting.parameters(model, scenario)
    assumed = frozenset(p.key for p in parameters.values() if p.grade == "D" and not p.spread_free)
    case = Case(model, scenario, parameters, draws, output_times(scenario), output_depths(), steps)
    once_more = min(draws.size, max(1, AGAIN // draws.people) * draws.people) if assumed else 0
    total = draws.size + once_more
    if finer is not None and finer.readouts != model.readouts:
        raise InputError("the finer model has other readouts", "Give the same mechanisms on a finer grid", key="finer")
    if workers is not None and workers < 1:
        raise InputError("workers are processes, one or more", "Leave it out for a suitable number", key="workers", value=workers)
    if shelf is not None:                    # a place for this run alone, so that no other run's batches are taken for its own
        by_key = {p.key: p for p in parameters.values()}
        shelf = shelf / fingerprint(scenario, draws, by_key, solver_settings(model, steps, finer, asked))
        shelf.mkdir(parents=True, exist_ok=True, mode=0o700)
    report = (lambda done: progress(done, total)) if progress else (lambda done: None)
    try:
        with solver(case, workers or workers_for(total), shelf) as solving:
            main, again = run_ensemble(solving, draws.size, frozenset(), report, asked=asked and asked.of_groups), None
            if assumed:                      # the same draws with everything that is merely assumed drawn anew
                again = run_ensemble(solving, once_more, assumed, lambda done: report(draws.size + done), 0, asked and asked.of_groups)
            credit = None if asked is None else some_draws(solving, main, asked)
        checked = None if finer is None else _checked(case, main, finer)
    except KeyboardInterrupt as error:
        raise Cancelled("stopped from the keyboard", next_step(shelf)) from error
    finally:
        if shelf is not None:
            with suppress(OSError):          # stays if a batch is on it
                shelf.rmdir()
    return _result(case, main, again, checked, credit, asked, solver_settings(model, steps, finer, asked))


def _checked(case: Case, main: Ensemble, finer: Model) -> Checked | None:
    """Up to a batch of the draws that needed no finer steps, evenly spread, with twice the cells and with four times the steps."""
    solved = np.flatnonzero(main.status == SOLVED)
    if not len(solved):
        return None
    which = solved[np.unique(np.linspace(0, len(solved) - 1, min(LANES, len(solved))).astype(int))]
    cells, steps = (solve_batch(each, which, Pass(finer=times)).seen
                    for each, times in ((case._replace(model=finer), 1), (case, FINER_STEPS)))
    by_name = lambda seen: {name: seen[:, :, i] for i, name in enumerate(case.model.readouts)}
    return Checked(which, by_name(cells), by_name(steps))


def _result(case: Case, main: Ensemble, again: Ensemble | None, checked: Checked | None, credit: Credit | None, asked: Coalitions | None,
            settings: dict) -> Result:
    """The Result of what could be solved."""
    model, scenario, both = case.model, case.scenario, [e for e in (main, again) if e]
    failed = np.unique(np.concatenate([case.draws.knowledge_index[: len(e.status)][e.status == FAILED] for e in both]))
    draws = replace(case.draws, without=(*case.draws.without, *failed.tolist()))
    if not draws.size:
        raise SolveError("no draw stays finite, not even with finer steps",
                         "Ask for more steps, or look at the parameters you changed")
    kept = ~np.isin(case.draws.knowledge_index, failed)
    profiles = main.profiles[kept[main.profiled]]
    if not len(profiles):
        raise SolveError(f"none of the {len(main.profiled)} draws that were to have a depth profile stays finite, so there is no profile",
                         "Ask for more steps, or look at the parameters you changed")
    redrawn = again.seen[kept[: len(again.seen)]] if again else ()
    sampled = np.linspace(0, len(profiles) - 1, min(SAMPLED, len(profiles))).astype(int)
    low_to_high = np.quantile(profiles, QUANTILES, axis=0)
    if checked:
        checked = _of_the_kept(checked, kept)
    by_key = {p.key: p for p in case.parameters.values()}
    values = draws.values(by_key)
    status = np.concatenate([e.status for e in both])
    return Result(
        scenario=scenario, gates=gates(scenario), draws=draws, times=case.times,
        readouts={name: main.seen[kept, :, i] for i, name in enumerate(model.readouts)},
        redrawn={name: redrawn[:, :, i] for i, name in enumerate(model.readouts)} if len(redrawn) else None,
        words={name: model.words[name.partition("[")[0]] for name in model.readouts},
        profiles={solute: Profile(case.depths, QUANTILES, low_to_high[:, :, i], profiles[sampled, :, i])
                  for i, solute in enumerate(model.solutes)},
        drawn={key: values[key] for key, p in sorted(by_key.items()) if not p.spread_free},
        parameters=by_key,
        trail=trail(model, case.parameters),
        not_modelled=(*NOT_MODELLED, *protocol.not_modelled(scenario)),
        provenance=provenance(scenario, case.draws, by_key, solver=settings | {
            "flagged_draws": int((status != SOLVED).sum()), "draws_not_healed": int((main.status[kept] == UNRESOLVED).sum()),
            "draws_left_out": failed.tolist(), "relative_mass_error": max(e.leak for e in both)}), checked=checked,
        credit=of_the_kept(credit, kept),
        unions=together(case, asked, main, again, kept) if asked and asked.groups else None)


def _of_the_kept(checked: Checked, kept: np.ndarray) -> Checked | None:
    """By position among the draws that are `kept` (draws,); people of a draw that is left out go with it."""
    there = kept[checked.which]
    if not there.any():
        return None
    only = lambda found: {name: values[there] for name, values in found.items()}
    return Checked((np.cumsum(kept) - 1)[checked.which[there]], only(checked.cells), only(checked.steps))


def foreseen_name(model: Model, scenario: Scenario, draws: Draws, steps: int = STEPS, finer: Model | None = None,
                  asked: Coalitions | None = None) -> str:
    """The folder name that a run will have, without running it."""
    by_key = {p.key: p for p in setting.parameters(model, scenario).values()}
    return folder_name(scenario, fingerprint(scenario, draws, by_key, solver_settings(model, steps, finer, asked)))


def next_step(shelf: Path | None) -> str:
    """What to tell a person who stopped a run."""
    return "Finished batches are kept: run the same command again to go on" if kept_bytes(shelf) else "Nothing was written"


def expected_bytes(model: Model, scenario: Scenario, draws: Draws) -> int:
    """About how much a run will take on disk: every readout, twice, as 64-bit numbers."""
    return 2 * 8 * room(output_times(scenario)) * draws.size * len(model.readouts)


def shelf_bytes(model: Model, scenario: Scenario, draws: Draws) -> int:
    """About how much a long run keeps on its shelf: every readout, twice, and whole depth profiles of some draws."""
    profiles = 8 * room(output_times(scenario)) * DEPTHS * len(model.solutes) * min(PROFILED, draws.size)
    return expected_bytes(model, scenario, draws) + profiles


def solver_settings(model: Model, steps: int, finer: Model | None = None, asked: Coalitions | None = None) -> dict:
    """What decides the numbers on the solver's side."""
    more = {} if asked is None else {"coalitions": {"of": list(asked.effects), "at": asked.times.tolist(), "draws": asked.draws,
                                                    "groups": [list(group) for group in asked.groups], "steps": asked.steps}}
    return more | {"method": "RODAS4, fixed plan", "steps_per_segment": steps, "cells": model.forest.size, "flag_above": FLAG,
            "model": model.digest, "checked_with": finer and finer.digest}


def output_times(scenario: Scenario) -> np.ndarray:
    """Stored times in s: dense at first, with the usual reading times and the moments just before each event, and some between events
    that would have too few to show the rise and fall of what they bring."""
    end = scenario.duration.si
    graded = end * (np.arange(97) / 96) ** 2
    usual = [60.0 * m for m in (5, 10, 20, 30, 60, 120, 240, 480) if 60.0 * m < end]
    events = sorted({r.at for r in protocol.rows(scenario)})
    around = [t for at in events[:10] for t in (at - 1e-3, at) if 0 <= t < end]
    times = np.unique(np.concatenate([graded, usual, around]))
    return np.union1d(times, _between_events(times, [*events, end]))


def _between_events(times: np.ndarray, events: list[float]) -> np.ndarray:
    """More times, denser after each event, where fewer than ENOUGH of `times` lie before the next; as many as there is room for."""
    sparse = [(a, b) for a, b in pairwise(events) if ((times > a) & (times < b)).sum() < ENOUGH]
    each = min(ENOUGH, (OUTPUTS[-1] - len(times)) // max(1, len(sparse)))
    return np.array([a + (b - a) * (k / each) ** 2 for a, b in sparse for k in range(each)])


def output_depths() -> np.ndarray:
    """Stored depths in m, counted from the lower boundary of the stratum corneum: dense in the upper dermis, to 3 cm."""
    return 0.03 * np.linspace(0, 1, DEPTHS) ** 3


def trail(model: Model, parameters: Mapping) -> dict:
    """What `why` walks: for each variable its mechanism; for each mechanism what it reads and its parameters."""
    variables = {**model.owner, **model.givers, **model.probers}
    return {"variables": {name: copy.label for name, copy in variables.items()},
            "parameters": {p.key: one_line(p) for p in parameters.values()},
            "mechanisms": {copy.label: {
                "meaning": next(iter((type(copy.mechanism).__doc__ or "").strip().splitlines()), "(no docstring)"),
                "reads": list(model.reads[copy.label]),
                "parameters": sorted({parameters[key].key for key in model.parameters_used[copy.label]})}
                for copy in model.copies}}
