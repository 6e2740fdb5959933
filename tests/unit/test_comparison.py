"""Paired runs: the same scenario differs by nothing, order turns differences round, every draw meets its like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import epsom
from epsom import comparison
from epsom import comparison_text as told
from epsom.changes import changed
from epsom.comparison import Comparison, Interval, Swept, as_times
from epsom.core.errors import InputError
from epsom.numerical import Moves, Numerical
from epsom.paired import planned_comparison
from epsom.safety import gate_texts
from painless import painless

DRAWS = 8
LOTION = painless()
OIL = epsom.Scenario.load("magnesium-oil-calf")
WATER = epsom.Scenario.load("plain-water-calf")


@pytest.fixture(scope="module")
def results():
    """{scenario: Result} on the same draws, solved once for all tests here."""
    found = epsom.compare([LOTION, OIL, WATER], DRAWS)
    return dict(zip(("lotion", "oil", "water"), found.results))


@pytest.fixture(scope="module")
def side_by_side(results):
    return lambda *names: Comparison(tuple(f"{n} {i}" for i, n in enumerate(names)), tuple(results[n] for n in names))


def test_the_same_scenario_twice_differs_by_exactly_nothing(side_by_side):
    table = side_by_side("lotion", "lotion").table
    assert len(table) > 30
    for row in table:
        paired = row.against[0]
        if "between_follicles" in row.variable and paired is None:          # not resolved in all draws
            continue
        assert (*paired.difference, paired.larger, paired.equal) == (0, 0, 0, 0, 1)
        assert row.against_first(1) == "the same in every draw"


def test_a_run_of_a_comparison_is_the_run_alone(results):
    """Same draws and seed: what `simulate` finds for one scenario alone."""
    alone = epsom.simulate(epsom.standard_model(OIL), OIL, DRAWS)
    assert alone.provenance["fingerprint"] == results["oil"].provenance["fingerprint"]
    assert np.array_equal(alone["crossed_amount[magnesium]"], results["oil"]["crossed_amount[magnesium]"])


def test_order_turns_differences_round(side_by_side):
    there, back = side_by_side("lotion", "oil"), side_by_side("oil", "lotion")
    for a, b in zip(there.table, back.table):
        assert (a.key, a.values) == (b.key, b.values[::-1])
        p, q = a.against[0], b.against[0]
        if p is None:
            continue
        assert p.difference == pytest.approx([-x for x in reversed(q.difference)])
        assert (p.ratio is None) == (q.ratio is None) and p.larger + q.larger + p.equal == pytest.approx(1)
        if p.ratio:
            assert p.ratio == pytest.approx([1 / x for x in reversed(q.ratio)])


def test_what_the_scenarios_share_is_drawn_alike(results):
    """Of the draws' spread the pair sees only what its scenarios do differently."""
    for key, values in results["lotion"].drawn.items():
        if key in results["oil"].drawn:
            assert np.array_equal(values, results["oil"].drawn[key])


def test_water_brings_nothing_and_no_ratio(side_by_side):
    row = side_by_side("lotion", "water").row("crossed_amount[magnesium].end")
    assert row.values[1] == (0, 0, 0) and row.against[0].ratio is None and row.against[0].larger == 0
    assert "difference -" in row.against_first(1) and "times" not in row.against_first(1)


def test_what_is_too_small_to_tell_is_equal(side_by_side):
    """Nobody says that one of two picomoles is larger."""
    row = side_by_side("water", "water").row("upper_muscle_concentration[magnesium].10 min")
    assert row.against[0].equal == 1 and row.shown(0) == "< 1 nmol/L"


def test_draws_that_failed_in_one_are_left_out_of_all(results):
    oil = results["oil"]
    kept = np.arange(DRAWS) != 2
    part = replace(oil, draws=replace(oil.draws, without=(2,)), readouts={n: v[kept] for n, v in oil.readouts.items()},
                   redrawn={n: v[kept] for n, v in oil.redrawn.items()})
    found, whole = Comparison(("a", "b"), (results["lotion"], part)), Comparison(("a", "b"), (results["lotion"], oil))
    assert found.draws == DRAWS - 1 and told.alarms(found)[-1].startswith("1 draws could not be solved in every scenario")
    difference = lambda c: c.dataset["crossed_amount[magnesium]"].diff("scenario").values[0]
    assert np.array_equal(difference(found), difference(whole)[kept])


def test_early_values_near_follicles_and_between_them_are_those_of_the_runs(side_by_side, results):
    """The same numbers as the run alone answers; what is not resolved is told as less, and held against nothing."""
    found = side_by_side("lotion", "oil")
    for zone in ("near", "between"):
        row = found.row(f"papillary_dermis_concentration_{zone}_follicles[magnesium].20 min")
        alone = next(a for a in epsom.answers(results["oil"]) if a.key == f"papillary_dermis_concentration_{zone}_follicles.20 min")
        assert row.values[1] == pytest.approx((alone.low, alone.middle, alone.high), rel=1e-12) and row.shown(1) == alone.interval
    near, between = (found.row(f"papillary_dermis_concentration_{zone}_follicles[magnesium].20 min") for zone in ("near", "between"))
    mean = found.row("papillary_dermis_concentration[magnesium].20 min")
    assert near.values[0].middle > 5 * mean.values[0].middle and near.against[0].ratio.middle > 1
    assert between.floors[0] == pytest.approx([x / 20 for x in mean.values[0]]) and near in told.overview(found)
    below = np.mean([at[0] < mean_at[0] / 20 for at, mean_at in zip(*(
        results["oil"].at(f"papillary_dermis_concentration{zone}[magnesium]", 1200.0)[:, None] for zone in ("_between_follicles", "")))])
    assert (between.against[0] is None) == (below > 0.05)


def test_a_site_without_follicles_has_no_rows_of_them(results):
    sole = changed(changed(LOTION.tables(), "site.name", "sole"), "duration", "2 h")
    sole["steps"] = sole["steps"][:1]
    bare = epsom.simulate(epsom.standard_model(LOTION), epsom.Scenario.build(sole), DRAWS)
    found = Comparison(("calf", "sole"), (results["lotion"], bare))
    assert not [row for row in found.table if "follicles" in row.variable]


def test_the_numerical_error_that_is_kept_stands_beside_each_number(results, monkeypatch):
    """Of shipped scenarios it is kept; a number of a comparison that ends sooner than its scenario has none."""
    kept = Numerical(Moves(0.001, 0.012), Moves(1e-4, 3e-4), 64)
    answers = {"magnesium.crossed_amount.end": kept, "magnesium.crossed_amount.4 h": kept}
    monkeypatch.setattr(comparison, "stored", lambda case: answers if case == results["lotion"].provenance["case"] else {})
    found = Comparison(("a", "b"), (results["lotion"], results["oil"]))
    assert found.row("crossed_amount[magnesium].end").grid == (kept, None)
    assert any("no more than: a 1.2 % and 0.03 %." in text for text in told.notes(found))
    assert any("was not measured for b" in text for text in told.notes(found))
    assert comparison._grid(results["lotion"], "magnesium", "crossed_amount", "end", 3600.0) is None
    assert comparison._grid(results["lotion"], "magnesium", "crossed_amount", "4 h", 18000.0) == kept


def test_the_dataset_holds_the_draws(side_by_side):
    found = side_by_side("lotion", "oil")
    crossed = found.dataset["crossed_amount[magnesium]"]
    assert crossed.dims == ("scenario", "draw", "time") and crossed.attrs["units"] == "mol" and crossed.sizes["draw"] == DRAWS
    end = crossed.isel(scenario=0, time=-1) * 24.305
    assert float(np.median(end)) == pytest.approx(found.row("crossed_amount[magnesium].end").values[0].middle, rel=1e-9)


def test_reading_times_end_with_the_shortest(results):
    short = epsom.Scenario.build(changed(changed(OIL.tables(), "duration", "1 h"), "steps", OIL.tables()["steps"][:1]))
    found = epsom.compare([LOTION, short], DRAWS)
    assert list(found.times) == ["10 min", "20 min", "1 h"] and found.end == 3600
    assert "compared up to 1 h" in " ".join(told.notes(found)) and found.row("crossed_amount[magnesium].end").when == "1 h"


def test_sentences_never_speak_of_chance_and_name_the_draws(side_by_side):
    found = side_by_side("lotion", "oil", "water")
    text = " ".join(line for part in told.headline(found) for line in [*part["lines"], part["rests"]])
    assert "larger in 100 % of draws" in text and "grade D" in text
    assert not {"chance", "likely", "probab", "should", "recommend", "better", "best"} & {w.strip(".,;:") for w in text.lower().split()}
    assert "is not a chance for one person" in told.MIXED


def test_gates_of_all_scenarios_stand_once_with_their_names(results):
    sick = replace(results["oil"], gates=(epsom.safety.Gate("heart-block", gate_texts()["heart-block"], False),))
    found = told.gates(Comparison(("a", "b", "c"), (results["lotion"], sick, sick)))
    assert [(g["name"], g["scenarios"]) for g in found] == [("heart-block", ["b", "c"])]


def test_what_differs_is_told_as_written(side_by_side):
    assert told.differences(side_by_side("lotion", "lotion")) == []
    keys = dict(told.differences(side_by_side("lotion", "oil")))
    assert keys["product.use"] == ["lotion-60000ppm-Mg", "magnesium-oil-31pct"]


def test_what_only_one_states_is_told_as_not_given(results):
    hurting = replace(results["lotion"], scenario=epsom.Scenario.load("magnesium-lotion-calf"))
    keys = dict(told.differences(Comparison(("a", "b"), (hurting, results["oil"]))))
    assert keys["complaint.kind"][0] != "not given" and keys["complaint.kind"][1] == "not given"


def test_what_is_felt_is_asked_of_those_alone_that_hurt():
    hurting, other = planned_comparison([epsom.Scenario.load("magnesium-lotion-calf"), OIL]).models
    assert "pain_rating" in hurting.readouts and "pain_rating" not in other.readouts


@pytest.mark.parametrize("ratio, text", [
    ((1.1, 1.2, 1.4), "1.2 times (1.1 to 1.4)"), ((0.001, 0.002, 0.004), "500 times smaller (250 to 1000)"),
    ((0.3, 0.6, 0.9), "0.60 times (0.30 to 0.90)"), ((0.1, 0.4, 2.0), "0.40 times (0.10 to 2.0)"), ((3.0, 3.0, 3.0), "3.0 times")])
def test_ratios_are_readable(ratio, text):
    assert as_times(Interval(*ratio)) == text


def test_bare_numbers_of_a_sweep_get_their_word(results):
    pair, numbers = (results["lotion"], results["oil"]), (0.2, 0.8)
    humid = Comparison(("0.2", "0.8"), pair, Swept("environment.humidity", ("0.2", "0.8"), numbers, ""))
    strong = Comparison(("1 ppm Mg", "2 ppm Mg"), pair, Swept("product.strength", ("1 ppm Mg", "2 ppm Mg"), (1.0, 2.0), "ppm Mg"))
    assert told.named(humid) == ["humidity 0.2", "humidity 0.8"] and told.named(strong) == ["1 ppm Mg", "2 ppm Mg"]
    assert "All else in the product, its density too, stays as it is." in told.notes(strong)


# ---- what is refused ---------------------------------------------------------------------------------------------------
@pytest.fixture
def no_run(monkeypatch):
    from epsom import paired

    monkeypatch.setattr(paired, "simulate", lambda *_, **__: pytest.fail("simulated in vain"))


@pytest.mark.parametrize("scenarios, said", [
    ([LOTION], "2 to 6 scenarios, this one has 1"), ([LOTION] * 7, "this one has 7"),
    ([LOTION, epsom.Scenario.load("caffeine-gel-forearm")], "no solute in common")])
def test_comparisons_that_cannot_be_are_refused(no_run, scenarios, said):
    with pytest.raises(InputError, match=said):
        epsom.compare(scenarios, DRAWS)


@pytest.mark.parametrize("key, values, said, value", [
    ("product.strength", ["10000 ppm Mg", "200000 ppm Mg"], "above its solubility", "200000 ppm Mg"),
    ("site.area", ["100 cm^2", "3 m^2"], "larger than this body", "3 m^2"),
    ("environment.humidity", [0.5, 1.4], "less than or equal to 1", 1.4),
    ("parameters.magnesium.wet_permeability", ["1e-8 cm/s", "1 cm/s"], "outside the range", "1 cm/s"),
    ("parameters.magnesium.wetness", ["1", "2"], "uses no parameter", "1"),
    ("site.aera", ["1 cm^2", "2 cm^2"], "unknown key", "1 cm^2"), ("steps.7.apply", ["1 mg", "2 mg"], "has 2 entries", "1 mg"),
    ("duration", ["24 h", "2 h"], "the scenario ends at 2 h", "2 h")])
def test_impossible_values_are_named_before_anything_is_run(no_run, key, values, said, value):
    with pytest.raises(InputError, match=said) as refused:
        epsom.sweep(LOTION, key, values, DRAWS)
    assert (refused.value.key, refused.value.value) == (key, value)


@pytest.mark.parametrize("values", [["1 cm^2"], ["1 cm^2", "1 cm^2"], [f"{i} cm^2" for i in range(1, 40)]])
def test_too_few_too_many_or_equal_values_are_refused(no_run, values):
    with pytest.raises(InputError, match="2 to 32 different values"):
        epsom.sweep(LOTION, "site.area", values)


# ---- sweeps ------------------------------------------------------------------------------------------------------------
def test_an_area_twice_as_large_brings_twice_as_much():
    """Everything below the film is per area: a check of the pairing that needs no earlier output."""
    found = epsom.sweep(LOTION, "site.area", ["100 cm^2", "200 cm^2"], DRAWS)
    assert found.swept == Swept("site.area", ("100 cm^2", "200 cm^2"), (100.0, 200.0), "cm^2")
    assert found.row("entered_amount[magnesium].1 h").against[0].ratio == pytest.approx([2, 2, 2], rel=1e-3)
