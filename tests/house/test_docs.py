"""What the documents show works: every `epsom ...` in them is a command with options and names that exist, every link leads somewhere."""

from __future__ import annotations

import ast
import importlib.util
import re
import shlex
import textwrap
import tomllib
from pathlib import Path

import pytest
import typer

import epsom
from epsom import changes
from epsom.core.errors import EpsomError
from epsom.core.parameter import KINDS, all_parameters, names
from epsom.core.vocabulary import standard_words
from epsom.experiment import Experiment
from epsom.faces.options import DEMO
from epsom.faces.show import FILES, LISTS
from epsom.regimen import Regimen
from epsom.scenario import Scenario, read_tables

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(p for p in [*DOCS.rglob("*.md"), *ROOT.glob("*.md")] if not any(part.startswith("_") for part in p.relative_to(ROOT).parts))
FENCE = re.compile(r"^ *(```+|~~~+)(.*?)\n(.*?)^ *\1[ \t]*$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(epsom [^`]+)`")
PROMPT = re.compile(r"^(?:\s+|\$ )?(?:\.venv/bin/)?(epsom .*)$")
SHIPPED = {"scenario": "scenarios", "scenarios": "scenarios", "experiment": "experiments", "regimen": "regimens", "case": "validation"}
KIND_OF = {"epsom permeate": ("experiments", Experiment, "caffeine-slab"), "epsom body run": ("regimens", Regimen, "oral-300mg"),
           "epsom body threshold": ("regimens", Regimen, "oral-300mg")}      # of scenarios: all others


def commands() -> dict:
    spec = importlib.util.spec_from_file_location("commands_page", DOCS / "commands.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(module.commands())


COMMANDS = commands()


# ---- commands --------------------------------------------------------------------------------------------------------
def shown_commands(text: str) -> list[str]:
    """Every `epsom ...` in fenced and indented code, but not what a command prints."""
    found = [line for _, info, body in FENCE.findall(text) if info.strip() in ("", "{code-cell} ipython3") for line in body.splitlines()]
    rest = FENCE.sub("", text)
    found += [line for line in rest.splitlines() if line.startswith("    ")]
    return [match[1] for line in found if (match := PROMPT.match(line))]


def named_commands(text: str) -> list[str]:
    """Every `epsom ...` in backticks, which may leave out what it is applied to."""
    return [" ".join(code.split()) for code in INLINE.findall(FENCE.sub("", text))]


def words_of(line: str) -> list[str]:
    """The words of a command, without a comment and without what a shell does with its output."""
    words = shlex.split(re.sub(r"<[^<>]*>", "run", line), comments=True)
    return words[:next((i for i, word in enumerate(words) if word in (">", "2>", "2>&1", "|", "||", "2>/dev/null")), len(words))]


def parsed(words: list[str], whole: bool = True) -> tuple[str, dict]:
    """(name, its parameters) of a command line, not run; click refuses what the command does not have, and what it lacks if it is `whole`."""
    name = next((" ".join(words[:n]) for n in (3, 2) if " ".join(words[:n]) in COMMANDS), None)
    assert name, f"there is no command {' '.join(words[:3])}"
    try:
        with COMMANDS[name].make_context(name, words[len(name.split()):]) as context:
            return name, context.params
    except typer.BadParameter as error:
        if whole or type(error).__name__ != "MissingParameter":
            raise
        return name, {}


def of_reader(name: str) -> bool:
    """Whether a name is a file or a run that the reader has made."""
    made_by_run = name.rpartition("-")[0] in names("scenarios") or name in names("scenarios")
    return "/" in name or name.endswith((".toml", ".json")) or name in ("run", "RUN") or made_by_run


def check_names(name: str, given: dict) -> None:
    """What ships must be called as it is called here."""
    for word, kind in SHIPPED.items():
        values = given.get(word) or ()
        for value in (values,) if isinstance(values, str) else values:
            assert value in names(kind) or "/" in value or value.endswith((".toml", ".json")), f"{name}: {value}"
    assert given.get("like") is None or any(given["like"] in names(kind) for kind in ("scenarios", "experiments", "regimens", "reports"))
    what = given.get("what")
    if name == "epsom list":
        assert what in (*LISTS, None)
    if name == "epsom show" and what:
        assert what in all_parameters() or any(what in names(kind) for kind in (*KINDS, *FILES)) or of_reader(what), what
    if "run" in given:
        assert of_reader(given["run"]), given["run"]
    if "variable" in given and name == "epsom why":
        assert given["variable"].partition("[")[0] in standard_words(), given["variable"]


def check_changes(name: str, given: dict) -> None:
    """`--set` and the values of a sweep fit the scenario, or the shipped one where it is the reader's own."""
    subject = next((given[word] for word in SHIPPED if given.get(word)), DEMO)
    subject = subject if isinstance(subject, str) else subject[0]
    kind, noun, instead = KIND_OF.get(name, ("scenarios", Scenario, DEMO))
    tables = read_tables(subject if subject in names(kind) else instead, kind)[0]
    for key, value in map(changes.split, given.get("changes") or given.get("change") or ()):
        tables = changes.changed(tables, key, changes.plain(value))
    noun.build(tables, "what is shown")
    if name == "epsom sweep":
        key, values = changes.split(given["values"])
        for value in changes.listed(values, key):
            noun.build(changes.changed(tables, key, changes.plain(value)), "a sweep")


def shown_in(find) -> list[tuple[str, str]]:
    """(page, command) of every command that this finds; commands.md has tests of its own."""
    pages = [page for page in PAGES if page.name not in ("commands.md", "CHANGELOG.md")]
    return sorted({(page.relative_to(ROOT).as_posix(), line) for page in pages for line in find(page.read_text("utf-8"))})


LINES, NAMED = shown_in(shown_commands), shown_in(named_commands)


def test_commands_are_found_in_every_form():
    text = ("1. First\n\n   ```\n   epsom run a.toml\n   nothing\n   ```\n\n       .venv/bin/epsom demo  # so\n\nand `epsom list\nsites`.\n"
            "```toml\nepsom = 1\n```\n")
    assert shown_commands(text) == ["epsom run a.toml", "epsom demo  # so"] and named_commands(text) == ["epsom list sites"]
    assert len(LINES) > 30 and len(NAMED) > 20


@pytest.mark.parametrize(("page", "line"), LINES)
def test_every_command_that_is_shown_can_be_given(page, line):
    """Command, options and shipped names exist, and changes fit the file; nothing is run."""
    name, given = parsed(words_of(line))
    check_names(name, given)
    if "|| echo" not in line:                                # what is shown to be refused
        check_changes(name, given)


@pytest.mark.parametrize(("page", "line"), NAMED)
def test_every_command_that_is_named_exists(page, line):
    """In running text it may stand without what it is applied to, or for a group."""
    words = words_of(line)
    group = any(name.startswith(f"{' '.join(words)} ") for name in COMMANDS)
    if not group and words[1:] not in (["COMMAND", "--help"], ["--help"]):
        check_names(*parsed(words, whole=False))


@pytest.mark.parametrize("line", [
    "epsom rum my.toml", "epsom run my.toml --drawz 3", "epsom run magnesium-lotion-cafl", "epsom list sitez", "epsom run",
    "epsom show magnesium.wet_permeabilty", "epsom run my.toml --set site.aera=1", "epsom why runs/run no_such_word",
    'epsom sweep magnesium-lotion-calf "product.strength=1 ppm Mg,2 parsecs"', "epsom new a.toml --like caffeine-slap"])
def test_a_wrong_command_is_noticed(line):
    with pytest.raises((AssertionError, typer.BadParameter.__base__, EpsomError)):
        test_every_command_that_is_shown_can_be_given("", line)


# ---- links -----------------------------------------------------------------------------------------------------------
LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(([^()\s]+)\)")
TARGET = re.compile(r"^\(([^()\s]+)\)=$", re.MULTILINE)


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


def slugs(text: str) -> set[str]:
    """Anchors of the headings, as GitHub and MyST make them."""
    titles = re.findall(r"^#{1,6}\s+(.+?)\s*$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower()).strip().replace(" ", "-") for title in titles}


LINKS = sorted({(page.relative_to(ROOT).as_posix(), link) for page in PAGES for link in LINK.findall(without_code(page.read_text("utf-8")))
                if "://" not in link and not link.startswith("mailto:")})


def made() -> set[str]:
    """Names of headings on the pages that the build writes, as far as hand-written pages link to them."""
    kinds = (*KINDS, *(p.name for p in (ROOT / "src/epsom/data").iterdir() if p.is_dir()), "correlations", "posteriors", "vocabulary")
    mechanisms = [f"{word}-{name}" for name in names("parameters") for word in ("numbers", "ports")]
    return {"sources", "cases-skin", "cases-body", "not-compared", *mechanisms, *(f"data-{kind}" for kind in kinds),
            *(f"data-{kind}-{name}" for kind in KINDS for name in names(kind)), *(f"source-{key}" for key in epsom_sources())}


def epsom_sources() -> list[str]:
    from epsom.core.sources import bibliography

    return list(bibliography())


@pytest.mark.parametrize(("page", "link"), LINKS)
def test_every_link_leads_somewhere(page, link):
    """A file that is there, a heading in it, or a named heading of the pages that the build writes (which it checks again)."""
    path, _, anchor = link.partition("#")
    file = (ROOT / page).parent / path if path else ROOT / page
    assert file.exists(), f"{page}: {link}"
    if anchor:
        text = file.read_text("utf-8")
        assert anchor in slugs(text) | set(TARGET.findall(text)) | (made() if not path else set()), f"{page}: {link}"


def test_broken_links_would_be_seen():
    with pytest.raises(AssertionError):
        test_every_link_leads_somewhere("README.md", "docs/nowhere.md")
    with pytest.raises(AssertionError):
        test_every_link_leads_somewhere("README.md", "docs/data.md#no-such-heading")
    assert len(LINKS) > 40 and ("README.md", "docs/index.md") in LINKS


# ---- all of it -------------------------------------------------------------------------------------------------------
def test_every_public_name_has_its_place_in_the_api():
    text = "".join(page.read_text("utf-8") for page in (DOCS / "api").glob("*.md"))
    missing = [name for name in epsom.__all__ if not re.search(rf"auto(class|function|exception|module):: epsom\.{name}\b", text)]
    assert not set(missing) - {"__version__"}


BLOCKS = sorted({(page.relative_to(ROOT).as_posix(), info.strip(), body) for page in PAGES
                 for _, info, body in FENCE.findall(page.read_text("utf-8")) if info.strip() in ("python", "toml")})


@pytest.mark.parametrize(("page", "language", "text"), BLOCKS, ids=[f"{page} {i}" for i, (page, _, _) in enumerate(BLOCKS)])
def test_every_block_of_code_reads(page, language, text):
    """Python and TOML parse, and what is used of `epsom` is there; nothing is run."""
    if language == "toml":
        assert tomllib.loads(text)
        return
    text = textwrap.dedent(text)
    used = [node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "epsom"]
    used += [alias.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom) and node.module == "epsom"
             for alias in node.names]
    assert not {name for name in used if not hasattr(epsom, name)}
