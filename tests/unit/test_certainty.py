"""What is said of each headline number: ignorance and people, grid and steps, and what to type where that is not known."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from epsom import answer, certainty, numerical, storage
from epsom.core.draws import Draws
from epsom.core.errors import InputError
from epsom.core.parameter import Z95
from epsom.faces.show import certainty_lines
from epsom.report import page
from epsom.result import Checked
from epsom.scenario import Scenario
from epsom.simulation import _of_the_kept, simulate
from epsom.standard import standard_model
from painless import painless

KNOWN, PERSON = 1.5, 0.5                 # standard deviations of the logarithm: 90 % of the variance is ignorance
DRAWS = Draws(knowledge=25, people=16, seed=4)


@pytest.fixture(scope="module")
def scenario():
    """A shipped scenario with a number of its own, so that no kept figures are its."""
    return Scenario.build({**painless().tables(), "duration": "23 h"})


@pytest.fixture(scope="module")
def result(scenario):
    """Checked against the very same grid, so that nothing is compiled; with finer cells nothing may then move."""
    return simulate(standard_model(scenario), scenario, 6, finer=standard_model(scenario))


def standardised(n: int) -> np.ndarray:
    """(n,) numbers with mean 0 and sample variance 1, exactly."""
    x = np.linspace(-1, 1, n)
    return x / x.std(ddof=1)


@pytest.fixture(scope="module")
def constructed(result):
    """Every readout is one course times exp(KNOWN x + PERSON z), in mol or mol/m^3 that can be told."""
    size = np.exp(KNOWN * standardised(25)[:, None] + PERSON * standardised(16)).ravel()[:, None]
    course = {name: np.linspace(0.0, 1e-3, len(result.times)) * size for name in result.readouts}
    return replace(result, draws=DRAWS, readouts=course, redrawn=None, checked=None)


def test_a_known_split_is_told(constructed):
    found = {a.key: a for a in answer.answers(constructed)}
    crossed = found["crossed_amount.end"]
    assert crossed.split.unknown.value == pytest.approx(0.9) and crossed.split.factor.value == pytest.approx(np.exp(2 * Z95 * PERSON))
    middle = np.exp(KNOWN * np.quantile(standardised(25), (0.05, 0.95))) * 24.305e-3
    assert crossed.split.typical == pytest.approx(middle, rel=0.01)
    assert found["crossed_amount.1 h"].split.unknown == pytest.approx(crossed.split.unknown), "a constant factor changes no share"
    assert crossed.split.people == 16 and found["papillary_dermis_concentration.peak_time"].split is None, "all peak at the end"


def test_the_split_stands_in_text_summary_and_page(constructed):
    told = certainty.told(constructed, answer.answers(constructed))
    row = next(row for row in told["rows"] if row["key"] == "crossed_amount.end")
    assert row["people"] == "5.2 times" and row["unknown"].startswith("90 % (")
    text = "\n".join(certainty_lines(told, several=False))
    assert f"{row['typical']} 5.2 times 90 % (" in " ".join(text.split()) and "A typical person: the middle one of 16 virtual people" in text
    data = json.loads(json.dumps(storage.summary(constructed)))
    assert data["certainty"]["rows"][0] == told["rows"][0]
    assert next(a for a in data["answers"] if a["key"] == "crossed_amount.end")["split"]["unknown"]["value"] == pytest.approx(0.9)
    html = " ".join(page(constructed).split())
    assert f'<td data-name="people differ">5.2 times ({row["people_interval"]})</td>' in html


def test_one_person_in_each_draw_tells_nothing_and_says_what_to_type(result):
    told = certainty.told(result, answer.answers(result))
    assert certainty.NOT_SPLIT in told["notes"] and {name for name, _ in told["columns"]} == {"cells", "steps"}
    one = replace(result, draws=Draws(1, 6), checked=None)
    assert certainty.told(one, answer.answers(one))["notes"] == [certainty.ONE_DRAW, certainty.NOT_CHECKED]


def test_the_same_grid_moves_nothing_and_finer_steps_hardly_anything(result):
    assert result.checked.which.tolist() == list(range(6))
    for a in answer.answers(result):
        assert a.numerical.draws == 6 and a.numerical.cells == (0.0, 0.0)
        assert a.numerical.steps.typical <= a.numerical.steps.most <= 1e-3, a.key
    assert max(a.numerical.steps.most for a in answer.answers(result)) > 1e-9


def test_a_draw_that_is_left_out_takes_its_people_along():
    """Of 3 draws of 2 people the second is left out: what was checked of it goes, and positions move up."""
    seen = {"x": np.arange(4.0)[:, None]}
    kept = np.array([True, True, False, False, True, True])
    found = _of_the_kept(Checked(np.array([0, 2, 3, 5]), seen, seen), kept)
    assert found.which.tolist() == [0, 3] and found.cells["x"].ravel().tolist() == [0.0, 3.0]
    assert _of_the_kept(Checked(np.array([2]), seen, seen), kept) is None


def test_a_finer_model_with_other_readouts_is_refused(scenario):
    model = standard_model(scenario)
    other = type(model)(model.mechanisms, ("magnesium", "urea"))
    with pytest.raises(InputError, match="other readouts"):
        simulate(model, scenario, 2, finer=other)


@pytest.mark.parametrize("plain, finer, typical, most", [
    ([1.0, 2.0, 4.0], [1.0, 2.0, 5.0], 0.0, 0.18), ([1e-12, 0.0], [5e-12, 3e-12], 0.0035, 0.00395), ([1.0, 1.0], [np.nan, np.nan], 1.0, 1.0),
    ([1.0], [0.0], 1.0, 1.0)])
def test_moves(plain, finer, typical, most):
    """Relative to the finer number, or to the least that counts; what is lost has moved by all of itself."""
    assert numerical.moves(np.array(plain), np.array(finer), 1e-9) == pytest.approx((typical, most), rel=1e-2)


@pytest.mark.parametrize("move, text", [(0.0, "< 0.001 %"), (6.64e-4, "0.066 %"), (0.0123, "1.2 %"), (0.5, "50 %"), (1.0, "100 % or more")])
def test_moves_are_readable(move, text):
    assert numerical.said(move) == text


def test_a_scenario_of_ones_own_has_no_kept_figures(result):
    assert numerical.stored(result.provenance["case"]) == {}
