"""`epsom evidence`: lists, shows, draws and writes bodies of studies; numbers of others are computed anew."""

import json
from xml.etree import ElementTree

import pytest

from epsom.evidence import anchors
from epsom.evidence.bodies import bodies
from epsom.faces import terminal


def test_list_names_every_body(epsom):
    assert epsom("evidence", "list", "-q").out.split() == list(bodies())
    rows = json.loads(epsom("evidence", "list", "--json").out)["rows"]
    assert [row["body"] for row in rows] == list(bodies()) and not any(row["pooled"] for row in rows if row["body"] == "muscle-soreness")


def test_show_says_the_sentence_the_reasons_and_the_steps(epsom):
    said = epsom("evidence", "show", "muscle-soreness")
    assert said.code == 0 and "⊕◯◯◯ very low: The evidence is very uncertain" in said.out and "not medical advice" in said.out
    assert "Not pooled: no two studies" in said.out and "T09: no other study here" in said.out
    assert "2 steps  imprecision: very serious" in said.out
    assert epsom("evidence", "show", "muscle-soreness", "-q").out.startswith("The evidence is very uncertain")
    assert json.loads(epsom("evidence", "show", "muscle-soreness", "--json").out)["schema"] == "epsom-synthesis/1"


def test_table_has_a_row_for_each(epsom):
    data = json.loads(epsom("evidence", "table", "--json").out)
    assert data["schema"] == "epsom-summary-of-findings/1" and len(data["rows"]) == len(bodies())
    assert len(epsom("evidence", "table", "-q").out.splitlines()) == len(bodies())


@pytest.mark.parametrize("words", [("list",), ("show", "serum-magnesium"), ("show", "sore-throat-past-the-barrier"), ("table",)])
def test_at_80_columns_nothing_is_wider(epsom, monkeypatch, words):
    monkeypatch.setattr(terminal, "columns", lambda otherwise: 80)
    assert max(map(len, epsom("evidence", *words).out.splitlines())) <= 80


def test_a_picture_carries_its_words(epsom, tmp_path):
    data = json.loads(epsom("evidence", "plot", "serum-magnesium", "--out", "a.svg", "--json").out)
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    assert root.get("aria-label") == data["alternative_text"] and root.get("role") == "img"
    assert epsom("evidence", "plot", "serum-magnesium", "--out", "a.png", "-q").out == "a.png\n"
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG") and data["alternative_text"].encode() in (tmp_path / "a.png").read_bytes()


def test_export_writes_a_folder_whole_or_not_at_all(epsom, tmp_path):
    assert epsom("evidence", "export", "--out", "out", "-q").code == 0
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"summary-of-findings.csv", "summary-of-findings.json", "risk-of-bias-rob2.csv", "risk-of-bias-robins-i.csv"} <= written
    assert {f"{name}.json" for name in bodies()} <= written
    again = epsom("evidence", "export", "--out", "out")
    assert again.code == 2 and "there already" in again.err


@pytest.mark.parametrize("words, said", [(("show", "serum"), "there is no body of evidence"),
                                         (("plot", "serum-magnesium", "--out", "a.pdf"), ".svg or .png"),
                                         (("show", "nowhere.toml"), "cannot be read"), (("anchors", "bcg"), "there is no anchor"),
                                         (("plot", "serum-magnesium", "--out", "nowhere/a.svg"), "cannot be written")])
def test_what_cannot_be_done_is_said_and_leaves_nothing(epsom, tmp_path, words, said):
    found = epsom("evidence", *words)
    assert found.code == 2 and said in found.err and not found.out and not list(tmp_path.iterdir())


def test_anchors_say_how_far_each_is_off_and_fail_where_one_is_too_far(epsom, monkeypatch):
    data = json.loads(epsom("evidence", "anchors", "five-effects", "--json").out)
    assert data["schema"] == "epsom-anchors/1" and data["passed"] == len(data["rows"]) == 3
    document = anchors.documents()["five-effects"]
    wrong = {**document, "expected": [{**document["expected"][0], "value": 0.6}, *document["expected"][1:]]}
    monkeypatch.setattr(anchors, "documents", lambda: {"five-effects": wrong})
    said = epsom("evidence", "anchors")
    assert said.code == 1 and "OUT" in said.out and "2 of 3 within" in said.out
    assert epsom("evidence", "anchors", "-q").out == "five-effects: effect, equal effects: estimate\n"
