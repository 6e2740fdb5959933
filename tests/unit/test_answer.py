"""Answers: numbers as people read them, shares of the spread, alarms that follow from the numbers."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from epsom import answer, certainty
from epsom.core.digits import digits
from epsom.core.draws import Draws
from epsom.scenario import Scenario
from epsom.simulation import simulate
from epsom.standard import standard_model
from painless import painless


@pytest.mark.parametrize("value, unit, text", [
    (0.048, "g", "48 mg"), (1.04e-6, "g", "1.0 µg"), (3e-10, "g", "< 1 ng"), (0.0, "g", "< 1 ng"), (12.345, "g", "12 g"),
    (5.5e-4, "mol/L", "550 µmol/L"), (9.96e-4, "mol/L", "1.0 mmol/L"), (5.83, "h", "5.8 h"), (0.25, "h", "15 min"), (24.0, "h", "24 h")])
def test_numbers_are_readable(value, unit, text):
    assert answer.readable(value, unit) == text


def test_share_of_the_spread_of_a_known_model():
    """log f = x + 2 y with y assumed: its share is 4/5, and the interval holds it."""
    rng = np.random.default_rng(7)
    x, y, z = rng.standard_normal((3, 4000))
    share = answer.assumed_share(np.exp(x + 2 * y), np.exp(x + 2 * z), seed=1)
    assert share.low < 0.8 < share.high and share.value == pytest.approx(0.8, abs=0.05)


def test_people_who_share_a_knowledge_draw_widen_the_interval():
    """Twenty draws with fifty alike people each tell no more than twenty draws."""
    rng = np.random.default_rng(3)
    x, y, z = (np.repeat(rng.standard_normal(20), 50) for _ in range(3))
    one, many = (answer.assumed_share(np.exp(x + y), np.exp(x + z), 1, people) for people in (1, 50))
    assert many.high - many.low > 3 * (one.high - one.low)


def test_what_does_not_vary_has_no_share():
    assert answer.assumed_share(np.ones(9), np.ones(9), 1) is None


@pytest.fixture(scope="module")
def changed():
    """A result of the shipped example with tables changed."""
    def run(draws=16, **tables):
        given = painless().tables()
        for key, value in tables.items():
            given[key] = {**given[key], **value} if isinstance(value, dict) and key in given else value
        scenario = Scenario.build(given)
        return simulate(standard_model(scenario), scenario, draws)
    return run


def test_harm_is_said_also_on_skin_that_has_a_barrier(changed):
    """Weak kidneys, much damaged skin, a covered brine: the alarm tells when serum reaches 2 mmol/L."""
    result = changed(
        person={"egfr": "5 mL/min/1.73m^2"}, site={"barrier": "damaged", "area": "1.6 m^2"}, product={"use": "magnesium-oil-31pct"},
        steps=[{"at": "0 min", "apply": "10 mg/cm^2"}, {"at": "0 min", "occlude": {"for": "23 h"}}])
    assert any("Serum magnesium of 2 mmol/L is reached in" in text for text in answer.alarms(result))


@pytest.mark.long
def test_absent_barrier_always_tells_the_time_to_harm(changed):
    assert any("is not reached in any draw" in text for text in answer.alarms(changed(site={"barrier": "absent", "area": "9 cm^2"})))


def test_harm_that_is_there_before_is_not_put_down_to_the_product(changed, monkeypatch):
    """Two draws stand above the level at the start and one comes to it."""
    result = changed()
    levels = np.full((result.draws.size, len(result.times)), 0.9)
    levels[:2], levels[2, 5:] = 2.5, 2.1
    monkeypatch.setattr(answer, "serum", lambda _: levels)
    share, hours = 100 / result.draws.size, result.times[5] / 3600
    said = answer.time_to_harm(result)
    assert f"in {2 * share:.0f} % of the draws before anything is done" in said and "dialysis is not modelled" in said
    assert f"is reached in {share:.0f} % of the draws" in said and said.endswith(f"after about {digits(hours)} h.")
    levels[2] = 0.9
    assert "is reached" not in answer.time_to_harm(result) and "before anything is done" in answer.time_to_harm(result)


def test_no_alarm_for_the_shipped_example(changed):
    assert answer.alarms(changed()) == []


def test_few_draws_that_are_not_resolved_are_told_below_and_many_above(changed):
    """One of 16 draws is many; of 200 it is told where it is said how sure each number is."""
    result = changed()
    solver = result.provenance["solver"] | {"draws_not_healed": 1}
    one = replace(result, provenance={**result.provenance, "solver": solver})
    assert "1 of 16 draws still changed" in answer.alarms(one)[0]
    assert not any("still changed" in note for note in certainty.told(one, answer.answers(one))["notes"])
    many = replace(one, draws=Draws(knowledge=200))
    assert not any("still changed" in text for text in answer.alarms(many))
    assert "1 of 200 draws still changed" in next(iter(certainty._about_draws(many)))


def test_a_rise_that_goes_on_is_said(changed):
    """Twenty minutes are too short for any peak."""
    found = {a.key: a for a in answer.answers(changed(duration="20 min", steps=[{"at": "0 min", "apply": "2 mg/cm^2"}]))}
    assert "still rising at the end" in found["papillary_dermis_concentration.peak"].sentence
    assert "scenario alone" not in found["papillary_dermis_concentration.peak_time"].sentence


def test_a_product_without_the_solute_or_no_dose_gives_no_share(changed):
    result = changed(steps=[{"at": "1 h", "wash": 0.5}])
    assert "%" not in answer.headline(result, answer.answers(result))[0]["lines"][0]


def zone(where: str, low: float, middle: float, high: float, floor=None) -> tuple[str, answer.Answer]:
    key = f"papillary_dermis_concentration{where}.20 min"
    return key, answer.Answer(key, key, "magnesium", "rise", "mol/L", low, middle, high, "D", None, floor=floor)


RING = SimpleNamespace(parameters={"perifollicular.near_width": SimpleNamespace(si=1.5e-4)})


def test_near_and_between_follicles_are_told_apart():
    by = dict([zone("", 1e-5, 1e-4, 1e-3), zone("_near_follicles", 2e-4, 1e-3, 7e-3),
               zone("_between_follicles", 1e-8, 2e-5, 3e-4, (5e-7, 5e-6, 5e-5))])
    line, = answer.around_follicles(by, RING)
    assert "after 20 min the rise there is 1.0 mmol/L (200 µmol/L to 7.0 mmol/L) within 0.15 mm of an open follicle" in line
    assert "20 µmol/L (< 500 nmol/L to 300 µmol/L) in the half of the skin that is farthest" in line


def test_nothing_is_said_of_follicles_that_bring_nothing():
    same = [zone(where, 1e-5, 1e-4, 1e-3) for where in answer.ZONES]
    assert answer.around_follicles(dict(same), RING) == [] == answer.around_follicles({}, RING)
