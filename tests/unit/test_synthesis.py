"""Bodies of evidence: what is pooled, what is not and why, directions, sizes, and what others read of them."""

import csv
import io
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epsom.core.errors import DataError, InputError
from epsom.evidence import bodies as shelf
from epsom.evidence import summary as told
from epsom.evidence.bodies import Body, bodies, body
from epsom.evidence.effects import Effects
from epsom.evidence.grading import DOWN
from epsom.evidence.plots import alternative_text, directions, height_of
from epsom.evidence.pooling import pooled
from epsom.evidence.studies import Study, studies
from epsom.evidence.synthesis import REASONS, effect_of, synthesis
from epsom.plots import as_svg
from epsom.schema import build
from epsom.storage import as_csv

GRADE = {"design": "randomised", "steps": [{"domain": domain, "steps": 1 if domain == "imprecision" else 0, "reason": "because",
                                            "judged": "assumed"} for domain in DOWN]}
INTACT = [name for name, each in bodies().items() if each.route == "intact skin"]
LIMITS = {"small": 3.0, "moderate": 6.0, "large": 12.0, "reason": "made up", "judged": "assumed"}


def arm(mean: float, sd: float, people: int) -> dict:
    return {"mean": mean, "sd": sd, "people": people}


def trial(id: str, outcome: dict, **changed) -> Study:
    """A made-up study with which nothing is wrong, but for what is changed."""
    about = {"about": "made up", "journal": "none", "year": 2000, "identifiers": ["doi:10.1000/x"], "design": "randomised parallel",
             "route": "intact skin", "risk_of_bias": {"tool": "RoB 2", "overall": "low", "reason": "made up"}, "pooling": {"possible": True}}
    told_outcome = {"what": "pain", "effect": "favours magnesium", "unit": "mm", "lower_is_better": True, **outcome}
    return build(Study, {**about, "id": id, "outcomes": [told_outcome], **changed}, id)


def of_arms(id: str, mean: float, sd: float = 10.0, people: int = 20, **changed) -> Study:
    return trial(id, {"magnesium": arm(mean, sd, people), "control": arm(50.0, sd, people)}, **changed)


def made_up(monkeypatch, *found: Study, alike: str | None = "a gel against a placebo", **changed) -> Body:
    """A body of made-up studies."""
    monkeypatch.setattr(shelf, "studies", lambda: {each.id: each for each in found})
    table = {"name": "made-up", "title": "Made up", "question": "Does it?", "population": "people", "intervention": "A gel",
             "comparator": "placebo", "outcome": "pain", "lower_is_better": True, "route": "intact skin",
             "grade": GRADE, "thresholds": LIMITS,
             "studies": [{"id": each.id, "outcome": "pain"} | ({"alike": alike} if alike else {}) for each in found], **changed}
    return build(Body, table, "made-up")


# ---- what ships ------------------------------------------------------------------------------------------------------
def test_nothing_on_intact_skin_can_be_pooled_today():
    assert len(INTACT) >= 6
    for name in INTACT:
        found = synthesis(bodies()[name])
        assert not found.together and found.answer is None and found.grade.level == "very low"
        assert found.statement.startswith("The evidence is very uncertain about")


@pytest.mark.parametrize("name", bodies())
def test_every_study_that_is_not_pooled_has_its_reasons(name):
    found = synthesis(bodies()[name])
    pooled_ids = {id for group in found.together for id in group.ids}
    for line in found.lines:
        assert bool(line.because) == (line.id not in pooled_ids) and set(line.because) <= set(REASONS)
    assert bool(found.because) != bool(found.together)
    assert found.statement.count(".") == 1 and found.body.outcome in found.statement


def test_the_published_answers_are_told_as_published():
    throat, cramps = (synthesis(bodies()[name]) for name in ("sore-throat-past-the-barrier", "cramps-by-mouth"))
    assert (throat.answer.value, throat.answer_from, throat.direction, throat.size, throat.people) == (0.31, "B01", "reduces", "large", 1096)
    assert (cramps.answer_from, cramps.direction, cramps.size, cramps.grade.level) == ("O01", "no difference", "none", "moderate")
    assert cramps.statement == "Magnesium by mouth probably makes little or no difference to the frequency of cramps."
    assert not throat.together and not cramps.together


def test_the_soreness_trial_leans_against_magnesium():
    """Recomputed from the abstract: +2 of 100, 95 % about -16 to +20."""
    line = next(line for line in synthesis(bodies()["muscle-soreness"]).lines if line.id == "T09")
    assert line.effect.value == 2 and line.effect.low == pytest.approx(-15.6, abs=0.1) and line.effect.high == pytest.approx(19.6, abs=0.1)
    assert line.leans == "toward control" and line.assumed and line.because == ("nothing alike",)


def test_a_float_that_is_blinded_but_does_not_set_magnesium_apart_is_not_pooled():
    line = next(line for line in synthesis(bodies()["chronic-pain"]).lines if line.id == "T27")
    assert line.effect.value == pytest.approx(-1.8) and line.effect.low == pytest.approx(-9.8, abs=0.1)
    assert line.because == ("magnesium not separated",)


# ---- pooling where it is sound ---------------------------------------------------------------------------------------
def test_alike_trials_are_pooled_as_the_library_pools_them(monkeypatch):
    found = synthesis(made_up(monkeypatch, of_arms("T01", 40), of_arms("T02", 44, sd=8.0), of_arms("T03", 47, people=40)))
    (group,) = found.together
    effects = [effect_of(each.outcomes[0]) for each in (of_arms("T01", 40), of_arms("T02", 44, sd=8.0), of_arms("T03", 47, people=40))]
    alone = pooled(Effects(np.array([e.value for e in effects]), np.array([2 * s**2 / n for s, n in ((10, 20), (8, 20), (10, 40))])))
    assert group.by_method["REML"].estimate == pytest.approx(alone.estimate) and group.by_method["REML"].tau2 == pytest.approx(alone.tau2)
    assert (group.effect.low, group.effect.high) == pytest.approx((alone.knapp.low, alone.knapp.high))
    assert found.answer == group.effect and not found.because and all(not line.because for line in found.lines)


def test_studies_that_agree_by_chance_do_not_make_an_interval_of_nothing(monkeypatch):
    """Hartung and Knapp's alone would have no width."""
    (group,) = synthesis(made_up(monkeypatch, of_arms("T01", 40), of_arms("T02", 40))).together
    reml = group.by_method["REML"]
    assert reml.knapp.high - reml.knapp.low < 1e-9 and (group.effect.low, group.effect.high) == (reml.interval.low, reml.interval.high)


def test_ratios_are_averaged_as_logarithms(monkeypatch):
    ratio = lambda value: {"unit": None, "difference": {"kind": "risk ratio", "value": value, "low": value / 2, "high": value * 2}}
    (group,) = synthesis(made_up(monkeypatch, trial("T01", ratio(0.25)), trial("T02", ratio(1.0)))).together
    assert group.logarithmic and group.effect.value == pytest.approx(0.5)


def test_arms_in_different_units_are_pooled_in_standard_deviations(monkeypatch):
    other = trial("T02", {"unit": "points", "magnesium": arm(4, 1, 20), "control": arm(5, 1, 20)})
    (group,) = synthesis(made_up(monkeypatch, of_arms("T01", 40), other)).together
    assert group.measure == "standardised mean difference" and group.effect.value == pytest.approx(-1, abs=0.05)


def test_measures_that_cannot_be_brought_together_are_not_pooled(monkeypatch):
    ratio = trial("T02", {"unit": None, "difference": {"kind": "risk ratio", "value": 0.5, "low": 0.2, "high": 0.9}})
    found = synthesis(made_up(monkeypatch, of_arms("T01", 40), ratio))
    assert not found.together and all(line.because == ("no common measure",) for line in found.lines)


@pytest.mark.parametrize("alike", ["a gel against a placebo", None])
def test_a_body_with_one_usable_study_is_never_pooled(monkeypatch, alike):
    silent = trial("T02", {}, pooling={"possible": False, "because": ["numbers not read"]})
    found = synthesis(made_up(monkeypatch, of_arms("T01", 40), silent, alike=alike))
    assert not found.together and found.lines[0].because == ("nothing alike",) and found.lines[1].because == ("numbers not read",)


def test_studies_that_nobody_called_alike_are_not_pooled(monkeypatch):
    assert not synthesis(made_up(monkeypatch, of_arms("T01", 40), of_arms("T02", 41), alike=None)).together


@pytest.mark.parametrize("changed, reason", [
    ({"route": "vein", "pooling": {"possible": False, "because": ["other route"]}}, "other route"),
    ({"design": "randomised crossover"}, "paired numbers not told"),
    ({"design": "meta-analysis"}, "already pooled"),
    ({"risk_of_bias": {"tool": "ROBINS-I", "overall": "critical", "reason": "made up"}}, "critical risk of bias"),
    ({"pooling": {"possible": False, "because": ["numbers in doubt"]}}, "numbers in doubt")])
def test_what_speaks_against_a_study_keeps_it_out(monkeypatch, changed, reason):
    found = synthesis(made_up(monkeypatch, of_arms("T01", 40), of_arms("T02", 41), of_arms("T03", 42, **changed)))
    assert found.together[0].ids == ("T01", "T02") and reason in found.lines[2].because


@settings(max_examples=6, deadline=None)
@given(order=st.permutations(range(4)))
def test_the_order_of_studies_in_a_document_changes_nothing(order):
    with pytest.MonkeyPatch.context() as patch:
        found = [of_arms("T01", 40), of_arms("T02", 44), of_arms("T03", 47), of_arms("T04", 41, design="randomised crossover")]
        first = told.as_data(synthesis(made_up(patch, *found)))
        assert told.as_data(synthesis(made_up(patch, *(found[k] for k in order)))) == first


def test_another_unit_scales_the_answer(monkeypatch):
    cm = lambda id, mean: trial(id, {"unit": "cm", "magnesium": arm(mean / 10, 1, 20), "control": arm(5, 1, 20)})
    here = synthesis(made_up(monkeypatch, of_arms("T01", 40), of_arms("T02", 44))).answer
    there = synthesis(made_up(monkeypatch, cm("T01", 40), cm("T02", 44))).answer
    assert (there.value, there.low, there.high) == pytest.approx((here.value / 10, here.low / 10, here.high / 10))


# ---- directions and sizes --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("mean, direction, size", [(48, "no difference", "none"), (45, "reduces", "small"), (42, "reduces", "moderate"),
                                                   (30, "reduces", "large"), (62, "increases", "large")])
def test_size_follows_from_thresholds(monkeypatch, mean, direction, size):
    found = synthesis(made_up(monkeypatch, of_arms("T01", mean), of_arms("T02", mean)))
    assert (found.direction, found.size) == (direction, size)


def test_an_interval_wider_than_its_judgement_is_cautioned(monkeypatch):
    """Two studies: changes that count both ways, and one step was taken."""
    found = synthesis(made_up(monkeypatch, of_arms("T01", 40), of_arms("T02", 47)))
    assert found.answer.low < -3 < 3 < found.answer.high and "asks for 2 steps for imprecision; 1 taken" in found.cautions[0]
    assert not synthesis(made_up(monkeypatch, *(of_arms(f"T0{k}", 40.0 + k / 100) for k in range(1, 6)))).cautions


@pytest.mark.parametrize("name", bodies())
def test_no_judgement_that_ships_is_milder_than_its_numbers(name):
    """Nor does any study's word point away from its numbers."""
    found = synthesis(bodies()[name])
    assert not found.cautions
    word = {"favours magnesium": "toward magnesium", "favours control": "toward control"}
    assert all(line.leans in (None, word[line.direction]) for line in found.lines if line.direction in word)


def test_that_no_study_found_a_difference_is_not_that_there_is_none(monkeypatch):
    null = [trial(id, {"effect": "no difference"}) for id in ("T01", "T02")]
    with pytest.raises(DataError, match="no direction to be certain of"):
        synthesis(made_up(monkeypatch, *null))


def test_without_thresholds_an_interval_that_holds_no_difference_gives_no_direction(monkeypatch):
    with pytest.raises(DataError, match="or give thresholds"):
        synthesis(made_up(monkeypatch, of_arms("T01", 40), of_arms("T02", 47), thresholds=None))
    same = [of_arms(f"T0{k}", 40.0 + k / 100) for k in range(1, 6)]
    assert synthesis(made_up(monkeypatch, *same, thresholds=None)).direction == "reduces"


def test_studies_that_agree_give_a_direction_and_no_size(monkeypatch):
    found = synthesis(made_up(monkeypatch, *(trial(id, {}) for id in ("T01", "T02")), lower_is_better=False))
    assert (found.direction, found.size) == ("increases", "unknown") and found.statement.endswith("by how much is not known.")


# ---- documents that are refused --------------------------------------------------------------------------------------
@pytest.mark.parametrize("changed, said", [
    ({"studies": [{"id": "T99", "outcome": "pain"}]}, "there is no study 'T99'"),
    ({"studies": [{"id": "T01", "outcome": "pian"}]}, "Did you mean 'pain'"),
    ({"studies": [{"id": "T01", "outcome": "pain"}] * 2}, "count twice"), ({"answer": "T01"}, "no meta-analysis"),
    ({"statement": "It works."}, "unknown key"), ({"thresholds": {**LIMITS, "small": 7.0}}, "are to rise"),
    ({"grade": {**GRADE, "steps": GRADE["steps"][:4]}}, "judged once")])
def test_a_body_that_breaks_a_rule_is_refused(monkeypatch, changed, said):
    with pytest.raises(InputError, match=said):
        made_up(monkeypatch, of_arms("T01", 40), **changed)


def test_studies_that_count_the_same_people_are_not_called_alike(monkeypatch):
    with pytest.raises(InputError, match="count the same people"):
        made_up(monkeypatch, of_arms("T01", 40), of_arms("T02", 41, overlaps=["T01"]))


def test_a_body_without_a_randomised_study_starts_as_observational(monkeypatch):
    with pytest.raises(InputError, match="no study of this body is randomised"):
        made_up(monkeypatch, of_arms("T01", 40, design="cohort"))


def test_an_unknown_body_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'muscle-soreness'"):
        body("mucle-soreness")


@settings(max_examples=15, deadline=None)
@given(text=st.text(max_size=80))
def test_any_file_is_read_or_refused(tmp_path_factory, text):
    file = tmp_path_factory.mktemp("own") / "own.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(InputError):
        body(str(file))


# ---- what others read ------------------------------------------------------------------------------------------------
def test_a_synthesis_is_plain_data_with_its_schema():
    for each in bodies().values():
        data = json.loads(json.dumps(told.as_data(synthesis(each)), allow_nan=False))
        assert data["schema"] == "epsom-synthesis/1" and len(data["studies"]) == len(each.studies)


def test_the_summary_of_findings_has_one_row_for_each_outcome():
    rows = told.findings(bodies().values())
    assert [row["body"] for row in rows] == list(bodies()) and all(tuple(row) == told.FINDINGS_HEADER for row in rows)
    assert all(("not pooled" in row["effect"]) == bool(row["not_pooled_because"] and "published" not in row["effect"]) for row in rows)


def test_risk_of_bias_is_as_robvis_reads_it():
    tables = told.robvis(studies().values())
    header = {"RoB 2": "Study,D1,D2,D3,D4,D5,Overall", "ROBINS-I": "Study,D1,D2,D3,D4,D5,D6,D7,Overall"}
    words = {"RoB 2": {"Low", "Some concerns", "High", "No information"},
             "ROBINS-I": {"Low", "Moderate", "Serious", "Critical", "No information"}}
    for tool, (names, rows) in tables.items():
        text = as_csv(names, rows).decode()
        assert text.splitlines()[0] == header[tool] and len(rows) > 5
        for row in csv.DictReader(io.StringIO(text)):
            assert {value for name, value in row.items() if name != "Study"} <= words[tool] and row["Overall"] != "No information"
        assert len({row[0] for row in rows}) == len(rows)


# ---- the picture -----------------------------------------------------------------------------------------------------
def diamonds(figure) -> int:
    """Marks with four corners that stand on one of them."""
    from matplotlib.patches import Polygon

    corners = [patch.get_xy()[:-1] for patch in figure.axes[0].patches if isinstance(patch, Polygon)]
    return sum(len(xy) == 4 and len(set(np.round(xy[:, 1], 6))) == 3 for xy in corners)


def test_a_diamond_stands_only_where_studies_were_pooled(monkeypatch):
    assert [diamonds(directions(synthesis(bodies()[name]))) for name in ("muscle-soreness", "sore-throat-past-the-barrier")] == [0, 0]
    assert diamonds(directions(synthesis(made_up(monkeypatch, of_arms("T01", 40), of_arms("T02", 44))))) == 1


def test_the_picture_says_what_it_shows_and_is_the_same_each_time():
    found = synthesis(bodies()["heat-pain-past-the-barrier"])
    assert as_svg(directions(found)) == as_svg(directions(found))
    words = alternative_text(found)
    assert all(line.id in words for line in found.lines) and "Nothing is pooled" in words and "favours control" in words


def test_more_people_make_a_taller_mark():
    assert height_of(None, 100) < height_of(10, 100) < height_of(100, 100) and math.isfinite(height_of(None, 0))
