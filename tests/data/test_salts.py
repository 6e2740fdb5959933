"""Salts against handbooks: osmotic coefficients, humidity over saturated solutions, magnesium in a gram."""

from __future__ import annotations

import math

import numpy as np
import pytest
from salt_solutions import osmotic, particles

from epsom.core import strength
from epsom.core.parameter import document, names

WATER = 0.018015     # kg/mol
# Osmotic coefficients at 25 degC: Hamer & Wu 1972 for 1:1 salts, Robinson & Stokes 1959 for the others (recalled).
HANDBOOK = [
    ("sodium-chloride", 1.0, 0.936), ("sodium-chloride", 6.0, 1.271), ("potassium-chloride", 1.0, 0.898),
    ("potassium-chloride", 4.0, 0.965), ("lithium-chloride", 1.0, 1.018), ("lithium-chloride", 6.0, 1.79),
    ("magnesium-chloride", 1.0, 1.108), ("magnesium-chloride", 2.0, 1.523), ("magnesium-sulfate", 1.0, 0.525),
    ("magnesium-sulfate", 2.0, 0.66), ("zinc-sulfate", 1.0, 0.48), ("zinc-sulfate", 2.0, 0.61),
]
# Humidity over the saturated solution at 25 degC (Handbook of Chemistry and Physics, constant-humidity solutions).
SATURATED = [("sodium-chloride", 0.75, 0.01), ("potassium-chloride", 0.84, 0.01), ("magnesium-chloride", 0.33, 0.02),
             ("magnesium-nitrate", 0.53, 0.1), ("lithium-chloride", 0.11, 0.1)]


def water_activity(salt: str, molality: float) -> float:
    return math.exp(-WATER * particles(salt) * molality * osmotic(salt, molality))


@pytest.mark.parametrize("salt, molality, expected", HANDBOOK)
def test_osmotic_coefficient_is_the_handbooks(salt, molality, expected):
    assert osmotic(salt, molality) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("salt, humidity, within", SATURATED)
def test_a_saturated_solution_keeps_the_humidity_it_is_known_for(salt, humidity, within):
    """Beyond the molality to which the coefficients hold (nitrate 2, lithium 6 mol/kg) only roughly."""
    found = water_activity(salt, document("salts", salt).parameters["solubility"].value)
    assert found == pytest.approx(humidity, abs=within)


@pytest.mark.parametrize("salt", names("salts"))
def test_more_salt_means_drier_up_to_saturation(salt):
    """A film that dries would run away from equilibrium where the water activity rose again."""
    molality = np.linspace(0.0, document("salts", salt).parameters["solubility"].value, 30)[1:]
    activity = np.array([water_activity(salt, m) for m in molality])
    assert (np.diff(activity) < 0).all() and 0 < activity[-1] < activity[0] < 1


@pytest.mark.parametrize("salt", names("salts"))
def test_crystals_hold_less_water_than_dissolves_them(salt):
    """Otherwise there would be no saturated solution beside them."""
    p = document("salts", salt).parameters
    assert p["solubility"].value * p["crystal_hydration"].value * WATER < 1


@pytest.mark.parametrize("salt", names("salts"))
def test_crystals_are_one_of_the_hydrates(salt):
    about, p = document("salts", salt).about, document("salts", salt).parameters
    waters = p["crystal_hydration"].value
    assert waters == 0 or any(formula.endswith(f".{waters:.0f}H2O") or (waters == 1 and formula.endswith(".H2O"))
                              for formula in about["hydrates"])


@pytest.mark.parametrize("salt, formula, milligrams", [
    ("magnesium-chloride", "MgCl2", 255.3), ("magnesium-chloride", "MgCl2.6H2O", 119.6), ("magnesium-sulfate", "MgSO4", 201.9),
    ("magnesium-sulfate", "MgSO4.7H2O", 98.6), ("magnesium-pidolate", "Mg(C5H6NO3)2", 86.6), ("magnesium-bromide", "MgBr2", 132.0),
    ("magnesium-citrate", "Mg3(C6H5O7)2", 161.6), ("magnesium-nitrate", "Mg(NO3)2", 163.9)])
def test_magnesium_in_a_gram(salt, formula, milligrams):
    species = strength.species_of(salt)[formula]
    assert species.solutes * 24.305 / species.molar_mass == pytest.approx(milligrams, rel=2e-3)
