"""A Regimen: who, what they eat, and what magnesium comes in by mouth, vein, muscle or skin; no product and no skin are needed.

It is a TOML or JSON file, or these classes; both ways without loss. Amounts through the skin are amounts absorbed, whatever was applied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, PlainSerializer, model_validator

from epsom.core import units
from epsom.core.errors import EpsomError, InputError, nearest
from epsom.core.parameter import document, names
from epsom.core.strength import SPECIES, Species, species_of
from epsom.core.units import Quantity
from epsom.scenario import SLUG, plain_tables, read_tables
from epsom.schema import DAY, Part, build, check_named, checked, quantity, refusal

MAGNESIUM = "magnesium"
MG = 1e6 * document("solutes", MAGNESIUM).parameters["molar_mass"].si         # mg/mol
LONGEST = 3 * 366 * DAY
MOST_EVENTS = 5000
LARGEST = 2.0            # mol of magnesium at once: twice what a body holds
Time = quantity("s", 0.0, LONGEST)


def known_species() -> dict[str, Species]:
    """{formula: Species} of everything whose amount says how much magnesium it holds."""
    return {formula: species for salt in names("salts") if document("salts", salt).about["solute"] == MAGNESIUM
            for formula, species in species_of(salt).items()}


def amount_of_magnesium(text: object) -> Quantity:
    """An amount such as "300 mg Mg", "12.3 mmol" or "4 g MgSO4.7H2O" in mol of magnesium."""
    number, rest = units.split(text, "300 mg Mg")
    match = SPECIES.fullmatch(f" {rest.strip()}")
    unit, formula = (match[1].strip(), match[2]) if match and match[1].strip() else (rest.strip(), None)
    in_moles = units.dimensions(unit) == {"substance": 1.0}
    if formula is None and not in_moles:
        raise InputError("an amount says of what it is", 'Write it as in "300 mg Mg", "12.3 mmol" or "4 g MgSO4.7H2O"', value=text)
    known = known_species()
    if formula is not None and formula not in known:
        raise InputError(f"'{formula}' is no magnesium salt that is known here", nearest(formula, known), value=text)
    per = known[formula] if formula else Species("Mg", 1.0, 1.0)
    mol = (units.convert(number, unit, "mol") if in_moles else units.convert(number, unit, "kg") / per.molar_mass) * per.solutes
    if not 0 <= mol <= LARGEST:
        raise InputError("this amount is negative" if mol < 0 else "this is more magnesium than two bodies hold", "Check number and unit",
                         value=text)
    return Quantity(str(text), mol)


Amount = Annotated[Any, checked(lambda value: value if isinstance(value, Quantity) else amount_of_magnesium(value)),
                   PlainSerializer(lambda q: q.text, return_type=str)]
Isotope = Literal["25Mg", "26Mg", "28Mg"]


class Somebody(Part):
    """Who. `kind` is a document of `data/people`, which says how its people differ from an ordinary adult.

    What is not given is the kind's own; so is a kidney function that is not given, and the run says so. With `virtual`, age, sex, height,
    weight and kidney function are drawn for each virtual person instead.
    """

    kind: str = "adult"
    age: quantity("s", 0.0, 130 * 365.25 * DAY) | None = None
    sex: Literal["female", "male"] | None = None
    height: quantity("m", 0.3, 2.6) | None = None
    weight: quantity("kg", 0.4, 400.0) | None = None
    egfr: quantity("m/s", 0.0, 3e-6) | None = None
    burned: float = Field(0.0, ge=0.0, le=1.0)
    virtual: bool = False

    @model_validator(mode="after")
    def _known(self):
        check_named("kind of people", self.kind, "kind", names("people"))
        about = document("people", self.kind).about
        if about.get("needs_egfr") and self.egfr is None:
            raise refusal("these people are told by their kidney function, which is not given",
                          'Give it as in egfr = "25 mL/min/1.73 m^2"', "egfr")
        if about.get("needs_burned") and not self.burned > 0:
            raise refusal("these people are told by the share of their skin that is burned, which is not given",
                          "Give it as in burned = 0.3", "burned")
        self._check_body(about)
        if self.virtual:
            stated = [name for name in ("age", "sex", "height", "weight", "egfr") if getattr(self, name) is not None]
            if stated:
                raise refusal(f"{' and '.join(stated)} cannot be stated and drawn", "Leave it out, or leave virtual out", stated[0])
            if not about.get("virtual"):
                raise refusal(f"no virtual people of the kind '{self.kind}' can be drawn", "State age, height and weight instead", "virtual")
        return self

    def _check_body(self, about) -> None:
        """Refuse an age that is not the kind's, and a body of a weight that nobody has."""
        age = self.age.si if self.age else units.parse(about["age"], "s").si
        if "only_ages" in about:
            young, old = (units.parse(limit, "s").si for limit in about["only_ages"])
            if not young <= age <= old:
                raise refusal(f"people of this kind are {' to '.join(about['only_ages'])} old", "Choose the kind that fits the age", "age")
        height = self.height.si if self.height else units.parse(about["height"], "m").si
        weight = self.weight.si if self.weight else units.parse(about["weight"], "kg").si
        if not 8 <= weight / height**2 <= 100:
            raise refusal(f"nobody of {height * 100:.0f} cm weighs {weight:g} kg", "Give height and weight of one person", "weight")


class Diet(Part):
    """Magnesium in food a day, at these times of each day, or evenly over the day where no meals are given."""

    daily: Amount | None = None
    meals: Annotated[tuple[Time, ...], Field(max_length=12)] = ()

    @model_validator(mode="after")
    def _within_a_day(self):
        if any(at.si >= DAY for at in self.meals) or len({at.si for at in self.meals}) < len(self.meals):
            raise refusal("meals are different times within a day", 'Write meals = ["1 h", "6 h", "12 h"]', "meals")
        return self


class Span(Part):
    """How long something lasts."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    duration: quantity("s", 1.0, LONGEST) = Field(alias="for")


class Taken(Part):
    """By mouth. What is taken at the time of a meal is taken with it."""

    amount: Amount
    oxide: bool = False
    isotope: Isotope | None = None


class Injected(Part):
    """Into muscle."""

    amount: Amount
    isotope: Isotope | None = None


class Given(Span):
    """Evenly over a time: into a vein, or through the skin (then the amount is what passes it)."""

    amount: Amount
    isotope: Isotope | None = None


def moles(dose: Taken | Injected | Given) -> float:
    """mol of magnesium in a dose. A mass of magnesium ("1 mg Mg") that is all one isotope weighs what that isotope does."""
    if dose.isotope is None or not re.search(r"g\s+Mg\s*$", dose.amount.text):
        return dose.amount.si
    return dose.amount.si * MG / (1e6 * document("isotopes", dose.isotope).parameters["molar_mass"].si)


class Sweated(Span):
    """Sweat, evenly over a time."""

    volume: quantity("m^3", 0.0, 0.02)


DOSES = ("take", "infuse", "inject", "absorb")
ACTIONS = ("take", "infuse", "inject", "absorb", "sweat", "diet")


class Event(Part):
    """Something that happens at a time, once or `times` times with `every` between: exactly one of the actions; `diet` is the daily intake
    from then on."""

    at: Time
    every: quantity("s", 60.0, LONGEST) | None = None
    times: int = Field(1, ge=1, le=MOST_EVENTS)
    take: Taken | None = None
    infuse: Given | None = None
    inject: Injected | None = None
    absorb: Given | None = None
    sweat: Sweated | None = None
    diet: Amount | None = None

    @model_validator(mode="after")
    def _one_action(self):
        done = [name for name in ACTIONS if getattr(self, name) is not None]
        if len(done) != 1:
            raise refusal(f"an event is one thing, this one is {' and '.join(done) or 'nothing'}", f"Give one of {', '.join(ACTIONS)}")
        what = getattr(self, done[0])
        if done[0] in DOSES and what.isotope is not None and not what.amount.si > 0:
            raise refusal("nothing of an isotope is no tracer", "Give more than 0, or leave the isotope out", f"{done[0]}.amount")
        if (self.every is None) != (self.times == 1):
            raise refusal("what is repeated has `every` and `times`", 'Write every = "24 h" and times = 7, or neither', "every")
        return self

    @property
    def action(self) -> str:
        return next(name for name in ACTIONS if getattr(self, name) is not None)

    @property
    def moments(self) -> tuple[float, ...]:
        """s."""
        return tuple(self.at.si + k * (self.every.si if self.every else 0.0) for k in range(self.times))


class Regimen(Part):
    """Who gets how much magnesium when and how. With `hormones`, parathyroid hormone, calcitriol and calcidiol answer.

    `parameters` sets numbers of the model by their key, as in {"homeostasis.tubular_maximum": "0.6 mmol/L"}, or "1.1 times".
    """

    name: Annotated[str, Field(pattern=f"^{SLUG}$")]
    note: Annotated[str, Field(max_length=2000)] = ""
    duration: quantity("s", 60.0, LONGEST)
    person: Somebody = Field(default_factory=Somebody)
    diet: Diet = Field(default_factory=Diet)
    events: Annotated[tuple[Event, ...], Field(max_length=256)] = ()
    hormones: bool = False
    parameters: dict[str, str] = Field(default_factory=dict)
    acknowledge: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self):
        for i, event in enumerate(self.events):
            if event.moments[-1] >= self.duration.si:
                raise refusal(f"this begins at or after the end ({self.duration})", "Lengthen the duration, or repeat it less often",
                              f"events.{i}.at")
            lasting = getattr(event, event.action)
            if isinstance(lasting, Span) and event.moments[-1] + lasting.duration.si > self.duration.si * (1 + 1e-9):
                raise refusal(f"this lasts beyond the end ({self.duration})", "Lengthen the duration, or let it end before",
                              f"events.{i}.{event.action}.for")
        if sum(len(event.moments) for event in self.events) + len(self.diet.meals) * self.duration.si / DAY > MOST_EVENTS:
            raise refusal(f"more than {MOST_EVENTS} meals and events", "Shorten the duration, or leave out meals for an even diet", "events")
        from epsom.safety import check_acknowledged

        try:
            check_acknowledged(self.acknowledge)
        except EpsomError as error:
            raise refusal(error.what, error.do, "acknowledge") from error
        return self

    @property
    def isotopes(self) -> tuple[str, ...]:
        """Those that are given, sorted."""
        given = (getattr(event, event.action) for event in self.events if event.action in DOSES)
        return tuple(sorted({one.isotope for one in given if one.isotope}))

    def happening(self) -> Iterator[tuple[float, str, Part]]:
        """(s, action, what) of everything that happens, repeats included, in order of time."""
        every = ((at, event.action, getattr(event, event.action)) for event in self.events for at in event.moments)
        yield from sorted(every, key=lambda one: one[0])

    # ---- in and out --------------------------------------------------------------------------------------------
    @classmethod
    def build(cls, tables: dict, file: object = None) -> Regimen:
        """From nested tables (parsed TOML or JSON); errors name file, key and value."""
        return build(cls, tables, file)

    @classmethod
    def load(cls, path: str | Path) -> Regimen:
        """From a .toml or .json file, or the name of a regimen that ships with epsom."""
        return cls.build(*read_tables(path, "regimens"))

    def tables(self) -> dict:
        """Nested plain tables of exactly what was given."""
        return plain_tables(self)

    def to_toml(self) -> str:
        import tomlkit

        return tomlkit.dumps(self.tables())
