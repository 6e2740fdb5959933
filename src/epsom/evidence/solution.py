"""Magnesium salts in water: what a strength means in mol per volume and per mass, and how near it comes to saturation.

Volumes add: water keeps its own, each mol of salt brings its apparent molar volume (the salts' documents). So a density that nobody
states has a range, from that of the apparent molar volume. A stated density stands for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from epsom.core.parameter import document
from epsom.core.strength import Species, species_of
from epsom.evidence.span import Span

HEAVIEST = 3000.0        # kg/m^3: as heavy as a product can be stated (schema.Density)


@dataclass(frozen=True)
class Salt:
    """Numbers of a salt: kg and m^3 per mol of formula, solubility in mol per kg of water, mol of magnesium in a mol, its species."""

    name: str
    molar_mass: float
    volume: Span
    solubility: Span
    magnesium: float
    species: dict[str, Species]
    crystal_share: float     # anhydrous salt in a kg of the crystals that it forms


@cache
def salt_of(name: str) -> Salt:
    """The numbers of a magnesium salt that ships."""
    p = document("salts", name).parameters
    spans = [Span(q.si, q.range[0] * q.si_factor, q.range[1] * q.si_factor) for q in (p["apparent_molar_volume"], p["solubility"])]
    species = species_of(name)
    mass = p["molar_mass"].si
    heaviest = max(each.molar_mass for each in species.values())
    return Salt(name, mass, *spans, p["solute_per_formula"].value, species, mass / heaviest)


def water_density() -> float:
    """kg/m^3, as the film has it."""
    return document("parameters", "film").parameters["water_density"].si


@dataclass(frozen=True)
class Content:
    """A solution: mol of magnesium per kg and per m^3 of it, kg/m^3, mass share of the anhydrous salt, mass share of water."""

    per_mass: float
    per_volume: float
    density: float
    salt: float
    water: float


def by_mass(formula: float, salt: Salt, volume: float, density: float | None) -> Content:
    """From mol of formula in a kg of product; a share above 1 leaves no water."""
    share = formula * salt.molar_mass
    if density is None:
        density = 1 / (max(1 - share, 0.0) / water_density() + max(formula * volume, 0.0)) if share < 1 else HEAVIEST
    return Content(formula * salt.magnesium, formula * salt.magnesium * density, density, share, 1 - share)


def by_volume(formula: float, salt: Salt, volume: float, density: float | None) -> Content:
    """From mol of formula in a m^3 of product."""
    if density is None:
        density = water_density() * (1 - formula * volume) + formula * salt.molar_mass
    weight = formula * salt.molar_mass
    if density <= weight:                       # no water is left: told by what the salt alone weighs
        return Content(salt.magnesium / salt.molar_mass, formula * salt.magnesium, weight, 1.0, 0.0)
    return Content(formula * salt.magnesium / density, formula * salt.magnesium, density, weight / density, 1 - weight / density)


def added_to_water(species: float, kind: Species, salt: Salt, volume: float) -> Content:
    """From kg of a species put into a m^3 of water; the water of a hydrate counts as water."""
    moles = species / kind.molar_mass * kind.solutes
    return by_mass(moles / salt.magnesium / (water_density() + species), salt, volume, None)


def saturated(salt: Salt) -> tuple[Span, Span]:
    """(mol of magnesium per kg, per m^3) of a saturated solution, over the ranges of solubility and apparent molar volume."""
    found = [by_mass(m / (1 + m * salt.molar_mass), salt, v, None) for m, v in (
        (salt.solubility.value, salt.volume.value), (salt.solubility.low, salt.volume.high), (salt.solubility.high, salt.volume.low))]
    return Span(*(c.per_mass for c in found)), Span(*(c.per_volume for c in found))
