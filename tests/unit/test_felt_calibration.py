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

    def __init__(self, seed):
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


def test_checks_that_are_said_to_be_used_are_played_as_they_were_used():
    """And every outcome that was used is marked where it is checked."""
    from epsom.felt_checks import checks

    used = {(repr(trial), row.variable, row.at, row.way) for trial, rows in calibration.played() for row in rows}
    marked = {(repr(c.trial), c.read["variable"], c.read["at"], c.read["as"]): c.calibrated for c in checks()}
    assert used <= set(marked) and {row for row, calibrated in marked.items() if calibrated} == used


# ---- from scores to predictions ------------------------------------------------------------------------------------------
class Echo:
    """Stands in for the stage: what is read is a calibrated parameter and the person's share of it."""

    def __init__(self, parameters):
        self.own = parameters

    def parameters(self, complaint, pain):
        return self.own

    def outcomes(self, trial, readings, drawn):
        values = drawn(self.own)
        return np.stack([values["expectation.weight"] + 10.0 * k for k in range(len(readings))])


@pytest.fixture
def trials(monkeypatch):
    from epsom.core.parameter import document

    own = {f"expectation.{name}": p for name, p in document("parameters", "expectation").parameters.items()}
    monkeypatch.setattr(calibration, "Stage", lambda *_: Echo(own))
    return calibration.Trials(1, ("expectation.weight",)), own["expectation.weight"]


def test_predictions_are_means_over_people_in_the_order_of_samples_and_rows(trials):
    """With a number of samples that leaves the last chunk unfilled."""
    found, weight = trials
    z = np.linspace(-2, 2, 70)[:, None]
    predicted = found.predicted(z)
    assert predicted.shape == (70, len(targets()))
    people = found._people("expectation.weight", calibration.PEOPLE)
    expected = weight.draw(np.repeat(z, calibration.PEOPLE, axis=1), np.tile(people, (70, 1))).mean(1)
    np.testing.assert_allclose(predicted[:, 0], expected, rtol=1e-12)
    np.testing.assert_allclose(predicted[:, 1] - predicted[:, 0], 10.0)


def test_people_have_the_mean_of_all(trials):
    found, _ = trials
    assert abs(found._people("expectation.weight", 8).sum()) < 1e-12 and len(set(found._people("expectation.weight", 8))) == 8


def test_a_calibration_learns_nothing_from_the_one_before(trials, monkeypatch):
    from epsom.core.draws import Draws
    from epsom.core.posterior import Posterior

    found, _ = trials
    draws, z = Draws(knowledge=4, people=8), np.zeros((32, 1))
    before = found._values(found.stage.own, draws, z)
    moved = (Posterior("other", ("expectation.onset_time",), np.array([3.0]), np.eye(1), (), 1, 1, 1.0),)
    monkeypatch.setattr("epsom.core.correlation.posteriors", lambda: moved)
    monkeypatch.setattr(calibration, "posteriors", lambda: moved)
    after = found._values(found.stage.own, draws, z)
    np.testing.assert_array_equal(after["expectation.onset_time"], before["expectation.onset_time"])


def test_what_the_file_says_wrongly_is_named(monkeypatch):
    table = {"pain": 1.0, "play": [], "controll": [], "target": []}
    monkeypatch.setattr(calibration, "_document", lambda: {"trial": [table]})
    with pytest.raises(DataError, match="unknown key"):
        targets()
    monkeypatch.setattr(calibration, "_document", lambda: {"trial": [{"pain": 1.0, "play": [], "target": [{"name": "a"}]}]})
    with pytest.raises(DataError, match="is missing"):
        targets()


def test_the_script_writes_what_can_be_read_again(monkeypatch):
    from importlib import import_module
    from pathlib import Path

    from epsom.core.posterior import read_posteriors

    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "docs"))
    script = import_module("calibration")
    monkeypatch.setattr(calibration, "Trials", Linear)
    found = calibrate(samples=300, seed=5)
    kept, = posteriors()
    found = found._replace(posterior=kept)
    again, = read_posteriors(script.document(found))
    np.testing.assert_allclose(again.mean, kept.mean, atol=1e-4)
    assert again.keys == kept.keys and script.numbers(found).count("\n") == len(kept.keys) + 1
    monkeypatch.setattr(script, "targets", lambda: Linear.rows)
    assert script.rows(found.before, found.after).count("\n") == 3
