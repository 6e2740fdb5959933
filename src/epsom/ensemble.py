"""All draws of a model, in batches of lanes; who solves the batches is the business of a Solver."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol

import numpy as np

from epsom import protocol
from epsom.core.draws import Draws
from epsom.core.errors import InputError
from epsom.credit import Coalitions
from epsom.model import Model
from epsom.scenario import Scenario
from epsom.solving import solve
from epsom.staging import stages

LANES = 64               # draws solved together; the last batch is filled up with copies
FINER = 4, 16            # flagged draws are run again with this many times the steps, until the flag falls or two runs agree
FLAG = 2e-2              # embedded error above which a draw is run again; below it true errors stay under 1e-3 (docs/numerics.md)
AGREE = 2e-2             # a draw run again is healed if both runs agree this well: at order 4 the finer one is then far better
LOST = 1e-10             # a draw that leaves a larger share of the dose unaccounted for has failed
OUTPUTS = 128, 256       # stored times that a program has room for; the second where much is done
PROFILED = 1024          # draws that enter the quantiles of the depth profile
TISSUE = "tissue_concentration"      # what a depth profile shows
NO_COALITIONS = 0, 0, 0      # of a draw, where nobody asked
SOLVED, HEALED, UNRESOLVED, FAILED = range(4)


class Case(NamedTuple):
    """Everything that a batch of draws is made from."""

    model: Model
    scenario: Scenario
    parameters: Mapping
    draws: Draws
    times: np.ndarray
    depths: np.ndarray
    steps: int


class Pass(NamedTuple):
    """How draws are gone through.

    Attributes
    ----------
    profiled : which draws have a depth profile.
    redrawn : parameters that are drawn from a second stream, with what is correlated with them.
    finer, listening : times the steps, of all and of what only listens.
    asked : of which coalitions the outcome is found.
    """

    profiled: np.ndarray = np.array([], int)
    redrawn: frozenset[str] = frozenset()
    finer: int = 1
    listening: int = 1
    asked: Coalitions | None = None


class Batch(NamedTuple):
    """Some draws, solved.

    Attributes
    ----------
    seen : (draws, times, watched).
    profiles : (draws that are profiled, times, solutes, depths).
    error, late : (draws,) largest embedded error of the stage with the cells, and of what only listens.
    leak : (draws,) largest amount left unaccounted for, as a share of what was applied.
    coalitions : (draws, coalitions, times, watched), without coalitions where nobody asked.
    """

    seen: np.ndarray
    profiles: np.ndarray
    error: np.ndarray
    late: np.ndarray
    leak: np.ndarray
    coalitions: np.ndarray


class Solver(Protocol):
    """Solves batches of one case, here or elsewhere."""

    case: Case

    def each(self, chunks: Iterable[np.ndarray], how: Pass) -> Iterator[tuple[np.ndarray, Batch]]:
        """(which, batch) in any order."""


class Ensemble(NamedTuple):
    """All draws of one set of parameter values; `status` (draws,) is SOLVED, HEALED, UNRESOLVED or FAILED."""

    seen: np.ndarray
    profiles: np.ndarray
    profiled: np.ndarray     # which draws have a profile
    status: np.ndarray
    leak: float
    coalitions: np.ndarray   # (draws, coalitions, times, watched), as in a Batch


def solve_batch(case: Case, which: np.ndarray, how: Pass) -> Batch:
    """Solve the draws `which` (at most LANES of them) in one go."""
    padded = np.concatenate([case.times, np.full(room(case.times) - len(case.times), case.times[-1])])
    full = np.concatenate([which, np.full(LANES - len(which), which[-1])])
    values = case.draws.values({p.key: p for p in case.parameters.values()}, how.redrawn, full)
    p = {key: values[parameter.key] for key, parameter in case.parameters.items()}
    wanted = np.flatnonzero(np.isin(which, how.profiled))
    done = solve(case.model, case.scenario, p, padded, LANES, case.steps, how.finer, how.asked, len(which), how.listening)
    out, n, stored = done.out, len(which), len(case.times)
    seen = np.stack([done.seen[name][:stored, :n].T for name in case.model.readouts], 2)
    _check_baseline(case, seen)
    profiles = [at_depths(stages(case.model)[0], out.cells[:stored, :, i], out.depth[:, i], case.depths) for i in wanted]
    shape = 0, stored, len(case.model.solutes), len(case.depths)
    coalitions = np.empty((n, *NO_COALITIONS)) if done.coalitions is None else np.moveaxis(done.coalitions[..., :n], 3, 0)
    lost = _share_lost(case, out.leak[:, :n])
    return Batch(seen, np.stack(profiles) if profiles else np.empty(shape), out.error[:n], done.late[:n], lost, coalitions)


def _check_baseline(case: Case, seen: np.ndarray) -> None:
    """Raise InputError where losses exceed the diet, so that the body has no steady state to start from."""
    if "serum_magnesium_baseline" in case.model.readouts:
        none = ~(seen[:, 0, case.model.readouts.index("serum_magnesium_baseline")] > 0)
        if none.any():
            raise InputError(f"in {int(none.sum())} of {len(none)} draws the diet of such a person does not make good what gut and skin "
                             "lose: serum has no steady state", "Look at the numbers of homeostasis and gut that you changed",
                             key="parameters")


def room(times: np.ndarray) -> int:
    """Stored times that a program for these times has room for."""
    return next(size for size in OUTPUTS if size >= len(times))


def _share_lost(case: Case, leak: np.ndarray) -> np.ndarray:
    rows = protocol.rows(case.scenario)
    amounts = [sum(r.amount for r in rows if r.source == f"supply_amount[{account}]") for account in case.model.accounts]
    shares = [lost / amount for lost, amount in zip(leak, amounts) if amount]
    return np.max(shares, axis=0) if shares else np.zeros(leak.shape[1])


def run_ensemble(solver: Solver, total: int, redrawn: frozenset[str], report: Callable[[int], None], profiled: int = PROFILED,
                 asked: Coalitions | None = None) -> Ensemble:
    """Solve the first `total` draws in batches; those that failed, and of the run itself those above the error threshold, once more with
    finer steps. Draws with redrawn numbers tell only what share of a spread is assumed, for which the usual steps do.

    Parameters
    ----------
    redrawn, asked : as in a Pass.
    report : called with the number of draws done.
    profiled : how many draws, evenly spread, get a depth profile.
    """
    case = solver.case
    with_profile = np.unique(np.linspace(0, total - 1, min(profiled, total)).astype(int)) if profiled else np.array([], int)
    seen = np.full((total, len(case.times), len(case.model.readouts)), np.nan)
    profiles = np.empty((len(with_profile), len(case.times), len(case.model.solutes), len(case.depths)))
    error, late, leak = np.full((3, total), np.inf)
    coalitions = np.full((total, *(asked.shape if asked else NO_COALITIONS)), np.nan)

    def keep(which: np.ndarray, batch: Batch):
        seen[which], coalitions[which], leak[which] = batch.seen, batch.coalitions, batch.leak
        error[which], late[which] = batch.error, batch.late
        profiles[np.searchsorted(with_profile, np.intersect1d(which, with_profile))] = batch.profiles
        return len(which)

    done = 0
    for which, batch in solver.each(_chunks(np.arange(total)), Pass(with_profile, redrawn, asked=asked)):
        done += keep(which, batch)
        report(done)
    failed = ~(leak <= LOST) | ~np.isfinite(seen).all((1, 2))
    doubtful = np.flatnonzero(failed if redrawn else failed | ~(np.maximum(error, late) <= FLAG))
    cells_too = ~(leak <= LOST) | ~(error <= FLAG)           # else what listens alone is solved again with finer steps
    status = np.full(total, SOLVED)
    scale = [case.model.words[name.partition("[")[0]].scale for name in case.model.readouts]
    trace = np.maximum(1e-6 * np.nanmax(abs(seen), axis=(0, 1), initial=0.0) + 1e-300, scale)
    for finer in FINER:
        before = seen[doubtful].copy()
        for some, how in ((doubtful[cells_too[doubtful]], Pass(with_profile, redrawn, finer, asked=asked)),
                          (doubtful[~cells_too[doubtful]], Pass(with_profile, redrawn, listening=finer, asked=asked))):
            for which, batch in solver.each(_chunks(some), how):
                keep(which, batch)
        calm = np.maximum(error, late)[doubtful] <= FLAG
        status[doubtful] = [_verdict(*draw, trace, well) for *draw, well in zip(before, seen[doubtful], calm)]
        status[doubtful[leak[doubtful] > LOST]] = FAILED
        doubtful = doubtful[status[doubtful] != HEALED]
    return Ensemble(seen, profiles, with_profile, status, float(np.max(leak, initial=0.0, where=status != FAILED)), coalitions)


def _verdict(before: np.ndarray, after: np.ndarray, trace: np.ndarray, calm: bool) -> int:
    """Whether the finer run of a draw (times, watched) is `calm`, its error below the flag as in draws that are never doubted, or else
    agrees with the one before; `trace` (watched,) is too little of each to matter."""
    if not np.isfinite(after).all():
        return FAILED
    if calm:
        return HEALED
    size = np.maximum(abs(after), np.maximum(1e-2 * abs(after).max(0, keepdims=True), trace))
    return HEALED if (abs(after - before) / size).max() <= AGREE else UNRESOLVED


def _chunks(which: np.ndarray) -> Iterator[np.ndarray]:
    return (which[start:start + LANES] for start in range(0, len(which), LANES))


def at_depths(model: Model, cells: np.ndarray, depth: np.ndarray, depths: np.ndarray) -> np.ndarray:
    """(times, solutes, depths): the unknown of each solute's column, by straight lines between the middles of living
    cells; above the first of them its own value, so that no depth ever reads the corneum's brine."""
    out = np.zeros((len(cells), len(model.solutes), len(depths)))
    for i, solute in enumerate(model.solutes):
        copy = next((c for c in model.cell_copies if (c.solute, c.mechanism.unknown[0]) == (solute, TISSUE)), None)
        if copy is None:
            continue
        part = model.slices[copy.label]
        living = depth[part] > 0
        x, u = depth[part][living], cells[:, part][:, living]
        k = np.clip(np.searchsorted(x, depths), 1, len(x) - 1)
        share = np.clip((depths - x[k - 1]) / (x[k] - x[k - 1]), 0.0, 1.0)
        out[:, i] = u[:, k - 1] * (1 - share) + u[:, k] * share
    return out
