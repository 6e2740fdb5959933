"""`epsom label` and `epsom plausible` as a person and a program meet them."""

from __future__ import annotations

import json

import pytest

from epsom.faces import terminal

LABELS = (
    "60,000 ppm magnesium chloride, 30 mL",
    "31 % MgCl2; one teaspoon = 569 mg Mg; 8 sprays = 100 mg",
    "2 cups of Epsom salt per bath",
    "50 g Dead Sea salt per litre",
)


@pytest.mark.parametrize("text", LABELS)
def test_a_label_fits_the_terminal_and_says_that_applied_is_not_absorbed(epsom, monkeypatch, text):
    monkeypatch.setattr(terminal, "columns", lambda otherwise: 80)
    said = epsom("label", text)
    assert said.code == 0 and not said.err and max(map(len, said.out.splitlines())) <= 80
    assert "not what is absorbed" in said.out and f'"{text}"' in said.out


def test_a_label_as_data(epsom):
    data = json.loads(epsom("label", LABELS[0], "--json").out)
    assert data["schema"] == "epsom-label/1" and data["possible"] and "not what is absorbed" in data["applied_is_not_absorbed"]
    strongest = data["readings"][0]
    assert (strongest["species"], strongest["basis"]) == ("Mg", "w/w") and strongest["mg_per_g"]["value"] == pytest.approx(60)
    assert [dose["amount"] for dose in strongest["doses"]] == ["30 mL", "2 mg/cm^2 of it on 400 cm^2"]


def test_a_label_that_cannot_be_leaves_with_one(epsom):
    said = epsom("label", "150-170 grams of magnesium per teaspoon")
    assert said.code == 1 and "impossible" in said.out and "mg for g" in said.out
    assert epsom("label", "150 grams of magnesium per teaspoon", "--quiet").out == ""


def test_a_label_quietly(epsom):
    assert epsom("label", "60,000 ppm elemental magnesium w/w", "-q").out == "60\n"


@pytest.mark.parametrize(
    "words, said",
    [(("label", "picometre magnesium"), "no strength"), (("label", "60,000 ppm MgCl2", "--salt", "salt"), "no magnesium salt"),
     (("plausible", "no-such-report"), "there is no such file or shipped report")],
)
def test_what_cannot_be_read_is_refused(epsom, words, said):
    found = epsom(*words)
    assert found.code == 2 and said in found.err and not found.out and "Traceback" not in found.err


def test_a_report_fits_the_terminal_and_leaves_with_one_where_it_breaks(epsom, monkeypatch):
    monkeypatch.setattr(terminal, "columns", lambda otherwise: 80)
    said = epsom("plausible", "bath-report-2006")
    assert said.code == 1 and max(map(len, said.out.splitlines())) <= 80
    assert "mg/L of MgSO4" in said.out and "grade A" in said.out and "recalled or second-hand" in said.out
    assert "This report is made up." in epsom("plausible", "made-up-fast-spray").out


def test_a_report_as_data(epsom):
    found = epsom("plausible", "oral-study-2020", "--json")
    data = json.loads(found.out, parse_constant=pytest.fail)                          # no Infinity, no NaN
    assert found.code == 0 and data["schema"] == "epsom-plausible/1" and data["verdict"] == "agrees"
    assert all(number["source"] and number["grade"] in "ABCD" for finding in data["findings"] for number in finding["numbers"])


def test_a_report_of_ones_own(epsom, tmp_path):
    assert epsom("new", "mine.toml", "--like", "cream-trial-2017").code == 0
    mine = tmp_path / "mine.toml"
    assert epsom("plausible", "mine.toml", "-q").out == "strains\n"
    mine.write_text(mine.read_text().replace('after = "0.89', 'after = "0.83').replace('change = "8.54 %"', 'change = "1.2 %"'))
    assert epsom("plausible", "mine.toml", "-q").out == "agrees\n"
    mine.write_text(mine.read_text().replace("lasting", "lastin"))
    assert "mine.toml: applied.lastin: unknown key. Did you mean 'lasting'" in epsom("plausible", "mine.toml").err


def test_reports_are_listed_and_shown(epsom):
    assert "bath-report-2006\n" in epsom("list", "reports", "-q").out
    assert json.loads(epsom("show", "bath-report-2006", "--json").out)["schema"] == "epsom-report/1"
