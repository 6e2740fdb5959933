"""`epsom compare`, `epsom sweep` and `epsom list products`: folders, pages, JSON, refusals, nothing half-written."""

from __future__ import annotations

import csv
import errno
import json
import os
import re
import shlex
from dataclasses import replace
from pathlib import Path

import figure_checks
import page_checks
import pytest
from test_cli import leftovers
from test_run_folder import nameless_cells

from epsom import storage
from epsom.faces.comparing import compare_and_write, sweep_and_write
from epsom.safety import complaints, disclaimers, gate_texts
from painless import painless

DRAWS = 8
LOTION, OIL = "magnesium-lotion-calf", "magnesium-oil-calf"
FILES = {"summary.json", "provenance.json", "references.bib", "report.html", "tables/comparison.csv", "scenarios/1.toml",
         "scenarios/2.toml"}
INTERVAL = {"low": "float", "middle": "float", "high": "float"}
ROW = {"key": "str", "variable": "str", "solute": "str", "when": "str", "text": "str", "unit": "str", "weakest_grade": "str",
       "values": {"a": INTERVAL, "b": INTERVAL}, "shown": {"a": "str", "b": "str"}, "shown_against_first": {"a": "str", "b": "str"},
       "grid": {"a": "NoneType", "b": "NoneType"},
       "against_first": {"b": {"difference": INTERVAL, "ratio": INTERVAL, "larger": "float", "equal": "float",
                               "assumed": {"value": "float", "low": "float", "high": "float"}}}}
SHAPE = {"schema": "str", "name": "str", "fingerprint": "str", "version": "str", "labels": ["str"], "swept": "NoneType",
         "draws": {"knowledge": "int", "people": "int", "seed": "int", "first": "int", "without": []}, "paired_draws": "int",
         "gates": [{"name": "str", "text": "str", "acknowledged": "bool", "scenarios": ["str"]}], "alarms": [], "red_flag": "str",
         "notes": ["str"], "differences": {"product.use": {"a": "str", "b": "str"}}, "share_of_draws": "str",
         "overview": [ROW], "rows": [ROW],
         "headline": [{"solute": "str", "lines": ["str"], "rests": "str"}], "not_modelled": ["str"], "disclaimers": ["str"],
         "runs": {"a": "str", "b": "str"}}


def shape(data):
    """Keys and types of plain data; of a list the first entry stands for all."""
    if isinstance(data, dict):
        return {key: shape(value) for key, value in data.items()}
    return [shape(data[0])] if isinstance(data, list) and data else [] if isinstance(data, list) else type(data).__name__


@pytest.fixture(scope="session")
def scenarios(tmp_path_factory) -> list[Path]:
    """Two files, named a and b, that differ in product alone and open a gate."""
    from epsom.changes import changed
    from epsom.scenario import Scenario

    folder, files = tmp_path_factory.mktemp("scenarios"), []
    for name, product in (("a", "lotion-60000ppm-Mg"), ("b", "magnesium-oil-31pct")):
        tables = changed(changed(Scenario.load(LOTION).tables(), "name", name), "product", {"use": product})
        tables["person"]["conditions"] = ["heart block"]
        files.append(folder / f"{name}.toml")
        files[-1].write_text(Scenario.build(tables).to_toml())
    return files


@pytest.fixture(scope="session")
def compared(scenarios, tmp_path_factory) -> Path:
    from epsom.core.draws import Draws

    return compare_and_write(list(map(str, scenarios)), tmp_path_factory.mktemp("runs"), Draws(DRAWS), [], quiet=True)[0]


@pytest.fixture(scope="session")
def swept(tmp_path_factory) -> Path:
    from epsom.core.draws import Draws

    change = "product.strength=10000 ppm Mg,60000 ppm Mg"
    return sweep_and_write(OIL, change, tmp_path_factory.mktemp("runs"), Draws(DRAWS), [], quiet=True)[0]


@pytest.fixture(scope="session")
def one_result():
    from epsom.simulation import simulate
    from epsom.standard import standard_model

    lotion = painless()
    return simulate(standard_model(lotion), lotion, DRAWS)


@pytest.fixture
def solved(one_result, monkeypatch):
    """What is not about numbers need not wait for them: every scenario has the result of the lotion."""
    from epsom import paired

    monkeypatch.setattr(paired, "simulate", lambda model, scenario, draws, **_: replace(one_result, scenario=scenario))


def read(folder: Path) -> dict:
    return json.loads((folder / "summary.json").read_text("utf-8"))


def page(folder: Path) -> str:
    return " ".join((folder / "report.html").read_text("utf-8").split())


@pytest.mark.parametrize("kind", ["compared", "swept"])
def test_nothing_is_wrong_with_the_page(kind, request):
    assert not (found := page_checks.problems((request.getfixturevalue(kind) / "report.html").read_text("utf-8"))), "\n".join(found)


@pytest.mark.parametrize("kind", ["compared", "swept"])
def test_the_page_fits_a_phone_a_desk_and_paper(kind, request, browser):
    assert not (found := browser.problems(request.getfixturevalue(kind) / "report.html", 4, 40)), "\n".join(found)


def test_words_of_pictures_can_be_read(compared, swept, pictures_drawn):
    assert len(pictures_drawn) >= 10 and [one for picture in pictures_drawn for one in figure_checks.problems(picture)] == []


def test_the_folder_of_a_comparison_is_complete(compared):
    found = {str(p.relative_to(compared)) for p in compared.rglob("*") if p.is_file()}
    assert found >= FILES and {name.partition("/")[0] for name in found - FILES} == {"pictures"}
    assert not [p for p in compared.parent.iterdir() if p.name.startswith(".")] and compared.stat().st_mode & 0o077 == 0


def test_shape_of_the_summary(compared):
    """The schema is a promise: a change here is a new number behind the name."""
    data = read(compared)
    assert data["schema"] == "epsom-comparison/2" and data["labels"] == ["a", "b"]
    found = shape({**data, "alarms": [], "overview": data["overview"][1:], "rows": data["rows"][1:]})
    assert found == SHAPE


def test_shape_of_the_summary_of_a_sweep(swept):
    data = read(swept)
    assert data["schema"] == "epsom-sweep/2" and set(data) == set(SHAPE)
    assert data["swept"] == {"key": "product.strength", "values": ["10000 ppm Mg", "60000 ppm Mg"], "numbers": [10000.0, 60000.0],
                             "unit": "ppm Mg"}
    assert {row["variable"] for row in data["overview"]} >= {"film_thickness", "film_water_activity"}


def test_the_table_has_a_line_for_each_row_and_scenario(compared):
    with (compared / "tables" / "comparison.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 2 * len(read(compared)["rows"]) and {line["scenario"] for line in lines} == {"a", "b"}
    assert all(line["unit"] or line["key"].startswith("film_water_activity") for line in lines)


@pytest.mark.parametrize("kind", ["compared", "swept"])
def test_the_page_is_offline_and_says_what_it_must(kind, request):
    folder = request.getfixturevalue(kind)
    text = page(folder)
    assert not re.search(r"<script|<iframe|(?:src|href)=[\"'](?!#|data:)", text)
    answer = text.index("In this model")
    for words in (disclaimers()[0], *([complaints()["muscle tightness"], gate_texts()["heart-block"]] if kind == "compared" else [])):
        assert text.index(words) < answer
    assert text.count('role="img"') == len(list((folder / "pictures").iterdir())) == (7 if kind == "compared" else 6)
    assert all(len(words) > 40 for words in re.findall(r'role="img" aria-label="([^"]*)"', text))
    assert nameless_cells(text) == []
    assert "is not a chance for one person" in text and read(folder)["fingerprint"] in text


def test_same_seed_same_bytes(compared, scenarios, tmp_path):
    from epsom.core.draws import Draws

    again = compare_and_write(list(map(str, scenarios)), tmp_path, Draws(DRAWS), [], quiet=True)[0]
    for path in compared.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (again / path.relative_to(compared)).read_bytes(), path.name


def test_commands_write_say_and_reuse(epsom, scenarios, tmp_path):
    words = ("compare", *map(str, scenarios), "-n", str(DRAWS))
    said = epsom(*words)
    assert said.code == 0 and said.out.startswith("SAFETY (heart-block; a, b)") and "In this model, magnesium that has" in said.out
    again = json.loads(epsom(*words, "--json").out)
    assert again["reused"] and again["schema"] == "epsom-comparison/2"
    quiet = epsom(*words, "--quiet")
    assert quiet.out.strip() == again["folder"] and "SAFETY (heart-block; a, b)" in quiet.err
    assert again["fingerprint"] in epsom("list", "runs").out
    assert "In this model" in epsom("show", again["fingerprint"]).out
    why = epsom("why", again["fingerprint"], "crossed_amount")
    assert why.code == 2 and "this is a comparison, not a run" in why.err
    assert {p.name for p in (tmp_path / "runs").iterdir()} == {Path(again["folder"]).name}


def test_a_change_with_set_reaches_every_scenario(epsom, scenarios, solved):
    data = json.loads(epsom("compare", *map(str, scenarios), "-n", str(DRAWS), "--set", "site.area=100 cm^2", "--json").out)
    scenario = (Path(data["folder"]) / "scenarios" / "2.toml").read_text()
    assert 'area = "100 cm^2"' in scenario and "site.area" not in data["differences"]


@pytest.mark.parametrize("words, said", [
    (("compare", LOTION), "this one has 1"), (("compare", LOTION, "nowhere.toml"), "nowhere.toml: there is no such file"),
    (("compare", LOTION, "caffeine-gel-forearm"), "no solute in common"),
    (("sweep", LOTION, "nonsense"), "a change is KEY=VALUE"), (("sweep", LOTION, "site.area=3 cm^2"), "two values or more"),
    (("sweep", LOTION, "site.area=3 cm^2,3 m^2"), "site.area: the area 3 m^2 is larger than this body"),
    (("sweep", LOTION, "product.strength=1 ppm Mg,900000 ppm Mg"), "(found: '900000 ppm Mg')"),
    (("sweep", LOTION, "environment.air=10..35 K:3"), "environment.air: this quantity is below"),
    (("sweep", LOTION, "steps.0.apply=2 mg/cm^2,-1 mg/cm^2"), "a dose cannot be negative")])
def test_refused_plainly_with_exit_code_2_and_nothing_written(epsom, tmp_path, words, said):
    answer = epsom(*words)
    assert answer.code == 2 and said in answer.err and "Traceback" not in answer.err and not answer.out
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("where", ["solving", "writing"])
def test_ctrl_c_leaves_nothing(epsom, solved, tmp_path, monkeypatch, where):
    from epsom import paired, simulation

    def stopped(*_, **__):
        raise KeyboardInterrupt

    if where == "solving":
        monkeypatch.setattr(paired, "simulate", simulation.simulate)
    monkeypatch.setattr(*((simulation, "run_ensemble") if where == "solving" else (storage, "comparison_table")), stopped)
    answer = epsom("compare", LOTION, OIL, "-n", str(DRAWS))
    assert answer.code == 2 and "stopped from the keyboard. Nothing was written." in answer.err
    assert leftovers(tmp_path) in ([], ["runs"])


def test_a_full_disk_leaves_nothing(epsom, solved, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(storage, "comparison_table", full)
    answer = epsom("sweep", LOTION, "site.area=100 cm^2,400 cm^2", "-n", str(DRAWS))
    assert answer.code == 2 and "the disk is full. Free some space" in answer.err
    assert leftovers(tmp_path) in ([], ["runs"])


def examples(command: str) -> list[list[str]]:
    """The words of each example that a command's help gives."""
    from typer.main import get_command

    from epsom.faces import cli

    text = get_command(cli.app).commands[command].epilog
    return [shlex.split(example) for example in re.findall(r"`epsom ([^`]*)`", text)]


@pytest.mark.parametrize("words", [words for name in ("compare", "sweep") for words in examples(name)], ids=" ".join)
def test_examples_of_the_help_work(epsom, solved, words):
    """As they stand there, but for the numbers."""
    if "my.toml" in words:
        assert epsom("new", "my.toml").code == 0
    said = epsom(*words, "--draws", str(DRAWS))
    assert said.code == 0 and "highest rise of magnesium in the papillary dermis" in said.out


@pytest.mark.long
def test_the_example_of_the_docs_works(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = (Path(__file__).parents[2] / "docs" / "comparing.md").read_text("utf-8")
    [code] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(code, {})
    assert "times" in capsys.readouterr().out and len(list((tmp_path / "runs").iterdir())) == 1


def test_products_are_listed_with_what_a_usual_dose_brings(epsom):
    rows = {r["product"]: r for r in json.loads(epsom("list", "products", "--json").out)["rows"]}
    lotion = rows["lotion-60000ppm-Mg"]
    assert lotion["ppm"] == 60000 and lotion["salt"] == "magnesium-chloride" and lotion["label"]
    assert (lotion["usual_dose"], lotion["usual_area"]) == ("2 mg/cm^2", "400 cm^2")
    assert lotion["applied_mg"] == pytest.approx(48) and lotion["applied_mg_per_cm2"] == pytest.approx(0.12)
    assert lotion["salt_percent"] == pytest.approx(6 * 95.211 / 24.305, rel=1e-3)
    assert "lotion-60000ppm-MgCl2" in epsom("list", "products").out
