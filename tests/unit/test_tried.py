"""What the model says of claims is kept with what it rests on, is shown beside the studies, and is not mixed with them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from epsom.evidence import tried, trying, wording
from epsom.evidence.claims import claims
from epsom.evidence.tried import Tried
from epsom.faces import claims_told

TESTS = trying.of_claims(claims().values())


def test_every_claim_that_can_be_tried_was_tried_and_no_other():
    assert set(tried.stored()) == set(TESTS) and len(TESTS) >= 15


@pytest.mark.parametrize("scenario", sorted({(t.scenario, t.set) for t in TESTS.values()}), ids=lambda s: f"{s[0]}{s[1] or ''}")
def test_what_is_kept_rests_on_the_model_as_it_is(scenario):
    """Else `make claims` tries them again (five minutes)."""
    own = {key: test for key, test in TESTS.items() if (test.scenario, test.set) == scenario}
    case = trying.case_of(next(iter(own.values())))
    assert {key: trying.digest_of(test, case) for key, test in own.items()} == {key: tried.stored()[key].digest for key in own}


def test_kept_trials_are_read_as_they_were_written():
    assert {key: tried.read(table) for key, table in json.loads(tried.written(tried.stored())).items()} == tried.stored()


def test_a_number_behind_a_claim_touches_it_and_another_does_not():
    test = TESTS["C31"]
    case = trying.case_of(test)
    before = trying.digest_of(test, case)
    larger = lambda p: replace(p, value=p.value * 1.1)
    other = lambda key: case._replace(parameters={**case.parameters, key: larger(case.parameters[key])})
    assert trying.digest_of(test, other("magnesium.wet_permeability")) != before
    assert trying.digest_of(test, other("expectation.readout_share")) == before


def test_a_claim_is_shown_with_both_apart():
    told = claims_told.claim_shown("C31")
    c, found = claims()["C31"], tried.stored()["C31"]
    text = " ".join(told.text.split())
    assert wording.of(c) in text and " ".join(found.sentence(c.test.words).split()) in text
    assert text.index(wording.of(c)) < text.index("In the model, which is no study") < text.index(found.sentence(c.test.words))
    data = told.data["claims"][0]
    assert data["in_the_model"]["chance"] == list(found.chance) and "chance" not in data["verdict_sentence"]


def test_no_sentence_of_studies_hangs_on_the_model(monkeypatch):
    """The register's verdict is the same whatever the model says."""
    before = {key: wording.of(c) for key, c in claims().items()}
    monkeypatch.setattr(tried, "stored", lambda: {})
    assert before == {key: wording.of(c) for key, c in claims().items()}
    assert "not tried yet: epsom claims verify C31" in " ".join(claims_told.claim_shown("C31").text.split())


def test_verify_says_what_moved(monkeypatch):
    was = Tried((0.0, 0.0, 0.0), "D", None, 40, 25, 1, "a" * 16)
    now = was._replace(chance=(0.0, 0.2, 0.9), digest="b" * 16)
    monkeypatch.setattr(trying, "verify", lambda tests, every, progress: {"C31": tried.Verified(was, now, True),
                                                                         "C01": tried.Verified(was, was, False)})
    found = claims_told.verified([], False, True)
    assert found.names == ["C31"] and "1 moved: C31" in " ".join(found.text.split())
    assert [row["moved"] for row in found.data["claims"]] == [True, False]


def test_only_what_changed_is_run_again(monkeypatch):
    """With nothing changed nothing is solved; with one kept trial missing its run alone is."""
    solved = []
    monkeypatch.setattr(trying, "solved", lambda case, shares: solved.append(case.scenario.name))
    monkeypatch.setattr(trying, "tried", lambda result, test, digest: tried.stored()["C31"])
    two = {key: TESTS[key] for key in ("C31", "C01")}
    assert not any(v.touched for v in trying.verify(two).values()) and not solved
    kept = tried.stored()
    monkeypatch.setattr(trying, "stored", lambda: {key: kept[key] for key in kept if key != "C01"})
    assert [key for key, v in trying.verify(two).items() if v.touched] == ["C01"] and solved == ["magnesium-oil-calf"]
