"""What the gut takes up of an intake: saturable and proportional absorption side by side (Fine 1991).

Arrays may be NumPy's or JAX's. `p` holds numbers of `data/intakes/gut.toml` by name, `endogenous_faecal_loss` (mol/s) of `homeostasis`
and the body's `size` (1), each (lanes,) in SI.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NUMBERS = ("most_absorbed", "half_absorption", "proportional_absorption", "laxative_dose", "transit_factor")     # of gut.toml, for a diet


def net_absorption(amount, most, half, proportional):
    """Amount absorbed of one intake, in the unit of `amount`, less what the gut's own juices lose with it.

    most x amount / (half + amount) + proportional x amount, and never more than the amount.

    Parameters
    ----------
    amount, most, half : mol of one meal or dose.
    proportional : share that is taken up without limit.
    """
    return most.__array_namespace__().minimum(amount * (most / (half + amount) + proportional), amount)


def absorbed_of(p: Mapping[str, Any], amount, before=0.0, factor=1.0):
    """mol absorbed of an intake, given what was taken shortly `before` and still competes for the same uptake; `factor` is the salt's."""
    numbers = p["most_absorbed"], p["half_absorption"], p["proportional_absorption"]
    arrays = p["most_absorbed"].__array_namespace__()
    whole = amount + before
    transit = arrays.where(whole > p["laxative_dose"], p["transit_factor"], 1.0)
    return arrays.minimum(factor * transit * (net_absorption(whole, *numbers) - net_absorption(before, *numbers)), amount)


def returned(p: Mapping[str, Any], meal, interval):
    """mol of a meal that make good what the gut's juices lose until the next: what was measured is absorption less this loss (Fine 1991).

    Parameters
    ----------
    meal : mol of magnesium.    interval : s between meals.
    """
    return p["most_absorbed"].__array_namespace__().minimum(p["endogenous_faecal_loss"] * p["size"] * interval, meal)


def absorbed_diet(p: Mapping[str, Any], meal, interval):
    """mol/s absorbed on average of such meals, juices' loss not taken off."""
    return p["most_absorbed"].__array_namespace__().minimum(absorbed_of(p, meal) + returned(p, meal, interval), meal) / interval
