"""Validation cases as they stand in `data/validation/`, and the judgement of one row: inside or outside.

A case is a scenario, an experiment, or neither (numbers and rules that need no run), with rows of what others measured or
computed. Whether defaults were set on it decides on which page it stands.
"""

from __future__ import annotations

import tomllib
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, model_validator

from epsom import changes
from epsom.core import sources, units
from epsom.core.errors import InputError, nearest
from epsom.core.parameter import folder, names
from epsom.experiment import Experiment
from epsom.scenario import Scenario, read_tables
from epsom.schema import Part, Time, build, check_unit, quantity, refusal

NEAR = 0.25              # medians within this share of each other agree, where both are computed
CLOSE = 0.05             # the same where thickness, K and D are published, so that only the arithmetic can differ
MOST_TEXT = 2000
INTERVAL = "5 to 95 %"   # what low and high are unless a row says otherwise
PER_AREA, PER_VOLUME = ("kg/m^2", "mol/m^2"), ("mol/m^3", "kg/m^3")

Text = Annotated[str, Field(max_length=MOST_TEXT)]
Grade = Literal["A", "B", "C", "D"]


class Reading(NamedTuple):
    """A quantity that can be read: SI units it may be told in, from what, in words, and what its row must say besides."""

    units: tuple[str, ...]
    from_: Literal["scenario", "experiment", "numbers"]
    words: str
    needs: tuple[str, ...] = ()


READINGS = {
    "tissue": Reading(("mol/m^3",), "scenario", "rise in tissue", ("at", "below_corneum")),
    "crossed": Reading(PER_AREA, "scenario", "amount past the corneum", ("at",)),
    "flux": Reading(("kg/m^2/s", "mol/m^2/s"), "scenario", "flux past the corneum", ("at",)),
    "crossed_share": Reading(("1",), "scenario", "share of the dose past the corneum", ("at",)),
    "permeability": Reading(("m/s",), "scenario", "flux over the concentration above", ("at",)),
    "lag_time": Reading(("s",), "scenario", "lag time of the late line", ("at",)),
    "highest_plasma": Reading(PER_VOLUME, "scenario", "highest rise in plasma"),
    "later_share": Reading(("1",), "experiment", "share of what the skin held when the donor went that is then absorbed",
                           ("removed_at", "loss")),
    "parameter": Reading((), "numbers", "", ("key",)),
    "through_pores": Reading(("m/s",), "numbers", "permeability carried over from magnesium by free diffusivity and pore",
                             ("free_diffusivity",)),
    "potts_guy": Reading(("m/s",), "numbers", "permeability by Potts and Guy's rule", ("log_octanol_water", "molar_mass")),
}


FROM_SLOPE = "flux", "permeability", "lag_time"


class Kind(Enum):
    """How a row is judged; the value says it."""

    ESTIMATE = f"in where the medians agree within {100 * NEAR:.0f} %"
    DYNAMICS = f"in within {100 * CLOSE:.0f} %: thickness, K and D are published, so only the arithmetic is tested"
    RULE = "in where the measured value lies within the 90 % interval of a default, or of the rule it comes from; no run of the model"
    MEASUREMENT = "in where the measured value lies within the 90 % interval"
    BOUND = "in where the upper end of the 90 % interval stays below what would have been noticed"


class Expected(Part):
    """One number to compare with: what was measured (`value`, with what is known of its spread), or a limit that was not
    passed (`below`). `source`, `where` and `grade` are the case's unless they are given here."""

    of: str
    what: Text = ""
    at: Time | None = None
    unit: str
    value: float | None = Field(None, gt=0.0, allow_inf_nan=False)
    low: float | None = Field(None, allow_inf_nan=False)
    high: float | None = Field(None, allow_inf_nan=False)
    spread: Text = INTERVAL
    below: float | None = Field(None, gt=0.0, allow_inf_nan=False)
    below_corneum: quantity("m", 0.0, 0.03) | None = None
    removed_at: Time | None = None
    loss: quantity("m/s", 0.0, 1.0) | None = None
    key: str | None = None
    free_diffusivity: quantity("m^2/s", 1e-12, 1e-7) | None = None
    log_octanol_water: float | None = None
    molar_mass: quantity("kg/mol", 1e-3, 1e3) | None = None
    source: str | None = None
    where: Text = ""
    grade: Grade | None = None
    recalled: bool = False

    @model_validator(mode="after")
    def _can_be_read(self):
        if self.of not in READINGS:
            raise refusal(f"'{self.of}' cannot be compared with (found: {self.of!r})", nearest(self.of, READINGS), "of")
        reading = READINGS[self.of]
        for name in reading.needs:
            if getattr(self, name) is None:
                raise refusal(f"'{self.of}' needs {name}", "Add it", name)
        if (self.value is None) == (self.below is None):
            raise refusal("a row has a value or a limit (below)", "Give one of them", "value")
        if (self.low is None) != (self.high is None) or (self.low is not None and not self.low <= (self.value or 0) <= self.high):
            raise refusal("a spread is low and high around the value", "Give both or neither", "low")
        if self.source is not None and self.source not in sources.bibliography():
            raise refusal(f"'{self.source}' is not in sources.bib", nearest(self.source, sources.bibliography()), "source")
        check_unit(self.unit, reading.units, self.key if self.of == "parameter" else None)
        return self

    @property
    def in_mass(self) -> bool:
        """Whether it is told as a mass and not as an amount of substance."""
        return "mass" in units.dimensions(self.unit)

    @property
    def name(self) -> str:
        """What it is, in words."""
        said = self.what or self.key or READINGS[self.of].words
        depth = f" {self.below_corneum} below the corneum" if self.below_corneum else ""
        return f"{said}{depth}{f' at {self.at}' if self.at else ''}"


class About(Part):
    """What a case is: whose numbers, how good they are, and whether defaults were set on them.

    `assumed` lists inputs that were not read and had to be taken somewhere; `control` marks a negative control.
    """

    title: str
    text: Text
    source: str
    where: Text = ""
    grade: Grade
    measured: bool
    used_for_defaults: bool
    control: bool = False
    assumed: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _known_source(self):
        if self.source not in sources.bibliography():
            raise refusal(f"'{self.source}' is not in sources.bib", nearest(self.source, sources.bibliography()), "source")
        return self


class Switch(Part):
    """One simplification of a scenario: what takes its place in full physics.

    `drop` names stated parameters that go back to their defaults; `set` gives other values by the scenario's keys.
    """

    name: str
    drop: tuple[str, ...] = ()
    set: dict[str, Any] = Field(default_factory=dict)

    def applied(self, tables: dict) -> dict:
        """The scenario's tables without this simplification."""
        kept = {key: text for key, text in tables.get("parameters", {}).items() if key not in self.drop}
        tables = {**tables, "parameters": kept}
        for key, value in self.set.items():
            tables = changes.changed(tables, key, value)
        return tables


class Case(Part):
    """A scenario, an experiment or neither, with numbers to compare with."""

    about: About
    scenario: Scenario | None = None
    experiment: Experiment | None = None
    switches: tuple[Switch, ...] = ()
    expected: Annotated[tuple[Expected, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _fits_together(self):
        if self.scenario is not None and self.experiment is not None:
            raise refusal("a case has a scenario or an experiment, not both", "Make two cases of it", "experiment")
        if self.scenario and len(self.scenario.product.resolved.ingredients) != 1:
            raise refusal("rows are read for one solute, and this product has several", "Leave one ingredient", "scenario.product")
        has = "scenario" if self.scenario else "experiment" if self.experiment else "numbers"
        for i, row in enumerate(self.expected):
            if READINGS[row.of].from_ != has:
                raise refusal(f"'{row.of}' is read from {READINGS[row.of].from_}, and this case has {has}",
                              "Read something else, or add it", f"expected.{i}.of")
            if row.of in FROM_SLOPE and row.at.si <= 0:
                raise refusal(f"'{row.of}' is a slope, which nothing has at the beginning", "Give a later time", f"expected.{i}.at")
            if self.switches and row.below is not None:
                raise refusal("a limit cannot be compared with and without simplifications", "Leave out the switches, or give a value",
                              f"expected.{i}.below")
            if self.scenario and row.at and row.at.si >= self.scenario.duration.si:
                raise refusal(f"{row.at} is not before the end of the scenario ({self.scenario.duration})", "Lengthen the duration",
                              f"expected.{i}.at")
        stated = set(self.scenario.parameters) if self.scenario else set()
        dropped = [key for switch in self.switches for key in switch.drop]
        if self.switches and sorted(dropped) != sorted(stated):
            raise refusal("the switches drop each stated parameter once", f"Look at {sorted(stated ^ set(dropped)) or dropped}", "switches")
        return self

    def kind(self, row: Expected) -> Kind:
        """How this row is judged."""
        if row.below is not None:
            return Kind.BOUND
        if self.about.measured:
            return Kind.MEASUREMENT if self.scenario or self.experiment else Kind.RULE
        return Kind.DYNAMICS if self.experiment else Kind.ESTIMATE

    def variants(self) -> dict[str, Scenario]:
        """{name: scenario}: as it stands, each simplification switched off alone, and all of them."""
        plain = self.scenario.tables()
        found = {"simplified": plain} | {switch.name: switch.applied(plain) for switch in self.switches}
        for switch in self.switches:
            plain = switch.applied(plain)
        return {name: Scenario.build(tables) for name, tables in (found | {"full": plain}).items()}


class Context(Part):
    """Something that was seen and cannot be compared with, and why not."""

    title: str
    seen: Text
    why: Text
    source: str
    grade: Grade
    recalled: bool = False


class _Contexts(Part):
    context: tuple[Context, ...]


class Row(NamedTuple):
    """One comparison, in the unit of the case.

    Attributes
    ----------
    case, name, unit : of what.    kind : how it is judged.    used : whether defaults were set on it.
    expected : (value or limit, low or None, high or None), and `spread` what the latter are.
    found : median, 5 % and 95 % of the model.
    source, where, grade, recalled : of the expected value.
    """

    case: str
    name: str
    unit: str
    kind: Kind
    used: bool
    expected: tuple[float, float | None, float | None]
    spread: str
    found: tuple[float, float, float]
    source: str
    where: str
    grade: str
    recalled: bool

    @property
    def ratio(self) -> float:
        """Of the middle values, found over expected."""
        return self.found[0] / self.expected[0]

    @property
    def inside(self) -> bool:
        """Whether the model agrees, as its kind says; a number that is none never does."""
        value, (_, low, high) = self.expected[0], self.found
        if self.kind is Kind.BOUND:
            return high < value
        if self.kind in (Kind.MEASUREMENT, Kind.RULE):
            return low <= value <= high
        return abs(self.ratio - 1) <= (CLOSE if self.kind is Kind.DYNAMICS else NEAR)

    @property
    def verdict(self) -> str:
        return "in" if self.inside else "out"


def row(name: str, case: Case, expected: Expected, found: tuple[float, float, float]) -> Row:
    """A row of a case with what the model found."""
    about = case.about
    value = expected.value if expected.below is None else expected.below
    return Row(name, expected.name, expected.unit, case.kind(expected), about.used_for_defaults, (value, expected.low, expected.high),
               expected.spread, found, expected.source or about.source, expected.where or about.where, expected.grade or about.grade,
               expected.recalled)


def load(name: str) -> Case:
    """A case that ships with epsom, or one of your own in a TOML or JSON file; errors name file, key and value."""
    if name in names("validation"):
        path = folder("validation") / f"{name}.toml"
        return build(Case, tomllib.loads(path.read_text("utf-8")), path.name)
    if not Path(name).is_file():
        raise InputError(f"there is no validation case or file '{name}'", nearest(name, names("validation")), value=name)
    return build(Case, *read_tables(name, "validation"))


def contexts() -> tuple[Context, ...]:
    """What was seen and cannot be compared with."""
    path = folder("validation").joinpath("..", "validation_context.toml")
    return build(_Contexts, tomllib.loads(path.read_text("utf-8")), path.name).context
