"""Ratings, and the whole chain: a steady start, switches, the signs that attribution is to find."""

from __future__ import annotations

import numpy as np
import pytest

from epsom import feeling
from epsom.felt_mechanisms import FELT
from felt_runs import HOUR, MINUTE, WATCH, constants, median, play, values

STILL = {"complaint.healing_rate": 0.0, "complaint.reliability": 1.0}
RATINGS = [name for name in WATCH if name.endswith("_rating")]
RUB, NO_RUB = {"rub_pressure": 3000.0, "rub_speed": 0.06}, {"rub_pressure": 0.0, "rub_speed": 0.0}
MAGNESIUM = {"viable_epidermis_concentration": 0.25, "upper_muscle_concentration": 0.25}
TREATED = [(0.0, {"film_coverage": 1.0, "skin_warming": -2.0, **MAGNESIUM, **RUB}), (10 * MINUTE, NO_RUB)]
OUTPUTS = np.array([0.0, 1.0, 10.0, 30.0, 60.0]) * MINUTE
SWITCHES = dict(zip("QNVCRWAE", (effect.switch for effect in feeling.effects()), strict=True))     # the letters of the literature


def off(letters) -> dict:
    return {SWITCHES[letter]: 0.0 for letter in letters}


def told(name, **known):
    m, c = constants("ratings")
    return float(getattr(m, name)(c, values(m, **known))[0])


@pytest.mark.parametrize("name, word", [("stiffness_rating", "stiffness_ratio"), ("heaviness_rating", "stiffness_ratio"),
                                        ("pain_rating", "perceived_pain"), ("warmth_rating", "warmth_intensity"),
                                        ("cool_rating", "cool_intensity"), ("sting_rating", "sting_drive"), ("calm_rating", "vagal_tone")])
def test_a_scale_runs_from_0_to_10_and_rises(name, word):
    found = [told(name, **{word: x}) for x in (0.0, 0.2, 0.5, 1.0, 1e3)]
    assert (np.diff(found) >= 0).all() and found[3] > found[0] and found[0] >= 0 and found[-1] <= 10


def test_the_start_is_what_the_complaint_says():
    p = median()
    assert told("stiffness_rating", stiffness_ratio=1.0) == p["complaint.stiffness_at_start"]
    assert told("heaviness_rating", stiffness_ratio=1.0) == p["complaint.heaviness_at_start"]


def test_cramps_only_where_the_complaint_is_one():
    assert told("cramp_rate", cramp_tendency=1.0) == 0
    m, c = constants("ratings", ("calf cramp", 6.0))
    a_week = 7 * 24 * HOUR
    assert float(m.cramp_rate(c, values(m, cramp_tendency=1.0))[0]) * a_week == pytest.approx(4.35)


# ---- the whole chain -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("switches", ["", "QNVCRWAE"])
def test_nothing_drifts_without_treatment_or_natural_course(switches):
    """Pains over the whole scale start at what was stated and stay, switched on or off."""
    pains = (0.0, 0.5, 3.0, 5.0, 8.0, 10.0)
    found = play([{**STILL, **off(switches), "complaint.usual_pain": pain} for pain in pains], [(0.0, {})], outputs=OUTPUTS)
    np.testing.assert_allclose(found["pain_rating"][0], pains, rtol=0, atol=1e-9)
    for name in WATCH:
        assert abs(found[name] - found[name][0]).max() < 1e-6, name


def test_without_a_complaint_skin_still_feels():
    """No pain, but sting, cool and warmth."""
    lanes, none = [{**STILL, "complaint.usual_pain": 0.0}], ("", 0.0)
    sting = play(lanes, [(0.0, {"viable_epidermis_concentration": 20.0})], none, outputs=OUTPUTS)
    assert sting["sting_rating"][1, 0] > 1 and sting["pain_rating"][0, 0] == 0
    cool, warm = (play(lanes, [(0.0, {"skin_warming": change})], none, outputs=OUTPUTS) for change in (-4.0, 6.0))
    assert cool["cool_rating"][0, 0] > 1 == 1 + cool["warmth_rating"][0, 0] and warm["warmth_rating"][0, 0] > 1
    assert abs(cool["pain_rating"]).max() == 0


@pytest.fixture(scope="module")
def treated():
    """{switched off: pain at the outputs} of a treatment with everything; magnesium reaches the tissue that hurts."""
    cases = ["", *SWITCHES, "QNV", "QNVCRWAE"]
    found = play([{**STILL, **off(letters)} for letters in cases], TREATED, outputs=OUTPUTS)
    return {letters: {name: found[name][:, i] for name in WATCH} for i, letters in enumerate(cases)}


def test_everything_off_leaves_the_pain_as_it_was(treated):
    """However much reaches skin and muscle."""
    np.testing.assert_allclose(treated["QNVCRWAE"]["pain_rating"], 5.0, rtol=0, atol=0.02)
    quiet = treated["QNVCRWAE"]
    assert abs(quiet["sting_drive"]).max() == 0 == abs(quiet["a_beta_firing"]).max() == abs(quiet["heat_limit_shift"]).max()


@pytest.mark.parametrize("letter, least", [("Q", 1e-3), ("N", 1e-3), ("C", 1e-3), ("R", 1e-3), ("E", 1e-3)])
def test_signs_of_what_relieves(treated, letter, least):
    """Switched off alone, pain is higher: while it acts, which for touch is the rub and for belief the time after."""
    at = 1 if letter in "RC" else 3
    assert treated[letter]["pain_rating"][at] - treated[""]["pain_rating"][at] > least


def test_sting_does_not_relieve(treated):
    assert treated["V"]["pain_rating"][1] <= treated[""]["pain_rating"][1] + 1e-9
    assert treated[""]["sting_rating"][1] > 0 == abs(treated["V"]["sting_rating"]).max()


def test_a_stronger_brine_stings_more_and_hurts_first():
    found = play([{**STILL, **off("E")}, {**STILL, **off("EV")}],
                 [(0.0, {"viable_epidermis_concentration": 20.0})], outputs=OUTPUTS)
    assert found["pain_rating"][1, 0] > found["pain_rating"][1, 1] + 0.1
    assert found["sting_rating"][1, 0] > 2 > found["sting_rating"][4, 0]


def test_magnesium_in_the_skin_alone_hardly_relieves_a_calf():
    """By what reaches the tissue that hurts: the share of the pain that arises in the skin is small."""
    skin = MAGNESIUM | {"upper_muscle_concentration": 0.0}
    lanes = [{**STILL, **off("VE")}]
    shallow, deep = (play(lanes, [(0.0, at)], outputs=OUTPUTS)["pain_rating"][3, 0] for at in (skin, MAGNESIUM))
    assert 5 - shallow < 0.2 * (5 - deep) and shallow < 5


def test_scatter_of_reporting_is_left_to_others():
    """The same scenario gives the same ratings, and the numbers for scatter change none of them."""
    found = play([STILL, {**STILL, "ratings.pain_report_noise": 2.0, "ratings.other_report_noise": 3.0}], TREATED, outputs=OUTPUTS)
    for name in RATINGS:
        assert (found[name][:, 0] == found[name][:, 1]).all()


def test_each_letter_is_a_switch_of_one_mechanism():
    known = {f"{m.name}.{key}" for m in FELT for key in m.document().parameters}
    assert len(SWITCHES) == len(feeling.effects()) and set(SWITCHES.values()) == {key for key in known if key.endswith("_switch")}
    for key in SWITCHES.values():
        mechanism, _, name = key.partition(".")
        p = next(m for m in FELT if m.name == mechanism).document().parameters[name]
        assert (p.value, p.unit, p.range, p.constant) == (1.0, "1", (0.0, 1.0), True)
