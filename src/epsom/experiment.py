"""An Experiment: layers between a donor and a receptor, as in a Franz cell or another model's benchmark.

It is a TOML or JSON file, or these classes; both ways without loss. Amounts may be masses or amounts of substance, per area
or in all; a molar mass ties the two, an area the others. Inside, all is per area and in SI.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, PlainSerializer, model_validator

from epsom.core import units
from epsom.core.errors import EpsomError, InputError
from epsom.core.units import Quantity
from epsom.scenario import SLUG, plain_tables, read_tables
from epsom.schema import DAY, Area, Part, build, checked, quantity, refusal

PER_LENGTH_CUBED = ("mol/m^3", "kg/m^3")
PER_AREA = ("mol/m^2", "kg/m^2", "mol", "kg")
PLACES = ("donor", "removed", "lost", "cleared", "receptor")     # where the solute can be besides in layers
MOST_LAYERS = 8
TIMES = 48               # output times if none are asked for, dense at first
JUST = 1e-6              # share of an event's time by which the moment before it comes earlier
LONGEST = 365250 * DAY     # a thousand years: slow membranes have long lags


@dataclass(frozen=True)
class Measure(Quantity):
    """A quantity whose dimension is one of several; `unit` is the SI unit of the one that was written."""

    unit: str


def measure(*choices: str, example: str):
    """A quantity of one of these SI units, not negative."""
    def read(value):
        text = value.text if isinstance(value, Quantity) else value
        written = units.dimensions(units.split(text, example)[1])
        unit = next((unit for unit in choices if units.dimensions(unit) == written), choices[0])
        found = units.parse(text, unit, least=0.0, example=example)
        return Measure(found.text, found.si, unit)
    return Annotated[Any, checked(read), PlainSerializer(lambda q: q.text, return_type=str)]


Time = quantity("s", 0.0, LONGEST)
Velocity = quantity("m/s", 0.0, 1.0, "0.1 cm/h")
Concentration = measure(*PER_LENGTH_CUBED, example="4 mg/mL")
Amount = measure(*PER_AREA, example="10 ug/cm^2")
Volume = measure("m", "m^3", example="10 uL/cm^2")
Flow = measure("m/s", "m^3/s", example="2 mL/h/cm^2")


class Layer(Part):
    """A homogeneous layer: partition coefficient K to the donor's vehicle and diffusivity D, or what was measured in their place,
    the permeability K D / h and the lag time h^2 / 6 D of the layer alone.

    `clearance` is per volume: the amount cleared per volume and time is clearance times C / K. `start` is the concentration that
    the layer holds at time 0.
    """

    name: Annotated[str, Field(pattern=f"^{SLUG}$")]
    thickness: quantity("m", 1e-9, 1.0, "15 um")
    partition: float | None = Field(None, ge=1e-12, le=1e12, allow_inf_nan=False)
    diffusivity: quantity("m^2/s", 1e-26, 1e-2) | None = None
    permeability: quantity("m/s", 1e-20, 1.0, "1e-4 cm/h") | None = None
    lag_time: quantity("s", 1e-6, LONGEST) | None = None
    clearance: quantity("1/s", 0.0, 1e6) | None = None
    start: Concentration | None = None

    @model_validator(mode="after")
    def _known_one_way(self):
        given = {name for name in ("partition", "diffusivity", "permeability", "lag_time") if getattr(self, name) is not None}
        if given not in ({"partition", "diffusivity"}, {"permeability", "lag_time"}):
            raise refusal(f"a layer has partition and diffusivity, or permeability and lag_time; this one has "
                          f"{' and '.join(sorted(given)) or 'none of them'}", "Give one of the two pairs")
        return self

    @property
    def transport(self) -> tuple[float, float]:
        """(K, D in m^2/s)."""
        if self.diffusivity is not None:
            return self.partition, self.diffusivity.si
        diffusivity = self.thickness.si ** 2 / (6 * self.lag_time.si)        # Crank 1975, section 4.3
        return self.permeability.si * self.thickness.si / diffusivity, diffusivity


class Donor(Part):
    """What stands on the first layer. A concentration alone is an infinite dose; with the thickness of a film (its volume per area) it is a
    finite one, and so are an amount and a thickness; an amount alone is a thin deposit; nothing is a bare surface.

    `loss` is a velocity: the amount lost per area and time is loss times the concentration at the surface. At `removed_at` the donor is
    taken away, or `removed_share` of it; the surface stays bare and open to loss.
    """

    concentration: Concentration | None = None
    amount: Amount | None = None
    thickness: Volume | None = None
    loss: Velocity | None = None
    removed_at: Time | None = None
    removed_share: float = Field(1.0, gt=0.0, le=1.0)

    @model_validator(mode="after")
    def _one_dose(self):
        if self.concentration is not None and self.amount is not None:
            raise refusal("a donor has a concentration or an amount, not both", "Leave one out; a film's thickness gives the other", "amount")
        if self.thickness is not None and (self.thickness.si == 0 or (self.concentration is None and self.amount is None)):
            raise refusal("a film has a thickness above zero and a concentration or an amount", "Leave the thickness out for a thin "
                          "deposit or a bare surface, or give what is in the film", "thickness")
        if self.removed_at is not None and not self.infinite and self.thickness is None:
            raise refusal("nothing can be taken away from a thin deposit or a bare surface: a deposit is in the layer from the start",
                          "Give the film a thickness, or leave removed_at out", "removed_at")
        if self.infinite and self.removed_share < 1:
            raise refusal("a share of an infinite dose cannot be removed", "Remove all of it, or give the film's thickness", "removed_share")
        return self

    @property
    def infinite(self) -> bool:
        return self.concentration is not None and self.thickness is None


class Receptor(Part):
    """What takes up what leaves the last layer: a perfect sink if nothing is given, a well-mixed volume, or nothing (`closed`).

    `partition` is that of the receptor fluid to the donor's vehicle; `flow` renews the volume; at each of `sample_at` the volume
    `sample` is taken out and replaced by fresh fluid.
    """

    closed: bool = False
    volume: Volume | None = None
    partition: float = Field(1.0, ge=1e-12, le=1e12, allow_inf_nan=False)
    flow: Flow | None = None
    sample: Volume | None = None
    sample_at: tuple[Time, ...] = Field((), max_length=64)

    @model_validator(mode="after")
    def _fits_together(self):
        needs = [name for name in ("flow", "sample") if getattr(self, name) is not None]
        if self.closed and (self.volume is not None or needs):
            raise refusal("a closed receptor takes nothing up", "Leave out its volume, flow and samples, or closed", "closed")
        if (self.volume is None and needs) or (self.volume is not None and self.volume.si == 0):
            raise refusal("a receptor that is renewed or sampled has a volume above zero", "Give it, or leave the receptor out for a "
                          "perfect sink", "volume")
        if (self.sample is None) != (not self.sample_at):
            raise refusal("samples have a volume (sample) and times (sample_at)", "Give both or neither", "sample")
        return self


class Observation(Part):
    """What was measured, to be set beside what is computed: a share of what was supplied, or an amount."""

    what: Literal["permeated", "lost", "cleared", "donor"]
    at: Time
    share: float | None = Field(None, gt=0.0, allow_inf_nan=False)
    amount: Amount | None = None
    source: Annotated[str, Field(max_length=400)]

    @model_validator(mode="after")
    def _one_value(self):
        if (self.share is None) == (self.amount is None) or (self.amount is not None and self.amount.si == 0):
            raise refusal("an observation is a share or an amount above zero", "Give one of them", "share")
        return self


class Experiment(Part):
    """One permeation experiment, or one that a computer can do.

    Attributes
    ----------
    area : if given, amounts, volumes and flows may be those of the whole area.
    molar_mass : if given, masses and amounts of substance may be mixed; else all amounts are of one kind.
    times : when the state is wanted; by default 48, dense at first, with the end, all events and all observations.
    note : what it is and where its numbers come from.
    """

    name: Annotated[str, Field(pattern=f"^{SLUG}$")]
    note: Annotated[str, Field(max_length=2000)] = ""
    duration: quantity("s", 1e-3, LONGEST)
    times: tuple[Time, ...] = Field((), max_length=256)
    area: Area | None = None
    molar_mass: quantity("kg/mol", 1e-3, 1e3) | None = None
    layers: Annotated[tuple[Layer, ...], Field(min_length=1, max_length=MOST_LAYERS)]
    donor: Donor = Field(default_factory=Donor)
    receptor: Receptor = Field(default_factory=Receptor)
    observed: Annotated[tuple[Observation, ...], Field(max_length=64)] = ()

    @model_validator(mode="after")
    def _fits_together(self):
        taken = [*PLACES, *(layer.name for layer in self.layers)]
        if len(set(taken)) < len(taken):
            raise refusal(f"layers have different names, other than {', '.join(PLACES)}", "Name them apart", "layers")
        events = [("donor.removed_at", self.donor.removed_at), *(("receptor.sample_at", at) for at in self.receptor.sample_at),
                  *(("times", at) for at in self.times), *(("observed.at", one.at) for one in self.observed)]
        for at, time in events:
            if time is not None and time.si > self.duration.si:
                raise refusal(f"{time} is after the end of the experiment ({self.duration})", "Lengthen the duration or leave it out", at)
        try:
            self._check_amounts()
        except EpsomError as error:
            raise refusal(error.what + (f" (found: {error.value!r})" if error.value else ""), error.do, error.key) from error
        return self

    def _check_amounts(self) -> None:
        """Raise InputError unless every amount, volume and flow can be had per area and in one unit, and there is a dose."""
        values = {key: self.per_area(found, key) for key, found in self._measures()}
        if not any(values[key] > 0 for key in values if key.endswith((".concentration", "donor.amount", ".start"))):
            raise InputError("nothing is there to permeate", "Give the donor a concentration or an amount, or a layer a start", key="donor")
        if self.receptor.sample is not None and values["receptor.sample"] > values["receptor.volume"]:
            raise InputError("a sample is larger than the receptor", "Take a smaller one", key="receptor.sample")

    def _measures(self) -> Iterator[tuple[str, Measure]]:
        """(key, value) of everything that may be given in several dimensions."""
        parts = [("donor", self.donor, ("concentration", "amount", "thickness")), ("receptor", self.receptor, ("volume", "flow", "sample")),
                 *((f"layers.{k}", layer, ("start",)) for k, layer in enumerate(self.layers)),
                 *((f"observed.{k}", one, ("amount",)) for k, one in enumerate(self.observed))]
        return ((f"{name}.{field}", getattr(part, field)) for name, part, fields in parts for field in fields
                if getattr(part, field) is not None)

    @property
    def unit(self) -> str:
        """SI unit of all amounts: "mol", or "kg" if only masses are known."""
        masses = ["kg" in found.unit for _, found in self._measures() if "mol" in found.unit or "kg" in found.unit]
        return "kg" if self.molar_mass is None and all(masses) else "mol"

    @property
    def told_in_mass(self) -> bool:
        """Whether amounts were given as masses, so that they are to be shown as such."""
        return any("kg" in found.unit for _, found in self._measures())

    def per_area(self, found: Measure, key: str = "") -> float:
        """The value per area, or per volume if it is a concentration, in SI with amounts in `unit`."""
        value, unit = found.si, found.unit
        if unit.startswith("kg") and self.unit == "mol":
            if self.molar_mass is None:
                raise InputError("some amounts are masses and some are not", "Give the molar_mass", key=key, value=found.text)
            value /= self.molar_mass.si
        if unit in ("mol", "kg", "m^3", "m^3/s"):
            if self.area is None:
                raise InputError("this is for a whole area, which is not given", "Give the area, or a value per area as in "
                                 f'"1 {found.text.split()[-1]}/cm^2"', key=key, value=found.text)
            value /= self.area.si
        return value

    @property
    def output_times(self) -> np.ndarray:
        """(times,) s, sorted: those asked for or the default ones, with 0, the end, all events and the moments just before them."""
        asked = [time.si for time in self.times] or list(self.duration.si * (np.arange(TIMES) / TIMES) ** 2)
        around = [at * (1 - share) for at in self.events for share in (JUST, 0.0)]
        return np.unique([0.0, *asked, *around, *(one.at.si for one in self.observed), self.duration.si])

    @property
    def events(self) -> dict[float, tuple[float, float]]:
        """{time in s: (share of the donor that is removed, share of the receptor that is replaced)} before the end."""
        sampled = {at.si for at in self.receptor.sample_at}
        removed = {self.donor.removed_at.si} if self.donor.removed_at is not None else set()
        share = 0.0
        if sampled:
            share = self.per_area(self.receptor.sample) / self.per_area(self.receptor.volume)
        return {at: (self.donor.removed_share * (at in removed), share * (at in sampled)) for at in sorted(sampled | removed)}

    # ---- in and out --------------------------------------------------------------------------------------------
    @classmethod
    def build(cls, tables: dict, file: object = None) -> Experiment:
        """From nested tables (parsed TOML or JSON); errors name file, key and value."""
        return build(cls, tables, file)

    @classmethod
    def load(cls, path: str | Path) -> Experiment:
        """From a .toml or .json file, or the name of an experiment that ships with epsom."""
        return cls.build(*read_tables(path, "experiments"))

    def tables(self) -> dict:
        """Nested plain tables of exactly what was given."""
        return plain_tables(self)

    def to_toml(self) -> str:
        import tomlkit

        return tomlkit.dumps(self.tables())
