"""Ensembles: the same numbers in one process or several, runs that go on after a stop, draws that cannot be solved."""

import json

import numpy as np
import pytest

from epsom import answer, ensemble, simulation, workers
from epsom.core.draws import Draws
from epsom.core.errors import Cancelled, InputError, SolveError
from epsom.simulation import simulate
from epsom.standard import standard_model
from painless import painless

CROSSED = "crossed_amount[magnesium]"


@pytest.fixture(scope="module")
def lotion():
    case = painless()
    return standard_model(case), case


@pytest.fixture(scope="module")
def whole(lotion):
    """130 draws: two full batches and a piece."""
    return simulate(*lotion, 130)


def same(one, other):
    assert one.provenance == other.provenance
    for name in one.readouts:
        np.testing.assert_array_equal(one[name], other[name])
        np.testing.assert_array_equal(one.redrawn[name], other.redrawn[name])
    np.testing.assert_array_equal(one.profiles["magnesium"].quantiles, other.profiles["magnesium"].quantiles)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_processes_give_the_same_numbers(lotion, whole):
    done = []
    same(simulate(*lotion, 130, workers=2, progress=lambda n, of: done.append((n, of))), whole)
    assert done[-1] == (260, 260) and [n for n, _ in done] == sorted(n for n, _ in done)


def test_a_chunk_redone_alone_is_the_same(lotion, whole):
    alone = simulate(*lotion, Draws(knowledge=3, first=64))
    np.testing.assert_allclose(alone[CROSSED], whole[CROSSED][64:67], rtol=1e-12)


def test_a_stopped_run_goes_on(lotion, whole, tmp_path, monkeypatch):
    solved = []
    original = workers.solve_batch
    monkeypatch.setattr(workers, "solve_batch", lambda *a: solved.append(len(a[1])) or original(*a))

    def stop(done, _):
        if done >= 128:
            raise KeyboardInterrupt

    with pytest.raises(Cancelled, match="go on"):
        simulate(*lotion, 130, shelf=tmp_path, progress=stop)
    assert sum(solved) == 128 and len(list(tmp_path.rglob("*.npz"))) == 2
    next(tmp_path.rglob("*.npz")).write_bytes(b"half a file")
    same(simulate(*lotion, 130, shelf=tmp_path), whole)
    assert sum(solved) == 128 + 64 + 2 + 130                  # the broken one again, the piece, and all with assumed numbers redrawn


def unsolvable(monkeypatch, bad):
    """solve_batch as if the draws in `bad` never stayed finite."""
    original = workers.solve_batch

    def solve(case, which, *rest):
        batch = original(case, which, *rest)
        return batch._replace(seen=np.where(np.isin(which, bad)[:, None, None], np.nan, batch.seen))

    monkeypatch.setattr(workers, "solve_batch", solve)
    monkeypatch.setattr(ensemble, "FINER", (2, 3))            # tried again in vain, as soon as may be


def test_draws_that_cannot_be_solved_are_left_out_and_said(lotion, monkeypatch, tmp_path):
    from epsom.report import write_report

    every = simulate(*lotion, 12)
    unsolvable(monkeypatch, [3, 7])
    result = simulate(*lotion, 12)
    assert result.draws.without == (3, 7) and result.draws.size == 10
    assert result.provenance["solver"]["draws_left_out"] == [3, 7]
    kept = ~np.isin(np.arange(12), [3, 7])
    for name in result.readouts:
        np.testing.assert_array_equal(result[name], every[name][kept])
    for name, values in result.drawn.items():
        np.testing.assert_array_equal(values, every.drawn[name][kept])
    assert np.isfinite(result.profiles["magnesium"].quantiles).all()
    folder = write_report(result, tmp_path)
    said = "2 of 12 draws could not be solved and are left out"
    assert said in (folder / "report.html").read_text() and said in json.dumps(json.loads((folder / "summary.json").read_text()))


def test_a_run_without_some_draws_can_be_asked_for(lotion, whole):
    """As a result that left draws out names them; another folder than the run with them."""
    result = simulate(*lotion, Draws(knowledge=4, without=(1,)))
    np.testing.assert_allclose(result[CROSSED], whole[CROSSED][[0, 2, 3]], rtol=1e-12)
    assert result.redrawn[CROSSED].shape[0] == 3 and result.name != simulate(*lotion, 4).name


def test_a_shelf_does_not_mix_runs(lotion, tmp_path):
    first = simulate(*lotion, 3, shelf=tmp_path)
    other = simulate(*lotion, 3, seed=2, shelf=tmp_path)
    assert (first[CROSSED] != other[CROSSED]).any()


@pytest.mark.parametrize("workers", [0, -1])
def test_less_than_one_worker_is_refused(lotion, workers):
    with pytest.raises(InputError, match="workers"):
        simulate(*lotion, 3, workers=workers)


@pytest.mark.long
def test_whole_knowledge_draws_are_left_out(lotion, monkeypatch):
    unsolvable(monkeypatch, [4])
    result = simulate(*lotion, Draws(knowledge=3, people=4))
    assert result.draws.without == (1,) and result.draws.knowledge_index.tolist() == [0] * 4 + [2] * 4
    assert result[CROSSED].shape[0] == 8


def test_no_draw_at_all_is_an_error(lotion, monkeypatch):
    unsolvable(monkeypatch, list(range(8)))
    with pytest.raises(SolveError, match="no draw"):
        simulate(*lotion, 8)


@pytest.mark.long
def test_no_draw_with_a_depth_profile_is_an_error_that_says_so(lotion, monkeypatch):
    original = ensemble.run_ensemble
    monkeypatch.setattr(simulation, "run_ensemble", lambda *a, **k: original(*a, **({"profiled": 3} | k)))
    unsolvable(monkeypatch, [0, 3, 7])                        # 3 draws of 8, evenly spread
    with pytest.raises(SolveError, match="none of the 3 draws that were to have a depth profile stays finite"):
        simulate(*lotion, 8)


@pytest.mark.long
def test_no_redrawn_draw_is_said_and_all_else_is_there(lotion, monkeypatch, tmp_path):
    """Two knowledge draws with four people each: only the first is redrawn, and one of its people cannot be solved."""
    from epsom.report import write_report

    monkeypatch.setattr(simulation, "AGAIN", 4)
    assert not any("merely assumed" in alarm for alarm in answer.alarms(simulate(*lotion, Draws(knowledge=2, people=4))))
    unsolvable(monkeypatch, [2])
    result = simulate(*lotion, Draws(knowledge=2, people=4))
    assert result.redrawn is None and result.draws.without == (0,) and np.isfinite(result[CROSSED]).all()
    data = json.loads((write_report(result, tmp_path) / "summary.json").read_text())
    assert any("how much of the spread is merely assumed" in alarm for alarm in data["alarms"])
    assert all(found["assumed"] is None for found in data["answers"])


def test_many_draws_redraw_the_assumed_numbers_of_the_first_only(lotion, monkeypatch):
    monkeypatch.setattr(simulation, "AGAIN", 6)
    result = simulate(*lotion, Draws(knowledge=4, people=2))
    assert result[CROSSED].shape[0] == 8 and result.redrawn[CROSSED].shape[0] == 6
    assert "redrawn_draw" in result.dataset.dims


def test_a_doubtful_draw_is_run_again_and_counted(lotion, whole, monkeypatch):
    monkeypatch.setattr(ensemble, "FLAG", 0.0)                 # every draw is doubtful
    result = simulate(*lotion, 5)
    assert result.provenance["solver"]["flagged_draws"] == 5      # those redrawn are kept as they are
    assert result.provenance["solver"]["draws_not_healed"] == 0
    np.testing.assert_allclose(result[CROSSED][:, -1], whole[CROSSED][:5, -1], rtol=1e-3)
    assert (result[CROSSED] != whole[CROSSED][:5]).any()
