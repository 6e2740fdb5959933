"""Strengths and amounts as labels and people say them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epsom.core import strength
from epsom.core.errors import InputError

CHLORIDE, SULFATE = "magnesium-chloride", "magnesium-sulfate"
MG, MGCL2, HEXAHYDRATE, MGSO4, HEPTAHYDRATE = 24.305, 95.211, 203.3, 120.366, 246.47
LOTION = {
    "density": 1050.0,
    "area": 0.04,
    "spray": 0.12e-6,
    "moles": {"magnesium": 2.0},
    "salts": {"magnesium": CHLORIDE},
}


def moles(text, salt=CHLORIDE, density=1000.0):
    """mol per kg."""
    return strength.moles_per_mass(text, salt, density)


def mass(text, **changed):
    """kg of the lotion."""
    return strength.mass_of_product(text, **{**LOTION, **changed})


def test_ppm_of_the_ion_is_fourfold_ppm_of_the_salt():
    assert moles("60000 ppm Mg") / moles("60000 ppm MgCl2") == pytest.approx(MGCL2 / MG, rel=1e-12)
    assert moles("60000 ppm Mg") == pytest.approx(60 / MG, rel=1e-12)


@pytest.mark.parametrize(
    "text, salt, grams_per_mol",
    [
        ("100 g/kg MgCl2.6H2O", CHLORIDE, HEXAHYDRATE),
        ("100 g/kg MgCl2", CHLORIDE, MGCL2),
        ("100 g/kg Mg", SULFATE, MG),
        ("100 g/kg MgSO4", SULFATE, MGSO4),
        ("100 g/kg MgSO4.7H2O", SULFATE, HEPTAHYDRATE),
    ],
)
def test_hydrates_count_with_their_water(text, salt, grams_per_mol):
    assert moles(text, salt) == pytest.approx(100 / grams_per_mol, rel=2e-4)


@pytest.mark.parametrize(
    "text",
    ["6 % Mg", "6 percent Mg", "60000 ppm Mg", "60 g/kg Mg", "60000 mg/kg Mg", "60 mg/g Mg", "6% Mg", "6 % Mg w/w"],
)
def test_shares_by_mass_agree(text):
    assert moles(text, density=1300.0) == pytest.approx(60 / MG, rel=1e-12)


@pytest.mark.parametrize("text", ["10 % Mg w/v", "100 g/L Mg", "100 mg/mL Mg", "100 kg/m^3 Mg", "0.1 g/cm³ Mg"])
def test_shares_by_volume_need_the_density(text):
    assert moles(text, density=1250.0) == pytest.approx(80 / MG, rel=1e-12)
    assert moles(text, density=1000.0) == pytest.approx(100 / MG, rel=1e-12)


@pytest.mark.parametrize("species", ["Mg", "MgCl2", "MgCl2.6H2O"])
def test_amounts_of_substance_do_not_care_for_the_species(species):
    """One mol of salt brings one mol of magnesium."""
    assert moles(f"500 mmol/L {species}", density=1250.0) == pytest.approx(0.4, rel=1e-12)
    assert moles(f"0.4 mol/kg {species}") == pytest.approx(0.4, rel=1e-12)


@settings(max_examples=60, deadline=2000)
@given(st.floats(1e-3, 1e3), st.sampled_from(["Mg", "MgCl2", "MgCl2.6H2O"]))
def test_the_same_dose_in_mg_umol_or_mmol_is_identical(milligrams, species):
    """To 1e-12, whatever species it is said of."""
    grams_per_mol = strength.species_of(CHLORIDE)[species].molar_mass * 1e3
    one = mass(f"{milligrams!r} mg {species}")
    millimoles = milligrams / grams_per_mol
    for same in (
        f"{millimoles!r} mmol {species}",
        f"{millimoles * 1e3!r} umol {species}",
        f"{millimoles * 1e3!r} µmol Mg",
        f"{milligrams * 1e-3!r} g {species}",
    ):
        assert mass(same) == pytest.approx(one, rel=1e-12)


@pytest.mark.parametrize(
    "text, kilograms",
    [
        ("2 mg/cm^2", 0.02 * 0.04),
        ("2 mg/cm²", 0.02 * 0.04),
        ("3 g", 3e-3),
        ("5 mL", 5e-6 * 1050),
        ("5 sprays", 0.6e-6 * 1050),
        ("1 spray", 0.12e-6 * 1050),
        ("1 teaspoon", 5e-6 * 1050),
        ("2 tsp", 1e-5 * 1050),
        ("1 tablespoon", 1.5e-5 * 1050),
        ("2 uL/cm^2", 2e-5 * 0.04 * 1050),
        ("48.61 mg Mg", 1e-3),
        ("2 mmol Mg", 1e-3),
    ],
)
def test_amounts_people_know(text, kilograms):
    assert mass(text) == pytest.approx(kilograms, rel=1e-9)


@pytest.mark.parametrize(
    "text", ["101 % Mg", "1000001 ppm Mg", "1100 g/L Mg", "60 mol/kg Mg", "60 mol/L Mg", "11 mol/kg MgCl2"]
)
def test_more_than_the_whole_product_is_refused(text):
    with pytest.raises(InputError, match="more than the whole product"):
        moles(text)


def test_the_whole_product_is_allowed():
    assert moles("100 % Mg") == pytest.approx(1000 / MG)


@pytest.mark.parametrize(
    "text, said",
    [
        ("60000 ppm", "says of what"),
        ("60000", "says of what"),
        ("6 % Na", "'Na' is not in this product"),
        ("6 % mg", "not in this product"),
        ("6 % MgCl2.7H2O", "MgCl2.6H2O"),
        ("-1 % Mg", "negative"),
        ("6 m Mg", "not a unit of strength"),
        ("6 blorps Mg", "unknown unit"),
        ("6 % Mg w/x", "strength needs a unit|not in this product"),
        ("nan % Mg", "finite number"),
        ("6 % Mg w/v extra", "not in this product"),
    ],
)
def test_bad_strengths_are_refused(text, said):
    with pytest.raises(InputError, match=said):
        moles(text)


@pytest.mark.parametrize(
    "text, said",
    [
        ("0 mg", "nothing"),
        ("-2 mg/cm^2", "negative"),
        ("1e-15 mg", "nothing"),
        ("2", "not an amount"),
        ("2 s", "not an amount"),
        ("20 mg Na", "unknown unit|not an amount"),
        ("1e9 kg", "cm high"),
        ("20 s Mg", "converted"),
        ("2 mg/cm^2 Mg", "converted"),
    ],
)
def test_bad_amounts_are_refused(text, said):
    with pytest.raises(InputError, match=said):
        mass(text)


def test_sprays_need_a_spray_volume():
    with pytest.raises(InputError, match="no spray volume"):
        mass("5 sprays", spray=None)


def test_a_dose_of_a_solute_that_the_product_lacks_is_refused():
    """Not a division by zero: a product of strength 0 brings no magnesium at all."""
    with pytest.raises(InputError):
        mass("20 mg Mg", moles={"magnesium": 0.0})


@settings(max_examples=60, deadline=2000)
@given(
    st.one_of(
        st.text(max_size=60),
        st.tuples(
            st.sampled_from(["1 ", "-2 ", "1e300 "]),
            st.sampled_from(["ppm", "%", "mg", "mol/L", "dB", "degC", "spray", ""]),
            st.sampled_from([" Mg", " MgCl2", " w/v", " Mg w/v", " ", ""]),
        ).map("".join),
    )
)
def test_any_text_is_read_or_refused(text):
    for read in (moles, mass):
        with suppress(InputError):
            assert read(text) >= 0
