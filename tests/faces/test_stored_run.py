"""What is done with a stored run: made again and held against itself, exported, cited. One small run, which other files share."""

from __future__ import annotations

import csv
import errno
import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import snapshots

from epsom import storage, tidy
from epsom.core import sources
from epsom.faces import rerunning

CROSSED = "crossed_amount[magnesium]"


def files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


def change(file: Path, **changes) -> None:
    """Keys of a JSON file, those of tables with two underscores."""
    data = json.loads(file.read_text("utf-8"))
    for key, value in changes.items():
        *path, last = key.split("__")
        table = data
        for part in path:
            table = table[part]
        table[last] = value
    file.write_text(json.dumps(data), "utf-8")


# ---- what is said of it ------------------------------------------------------------------------------------------------
SAID = {"run-show": "show {run}", "run-why": "why {run} papillary_dermis_concentration", "run-cite": "cite {run}",
        "run-list": "list runs --runs {root}", "run-export": "export {run} --to all.csv --quantiles"}


@pytest.mark.parametrize("name", SAID)
def test_snapshot(demo, epsom, monkeypatch, tmp_path, name):
    """Words without numbers, which differ a little between machines, and the keys of the JSON."""
    snapshots.unfolded(monkeypatch)
    words, folders = SAID[name].format(run=demo, root=demo.parent).split(), {str(demo.parent): "<runs>", str(tmp_path): "<here>"}
    text = epsom(*words)
    if name == "run-export":
        (tmp_path / "all.csv").unlink()
    as_json = epsom(*words, "--json")
    found = (snapshots.difference(f"{name}.txt", snapshots.plain(f"$ epsom {SAID[name]}\n{text.out}{text.err}", folders, numbers=False))
             + snapshots.difference(f"{name}.json.txt", snapshots.shape_text(as_json.out)))
    assert text.code == as_json.code == 0 and not found, found


# ---- rerun -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def earlier(demo, tmp_path) -> Path:
    """A copy of the run, which tests change as if it were of another day."""
    return Path(shutil.copytree(demo, tmp_path / "runs" / "earlier"))


@pytest.fixture
def unsolved(monkeypatch, demo):
    """A new run is the shared one; what was asked of it is kept."""
    asked = []

    def solved(scenario, draws, root, quiet, workers, check_grid, credited):
        asked.append((scenario, draws, check_grid, credited))
        folder = Path(shutil.copytree(demo, Path(root) / "new"))
        return folder, storage.read_summary(folder)[1], False

    monkeypatch.setattr(rerunning, "solved", solved)
    return asked


def test_an_unchanged_run_is_said_to_be_the_same_and_nothing_is_left(epsom, earlier, unsolved, tmp_path):
    before = files(tmp_path)
    said = epsom("rerun", "earlier")
    assert said.code == 0 and "The same bytes came out, in every file." in said.out and "see a doctor" in " ".join(said.out.split())
    scenario, draws, check_grid, credited = unsolved[0]
    assert (scenario.name, draws.knowledge, draws.people, draws.seed, check_grid, credited) == ("magnesium-lotion-calf", 64, 1, 3, False, 8)
    assert files(tmp_path) == before and epsom("rerun", "earlier", "--quiet").out == ""


def test_what_moved_and_what_made_it_move_is_said(epsom, earlier, unsolved):
    import h5netcdf

    change(earlier / "provenance.json", solver__model="0123", libraries__numpy="1.0")
    summary = json.loads((earlier / "summary.json").read_text("utf-8"))
    answer = next(a for a in summary["answers"] if a["key"] == "crossed_amount.end")
    answer["middle"] /= 2
    (earlier / "summary.json").write_text(json.dumps(summary))
    table = earlier / "tables" / "parameters.csv"
    table.write_text(table.read_text("utf-8").replace("magnesium.wet_permeability,1e-08", "magnesium.wet_permeability,2e-08"), "utf-8")
    with h5netcdf.File(earlier / "result.nc", "a") as file:
        stored = file.variables[CROSSED]
        largest = float(np.abs(np.asarray(stored)).max())
        stored[3, 10] = stored[3, 10] + 0.01 * largest
    said = epsom("rerun", "earlier", "--json")
    data = json.loads(said.out)
    assert said.code == 1 and not data["same_numbers"] and data["verdict"] == "Other numbers came out."
    assert {row["what"]: row["before"] for row in data["made"]} == {"model": "0123", "numpy": "1.0"}
    assert [row["what"] for row in data["parameters"]] == ["magnesium.wet_permeability"]
    assert [(m["key"], m["moved_by"]) for m in data["headline"]] == [("crossed_amount.end", pytest.approx(1.0))] and data["others"] == []
    moved = {name: x for name, x in data["largest_difference"].items() if x}
    assert moved == {CROSSED: pytest.approx(0.01, rel=0.02)}
    text = epsom("rerun", "earlier").out
    assert "+100 %" in text and "0123" in text and "Other numbers came out." in text


def test_other_bytes_with_the_same_numbers_are_the_same_numbers(epsom, earlier, unsolved):
    change(earlier / "provenance.json", commit="another")
    said = epsom("rerun", "earlier", "--json")
    data = json.loads(said.out)
    assert said.code == 0 and data["same_numbers"] and not data["same_bytes"] and data["other_files"] == ["provenance.json"]


@pytest.mark.parametrize("name", ["redrawn crossed_amount[magnesium]", "unions pain_rating", "coalitions pain_rating"])
def test_what_stands_behind_the_shares_counts_as_a_number_too(epsom, earlier, unsolved, name):
    import h5netcdf

    with h5netcdf.File(earlier / "result.nc", "a") as file:
        stored = file.variables[name]
        stored[2] = np.asarray(stored[2]) + 0.5
    said = epsom("rerun", "earlier", "--json")
    data = json.loads(said.out)
    assert said.code == 1 and not data["same_numbers"]
    assert name in data["other_arrays"] or data["largest_difference"][name] > 0


def test_fewer_draws_are_held_against_those_that_both_have(epsom, earlier, unsolved, demo, monkeypatch):
    """The earlier run is made to have draws that the new one lacks."""
    import h5netcdf

    with h5netcdf.File(earlier / "result.nc", "a") as file:
        file.variables["knowledge"][20:] = np.arange(100, 144)
        file.variables["person"][20:] = np.arange(100, 144)
        file.variables[CROSSED][22] = 0.0
    said = epsom("rerun", "earlier", "--draws", "20", "--json")
    assert unsolved[0][1].knowledge == 20
    data = json.loads(said.out)
    assert (data["shared_draws"], data["draws_before"]) == (20, 64) and not any(data["largest_difference"].values())


def test_a_run_that_does_not_say_how_it_was_made_is_refused(epsom, earlier, unsolved):
    (earlier / "scenario.toml").unlink()
    said = epsom("rerun", "earlier")
    assert said.code == 2 and "does not say how it was made" in said.err and not unsolved


# ---- export ----------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def stored(demo):
    """{readout: (draws, times)} of the run, read with another library's eyes."""
    import xarray

    with xarray.open_dataset(demo / "result.nc", decode_timedelta=False) as data:
        return {"time": data["time"].values} | {name: v.values for name, v in data.items() if v.dims == ("draw", "time")}


def test_csv_is_long_and_holds_every_value_with_its_unit(epsom, demo, stored, tmp_path):
    said = epsom("export", demo, "--to", "out/all.csv", "--variable", "crossed_amount", "--variable", "film_contact", "--json")
    data = json.loads(said.out)
    assert data["schema"] == "epsom-exported/1" and data["readouts"] == 2 and "see a doctor" in data["red_flag"]
    with (tmp_path / "out" / "all.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == tidy.BY_DRAW and len(rows) == 2 * stored[CROSSED].size
    own = [row for row in rows if row["variable"] == "crossed_amount"]
    assert {(row["solute"], row["unit"]) for row in own} == {("magnesium", "mol")}
    assert {row["solute"] for row in rows if row["variable"] == "film_contact"} == {""}
    assert np.array_equal(np.array([float(row["value"]) for row in own]).reshape(64, -1), stored[CROSSED])
    assert [float(row["time_s"]) for row in own if row["draw"] == "5"] == stored["time"].tolist()


def test_quantiles_as_csv_and_as_json(epsom, demo, stored, tmp_path):
    for ending in ("csv", "json"):
        assert epsom("export", demo, "--to", f"q.{ending}", "--variable", CROSSED, "--quantiles").code == 0
    with (tmp_path / "q.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["quantile"] == "0.95"]
    expected = np.quantile(stored[CROSSED], 0.95, axis=0)
    assert np.allclose([float(row["value"]) for row in rows], expected, rtol=1e-12)
    data = json.loads((tmp_path / "q.json").read_text("utf-8"))
    (one,) = data["readouts"]
    assert data["schema"] == "epsom-export/1" and data["seed"] == 3 and (one["variable"], one["solute"], one["unit"]) == (
        "crossed_amount", "magnesium", "mol")
    assert np.allclose(one["values"][data["quantiles"].index(0.95)], expected, rtol=1e-12)


def test_netcdf_holds_every_readout_with_unit_and_meaning(epsom, demo, stored, tmp_path):
    import xarray

    assert epsom("export", demo, "--to", "all.nc", "--quiet").out == "all.nc\n"
    with xarray.open_dataset(tmp_path / "all.nc", decode_timedelta=False) as data:
        crossed = data["crossed_amount"].sel(solute="magnesium")
        assert crossed.dims == ("draw", "time") and crossed.attrs["units"] == "mol" and "living tissue" in crossed.attrs["long_name"]
        assert np.array_equal(crossed.values, stored[CROSSED]) and data["film_contact"].dims == ("draw", "time")
        readouts = [name for name, v in data.items() if "time" in v.dims]
        assert len(readouts) == sum(not name.startswith(("time", "redrawn")) for name in stored)
        assert data.attrs["run"] == demo.name and "not medical advice" in data.attrs["simulated"]


def test_parquet_is_the_same_table(epsom, demo, stored, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    assert epsom("export", demo, "--to", "all.parquet", "--variable", "crossed_amount").code == 0
    found = parquet.read_table(tmp_path / "all.parquet")
    assert tuple(found.column_names) == tidy.BY_DRAW and json.loads(found.schema.metadata[b"epsom"])["run"] == demo.name
    assert np.array_equal(found["value"].to_numpy().reshape(64, -1), stored[CROSSED])


def test_parquet_without_pyarrow_says_how_to_get_it(epsom, demo, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    said = epsom("export", demo, "--to", "all.parquet")
    assert said.code == 2 and "pip install 'epsom[parquet]'" in said.err and not files(tmp_path)


@pytest.mark.parametrize("words, said", [
    (("--to", "all.xls"), "--to: the file's ending says the format, and this is none of them (found: 'all.xls'). End it with .csv"),
    (("--to", "all"), "End it with .csv, .parquet, .nc, .json"),
    (("--to", "all.csv", "--variable", "crosed_amount"), "--variable: this run has no such readout (found: 'crosed_amount'). Did you mean"),
])
def test_what_cannot_be_exported_is_refused_and_nothing_written(epsom, demo, tmp_path, words, said):
    found = epsom("export", demo, *words)
    assert found.code == 2 and said in found.err and not found.out and files(tmp_path) == []


def test_a_file_that_is_there_stays_and_a_full_disk_leaves_nothing(epsom, demo, tmp_path, monkeypatch):
    (tmp_path / "mine.csv").write_text("precious")
    assert "there already" in epsom("export", demo, "--to", "mine.csv").err and (tmp_path / "mine.csv").read_text() == "precious"

    def full(table, path):
        path.write_text("half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setitem(tidy.WRITERS, ".json", full)
    said = epsom("export", demo, "--to", "new.json")
    assert said.code == 2 and "No space left" in said.err and files(tmp_path) == ["mine.csv"]


def test_a_run_without_a_result_is_said(epsom, earlier):
    (earlier / "result.nc").unlink()
    said = epsom("export", "earlier", "--to", "x.csv")
    assert said.code == 2 and "result.nc: the result of this run cannot be read" in said.err


# ---- why and show, for scripts ----------------------------------------------------------------------------------------
def test_quietly_numbers_are_named_and_a_run_is_located(epsom, demo):
    keys = epsom("why", demo, "crossed_amount", "-q").out.split()
    assert "magnesium.wet_permeability" in keys and len(keys) == len(set(keys))
    assert epsom("show", demo.name, "--runs", demo.parent, "-q").out == f"{demo}\n"


# ---- cite ------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def numbers(demo) -> list[dict]:
    with (demo / "tables" / "parameters.csv").open(newline="") as table:
        return list(csv.DictReader(table))


def test_every_number_of_a_run_stands_under_its_source_or_has_none(epsom, demo, numbers):
    data = json.loads(epsom("cite", demo, "--json").out)
    assert data["schema"] == "epsom-cite/1" and data["numbers"] == len(numbers)
    under = {one["number"]: source["key"] for source in data["sources"] for one in source["numbers"]}
    assert under == {row["parameter"]: row["source"] for row in numbers if row["source"] not in ("assumed", "scenario")}
    assert set(data["assumed"]) == {row["parameter"] for row in numbers if row["source"] == "assumed"}
    assert len(under) + len(data["assumed"]) + len(data["stated_by_the_scenario"]) == len(numbers)
    first = next(source for source in data["sources"] if source["key"] == "kokki2019")
    assert (first["authors"], first["and_others"], first["year"], first["journal"]) == (["Kokki"], True, "2019", "Magnesium Research")


def test_the_name_of_a_scenario_means_its_run_where_there_is_one(epsom, demo, tmp_path):
    """As in `why` and `show`; the run tells its folder's name, the scenario its own."""
    shutil.copytree(demo, tmp_path / "runs" / demo.name)
    assert json.loads(epsom("cite", "magnesium-lotion-calf", "--json").out)["name"] == demo.name
    shutil.copytree(demo, tmp_path / "runs" / "magnesium-lotion-calf-of-another-day")
    assert json.loads(epsom("cite", "magnesium-lotion-calf", "--json").out)["name"] == "magnesium-lotion-calf"


def test_outcomes_that_numbers_are_calibrated_on_are_cited_too(epsom, demo):
    from epsom.felt_calibration import targets

    data = json.loads(epsom("cite", demo, "--json").out)
    outcomes = {name: source["key"] for source in data["sources"] for name in source["calibration_outcomes"]}
    assert data["calibrated"] and outcomes == {t.name: t.source for t in targets() if t.source != sources.ASSUMED}


def test_the_text_counts_or_names_and_says_how_to_cite_epsom(epsom, demo, numbers):
    assumed = sum(row["source"] == "assumed" for row in numbers)
    made = json.loads((demo / "provenance.json").read_text("utf-8"))
    for words in ((), ("--numbers",)):
        text = " ".join(epsom("cite", demo, *words).out.split())
        assert f"{assumed} assumed, for which there is no source" in text and "Kokki, et al. (2019)." in text
        assert "The epsom maintainers. epsom: dermal transport of magnesium" in text and f"Version {made['version']}, commit" in text
        assert ("magnesium.wet_permeability" in text) == (words == ("--numbers",))


def test_bibtex_can_be_read_again_and_holds_epsom(epsom, demo):
    from pybtex.database import parse_string

    entries = parse_string(epsom("cite", demo, "--bibtex").out, "bibtex").entries
    kept = parse_string((demo / "references.bib").read_text("utf-8"), "bibtex").entries
    assert set(kept) <= set(entries) and set(entries) - {"epsom"} == set(epsom("cite", demo, "--quiet").out.split())
    assert entries["kokki2019"].fields["journal"] == "Magnesium Research" and "dermal transport" in entries["epsom"].fields["title"]


def test_csl_has_a_type_and_a_title_for_each(epsom, demo):
    items = {item["id"]: item for item in json.loads(epsom("cite", demo, "--csl").out)}
    assert all(item["type"] and item["title"] and "{" not in item["title"] for item in items.values())
    assert items["kokki2019"] == items["kokki2019"] | {"type": "article-journal", "container-title": "Magnesium Research", "volume": "32",
                                                       "issued": {"date-parts": [[2019]]}, "author": [{"family": "Kokki"}]}
    assert items["epsom"]["type"] == "software"


def test_a_source_that_the_bibliography_no_longer_has_is_said(epsom, earlier):
    table = earlier / "tables" / "parameters.csv"
    table.write_text(table.read_text("utf-8").replace(",kokki2019,", ",forgotten1999,"), "utf-8")
    assert json.loads(epsom("cite", "earlier", "--json").out)["not_in_this_bibliography"] == ["forgotten1999"]
    assert "forgotten1999" in epsom("cite", "earlier").out
