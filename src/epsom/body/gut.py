"""What the gut takes up of one intake: saturable and proportional absorption side by side (Fine 1991)."""

from __future__ import annotations

import numpy as np


def net_absorption(amount, most, half, proportional):
    """Amount absorbed of one intake, in the unit of `amount`, less what the gut's own juices lose with it.

    most x amount / (half + amount) + proportional x amount, and never more than the amount.

    Parameters
    ----------
    amount, most, half : mol of one meal or dose.
    proportional : share that is taken up without limit.
    """
    return np.minimum(amount * (most / (half + amount) + proportional), amount)
