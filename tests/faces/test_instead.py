"""`epsom instead`: other treatments of the same person, as text and as data; what cannot be is refused in one line."""

import json

import pytest


def test_water_and_nothing_stand_beside_the_lotion(epsom):
    said = epsom("instead", "magnesium-lotion-calf", "--of", "nothing", "--of", "water", "-n", "8", "--json")
    data = json.loads(said.out)
    assert data["schema"] == "epsom-instead/1" and data["draws"] == 8 and "see a doctor" in data["red_flag"]
    lotion, nothing, water = data["outcomes"]
    assert [o["name"] for o in (lotion, nothing, water)] == ["as it is", "nothing", "water"]
    assert not lotion["against_as_it_is"] and not nothing["expectation_counted"] and water["expectation_counted"]
    for o in (nothing, water):
        for own, first, beside in zip(o["falls"], lotion["falls"], o["against_as_it_is"]):
            assert own["s"] == first["s"] == beside["s"] and beside["mean"] == pytest.approx(own["mean"] - first["mean"], abs=1e-12)
    assert abs(nothing["falls"][0]["middle"]) < 0.05 < water["falls"][0]["middle"]


@pytest.mark.parametrize("words, said", [
    (("plain-water-calf",), "nothing hurts in this scenario"), (("magnesium-lotion-calf", "--of", "watre"), "no intervention 'watre'"),
    (("magnesium-lotion-calf", "--set", "complaint.pain=11"), "complaint.pain"),
    (("magnesium-lotion-calf", "--of", "rub", "--of", "rub"), "each intervention once"), (("nowhere",), "nowhere")])
def test_what_cannot_be_is_refused_in_one_line(epsom, words, said):
    found = epsom("instead", *words)
    assert found.code == 2 and said in found.err and "Traceback" not in found.err and not found.out
