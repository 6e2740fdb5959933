"""`epsom permeate`: what it prints and writes, and how it refuses."""

from __future__ import annotations

import csv
import json
import tomllib

import pytest

from epsom import plots
from epsom.experiment import Experiment
from epsom.permeation import compared, permeate

SHAPE = {"schema", "name", "note", "amount_unit", "layer_names", "permeability_m_per_s", "lag_time_s", "times", "supplied", "donor",
         "removed", "lost", "layers", "cleared", "receptor", "replaced", "permeated", "flux", "grid_error", "mass_error", "compared",
         "folder"}


def test_text_says_where_everything_is(epsom):
    said = epsom("permeate", "caffeine-slab")
    assert said.code == 0 and not said.err
    for words in ("of 4.053 ug/cm^2 supplied", "Arithmetic: grids of 24, 48 and 96",
                  "permeability 0.00016 cm/h, lag time 10 min", "flux, ug/cm^2/h"):
        assert words in said.out
    assert max(map(len, said.out.splitlines())) <= 100


def test_json_has_a_stable_shape(epsom):
    data = json.loads(epsom("permeate", "caffeine-slab", "--json").out)
    assert set(data) == SHAPE and data["schema"] == "epsom-permeation/1" and data["folder"] is None
    assert len(data["times"]) == len(data["flux"]) == len(data["layers"]) and data["amount_unit"] == "mol/m^2"


def test_a_new_file_runs_and_its_folder_is_written_once(epsom, tmp_path):
    assert "then: epsom permeate cell.toml" in epsom("new", "cell.toml", "--like", "caffeine-slab").out
    assert epsom("permeate", "cell.toml", "--out", "results", "-q").out.strip() == "results/cell"
    folder = tmp_path / "results" / "cell"
    assert {p.name for p in folder.iterdir()} == {"experiment.toml", "summary.json", "amounts.csv", "profiles.csv", "permeation.svg"}
    assert tomllib.loads((folder / "experiment.toml").read_text())["name"] == "cell"
    rows = list(csv.DictReader((folder / "amounts.csv").read_text().splitlines()))
    assert len(rows) == 49 and float(rows[-1]["receptor, ug/cm^2"]) == pytest.approx(3.7333, rel=1e-4)
    faces = list(csv.DictReader((folder / "profiles.csv").read_text().splitlines()))
    assert len(faces) == 49 * 25 and float(faces[-1]["C, mmol/L"]) == 0
    assert (folder / "permeation.svg").read_text().startswith("<svg")
    again = epsom("permeate", "cell.toml", "--out", "results")
    assert again.code == 2 and "this folder is there already" in again.err
    assert [p.name for p in (tmp_path / "results").iterdir()] == ["cell"]


def test_observations_stand_beside_what_is_computed(epsom):
    """The ring test is missed by factors, and that is said."""
    said = epsom("permeate", "caffeine-ring-test")
    assert "Observed, computed, ratio (nothing is fitted):" in said.out and "permeated at 24 h: 6.99 %, 31.4 %, 4.5 (Totti" in said.out
    found = compared(permeate(Experiment.load("caffeine-ring-test")))
    assert [one.observed for one in found] == [0.0699, 0.0387] and found[1].ratio == pytest.approx(8.12, abs=0.01)


def test_whole_areas_are_shown_as_such(epsom):
    assert "of 6.4 ug supplied" in epsom("permeate", "finite-dose-with-evaporation").out


@pytest.mark.parametrize("name", ["clearing-dermis", "finite-dose-with-evaporation"])
def test_picture_is_the_same_each_time(name):
    """With a flux and, where nothing passes, with profiles; same experiment, same bytes."""
    result = permeate(Experiment.load(name))
    one, two = (plots.as_svg(plots.permeation(result)) for _ in range(2))
    assert one == two and len(one) > 5000


@pytest.mark.parametrize("words, said", [
    (("permeate", "nowhere.toml"), "nowhere.toml: there is no such file or shipped experiment"),
    (("permeate", "caffeine-slab", "--set", "duratin=12 h"), "caffeine-slab: duratin: unknown key. Did you mean 'duration'?"),
    (("permeate", "caffeine-slap"), "Did you mean 'caffeine-slab'"),
    (("permeate", "magnesium-lotion-calf"), "there is no such file or shipped experiment"),
    (("new", "cell.toml", "--like", "caffeine-slap"), "Did you mean 'caffeine-slab'"),
])
def test_refused_plainly(epsom, tmp_path, words, said):
    answer = epsom(*words)
    assert answer.code == 2 and said in answer.err and "Traceback" not in answer.err and not list(tmp_path.iterdir())


def test_listed_and_shown(epsom):
    assert "clearing-dermis" in epsom("list", "experiments").out and "caffeine-ring-test" in epsom("list", "experiments").out
    assert 'name = "clearing-dermis"' in epsom("show", "clearing-dermis").out
