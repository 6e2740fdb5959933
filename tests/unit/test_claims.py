"""The register of claims: judged on two axes, by rules each of which can fail; its sentences are made, not typed."""

from __future__ import annotations

import itertools

import pytest

from epsom.core.errors import InputError
from epsom.evidence import checks, marketed, rulings, trail, wording
from epsom.evidence.claims import CERTAINTIES, VERDICTS, Claim, Link, chosen, claim, claims
from epsom.evidence.marketed import Marketed
from epsom.evidence.rulings import Ruling
from epsom.evidence.studies import studies
from epsom.schema import build

SHIPPED = checks.register()


def without(c: Claim, **changes) -> checks.Register:
    """A register with one claim, changed past its schema, as an editor could."""
    return SHIPPED._replace(claims={c.id: c.model_copy(update=changes)})


def broken(of: checks.Register) -> set[str]:
    return {found.rule for found in checks.findings(of)}


# ---- what ships ------------------------------------------------------------------------------------------------------
def test_the_register_keeps_its_own_rules():
    assert checks.findings() == []


def test_every_claim_of_both_texts_is_there():
    assert list(claims()) == [f"C{k:02d}" for k in range(1, 79)]
    assert [len(chosen(letter=letter)) for letter in "ab"] == [34, 44]


def test_what_one_small_study_says_contradicts_nothing():
    """The first reading called three claims contradicted with moderate certainty."""
    judged = {key: (claim(key).verdict, claim(key).certainty) for key in ("C13", "C30", "C31")}
    assert set(judged.values()) == {("not supported by its source", "low"), ("not supported by its source", "none")}
    assert all(claim(key).history[0].verdict == "contradicted" for key in judged)


def test_nothing_clinical_about_magnesium_on_skin_is_supported():
    found = [c.id for c in claims().values() if c.type == "clinical effect" and c.scope == "magnesium on skin" and c.verdict == "supported"]
    assert found == []


def test_a_claim_carries_what_is_to_be_verified_of_its_studies():
    marks = claim("C38").to_be_verified()
    assert marks["T09"] == studies()["T09"].verify and "title" in marks["T27"]
    assert claim("C42").to_be_verified()["dodge1967"]           # the bibliography says that it was recalled


def test_what_is_asked_for_is_chosen():
    assert {c.verdict for c in chosen(verdict="weak")} == {"weak"}
    assert all(c.theme == "speed" and c.type == "clinical effect" for c in chosen(theme="speed", kind="clinical effect"))
    assert len(chosen()) == 78 and chosen(verdict="contradicted") == []


@pytest.mark.parametrize("wrong, key", [({"verdict": "weka"}, "--verdict"), ({"theme": "sped"}, "--theme"), ({"kind": "x"}, "--type"),
                                        ({"letter": "z"}, "--text")])
def test_an_unknown_choice_is_refused(wrong, key):
    with pytest.raises(InputError, match=key):
        chosen(**wrong)


# ---- what a file may not say -----------------------------------------------------------------------------------------
GOOD = {"id": "C99", "heard": {"letter": "z", "title": "an invented text", "kind": "a test"}, "section": "1", "text": "An invented claim.",
        "theme": "speed", "type": "mechanism", "scope": "in general", "verdict": "unclear", "certainty": "none", "reason": "It is invented.",
        "judged": "2026-11-22"}


@pytest.mark.parametrize("change, said", [
    ({"id": "D99"}, "no id"),
    ({"verdict": "proven"}, "input should be"),
    ({"certainty": "supported"}, "input should be"),
    ({"verdict": "low"}, "input should be"),
    ({"links": [{"study": "T98", "relation": "supports", "note": "x"}]}, "no study 'T98'"),
    ({"links": [{"source": "nobody1999", "on": "people", "relation": "supports", "note": "x"}]}, "not in sources.bib"),
    ({"links": [{"source": "kass2017", "relation": "supports", "note": "x"}]}, "says what it was on"),
    ({"links": [{"relation": "supports", "note": "x"}]}, "has a study or a source"),
    ({"links": [{"study": "T01", "relation": each, "note": "x"} for each in ("supports", "refutes")]}, "point to the same"),
    ({"observable": {"what": "x", "readouts": ["happiness"]}}, "no variable 'happiness'"),
    ({"history": [{"date": "last year", "verdict": "weak", "certainty": "low", "why": "x"}]}, "should match pattern"),
    ({"verdict_sentence": "It works."}, "unknown key"),
])
def test_what_cannot_be_is_refused(change, said):
    build(Claim, GOOD, "here")
    with pytest.raises(InputError, match=said):
        build(Claim, GOOD | change, "here")


# ---- a made-up case that breaks each rule ----------------------------------------------------------------------------
GIVEN = build(Claim, GOOD, "here")
ANIMALS = Link(study="E03", relation="supports", note="mice")
NOTHING_READ = Link(study="T12", relation="supports", note="no results")
INJECTED = Link(study="B05", relation="supports", note="injected")
GHOST = Link.model_construct(study="T98", source=None, on=None, relation="uses", note="none")
CASES = [
    ("every number has a unit", without(GIVEN, text="It takes 20.")),
    ("every number has a unit", without(GIVEN, reason="Of 10 to 20, few.")),
    ("what is supported has studies, clinical claims people", without(GIVEN, verdict="supported")),
    ("what is supported has studies, clinical claims people", without(GIVEN, verdict="supported", links=(NOTHING_READ,))),
    ("what is supported has studies, clinical claims people",
     without(GIVEN, verdict="supported", certainty="low", type="clinical effect", links=(ANIMALS,))),
    ("claims about skin rest on skin",
     without(GIVEN, verdict="supported", certainty="low", scope="magnesium on skin", links=(INJECTED,))),
    ("verdict and certainty stay apart", without(GIVEN, reason="There is low certainty.")),
    ("verdict and certainty stay apart", without(GIVEN, certainty="low")),
    ("verdict and certainty stay apart", without(GIVEN, certainty="low", links=(ANIMALS,), scope="state of knowledge")),
    ("verdict and certainty stay apart", without(GIVEN, verdict="contradicted", certainty="low", links=(ANIMALS,))),
    ("verdict and certainty stay apart", without(GIVEN, verdict="not supported by its source")),
    ("every doubt is marked", without(GIVEN, reason="The number is recalled.")),
    ("nothing rests on a brand", without(GIVEN, reason="ReMag works.")),
    ("history is earlier", without(claim("C31"), judged=claim("C31").judged.replace(year=2020))),
    ("history is earlier", without(claim("C31"), verdict="contradicted", certainty="moderate")),
]


@pytest.mark.parametrize("rule, of", CASES)
def test_a_rule_is_broken_by_a_made_up_claim(rule, of):
    assert rule in broken(of) and rule not in broken(SHIPPED)


def test_a_link_to_nothing_is_found():
    assert ("C99", "study T98 is not registered") in _only("every link leads somewhere", without(GIVEN, links=(GHOST,)))
    ruling = Ruling(id="x", country="x", body="x", year="2020", about="x", outcome="x", claims=("C98",), link="x")
    assert _only("every link leads somewhere", SHIPPED._replace(rulings={"x": ruling}))
    assert _only("every doubt is marked", SHIPPED._replace(rulings={"x": ruling.model_copy(update={"link": None})}))


def test_a_doubt_of_a_study_is_found():
    doubtful = studies()["T10"].model_copy(update={"verify": ()})
    assert not _only("every doubt is marked", SHIPPED._replace(studies={"T10": doubtful}))       # it says nothing of doubt itself
    doubtful = doubtful.model_copy(update={"arms": "30 and 30, assumed"})
    assert _only("every doubt is marked", SHIPPED._replace(studies={"T10": doubtful}))


def test_a_label_that_differs_from_its_product_is_found():
    entry = SHIPPED.marketed["P02"].model_dump(by_alias=True)
    entry["readings"][0]["low"] = 90.0
    wrong = build(Marketed, entry, "here")
    assert _only("labels agree with products", SHIPPED._replace(marketed={"P02": wrong}))


def test_a_pattern_that_nobody_uses_is_found():
    assert _only("patterns are known", without(GIVEN))


def _only(rule: str, of: checks.Register) -> list:
    return list(checks.RULES[rule](of))


# ---- sentences -------------------------------------------------------------------------------------------------------
SCOPES = ("magnesium on skin", "in general", "state of knowledge", "people and sellers")


@pytest.mark.parametrize("verdict, certainty, scope", list(itertools.product(VERDICTS, CERTAINTIES, SCOPES)))
def test_a_sentence_uses_the_words_of_its_certainty_and_no_others(verdict, certainty, scope):
    said = wording.sentence(verdict, certainty, scope)
    assert ("The evidence is very uncertain" in said) == (certainty == "very low")
    words = {"moderate": "probably", "low": "may "}
    if verdict not in ("unclear", "not testable"):
        for level, word in words.items():
            assert (word in said) == (certainty == level), said
    assert ("nothing about magnesium through whole skin" in said) == (scope == "in general" and verdict != "not testable")
    assert "{" not in said and "None" not in said and said.endswith(".")


def test_what_is_so_and_what_is_not_are_said_apart():
    assert wording.sentence("supported", "high", "magnesium on skin") == "Studies say that this is so."
    assert wording.sentence("contradicted", "moderate", "magnesium on skin") == "Studies say that this is probably not so."
    assert wording.of(claim("C06")) == "By what evidence there is, this may not be so."


# ---- products, rulings, trails ---------------------------------------------------------------------------------------
def test_every_label_is_there_and_says_what_is_not_known():
    found = marketed.marketed()
    assert len(found) == 29 and sum(m.kind == "salt" for m in found.values()) == 7
    assert all(m.not_known or m.kind == "salt" for m in found.values())


def test_a_reading_per_litre_is_computed():
    """4.17 mol/L of magnesium in a saturated brine; a share of weight needs a density that labels do not give."""
    oil, lotion = (marketed.marketed()[key].readings[0] for key in ("P02", "P01"))
    assert oil.per_litre == pytest.approx((4156,), rel=0.01) and lotion.per_litre == ()


def test_rulings_are_found_by_their_claims():
    assert {each.country for each in rulings.on(["C62"])} == {"United Kingdom", "United States"}
    assert rulings.on(["C41"]) == [] and all(each.verify for each in rulings.rulings().values())


def test_a_trail_ends_at_numbers_from_the_same_study():
    found = {step.link.to: step.numbers for step in trail.steps(claim("C56"))}
    assert "magnesium.follicular_share" in found["E01"]
    assert not any(step.numbers for step in trail.steps(claim("C12")))


def test_dot_names_each_node_once_and_quotes():
    text = trail.as_dot([claim("C44"), claim("C56")])
    assert text.count('    "E01" [label') == 1 and '"C56" -> "E01" [label="supports"]' in text
    assert text.count("{") == text.count("}") == 1
    odd = claim("C56").model_copy(update={"text": 'says "so" \\ here'})
    assert '\\"so\\" \\\\ here' in trail.as_dot([odd])
