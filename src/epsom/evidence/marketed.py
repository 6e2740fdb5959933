"""What is sold, tried or made at home (`data/marketed/products.toml`): what its label prints, how that can be read, what is not known.

A label is no assay, and a reading is arithmetic on a label. Where something that can be simulated (`data/products`) holds the same magnesium
the reading names it; `mismatches` computes whether it does. Brands stand here alone, with what they print; nothing is praised.
"""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Annotated, Literal

from pydantic import Field, model_validator

from epsom.core.parameter import document, folder, names
from epsom.evidence.studies import studies
from epsom.schema import Part, build, check_named

FOLDER, FILE = "marketed", "products.toml"
MAGNESIUM = 24.305           # g/mol
CLOSE = 0.05                 # relative difference that labels do not resolve: weight or volume, rounded densities

Text = Annotated[str, Field(max_length=400)]


class Reading(Part):
    """One way to read a label: magnesium from `low` to `high` (alone where both are alike), and what holds as much."""

    as_: Text = Field(alias="as")
    low: float = Field(gt=0.0)
    high: float | None = None
    unit: Literal["mg/mL", "mg/g"]
    products: tuple[str, ...] = ()
    salts: tuple[str, ...] = ()
    hydrate: str | None = None

    @model_validator(mode="after")
    def _known(self):
        for kind in ("products", "salts"):
            for name in getattr(self, kind):
                check_named(kind[:-1], name, kind, names(kind))
        return self

    @property
    def per_litre(self) -> tuple[float, ...]:
        """Magnesium in mmol/L, lowest and highest; nothing where the label tells a share of weight."""
        return tuple(1e3 * end / MAGNESIUM for end in (self.low, self.high) if end) if self.unit == "mg/mL" else ()


class Marketed(Part):
    """One product, or one salt for conversion (`kind` "salt")."""

    id: str
    kind: Literal["lotion", "spray", "gel", "cream", "ointment", "foam", "pad", "paste", "bath", "tank", "brine", "solution", "salt"]
    what: Text
    brand: str | None = None
    label: Text | None = None
    salt: Text
    readings: tuple[Reading, ...] = ()
    use: Text | None = None
    area: Text | None = None
    not_known: tuple[Text, ...] = ()
    studies: tuple[str, ...] = ()
    note: Text | None = None
    source: str | None = None
    verify: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _known(self):
        for name in self.studies:
            check_named("study", name, "studies", studies())
        return self


@cache
def marketed() -> dict[str, Marketed]:
    """{id: product} of all that are registered. Raises InputError (file, key, value) where the file breaks the rules above."""
    tables = tomllib.loads((folder(FOLDER) / FILE).read_text("utf-8"))
    return {key: build(Marketed, {"id": key, **table}, f"{FILE}: {key}") for key, table in tables.items()}


def brands() -> tuple[str, ...]:
    """Names that may stand nowhere else in the register."""
    return tuple(each.brand for each in marketed().values() if each.brand)


def holds(name: str, unit: str) -> float:
    """Magnesium of a product that can be simulated, in this unit."""
    from epsom.product import shipped_product

    product = shipped_product(name)
    per_gram = product.moles["magnesium"] * MAGNESIUM
    return per_gram * product.density.si / 1e3 if unit == "mg/mL" else per_gram


def of_salt(name: str, hydrate: str | None) -> float:
    """Magnesium of a pure salt, mg/g."""
    salt = document("salts", name)
    weight = salt.about["hydrates"][hydrate] if hydrate else salt.parameters["molar_mass"].value
    return 1e3 * MAGNESIUM * salt.parameters["solute_per_formula"].value / weight


def mismatches(one: Marketed) -> list[str]:
    """Each linked product or salt whose magnesium is not what the reading says."""
    found = []
    for reading in one.readings:
        low, high = reading.low * (1 - CLOSE), (reading.high or reading.low) * (1 + CLOSE)
        there = {name: holds(name, reading.unit) for name in reading.products}
        there |= {name: of_salt(name, reading.hydrate) for name in reading.salts}
        found += [f"{one.id}: {name} holds {value:.3g} {reading.unit}, the label read as {reading.as_} {reading.low:g}"
                  for name, value in there.items() if not low <= value <= high]
    return found
