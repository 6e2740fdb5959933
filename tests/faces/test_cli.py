"""The command line: what it answers, how it refuses, and that it leaves nothing half-written."""

from __future__ import annotations

import errno
import json
import os
import re
from pathlib import Path

import pytest

from epsom import storage
from epsom.changes import all_changed
from epsom.core.draws import Draws
from epsom.scenario import Scenario, read_tables

SCENARIO = "magnesium-lotion-calf"
SHAPE = {"schema", "name", "fingerprint", "version", "draws", "gates", "alarms", "red_flag", "headline", "certainty", "answers",
         "measurements", "felt", "not_modelled", "disclaimers", "solver"}


def leftovers(folder: Path) -> list[str]:
    """Names of everything below a folder."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


def test_help_shows_every_command_with_an_example(epsom):
    said = epsom("--help")
    assert said.code == 0
    for command in ("demo", "run", "permeate", "new", "list", "show", "why", "doctor"):
        assert command in said.out
        assert "Example" in epsom(command, "--help").out


def test_new_then_run_then_show(epsom, tmp_path):
    """The way of a new user; the second run of the same thing is the first one."""
    assert epsom("new", "mine.toml", "--like", "magnesium-oil-calf").code == 0                # nothing hurts: that has tests of its own
    first = epsom("run", "mine.toml", "-n", "16", "--json")
    data = json.loads(first.out)
    assert set(data) == SHAPE | {"folder", "reused"} and data["schema"] == "epsom-summary/1" and not data["reused"]
    assert json.loads(epsom("run", "mine.toml", "-n", "16", "--json").out)["reused"]
    shown = epsom("show", data["fingerprint"])
    assert shown.code == 0 and "In this model, magnesium" in shown.out and "red" not in shown.err
    why = epsom("why", data["fingerprint"], "crossed_amount")
    assert "magnesium.wet_permeability = 1e-08 cm/s" in why.out and "[kokki2019: abstract" in why.out
    assert data["fingerprint"] in epsom("list", "runs").out
    assert {p.name for p in (tmp_path / "runs").iterdir()} == {Path(data["folder"]).name}


def test_new_does_not_overwrite(epsom, tmp_path):
    (tmp_path / "mine.toml").write_text("precious")
    assert epsom("new", "mine.toml").code == 2 and (tmp_path / "mine.toml").read_text() == "precious"


@pytest.mark.parametrize("what", ["scenarios", "experiments", "products", "sites", "solutes", "salts", "parameters", "complaints", "gates",
                                  "runs"])
def test_lists_as_text_and_as_json(epsom, what):
    assert epsom("list", what).code == 0
    assert json.loads(epsom("list", what, "--json").out)["schema"] == "epsom-table/1"


def test_numbers_of_lists_are_numbers_with_their_units(epsom, demo):
    def row(what, **wanted):
        key, value = next(iter(wanted.items()))
        return next(r for r in json.loads(epsom("list", what, "-o", demo.parent, "--json").out)["rows"] if r[key] == value)

    scenario = row("scenarios", scenario=SCENARIO)
    assert (scenario["site"], scenario["area_cm2"], scenario["duration_h"]) == ("calf", 400.0, 24.0)
    lotion = row("products", product="lotion-60000ppm-Mg")
    assert (lotion["solute"], lotion["ppm"], lotion["applied_mg"]) == ("magnesium", pytest.approx(60000), pytest.approx(48))
    number = row("parameters", parameter="magnesium.wet_permeability")
    assert number["value"] == 1e-8 and number["unit"] == "cm/s" and number["low_5"] < 1e-8 < number["high_95"]
    assert row("runs", run=demo.name) == {"run": demo.name, "folder": str(demo), "state": "finished", "draws": 64, "seed": 3}


def test_lists_for_people_are_as_they_were(epsom):
    assert " ".join(epsom("list", "scenarios").out.split()).count(f"{SCENARIO} lotion-60000ppm-Mg calf, 400 cm^2 24 h") == 1
    assert " 1e-08 cm/s 1.7e-09 to 5.7e-08" in " ".join(epsom("list", "parameters").out.split())


@pytest.mark.parametrize("width", [60, 80, 120])
def test_help_cuts_nothing_off(epsom, monkeypatch, width):
    """The examples of --set are whole, and work."""
    monkeypatch.setattr("typer.rich_utils.MAX_WIDTH", width)
    said = " ".join(epsom("run", "--help").out.split())
    example = '--set site.area="200 cm^2" --set parameters.magnesium.binding=1.5'
    assert example in said and "…" not in said
    Scenario.build(all_changed(read_tables(SCENARIO)[0], [part.strip().replace('"', "") for part in example.split("--set") if part]), "")


@pytest.mark.parametrize("words, said", [
    (("run", "nowhere.toml"), "nowhere.toml: there is no such file"),
    (("run", SCENARIO, "--set", "site.aera=\"3 cm^2\""), "site.aera: unknown key. Did you mean 'area'"),
    (("run", SCENARIO, "--set", "site.area=400"), "site.area: a bare number where a unit is due (found: 400). Write number and unit"),
    (("run", SCENARIO, "--set", 'site.area="400 kg"'), "site.area: 'kg' cannot be converted to m^2"),
    (("run", SCENARIO, "--set", 'site.area="3 m^2"'), "larger than this body"),
    (("run", SCENARIO, "--set", "steps.0.apply=9**9**9 mg"), "steps.0.apply: '**9**9 mg' is not a unit"),
    (("run", SCENARIO, "--set", "steps.0.apply=nan mg"), "does not start with a finite number"),
    (("run", SCENARIO, "--set", "steps.0.apply=-2 mg/cm^2"), "a dose cannot be negative"),
    (("run", SCENARIO, "--set", "steps.7.apply=2 mg"), "has 2 entries"),
    (("run", SCENARIO, "--set", "nonsense"), "a change is KEY=VALUE"),
    (("run", SCENARIO, "--set", "parameters.magnesium.wet_permability=1e-8 cm/s"), "Did you mean 'magnesium.wet_permeability'"),
    (("run", SCENARIO, "--set", "parameters.magnesium.wet_permeability=1 cm/s"), "outside the range that makes sense"),
    (("run", SCENARIO, "--set", 'steps.1={at="1 h", take={amount="300 mg"}}'), "this model has no gut yet. Magnesium is also taken by mouth"),
    (("run", SCENARIO, "--set", "site.barrier=absent", "--set", 'steps.1={at="1 h", occlude={for="1 h"}}'), "no-barrier-wet"),
    (("demo", "--draws", "0"), "--draws"), (("list", "bananas"), "no list of 'bananas'"),
    (("show", "bananas"), "has this name"), (("why", "bananas", "x"), "no such run"), (("frobnicate",), "frobnicate"),
])
def test_refused_plainly_with_exit_code_2_and_nothing_written(epsom, tmp_path, words, said):
    answer = epsom(*words)
    assert answer.code == 2 and said in answer.err and "Traceback" not in answer.err and not answer.out
    assert leftovers(tmp_path) == []


def test_a_binary_file_is_refused(epsom, tmp_path):
    (tmp_path / "noise.toml").write_bytes(bytes(range(256)))
    answer = epsom("run", "noise.toml")
    assert answer.code == 2 and "noise.toml: this is not a text file" in answer.err


@pytest.mark.parametrize("where", ["mkdtemp", "write_netcdf"])
def test_a_full_disk_leaves_nothing(epsom, tmp_path, monkeypatch, where):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(storage.tempfile if where == "mkdtemp" else storage, where, full)
    answer = epsom("demo", "-n", "8", "--credit", "0")
    assert answer.code == 2 and "the disk is full. Free some space" in answer.err
    assert leftovers(tmp_path) in ([], ["runs"])


@pytest.mark.parametrize("where", ["run_ensemble", "write"])
def test_ctrl_c_leaves_nothing(epsom, tmp_path, monkeypatch, where):
    from epsom import simulation

    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(*((simulation, "run_ensemble") if where == "run_ensemble" else (storage, "_fill")), stopped)
    answer = epsom("demo", "-n", "8", "--credit", "0")
    assert answer.code == 2 and "stopped from the keyboard. Nothing was written." in answer.err
    assert leftovers(tmp_path) in ([], ["runs"])


def test_a_folder_that_cannot_be_made_is_said_before_the_run(epsom, tmp_path, monkeypatch):
    from epsom import simulation

    monkeypatch.setattr(simulation, "run_ensemble", lambda *_, **__: pytest.fail("simulated in vain"))
    (tmp_path / "runs").write_text("a file")
    answer = epsom("demo")
    assert answer.code == 2 and "cannot write here" in answer.err


def test_the_seed_of_a_run_is_kept(summary):
    assert summary["draws"] == {"knowledge": 64, "people": 1, "seed": 3, "first": Draws().first, "without": []}


def test_verbose_says_what_is_done_on_standard_error_alone(epsom, monkeypatch):
    """Each line with its seconds; without it nothing is said. The logger is put back, as a new process would have it."""
    import logging

    logger = logging.getLogger("epsom")
    try:
        loud = epsom("--verbose", "run", "plain-water-calf", "--draws", "1", "--quiet")
    finally:
        logger.handlers.clear()
        logger.setLevel(logging.NOTSET)
    assert loud.code == 0 and re.search(r"^ +\d+\.\d s  .*draws are solved$", loud.err, re.M) and "draws are solved" not in loud.out
    assert "draws are solved" not in epsom("run", "plain-water-calf", "--draws", "1", "--seed", "2", "--quiet").err
