"""How much magnesium would have to be absorbed for serum to rise by so much within such a time. It is no dose to take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np

from epsom.core.draws import Draws
from epsom.core.errors import InputError, SolveError
from epsom.regimen import Regimen, Somebody
from epsom.whole_body.course import LANES, STEPS, WATCHED, Case, habit_of, parameters_of, prepared, run, steady_pools, whole_body_model
from epsom.whole_body.intake import absorbed_of

SERUM = WATCHED.index("serum_concentration")
CLOSE = 1e-6             # of the rise
ROUNDS = 40
MOST = 0.5               # mol that is still looked at: half of what a body holds
Way = Literal["skin", "vein", "mouth"]


class Needed(NamedTuple):
    """What a rise needs.

    Attributes
    ----------
    rise : mol/m^3 of serum.    within, over : s after the beginning; how long the uptake lasts.
    way : "skin", "vein" or "mouth".
    amount : (draws,) mol absorbed by skin, given into the vein, or swallowed; infinite where half of what a body holds is not enough.
    serum : (draws,) mol/m^3 after it.
    laxative : share of draws in which this much by mouth acts as a laxative.
    """

    rise: float
    within: float
    over: float
    way: Way
    amount: np.ndarray
    serum: np.ndarray
    laxative: float


def needed(rise: float, within: float, over: float, way: Way = "skin", person: Somebody | None = None,
           parameters: Mapping[str, str] | None = None, draws: Draws | int = 256, seed: int = 1,
           redrawn: frozenset[str] = frozenset()) -> Needed:
    """The amount for a rise of serum above its steady state, in each draw.

    Parameters
    ----------
    rise : mol/m^3.    within : s at which serum is to stand that much higher.    over : s during which the amount comes in evenly
        (not looked at by mouth).    redrawn : parameters that are drawn from a second stream.

    Raises
    ------
    InputError : the rise or a time is not above zero, or the uptake lasts longer than `within`.
    SolveError : no amount is found in a draw.
    """
    if not (rise > 0 and 0 < over <= within):
        raise InputError("a rise is above zero, and the uptake ends before it is looked at",
                         "Give a rise, a time, and an uptake no longer than it", key="rise",
                         value=f"{rise:g} mol/m^3, {over:g} s, {within:g} s")
    regimen = Regimen.build({"name": "needed", "duration": f"{max(within, 60.0)} s", "parameters": dict(parameters or {})})
    regimen = regimen.model_copy(update={"person": person or Somebody()})
    model, draws = whole_body_model(()), draws if isinstance(draws, Draws) else Draws(draws, seed=seed)
    case = Case(regimen, model, parameters_of(regimen, model), draws, habit_of(regimen), np.array([0.0, within]), WATCHED, redrawn=redrawn)
    amounts, laxative, starts = [], [], []
    for begin in range(0, draws.size, LANES):
        which = np.arange(begin, min(begin + LANES, draws.size))
        amount, most, start = _of_a_batch(case, which, rise, over, way)
        starts.append(start[:len(which)])
        amounts.append(amount[:len(which)])
        laxative.append((way == "mouth") & (amount > most)[:len(which)])
    return Needed(rise, within, over, way, np.concatenate(amounts), np.concatenate(starts) + rise, float(np.mean(np.concatenate(laxative))))


def _of_a_batch(case: Case, which: np.ndarray, rise: float, over: float, way: Way) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(lanes,) each: amounts in mol, doses above which the gut is hurried, serum at the start in mol/m^3."""
    lanes, _ = prepared(case, which, STEPS)
    start = np.asarray(steady_pools(case.model, lanes.p)["plasma_magnesium"]) / (lanes.named["plasma_volume"] * lanes.named["size"])
    smooth = lanes.named | {"laxative_dose": np.full(len(lanes.named["size"]), np.inf)}       # the jump is told, not solved across

    def serum_rise(amount: np.ndarray) -> np.ndarray:
        _, book = prepared(case, which, STEPS)
        if way == "mouth":
            taken = absorbed_of(smooth, amount)
            book.supply(0.0, "stomach", taken)
            book.supply(0.0, "faecal", amount - taken)
        else:
            book.during(f"{way}_flow", 0.0, over, amount / over)
        seen = run(case, lanes, book, case.regimen.duration.si, STEPS).seen
        return seen[1, SERUM] - seen[0, SERUM]

    held = rise * (lanes.named["plasma_volume"] + lanes.named["interstitial_volume"]) * lanes.named["size"]
    low, high = np.log(held), np.log(8 * held)
    at_low, at_high = (np.log(np.maximum(serum_rise(np.exp(x)), 1e-300) / rise) for x in (low, high))
    for _ in range(ROUNDS):                                   # secant on the logarithms: amount and rise are nearly in proportion
        slope = (at_high - at_low) / np.where(high == low, 1.0, high - low)
        step = np.where(abs(at_high) <= CLOSE, 0.0, -at_high / np.where(slope > 0, slope, 1.0))
        low, at_low, high = high, at_high, np.minimum(high + np.clip(step, -3.0, 3.0), np.log(MOST))
        at_high = np.log(np.maximum(serum_rise(np.exp(high)), 1e-300) / rise)
        capped = (high >= np.log(MOST)) & (at_high < 0)
        if np.all((abs(at_high) <= CLOSE) | capped):
            return np.where(capped, np.inf, np.exp(high)), lanes.named["laxative_dose"], start
    raise SolveError("no amount is found for this rise", "Look at the parameters you changed, or ask for a smaller rise")


