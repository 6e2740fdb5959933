"""A Product: what is applied, its ingredients with their strengths, and how much water it has."""

from __future__ import annotations

import tomllib
from typing import NamedTuple

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from epsom.core import strength, units
from epsom.core.errors import EpsomError, InputError
from epsom.core.parameter import document, folder, names
from epsom.schema import Density, Part, Volume, build, check_named, told

USUAL_DOSE, USUAL_AREA = "2 mg/cm^2", "400 cm^2"     # a lotion spread thinly, on one calf: to tell products side by side


class Ingredient(Part):
    """A salt (or other form of a solute) in a product and how much of it."""

    salt: str
    strength: str

    @model_validator(mode="after")
    def _known(self):
        check_named("salt", self.salt, "salt", names("salts"))
        return self

    @property
    def solute(self) -> str:
        return document("salts", self.salt).about["solute"]


class Humectant(Part):
    """Something neutral that holds water and stays, such as glycerol; `share` is its mass share of the product."""

    name: str
    share: float = Field(gt=0.0, le=0.9)

    @model_validator(mode="after")
    def _known(self):
        check_named("humectant", self.name, "name", names("humectants"))
        return self

    def number(self, key: str) -> float:
        """A number of its document, in SI."""
        return document("humectants", self.name).parameters[key].si


class Product(Part):
    """What is applied: `use` names one that ships with epsom; else density and ingredients are given here."""

    use: str | None = None
    title: str = ""
    label: str = ""
    note: str = ""
    density: Density | None = None
    oil: float = Field(0.0, ge=0.0, le=0.95, description="mass share that is neither water nor salt")
    spray: Volume | None = None
    humectants: tuple[Humectant, ...] = ()
    ingredients: tuple[Ingredient, ...] = ()

    @model_validator(mode="after")
    def _complete(self):
        if self.use is not None:
            extra = self.model_fields_set - {"use"}
            if extra:
                raise PydanticCustomError("epsom", "{what}", {
                    "what": f"'use' and '{min(extra)}' exclude each other", "do": "Name a product or describe one"})
            check_named("product", self.use, "use", names("products"))
            return self
        if self.density is None or not self.ingredients:
            raise PydanticCustomError("epsom", "{what}", {"what": "a product needs density and ingredients",
                                                          "do": 'Give them, or name one with use = "..."'})
        solutes = [i.solute for i in self.ingredients]
        if len(set(solutes)) < len(solutes):
            raise PydanticCustomError("epsom", "{what}", {"what": "two ingredients bring the same solute",
                                                          "at": "ingredients", "do": "Give each solute once"})
        try:
            self._check_water()
        except EpsomError as error:
            raise told(error) from error
        return self

    def _check_water(self):
        water = self.water
        if water <= 0:
            raise InputError("salt, oil and humectants leave no water in this product", "Lower the strength or the oil",
                             key="ingredients")
        for i in self.ingredients:
            most = strength.dissolved(document("salts", i.salt))["solubility"]
            molality = self.moles[i.solute] / water
            if molality > most:
                raise InputError(f"{i.salt} at {molality:.2g} mol per kg of water is above its solubility {most:.2g}",
                                 "It would hold crystals in its bottle: lower the strength or the oil", key="ingredients")

    @property
    def resolved(self) -> Product:
        """The product itself, read from data where `use` names it."""
        return self if self.use is None else shipped_product(self.use)

    @property
    def moles(self) -> dict[str, float]:
        """mol of each solute per kg of product."""
        return {i.solute: strength.moles_per_mass(i.strength, i.salt, self.density.si) for i in self.ingredients}

    @property
    def salts(self) -> dict[str, str]:
        """Name of the salt that brings each solute."""
        return {i.solute: i.salt for i in self.ingredients}

    @property
    def water(self) -> float:
        """Mass share of water; the water of a hydrate counts as water."""
        salt = sum(self.moles[i.solute] / document("salts", i.salt).parameters["solute_per_formula"].value
                   * strength.dissolved(document("salts", i.salt))["molar_mass"] for i in self.ingredients)
        return 1 - self.oil - salt - sum(h.share for h in self.humectants)

    @property
    def humectant(self) -> float:
        """mol of all humectants per kg of product."""
        return sum(h.share / h.number("molar_mass") for h in self.humectants)

    @property
    def humectant_volume(self) -> float:
        """m^3 per mol of the mixture of humectants; 0 without any."""
        volume = sum(h.share / h.number("molar_mass") * h.number("molar_volume") for h in self.humectants)
        return volume / self.humectant if self.humectants else 0.0


class Content(NamedTuple):
    """What a product holds of a solute, and what a usual dose of it brings.

    Attributes
    ----------
    solute, salt : names.    ppm : mg of solute per kg of product.    salt_share : mass share of the anhydrous salt (0 to 1).
    applied_mg : of solute in USUAL_DOSE on USUAL_AREA.    applied_mg_per_cm2 : the same per area.
    """

    solute: str
    salt: str
    ppm: float
    salt_share: float
    applied_mg: float
    applied_mg_per_cm2: float


def contents(product: Product) -> list[Content]:
    """The solutes of a product, one by one; one line of nothing for plain water."""
    found = []
    for ingredient in product.resolved.ingredients:
        salt, moles = document("salts", ingredient.salt), product.resolved.moles[ingredient.solute]
        share = moles * document("solutes", ingredient.solute).parameters["molar_mass"].si
        per_formula = salt.parameters["solute_per_formula"].value
        dose, area = units.parse(USUAL_DOSE, "kg/m^2").si, units.parse(USUAL_AREA, "m^2").si
        found.append(Content(ingredient.solute, ingredient.salt, share * 1e6, moles / per_formula * salt.parameters["molar_mass"].si,
                             share * dose * area * 1e6, share * dose * 1e2))
    return found or [Content("-", "-", 0.0, 0.0, 0.0, 0.0)]


def shipped_product(name: str) -> Product:
    """A product that ships with epsom."""
    path = folder("products") / f"{name}.toml"
    return build(Product, tomllib.loads(path.read_text("utf-8")), path.name)
