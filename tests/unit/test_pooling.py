"""Pooling: numbers of others, exact cases, and what must hold for any studies."""

import math
import re
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epsom.core.errors import InputError
from epsom.evidence import libraries
from epsom.evidence.anchors import documents, rows
from epsom.evidence.effects import (
    Effects,
    log_odds_ratios,
    log_risk_ratios,
    mean_differences,
    standardised_mean_differences,
)
from epsom.evidence.pooling import METHODS, likelihood_interval, paule_mandel, pooled, regression, typical_variance
from epsom.evidence.tables import mantel_haenszel_odds_ratio, mantel_haenszel_risk_ratio, peto_odds_ratio, small_studies

RANDOM = [method for method in METHODS if method != "equal effects"]
ANCHORED = cache(rows)       # computed when a test asks
EXPECTED = [f"{name}: {one['analysis']}: {one['quantity']}" for name, anchor in documents().items() for one in anchor["expected"]]
BCG = np.array([row[1:5] for row in documents()["bcg-vaccine"]["trials"]], dtype=float).T
SOME = Effects(np.array([0.1, 0.9, -0.4, 0.5]), np.array([0.02, 0.05, 0.04, 0.1]))
studies = st.lists(st.tuples(st.floats(-3, 3), st.floats(0.01, 2.0)), min_size=3, max_size=8)


def effects(pairs) -> Effects:
    return Effects(*map(np.array, zip(*pairs)))


# ---- numbers of others -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("number", range(len(EXPECTED)), ids=EXPECTED)
def test_what_others_computed_is_found_again(number):
    row = ANCHORED()[number]
    assert EXPECTED[number] == f"{row.anchor}: {row.analysis}: {row.quantity}"
    assert row.passes, f"off by {row.off:.3g}"


def test_every_method_has_an_anchor_and_restricted_likelihood_a_tight_one():
    assert len(EXPECTED) == 88
    assert {row.analysis.split(", ")[1] for row in ANCHORED()} >= {*METHODS, "Mantel-Haenszel", "Peto", "small studies"}
    (tau2,) = [row for row in ANCHORED() if row.analysis == "log risk ratio, REML" and row.quantity == "tau2"]
    assert tau2.tolerance == 1e-6 and abs(tau2.off) < 1e-7


def test_an_unknown_anchor_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'bcg-vaccine'"):
        rows("bcg-vacine")


# ---- effects by hand -------------------------------------------------------------------------------------------------
def test_ratios_of_one_trial_by_hand():
    risk, odds = (each([4], [123], [11], [139]) for each in (log_risk_ratios, log_odds_ratios))
    assert math.exp(risk.values[0]) == pytest.approx((4 / 123) / (11 / 139))
    assert risk.variances[0] == pytest.approx(1 / 4 - 1 / 123 + 1 / 11 - 1 / 139)
    assert math.exp(odds.values[0]) == pytest.approx(4 * 128 / (119 * 11))
    assert odds.variances[0] == pytest.approx(1 / 4 + 1 / 119 + 1 / 11 + 1 / 128)


def test_an_empty_cell_is_filled_in_that_trial_alone():
    both, alone = log_odds_ratios([0, 4], [22, 123], [1, 11], [21, 139]), log_odds_ratios([4], [123], [11], [139])
    assert both.values[1] == alone.values[0]
    assert math.exp(both.values[0]) == pytest.approx(0.5 * 20.5 / (22.5 * 1.5))


@pytest.mark.parametrize("counts, said", [(([0], [10], [0], [10]), "says nothing"), (([10], [10], [10], [10]), "says nothing"),
                                          (([11], [10], [1], [10]), "between none and all"), (([1], [0], [1], [10]), "between none and all")])
def test_counts_that_say_nothing_are_refused(counts, said):
    for each in (log_risk_ratios, log_odds_ratios, mantel_haenszel_risk_ratio, peto_odds_ratio):
        with pytest.raises(InputError, match=said):
            each(*counts)


def test_differences_of_means_by_hand():
    """The soreness trial: 43 (27) of 18 against 41 (26) of 17."""
    found = mean_differences([43], [27], [18], [41], [26], [17])
    assert found.values[0] == 2 and found.variances[0] == pytest.approx(27**2 / 18 + 26**2 / 17)
    standard = standardised_mean_differences([43], [27], [18], [41], [26], [17])
    pooled_sd = math.sqrt((17 * 27**2 + 16 * 26**2) / 33)
    assert standard.values[0] == pytest.approx(2 / pooled_sd * (1 - 3 / (4 * 33 - 1)), rel=1e-4)       # the usual approximation


def test_standardised_differences_are_those_of_the_stroke_trials():
    """Normand 1999, the first four, with metafor's exact correction: -0.3552, -0.3479, -2.3176, -1.8880."""
    found = standardised_mean_differences([55, 27, 64, 66], [47, 7, 17, 20], [155, 31, 75, 18], [75, 29, 119, 137], [64, 4, 29, 48],
                                          [156, 32, 71, 18])
    assert found.values == pytest.approx([-0.3552, -0.3479, -2.3176, -1.8880], abs=5e-5)


@pytest.mark.parametrize("values, variances", [([1.0], [0.0]), ([math.nan], [1.0]), ([1.0], [math.inf]), ([1.0, 2.0], [1.0])])
def test_effects_without_a_variance_are_refused(values, variances):
    with pytest.raises(InputError):
        Effects(np.array(values), np.array(variances))


# ---- exact cases -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", METHODS)
def test_equal_studies_have_no_variance_between_them(method):
    found = pooled(Effects(np.full(5, 0.3), np.full(5, 0.1)), method)
    assert found.tau2 == pytest.approx(0, abs=1e-12) and found.i2 == pytest.approx(0, abs=1e-12)
    assert found.estimate == pytest.approx(0.3) and found.standard_error == pytest.approx(math.sqrt(0.1 / 5))


@pytest.mark.parametrize("method", ["DerSimonian-Laird", "Paule-Mandel", "REML"])
def test_with_equal_variances_the_variance_between_is_what_is_left_of_the_sample_variance(method):
    """All three are the sample variance less the variance within where the latter is the same everywhere."""
    values = np.array([0.0, 1.0, 2.5, -0.5])
    assert pooled(Effects(values, np.full(4, 0.2)), method).tau2 == pytest.approx(values.var(ddof=1) - 0.2, rel=1e-6)


def test_maximum_likelihood_divides_by_all_studies_then():
    values = np.array([0.0, 1.0, 2.5, -0.5])
    assert pooled(Effects(values, np.full(4, 0.2)), "ML").tau2 == pytest.approx(values.var() - 0.2, rel=1e-6)


def test_paule_and_mandel_make_q_what_it_is_expected_to_be():
    tau2 = paule_mandel(SOME, np.ones((4, 1)))
    weights = 1 / (SOME.variances + tau2)
    assert np.sum(weights * (SOME.values - np.average(SOME.values, weights=weights)) ** 2) == pytest.approx(3, abs=1e-8)


def test_the_interval_of_the_likelihood_falls_by_half_a_chi_square():
    found = likelihood_interval(SOME)

    def fit(tau2):
        total = SOME.variances + tau2
        mean = np.average(SOME.values, weights=1 / total)
        return -0.5 * np.sum(np.log(total) + (SOME.values - mean) ** 2 / total)

    best = max(map(fit, np.linspace(0, 2, 20001)))
    assert best - fit(found.high) == pytest.approx(3.841459 / 2, abs=1e-5)
    assert found.low == 0 or best - fit(found.low) == pytest.approx(3.841459 / 2, abs=1e-5)


def test_two_studies_have_no_interval_for_a_next_one_by_t():
    found = pooled(Effects(np.array([0.1, 0.9]), np.array([0.1, 0.1])))
    assert found.prediction is not None and found.prediction_t is None
    assert pooled(SOME, "equal effects").prediction is None


def test_a_study_alone_is_not_pooled():
    with pytest.raises(InputError, match="one study alone"):
        pooled(Effects(np.array([0.1]), np.array([0.1])))


def test_a_regression_finds_the_line_that_the_effects_lie_on():
    x = np.array([0.0, 1.0, 2.0, 4.0])
    found = regression(Effects(0.5 - 0.2 * x, np.array([0.1, 0.2, 0.1, 0.3])), x)
    assert found.coefficients == pytest.approx((0.5, -0.2)) and found.tau2 == pytest.approx(0, abs=1e-12)
    with pytest.raises(InputError, match="cannot carry"):
        regression(Effects(x[:2], x[1:3]), x[:2])


def test_ratios_from_counts_of_one_trial_are_that_trials():
    one = ([4], [123], [11], [139])
    assert mantel_haenszel_risk_ratio(*one).estimate == pytest.approx(log_risk_ratios(*one).values[0])
    assert mantel_haenszel_risk_ratio(*one).standard_error == pytest.approx(math.sqrt(log_risk_ratios(*one).variances[0]))
    assert mantel_haenszel_odds_ratio(*one).estimate == pytest.approx(log_odds_ratios(*one).values[0])


def test_tests_of_small_studies_need_studies_that_differ_in_size():
    with pytest.raises(InputError, match="different precision"):
        small_studies(Effects(np.array([0.1, 0.2, 0.3]), np.full(3, 0.1)))


# ---- what must hold for any studies ----------------------------------------------------------------------------------
def numbers(found) -> list[float]:
    return [found.estimate, found.standard_error, found.tau2, found.q, found.i2, found.knapp.low, found.knapp.high]


@settings(max_examples=8, deadline=None)
@given(pairs=studies, seed=st.randoms())
def test_the_order_of_studies_changes_nothing(pairs, seed):
    moved = list(pairs)
    seed.shuffle(moved)
    for method in METHODS:
        assert numbers(pooled(effects(moved), method)) == pytest.approx(numbers(pooled(effects(pairs), method)), rel=1e-5, abs=1e-7)


@settings(max_examples=8, deadline=None)
@given(pairs=studies, factor=st.sampled_from([1e-3, 0.1, 60.0, 1e4]))
def test_another_unit_scales_effects_and_nothing_else(pairs, factor):
    one = effects(pairs)
    for method in METHODS:
        here, there = pooled(one, method), pooled(Effects(factor * one.values, factor**2 * one.variances), method)
        scale = factor * math.sqrt(one.variances.max())
        assert there.estimate == pytest.approx(factor * here.estimate, rel=1e-5, abs=1e-6 * scale)
        assert there.standard_error == pytest.approx(factor * here.standard_error, rel=1e-5)
        assert there.tau2 == pytest.approx(factor**2 * here.tau2, rel=1e-4, abs=1e-6 * scale**2)
        assert there.i2 == pytest.approx(here.i2, abs=1e-5)


@settings(max_examples=8, deadline=None)
@given(pairs=studies)
def test_the_mean_lies_among_the_studies_and_variances_are_none_or_above(pairs):
    one = effects(pairs)
    for method in METHODS:
        found = pooled(one, method)
        assert one.values.min() - 1e-9 <= found.estimate <= one.values.max() + 1e-9
        assert found.tau2 >= 0 and 0 <= found.i2 < 1 and found.h2 >= 1
        assert found.tau2_interval.low <= found.tau2_interval.high
    assert typical_variance(one) > 0


@settings(max_examples=8, deadline=None)
@given(pairs=studies)
def test_the_other_direction_has_the_other_sign(pairs):
    one = effects(pairs)
    here, there = pooled(one), pooled(Effects(-one.values, one.variances))
    assert there.estimate == pytest.approx(-here.estimate, abs=1e-9) and there.tau2 == pytest.approx(here.tau2, abs=1e-9)


def test_arms_exchanged_turn_ratios_round():
    there = BCG[[2, 3, 0, 1]]
    for each in (mantel_haenszel_risk_ratio, mantel_haenszel_odds_ratio, peto_odds_ratio):
        assert each(*there).estimate == pytest.approx(-each(*BCG).estimate)
        assert each(*there).standard_error == pytest.approx(each(*BCG).standard_error)


# ---- without the extra -----------------------------------------------------------------------------------------------
def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    libraries.pymare.cache_clear()
    monkeypatch.setitem(sys.modules, "pymare", None)
    with pytest.raises(InputError, match=r'PyMARE.*pip install "epsom\[evidence\]"'):
        pooled(SOME)


# ---- the page --------------------------------------------------------------------------------------------------------
def test_the_page_tells_how_far_each_anchor_is_off():
    page = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text("utf-8")
    told = re.findall(r"^\| ([^|]+) \| [^|]+ \| (\d+) \| ([\d.]+) \|$", page, re.MULTILINE)
    starts = {"bcg-vaccine": "BCG", "magnesium-heart-attack": "magnesium into the vein", "stroke-length-of-stay": "length of stay",
              "five-effects": "five effects"}
    assert len(told) == len(documents()) == len(starts)
    for name, start in starts.items():
        (row,) = [row for row in told if row[0].startswith(start)]
        own = [each for each in ANCHORED() if each.anchor == name]
        most = max(abs(each.off) / each.tolerance for each in own)
        assert int(row[1]) == len(own) and most == pytest.approx(float(row[2]), rel=0.15)
