"""Parameters and their spreads: each shape gives the quantiles that its numbers promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtri

from epsom.core.errors import DataError, InputError
from epsom.core.parameter import Parameter, Spread

LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
SCORES = ndtri(LEVELS)


def spread(shape, **numbers) -> Spread:
    return Spread.read({"shape": shape, **numbers})


def number(value=2.0, unit="um", **spreads) -> Parameter:
    """A parameter with these spreads."""
    return Parameter("organ.size", value, unit, "crc", "table 1", "A", (0.0, 10.0), **spreads)


@pytest.mark.parametrize(
    "given, sigma",
    [
        ({"gsd": 3.5}, math.log(3.5)),
        ({"sigma": 0.4}, 0.4),
        ({"cv": 0.3}, math.sqrt(math.log(1.09))),
        ({"low": 4.0, "high": 12.0, "level": 0.9}, math.log(3) / (2 * 1.6448536)),
        ({"low": 0.5, "high": 2.0, "level": 0.95}, math.log(4) / (2 * 1.959964)),
    ],
)
def test_lognormal_by_any_of_its_forms(given, sigma):
    found = spread("lognormal", **given)
    assert found.sigma() == pytest.approx(sigma, rel=1e-6)
    np.testing.assert_allclose(found.around(2.0, SCORES), stats.lognorm(sigma, scale=2.0).ppf(LEVELS), rtol=1e-5)


def test_cv_of_a_lognormal_is_its_cv():
    """Standard deviation over mean, by numerical quantiles."""
    score = ndtri((np.arange(200_000) + 0.5) / 200_000)
    values = spread("lognormal", cv=0.4).around(1.0, score)
    assert values.std() / values.mean() == pytest.approx(0.4, rel=1e-2)


def test_low_and_high_are_the_quantiles_of_their_level():
    """Around their geometric mean a share `level` of all draws lies between them."""
    found = spread("lognormal", low=4.0, high=9.0, level=0.9).around(6.0, ndtri(np.array([0.05, 0.95])))
    np.testing.assert_allclose(found, [4.0, 9.0], rtol=1e-9)


@pytest.mark.parametrize("given, sd", [({"sd": 0.06}, 0.06), ({"cv": 0.1}, 0.2)])
def test_normal(given, sd):
    np.testing.assert_allclose(
        spread("normal", **given).around(2.0, SCORES), stats.norm(2.0, sd).ppf(LEVELS), rtol=1e-9
    )


def test_normal_by_cv_is_wide_around_negative_numbers_too():
    assert spread("normal", cv=0.5).around(-2.0, 1.0) == pytest.approx(-1.0)


def test_logit_stays_between_0_and_1_around_its_median():
    found = spread("logit", sd=0.7).around(0.35, np.array([-8.0, 0.0, 8.0]))
    assert 0 < found[0] < 0.35 and found[1] == pytest.approx(0.35) and 0.35 < found[2] < 1


def test_uniform():
    np.testing.assert_allclose(spread("uniform", low=1.0, high=1.8).around(99.0, SCORES), 1 + 0.8 * LEVELS, rtol=1e-9)


def test_beta():
    np.testing.assert_allclose(
        spread("beta", a=2.0, b=5.0).around(99.0, SCORES), stats.beta(2, 5).ppf(LEVELS), rtol=1e-9
    )


@pytest.mark.parametrize("shape", ["uniform", "beta"])
def test_some_spreads_stand_instead_of_the_value(shape):
    assert Spread(shape, {}).absolute and not Spread("lognormal", {}).absolute


@pytest.mark.parametrize(
    "shape, given",
    [
        ("lognormal", {"gsd": 2.0}),
        ("normal", {"sd": 0.3}),
        ("logit", {"sd": 0.3}),
        ("uniform", {"low": 0, "high": 1}),
        ("beta", {"a": 2, "b": 2}),
    ],
)
def test_a_higher_score_is_a_higher_value(shape, given):
    assert (np.diff(spread(shape, **given).around(0.5, np.linspace(-4, 4, 50))) > 0).all()


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"shape": "gamma"},
        {"shape": "lognormal"},
        {"shape": "normal", "gsd": 2.0},
        {"shape": "uniform", "low": 0.0},
        {"shape": "lognormal", "low": 1.0, "high": 2.0},
    ],
)
def test_a_spread_of_no_form_is_refused(table):
    with pytest.raises(DataError):
        Spread.read(table)


def test_draws_are_in_si_and_both_spreads_act():
    """Median at zero scores; each spread answers to its own score only."""
    p = number(unknown=spread("lognormal", gsd=3.0), between_people=spread("lognormal", gsd=2.0))
    assert p.si == pytest.approx(2e-6)
    zero, one = np.zeros(1), np.ones(1)
    assert p.draw(zero, zero)[0] == pytest.approx(2e-6)
    assert p.draw(one, zero)[0] == pytest.approx(6e-6) and p.draw(zero, one)[0] == pytest.approx(4e-6)
    assert p.draw(one, one)[0] == pytest.approx(12e-6)


def test_people_differ_around_what_ignorance_drew():
    """Also around a uniform spread, which stands instead of the value."""
    p = number(unknown=spread("uniform", low=1.0, high=3.0), between_people=spread("normal", sd=0.1))
    assert p.draw(np.full(1, -9.0), np.full(1, 2.0))[0] == pytest.approx(1.2e-6)


def test_a_number_without_spread_is_the_same_in_every_draw():
    p = number()
    assert p.spread_free and (p.draw(SCORES, SCORES) == p.si).all()


def test_interval_is_the_5_and_95_percent_of_both_spreads():
    p = number(1.0, "1", unknown=spread("lognormal", gsd=3.02), between_people=spread("lognormal", gsd=1.8))
    sigma = math.hypot(math.log(3.02), math.log(1.8))
    np.testing.assert_allclose(p.interval(), np.exp(np.array([-1, 1]) * 1.6449 * sigma), rtol=0.02)


def test_a_number_set_by_a_person_has_no_spread_and_the_weakest_grade():
    p = number(unknown=spread("lognormal", gsd=3.0)).fixed(5.0, "nm", "try")
    assert (
        p.spread_free
        and p.grade == "D"
        and p.source == "scenario"
        and p.value == pytest.approx(5e-3)
        and p.unit == "um"
    )


def test_a_number_set_in_a_wrong_unit_is_refused():
    with pytest.raises(InputError, match="converted"):
        number().fixed(5.0, "s", "try")
