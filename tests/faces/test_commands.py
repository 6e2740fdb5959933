"""One grammar for all commands, the page that lists them, tables that fit, and what is cited without a run."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from epsom.core import references, sources
from epsom.faces import terminal

ROOT = Path(__file__).parents[2]


def _page():
    spec = importlib.util.spec_from_file_location("commands_page", ROOT / "docs" / "commands.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGE = _page()
COMMANDS = dict(PAGE.commands())


def options(command) -> set[str]:
    return {word for p in command.params for word in p.opts}


# ---- grammar ---------------------------------------------------------------------------------------------------------
def test_the_scan_finds_every_command():
    assert {"epsom run", "epsom cite", "epsom body sbml"} <= set(COMMANDS) and len(COMMANDS) >= 23


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_speaks_to_programs_and_to_scripts(words):
    """JSON, and little; what draws names its seed; what is drawn anew by a seed can be given other draws."""
    command = COMMANDS[words]
    assert {"--json", "--quiet", "-q"} <= options(command)
    assert "--seed" not in options(command) or {"-s", "--draws", "-n"} <= options(command)
    assert command.help and command.epilog.startswith("Example")


@pytest.mark.parametrize("option", ["--json", "--seed", "--set", "--workers", "--runs"])
def test_an_option_means_the_same_everywhere(option):
    said = {p.help for command in COMMANDS.values() for p in command.params if option in p.opts}
    assert len({re.sub(r"^Change a key of the .*", "Change", text) for text in said}) == 1


def examples() -> list[str]:
    found = [text for command in COMMANDS.values() for text in re.findall(r"`(epsom [^`]+)`", f"{command.epilog} {command.help}")]
    return sorted(set(found))


@pytest.mark.parametrize("example", examples())
def test_every_example_is_a_command_with_options_that_it_has(example):
    words = shlex.split(re.sub(r" > \S+$", "", example.replace("<run>", "run")))
    words = words[: words.index("<")] if "<" in words else words
    name = " ".join(words[:3] if " ".join(words[:2]) not in COMMANDS else words[:2])
    with COMMANDS[name].make_context(name, words[len(name.split()):]) as context:
        assert context.command is COMMANDS[name]


def test_the_page_of_commands_is_what_the_command_line_says():
    """`make commands` writes it anew."""
    assert PAGE.PAGE.read_text("utf-8") == PAGE.page()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_completes_commands(shell):
    """As what `epsom --install-completion` installs asks for it."""
    asked = {"_EPSOM_COMPLETE": f"complete_{shell}", "COMP_WORDS": "epsom swe", "COMP_CWORD": "1", "_TYPER_COMPLETE_ARGS": "epsom swe",
             "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    program = "import sys; sys.argv = ['epsom']; from epsom.faces.cli import main; main()"
    said = subprocess.run([sys.executable, "-c", program], env=os.environ | asked, capture_output=True, text=True)
    assert said.returncode == 0 and "sweep" in said.stdout and "permeate" not in said.stdout


# ---- what is printed -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("words", [("list", "products"), ("list", "parameters"), ("list", "gates"), ("list", "scenarios"),
                                   ("list", "regimens"), ("show", "calf"),
                                   ("show", "magnesium.wet_permeability"), ("cite", "magnesium-oil-calf", "--numbers")])
def test_at_80_columns_nothing_is_wider(epsom, monkeypatch, words):
    monkeypatch.setattr(terminal, "columns", lambda otherwise: 80)
    said = epsom(*words)
    assert said.code == 0 and said.out.count("\n") > 3 and "\x1b" not in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_columns_are_those_of_the_terminal_or_as_they_are_told(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert terminal.columns(123) == 123                   # what pytest catches is no terminal
    monkeypatch.setenv("COLUMNS", "70")
    assert terminal.columns(123) == 70


def test_a_table_breaks_cells_between_words_and_keeps_every_word(monkeypatch):
    monkeypatch.setattr(terminal, "columns", lambda otherwise: 45)
    rows = [("a-name-to-be-copied", "some words that go over the line", 1.5), ("b", "short", 12.0)]
    assert terminal.table_lines(("name", "text", "number"), rows) == [
        "name                 text              number",
        "a-name-to-be-copied  some words that   1.5",
        "                     go over the line",
        "b                    short             12"]


def test_a_table_that_does_not_fit_is_told_row_by_row(monkeypatch):
    monkeypatch.setattr(terminal, "columns", lambda otherwise: 40)
    lines = terminal.table_lines(("name", "first", "second", "third"), [("n" * 20, "a" * 10, "", "b" * 10)])
    assert lines == ["n" * 20, "    first: aaaaaaaaaa", "    third: bbbbbbbbbb"]


def test_quiet_lists_names_and_shows_places(epsom):
    assert "magnesium-lotion-calf\n" in epsom("list", "scenarios", "-q").out
    assert epsom("show", "magnesium.wet_permeability", "-q").out == "1e-08 cm/s\n"
    assert Path(epsom("show", "magnesium-lotion-calf", "-q").out.strip()).is_file()
    assert epsom("new", "mine.toml", "-q").out == "mine.toml\n"
    assert json.loads(epsom("new", "other.toml", "--json").out)["schema"] == "epsom-new/1"


@pytest.mark.parametrize("what, schema", [("magnesium.wet_permeability", "epsom-parameter/1"), ("calf", "epsom-parameters/1"),
                                          ("magnesium-lotion-calf", "epsom-scenario/1"), ("caffeine-slab", "epsom-experiment/1")])
def test_what_is_shown_names_its_schema(epsom, what, schema):
    assert json.loads(epsom("show", what, "--json").out)["schema"] == schema


# ---- cite without a run ----------------------------------------------------------------------------------------------
def test_a_scenario_is_cited_without_being_run(epsom, tmp_path, monkeypatch):
    from epsom import simulation

    monkeypatch.setattr(simulation, "run_ensemble", lambda *_, **__: pytest.fail("simulated"))
    data = json.loads(epsom("cite", "magnesium-oil-calf", "--json").out)
    assert "kokki2019" in {source["key"] for source in data["sources"]} and data["epsom"]["authors"] == ["The epsom maintainers"]
    epsom("new", "mine.toml")
    mine = tmp_path / "mine.toml"
    mine.write_text(mine.read_text().replace('egfr = "100 mL', 'egfr = "20 mL'))
    assert epsom("cite", "mine.toml").out.startswith("SAFETY (kidney-low")


@pytest.mark.parametrize("words, said", [(("magnesium-oil-clf",), "or shipped scenario (found: 'magnesium-oil-clf'). Did you mean 'mag"),
                                         (("nowhere.toml",), "there is no such file"),
                                         (("magnesium-oil-calf", "--csl", "--json"), "Give one of them")])
def test_what_cannot_be_cited_is_refused(epsom, words, said):
    found = epsom("cite", *words)
    assert found.code == 2 and said in found.err and not found.out


def test_every_source_has_its_facts_and_stands_as_csl():
    items = references.as_csl(sources.bibliography())
    assert len(items) == len(sources.bibliography()) > 100
    for item in items:
        facts = references.facts(item["id"])
        assert facts["title"] == item["title"] and "\\" not in json.dumps(item, ensure_ascii=False).replace('\\"', "")
    by_id = {item["id"]: item for item in items}
    assert by_id["bjorklund2013"]["author"][0] == {"family": "Björklund", "given": "Sebastian"}


def test_epsom_is_cited_as_its_citation_file_says_and_that_as_the_project_does():
    about = references.software("9.9", "none")
    file = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (about["title"], about["license"], about["version"]) == (file["title"], file["license"], "9.9")
    assert file["version"] == project["version"] and [a["name"] for a in project["authors"]] == about["authors"]
    assert references.software_line(about).endswith("Version 9.9. MIT licence.")
