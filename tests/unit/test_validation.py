"""Validation cases: files that say whose numbers they are, readings that mean what they say."""

from types import SimpleNamespace

import numpy as np
import pytest

from epsom import validation
from epsom.core import sources
from epsom.core.errors import InputError
from epsom.core.parameter import names
from epsom.core.units import Quantity
from epsom.result import Profile
from epsom.validation import READ, Expected, Row, load

TIMES = np.linspace(0, 3600, 61)


@pytest.mark.parametrize("name", names("validation"))
def test_every_case_says_whose_numbers_it_has(name):
    case = load(name)
    assert case.about.source in sources.bibliography()
    assert case.expected and {e.of for e in case.expected} <= set(READ)
    for e in case.expected:
        assert e.low < e.median < e.high and 0 < e.at.si < case.scenario.duration.si
        assert (e.below_corneum is not None) == (e.of == "tissue")


def test_an_unknown_case_offers_the_nearest():
    with pytest.raises(InputError, match="epsom-bath"):
        load("epsom-bat")


class Run(SimpleNamespace):
    """A result of which only this is read."""

    def __getitem__(self, name):
        return self.readouts[name]


def run(amount) -> Run:
    """A result in which `amount(t)` mol of magnesium have crossed 100 cm2, with a profile that falls in a straight line."""
    depths = np.linspace(0, 0.03, 31)
    lines = np.stack([np.tile(level * (1 - depths / 0.03), (61, 1)) for level in (1.0, 2.0, 3.0)])
    profile = Profile(depths, (0.05, 0.5, 0.95), lines, lines[:, :1])
    result = Run(solutes=("magnesium",), times=TIMES, profiles={"magnesium": profile},
                             scenario=SimpleNamespace(site=SimpleNamespace(area=Quantity("100 cm^2", 1e-2))))
    result.readouts = {"crossed_amount[magnesium]": np.stack([s * amount(TIMES) for s in (1.0, 2.0, 3.0)])}
    return result


def read(of, unit, amount=lambda t: t, **more):
    expected = Expected(of=of, at="30 min", unit=unit, median=1, low=0.5, high=2, **more)
    return validation._found(run(amount), expected)


def test_amounts_are_mass_per_area():
    """1800 mol on 100 cm2, times 24.305 g/mol, in the middle of three draws."""
    assert read("crossed", "g/cm^2")[0] == pytest.approx(2 * 1800 * 24.305 / 100, rel=1e-9)


def test_flux_is_the_slope_of_a_parabola():
    """Exact for one: the derivative of t^2 at 1800 s."""
    assert read("flux", "g/cm^2/s", lambda t: t**2)[0] == pytest.approx(2 * 2 * 1800 * 24.305 / 100, rel=1e-9)


def test_tissue_is_read_between_depths():
    found = read("tissue", "mmol/L", below_corneum="7.5 mm")
    assert found == pytest.approx((1.5, 0.75, 2.25), rel=1e-9)


def test_a_quarter_apart_still_agrees():
    row = lambda found: Row("x", "g", (1.0, 0.5, 2.0), (found, 0.0, 9.0))
    assert row(1.24).agrees and row(0.76).agrees and not row(1.26).agrees and not row(0.74).agrees


def test_a_small_run_of_a_case_fills_every_row():
    case = load("wet-brine")
    rows = validation.compare(case, draws=16)
    assert len(rows) == len(case.expected) and all(np.isfinite(row.found).all() for row in rows)
    assert all(0.1 < row.ratio < 10 for row in rows)
