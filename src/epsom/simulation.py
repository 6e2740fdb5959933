"""The verb: simulate(model, scenario) -> Result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from epsom import protocol, setting
from epsom.core.draws import Draws
from epsom.core.errors import Cancelled, SolveError
from epsom.model import Model
from epsom.provenance import fingerprint, provenance
from epsom.result import QUANTILES, Profile, Result, folder_name, one_line
from epsom.safety import gates, refuse_if_blocked
from epsom.scenario import Scenario
from epsom.standard import NOT_MODELLED

DRAWS = 256              # unless told otherwise
LANES = 64               # draws solved together; the last batch is filled up with copies
STEPS = 48               # steps in each segment between events
FINER = 4                # flagged draws are run again with this many times the steps
FLAG = 2e-2              # embedded error above which a draw is run again; below it true errors stay under 1e-3 (docs/numerics.md)
AGREE = 2e-2             # a draw run again is healed if both runs agree this well: at order 4 the finer one is then far better
OUTPUTS = 128            # stored times
DEPTHS = 72              # stored depths
PROFILED = 1024          # draws that enter the quantiles of the depth profile
SAMPLED = 20             # draws whose depth profile is kept whole


class Ensemble(NamedTuple):
    """All draws of one set of parameter values."""

    seen: np.ndarray         # (draws, times, watched)
    profiles: np.ndarray     # (profiled draws, times, solutes, depths)
    flagged: int
    unhealed: int
    mass_error: float


def simulate(model: Model, scenario: Scenario, draws: Draws | int = DRAWS, *, seed: int = 1, steps: int = STEPS,
             progress: Callable[[int, int], None] | None = None) -> Result:
    """Run a scenario over draws of what is unknown and of people.

    Parameters
    ----------
    model : `standard_model(scenario)`, or one of your own.
    scenario : what is done to whom.
    draws : how many, or a Draws.
    seed : from which every draw follows; recorded in the result. Ignored if `draws` is a Draws.
    steps : time steps in each segment between events.
    progress : called with (draws done, draws in all).

    Returns
    -------
    Result : every readout over time and draws, with fingerprint, gates and the trail of each number.

    Raises
    ------
    InputError : a safety gate blocks the run, or the scenario asks for what the model cannot do.
    SolveError : draws that are not finite even with finer steps.
    Cancelled : the run was stopped from the keyboard.
    """
    refuse_if_blocked(scenario)
    draws = draws if isinstance(draws, Draws) else Draws(knowledge=draws, seed=seed)
    parameters = setting.parameters(model, scenario)
    assumed = frozenset(p.key for p in parameters.values() if p.grade == "D" and not p.spread_free)
    by_key = {p.key: p for p in parameters.values()}
    times, depths = output_times(scenario), output_depths()
    total = draws.size * (2 if assumed else 1)
    report = (lambda done: progress(done, total)) if progress else (lambda done: None)
    try:
        values = draws.values(by_key)
        main = run_ensemble(model, scenario, parameters, values, times, depths, steps, report)
        again = None
        if assumed:                          # the same draws with everything that is merely assumed drawn anew
            values_again = draws.values(by_key, redrawn=assumed)
            again = run_ensemble(model, scenario, parameters, values_again, times, depths, steps,
                                 lambda done: report(draws.size + done), profiled=0)
    except KeyboardInterrupt as error:
        raise Cancelled("stopped from the keyboard", "Nothing was written") from error
    names, both = model.readouts, [e for e in (main, again) if e]
    sampled = np.linspace(0, len(main.profiles) - 1, min(SAMPLED, len(main.profiles))).astype(int)
    low_to_high = np.quantile(main.profiles, QUANTILES, axis=0)
    return Result(
        scenario=scenario, gates=gates(scenario), draws=draws, times=times,
        readouts={name: main.seen[:, :, i] for i, name in enumerate(names)},
        redrawn={name: again.seen[:, :, i] for i, name in enumerate(names)} if again else None,
        words={name: model.words[name.partition("[")[0]] for name in names},
        profiles={solute: Profile(depths, QUANTILES, low_to_high[:, :, i], main.profiles[sampled, :, i])
                  for i, solute in enumerate(model.solutes)},
        drawn={key: values[key] for key, p in sorted(by_key.items()) if not p.spread_free},
        parameters=by_key,
        trail=trail(model, parameters),
        not_modelled=(*NOT_MODELLED, *protocol.not_modelled(scenario)),
        provenance=provenance(scenario, draws, by_key, solver=solver_settings(model, steps) | {
            "flagged_draws": sum(e.flagged for e in both), "draws_not_healed": sum(e.unhealed for e in both),
            "relative_mass_error": max(e.mass_error for e in both)}))


def foreseen_name(model: Model, scenario: Scenario, draws: Draws, steps: int = STEPS) -> str:
    """The folder name that a run will have, without running it."""
    by_key = {p.key: p for p in setting.parameters(model, scenario).values()}
    return folder_name(scenario, fingerprint(scenario, draws, by_key, solver_settings(model, steps)))


def expected_bytes(model: Model, draws: Draws) -> int:
    """About how much a run will take on disk: every readout, twice, as 64-bit numbers."""
    return 2 * 8 * OUTPUTS * draws.size * len(model.readouts)


def solver_settings(model: Model, steps: int) -> dict:
    """What decides the numbers on the solver's side."""
    return {"method": "RODAS4, fixed plan", "steps_per_segment": steps, "cells": model.forest.size, "flag_above": FLAG,
            "model": model.digest}


def run_ensemble(model: Model, scenario: Scenario, parameters: Mapping, values: Mapping[str, np.ndarray],
                 times: np.ndarray, depths: np.ndarray, steps: int, report: Callable[[int], None],
                 profiled: int = PROFILED) -> Ensemble:
    """Solve all draws in batches of lanes; draws above the error threshold once more with finer steps."""
    import jax

    from epsom.engine.run import on_plan

    moves, events = protocol.compiled(model, scenario, LANES)
    padded = np.concatenate([times, np.full(OUTPUTS - len(times), times[-1])])
    total = len(next(iter(values.values())))
    amounts = {account: sum(r.amount for r in protocol.rows(scenario) if r.source == f"supply_amount[{account}]")
               for account in model.accounts}

    def solve(which: np.ndarray, finer: int):
        full = np.concatenate([which, np.full(LANES - len(which), which[-1])])
        p = {key: values[parameter.key][full] for key, parameter in parameters.items()}
        out = jax.device_get(on_plan(model, p, events, padded, moves=moves, watch=model.readouts, steps=steps, finer=finer))
        return jax.tree.map(lambda a: a[..., : len(which)], out)

    seen = np.empty((total, len(times), len(model.readouts)))
    profiles = np.empty((min(profiled, total), len(times), len(model.solutes), len(depths)))
    place = {int(i): k for k, i in enumerate(np.linspace(0, total - 1, len(profiles)).astype(int))} if len(profiles) else {}
    worst, flagged = 0.0, []

    def keep(which, out):
        nonlocal worst
        seen[which] = np.moveaxis(out.seen[: len(times)], 2, 0)
        for j, i in enumerate(which):
            if i in place:
                profiles[place[i]] = at_depths(model, out.cells[: len(times), :, j], out.depth[:, j], depths)
        for leak, account in zip(out.leak, model.accounts):
            if amounts.get(account):
                share = float(leak.max()) / amounts[account]
                worst = share if share > worst or share != share else worst

    for start in range(0, total, LANES):
        which = np.arange(start, min(start + LANES, total))
        out = solve(which, 1)
        bad = ~(out.error <= FLAG) | ~np.isfinite(out.seen).all((0, 1))
        flagged += which[bad].tolist()
        keep(which, out)
        report(int(which[-1]) + 1)
    unhealed = 0
    for start in range(0, len(flagged), LANES):
        which = np.array(flagged[start:start + LANES])
        out = solve(which, FINER)
        if not np.isfinite(out.seen).all():
            raise SolveError(f"{int((~np.isfinite(out.seen).all((0, 1))).sum())} draws do not stay finite",
                             "Ask for more steps, or look at the parameters you changed")
        before, after = seen[which], np.moveaxis(out.seen[: len(times)], 2, 0)
        size = np.maximum(abs(after), 1e-2 * abs(after).max(1, keepdims=True)) + 1e-300
        unhealed += int((~((abs(after - before) / size).max((1, 2)) <= AGREE)).sum())
        keep(which, out)
    return Ensemble(seen, profiles, len(flagged), unhealed, worst)


def at_depths(model: Model, cells: np.ndarray, depth: np.ndarray, depths: np.ndarray) -> np.ndarray:
    """(times, solutes, depths): the unknown of each solute's column, by straight lines between the middles of living
    cells; above the first of them its own value, so that no depth ever reads the corneum's brine."""
    out = np.zeros((len(cells), len(model.solutes), len(depths)))
    for i, solute in enumerate(model.solutes):
        copy = next((c for c in model.cell_copies if c.solute == solute), None)
        if copy is None:
            continue
        part = model.slices[copy.label]
        living = depth[part] > 0
        x, u = depth[part][living], cells[:, part][:, living]
        k = np.clip(np.searchsorted(x, depths), 1, len(x) - 1)
        share = np.clip((depths - x[k - 1]) / (x[k] - x[k - 1]), 0.0, 1.0)
        out[:, i] = u[:, k - 1] * (1 - share) + u[:, k] * share
    return out


def output_times(scenario: Scenario) -> np.ndarray:
    """Stored times in s: dense at first, with the usual reading times and the moments just before each event."""
    end = scenario.duration.si
    graded = end * (np.arange(97) / 96) ** 2
    usual = [60.0 * m for m in (5, 10, 20, 30, 60, 120, 240, 480) if 60.0 * m < end]
    events = sorted({r.at for r in protocol.rows(scenario)})
    around = [t for at in events[:10] for t in (at - 1e-3, at) if 0 <= t < end]
    return np.unique(np.concatenate([graded, usual, around]))


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
                "reads": [n for word in copy.mechanism.reads for n in copy.names(model.words[word])],
                "parameters": sorted({parameters[key].key for key in model.parameters_used[copy.label]})}
                for copy in model.copies}}
