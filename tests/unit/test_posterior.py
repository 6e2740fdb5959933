"""Calibrated scores: what is drawn has the kept mean and covariance, the rest stays, and a broken file is named."""

import numpy as np
import pytest

from epsom.core import correlation, posterior
from epsom.core.correlation import correlated, together
from epsom.core.draws import Draws, scores
from epsom.core.errors import DataError
from epsom.core.parameter import all_parameters
from epsom.core.posterior import read_posteriors

TEXT = """[[posterior]]
name = "toy"
rows = ["one outcome"]
seed = 3
samples = 100
effective = 40
keys = ["x.one", "x.two"]
mean = [1.0, -0.5]
covariance = [
    [0.5, 0.2],
    [0.2, 0.8],
]
"""


@pytest.fixture
def toy(monkeypatch):
    found = read_posteriors(TEXT)
    monkeypatch.setattr(correlation, "posteriors", lambda: found)


def drawn(key, n=40_000):
    return correlated("unknown", key, lambda k: scores(1, "unknown", k, np.arange(n)), {})


def test_scores_have_the_mean_and_covariance_of_the_posterior(toy):
    both = np.array([drawn("x.one"), drawn("x.two")])
    np.testing.assert_allclose(both.mean(1), [1.0, -0.5], atol=0.02)
    np.testing.assert_allclose(np.cov(both), [[0.5, 0.2], [0.2, 0.8]], atol=0.02)


def test_what_is_stated_conditions_its_partner_around_the_mean(toy):
    """Normal theory: mean and variance of one given the other."""
    given = correlated("unknown", "x.two", lambda k: scores(1, "unknown", k, np.arange(40_000)), {"x.one": 2.0})
    assert given.mean() == pytest.approx(-0.5 + 0.2 / 0.5 * (2.0 - 1.0), abs=0.02)
    assert given.var() == pytest.approx(0.8 - 0.2 ** 2 / 0.5, rel=0.03)


def test_people_and_other_parameters_are_left_alone(toy):
    index = np.arange(50)
    np.testing.assert_array_equal(correlated("between_people", "x.one", lambda k: scores(1, "between_people", k, index), {}),
                                  scores(1, "between_people", "x.one", index))
    np.testing.assert_array_equal(drawn("z.free", 50), scores(1, "unknown", "z.free", index))
    assert together(frozenset({"x.two"})) == {"x.one", "x.two"}


@pytest.mark.parametrize("text, named", [
    (TEXT.replace("samples", "sample"), "unknown key|is missing"), (TEXT.replace("mean = [1.0, -0.5]", "mean = [1.0]"), "a mean of 2"),
    (TEXT.replace("[0.5, 0.2]", "[0.5, 0.9]"), "no covariance"), (TEXT + TEXT, "two posteriors"), ("[[posterior", "not valid TOML")])
def test_a_broken_file_is_named(text, named):
    with pytest.raises(DataError, match=named) as refused:
        read_posteriors(text, "posteriors.toml")
    assert "posteriors.toml" in str(refused.value)


def test_what_ships_is_of_unknown_parameters_that_no_correlation_names():
    found = posterior.posteriors()
    assert [one.name for one in found] == ["feeling"]
    named = {key for groups in correlation.correlations().values() for group in groups for key in group.keys}
    for one in found:
        assert one.effective > 20 * len(one.keys) ** 0.5 and np.diag(one.covariance).max() < 1.6
        assert not named & set(one.keys) and all(all_parameters()[key].unknown is not None for key in one.keys)


def test_values_stay_within_what_makes_sense():
    one = posterior.posteriors()[0]
    drawn = Draws(knowledge=2000).values({key: all_parameters()[key] for key in one.keys})
    for key, values in drawn.items():
        p = all_parameters()[key]
        low, high = (limit * p.si_factor for limit in p.range)
        assert np.mean((values < low) | (values > high)) < 0.01, key
