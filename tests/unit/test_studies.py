"""The register of studies: what is entered can be read, what cannot be true is refused."""

from __future__ import annotations

import pytest

from epsom.core.errors import InputError
from epsom.evidence.studies import Study, studies, study
from epsom.schema import build

GOOD = {"id": "T99", "about": "an invented study", "journal": "none", "year": 2020, "identifiers": ["pmid:1"],
        "design": "randomised parallel", "route": "intact skin", "outcomes": [{"what": "pain", "effect": "no difference"}],
        "risk_of_bias": {"tool": "RoB 2", "overall": "high", "reason": "invented"}, "pooling": {"possible": True}}
ARM = {"mean": 1.0, "sd": 1.0, "people": 5}


def outcome(**keys) -> dict:
    return {"outcomes": [{"what": "pain", "effect": "no difference", **keys}]}


def test_the_register_is_there():
    found = studies()
    assert len(found) == 77 and list(found) == sorted(found)
    assert {key[0] for key in found} == set("TBEOXDF")


def test_a_good_study_is_read():
    assert build(Study, GOOD, "here").who == "2020" and study("T01").who == "Kass 2017"


@pytest.mark.parametrize("change, said", [
    ({"id": "Z01"}, "no id"),
    ({"identifiers": ["doi:not a doi"]}, "no identifier"),
    ({"identifiers": ["isbn:1"]}, "no identifier"),
    ({"identifiers": []}, "without identifier"),
    ({"source": "nobody1999"}, "not in sources.bib"),
    ({"route": "oral"}, "another route"),
    ({"design": "hearsay"}, "input should be"),
    ({"pooling": {"possible": False}}, "has reasons"),
    ({"pooling": {"possible": True, "because": ["no control"]}}, "has reasons"),
    ({"risk_of_bias": {"tool": "RoB 2", "overall": "critical", "reason": "x"}}, "no grade of RoB 2"),
    ({"risk_of_bias": {"tool": "ROBINS-I", "overall": "serious", "domains": {"missing": "high"}, "reason": "x"}}, "no grade of ROBINS-I"),
    (outcome(magnesium=ARM, unit="cm"), "one arm alone"),
    (outcome(magnesium=ARM, control=ARM), "need a unit"),
    (outcome(difference={"kind": "mean difference", "value": 1.0, "low": 0.0, "high": 2.0}), "need a unit"),
    (outcome(difference={"kind": "risk ratio", "value": 3.0, "low": 0.5, "high": 2.0}), "outside its interval"),
    (outcome(people=0), "greater than or equal to 1"),
    ({"colour": "blue"}, "unknown key"),
])
def test_what_cannot_be_is_refused(change, said):
    with pytest.raises(InputError, match=said):
        build(Study, GOOD | change, "here")


def test_an_unknown_study_offers_the_nearest():
    with pytest.raises(InputError, match="Did you mean"):
        study("T88")
    assert study("t09").id == "T09"


def test_only_living_people_count_as_people():
    found = studies()
    assert found["T09"].on_people and found["B04"].on_people and found["D01"].on_people
    assert not any(found[key].on_people for key in ("E01", "E02", "E03", "B09", "B10", "T34", "E05"))


def test_a_registration_has_no_results():
    assert not any(studies()[key].has_results for key in ("T12", "T13", "T14", "T23", "T24", "T25"))
    assert all(s.has_results for s in studies().values() if s.pooling.possible)


def test_without_a_control_nothing_favours_anything():
    for s in studies().values():
        if s.design == "before and after":
            assert {o.effect for o in s.outcomes} <= {"change without control", "not reported"}, s.id


def test_arms_and_people_agree():
    """No outcome counts more people than the study."""
    for s in studies().values():
        for o in s.outcomes:
            assert s.people is None or (o.people or 0) <= s.people, s.id
            if o.magnesium and s.design == "randomised parallel":
                assert o.magnesium.people + o.control.people <= s.people, s.id


def test_sources_of_the_bibliography_are_the_same_studies():
    """Linked by hand: the year agrees, and so does the first author where the bibliography names one."""
    from epsom.core.sources import bibliography

    for s in studies().values():
        if s.source:
            entry = bibliography()[s.source]
            assert entry.fields["year"] == str(s.year), s.id
            first = str(entry.persons["author"][0].last_names[-1])
            assert first in (s.authors.split(" ")[0].strip(","), "Anonymous"), s.id
