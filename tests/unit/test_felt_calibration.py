"""Calibration: on a linear toy the posterior is the textbook's, targets are read as they stand."""

import numpy as np
import pytest

from epsom import felt_calibration as calibration
from epsom.core.errors import DataError
from epsom.core.posterior import posteriors
from epsom.felt_calibration import Target, calibrate, covariance, targets

SLOPES = np.array([[2.0, 0.5, 0.0], [0.0, -1.0, 1.0]])        # outcomes by parameter


class Linear:
    """Stands in for the trials: outcomes are linear in the scores."""

    rows = (Target("a", "p", "", "", "", 3.0, 0.3, 0.4, "", ""), Target("b", "p", "", "", "", -1.0, 0.5, 0.4, "", "", besides=0.5))

    def __init__(self, seed, keys):
        self.keys = ("x", "y", "z")

    def predicted(self, found):
        return found @ SLOPES.T

    likelihood = calibration.Trials.likelihood


def test_a_linear_model_gets_the_posterior_of_the_textbook(monkeypatch):
    monkeypatch.setattr(calibration, "Trials", Linear)
    found = calibrate(samples=400_000, seed=5).posterior
    weight = np.linalg.inv(covariance(Linear.rows))
    spread = np.linalg.inv(np.eye(3) + SLOPES.T @ weight @ SLOPES)
    mean = spread @ SLOPES.T @ weight @ np.array([3.0, -1.5])
    np.testing.assert_allclose(found.mean, mean, atol=0.03)
    np.testing.assert_allclose(found.covariance, spread, atol=0.03)
    assert 1000 < found.effective < 100_000


def test_the_same_seed_gives_the_same_posterior(monkeypatch):
    monkeypatch.setattr(calibration, "Trials", Linear)
    one, other = (calibrate(samples=500, seed=5).posterior for _ in range(2))
    np.testing.assert_array_equal(one.mean, other.mean)
    np.testing.assert_array_equal(one.covariance, other.covariance)


def test_readings_of_the_same_people_share_their_scatter():
    np.testing.assert_allclose(covariance(Linear.rows), [[0.25, 0.16], [0.16, 0.41]])


def test_a_sample_that_cannot_be_solved_has_no_weight(monkeypatch):
    class Broken(Linear):
        def predicted(self, found):
            return np.where(found[:, :1] > 1, np.nan, found @ SLOPES.T)

    monkeypatch.setattr(calibration, "Trials", Broken)
    found = calibrate(samples=2000, seed=5)
    assert np.isfinite(found.posterior.mean).all() and found.after.weights[found.after.scores[:, 0] > 1].sum() == 0


def test_a_key_that_nothing_leaves_unknown_is_refused():
    with pytest.raises(DataError, match="no parameter of the model that is unknown"):
        calibration.Trials(1, ("expectation.wait",))


def test_the_kept_posterior_is_of_the_targets_and_parameters_that_stand_in_the_file():
    one, = posteriors()
    assert one.rows == tuple(row.name for row in targets()) and one.keys == calibration.calibrated_keys()
