"""When Fick's law with a factor is good enough: limits of the factor, the numbers of the docs page, its picture."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from epsom import plots
from epsom.core.parameter import document
from epsom.dermal import electrodiffusion_factor as factor

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "electrodiffusion.md").read_text("utf-8")
COARSE = 20
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
HINDRANCE = {0.8: 0.08, 1.0: 0.15, 1.5: 0.32, 2.0: 0.44, 2.8: 0.57, 5.0: 0.74}        # of magnesium by pore radius in nm, by the reference


@pytest.fixture(scope="module")
def page():
    """docs/tables.py, which writes the page."""
    spec = importlib.util.spec_from_file_location("tables", DOCS / "tables.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def alike(shown: str, found: str) -> bool:
    """Whether two numbers as text agree: whole ones within 1, others within 6 % or 0.02."""
    here, there = float(shown), float(found)
    return abs(here - there) <= (max(0.02, 0.06 * abs(here)) if "." in shown else 1)


@pytest.mark.long
@pytest.mark.parametrize("name", ["donors", "charges", "pores", "dermis"])
def test_page_says_what_the_functions_give(page, name):
    """Every number of every table, on a coarse grid, and every word."""
    shown, found = page.between_marks(name).search(PAGE)[2], page.TABLES[name](COARSE)
    assert NUMBER.split(shown) == NUMBER.split(found)
    pairs = list(zip(NUMBER.findall(shown), NUMBER.findall(found), strict=True))
    assert [pair for pair in pairs if not alike(*pair)] == []


def test_page_has_a_table_for_each_mark(page):
    assert set(re.findall(r"<!-- (\w+) -->\n\n\|", PAGE)) == set(page.TABLES) and PAGE.count("<!-- end -->") == len(page.TABLES)


def test_what_the_page_says_in_words(page):
    """The claims that no table shows as a number."""
    radius, size = page.RADIUS, lambda donor, x: factor.passage(page.salt(donor), x, page.RADIUS, COARSE).factor
    assert factor.passage(page.salt(1), 0.0, radius, COARSE).net < 0                   # thin baths lose magnesium
    films = [size(page.FILM, x) for x in page.CHARGES]
    assert min(films) > 2.0 and max(films) / min(films) < 1.1
    baths = [size(page.BATH, x) / size(page.CREAM, x) for x in page.CHARGES]
    assert 12 < max(baths) / min(baths) < 16
    assert 2 < size(page.BATH, -60) < size(page.BATH, -130) < 5
    assert 1.3 < factor.transport_number(page.CHARGE, radius) < 1.45
    assert factor.dermis(5.0, COARSE)[0] < 0.02 and factor.dermis(2600.0, COARSE)[0] < 0.25


def test_magnesium_swamped_by_salt_is_fick():
    """A trace in a donor like the body, in an uncharged pore: E is 1 to 1e-5 and the potential next to nothing."""
    body = {"sodium": 150.0, "potassium": 4.0, "calcium": 1.2, "magnesium": 0.55, "chloride": 157.5}
    found = factor.passage(body, 0.0, 2e-9)
    assert found.factor == pytest.approx(1, abs=1e-5) and abs(found.potential) < 1e-7 and abs(found.net) < 1e-5


def test_pure_salt_has_the_factor_of_a_salt():
    """The stronger the brine the nearer to the salt's diffusivity over magnesium's, 3 D- / (2 D+ + D-) = 1.77."""
    magnesium, chloride = (document("ions", name).parameters["water_diffusivity"].si for name in ("magnesium", "chloride"))
    limit = 3 * chloride / (2 * magnesium + chloride)
    far = [limit - factor.passage(factor.chloride_of(c), 0.0, np.inf).factor for c in (1e3, 1e4, 1e5)]
    assert far[0] > far[1] > far[2] and 0 < far[2] < 5e-3


def test_lag_of_a_trace_is_ficks():
    """Under fluid like the body's with a trace of magnesium the lag is h^2 / (6 D), to 0.5 %."""
    body = {"sodium": 150.0, "potassium": 4.0, "calcium": 1.2, "magnesium": 0.55, "chloride": 157.5}
    assert factor.lag(body, 0.0, 2e-9) == pytest.approx(1, abs=5e-3)


@pytest.mark.parametrize("radius", HINDRANCE)
def test_hindrance_by_the_reference(radius):
    diffusivity = document("ions", "magnesium").parameters["water_diffusivity"].si
    assert factor.hindered(diffusivity, radius * 1e-9) / diffusivity == pytest.approx(HINDRANCE[radius], abs=6e-3)


def test_water_hinders_nothing():
    assert factor.hindered(1e-9, np.inf) == 1e-9
    assert factor.transport_number(0.0, np.inf) == pytest.approx(1, rel=1e-14)


@pytest.mark.parametrize("charge", [0.0, -30.0])
def test_ordinary_donors_end_at_the_bounds(charge):
    """E is 1.0 or 1.8 at both ends, to 1e-3, and within them in between."""
    ends = factor.ordinary_donors(charge, 2e-9, COARSE)
    size = lambda donor: factor.passage(factor.chloride_of(donor), charge, 2e-9, COARSE).factor
    for end in ends:
        assert min(abs(size(end) - bound) for bound in factor.ORDINARY) < 2e-3
    assert factor.ORDINARY[0] < size(np.sqrt(ends[0] * ends[1])) < factor.ORDINARY[1]


def test_the_default_is_the_prior_of_the_model():
    spread = document("solutes", "magnesium").parameters["electrodiffusion_factor"].unknown.numbers
    assert (spread["low"], spread["high"]) == factor.ORDINARY


def test_every_parameter_is_used():
    """Each number of electrodiffusion.toml is read by name in the code or by the page."""
    code = Path(factor.__file__).read_text("utf-8") + (DOCS / "tables.py").read_text("utf-8")
    names = document("verification", "electrodiffusion").parameters
    assert not [name for name in names if f'"{name}"' not in code and f'"{name.removeprefix("body_")}"' not in code]


def test_needs_no_jax():
    code = "import sys, epsom.dermal.electrodiffusion_factor; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


def test_picture():
    """One line for each fixed charge, words on both axes, the same bytes each time."""
    donors = np.array([1.0, 100.0, 4500.0])
    factors = {0.0: np.array([0.2, 1.3, 2.1]), -100.0: np.array([45.0, 2.0, 2.1])}
    figure = plots.electrodiffusion_factor(donors, factors, factor.ORDINARY)
    (axes,) = figure.axes
    assert len(axes.lines) == 2 and axes.get_xlabel() and axes.get_ylabel()
    assert plots.as_svg(figure) == plots.as_svg(plots.electrodiffusion_factor(donors, factors, factor.ORDINARY))
