"""`--check-grid`: measured in the run, and what is kept for shipped scenarios is what it measures."""

from __future__ import annotations

import json

import numpy as np
import pytest

from epsom import numerical

SCENARIO = "magnesium-lotion-calf"
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """(folder, summary) of a run on the very draws that the kept figures are from."""
    from epsom.faces.running import run_and_write

    return run_and_write(SCENARIO, tmp_path_factory.mktemp("runs"), 64, 1, 1, [], quiet=True, check_grid=True)[:2]


def test_kept_figures_are_those_that_a_run_measures(checked):
    folder, summary = checked
    case = json.loads((folder / "provenance.json").read_text("utf-8"))["case"]
    kept = numerical.stored(case)
    assert len(kept) == len(summary["answers"])
    for a in summary["answers"]:
        measured, told = a["numerical"], kept[f"{a['solute']}.{a['key']}"].as_dict()
        assert measured["draws"] == told["draws"] == 64
        assert measured["cells"] == pytest.approx(told["cells"], rel=0.02, abs=1e-6), a["key"]
        assert measured["steps"] == pytest.approx(told["steps"], rel=0.3, abs=1e-6), a["key"]


def test_twice_the_cells_move_what_is_no_fact(checked):
    by = {a["key"]: a["numerical"]["cells"]["most"] for a in checked[1]["answers"]}
    assert by["applied_amount.end"] == 0 and 1e-5 < by["crossed_amount.end"] < 1e-2


def test_figures_can_be_taken_from_the_arrays(checked):
    import xarray

    folder, summary = checked
    with xarray.open_dataset(folder / "result.nc", decode_timedelta=False) as data:
        name = "crossed_amount[magnesium]"
        plain = data[name][data["checked"].values.astype(int), -1].values
        change = abs(data[f"finer cells {name}"][:, -1].values / plain - 1)
    most = next(a for a in summary["answers"] if a["key"] == "crossed_amount.end")["numerical"]["cells"]["most"]
    assert np.quantile(change, 0.95) == pytest.approx(most, rel=1e-2)


def test_page_and_text_carry_it(epsom, checked):
    folder, summary = checked
    row = summary["certainty"]["rows"][0]
    assert "from 64 draws of this run" in summary["certainty"]["notes"][-1]
    assert f'<td data-name="2 x cells" class="number">{row["cells"].replace("<", "&lt;")}</td>' in (folder / "report.html").read_text("utf-8")
    assert f"{row['what']} {row['cells']} {row['steps']}" in " ".join(epsom("show", folder).out.split())


def test_a_run_that_was_not_checked_is_another_run(checked, epsom):
    """The demo carries kept figures; its folder has another name, its numbers are the same."""
    summary = checked[1]
    plain = json.loads(epsom("run", SCENARIO, "-n", "64", "--json").out)
    assert plain["fingerprint"] != summary["fingerprint"] and "kept with the model" in plain["certainty"]["notes"][-1]
    assert [a["middle"] for a in plain["answers"]] == [a["middle"] for a in summary["answers"]]
    own = json.loads(epsom("run", SCENARIO, "-n", "8", "--set", 'site.area="300 cm^2"', "--json").out)
    assert own["certainty"]["columns"] == [] and "--check-grid" in own["certainty"]["notes"][-1]
