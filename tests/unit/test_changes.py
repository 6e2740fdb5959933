"""Changes of a scenario by key, and rows of values to sweep over."""

from __future__ import annotations

import pytest

from epsom import changes
from epsom.core.errors import InputError
from epsom.scenario import Scenario

LOTION = Scenario.load("magnesium-lotion-calf")


def with_change(key, value) -> Scenario:
    return Scenario.build(changes.changed(LOTION.tables(), key, value))


@pytest.mark.parametrize("text, values", [
    ("100 cm^2,400 cm^2", ["100 cm^2", "400 cm^2"]), ("0.2, 0.8", ["0.2", "0.8"]),
    ("0.2..0.8:4", ["0.2", "0.4", "0.6", "0.8"]), ("10..35 degC:2", ["10 degC", "35 degC"]),
    ("10000 ppm Mg..60000 ppm Mg:3", ["10000 ppm Mg", "35000 ppm Mg", "60000 ppm Mg"]),
    ("1e-9 cm/s..1e-7 cm/s:2", ["1e-09 cm/s", "1e-07 cm/s"]), ("calf,forearm", ["calf", "forearm"])])
def test_rows_of_values_keep_their_units(text, values):
    assert changes.listed(text, "some.key") == values


@pytest.mark.parametrize("text, said", [
    ("5 m", "two values or more"), ("5 m,", "two values or more"), ("1 m..2 m:1", "two values or more"),
    ("1 m..2 m:33", "at most 32"), ("1 m..2 cm:3", "are in 'm' and 'cm'"), ("a..b:3", "does not start with a finite number"),
    ("3 m,3 m", "stands twice"), ("2 m..2 m:3", "stands twice"), ("1 m..2 m:9999", "at most 32")])
def test_rows_that_are_none_are_refused_with_their_key(text, said):
    with pytest.raises(InputError, match=said) as refused:
        changes.listed(text, "some.key")
    assert refused.value.key == "some.key"


def test_strength_of_a_shipped_product_leaves_all_else_as_it_is():
    changed, shipped = with_change("product.strength", "30000 ppm Mg").product, LOTION.product.resolved
    assert changed.moles["magnesium"] == pytest.approx(shipped.moles["magnesium"] / 2)
    assert (changed.density, changed.oil) == (shipped.density, shipped.oil) and changed.water > shipped.water
    assert "30000 ppm Mg" in changed.title and not changed.label


def test_strength_of_an_inline_product():
    water = Scenario.load("plain-water-calf")
    changed = Scenario.build(changes.changed(water.tables(), "product.strength", "500 ppm Mg"))
    assert water.product.moles["magnesium"] == 0 < changed.product.moles["magnesium"]
    assert changed.product.density == water.product.density


def test_strength_of_a_mixture_is_refused_with_a_hint():
    both = {"density": "1 g/mL", "ingredients": [{"salt": "magnesium-chloride", "strength": "1 % Mg"},
                                                 {"salt": "caffeine-anhydrous", "strength": "1 % caffeine"}]}
    mixture = changes.changed(LOTION.tables(), "product", both)
    with pytest.raises(InputError, match=r"this one has 2 .*product\.ingredients\.0\.strength"):
        changes.changed(mixture, "product.strength", "2 % Mg")
    assert Scenario.build(changes.changed(mixture, "product.ingredients.0.strength", "2 % Mg"))


def test_the_tables_that_were_given_stay_as_they_are():
    tables = LOTION.tables()
    changes.changed(tables, "steps.0.apply", "4 mg/cm^2")
    assert tables == LOTION.tables()


@pytest.mark.parametrize("values, found", [
    (["1 cm", "2 cm"], ([1.0, 2.0], "cm")), (["1 h", "30 min"], ([1.0, 0.5], "h")), (["0.2", "0.4"], ([0.2, 0.4], "")),
    (["10 ppm Mg", "20 ppm Mg"], ([10.0, 20.0], "ppm Mg")), (["10 ppm Mg", "20 ppm MgCl2"], None), (["calf", "sole"], None)])
def test_numbers_stand_on_one_axis_only_if_they_are_of_one_kind(values, found):
    assert changes.numbers(values) == found
