"""Commands that need no run say what they said. Those that need one are held in `test_stored_run.py`, beside the run that they share."""

from __future__ import annotations

import shlex

import pytest
import snapshots

TEXT = {
    "help": "--help", "help-run": "run --help", "help-compare": "compare --help", "help-body": "body --help",
    **{f"list-{what}": f"list {what}" for what in ("scenarios", "experiments", "regimens", "people", "products", "sites", "barriers",
                                                  "solutes", "salts", "complaints", "gates", "runs")},
    "show-site": "show calf", "show-number": "show magnesium.wet_permeability", "show-product": "show lotion-60000ppm-Mg",
    "show-scenario": "show magnesium-lotion-calf", "show-experiment": "show caffeine-slab",
    "cite": "cite magnesium-oil-calf", "cite-numbers": "cite magnesium-oil-calf --numbers", "cite-bibtex": "cite magnesium-oil-calf --bibtex",
    "claims": "claims list", "claim": "claims show C31", "studies": "studies list", "study": "studies show T09",
    "evidence": "evidence list", "anchors": "evidence anchors", "new": "new mine.toml", "new-regimen": "new mine.toml --like oral-300mg",
    "wrong-scenario": "run magnesium-lotion-clf", "wrong-key": "run magnesium-lotion-calf --set site.aera=3",
    "wrong-unit": "run magnesium-lotion-calf --set 'site.area=3 kg'", "wrong-run": "show no-such-run", "wrong-list": "list prodcts",
    "wrong-option": "run magnesium-lotion-calf --drws 3", "wrong-number": "run magnesium-lotion-calf --draws 0"}
JSON = {name: TEXT[name] for name in ("list-scenarios", "list-products", "list-gates", "list-people", "list-runs", "show-site", "show-number",
                                      "show-product", "show-scenario", "show-experiment", "cite", "new", "new-regimen",
                                      "claims", "claim", "studies", "study", "evidence", "anchors")}
BODY = {"body-run": "body run oral-300mg -n 8", "body-needed": "body needed '0.05 mmol/L' -n 8",
        "body-detect": "body detect '20 mg Mg' -n 4 --people 4", "body-threshold": "body threshold skin-every-day -n 8 --egfr 120,10"}


def said(epsom, tmp_path, monkeypatch, command: str, *more: str):
    """A command at 80 columns, as a person sees it; both streams, and how it ended."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    answer = epsom(*shlex.split(command), *more)
    assert "\x1b" not in answer.out + answer.err
    return answer


@pytest.mark.parametrize("name", TEXT)
def test_text(epsom, tmp_path, monkeypatch, name):
    answer = said(epsom, tmp_path, monkeypatch, TEXT[name])
    told = f"$ epsom {TEXT[name]}\n{answer.out}{answer.err}[{answer.code}]"
    assert not (found := snapshots.difference(f"{name}.txt", snapshots.plain(told, {str(tmp_path): "<here>"}))), found


@pytest.mark.parametrize("name", JSON)
def test_json(epsom, tmp_path, monkeypatch, name):
    answer = said(epsom, tmp_path, monkeypatch, JSON[name], "--json")
    assert answer.code == 0
    assert not (found := snapshots.difference(f"{name}.json.txt", snapshots.shape_text(answer.out))), found


@pytest.mark.parametrize("name", BODY)
def test_body(epsom, tmp_path, monkeypatch, name):
    """Words without numbers, and the keys of the JSON."""
    snapshots.unfolded(monkeypatch)
    answer = epsom(*shlex.split(BODY[name]))
    told = f"$ epsom {BODY[name]}\n{answer.out}{answer.err}[{answer.code}]"
    as_json = epsom(*shlex.split(BODY[name]), "--json")
    found = (snapshots.difference(f"{name}.txt", snapshots.plain(told, numbers=False))
             + snapshots.difference(f"{name}.json.txt", snapshots.shape_text(as_json.out)))
    assert not found, found


# ---- the mechanism ---------------------------------------------------------------------------------------------------
def test_a_difference_is_shown_and_can_be_renewed(tmp_path, monkeypatch):
    monkeypatch.setattr(snapshots, "FOLDER", tmp_path)
    monkeypatch.delenv(snapshots.RENEW, raising=False)
    assert "make snapshots" in snapshots.difference("a.txt", "one\ntwo\n")
    monkeypatch.setenv(snapshots.RENEW, "1")
    assert snapshots.difference("a.txt", "one\ntwo\n") == ""
    monkeypatch.delenv(snapshots.RENEW)
    assert snapshots.difference("a.txt", "one\ntwo\n") == ""
    assert {"-two\n", "+three\n"} <= set(snapshots.difference("a.txt", "one\nthree\n").splitlines(True))


def test_what_differs_between_machines_is_taken_out():
    text = "run bath-1a2b3c4d5e6f in /tmp/x/runs\n12 mg (3.4 to 5.6e-07) of magnesium 0.1.0\n  in all; 25(OH)D stays"
    assert snapshots.plain(text, {"/tmp/x": "<here>"}) == (
        "run bath-<fingerprint> in <here>/runs\n12 mg (3.4 to 5.6e-07) of magnesium <version>\n  in all; 25(OH)D stays\n")
    assert snapshots.plain("12 mg (3.4 to 5.6e-07) of it; at most -3 %", numbers=False) == "# mg (# to #) of it;\n  at most # %\n"
    assert snapshots.plain("12 mg", numbers=False) == snapshots.plain("3.5 mg", numbers=False) != snapshots.plain("3.5 g", numbers=False)


def test_a_shape_is_that_of_every_entry():
    assert snapshots.shape_text('{"schema": "a/1", "rows": [{"x": 1}, {"x": null, "y": true}], "none": []}') == (
        "none: []\nrows[].x: null | number\nrows[].y: bool\nschema: = a/1\n")
