"""Pages of the docs that are made from the model and its data: nothing is missing, nothing is other than in the documents."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from epsom.core.parameter import KINDS, Z95, all_parameters, document, folder, names
from epsom.core.vocabulary import standard_words

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import pages  # noqa: E402
from pages import bibliography, data, docstrings, links, mechanisms, numbers  # noqa: E402
from pages import markdown as md  # noqa: E402

NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    """All pages, the parts of mechanisms among them, by path."""
    return pages.written() | {f"mechanisms/{name}": mechanisms.page(name) for name in mechanisms.known()}


def rows(text: str) -> dict[str, list[str]]:
    """Lines of tables by the code in their first cell."""
    lines = [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in text.splitlines() if line.startswith("| `")]
    return {cells[0].strip("`"): cells for cells in lines}


# ---- numbers ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("key", ["magnesium.wet_permeability", "vessel.warm_half", "calf.corneum_thickness", "column.duct_area"])
def test_a_row_says_what_the_document_says(key):
    """Value and both ranges by another way than the page's."""
    p = all_parameters()[key]
    name, value, unknown, people, grade, origin = numbers.row(p)
    assert name.strip("`") == key.partition(".")[2] and grade == p.grade and p.source in origin
    assert float(value.split()[0]) == p.value and ("To be verified" in origin) == p.verify
    for shown, spread in ((unknown, p.unknown), (people, p.between_people)):
        assert bool(shown) == (spread is not None)
        if spread is not None and spread.shape == "lognormal":
            low, high = map(float, re.match(rf"({NUMBER}) to ({NUMBER})", shown).groups())
            assert low == pytest.approx(p.value / (high / p.value), rel=1e-2)
            assert high / low == pytest.approx(2.718281828 ** (2 * Z95 * spread.sigma()), rel=1e-2)


def test_every_number_can_be_read_from_its_row():
    for p in all_parameters().values():
        shown = numbers.row(p)
        assert float(shown[1].split()[0]) == p.value and len(shown) == len(numbers.HEADER), p.key
        for text in filter(None, shown[2:4]):
            low, high = map(float, re.match(rf"({NUMBER}) to ({NUMBER})", text).groups())
            assert low < high, p.key


def test_every_document_stands_on_its_page_whole(written):
    for kind in KINDS:
        for name in names(kind):
            text = written[f"mechanisms/{name}" if kind == "parameters" else f"data/{kind}.md"]
            section = re.split(rf"\(data-{kind}-{re.escape(name)}\)=", text)[-1].split("\n(data-")[0]
            assert set(document(kind, name).parameters) <= set(rows(section)), f"{kind}/{name}"


# ---- pages -----------------------------------------------------------------------------------------------------------
def test_every_mechanism_says_all_that_it_reads_and_gives(written):
    for name, (mechanism, _) in mechanisms.known().items():
        assert set(mechanism.ports) <= set(rows(written[f"mechanisms/{name}"])), name


def test_no_data_is_left_out(written):
    """Every folder and file of data has its page, and every file is named there."""
    for entry in folder("").iterdir():
        if entry.is_dir() and entry.name not in (*data.ELSEWHERE, "__pycache__"):
            assert all(f"(data-{entry.name}-{name})=" in written[f"data/{entry.name}.md"] for name in names(entry.name))
    assert set(rows(written["data/vocabulary.md"])) == set(standard_words())
    assert all(f"(case-{kind}-{name})=" in written[f"cases/{page}.md"] for kind, page in (("validation", "skin"), ("body_validation", "body"))
               for name in names(kind))
    files = {entry.name.removesuffix(".toml") for entry in folder("").iterdir() if entry.name.endswith(".toml")} - {"validation_context"}
    assert {"vocabulary", "posteriors", "correlations"} < files and all(f"(data-{name})=" in written[f"data/{name}.md"] for name in files)


def test_every_link_between_pages_has_its_target(written):
    targets = {target for text in written.values() for target in re.findall(r"^\(([^()\s]+)\)=$", text, re.MULTILINE)}
    wanted = {link for text in written.values() for link in re.findall(r"\]\(#([^()\s]+)\)", text)}
    assert len(wanted) > 300 and wanted <= targets, wanted - targets


def test_every_source_says_what_rests_on_it():
    """As far as `tests/data/test_sources.py` knows what uses a source."""
    from test_sources import KEYS, USED

    found = {source for source, _ in bibliography.uses()}
    assert set(KEYS) <= found and found >= USED


def test_pages_are_written_once_and_old_ones_go(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "written", lambda: {"data/one.md": "1", "two.md": "2"})
    pages.write(tmp_path)
    before = (tmp_path / "two.md").stat().st_mtime_ns
    (tmp_path / "old.md").write_text("0")
    pages.write(tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.md")} == {"data/one.md", "two.md"}
    assert (tmp_path / "two.md").stat().st_mtime_ns == before


def test_links_of_a_finished_site(tmp_path):
    """A file that is not there, an anchor that is not there; not what leaves the site."""
    (tmp_path / "in").mkdir()
    (tmp_path / "a.html").write_text('<p id="here"><a href="in/b.html#there"></a><a href="#here"></a><a href="https://x.y/z"></a>', "utf-8")
    (tmp_path / "in" / "b.html").write_text('<p id="there"><a href="../a.html#gone"></a><img src="no.png"><a href="../a.html"></a>', "utf-8")
    assert links.broken(tmp_path) == ["in/b.html: ../a.html#gone", "in/b.html: no.png"]


# ---- text ------------------------------------------------------------------------------------------------------------
@given(st.text(st.sampled_from("ab1 *_<>[]$#|~\\&(`)"), max_size=30))
def test_text_of_documents_is_shown_as_it_is_written(text):
    """Rendered as Markdown it is the same text, and in a table it stays in its cell; what is in backticks is code."""
    shown = MarkdownIt().enable("table").render(f"| x{md.plain(text)}x | y |\n| --- | --- |\n| z | u |")
    cells = re.findall(r"<th>(.*?)</th>", shown, re.DOTALL)
    plain = re.sub(r"</?code>", "`", cells[0]).replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    assert cells[1] == "y" and plain.replace("`", "") == f"x{' '.join(text.split())}x".replace("`", "")


def test_a_table_leaves_out_what_is_empty():
    assert md.table(("a", "b", "c"), [("1", "", "2")]) == "| a | c |\n| --- | --- |\n| 1 | 2 |" and md.table(("a",), []) == ""


def test_docstrings_become_lists():
    lines = ["What it is, `c*d`, 2*x.", "", "Parameters", "----------", "a, b : of `x`,", "    more.", "c : one.    d : two."]
    assert docstrings.restructured(lines) == [
        "What it is, ``c*d``, 2\\*x.", "", "", "*Parameters*", "", "- ``a, b``: of ``x``,", "  more.", "- ``c``: one.", "- ``d``: two."]
