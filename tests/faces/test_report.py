"""Pages of one run for four readers, from its stored numbers, on a screen and on paper."""

from __future__ import annotations

import html
import json
import re
import shutil

import figure_checks
import numpy as np
import page_checks
import pytest

from epsom import report, spread_plots, stored, surface_plots
from epsom.core.errors import EpsomError, InputError
from epsom.report import paper, story
from epsom.safety import complaints, disclaimers

ADVICE = re.compile(r"\b(you should (take|use|apply)|we recommend|recommended dose|take \d+ mg|proven|cures?)\b", re.I)


@pytest.fixture(scope="module")
def result(demo):
    return stored.load(demo)


@pytest.fixture(scope="module")
def pages(result):
    return {name: report.page(result, reader) for name, reader in report.READERS.items()}


@pytest.fixture(scope="module")
def files(pages, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, "utf-8")
    return folder


PAPER = {"researcher": (8, 90), "clinician": (1, 8), "formulator": (3, 20), "everyone": (2, 8)}      # pages


@pytest.mark.parametrize("name", report.READERS)
def test_nothing_is_wrong_with_a_page(pages, name):
    assert not (found := page_checks.problems(pages[name])), "\n".join(found)


@pytest.mark.parametrize("name", report.READERS)
def test_a_page_fits_a_phone_a_desk_and_paper(files, browser, name):
    assert not (found := browser.problems(files / f"{name}.html", *PAPER[name])), "\n".join(found)


def test_words_of_pictures_can_be_read(pages, pictures_drawn):
    assert len(pictures_drawn) >= 12 and [one for picture in pictures_drawn for one in figure_checks.problems(picture)] == []


def plain(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<(svg|style)\b.*?</\1>", " ", page, flags=re.S))).split())


def test_a_stored_run_gives_the_very_page_that_was_written(demo, pages):
    assert pages["researcher"] == (demo / "report.html").read_text("utf-8")


def test_a_stored_run_has_everything_that_is_stored(demo, result):
    """What is loaded, written again, is the same bytes."""
    from epsom import storage

    again = storage.write(result, demo.parent / "again")
    for name in ("result.nc", "summary.json", "why.json", "provenance.json", "tables/answers.csv", "tables/parameters.csv"):
        assert (again / name).read_bytes() == (demo / name).read_bytes(), name


def test_a_run_of_another_model_is_refused(demo, tmp_path):
    other = shutil.copytree(demo, tmp_path / "other")
    made = json.loads((other / "provenance.json").read_text("utf-8"))
    (other / "provenance.json").write_text(json.dumps(made | {"case": "0" * 16}), "utf-8")
    with pytest.raises(InputError, match=r"made with other numbers or another model.*epsom rerun"):
        stored.load(other)


@pytest.mark.parametrize("name", report.READERS)
def test_every_reader_gets_question_warnings_limits_and_what_made_it(pages, summary, name):
    text = plain(pages[name])
    for words in ("what reaches which tissue", complaints()["muscle tightness"], "No result on this page was measured on a person",
                  summary["fingerprint"], *(d.partition("{share}")[0].strip() for d in disclaimers())):
        assert " ".join(words.split()) in text
    assert not ADVICE.search(text)
    assert text.index(" ".join(complaints()["muscle tightness"].split())) < text.index("odel:")


@pytest.mark.parametrize("name", report.READERS)
def test_a_table_stands_behind_each_picture(pages, name):
    page = pages[name]
    assert page.count('role="img"') == page.count("The numbers behind it") >= 2
    ids = re.findall(r'\bid="([a-z][^"]*)"', re.sub(r"<svg\b.*?</svg>", "", page, flags=re.S))
    assert len(set(ids)) == len(ids)


def test_what_each_reader_asks_for_is_there_and_nothing_that_is_not_theirs(pages):
    text = {name: plain(page) for name, page in pages.items()}
    assert "Who should not, or not without a clinician" in text["clinician"] and "How a fair test on one person is made" in text["clinician"]
    assert "drops" in text["everyone"] and "of what a day's food brings an adult" in text["everyone"]
    assert "wet_permeability" not in text["everyone"]
    assert "as MgCl2.6H2O" in text["formulator"] and "epsom sweep runs/magnesium-lotion-calf-" in text["formulator"]
    assert "What the numbers rest on" in text["researcher"] and "What to measure next" in text["researcher"]
    assert len(text["everyone"]) < len(text["researcher"]) / 3 and len(text["clinician"]) < len(text["researcher"]) / 2


def test_every_part_is_in_some_page_and_every_page_knows_its_parts():
    used = {part for reader in report.READERS.values() for part in reader.parts}
    assert used == set(report.PARTS)


def test_each_number_of_the_story_has_a_range_and_a_grade(result):
    for where, text in story.story(result)[2:]:
        assert re.search(r"\d.* \(.* to .*\).* \[[ABCD]\]", text), where


def test_strengths_of_a_product_agree_with_each_other(result):
    rows = dict(story.of_product(result))
    ppm, per_mL, mmol = (float(x) for x in re.findall(r"([\d.]+) (?:ppm|mg/mL|mmol/L)", rows["magnesium"]))
    salt, hydrate = (float(rows[f"as {name}"].split()[0]) for name in ("MgCl2", "MgCl2.6H2O"))
    assert ppm == 60000 and per_mL / 24.305 == pytest.approx(mmol / 1000, rel=0.02)
    assert (ppm / 1e4 / salt, ppm / 1e4 / hydrate) == (pytest.approx(0.2553, rel=0.03), pytest.approx(0.1196, rel=0.03))


def test_felt_limits_stand_around_the_usual_temperature(result):
    limits = surface_plots.felt_limits(result)
    assert limits["cool is felt"] < limits["usual"] < limits["warmth is felt"]
    assert limits["usual"] == pytest.approx(273.15 + 32, abs=2)


def test_people_are_those_of_the_draw_whose_middle_person_is_at_the_level():
    middles, people = np.arange(41.0), np.linspace(-0.4, 0.4, 21)
    values = np.random.default_rng(1).permutation(middles)[:, None] + people
    found = spread_plots.among_people(values.ravel(), 21)
    assert {name: float(np.median(v)) for name, v in found.items()} == {"low": 2.0, "middle": 20.0, "high": 38.0}
    assert all(np.allclose(v - np.median(v), people) for v in found.values())


def test_an_unknown_reader_is_refused_before_anything_is_solved(epsom, tmp_path):
    said = epsom("run", "magnesium-lotion-calf", "--for", "clinican")
    assert said.code == 2 and "--for" in said.err and "clinician" in said.err and not list(tmp_path.iterdir())


def test_report_writes_a_page_and_never_over_another(epsom, demo, tmp_path):
    said = epsom("report", demo, "--for", "everyone", "--to", "page.html", "--json")
    data = json.loads(said.out)
    assert said.code == 0 and (data["file"], data["for"], data["schema"]) == ("page.html", "everyone", "epsom-page/1")
    first = (tmp_path / "page.html").read_bytes()
    assert b"for anybody" in first
    again = epsom("report", demo, "--for", "clinician", "--to", "page.html")
    assert again.code == 2 and "there already" in again.err and (tmp_path / "page.html").read_bytes() == first
    assert epsom("report", demo, "--to", "page.docx").code == 2


# ---- paper -----------------------------------------------------------------------------------------------------------
def test_paper_keeps_every_word_of_the_page(pages):
    """Each run of words between tags is in what typst is given, but style, the title of the browser's window and what is too long."""
    page = re.sub(r"<svg\b.*?</svg>", "", pages["researcher"], flags=re.S)
    found = paper.Paper(True)
    found.feed(page)
    body = re.sub(r"<(style|title)\b.*?</\1>|<details class=.long.*?</details>", "", page, flags=re.S)
    words = re.findall(r"[a-z]{4,}", re.sub(r"<[^>]+>|&[a-z]+;", " ", body.lower()))
    said = " ".join(re.findall(r'"((?:[^"\\]|\\.)*)"', found.expression)).lower()
    assert sorted(set(words) - set(re.findall(r"[a-z]{4,}", said))) == []


def test_paper_refuses_a_tag_it_does_not_know():
    with pytest.raises(ValueError, match="<video>"):
        paper.Paper(True).feed("<p>a</p><video></video>")


def test_quotes_and_backslashes_stay_text():
    found = paper.Paper(True)
    found.feed('<p>a "b" \\c <code>d"e</code></p>')
    assert found.expression == 'par("a \\"b\\" \\\\c " + raw("d\\"e") + [])'


def test_without_typst_a_pdf_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "typst", None)
    with pytest.raises(EpsomError, match=r"epsom\[pdf\]"):
        paper.pdf("<p>a</p>", True)


def test_a_page_on_paper(pages):
    pytest.importorskip("typst")
    found = paper.pdf(pages["clinician"], False)
    assert found.startswith(b"%PDF") and 1 <= len(re.findall(rb"/Type\s*/Page\b", found)) <= 6
    assert paper.pdf(pages["clinician"], False) == found
