"""`epsom body`: what it prints and writes, and how it refuses."""

from __future__ import annotations

import csv
import json
import tomllib

import figure_checks
import pytest

COMMANDS = {"run": ("run", "oral-300mg", "--draws", "8"), "needed": ("needed", "0.05 mmol/L", "--draws", "8"),
            "detect": ("detect", "20 mg Mg", "--draws", "4", "--people", "4"),
            "threshold": ("threshold", "skin-every-day", "--draws", "8", "--egfr", "120,10")}
SHAPES = {"run": {"variance_by_grade", "times_s", "mass_error", "draws_refined", "readouts"},
          "needed": {"variance_by_grade", "rise_mmol_per_L", "within_s", "over_s", "by", "amount_mmol", "amount_mg", "laxative_share"},
          "detect": {"amount_mmol", "by", "over", "beside", "hot_bath", "measures"}, "threshold": {"serum_mmol_per_L", "rates"}}
HEAD = {"schema", "draws", "gates", "regimen", "disclaimer", "folder"}
TABLES = {"run": "time_course.csv", "needed": "amounts.csv", "detect": "chances.csv", "threshold": "serum.csv"}


@pytest.mark.parametrize("name", COMMANDS)
def test_text_begins_with_gates_and_ends_with_what_it_is(epsom, name):
    said = epsom("body", *COMMANDS[name])
    assert said.code == 0 and not said.err
    assert said.out.startswith("SAFETY (") and "not medical advice" in said.out.splitlines()[-1]
    assert "simulated" in said.out and max(map(len, said.out.splitlines())) <= 110


@pytest.mark.parametrize("name", COMMANDS)
def test_json_has_a_stable_shape(epsom, name):
    data = json.loads(epsom("body", *COMMANDS[name], "--json").out)
    assert set(data) == HEAD | SHAPES[name] and data["schema"].startswith("epsom-body") and data["schema"].endswith("/1")
    assert data["folder"] is None and data["draws"]["seed"] == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_a_folder_is_written_whole_and_once(epsom, tmp_path, name):
    said = epsom("body", *COMMANDS[name], "--out", "bodies", "-q")
    assert said.code == 0 and "SAFETY" in said.err
    folder = tmp_path / said.out.strip()
    assert {"regimen.toml", "summary.json", "picture.svg", TABLES[name]} <= {p.name for p in folder.iterdir()}
    assert tomllib.loads((folder / "regimen.toml").read_text())["duration"]
    assert (folder / "picture.svg").read_text().startswith("<svg")
    assert len(list(csv.DictReader((folder / TABLES[name]).read_text().splitlines()))) > 4
    again = epsom("body", *COMMANDS[name], "--out", "bodies")
    assert again.code == 2 and "this folder is there already" in again.err


def test_words_of_pictures_can_be_read(epsom, pictures_drawn):
    for name in COMMANDS:
        epsom("body", *COMMANDS[name], "--out", "bodies", "-q")
    assert len(pictures_drawn) >= 4 and [one for picture in pictures_drawn for one in figure_checks.problems(picture)] == []


def test_same_seed_same_text_and_another_seed_another(epsom):
    first, second, third = (epsom("body", "run", "oral-300mg", "--draws", "8", "--seed", seed).out for seed in ("1", "1", "2"))
    assert first == second != third


def test_no_word_of_dosing(epsom):
    assert "it is no dose to take" in epsom("body", "needed", "0.05 mmol/L", "--draws", "4").out


def test_harm_is_said_first(epsom):
    said = epsom("body", "needed", "2.5 mmol/L", "--draws", "4")
    assert "WARNING: serum magnesium passes 2 mmol/L, where harm begins, in 100 % of draws." in said.out


def test_harm_on_the_way_is_said_too(epsom):
    """0.4 mmol/L after four hours from one minute into a vein: far higher in between."""
    assert "WARNING: serum magnesium passes" in epsom("body", "needed", "0.4 mmol/L", "--by", "vein", "--over", "1 min", "--draws", "4").out
    assert "WARNING: serum magnesium passes" in epsom("body", "detect", "5 g Mg", "--by", "vein", "--over", "20 min", "--draws", "2",
                                                      "--people", "2").out


def test_no_amount_by_mouth_does_it_and_that_is_said(epsom, tmp_path):
    said = epsom("body", "needed", "5 mmol/L", "--by", "mouth", "--draws", "4", "--out", "bodies")
    assert said.code == 0 and "In 100 % of draws half of what a body holds would not do." in said.out and "nan" not in said.out
    assert "inf" not in (tmp_path / "bodies" / "needed-mouth-5.0" / "amounts.csv").read_text()


def test_a_filtration_that_is_set_opens_the_gate_and_stands_alone(epsom):
    low = "parameters.homeostasis.glomerular_filtration=8 mL/min"
    assert "SAFETY (kidney-low)" in epsom("body", "run", "oral-300mg", "--draws", "4", "--set", low).out
    for more in ("person.egfr=90 mL/min/1.73 m^2", "person.virtual=true"):
        said = epsom("body", "run", "oral-300mg", "--draws", "4", "--set", low, "--set", more)
        assert said.code == 2 and "states or draws this number already" in said.err


def test_an_export_says_its_gates(epsom, tmp_path):
    said = epsom("body", "sbml", "oral-300mg", "--out", "oral.xml")
    assert said.out.startswith("SAFETY (") and "not medical advice" in said.out and (tmp_path / "oral.xml").is_file()


def test_weak_kidneys_open_their_gate(epsom):
    said = epsom("body", "run", "oral-300mg", "--draws", "4", "--set", "person.egfr=20 mL/min/1.73 m^2")
    assert "SAFETY (kidney-low)" in said.out and "kidney-unknown" not in said.out


def test_a_new_regimen_runs(epsom):
    assert "then: epsom body run mine.toml" in epsom("new", "mine.toml", "--like", "skin-20mg").out
    assert "26Mg in urine at the end" in epsom("body", "run", "mine.toml", "--draws", "4").out


def test_what_a_run_of_the_skin_brought_into_blood_goes_on(epsom, demo):
    said = epsom("body", "after", demo)
    assert said.code == 0 and "Blood has taken up" in said.out and "urine of 24 h" in said.out
    data = json.loads(epsom("body", "after", demo, "--json").out)
    assert data["schema"] == "epsom-body-after/1" and {m["name"] for m in data["measures"]} == {"serum", "ionised magnesium", "urine of 24 h"}


@pytest.mark.parametrize("words, said", [
    (("run", "nonsense"), "no such file or shipped regimen"),
    (("run", "oral-300mg", "--set", "events.0.take.amount=300mg"), "events.0.take.amount: an amount says of what it is"),
    (("run", "oral-300mg", "--set", "diet.daily=1 mg Mg"), "no steady state"),
    (("run", "oral-300mg", "--set", "parameters.homeostasis.splai=0.1 mmol/L"), "no parameter 'homeostasis.splai'"),
    (("needed", "0.05 mg"), "rise: 'mg' cannot be converted"), (("needed", "0.05 mmol/L", "--by", "nose"), "--by: there is no such way"),
    (("needed", "0 mmol/L"), "rise: this is nothing"), (("needed", "0.05 mmol/L", "--over", "9 h"), "no longer than it"),
    (("detect", "20 mg"), "amount: an amount says of what it is"), (("detect", "20 mg Mg", "--kind", "adlt"), "'adult'"),
    (("detect", "0 mg Mg"), "amount: there is nothing to detect"), (("detect", "1 mg Mg", "--over", "40 h"), "--over: what is looked for"),
    (("detect", "1 mg Mg", "--people", "1"), "--people: how people differ"),
    (("threshold", "oral-300mg", "--egfr", "a,b"), "--egfr: kidney functions are numbers"),
    (("threshold", "oral-300mg", "--serum", "2"), "--serum: a bare number")])
def test_what_cannot_be_is_refused_in_one_line(epsom, words, said):
    found = epsom("body", *words)
    assert found.code == 2 and said in found.err and len(found.err.strip().splitlines()) == 1 and not found.out


def test_a_study_without_rows_says_what_was_seen_and_why_it_is_not_compared(epsom):
    said = epsom("body", "validate", "topical-without-blood")
    assert said.code == 0 and "TD05" in said.out and "coated" in said.out and said.out.count("not compared") == 3
    assert epsom("body", "validate", "topical-without-blood", "--quiet").out == ""
    rows = json.loads(epsom("body", "validate", "topical-without-blood", "--json").out)["rows"]
    assert [row["id"] for row in rows] == ["TD04", "TD05", "TD06"] and {row["verdict"] for row in rows} == {"not compared"}
