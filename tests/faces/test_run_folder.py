"""The run folder and its page: complete, self-contained, the same bytes for the same seed."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from epsom import feeling, storage
from epsom.core.draws import Draws
from epsom.faces.running import run_and_write
from epsom.safety import complaints, disclaimers
from epsom.scenario import Scenario
from epsom.simulation import foreseen_name
from epsom.standard import standard_model
from epsom.value_of_information import measurements

FILES = {"scenario.toml", "summary.json", "provenance.json", "why.json", "references.bib", "result.nc", "report.html",
         "tables/time_course.csv", "tables/parameters.csv", "tables/answers.csv"}


def files(folder):
    return {str(p.relative_to(folder)): p for p in folder.rglob("*") if p.is_file()}


def test_the_folder_is_complete_and_private(demo):
    assert set(files(demo)) == FILES and demo.stat().st_mode & 0o077 == 0
    assert not [p for p in demo.parent.iterdir() if p.name.startswith(".")]


def test_same_seed_same_bytes(demo, epsom, tmp_path):
    """Made again by `epsom rerun`, which says so, and looks for itself."""
    said = json.loads(epsom("rerun", demo, "--out", tmp_path / "again", "--json").out)
    assert said["schema"] == "epsom-rerun/1" and said["same_bytes"] and said["same_numbers"] and said["shared_draws"] == 64
    again = Path(said["folder"])
    assert again.name == demo.name and not (said["made"] or said["headline"] or said["other_files"])
    for name, path in files(demo).items():
        assert path.read_bytes() == (again / name).read_bytes(), name


def test_another_seed_is_another_run(demo):
    scenario = Scenario.load("magnesium-lotion-calf")
    model, asked = standard_model(scenario), feeling.asked(scenario, 8)
    same, other = (foreseen_name(model, scenario, Draws(knowledge=64, seed=seed), asked=asked) for seed in (3, 4))
    assert same == demo.name != other


def test_the_scenario_comes_back(demo):
    assert Scenario.load(demo / "scenario.toml") == Scenario.load("magnesium-lotion-calf")


def test_the_arrays_can_be_read_with_xarray(demo, summary):
    import xarray

    with xarray.open_dataset(demo / "result.nc", decode_timedelta=False) as data:
        crossed = data["crossed_amount[magnesium]"]
        assert crossed.dims == ("draw", "time") and crossed.attrs["units"] == "mol" and data.sizes["draw"] == 64
        end = next(a for a in summary["answers"] if a["key"] == "crossed_amount.end")
        assert np.median(crossed[:, -1]) * 24.305 == pytest.approx(end["middle"], rel=1e-6)


def test_shares_add_up_and_are_those_of_the_arrays(demo, summary):
    """Groups of effects and what comes anyway sum to the drop, which is the run's own; the unions kept in the folder say the same."""
    import xarray

    with xarray.open_dataset(demo / "result.nc", decode_timedelta=False) as data:
        outcomes, pain = data["unions pain_rating"].values, data["pain_rating"]
        fallen = pain[:, 0].values - [np.interp(1200.0, data["time"], one) for one in pain.values]
        drop = pain[:, 0].values[:, None] - outcomes[:, :, list(data["coalition_time"]).index(1200.0)]
    at = next(s for s in summary["felt"]["shares"] if s["s"] == 1200.0)
    known = np.isfinite(drop).all(1)
    assert known.sum() >= 55 and outcomes.shape[1] == 16
    assert abs(drop[known, -1] - fallen[known]).max() < 0.05
    assert at["total"]["mean"] == pytest.approx(drop[known, -1].mean()) and at["course"]["mean"] == pytest.approx(drop[known, 0].mean())
    assert sum(group["mean"] for group in at["groups"].values()) + at["course"]["mean"] == pytest.approx(at["total"]["mean"])
    assert at["trial"] == at["groups"]["magnesium"]["last_in"]
    assert all(0 <= group["assumed"]["value"] <= 1 for group in at["groups"].values())


def test_what_to_measure_next_is_told_in_summary_and_page(page, summary):
    found = summary["measurements"]
    targets = set(found["studies"][0]["shares"])
    assert targets == {"magnesium that passes the skin", "magnesium's part of relief after 20 min", "relief after 20 min"}
    assert len(found["studies"]) == len(measurements()) and len(found["people_in_each_arm"]) == 1
    text = " ".join(page.text)
    assert all(study["name"] in text for study in found["studies"]) and "What to measure next" in text


def test_every_answer_carries_interval_grade_and_share(summary):
    for answer in summary["answers"]:
        assert answer["low"] <= answer["middle"] <= answer["high"] and answer["weakest_grade"] in "ABCD"
        assert answer["assumed"] is None or 0 <= answer["assumed"]["low"] <= answer["assumed"]["high"] <= 1
        assert answer["sentence"].startswith("In this model, ")
        drawn = answer["low"] < answer["high"]
        assert ("assumed numbers" in answer["sentence"]) == (drawn and answer["assumed"] is not None)


def test_tables_have_a_header_and_no_formula(demo):
    for name in ("time_course", "parameters", "answers"):
        with (demo / "tables" / f"{name}.csv").open(newline="") as file:
            rows = list(csv.reader(file))
        assert len(rows) > 10 and len({len(row) for row in rows}) == 1
        assert not [cell for row in rows[1:] for cell in row if re.match(r"[=+@]|-\D", cell)]


def test_cells_that_begin_like_a_formula_are_guarded():
    assert [storage.guarded(x) for x in ("=1+1", "+a", "-b", "@c", "plain", -1.5)] == ["'=1+1", "'+a", "'-b", "'@c", "plain", -1.5]


def test_only_used_sources_are_listed(demo):
    bib = (demo / "references.bib").read_text("utf-8")
    assert "kokki2019" in bib and "caffeine1993" not in bib


class Page(HTMLParser):
    """Collects what a test asks of the page."""

    def __init__(self, text: str):
        super().__init__()
        self.tags, self.links, self.pictures, self.text, self.ids = [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.tags.append(tag)
        self.links += [v for k, v in attrs if k in ("src", "href", "xlink:href", "action") and not (v or "").startswith("#")]
        if named.get("role") == "img":
            self.pictures.append(named.get("aria-label", "") or named["aria-labelledby"])
        self.ids.append(named.get("id"))

    def handle_data(self, data):
        self.text.append(data)


def nameless_cells(text: str) -> list[str]:
    """Cells of tables with more than four columns that do not say their column, so that they could not stand as cards on a phone."""
    found = []
    for table in re.findall(r"<table.*?</table>", text, re.S):
        if table.partition("</thead>")[0].count("<th ") > 4:
            found += ["no card"] if 'class="stack"' not in table else re.findall(r"<td(?![^>]*(?:data-name|colspan))[^>]*>", table)
    return found


def test_the_search_for_nameless_cells_finds_them():
    head = "<thead>" + 5 * "<th scope=col>" + "</thead>"
    assert nameless_cells(f'<table class="stack">{head}<td data-name="a">1</td><td class="number">2</td></table>') == ['<td class="number">']
    assert nameless_cells(f"<table>{head}</table><table><thead><th ></thead><td></table>") == ["no card"]


def test_wide_tables_become_cards_on_a_phone(demo):
    text = (demo / "report.html").read_text("utf-8")
    assert text.count('class="stack"') == 12 + text.count("The numbers behind it")
    assert nameless_cells(text) == [] and "@media screen and (max-width: 40rem)" in text


@pytest.fixture(scope="module")
def page(demo) -> Page:
    return Page((demo / "report.html").read_text("utf-8"))


def test_the_page_needs_no_network_and_runs_no_script(page):
    assert all(link.startswith("data:image/png;base64,") for link in page.links) and "script" not in page.tags and "iframe" not in page.tags


def test_the_page_says_what_it_must(page, summary):
    """Question, answer, gates, red flag, limits and every disclaimer stand on it; pictures have words."""
    text = " ".join(" ".join(page.text).split())
    for words in ("what reaches which tissue, and when, and would a person feel it?", "In this model:", "Not modelled yet",
                  "Sleep: no equation",
                  "What a person would feel",
                  complaints()["muscle tightness"], summary["fingerprint"], "No result on this page was measured on a person"):
        assert " ".join(words.split()) in text
    for disclaimer in disclaimers():
        assert disclaimer.partition("{share}")[0].strip() in text
    assert len(page.pictures) == 15 and all(len(words) > 40 or words in page.ids for words in page.pictures)


def test_gates_stand_before_the_answer(tmp_path):
    """A person without kidney function: the gate is at the head of the page, of the summary and of the text."""
    changes = ["person.age=\"6 month\"".replace("6 month", "0.5 yr"), "acknowledge=[\"infant\"]", "site.area=\"100 cm^2\""]
    folder, data, _ = run_and_write("magnesium-oil-calf", tmp_path, 8, 1, 1, changes, quiet=True)
    assert [(g["name"], g["acknowledged"]) for g in data["gates"]] == [("infant", True)]
    text = (folder / "report.html").read_text("utf-8")
    assert 0 < text.index("This is an infant.") < text.index("In this model")
    from epsom.faces.show import summary_text

    assert summary_text(folder, data, reused=False).startswith("SAFETY (infant, acknowledged)")


def test_hostile_names_stay_text(tmp_path):
    changes = ['product={title="<script>alert(1)</script>", density="1 g/mL", ingredients=[{salt="magnesium-chloride", '
               'strength="6 % MgCl2"}]}']
    folder, _, _ = run_and_write("magnesium-oil-calf", tmp_path, 8, 1, 1, changes, quiet=True)
    assert "<script" not in (folder / "report.html").read_text("utf-8")


def test_a_damaged_run_is_refused_by_name(demo, tmp_path):
    from epsom.core.errors import StorageError

    broken = tmp_path / "runs" / "broken"
    broken.mkdir(parents=True)
    for text in ("{", "[]", json.dumps({"schema": "other/9"})):
        (broken / "summary.json").write_text(text)
        with pytest.raises(StorageError, match=r"summary\.json"):
            storage.read_summary("broken", tmp_path / "runs")
