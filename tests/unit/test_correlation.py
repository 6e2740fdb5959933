"""Correlated parameters: their own spreads stay, they move together, what is stated conditions the rest, mistakes are named."""

import numpy as np
import pytest

from epsom.core import correlation, units
from epsom.core.correlation import correlated, read_correlations, together
from epsom.core.draws import Draws, scores
from epsom.core.errors import DataError, InputError
from epsom.core.parameter import all_parameters, document
from epsom.scenario import Scenario
from epsom.setting import parameters
from epsom.standard import standard_model
from epsom.validation.case import load
from epsom.validation.reading import NUMBERS

PAIR = '[[pair]]\nof = "{of}"\nfirst = "{a}"\nsecond = "{b}"\nvalue = {value}\nsource = "assumed"\nwhere = "a test"\ngrade = "D"\n'
THREE = (PAIR.format(of="unknown", a="x.one", b="x.two", value=0.8) + PAIR.format(of="unknown", a="x.two", b="x.three", value=-0.5)
         + PAIR.format(of="between_people", a="y.one", b="y.two", value=0.3))
SHARED = '''[[common]]
of = "unknown"
numbers = ["a", "b"]
documents = ["z", "y", "x"]
value = 0.6
source = "assumed"
where = "a test"
grade = "D"
'''
RESISTANCE, LOSS = "column.wet_skin_resistance", "hydration.transepidermal_water_loss"


@pytest.fixture
def three(monkeypatch):
    found = read_correlations(THREE)
    monkeypatch.setattr(correlation, "correlations", lambda: found)


def drawn(kind, key, n=40_000, stated=None):
    return correlated(kind, key, lambda k: scores(1, kind, k, np.arange(n)), stated or {})


def test_pairs_that_hang_together_are_one_group():
    found = read_correlations(THREE)
    assert [set(g.keys) for g in found["unknown"]] == [{"x.one", "x.two", "x.three"}]
    assert [set(g.keys) for g in found["between_people"]] == [{"y.one", "y.two"}]


def test_scores_have_the_correlations_and_each_its_own_spread(three):
    one, two, other = (drawn("unknown", f"x.{name}") for name in ("one", "two", "three"))
    np.testing.assert_allclose(np.corrcoef([one, two, other]), [[1, 0.8, 0], [0.8, 1, -0.5], [0, -0.5, 1]], atol=0.02)
    for found in (one, two, other):
        assert (found.mean(), found.std()) == (pytest.approx(0, abs=0.02), pytest.approx(1, rel=0.02))


def test_the_other_spread_and_other_parameters_are_left_alone(three):
    index = np.arange(100)
    np.testing.assert_array_equal(drawn("between_people", "x.one", 100), scores(1, "between_people", "x.one", index))
    np.testing.assert_array_equal(drawn("unknown", "z.free", 100), scores(1, "unknown", "z.free", index))


def test_what_is_stated_conditions_its_partners(three):
    """Normal theory: mean r z and variance 1 - r^2; a partner at second hand follows only through the one between."""
    two = drawn("unknown", "x.two", stated={"x.one": 2.0})
    assert (two.mean(), two.std()) == (pytest.approx(1.6, abs=0.02), pytest.approx(0.6, rel=0.02))
    other = drawn("unknown", "x.three", stated={"x.one": 2.0})
    assert (other.mean(), other.std()) == (pytest.approx(0, abs=0.02), pytest.approx(1, rel=0.02))


def test_two_stated_partners_count_together(three):
    """Against the textbook's conditional of a normal vector."""
    matrix = np.array([[1, 0.8, 0], [0.8, 1, -0.5], [0, -0.5, 1]])
    z = np.array([1.0, -1.5])                                 # one and three are stated
    weight = np.linalg.solve(matrix[np.ix_([0, 2], [0, 2])], matrix[[0, 2], 1])
    two = drawn("unknown", "x.two", stated={"x.one": z[0], "x.three": z[1]})
    assert two.mean() == pytest.approx(weight @ z, abs=0.02)
    assert two.var() == pytest.approx(1 - weight @ matrix[[0, 2], 1], rel=0.05)


def test_redrawing_takes_partners_along(three):
    assert together(frozenset({"x.one", "z.free"})) == {"x.one", "x.two", "x.three", "z.free"}


@pytest.mark.parametrize("text, named", [
    (PAIR.format(of="unknown", a="x.one", b="x.two", value=1.0), "between -1 and 1"),
    (PAIR.format(of="unknown", a="x.one", b="x.one", value=0.1), "two parameters"),
    (2 * PAIR.format(of="unknown", a="x.one", b="x.two", value=0.1), "stands once"),
    (PAIR.format(of="people", a="x.one", b="x.two", value=0.1), "ignorance or of people"),
    (PAIR.format(of="unknown", a="x.one", b="x.two", value=0.1).replace("grade", "grad"), "unknown key"),
    (PAIR.format(of="unknown", a="x.one", b="x.two", value=0.1).replace('grade = "D"\n', ""), "'grade' is missing"),
    (PAIR.format(of="unknown", a="x.1", b="x.2", value=0.9) + PAIR.format(of="unknown", a="x.2", b="x.3", value=0.9)
     + PAIR.format(of="unknown", a="x.1", b="x.3", value=-0.9), "contradict"),
    ("[[pair", "TOML"), ("[[pears]]", "unknown kind"), (SHARED.replace("numbers", "number"), "unknown key"),
    (SHARED.replace('"x"]', '"z"]'), "two parameters")])
def test_mistakes_in_the_file_are_named(text, named):
    with pytest.raises(DataError, match=named):
        read_correlations(text, "correlations.toml")


def test_the_shipped_pairs_are_parameters_that_people_differ_in():
    for kind, groups in correlation.correlations().items():
        for group in groups:
            for key in group.keys:
                assert getattr(all_parameters()[key], kind) is not None, key


def test_what_documents_share_is_one_group_for_each_number_led_by_the_first():
    a, b = read_correlations(SHARED)["unknown"]
    assert (a.keys, b.keys) == (("z.a", "y.a", "x.a"), ("z.b", "y.b", "x.b"))
    np.testing.assert_array_equal(a.matrix, [[1, 0.6, 0.6], [0.6, 1, 0.6], [0.6, 0.6, 1]])


def test_the_first_document_keeps_its_own_draws(monkeypatch):
    """So that a run of magnesium alone is what it was before other solutes were drawn with it."""
    monkeypatch.setattr(correlation, "correlations", lambda: read_correlations(SHARED))
    np.testing.assert_array_equal(drawn("unknown", "z.a", 100), scores(1, "unknown", "z.a", np.arange(100)))
    found = np.array([drawn("unknown", f"{name}.a") for name in "zyx"])
    np.testing.assert_allclose(np.corrcoef(found), [[1, 0.6, 0.6], [0.6, 1, 0.6], [0.6, 0.6, 1]], atol=0.02)


def test_all_that_is_shared_is_led_by_magnesium_and_of_one_dimension():
    for group in correlation.correlations()["unknown"]:
        first, *others = (all_parameters()[key] for key in group.keys)
        assert group.keys[0].startswith("magnesium.") and all(units.dimensions(p.unit) == units.dimensions(first.unit) for p in others)


def test_the_shared_permeability_is_what_the_rule_misses_on_measured_solutes():
    """2 sigma^2 (1 - r) is the variance of the ratio of two; the cases say by how much the rule from magnesium misses."""
    rows = [e for e in load("carried-over").expected if e.of == "through_pores" and "other salts" not in e.what]
    ratios = [row.value / NUMBERS["through_pores"](row)[0] for row in rows]
    miss = np.mean(np.log(ratios) ** 2)
    sigma = all_parameters()["sodium.wet_permeability"].unknown.sigma()
    group = next(g for g in correlation.correlations()["unknown"] if "sodium.wet_permeability" in g.keys)
    assert len(ratios) == 4 and np.exp(miss ** 0.5) == pytest.approx(2.0, rel=0.05)
    assert group.matrix[0, 1] == pytest.approx(1 - miss / (2 * sigma ** 2), abs=0.02)


# ---- in a scenario -----------------------------------------------------------------------------------------------------
def resistance_of(**person):
    tables = Scenario.load("magnesium-lotion-calf").tables()
    scenario = Scenario.build(tables | {"person": tables["person"] | person})
    found = parameters(standard_model(scenario), scenario)
    return Draws(4000, seed=3).values({p.key: p for p in found.values()})[RESISTANCE] * 10    # kohm cm2 from ohm m2


def test_skin_that_loses_much_water_resists_less():
    """The correlation of -0.5: a loss at its 95 % point moves the median resistance by exp(-0.5 x 1.645 x ln 1.8)."""
    usual, leaky = (np.median(found) for found in (resistance_of(), resistance_of(water_loss="15.6 g/m^2/h")))
    score = document("parameters", "hydration").parameters["transepidermal_water_loss"].between_people.score(15.6, 9.7)
    assert leaky / usual == pytest.approx(np.exp(-0.5 * score * np.log(1.8)), rel=0.05)


def test_a_measured_resistance_takes_the_place_of_its_spread():
    found = resistance_of(skin_resistance="20 kohm*cm^2")
    np.testing.assert_allclose(found, 20.0, rtol=1e-12)


def test_times_keeps_the_spread():
    tables = Scenario.load("magnesium-lotion-calf").tables()
    scenario = Scenario.build(tables | {"parameters": {"magnesium.wet_permeability": "5 times"}})
    p = parameters(standard_model(scenario), scenario)["solute[magnesium].wet_permeability"]
    assert (p.value, p.grade) == (pytest.approx(5e-8), "D") and p.unknown.sigma() == pytest.approx(np.log(3.02))


def refused(*, person=None, **changed) -> str:
    """What is said of the lotion with these changes when its parameters are gathered."""
    tables = Scenario.load("magnesium-lotion-calf").tables()
    scenario = Scenario.build(tables | changed | {"person": tables["person"] | (person or {})})
    with pytest.raises(InputError) as error:
        parameters(standard_model(scenario), scenario)
    return str(error.value)


@pytest.mark.parametrize("name, text", [("follicle.open_fraction", "0.1 times"), ("film.oil_shielding", "0.5 times"),
                                        ("hydration.follicle_dry_factor", "2 times"), ("magnesium.wet_permeability", "0 times")])
def test_times_is_refused_where_the_spread_cannot_follow(name, text):
    """Uniform and beta spreads stand instead of a value; a share cannot become 1."""
    said = refused(parameters={name: text})
    assert "cannot move" in said and name in said and text in said


def test_a_measurement_out_of_range_is_refused():
    assert "2 to 500 kohm*cm^2" in refused(person={"skin_resistance": "0.1 kohm*cm^2"})


def test_a_number_is_stated_once():
    assert "already" in refused(person={"skin_resistance": "20 kohm*cm^2"}, parameters={"column.wet_skin_resistance": "2 times"})
