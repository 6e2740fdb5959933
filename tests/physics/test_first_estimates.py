"""The first estimates computed once more on their own: which of their open choices give their medians (docs/validation.md)."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def again():
    """docs/first_estimates.py, which writes the table."""
    found = importlib.util.spec_from_file_location("first_estimates", DOCS / "first_estimates.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def ratios(again, case, *assumed):
    """(first hour's times, quantities): medians over those of the first estimates."""
    return again.medians(case, again.Assumed(*assumed), 256, 60) / again.expected(case)[:3]


def test_the_wet_brine_is_reproduced_where_all_enters_at_the_top_and_nothing_binds(again):
    assert abs(ratios(again, "wet-brine", True, False) - 1).max() < 0.2
    spread = ratios(again, "wet-brine", False, True)
    assert spread[0, 0] < 0.75                               # along follicles and with binding the first rise at 83 um is far lower ...
    assert abs(spread[:, 2:] - 1).max() < 0.1                # ... and what passes the corneum the same


def test_damage_shortened_the_follicles_lag_as_well(again):
    assert ratios(again, "damaged-skin", True, False)[0, 3] < 0.8
    both = ratios(again, "damaged-skin", True, False, True)
    assert abs(both - 1).max() < 0.2


def test_the_column_keeps_what_comes_in(again):
    p = {name: value * np.ones(2) for name, value in again.drawn(2).items()} | {"clearance": np.zeros(2)}
    column = again.Tissue(p, True)
    source = np.zeros_like(column.capacity)
    source[0] = 1e-9
    rise = column.step(np.zeros_like(source), source)
    deep = again.LAYER == 2
    lost = (1e-4 * again.WIDTHS[:, None] * rise)[deep].sum(0)
    assert np.allclose((column.capacity * rise).sum(0) + lost, 1e-9, rtol=1e-12)
