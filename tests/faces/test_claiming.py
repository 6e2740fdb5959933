"""`epsom claims` and `epsom studies` as somebody uses them."""

from __future__ import annotations

import io
import json

import pytest

from epsom.evidence import checks
from epsom.faces import terminal


@pytest.mark.parametrize("words", [("claims", "list"), ("claims", "list", "--verdict", "weak"), ("claims", "show", "C31"), ("claims", "lint"),
                                   ("claims", "match", "Relief within minutes. No more cramps! Made in Wales."), ("claims", "marketed"),
                                   ("claims", "marketed", "P02"), ("studies", "list", "--route", "intact skin"), ("studies", "show", "T09"),
                                   ("claims", "graph", "C56")])
def test_at_80_columns_nothing_is_wider(epsom, monkeypatch, words):
    monkeypatch.setattr(terminal, "columns", lambda otherwise: 80)
    said = epsom(*words)
    assert said.code == 0 and said.out.strip() and "\x1b" not in said.out
    assert max(len(line) for line in said.out.splitlines() if "://" not in line) <= 80


@pytest.mark.parametrize("words, schema", [
    (("claims", "list"), "epsom-claims/1"), (("claims", "show", "C31"), "epsom-claims/1"), (("claims", "match", "x"), "epsom-claims-match/1"),
    (("claims", "graph", "C56"), "epsom-claims-graph/1"), (("claims", "lint"), "epsom-claims-lint/1"),
    (("claims", "marketed"), "epsom-marketed/1"), (("studies", "list"), "epsom-studies/1"), (("studies", "show", "T09"), "epsom-studies/1")])
def test_json_names_its_schema(epsom, words, schema):
    assert json.loads(epsom(*words, "--json").out)["schema"] == schema


def test_a_claim_is_told_with_everything_behind_it(epsom):
    said = epsom("claims", "show", "c31").out
    for part in ("not supported by its source", "certainty: low", "What it leans on does not show it", "O12 Zhan 2020",
                 "2026-11: contradicted", "this is no legal advice", "not medical advice", "To be verified"):
        assert part in " ".join(said.split())
    (found,) = json.loads(epsom("claims", "show", "C31", "--json").out)["claims"]
    assert found["links"][0]["study"] == "O12" and found["verdict_sentence"].startswith("What it leans on")


def test_a_text_is_told_sentence_by_sentence(epsom, monkeypatch):
    text = "Feel relief within minutes. It does not raise blood magnesium. Made in Wales."
    said = epsom("claims", "match", text)
    assert "C38" in said.out and "denied or doubted" in said.out and "No registered claim recognised" in said.out
    assert "a sentence without one may still make a claim" in " ".join(said.out.split())
    data = json.loads(epsom("claims", "match", text, "--json").out)
    assert data["claims"] == ["C38"] and [len(part["denied"]) for part in data["sentences"]] == [0, 1, 0]
    assert {ruling["country"] for ruling in data["rulings"]} == {"United Kingdom"} and all(r["verify"] for r in data["rulings"])
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert epsom("claims", "match", "-", "-q").out == "C38\n"


def test_quiet_prints_names(epsom):
    assert epsom("claims", "list", "--theme", "burns", "-q").out.split() == ["C15", "C16", "C17", "C18"]
    assert epsom("claims", "show", "C31", "-q").out == "not supported by its source, low\n"
    assert epsom("studies", "show", "T09", "-q").out == "pmid:40537122\n"
    assert epsom("claims", "lint", "-q").out == ""
    assert epsom("claims", "list", "--verdict", "contradicted").out == "No claim is of this kind.\n"


def test_a_graph_for_graphviz(epsom):
    said = epsom("claims", "graph", "C56", "--dot").out
    assert said.startswith("digraph claims {") and '"E01" -> "magnesium.follicular_share";' in said
    assert "number magnesium.follicular_share" in epsom("claims", "graph", "C56").out


def test_a_broken_rule_leaves_with_1(epsom, monkeypatch):
    monkeypatch.setattr(checks, "findings", lambda: [checks.Finding("every number has a unit", "C99", "20 has no unit")])
    said = epsom("claims", "lint")
    assert said.code == 1 and "C99: 20 has no unit" in said.out


@pytest.mark.parametrize("words, said", [
    (("claims", "show", "C99"), "there is no claim 'C99'"), (("claims", "list", "--theme", "sped"), "Did you mean 'speed'"),
    (("studies", "show", "T77"), "there is no study 'T77'"), (("studies", "list", "--route", "air"), "there is no route 'air'"),
    (("claims", "marketed", "P77"), "there is no product 'P77'"), (("claims", "match", " "), "there is no text"),
    (("claims", "match", "x", "--threshold", "0.1"), "a threshold is a share")])
def test_what_is_not_there_is_refused(epsom, words, said):
    found = epsom(*words)
    assert found.code == 2 and said in found.err and not found.out
