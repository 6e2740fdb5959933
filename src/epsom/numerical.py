"""How far the answers of a run move on a finer grid and with finer steps: measured in the run, or kept for shipped scenarios."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

FILE = "numerical_error.json"
FINER_STEPS = 4              # times the steps of the plan
FINER_CELLS = 2              # times the cells of every layer
MOST = 0.95                  # share of the draws that move by no more than what is said
NO_AGREEMENT = 1.0           # relative; a number that moves by all of itself, or is lost, agrees in nothing


class Moves(NamedTuple):
    """How far a number moves, relative to itself: the middle draw, and 19 of 20 draws by no more than the other."""

    typical: float
    most: float


class Numerical(NamedTuple):
    """Numerical error of an answer.

    Attributes
    ----------
    cells : with twice the cells in every layer.
    steps : with four times the steps in every segment.
    draws : of how many draws.
    """

    cells: Moves
    steps: Moves
    draws: int

    def as_dict(self) -> dict:
        return {"cells": self.cells._asdict(), "steps": self.steps._asdict(), "draws": self.draws}


def moves(plain: np.ndarray, finer: np.ndarray, least: float) -> Moves:
    """From (draws,) each way; what is smaller than `least` on both sides does not move."""
    change = abs(finer - plain) / np.maximum(abs(finer), least)
    change = np.clip(np.nan_to_num(change, nan=NO_AGREEMENT), 0.0, NO_AGREEMENT)
    return Moves(float(np.median(change)), float(np.quantile(change, MOST)))


def said(move: float) -> str:
    """A relative change as people read it."""
    percent = 100 * move
    if percent < 1e-3:
        return "< 0.001 %"
    return f"{float(f'{percent:.1e}'):g} %" if move < NO_AGREEMENT else "100 % or more"


def stored(case: str) -> dict[str, Numerical]:
    """{answer: Numerical} of a shipped scenario in this very model, told by the digest of its case; nothing for any other."""
    found = _kept().get(case, {"answers": {}})
    return {answer: Numerical(Moves(*cells), Moves(*steps), found["draws"]) for answer, (cells, steps) in found["answers"].items()}


@cache
def _kept() -> dict:
    return json.loads((files("epsom") / "data" / FILE).read_text("utf-8"))
