"""How much magnesium would have to be absorbed for serum to rise by so much within such a time. It is no dose to take."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from epsom.body.gut import absorbed_of
from epsom.core.draws import Draws
from epsom.core.errors import InputError, SolveError
from epsom.regimen import Regimen
from epsom.whole_body.course import (
    STEPS,
    WATCHED,
    Case,
    default_watch,
    habit_of,
    parameters_of,
    prepared,
    run,
    whole_body_model,
)

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
    serum : (draws,) the highest at the end of the uptake and at `within`, mol/m^3.
    laxative : share of draws in which this much by mouth acts as a laxative.
    """

    rise: float
    within: float
    over: float
    way: Way
    amount: np.ndarray
    serum: np.ndarray
    laxative: float


def needed(rise: float, within: float, over: float, way: Way = "skin", regimen: Regimen | None = None,
           draws: Draws | int = 256, seed: int = 1, redrawn: frozenset[str] = frozenset()) -> Needed:
    """The amount for serum to stand so much higher than without it, in each draw.

    Parameters
    ----------
    rise : mol/m^3.    within : s at which serum is to stand that much higher.    over : s during which the amount comes in evenly
        (not looked at by mouth).    redrawn : parameters that are drawn from a second stream.
    regimen : person, diet, hormones and parameters; by default an ordinary adult who eats evenly. It has no events.

    Raises
    ------
    InputError : the rise or a time is not above zero, the uptake lasts longer than `within`, or the regimen has events.
    SolveError : no amount is found in a draw.
    """
    if not (rise > 0 and 0 < over <= within):
        raise InputError("a rise is above zero, and the uptake ends before it is looked at",
                         "Give a rise, a time, and an uptake no longer than it", key="--over", value=f"{over:g} s of {within:g} s")
    regimen = regimen or Regimen.build({"name": "needed", "duration": "1 d"})
    if regimen.events:
        raise InputError("what else is given would hide what is needed", "Leave the events out", key="events", value=len(regimen.events))
    model, draws = whole_body_model((), regimen.hormones), draws if isinstance(draws, Draws) else Draws(draws, seed=seed)
    times = np.unique([0.0, min(over, within / 2) if way == "mouth" else over, within])
    case = Case(regimen, model, parameters_of(regimen, model), draws, habit_of(regimen), times, default_watch(model), redrawn=redrawn)
    found = [_of_a_batch(case, which, rise, over, way) for which in case.batches()]
    amount, highest, most = (np.concatenate([part[k] for part in found])[:draws.size] for k in range(3))
    return Needed(rise, within, over, way, amount, highest, float(np.mean((way == "mouth") & (amount > most))))


def _of_a_batch(case: Case, which: np.ndarray, rise: float, over: float, way: Way) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(draws,) each: amounts in mol, highest serum on the way in mol/m^3, doses above which the gut is hurried."""
    lanes, _ = prepared(case, which, STEPS)
    smooth = lanes.named | {"laxative_dose": np.full(len(lanes.named["size"]), np.inf)}       # the jump is told, not solved across

    def serum_after(amount: np.ndarray) -> np.ndarray:
        """(times, lanes)."""
        _, book = prepared(case, which, STEPS)
        if way == "mouth":
            taken = absorbed_of(smooth, amount)
            book.supply(0.0, "stomach", taken)
            book.supply(0.0, "faecal", amount - taken)
        else:
            book.during(f"{way}_flow", 0.0, over, amount / over)
        return run(case, lanes, book, case.times[-1], STEPS).seen[:len(case.times), SERUM]

    without = serum_after(np.zeros(len(lanes.named["size"])))[-1]
    short = lambda logarithm: np.log(np.maximum(serum_after(np.exp(logarithm))[-1] - without, 1e-300) / rise)
    held = rise * (lanes.named["plasma_volume"] + lanes.named["interstitial_volume"]) * lanes.named["size"]
    low, high = np.log(held), np.log(8 * held)
    at_low, at_high = short(low), short(high)
    for _ in range(ROUNDS):                                   # secant on the logarithms: amount and rise are nearly in proportion
        slope = (at_high - at_low) / np.where(high == low, 1.0, high - low)
        step = np.where(abs(at_high) <= CLOSE, 0.0, -at_high / np.where(slope > 0, slope, 1.0))
        low, at_low, high = high, at_high, np.minimum(high + np.clip(step, -3.0, 3.0), np.log(MOST))
        at_high = short(high)
        capped = (high >= np.log(MOST)) & (at_high < 0)
        if np.all((abs(at_high) <= CLOSE) | capped):
            highest = serum_after(np.exp(high)).max(0)
            return tuple(x[:len(which)] for x in (np.where(capped, np.inf, np.exp(high)), highest, lanes.named["laxative_dose"]))
    raise SolveError("no amount is found for this rise", "Look at the parameters you changed, or ask for a smaller rise")


