"""The drawn skin: every place with its numbers, in order, nothing cut off."""

from __future__ import annotations

import pytest

from epsom import answer
from epsom.cross_section import cross_section, in_words, places
from epsom.scenario import Scenario
from epsom.simulation import simulate
from epsom.standard import standard_model
from painless import painless


@pytest.fixture(scope="module")
def lotion():
    scenario = painless()
    result = simulate(standard_model(scenario), scenario, 8)
    return result, list(answer.answers(result))


def test_places_go_down_and_hold_the_numbers_of_the_answer(lotion):
    result, found = lotion
    told = places(result, "magnesium", found)
    by = {a.key: a.interval for a in found}
    names = [place.name.partition(",")[0] for place in told]
    assert names == ["on the skin", "stratum corneum", "viable epidermis", "papillary dermis", "within 0.1 mm of an open follicle",
                     "lower dermis", "blood", "subcutis", "upper muscle"]
    numbers = [place.numbers for place in told]
    assert by["applied_amount.end"] in numbers[0] and by["crossed_amount.end"] in numbers[1]
    assert by["papillary_dermis_concentration.peak"] in numbers[3] and by["upper_muscle_concentration.peak"] in numbers[8]
    assert by["papillary_dermis_concentration_near_follicles.20 min"] in numbers[4] and by["blood_uptake_amount.end"] in numbers[6]
    assert all(text in in_words(result, "magnesium", found) for text in (by["plasma_concentration.peak"], "subcutis"))


def test_words_lie_within_the_picture_and_on_no_other_words(lotion):
    result, found = lotion
    figure = cross_section(result, "magnesium", found)
    figure.set_dpi(100)
    figure.draw_without_rendering()
    page = figure.bbox
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert len(boxes) == 18 and all(box.x0 >= 0 and box.x1 <= page.x1 and box.y0 >= 0 and box.y1 <= page.y1 for box in boxes)
    assert not [1 for i, a in enumerate(boxes) for b in boxes[i + 1:] if a.overlaps(b)]


def test_skin_without_follicles_and_without_any_dose():
    """The sole has no follicles; water brings nothing."""
    tables = painless("plain-water-calf").tables()
    scenario = Scenario.build({**tables, "site": {**tables["site"], "name": "sole"}})
    result = simulate(standard_model(scenario), scenario, 4)
    found = list(answer.answers(result))
    told = places(result, result.solutes[0], found)
    assert not any("follicle" in place.name for place in told) and cross_section(result, result.solutes[0], found).axes
