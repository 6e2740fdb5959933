"""The bibliography: every source is used, every used one exists, and each can be printed for people."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from epsom.core import sources
from epsom.core.errors import DataError
from epsom.core.parameter import KINDS, folder, names
from epsom.evidence.anchors import documents as anchors
from epsom.evidence.reported import read_report
from epsom.validation.case import contexts, load
from epsom.whole_body.study import studies

USED = {table["source"] for kind in KINDS for name in names(kind)
        for table in tomllib.loads((folder(kind) / f"{name}.toml").read_text("utf-8")).values()
        for table in (table, table.get("predicted", {})) if "source" in table}
for case in map(load, names("validation")):
    USED |= {case.about.source, *(row.source for row in case.expected if row.source)}
USED |= {one.source for one in contexts()}
for study in studies().values():
    USED |= {study.about.source, *(one.source for one in (*study.rows, *study.asides) if one.source)}
for page in (files("epsom") / "data" / "feeling").iterdir():
    USED |= {table["source"] for rows in tomllib.loads(page.read_text("utf-8")).values() for table in rows if "source" in table}
for anchor in anchors().values():
    USED |= {anchor["source"], *(one["source"] for one in anchor["expected"])}
USED |= {read_report(name).source for name in names("reports")} - {""}
KEYS = list(sources.bibliography())


def test_every_source_is_used():
    assert not set(KEYS) - USED


def test_every_used_source_exists():
    assert not USED - set(KEYS) - {sources.ASSUMED}


def test_no_key_stands_twice_in_the_file():
    """pybtex may keep only one of two entries of one key."""
    text = (files("epsom") / "data" / "sources.bib").read_text("utf-8")
    assert text.count("\n@") + text.startswith("@") == len(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_entry_reads_as_plain_text(key):
    """Authors, a year (or that there is none), a title; no TeX left over, one line."""
    text = sources.plain(key)
    year = sources.bibliography()[key].fields["year"]
    assert f"({year})" in text and (year == "no year" or 1850 < int(year) < 2030)
    assert len(text) > 30 and text.endswith(".") and "\n" not in text
    assert not set("{}\\") & set(text), text


@pytest.mark.parametrize("key", KEYS)
def test_entry_can_be_found_again(key):
    """A journal, publisher or other home; a doi looks like one."""
    fields = sources.bibliography()[key].fields
    assert any(name in fields for name in ("journal", "publisher", "howpublished"))
    assert fields.get("doi", "10.").startswith("10.")


@pytest.mark.parametrize("key", KEYS)
def test_a_journal_is_a_journal(key):
    """What was read of a paper ("abstract") is said in `where` of the number, not as the paper's home."""
    assert "abstract" not in sources.bibliography()[key].fields.get("journal", "")


def test_bibtex_of_a_run_holds_what_it_used_and_nothing_else():
    text = sources.as_bibtex(["crc", "assumed", "crc", "kokki2019"])
    assert text.count("@") == 2 and "kokki2019" in text and sources.as_bibtex(["scenario"]).strip() == ""


def test_an_unknown_source_is_refused_by_name():
    with pytest.raises(DataError, match="nobody1999"):
        sources.check("nobody1999")
    sources.check("assumed")
    sources.check("scenario")
