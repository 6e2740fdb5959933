"""`epsom validate`: the table, the two pages, and what is refused. Found numbers are made up here: real runs take an hour."""

from __future__ import annotations

import json

import numpy as np
import page_checks
import pytest

from epsom import validation_pages
from epsom.core.parameter import names
from epsom.validation import reading, summary
from epsom.validation.case import contexts, load, row


def made_up(name, case, *settings):
    """Every row found just as it was expected, but those of one case, which are a thousandfold off."""
    off = 1000.0 if name == "caffeine-ring-test-drying" else 1.0
    middle = [off * (0.1 * e.below if e.below else e.value) for e in case.expected]
    return [row(name, case, e, (x, x / 2, 2 * x)) for e, x in zip(case.expected, middle)]


def made_up_switches(name, case, rows, *settings):
    medians = {variant: np.full(len(rows), 2.0 if variant == "full" else 1.0) for variant in case.variants()}
    return reading.Switched(name, tuple((r.name, r.unit) for r in rows), np.ones(len(rows)), medians)


@pytest.fixture
def without_runs(monkeypatch):
    monkeypatch.setattr(reading, "compare", made_up)
    monkeypatch.setattr(reading, "switched", made_up_switches)


@pytest.fixture
def written(epsom, without_runs, tmp_path):
    said = epsom("validate", "--pages", "out", "-n", "7")
    assert said.code == 0
    return tmp_path / "out", said.out


def test_pages_hold_every_case_once_and_misses_first(written):
    folder, _ = written
    pages = {name: (folder / f"{name}.html").read_text("utf-8") for name in validation_pages.PAGES}
    for name in names("validation"):
        about = load(name).about
        there = [f'<h3 id="{name}">' in pages[page] for page in ("reproduced", "predicted")]
        assert there == [about.used_for_defaults, not about.used_for_defaults]
    before_cases = pages["predicted"].partition("<h2>Cases</h2>")[0]
    assert before_cases.partition("<h2>Out</h2>")[2].count('<span class="out">out</span>') == 1
    assert "2 of 2 " in before_cases and 'href="#caffeine-ring-test-drying"' in before_cases
    assert "None." in pages["reproduced"].partition("<h2>Cases</h2>")[0]


@pytest.mark.parametrize("name", validation_pages.PAGES)
def test_nothing_is_wrong_with_the_pages(written, name):
    assert not (found := page_checks.problems((written[0] / f"{name}.html").read_text("utf-8"))), "\n".join(found)


@pytest.mark.parametrize("name", validation_pages.PAGES)
def test_the_pages_fit_a_phone_a_desk_and_paper(written, name, browser):
    assert not (found := browser.problems(written[0] / f"{name}.html", 2, 40)), "\n".join(found)


@pytest.fixture(scope="module")
def body_pages(tmp_path_factory):
    """Both pages of the whole body, where every third row is out; no run has found these numbers."""
    from epsom.whole_body.study import studies
    from epsom.whole_body.validation import Compared, Prediction, kind_of
    from epsom.whole_body.validation_summary import summary as body_summary

    folder, every = tmp_path_factory.mktemp("body"), studies()
    rows = [Compared(name, study.about, row, kind_of(study, row), study.used(row), study.people(row), Prediction((x, x - 0.1, x + 0.1), 0.1))
            for name, study in every.items() for k, row in enumerate(study.rows) for x in [(row.value or 0.0) + (k % 3 == 0)]]
    for name, text in validation_pages.pages(body_summary(every, rows, 2, 2, 1)).items():
        (folder / f"{name}.html").write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize("name", validation_pages.PAGES)
def test_nothing_is_wrong_with_the_pages_of_the_body(body_pages, name):
    assert not (found := page_checks.problems((body_pages / f"{name}.html").read_text("utf-8"))), "\n".join(found)


@pytest.mark.parametrize("name", validation_pages.PAGES)
def test_the_pages_of_the_body_fit_a_phone_a_desk_and_paper(body_pages, name, browser):
    assert not (found := browser.problems(body_pages / f"{name}.html", 2, 60)), "\n".join(found)


def test_pages_count_what_is_in_and_mark_what_is_out(written):
    folder, said = written
    data = json.loads((folder / "validation.json").read_text("utf-8"))
    assert data["schema"] == summary.SCHEMA and data["draws"] == 7
    rows = summary.rows_of(data, used=False)
    page = (folder / "predicted.html").read_text("utf-8")
    assert '<li>Measured, by a run: 0 of 2, 2 <span class="out">out</span></li>' in page
    assert page.count('class="in">in<') == len(rows) - 2 and page.count('class="out">out<') == 2 + 1 + 1
    assert "predicted (not used for defaults), rows in: " in " ".join(said.split()) and "measured, by a run 0 of 2" in " ".join(said.split())
    assert said.count("out: caffeine-ring-test-drying") == 2


def test_pages_end_with_what_is_not_compared_with_and_need_no_network(written):
    folder, _ = written
    page = (folder / "predicted.html").read_text("utf-8")
    _, _, context = page.partition('id="context"')
    assert all(one.title.replace("'", "&#39;") in context for one in contexts())
    for name in validation_pages.PAGES:
        text = (folder / f"{name}.html").read_text("utf-8")
        assert "src=" not in text and "http://" not in text and "https://" not in text and "{{" not in text


def test_full_physics_stands_beside_the_estimates(written):
    folder, _ = written
    page = (folder / "reproduced.html").read_text("utf-8")
    assert page.count("full over simplified") == 4 and "× 2.00" in page and "× 1.00" in page


def test_a_safety_gate_stands_with_its_case(written):
    """The spray trial was in people with weak kidneys."""
    page = (written[0] / "predicted.html").read_text("utf-8")
    _, _, trial = page.partition('id="kidney-spray-trial"')
    assert "Safety: kidney-low" in trial[:600]


def test_a_folder_that_is_there_is_refused_before_anything_runs(epsom, tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "compare", lambda *_: pytest.fail("it ran"))
    (tmp_path / "out").mkdir()
    said = epsom("validate", "--pages", "out")
    assert said.code == 2 and "out: this folder is there already" in said.err


def test_quietly_only_what_is_out_is_named_and_where_pages_are(epsom, without_runs):
    said = epsom("validate", "--quiet")
    assert (said.out, said.err) == ("caffeine-ring-test-drying\n", "")
    pages = epsom("validate", "--pages", "out", "--quiet")
    assert pages.out.endswith("out\n") and pages.out.count("\n") == 1 and pages.err == ""
    assert json.loads(epsom("validate", "--pages", "more", "--json").out)["schema"] == "epsom-validation-pages/1"


def test_pages_and_one_case_are_refused_together(epsom, without_runs):
    said = epsom("validate", "epsom-bath", "--pages", "out")
    assert said.code == 2 and "pages hold all cases" in said.err


def test_table_says_expected_found_and_verdict(epsom, without_runs):
    rows = json.loads(epsom("validate", "lithium-spa", "--json").out)["rows"]
    assert rows == [{**rows[0], "kind": "bound", "value": 2.0, "unit": "ug/L", "verdict": "in", "used_for_defaults": False, "grade": "A"}]
    table = " ".join(epsom("validate", "caffeine-ring-test-drying").out.split())
    assert table.count(") out") == 2 and " 0.070 " in table


@pytest.mark.parametrize("text, said", [
    ('unit = "ug"', "mine.toml: expected.0.unit: 'ug' is no unit of this quantity (found: 'ug')"),
    ('unit = "flurbs"', "mine.toml: expected.0.unit: unknown unit 'flurbs' (found: 'flurbs')"),
])
def test_a_case_of_ones_own_with_a_wrong_unit_is_refused(epsom, tmp_path, text, said):
    (tmp_path / "mine.toml").write_text(f"""
expected = [{{ of = "potts_guy", {text}, value = 1, log_octanol_water = 1, molar_mass = "100 g/mol" }}]
[about]
title = "mine"
text = "mine"
source = "crc"
grade = "A"
measured = true
used_for_defaults = false
""")
    answer = epsom("validate", "mine.toml")
    assert answer.code == 2 and said in " ".join(answer.err.split())
