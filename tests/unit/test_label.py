"""Labels: every reading by hand, what cannot be, what is not read; the same dose in any unit is the same dose; no text breaks it."""

from __future__ import annotations

import math
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epsom.core.errors import InputError
from epsom.core.strength import moles_per_mass
from epsom.evidence.label import Label, read_label
from epsom.evidence.label_readings import MG, VERDICTS, magnesium_salts
from epsom.evidence.label_words import LONGEST, said, words_of
from epsom.product import shipped_product

MG_OF = {"Mg": 1.0, "MgCl2": 24.305 / 95.211, "MgCl2.6H2O": 24.305 / 203.3, "MgSO4": 24.305 / 120.366, "MgSO4.7H2O": 24.305 / 246.48}


def by(label: Label, species: str, basis: str):
    """The one reading of this species and basis."""
    (found,) = [line for line in label.lines if (line.reading.species, line.reading.basis) == (species, basis)]
    return found.reading


# ---- readings, by hand -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("species", ["Mg", "MgCl2", "MgCl2.6H2O"])
def test_sixty_thousand_ppm_in_all_six_ways(species):
    label = read_label("60,000 ppm magnesium chloride, 30 mL")
    assert len(label.lines) == 6 and all(line.reading.verdict == "possible" for line in label.lines)
    assert by(label, species, "w/w").mol_per_g.value * MG == pytest.approx(60 * MG_OF[species], rel=1e-12)
    assert by(label, species, "w/v").mol_per_mL.value * MG == pytest.approx(60 * MG_OF[species], rel=1e-12)
    assert label.factor == pytest.approx(60 / (60 * MG_OF["MgCl2.6H2O"]) * 1.016, rel=2e-3)  # the weakest is lighter by its density


def test_thirty_millilitres_hold_thirty_times_one():
    label = read_label("60,000 ppm magnesium chloride, 30 mL")
    for line in label.lines:
        (bottle, thin) = line.doses
        assert bottle.amount == "30 mL" and bottle.mol.value == pytest.approx(30 * line.reading.mol_per_mL.value, rel=1e-12)
        assert thin.mol.value == pytest.approx(0.8 * line.reading.mol_per_g.value, rel=1e-12)  # 2 mg/cm2 on 400 cm2 are 0.8 g


def test_density_of_the_brine_by_hand():
    """31 % w/w: 0.69 g of water and 0.31 g of salt at 24 cm3/mol are 0.7716 mL."""
    reading = by(read_label("31 % w/w MgCl2"), "MgCl2", "w/w")
    assert reading.density.value == pytest.approx(1 / (0.69 / 0.995 + 0.31 / 95.211 * 24), rel=1e-9)
    assert reading.density.low < 1.28 < reading.density.high  # what such brines are said to weigh


def test_a_stated_density_is_taken():
    reading = by(read_label("31 % w/w MgCl2", density="1.28 g/mL"), "MgCl2", "w/w")
    assert reading.density.exact and reading.mol_per_mL.value * MG == pytest.approx(310 * 1.28 * MG_OF["MgCl2"], rel=1e-12)


@pytest.mark.parametrize(
    "name, species, basis",
    [
        ("lotion-60000ppm-Mg", "Mg", "w/w"),
        ("lotion-60000ppm-MgCl2-6H2O", "MgCl2.6H2O", "w/w"),
        ("magnesium-oil-31pct", "MgCl2", "w/w"),
        ("spray-144mg-per-mL-MgCl2", "MgCl2", "w/v"),
        ("magnesium-sulfate-pad-33pct", "MgSO4.7H2O", "w/v"),
    ],
)
def test_readings_are_those_of_the_products_that_ship(name, species, basis):
    product = shipped_product(name)
    label = read_label(product.label, density=product.density.text)
    assert by_first(label, species, basis).mol_per_g.value * 1e3 == pytest.approx(product.moles["magnesium"], rel=1e-9)


def by_first(label, species, basis):
    return next(line.reading for line in label.lines if (line.reading.species, line.reading.basis) == (species, basis))


@pytest.mark.parametrize(
    "text, mg_per_mL",
    [
        ("144 mg MgCl2 per mL", 144 * MG_OF["MgCl2"]),
        ("144 mg/mL MgCl2", 144 * MG_OF["MgCl2"]),
        ("144 g/L MgCl2", 144 * MG_OF["MgCl2"]),
        ("MgCl2 14.4 % w/v", 144 * MG_OF["MgCl2"]),
        ("MgCl2 14,4 % w/v", 144 * MG_OF["MgCl2"]),
        ("144.000,0 ppm MgCl2 w/v", 144 * MG_OF["MgCl2"]),
        ("720 mg MgCl2 per teaspoon", 144 * MG_OF["MgCl2"]),
        ("one teaspoon contains 720 mg MgCl2", 144 * MG_OF["MgCl2"]),
        ("a tablespoon (2.16 g MgCl2)", 144 * MG_OF["MgCl2"]),
        ("200 mmol/L MgCl2", 0.2 * 24.305),
        ("0.2 M MgCl2", 0.2 * 24.305),
        ("400 mEq/L magnesium chloride", 0.2 * 24.305),
    ],
)
def test_one_strength_in_many_words(text, mg_per_mL):
    label = read_label(text)
    found = [line.reading for line in label.lines if line.reading.species in ("MgCl2", "Mg") and line.reading.verdict != "impossible"]
    assert found[-1].mol_per_mL.value * MG == pytest.approx(mg_per_mL, rel=1e-12)


def test_sprays():
    label = read_label("8 sprays = about 100 mg magnesium; 5 sprays = 1 mL")
    (line,) = label.lines
    assert line.reading.mol_per_spray.value * MG == pytest.approx(12.5, rel=1e-12)
    assert line.reading.mol_per_mL.value * MG == pytest.approx(62.5, rel=1e-12) and not any(
        d.assumed == "the volume of a spray" for d in line.doses
    )


def test_a_spray_that_is_not_told_has_the_households_range():
    (line,) = read_label("8 sprays = 100 mg elemental magnesium").lines
    assert line.reading.mol_per_mL.low * MG == pytest.approx(50) and line.reading.mol_per_mL.high * MG == pytest.approx(250)
    assert line.doses[0].amount == "1 spray" and line.doses[0].mg.exact  # what is counted in sprays needs no volume


def test_a_bath_by_the_cup_has_the_range_of_cup_bulk_and_tub():
    (line,) = read_label("2 cups of Epsom salt per bath").lines
    grams = 480 * MG_OF["MgSO4.7H2O"]
    assert line.doses[0].mg.value == pytest.approx(grams * 1e3, rel=1e-9) and "water" in line.doses[0].assumed
    assert line.doses[0].mg.low == pytest.approx(2 * 236 * 0.8 * MG_OF["MgSO4.7H2O"] * 1e3, rel=1e-9)
    assert line.reading.mol_per_mL.value * MG == pytest.approx(grams / 120.48, rel=2e-3)


@pytest.mark.parametrize(
    "text, grams",
    [
        ("500 g Epsom salt in 120 L", 500),
        ("4.17 g of Epsom salt per litre", None),
        ("1 kg Epsom salts per bath", 1000),
        ("a handful of magnesium flakes in a foot bath", None),
    ],
)
def test_what_goes_into_water(text, grams):
    (line,) = read_label(text).lines
    assert line.reading.verdict == "possible" and line.reading.saturation.high < 0.2
    if grams:
        assert line.doses[0].mg.value == pytest.approx(grams * 1e3 * MG_OF["MgSO4.7H2O"], rel=1e-12)


def test_amount_and_area_can_be_given():
    label = read_label("60 mg/mL magnesium", amount="2 teaspoons", area="100 cm^2", salt="magnesium-chloride")
    dose = label.lines[0].doses[0]
    assert dose.mg.value == pytest.approx(600, rel=1e-12) and dose.mg_per_cm2.value == pytest.approx(6, rel=1e-12)


# ---- traps -----------------------------------------------------------------------------------------------------------
def test_grams_for_milligrams():
    label = read_label("150-170 grams of magnesium per teaspoon")
    (line,) = label.lines
    assert line.reading.verdict == "impossible" and not line.doses and not label.possible
    assert line.reading.factor == pytest.approx(150 / 5.1 / 3, rel=1e-9)  # at the least, in the largest spoon
    assert any("(mg for g)" in note and "32 mg" in note for note in label.notes)


def test_more_than_the_whole_by_how_much():
    reading = by(read_label("31 % magnesium chloride"), "Mg", "w/w")
    assert reading.verdict == "impossible" and reading.factor == pytest.approx(0.31 / MG_OF["MgCl2"], rel=1e-9) and "whole" in reading.law


def test_above_saturation_by_how_much():
    """5.75 mol/kg (5 to 6.5) is 35.4 % (32.2 to 38.2); 60 % is beyond the crystals' own 46.8."""
    reading = by(read_label("60 % w/w MgCl2"), "MgCl2", "w/w")
    share = lambda m: m * 95.211e-3 / (1 + m * 95.211e-3)
    assert reading.verdict == "impossible" and reading.saturation.value == pytest.approx(0.6 / share(5.75), rel=1e-9)
    assert reading.factor == pytest.approx(0.6 / share(6.5), rel=1e-9) and "solubility" in reading.law


@pytest.mark.parametrize(
    "percent, verdict",
    [
        (32.2, "possible"),
        (35.3, "possible"),
        (35.5, "at the edge"),
        (38.2, "at the edge"),
        (38.3, "crystals only"),
        (47.0, "crystals only"),
        (47.4, "impossible"),
    ],
)
def test_the_edges_of_saturation(percent, verdict):
    assert by(read_label(f"{percent} % w/w anhydrous magnesium chloride"), "MgCl2", "w/w").verdict == verdict


def test_the_pure_crystals_are_no_solution():
    label = read_label("100 % magnesium chloride flakes")
    reading = by(label, "MgCl2.6H2O", "w/w")
    assert (
        reading.verdict == "crystals only" and reading.mol_per_mL is None and reading.mol_per_g.value * MG == pytest.approx(119.55, rel=1e-3)
    )


def test_two_statements_that_disagree_and_by_how_much():
    label = read_label("31 % w/w anhydrous magnesium chloride; one teaspoon = 569 mg magnesium")
    (found,) = label.disagreements
    brine = 310 * MG_OF["MgCl2"] / (0.69 / 0.995 + 0.31 / 95.211 * 24)
    assert found.verdict == "disagree" and found.percent.value == pytest.approx(100 * (brine / 113.8 - 1), rel=1e-9)


def test_two_statements_that_agree():
    (found,) = read_label("60 mg magnesium per mL; 300 mg magnesium per teaspoon").disagreements
    assert found.verdict == "agree" and found.percent.value == pytest.approx(0, abs=1e-9)


def test_a_volume_of_magnesium_is_a_slip():
    label = read_label("569 mL magnesium per teaspoon")
    assert not label.lines and not label.possible and any("mg instead of mL" in note for note in label.notes)


@pytest.mark.parametrize(
    "text, said",
    [
        ("picometre-sized ionic magnesium", "a size, not a strength"),
        ("extra strength magnesium lotion", "says no number"),
        ("60,000 ppm", "of what is not said"),
        ("3 mg magnesium oxide per mL", "no data on it here"),
        ("", "line of text"),
        ("   ", "line of text"),
        ("x" * (LONGEST + 1), "at most"),
        ("1 2 3 " * 40, "too many numbers"),
        (None, "line of text"),
        (60000, "line of text"),
    ],
)
def test_what_is_no_strength_is_said(text, said):
    with pytest.raises(InputError, match=said):
        read_label(text)


def test_size_words_are_said_beside_a_strength():
    assert any("picometre" in note for note in read_label("picometre magnesium chloride, 60,000 ppm").notes)


def test_a_mixture_says_so():
    label = read_label("50 g Dead Sea salt per litre of cream")
    assert label.lines[0].reading.mol_per_mL.high / label.lines[0].reading.mol_per_mL.low == pytest.approx(0.13 / 0.04, rel=1e-9)
    assert any("mixture" in note for note in label.notes)


def test_what_cannot_be_read_is_said():
    notes = " ".join(read_label("60,000 ppm MgCl2, pH 6, 31.5 frobs, 20 Mg per spray").notes)
    assert "'31.5' stands beside no unit" in notes and "read as mg" in notes and "'6'" in notes


@pytest.mark.parametrize(
    "text, value, doubted",
    [
        ("60,000 ppm", 60000, False),
        ("60.000 ppm", 60, True),
        ("60 000 ppm", 60000, False),
        ("31,5 %", 31.5, False),
        ("1.234,5 mg", 1234.5, False),
        ("1,234.5 mg", 1234.5, False),
        ("0,125 g", 0.125, False),
        ("1'000 mg", 1000, False),
        ("1,000,000 ppm", 1e6, False),
        ("31,000 %", 31, True),
        ("2,500 g", 2500, True),
        ("1 1/2 cups", 1.5, False),
        ("½ cup", 0.5, False),
        ("1½ cups", 1.5, False),
        ("half a cup", 0.5, False),
        ("two cups", 2, False),
    ],
)
def test_numbers_as_they_are_printed(text, value, doubted):
    words = words_of(text)
    assert words.counted[0].number.value == pytest.approx(value, rel=1e-12) and bool(words.doubts) == doubted


@pytest.mark.parametrize("entry", said()["names"], ids=lambda e: e["said"][0])
def test_every_name_is_found_again(entry):
    for word in entry["said"]:
        (name, *rest) = words_of(f"5 g of {word} per litre").names
        assert not rest and name.text == word
        assert (name.salt, name.species) == (entry.get("salt", ""), entry.get("species", ""))


def test_every_salt_of_magnesium_has_a_name_and_every_named_one_ships():
    assert {entry["salt"] for entry in said()["names"] if "salt" in entry} == set(magnesium_salts())


@pytest.mark.parametrize(
    "option, value, said",
    [
        ("salt", "magnesium-chlorid", "Did you mean 'magnesium-chloride'"),
        ("amount", "much", "no amount"),
        ("area", "400 cm", "cannot be converted"),
        ("density", "1.28", "where a unit is due"),
    ],
)
def test_options_are_checked(option, value, said):
    with pytest.raises(InputError, match=said):
        read_label("60,000 ppm MgCl2", **{option: value})


# ---- properties ------------------------------------------------------------------------------------------------------
SPECIES = st.sampled_from(["MgCl2.6H2O", "MgSO4.7H2O", "elemental magnesium"])


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 80), SPECIES)
def test_the_same_strength_in_other_units_is_the_same(tenth_percent, species):
    told = [
        f"{tenth_percent / 10:.1f} % w/w {species}",
        f"{tenth_percent * 1000} ppm w/w {species}",
        f"{tenth_percent} g {species} per 1 kg",
        f"{tenth_percent} mg {species} per g",
    ]
    doses = [
        read_label(text, amount="5 g", salt="magnesium-chloride" if "elem" in species else None).lines[0].doses[0].mol.value for text in told
    ]
    assert doses == pytest.approx([doses[0]] * 4, rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.01, 200, allow_nan=False).map(lambda x: round(x, 3)), SPECIES)
def test_the_same_amount_in_other_units_is_the_same_and_mg_are_mmol(number, species):
    salt = "magnesium-chloride" if "elem" in species else None
    per_litre = read_label(f"{number} g {species} per 1 L of product", amount="30 mL", salt=salt)
    for amount in ("0.03 L", "3 cL", "6 teaspoons", "2 tablespoons"):
        other = read_label(f"{number} mg/mL {species}", amount=amount, salt=salt)
        for one, two in zip(per_litre.lines, other.lines):
            assert [d.mol.value for d in one.doses] == pytest.approx([d.mol.value for d in two.doses], rel=1e-12)
    for line in per_litre.lines:
        assert all(dose.mg.value == pytest.approx(dose.mol.value * 24305, rel=1e-12) for dose in line.doses)


@pytest.mark.parametrize(
    "text, said",
    [
        ("magnesium 375 mg (100% NRV) per serving", "'100% NRV' is no strength"),
        ("magnesium 375 mg per serving", "'per serving' is no measure"),
        ("20 mg Mg per cm2", "'per cm2' is no measure"),
        ("100 % natural magnesium, 60,000 ppm Mg", "'100 % natural' is no strength"),
        ("60,000 ppm Mg, -5 mg", "minus sign"),
        ("375 mg magnesium", "in how much of the product is not said"),
        ("a cup of Epsom salt in 0 L, 60,000 ppm Mg", "divides by nothing"),
    ],
)
def test_what_was_not_read_is_named(text, said):
    assert said in " ".join(read_label(text).notes)


def test_a_share_that_is_the_whole_of_no_named_salt():
    """Magnesium itself: no salt holds it, whichever is meant."""
    assert not read_label("100 % magnesium").possible


PIECES = [
    "100 %",
    "NRV",
    "-5",
    "60,000 ppm",
    "31%",
    "1/0 cup",
    "569 mg",
    "magnesium",
    "MgCl2",
    "Mg",
    "per",
    "/",
    "teaspoon",
    "8 sprays",
    "=",
    "in",
    "30 mL",
    "1 L",
    ";",
    ",",
    "Epsom salt",
    "(",
    ")",
    "w/v",
    "0 mg",
    "0 L",
    "150-170",
    "grams",
    "bath",
    "two",
    "a",
    "½",
    "mmol",
    "M",
    "picometre",
    "magnesium oil",
    "Dead Sea salt",
    "handful",
    ".",
    "1e9",
    "99999999999999",
    "%",
    "oxide",
    "µg",
    "\u202f",
    "²",
]


def holds(label: Label) -> None:
    """What is true of every label that can be read."""
    for line in label.lines:
        r = line.reading
        assert r.verdict in VERDICTS and r.factor >= 1 and (r.verdict != "impossible" or (r.law and not line.doses))
        for s in (r.mol_per_mL, r.mol_per_g, r.saturation, r.density):
            assert s is None or (0 <= s.low <= s.value * (1 + 1e-12) and s.value <= s.high * (1 + 1e-12) and math.isfinite(s.high))
    assert label.factor >= 1 and all(note.strip() for note in label.notes)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=14))
def test_no_order_of_label_words_breaks_it(pieces):
    try:
        holds(read_label(" ".join(pieces)))
    except InputError as error:
        assert error.what


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_no_text_breaks_it(text):
    try:
        holds(read_label(text))
    except InputError as error:
        assert error.what


@pytest.mark.parametrize(
    "text", ["1," * 300, "1 " * 30 + "/" * 200, "a " * 290, "mg/" * 190, "1-" * 200, "(" * 500 + "1 mg", "per per per " * 40]
)
def test_no_text_hangs(text):
    start = time.perf_counter()
    with suppress(InputError):
        read_label(text[:LONGEST])
    assert time.perf_counter() - start < 1


def test_a_reading_is_what_a_product_file_of_that_strength_holds():
    for strength, text in (
        ("60000 ppm Mg", "60,000 ppm elemental magnesium w/w"),
        ("31 % MgCl2 w/v", "31 % anhydrous magnesium chloride w/v"),
    ):
        reading = read_label(text, density="1.2 g/mL", salt="magnesium-chloride").lines[0].reading
        assert reading.mol_per_g.value * 1e3 == pytest.approx(moles_per_mass(strength, "magnesium-chloride", 1200.0), rel=1e-12)
