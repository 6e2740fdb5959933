"""What ships can be used: products, scenarios, sites; and the data folder stands alone."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest

from epsom.core import strength
from epsom.core.parameter import document, folder, names
from epsom.product import shipped_product
from epsom.protocol import rows
from epsom.safety import gates
from epsom.scenario import Scenario
from epsom.setting import parameters
from epsom.standard import standard_model

DATA = files("epsom") / "data"


def every_file(place=DATA):
    """All files below the data folder."""
    for entry in place.iterdir():
        yield from every_file(entry) if entry.is_dir() else [entry]


@pytest.mark.parametrize("name", names("products"))
def test_product_loads_and_leaves_water(name):
    product = shipped_product(name)
    assert product.title and product.label and product.note
    assert 0 < product.water < 1 and all(0 < n < 10 for n in product.moles.values())


@pytest.mark.parametrize(
    "name, grams_per_kg",
    [
        ("lotion-60000ppm-Mg", 60.0),
        ("lotion-60000ppm-MgCl2", 60.0 * 24.305 / 95.211),
        ("magnesium-oil-31pct", 310 * 24.305 / 95.211),
        ("epsom-bath-500g-120L", 4.17 * 24.305 / 246.475),
    ],
)
def test_product_holds_the_magnesium_its_label_says(name, grams_per_kg):
    assert shipped_product(name).moles["magnesium"] * 24.305 == pytest.approx(grams_per_kg, rel=1e-3)


def test_spray_of_the_oil_is_what_its_label_says():
    """8 sprays about 100 mg of magnesium."""
    oil = shipped_product("magnesium-oil-31pct")
    mass = strength.mass_of_product(
        "8 sprays", density=oil.density.si, area=0.04, spray=oil.spray.si, moles=oil.moles, salts=oil.salts
    )
    assert mass * oil.moles["magnesium"] * 24.305e3 == pytest.approx(100, rel=0.1)


@pytest.mark.parametrize("name", names("scenarios"))
def test_scenario_loads_and_can_be_run(name):
    """It is named as its file, brings events and finds all its numbers."""
    scenario = Scenario.load(name)
    assert scenario.name == name
    assert rows(scenario)
    assert parameters(standard_model(scenario), scenario)


@pytest.mark.parametrize("name", names("scenarios"))
def test_shipped_scenario_is_harmless(name):
    """What people start from opens no gate, needs no acknowledgement and changes no number."""
    scenario = Scenario.load(name)
    assert not gates(scenario) and not scenario.acknowledge and not scenario.parameters


@pytest.mark.parametrize("name", names("salts"))
def test_salt_names_its_solute_and_formula(name):
    about = document("salts", name).about
    assert about["solute"] in names("solutes") and about["formula"]
    assert document("salts", name).parameters["solute_per_formula"].value >= 1
    assert len(strength.species_of(name)) >= 1


@pytest.mark.parametrize("name", names("salts"))
def test_salt_is_electrically_neutral(name):
    p = document("salts", name).parameters
    assert p["cations"].si * p["cation_charge"].si == p["anions"].si * p["anion_charge"].si


@pytest.mark.parametrize("name", names("salts"))
def test_hydrates_weigh_whole_waters_more(name):
    salt = document("salts", name)
    for formula, mass in salt.about["hydrates"].items():
        waters = int(re.search(r"\.(\d+)H2O$", formula)[1])
        assert mass == pytest.approx(salt.parameters["molar_mass"].value + 18.015 * waters, abs=0.1)


@pytest.mark.parametrize("path", list(every_file()), ids=lambda p: p.name)
def test_the_data_folder_stands_alone(path):
    """No file points to a place where it was made, outside the package."""
    text = path.read_text("utf-8")
    assert not re.search(r"/work\b|\bshared\b|/home/|/tmp/|reference/", text)


@pytest.mark.parametrize("path", [p for p in every_file() if p.name.endswith(".toml")], ids=lambda p: p.name)
def test_every_table_is_valid_toml(path):
    assert tomllib.loads(path.read_text("utf-8"))


def test_folders_are_the_known_ones():
    """A folder that nothing reads would be a trap."""
    known = {
        "parameters",
        "sites",
        "solutes",
        "salts",
        "ions",
        "verification",
        "barriers",
        "humectants",
        "products",
        "scenarios",
        "safety",
        "templates",
        "conditions",
        "claims",
        "studies",
        "validation",
        "experiments",
        "permeation",
    }
    assert {entry.name for entry in DATA.iterdir() if entry.is_dir()} <= known
    assert folder("sites").is_dir()
