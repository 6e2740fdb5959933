"""A reported result: what was applied, where and how long, what was measured, what is claimed; as TOML or JSON, keys closed.

What is not reported is left out: no check guesses it. A shipped example is `epsom plausible bath-report-2006`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, field_validator, model_validator

from epsom.core import units
from epsom.core.errors import EpsomError, InputError, nearest
from epsom.core.parameter import names
from epsom.core.sources import bibliography
from epsom.core.strength import species_of
from epsom.evidence.label import magnesium_in
from epsom.evidence.label_readings import magnesium_salts
from epsom.scenario import read_tables
from epsom.schema import Area, Density, Part, Temperature, build, check_named, quantity, refusal, told

Time = quantity("s", 0.0, 10 * 366 * 86400.0)
Weight = quantity("kg", 0.3, 400.0)
Kidney = quantity("m/s", 0.0, 1e-4, "25 mL/min/1.73m^2")
BLOOD = ("serum", "plasma", "ionised")
OF = (*BLOOD, "urine", "hair", "flux", "permeability", "red cells")
Of = Literal["serum", "plasma", "ionised", "urine", "hair", "flux", "permeability", "red cells"]
SPECIES = re.compile(r"(.*?)\s+(?:as|of)\s+([A-Za-z0-9.()]+)\s*$")
NUMBER_OF = {"mEq": "mmol", "ppm": "mg/L", "ppm/ml": "mg/L", "ppm/mL": "mg/L"}  # a printed unit: what it is taken for


class Measure(NamedTuple):
    """A printed value in SI: mol/m^3 (blood, urine per volume), mol (urine of a day), mol/m^2/s, m/s, 1; with its unit as printed."""

    si: float
    unit: str
    printed: str
    target: str  # the SI unit before mass was made substance, or "%"


def measured_value(text: object, of: str) -> Measure:
    """A value such as "104.7 ppm", "0.82 mmol/L", "4.64 ug/cm^2/h as MgSO4", "9.5 mg" or "+9 %".

    Mass counts as magnesium unless it says as what.
    """
    number, rest = units.split(text, EXAMPLE[of])
    match = SPECIES.fullmatch(f" {rest}")
    unit, species = (match[1].strip(), match[2]) if match else (rest, "Mg")
    every = {formula: each for salt in magnesium_salts() for formula, each in species_of(salt).items()}
    if species not in every:
        raise InputError(f"'{species}' is no species of magnesium that is known here", nearest(species, every), value=text)
    if unit in ("%", "percent"):
        return Measure(number / 100, "%", str(text), "%")
    per_kg = every[species].solutes / every[species].molar_mass
    value, target = _in_si(number, unit, of, per_kg, text)
    return Measure(value, rest, str(text), target)


TARGETS = {
    "blood": ("mol/m^3", "kg/m^3"),
    "urine": ("mol", "kg", "mol/m^3", "kg/m^3", "mol/s", "kg/s"),
    "flux": ("mol/m^2/s", "kg/m^2/s"),
    "permeability": ("m/s",),
    "hair": ("mol/kg", "1", "mol/m^3", "kg/m^3"),
    "red cells": ("mol/m^3", "kg/m^3"),
}
EXAMPLE = {
    **dict.fromkeys(BLOOD, "0.85 mmol/L"),
    "urine": "4.3 mmol",
    "flux": "4.64 ug/cm^2/h",
    "permeability": "1e-8 cm/s",
    "hair": "+60 %",
    "red cells": "2 mmol/L",
}


def _in_si(number: float, unit: str, of: str, per_kg: float, text: object) -> tuple[float, str]:
    plain = re.sub(r"\bmEq\b", "mmol", NUMBER_OF.get(unit, unit))
    half = 0.5 if "mEq" in unit else 1.0
    for target in TARGETS["blood" if of in BLOOD else of]:
        if units.dimensions(plain) == units.dimensions(target):
            return half * units.convert(number, plain, target) * (per_kg if target.startswith("kg") else 1.0), target
    raise InputError(f"'{unit}' is no unit of {of}", f'Write it as in "{EXAMPLE[of]}"', value=text)


class Applied(Part):
    """What was put on, taken, or lain in. `product` names one that ships, `label` is a label's sentence, `strength` a strength of `salt`."""

    route: Literal["skin", "bath", "mouth", "vein"]
    product: str | None = None
    label: str | None = None
    strength: str | None = None
    salt: str | None = None
    density: Density | None = None
    reading: str | None = Field(None, description='which reading of the label is meant, as in "MgCl2 w/w"; all without it')
    amount: str | None = Field(None, description="of product at one time, as in 1 mL")
    magnesium: str | None = Field(None, description="at one time, as in 56 mg Mg")
    total: str | None = Field(None, description="in all, as the source says")
    times: float | None = Field(None, gt=0, le=1e5, description="how often, up to the measurement")
    area: Area | None = None
    contact: Time | None = Field(None, description="at one time")
    lasting: Time | None = Field(None, description="from the first time to the measurement")
    temperature: Temperature | None = Field(None, description="of the water or product; the lowest where a range is reported")

    @field_validator("magnesium", "total")
    @classmethod
    def _amount(cls, value):
        if value is not None:
            try:
                magnesium_in(value)
            except EpsomError as error:
                raise told(error) from error
        return value

    @model_validator(mode="after")
    def _whole(self):
        if len([x for x in (self.product, self.label, self.strength) if x is not None]) > 1:
            raise refusal("product, label and strength exclude each other", "Give one of them", "product")
        if self.product is not None:
            check_named("product", self.product, "product", names("products"))
        if self.strength is not None and self.salt is None:
            raise refusal("a strength needs its salt", f"Add salt, one of {', '.join(magnesium_salts())}", "salt")
        if self.salt is not None:
            check_named("magnesium salt", self.salt, "salt", magnesium_salts())
        return self


class Person(Part):
    """Who; what is left out is as wide as adults are."""

    weight: Weight | None = None
    egfr: Kidney | None = None
    awake: bool = Field(False, description="walking about and well")


class Measured(Part):
    """One thing that was measured. Values are text with a unit; `change` may stand in place of before and after, or beside them."""

    of: Of
    before: str | None = None
    after: str | None = None
    change: str | None = Field(None, description="absolute or, with %, of before")
    value: str | None = Field(None, description="of a flux or permeability, which has no before")
    control: str | None = Field(None, description="the change without magnesium: placebo, plain water")
    spread: str | None = Field(None, description="standard deviation between people")
    n: int | None = Field(None, ge=1, le=10_000_000)
    p: float | None = Field(None, gt=0, le=1)
    chance: bool = Field(False, description="the source itself says that the change is no more than chance")
    at: Time | None = Field(None, description="after the first application")
    collected: Time | None = Field(None, description="of urine: over how long")
    note: str = ""

    @model_validator(mode="after")
    def _readable(self):
        given = {
            key: getattr(self, key) for key in ("before", "after", "change", "value", "control", "spread") if getattr(self, key) is not None
        }
        if not given.keys() & {"before", "after", "change", "value"}:
            raise refusal("nothing was measured here", "Give before and after, change, or value", "of")
        for key, text in given.items():
            try:
                found = measured_value(text, self.of)
            except EpsomError as error:
                raise refusal(error.what, error.do, key) from error
            if found.unit == "%" and key not in ("change", "control"):
                raise refusal("a share is no value of its own", "Give % as change or control", key)
            if found.si < 0 and key not in ("change", "control"):
                raise refusal("less than nothing was measured", "Give 0 or more", key)
        return self


class Claim(Part):
    """What is said to happen, and within which time after it was put on or taken."""

    where: Literal["serum", "skin", "tissue", "red cells"]
    within: Time
    text: str = ""


class Report(Part):
    """A published or advertised result."""

    title: str
    text: str = ""
    made_up: bool = False
    source: str = Field("", description="key of the bibliography, for what ships")
    citation: str = Field("", description="where it is printed, for your own")
    controlled: bool | None = Field(None, description="whether somebody had the same without magnesium")
    applied: Applied
    person: Person = Person()
    measured: Annotated[tuple[Measured, ...], Field(max_length=40)] = ()
    claims: Annotated[tuple[Claim, ...], Field(max_length=40)] = ()

    @model_validator(mode="after")
    def _says_something(self):
        if self.source:
            check_named("source", self.source, "source", bibliography())
        if not self.measured and not self.claims:
            raise refusal("there is nothing here to judge", "Add [[measured]] or [[claims]]", "measured")
        return self


def read_report(file: str | Path) -> Report:
    """A report from a file (.toml, .json) or the name of a shipped one; errors name file, key, value and the nearest key."""
    tables, where = read_tables(file, "reports")
    return build(Report, tables, where)
