"""Pages of docs/themes: tables are those of the registers, order and words keep studies and model apart, commands exist."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from epsom.evidence.claims import claims
from epsom.evidence.marketed import marketed
from epsom.evidence.studies import studies
from epsom.faces.cli import app

DOCS = Path(__file__).parents[2] / "docs"
ORDER = ["## What is known", "## What the model says (simulated)", "## What is not known", "## Which study would settle it", "## Go on",
         "## Studies and sources named here"]
GRADED = re.compile(r"\b(probably|may|might|likely|very uncertain|(high|moderate|low|very low) certainty)\b", re.IGNORECASE)
OF_STUDIES, OF_THE_MODEL = {"claims", "bodies", "studies", "sources"}, {"tried", "numbers", "told"}


def load():
    """docs/theme_tables.py, which writes the tables."""
    spec = importlib.util.spec_from_file_location("theme_tables", DOCS / "theme_tables.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TABLES = load()
PAGES = {path.stem: path.read_text("utf-8") for path in TABLES.pages()}
INDEX = TABLES.INDEX.read_text("utf-8")
each_page = pytest.mark.parametrize("text", PAGES.values(), ids=list(PAGES))


def section(text: str, heading: str) -> str:
    """What stands below a heading."""
    return re.split(r"\n(?=## )", text.split(heading, 1)[1])[0]


def marks(text: str) -> set[str]:
    """Names of what is written between marks."""
    return {name for _, name, *_ in TABLES.PLACE.findall(text)}


def commands() -> list[str]:
    """Every line of a command on any page, without what is said beside it."""
    return [line.split("  #")[0].strip() for text in PAGES.values() for line in text.split("\n") if line.startswith("    epsom ")]


def test_every_file_is_a_page_of_the_index():
    assert {path.stem for path in TABLES.FOLDER.glob("*.md")} == {*PAGES, "index"}
    assert len(PAGES) == 12


@pytest.mark.parametrize("text", [*PAGES.values(), INDEX], ids=[*PAGES, "index"])
def test_tables_are_those_of_the_registers(text):
    """`make themes` writes them anew."""
    assert TABLES.filled(text) == text


def test_every_claim_can_be_reached():
    on_pages = {key for text in PAGES.values() for key in TABLES.claims_of(text)}
    others = set(re.findall(r"\((C\d\d)\) \|", INDEX))
    assert on_pages | others == set(claims())
    assert not on_pages & others
    assert len(on_pages) > len(others)


@each_page
def test_an_answer_comes_first_and_the_rest_in_order(text):
    """A question, three sentences (a colon may join two), then what is known, simulated, not known, how to settle it, commands."""
    assert TABLES.title(text).endswith("?")
    assert len(re.findall(r"[.!](?= |$)", TABLES.answer(text))) == 3
    assert [line for line in text.split("\n") if line in ORDER] == ORDER


@each_page
def test_studies_and_model_stand_apart(text):
    """Verdicts and studies never under the model, numbers of the model never under studies."""
    model = section(text, ORDER[1])
    known = section(text, ORDER[0])
    assert not marks(model) & OF_STUDIES and "tried" in marks(model)
    assert not marks(known) & OF_THE_MODEL and "claims" in marks(known)
    assert "imulat" in model or "Nothing" in model or "one magnesium" in model


@pytest.mark.parametrize("text", [*PAGES.values(), INDEX], ids=[*PAGES, "index"])
def test_words_that_grade_studies_are_made_and_not_typed(text):
    assert not GRADED.findall(TABLES.own_text(text))


@pytest.mark.parametrize("text", [*PAGES.values(), INDEX], ids=[*PAGES, "index"])
def test_no_brand_is_named(text):
    brands = {entry.brand for entry in marketed().values() if entry.brand}
    assert not [brand for brand in brands if re.search(rf"\b{re.escape(brand)}\b", TABLES.own_text(text), re.IGNORECASE)]


@each_page
def test_every_study_and_source_named_exists_and_is_listed(text):
    own = TABLES.own_text(text)
    named = set(TABLES.STUDY.findall(own))
    assert named <= set(studies())
    listed = section(text, ORDER[-1])
    assert all(f"| {key} " in listed for key in named)
    keys = set(TABLES.KEY.findall(own)) - {"type"}
    assert all(f"- `{key}`: " in listed for key in keys)
    assert named | keys


@pytest.mark.parametrize("line", sorted(set(commands())))
def test_commands_exist_with_their_options(line):
    """Parsed, not run."""
    _, *words = shlex.split(line)
    group, name = get_command(app), words.pop(0)
    if name in ("label", "plausible") and name not in group.commands:
        pytest.skip(f"epsom {name} comes with another branch")
    command = group.commands[name]
    if hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    command.make_context(name, words)          # raises where an option or argument is not known


def test_what_cannot_be_written_is_refused():
    with pytest.raises(SystemExit, match="nothing writes 'pictures'"):
        TABLES.filled("<!-- pictures C01 -->\n<!-- end -->")
    with pytest.raises(SystemExit, match="0 tables"):
        TABLES.filled('<!-- told safety.md "no such words" -->\n<!-- end -->')


def test_text_between_two_empty_places_is_kept():
    """Once a place without content swallowed the page up to the next one."""
    page = "# Q?\n\nA.\n\n<!-- claims C01 -->\n<!-- end -->\n\nkept\n\n<!-- claims C02 -->\n<!-- end -->\n"
    assert "\n\nkept\n\n" in TABLES.filled(page)
    assert TABLES.own_text(page).count("kept") == 1
