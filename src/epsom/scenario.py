"""A Scenario: who, which skin, which product, how it is used, for how long, in which room, with what complaint.

It is a TOML or JSON file, or these classes; both ways without loss. A scenario that can be built can be run.
"""

from __future__ import annotations

import json
import math
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from epsom.core import strength
from epsom.core.errors import EpsomError, InputError, nearest
from epsom.core.parameter import document, folder, names
from epsom.core.units import Quantity
from epsom.product import Product
from epsom.schema import DAY, Area, Part, Temperature, Time, Volume, build, check_named, quantity

LARGEST_FILE = 1_000_000     # bytes; a scenario is a page of text
SLUG = r"[A-Za-z0-9][A-Za-z0-9 _.,()+-]{0,79}"


class Person(Part):
    """Who. A kidney function that is not given is unknown, never normal.

    `skin_resistance` (wet, at low frequency) and `water_loss` (transepidermal, in ordinary room air) are measurements of this
    person's barrier on intact skin of ordinary thickness, such as the forearm; they replace or narrow the spread between
    people. Thickness and damage of the treated site come on top.
    """

    age: quantity("s", 0.0, 130 * 365.25 * DAY)
    sex: Literal["female", "male"]
    height: quantity("m", 0.3, 2.6)
    weight: quantity("kg", 0.4, 400.0)
    egfr: quantity("m/s", 0.0, 3e-6) | None = None
    skin_resistance: quantity("kg*m^4/s^3/A^2", 1e-2, 1e3, example="30 kohm*cm^2") | None = None
    water_loss: quantity("kg/m^2/s", 1e-7, 3e-5, example="10 g/m^2/h") | None = None
    conditions: tuple[Literal["heart block", "myasthenia gravis", "neuromuscular blockers", "insensate feet"], ...] = ()
    oral_magnesium: bool = False

    @property
    def body_surface(self) -> float:
        """m^2, by Mosteller 1987: the root of height in cm times weight in kg over 3600."""
        return math.sqrt(self.height.si * 100 * self.weight.si / 3600)

    @property
    def filtration(self) -> float | None:
        """Glomerular filtration in m^3/s, de-indexed by this person's body surface; None if unknown."""
        return None if self.egfr is None else self.egfr.si * self.body_surface


class Site(Part):
    """Where on the body, how large an area, and the state of its barrier."""

    name: str
    area: Area
    barrier: str = "intact"

    @model_validator(mode="after")
    def _known(self):
        check_named("site", self.name, "name", names("sites"))
        check_named("barrier", self.barrier, "barrier", names("barriers"))
        return self

    @property
    def barrier_kind(self) -> Literal["intact", "damaged", "absent"]:
        """What the barrier is to the safety gates, whatever its name."""
        return document("barriers", self.barrier).about["kind"]

    @property
    def infant(self) -> bool:
        """Whether this is a part of an infant."""
        return document("sites", self.name).about.get("infant", False)


class Environment(Part):
    """The room, and how much the person sweats."""

    air: Temperature = Field(default_factory=lambda: Quantity("22 degC", 295.15))
    humidity: float = Field(0.5, ge=0.0, le=1.0)
    air_speed: quantity("m/s", 0.01, 10.0, example="0.2 m/s") = Field(default_factory=lambda: Quantity("0.165 m/s", 0.165))
    sweat: quantity("kg/m^2/s", 0.0, 1e-3, example="0.2 mg/cm^2/min") = Field(default_factory=lambda: Quantity("0 mg/cm^2/min", 0.0))


class Complaint(Part):
    """What troubles the person; it brings its red-flag text along."""

    kind: str
    pain: float | None = Field(None, ge=0.0, le=10.0)

    @model_validator(mode="after")
    def _known(self):
        from epsom.safety import complaints

        check_named("complaint", self.kind, "kind", complaints())
        return self


class Span(Part):
    """How long something lasts."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    duration: quantity("s", 1.0, 366 * DAY) = Field(alias="for")


class Soak(Span):
    """A bath: the product's solution in a volume of water, warm or not, around the site."""

    volume: Volume
    temperature: Temperature | None = None


class Cover(Span):
    """Something over the film: foil that keeps all water in, or clothing that slows drying."""

    under: Literal["foil", "clothing"] = "foil"


class Intake(Part):
    """An amount by mouth or enema."""

    amount: str
    route: Literal["mouth", "enema"] = "mouth"


class Infusion(Span):
    """An amount into a vein, spread evenly."""

    amount: str


ACTIONS = ("apply", "soak", "wash", "occlude", "take", "infuse", "rub")


class Step(Part):
    """Something that is done at a time: exactly one of the actions; `rub` may accompany `apply`."""

    at: Time
    apply: str | None = None
    rub: Span | None = None
    soak: Soak | None = None
    wash: float | None = Field(None, gt=0.0, le=1.0)
    occlude: Cover | None = None
    take: Intake | None = None
    infuse: Infusion | None = None

    @model_validator(mode="after")
    def _one_action(self):
        done = [name for name in ACTIONS if getattr(self, name) is not None]
        if len(done) != 1 and done != ["apply", "rub"]:
            raise PydanticCustomError("epsom", "{what}", {
                "what": f"a step does one thing, this one does {' and '.join(done) or 'nothing'}",
                "do": f"Give one of {', '.join(ACTIONS)} (rub may go with apply)"})
        return self

    @property
    def action(self) -> str:
        """The name of what is done."""
        return next(name for name in ACTIONS if getattr(self, name) is not None)


class Scenario(Part):
    """One use of one product by one person.

    See `epsom new` for a file to start from. `parameters` sets numbers of the model by their key, as in
    {"magnesium.wet_permeability": "2e-8 cm/s"}, or "5 times" for the default times five with its spread; `acknowledge`
    names safety gates that the reader has taken note of.
    """

    name: Annotated[str, Field(pattern=f"^{SLUG}$")]
    duration: quantity("s", 60.0, 30 * DAY)
    person: Person
    site: Site
    product: Product
    environment: Environment = Field(default_factory=Environment)
    complaint: Complaint | None = None
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=64)]
    parameters: dict[str, str] = Field(default_factory=dict)
    acknowledge: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self):
        surface = self.person.body_surface
        if self.site.area.si > surface:
            raise PydanticCustomError("epsom", "{what}", {
                "what": f"the area {self.site.area} is larger than this body ({surface:.2g} m^2)", "at": "site.area",
                "do": "Give the area that is treated"})
        for i, step in enumerate(self.steps):
            if step.at.si >= self.duration.si:
                raise PydanticCustomError("epsom", "{what}", {
                    "what": f"this step is at {step.at}, but the scenario ends at {self.duration}", "at": f"steps.{i}.at",
                    "do": "Lengthen the duration or move the step"})
            if step.apply is not None:
                try:
                    self.mass_of(step.apply)
                except EpsomError as error:
                    raise PydanticCustomError("epsom", "{what}", {"what": f"{error.what} (found: {step.apply!r})",
                                                                  "at": f"steps.{i}.apply", "do": error.do}) from error
        self._check_baths()
        from epsom.safety import check_acknowledged

        try:
            check_acknowledged(self.acknowledge)
        except EpsomError as error:
            raise PydanticCustomError("epsom", "{what}", {"what": error.what, "at": "acknowledge", "do": error.do}) from error
        return self

    def _check_baths(self):
        baths = sorted((s.at.si, s.at.si + s.soak.duration.si, i) for i, s in enumerate(self.steps) if s.soak)
        for (_, end, _), (begin, _, i) in pairwise(baths):
            if begin < end:
                raise PydanticCustomError("epsom", "{what}", {"what": "this bath begins before another one ends",
                                                              "at": f"steps.{i}.at", "do": "Let one end first"})
        for i, step in enumerate(self.steps):
            if (step.apply or step.wash) and any(begin < step.at.si < end for begin, end, _ in baths):
                raise PydanticCustomError("epsom", "{what}", {"what": "this step is within a bath", "at": f"steps.{i}.at",
                                                              "do": "Do it before or after"})

    def mass_of(self, amount: str) -> float:
        """kg of product on the whole site that an amount such as "2 mg/cm^2" or "5 sprays" means."""
        p = self.product.resolved
        return strength.mass_of_product(amount, density=p.density.si, area=self.site.area.si,
                                        spray=p.spray.si if p.spray else None, moles=p.moles, salts=p.salts)

    # ---- in and out --------------------------------------------------------------------------------------------
    @classmethod
    def build(cls, tables: dict, file: object = None) -> Scenario:
        """From nested tables (parsed TOML or JSON); errors name file, key and value."""
        return build(cls, tables, file)

    @classmethod
    def load(cls, path: str | Path) -> Scenario:
        """From a .toml or .json file, or the name of a scenario that ships with epsom."""
        return cls.build(*read_tables(path))

    def tables(self) -> dict:
        """Nested plain tables of exactly what was given."""
        return plain_tables(self)

    def to_json(self) -> str:
        """What was given as JSON, to be read again by `load`."""
        return json.dumps(self.tables(), indent=2, ensure_ascii=False) + "\n"

    def to_toml(self) -> str:
        """The same as TOML."""
        import tomlkit

        return tomlkit.dumps(self.tables())


def plain_tables(part: Part) -> dict:
    """Nested plain tables of exactly what was given."""
    return _without_none(part.model_dump(mode="json", by_alias=True, exclude_unset=True))


def _without_none(data):
    """TOML has no null: what JSON left empty is left out, which means the same here."""
    if isinstance(data, dict):
        return {key: _without_none(value) for key, value in data.items() if value is not None}
    return [_without_none(value) for value in data] if isinstance(data, list) else data


def read_tables(path: str | Path, kind: str = "scenarios") -> tuple[dict, str]:
    """(tables, where they are from) of a scenario file, or of one that ships with epsom; also of other kinds of files."""
    if str(path) in names(kind):
        return tomllib.loads((folder(kind) / f"{path}.toml").read_text("utf-8")), str(path)
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            raise InputError("this cannot be read: it is not an ordinary file", "Give a file in TOML or JSON", file=path)
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(f"this file is too large for one of the {kind}", "Give a page of text", file=path)
        text = path.read_text("utf-8")
    except FileNotFoundError as error:
        raise InputError(f"there is no such file or shipped {kind[:-1]}", nearest(path.name, names(kind)), file=path) from error
    except UnicodeDecodeError as error:
        raise InputError("this is not a text file", "Give a file in TOML or JSON", file=path) from error
    except (OSError, ValueError) as error:
        raise InputError(f"this file cannot be read: {error}", "Give the path of a TOML or JSON file", file=path) from error
    try:
        tables = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:          # also numbers of thousands of digits
        language = "JSON" if path.suffix == ".json" else "TOML"
        raise InputError(f"this is not valid {language}: {error}", "Mend the file; `epsom new` writes one to start from",
                         file=path) from error
    if not isinstance(tables, dict):
        raise InputError(f"each of the {kind} is a table", "`epsom new` writes one to start from", file=path)
    return tables, str(path)


