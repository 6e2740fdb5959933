"""A Regimen: what it reads, what it refuses and how it says so."""

from __future__ import annotations

import pytest

from epsom.core.errors import InputError
from epsom.core.parameter import names
from epsom.regimen import Regimen, amount_of_magnesium, moles

MG = 24.305e-3           # kg/mol


def plain(**tables) -> dict:
    return {"name": "mine", "duration": "24 h", **tables}


@pytest.mark.parametrize("text, mmol", [("300 mg Mg", 300 / 24.305), ("12.3 mmol", 12.3), ("4 mmol Mg", 4.0),
                                        ("4 g MgSO4.7H2O", 4e3 / 246.475), ("1 g MgCl2", 1e3 / 95.211),
                                        ("2 mmol Mg3(C6H5O7)2", 6.0), ("0 mg Mg", 0.0)])
def test_amounts_say_of_what_they_are(text, mmol):
    assert amount_of_magnesium(text).si * 1e3 == pytest.approx(mmol, rel=2e-4)


@pytest.mark.parametrize("text, said", [("300 mg", "says of what"), ("300", "says of what"), ("3 mg Ca", "no magnesium salt"),
                                        ("-1 mg Mg", "negative"),
                                        ("5 kg Mg", "more magnesium than two bodies"), ("many mg Mg", "number")])
def test_an_amount_that_says_nothing_is_refused(text, said):
    with pytest.raises(InputError, match=said):
        amount_of_magnesium(text)


@pytest.mark.parametrize("name", names("regimens"))
def test_shipped_regimens_survive_a_round_trip(name):
    import tomllib

    regimen = Regimen.load(name)
    assert regimen.name == name and regimen.note
    assert Regimen.build(tomllib.loads(regimen.to_toml())) == regimen


@pytest.mark.parametrize("tables, key, said", [
    ({"person": {"kind": "adlt"}}, "person.kind", "adult"),
    ({"person": {"kind": "kidney-disease"}}, "person.egfr", "told by their kidney function"),
    ({"person": {"virtual": True, "age": "40 year"}}, "person.age", "stated and drawn"),
    ({"person": {"kind": "newborn", "virtual": True}}, "person.virtual", "no virtual people"),
    ({"diet": {"meals": ["1 h", "25 h"]}}, "diet.meals", "within a day"),
    ({"diet": {"daily": "300 mg"}}, "diet.daily", "says of what"),
    ({"events": [{"at": "0 h"}]}, "events.0", "one thing"),
    ({"events": [{"at": "0 h", "take": {"amount": "1 mmol"}, "inject": {"amount": "1 mmol"}}]}, "events.0", "take and inject"),
    ({"events": [{"at": "25 h", "take": {"amount": "1 mmol"}}]}, "events.0.at", "at or after the end"),
    ({"events": [{"at": "0 h", "every": "5 h", "take": {"amount": "1 mmol"}}]}, "events.0.every", "`every` and `times`"),
    ({"events": [{"at": "0 h", "take": {"amount": "1 mmol", "isotope": "24Mg"}}]}, "events.0.take.isotope", "25Mg"),
    ({"events": [{"at": "0 h", "absorb": {"amount": "1 mmol"}}]}, "events.0.absorb.for", "missing"),
    ({"events": [{"at": "20 h", "infuse": {"amount": "1 mmol", "for": "10 h"}}]}, "events.0.infuse.for", "lasts beyond the end"),
    ({"events": [{"at": "0 h", "inject": {"amount": "0 mmol", "isotope": "26Mg"}}]}, "events.0.inject.amount", "no tracer"),
    ({"person": {"kind": "burn"}}, "person.burned", "share of their skin"),
    ({"person": {"kind": "child", "age": "30 year"}}, "person.age", "1 year to 15 year old"),
    ({"person": {"weight": "2 kg"}}, "person.weight", "nobody of 175 cm weighs 2 kg"),
    ({"acknowledge": ["everything"]}, "acknowledge", "no safety gate"),
    ({"dose": "1 mmol"}, "dose", "unknown key")])
def test_what_cannot_be_is_refused_by_key_and_value(tables, key, said):
    with pytest.raises(InputError) as error:
        Regimen.build(plain(**tables), "mine.toml")
    assert str(error.value).startswith(f"mine.toml: {key}") and said in str(error.value)


def test_a_mass_of_one_isotope_weighs_what_it_does():
    events = [{"at": "0 h", "inject": {"amount": "1 mg Mg", "isotope": isotope}} for isotope in ("25Mg", "26Mg")]
    events += [{"at": "0 h", "inject": {"amount": "1 mmol", "isotope": "26Mg"}}, {"at": "0 h", "inject": {"amount": "1 mg Mg"}}]
    found = [1e3 * moles(event.inject) for event in Regimen.build(plain(events=events)).events]
    assert found == pytest.approx([1 / 24.98584, 1 / 25.98259, 1.0, 1 / 24.305], rel=1e-5)


def test_repeats_happen_in_order_of_time():
    regimen = Regimen.build(plain(duration="3 d", events=[
        {"at": "2 h", "every": "24 h", "times": 3, "take": {"amount": "1 mmol"}}, {"at": "26 h", "diet": "2 mmol"},
        {"at": "1 h", "infuse": {"amount": "1 mmol", "for": "1 h", "isotope": "26Mg"}}]))
    assert [(round(at / 3600), action) for at, action, _ in regimen.happening()] == [
        (1, "infuse"), (2, "take"), (26, "take"), (26, "diet"), (50, "take")]
    assert regimen.isotopes == ("26Mg",)


def test_endless_meals_are_refused():
    with pytest.raises(InputError, match="more than 5000 meals"):
        Regimen.build(plain(duration="1000 d", diet={"meals": [f"{h} h" for h in range(12)]}))
