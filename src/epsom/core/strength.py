"""Strengths of products and amounts of them, as labels and people say them.

"60000 ppm Mg" and "60000 ppm MgCl2" differ fourfold, so the species is part of a strength. A share without "w/v" is by
mass (w/w); ppm means mg per kg of product.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from epsom.core import units
from epsom.core.errors import InputError, nearest
from epsom.core.parameter import Document, document

SPECIES = re.compile(r"(.*?)\s+([A-Za-z][A-Za-z0-9.()]{0,20})(?:\s+(w/w|w/v))?\s*")
SHARES = {"ppm": 1e-6, "%": 1e-2, "percent": 1e-2, "g/kg": 1e-3, "mg/kg": 1e-6, "mg/g": 1e-3}
HOUSEHOLD = {"teaspoon": 5.0, "teaspoons": 5.0, "tsp": 5.0, "tablespoon": 15.0, "tablespoons": 15.0, "tbsp": 15.0}   # mL
THICKEST = 0.01          # m; a film thicker than a centimetre runs off
LEAST_MASS = 1e-12       # kg; smaller doses are slips of units


@dataclass(frozen=True)
class Species:
    """One way of naming what is in a product: the solute itself, its salt, or a hydrate of the salt.

    Attributes
    ----------
    formula : as written on labels.
    molar_mass : kg/mol of formula.
    solutes : mol of solute in one mol of it.
    """

    formula: str
    molar_mass: float
    solutes: float


def species_of(salt: str) -> dict[str, Species]:
    """The names under which a salt's strength may be given, by formula."""
    doc = document("salts", salt)
    solute = document("solutes", doc.about["solute"])
    per = doc.parameters["solute_per_formula"].value
    found = {solute.about["symbol"]: Species(solute.about["symbol"], solute.parameters["molar_mass"].si, 1.0),
             doc.about["formula"]: Species(doc.about["formula"], doc.parameters["molar_mass"].si, per)}
    for formula, mass in doc.about["hydrates"].items():
        found[formula] = Species(formula, mass * 1e-3, per)
    return found


def _species(text: str, known: Mapping[str, Species], value: str) -> Species:
    if text not in known:
        raise InputError(f"'{text}' is not in this product", nearest(text, known), value=value)
    return known[text]


def moles_per_mass(text: object, salt: str, density: float) -> float:
    """mol of solute per kg of product from a strength such as "60000 ppm Mg", "31 % MgCl2 w/v" or "144 mg/mL MgCl2".

    Parameters
    ----------
    text : number, unit, species and for shares optionally w/w or w/v.
    salt : name of the salt's document.
    density : of the product, kg/m^3.
    """
    known = species_of(salt)
    number, rest = units.split(text)
    match = SPECIES.fullmatch(" " + rest if not rest.startswith(" ") else rest)
    unit, formula, basis = (match[1].strip(), match[2], match[3]) if match else ("", "", None)
    if not unit:
        raise InputError("a strength needs a unit and says of what", f"Write it as in \"60000 ppm {min(known, key=len)}\"; "
                         f"species here: {', '.join(known)}", value=text)
    if number < 0:
        raise InputError("a strength cannot be negative", "Give 0 or more", value=text)
    species = _species(formula, known, text)
    if unit in SHARES:
        share = number * SHARES[unit] * (1e3 / density if basis == "w/v" else 1.0)
        if share > 1:
            raise InputError("this is more than the whole product", "Check number and unit", value=text)
        return share / species.molar_mass * species.solutes
    for target, per_mass in (("kg/m^3", 1 / (density * species.molar_mass)), ("mol/m^3", 1 / density), ("mol/kg", 1.0)):
        if units.dimensions(unit) == units.dimensions(target):
            moles = units.convert(number, unit, target) * per_mass * species.solutes
            if moles * species.molar_mass / species.solutes > 1:
                raise InputError("this is more than the whole product", "Check number and unit", value=text)
            return moles
    raise InputError(f"'{unit}' is not a unit of strength", "Use ppm, %, mg/mL, g/L, mmol/L or mol/kg", value=text)


def mass_of_product(text: object, *, density: float, area: float, spray: float | None, moles: Mapping[str, float],
                    salts: Mapping[str, str]) -> float:
    """kg of product on the whole area from "2 mg/cm^2", "3 g", "5 mL", "5 sprays", "1 teaspoon" or "20 mg Mg".

    Parameters
    ----------
    density : of the product, kg/m^3.    area : m^2.    spray : volume of one spray in m^3, or None.
    moles : solute -> mol per kg of product.    salts : solute -> name of the salt's document.
    """
    number, rest = units.split(text)
    if number < 0:
        raise InputError("a dose cannot be negative", "Give more than 0", value=text)
    mass = _mass(number, rest, text, density, area, spray, moles, salts)
    if not mass > LEAST_MASS:
        raise InputError("this dose is nothing", "Give more than 0, or leave the step out", value=text)
    if mass / area > THICKEST * density:
        raise InputError(f"this dose would stand {100 * mass / area / density:.2g} cm high on the skin",
                         "Check number, unit and area; a bath is a soak", value=text)
    return mass


def _mass(number, rest, text, density, area, spray, moles, salts) -> float:
    if rest in HOUSEHOLD:
        return number * HOUSEHOLD[rest] * 1e-6 * density
    if rest in ("spray", "sprays"):
        if spray is None:
            raise InputError("this product has no spray volume", "Give it as product.spray, or the dose in mL", value=text)
        return number * spray * density
    match = SPECIES.fullmatch(rest if rest.startswith(" ") else " " + rest)
    for solute, salt in salts.items():
        known = species_of(salt)
        if match and match[1].strip() and match[2] in known:
            species = known[match[2]]
            if not moles[solute] > 0:
                raise InputError(f"this product holds no {solute}, so no amount of it makes this dose",
                                 "Give the dose as product", value=text)
            unit = match[1].strip()
            mol = units.dimensions(unit) == {"substance": 1.0}
            amount = units.convert(number, unit, "mol") if mol else units.convert(number, unit, "kg") / species.molar_mass
            return amount * species.solutes / moles[solute]
    for target, factor in (("kg/m^2", area), ("kg", 1.0), ("m^3", density), ("m^3/m^2", area * density)):
        if rest and units.dimensions(rest) == units.dimensions(target):
            return units.convert(number, rest, target) * factor
    raise InputError("not an amount of product", 'Write it as in "2 mg/cm^2", "3 g", "5 mL", "5 sprays", "1 teaspoon" or '
                     '"20 mg Mg"', value=text)


def dissolved(doc: Document) -> dict[str, float]:
    """Numbers of a salt that the product check needs: kg/mol of the anhydrous salt and solubility in mol/kg of water."""
    return {"molar_mass": doc.parameters["molar_mass"].si, "solubility": doc.parameters["solubility"].si}
