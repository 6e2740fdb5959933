"""Amounts that a rise needs, chances to see it, thresholds: against the course itself, closed forms and known tables."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.core.draws import Draws
from epsom.core.errors import InputError
from epsom.core.power import people_needed, power
from epsom.regimen import Regimen
from epsom.whole_body.course import follow
from epsom.whole_body.detection import detect, enrichment
from epsom.whole_body.needed import needed
from epsom.whole_body.threshold import climb

HOUR, MG = 3600.0, 24.305e3
USUAL = Regimen.build({"name": "x", "duration": "1 d", "parameters": {"homeostasis.glomerular_filtration": "120 mL/min"}})


def of(amount: str, **tables) -> Regimen:
    return Regimen.build({"name": "x", "duration": "24 h", "events": [{"at": "0 h", "absorb": {"amount": amount, "for": "4 h"}}], **tables})


# ---- needed ----------------------------------------------------------------------------------------------------------
def test_a_rise_of_a_twentieth_needs_what_the_reference_says():
    """At 120 mL/min over four hours: 47 mg (36 to 67); at once in 20 min 98 mg (68 to 136)."""
    slow = needed(0.05, 4 * HOUR, 4 * HOUR, regimen=USUAL).amount * MG
    assert np.quantile(slow, (0.05, 0.5, 0.95)) == pytest.approx([36, 47, 67], rel=0.1)
    fast = needed(0.05, 4 * HOUR, HOUR / 3, regimen=USUAL).amount * MG
    assert np.quantile(fast, (0.05, 0.5, 0.95)) == pytest.approx([68, 98, 136], rel=0.1)


def test_the_amount_brings_about_the_rise():
    """Put back into the course, draw by draw."""
    draws = Draws(3, seed=5)
    for k, amount in enumerate(needed(0.05, 4 * HOUR, 4 * HOUR, draws=draws).amount):
        rise = follow(of(f"{float(amount) * 1e3!r} mmol"), draws, times=np.array([0.0, 4 * HOUR])).change("serum_concentration", 4 * HOUR)
        assert rise[k] == pytest.approx(0.05, rel=1e-5)


def test_more_than_half_a_body_is_no_number():
    assert np.isinf(needed(100.0, 4 * HOUR, 4 * HOUR, draws=2).amount).all()


@pytest.mark.parametrize("rise, within, over", [(0.0, 1.0, 1.0), (0.1, HOUR, 2 * HOUR), (-1.0, HOUR, HOUR)])
def test_what_makes_no_sense_is_refused(rise, within, over):
    with pytest.raises(InputError, match="above zero"):
        needed(rise, within, over)


# ---- detect ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("effect, groups, people", [(0.5, 1, 34), (0.5, 2, 64), (0.8, 2, 26), (0.2, 2, 394), (1.0, 1, 10)])
def test_numbers_of_people_are_those_of_the_tables(effect, groups, people):
    """Cohen 1988: two-sided, 5 %, a chance of 80 %."""
    assert people_needed(effect, 1.0, groups) == people
    assert power(effect, 1.0, people - 1, groups) < 0.8 <= power(effect, 1.0, people, groups)


def test_power_is_what_trials_find():
    """20 000 drawn trials of 20 people, an effect of 0.6 standard deviations."""
    from scipy.stats import ttest_1samp

    found = ttest_1samp(np.random.default_rng(1).normal(0.6, 1.0, (20_000, 20)), 0.0, axis=1)
    share = np.mean((found.pvalue < 0.05) & (found.statistic > 0))
    assert float(power(0.6, 1.0, 20)) == pytest.approx(share, abs=0.01)


def test_no_effect_needs_more_people_than_there_are_and_a_huge_one_two():
    assert people_needed(0.0, 1.0) == 100_000 and people_needed(1e6, 1.0) == 2


def test_a_milligram_of_26mg_moves_the_ratio_by_a_hundredth():
    """One milligram absorbed over four hours: 1.0 % (0.73 to 1.32) at four hours."""
    regimen = of("1 mg Mg")
    tables = regimen.tables()
    tables["events"][0]["absorb"]["isotope"] = "26Mg"
    share = follow(Regimen.build(tables), Draws(64, 4, seed=1)).at("plasma_tracer_share[26Mg]", 4 * HOUR)
    assert 100 * np.quantile(enrichment(share), (0.05, 0.5, 0.95)) == pytest.approx([0.73, 1.0, 1.32], rel=0.12)


def test_detection_says_what_is_seen_and_a_bath_confounds():
    by_name = {m.name: m for m in detect(of("20 mg Mg"), draws=Draws(32, 8, 1))}
    assert set(by_name) == {"serum", "ionised magnesium", "urine of 24 h"}, "no isotope was given"
    serum = by_name["serum"]
    assert np.median(serum.signal) == pytest.approx(0.022, abs=0.003) and 0.025 < serum.chance < 0.2
    assert serum.people_paired[0] <= serum.people_paired[1] <= serum.people_paired[2] < serum.people_each[2]
    bathed = {m.name: m for m in detect(of("20 mg Mg"), draws=Draws(32, 8, 1), hot_bath=True)}
    assert bathed["serum"].people_paired is None and bathed["serum"].people_each[1] > serum.people_each[1]
    assert bathed["serum"].chance < serum.chance and bathed["urine of 24 h"].people_paired == by_name["urine of 24 h"].people_paired


def test_nothing_taken_up_is_seen_by_chance_alone():
    for m in detect(of("0 mg Mg"), draws=Draws(8, 4, 1)):
        assert m.chance == pytest.approx(0.025, abs=1e-3) and m.people_paired[1] == 100_000


def test_a_day_is_needed():
    with pytest.raises(InputError, match="24 h"):
        detect(Regimen.build({"name": "x", "duration": "6 h"}))


# ---- threshold -------------------------------------------------------------------------------------------------------
def test_short_infusions_are_not_passed_over():
    """Ten grams of magnesium sulfate within five minutes, every day for a month: every one of them passes 2 mmol/L."""
    events = [{"at": "2 d", "every": "24 h", "times": 25, "infuse": {"amount": "10 g MgSO4.7H2O", "for": "5 min"}}]
    regimen = Regimen.build({"name": "x", "duration": "30 d", "events": events})
    found, = climb(regimen, 2.0, (90.0,), draws=8)
    assert found.above == pytest.approx(2 * 86400 + 300, abs=1.0)
    assert (follow(regimen, 8)["serum_concentration"].max(1) > 4).all()


def test_failing_kidneys_climb_higher_and_pass():
    regimen = Regimen.build({"name": "x", "duration": "28 d", "events": [{"at": "0 h", "absorb": {"amount": "5600 mg Mg", "for": "28 d"}}]})
    found = climb(regimen, 1.5, (120.0, 30.0, 10.0), draws=32)
    ends = [np.median(one.serum[:, -1]) for one in found]
    assert ends == sorted(ends)
    assert not np.isfinite(found[0].above).any() and np.isfinite(found[2].above).mean() > 0.9
    passed = found[2]
    for k in np.flatnonzero(np.isfinite(passed.above)):
        assert passed.serum[k, np.searchsorted(passed.times, passed.above[k])] > 1.5
