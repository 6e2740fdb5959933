"""A claim as a test on a Result: which run, what is read of it, and what it must reach.

A predicate says in data what a sentence says in words; nothing in it is evaluated as code. What must hold is true or false in each draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field, model_validator

from epsom import feeling
from epsom.core import units
from epsom.core.errors import EpsomError, InputError, nearest
from epsom.core.parameter import names
from epsom.core.vocabulary import standard_words
from epsom.regimen import amount_of_magnesium
from epsom.schema import Part, quantity, refusal, told

if TYPE_CHECKING:
    from epsom.result import Result

RELIEF, BY_MAGNESIUM = "relief", "relief by magnesium"      # read from the pain rating, in points
WHAT = {"highest": "the highest", "lowest": "the lowest", "last": "the last", "fall": "the largest fall of", "rise": "the largest rise of"}
Time = quantity("s", 1.0, example="20 min")


class Predicate(Part):
    """One thing that must hold.

    Attributes
    ----------
    reads : a readout, as in plasma_concentration[magnesium]; or "relief" (points by which pain falls), or "relief by magnesium" (the same
        less that without magnesium's effects on nerve).
    taken : of its course: the highest, lowest or last value, or the largest fall or rise as a share of what it was at the start.
    since, within : only this part of the run; a fall or a rise is from its very start all the same.
    reaches, stays_below : a quantity with its unit, or another readout, of which the highest value counts `times` over. One of the two.
    times : factor on the readout that it is held against.
    """

    reads: str
    taken: Literal["highest", "lowest", "last", "fall", "rise"] = "highest"
    since: Time | None = None
    within: Time | None = None
    reaches: str | None = None
    stays_below: str | None = None
    times: float = Field(1.0, gt=0.0, le=1e3)

    @model_validator(mode="after")
    def _sound(self):
        if (self.reaches is None) == (self.stays_below is None):
            raise refusal("a predicate reaches something or stays below it", "Give `reaches` or `stays_below`", "reaches")
        known = {*standard_words(), RELIEF, BY_MAGNESIUM}
        if word_of(self.reads) not in known:
            raise refusal(f"there is no readout '{self.reads}'", nearest(word_of(self.reads), known), "reads")
        if self.bound is None and word_of(self.against) not in known:
            raise refusal(f"'{self.against}' is neither a quantity nor a readout", nearest(word_of(self.against), known), "reaches")
        for name in (self.reads, *([] if self.bound is not None else [self.against])):
            solute = name.partition("[")[2].rstrip("]")
            if solute and solute not in names("solutes"):
                raise refusal(f"there is no solute '{solute}'", nearest(solute, names("solutes")), "reads")
        if self.bound is not None and self.times != 1:
            raise refusal("a factor belongs to a readout, not to a quantity", "Write the quantity itself", "times")
        if self.bound is None and self.taken not in ("fall", "rise") and _unit(self.reads) != _unit(self.against):
            raise refusal(f"'{self.reads}' and '{self.against}' have other units", "Hold like against like", "reaches")
        return self

    @property
    def against(self) -> str:
        """What it is held against, as written."""
        return self.reaches if self.reaches is not None else self.stays_below

    @property
    def bound(self) -> float | None:
        """The quantity in SI that it is held against; None where that is another readout."""
        if not self.against[:1].isdigit():
            return None
        try:
            return self._quantity()
        except EpsomError as error:
            raise told(error) from error

    def _quantity(self) -> float:
        points = self.reads in (RELIEF, BY_MAGNESIUM)
        if points or self.taken in ("fall", "rise") or standard_words()[word_of(self.reads)].unit == "1":
            number, unit = units.split(f"{self.against} " if self.against[-1].isdigit() else self.against, "0.5")
            if unit.strip() not in ("", "%"):
                raise InputError(f"'{unit.strip()}' is no unit of this", "Give a plain number, or a share as in 10 %", value=self.against)
            return number / 100 if unit.strip() else number
        unit = standard_words()[word_of(self.reads)].unit
        return amount_of_magnesium(self.against).si if unit == "mol" else units.parse(self.against, unit).si

    @property
    def variables(self) -> tuple[str, ...]:
        """The readouts that it reads."""
        read = (self.reads, *([] if self.bound is not None else [self.against]))
        return tuple(dict.fromkeys(feeling.PAIN if name in (RELIEF, BY_MAGNESIUM) else name for name in read))

    @property
    def words(self) -> str:
        """What must hold, as a sentence says it."""
        of = "" if self.reads in (RELIEF, BY_MAGNESIUM) else f"{WHAT[self.taken]} "
        name = {RELIEF: "relief of pain", BY_MAGNESIUM: "magnesium's part of the relief"}.get(self.reads, self.reads.replace("_", " "))
        points = "" if of else " point" if self.bound == 1 else " points"
        against = self.against.replace("_", " ") if self.bound is None else f"{self.against}{points}"
        factor = f"{self.times:g} times the highest " if self.bound is None and self.times != 1 else ""
        within = (f" from {self.since}" if self.since else "") + (f" to {self.within}" if self.since and self.within else
                                                                 f" within {self.within}" if self.within else "")
        return f"{of}{name}{within} {'reaches' if self.reaches is not None else 'stays below'} {factor}{against}"


class Test(Part):
    """A run and what must hold in it, all of it.

    Attributes
    ----------
    scenario : a shipped one.    set : changes of it, as in `epsom run --set`.
    holds : predicates.    leaves_out : what of the claim this does not test.
    """

    __test__ = False                         # no test of pytest

    scenario: str
    set: tuple[str, ...] = ()
    holds: tuple[Predicate, ...] = Field(min_length=1)
    leaves_out: str = ""

    @model_validator(mode="after")
    def _shipped(self):
        if self.scenario not in names("scenarios"):
            raise refusal(f"there is no scenario '{self.scenario}'", nearest(self.scenario, names("scenarios")), "scenario")
        return self

    @property
    def words(self) -> str:
        """All that must hold, as a sentence says it."""
        return "; and ".join(p.words for p in self.holds)

    @property
    def shares(self) -> bool:
        """Whether it needs magnesium's part of the relief."""
        return any(BY_MAGNESIUM in (p.reads, p.against) for p in self.holds)


def _unit(name: str) -> str:
    return "1" if name in (RELIEF, BY_MAGNESIUM) else standard_words()[word_of(name)].unit


def word_of(name: str) -> str:
    """The word of a readout: plasma_concentration of plasma_concentration[magnesium]."""
    return name.partition("[")[0]


def taken(result: Result, p: Predicate, name: str, redrawn: bool = False) -> np.ndarray:
    """(draws,) what is read of a result; nan where it is not known. With `redrawn` of the first draws, with
    every assumed number drawn anew."""
    times, values = _course(result, name, redrawn, BY_MAGNESIUM in (p.reads, p.against))
    early = values[:, (times >= (p.since.si if p.since else 0.0)) & (times <= (p.within.si if p.within else np.inf))]
    if name != p.reads:
        return early.max(1)
    start = values[:, :1]
    return {"highest": lambda: early.max(1), "lowest": lambda: early.min(1), "last": lambda: early[:, -1],
            "fall": lambda: (1 - early / start).max(1), "rise": lambda: (early / start - 1).max(1)}[p.taken]()


def _course(result: Result, name: str, redrawn: bool, shared: bool) -> tuple[np.ndarray, np.ndarray]:
    """(times, (draws, times)) of a readout, or of relief; where a part of relief is `shared` out, both at the times at which it is known."""
    readouts = result.redrawn if redrawn else result.readouts
    if name == RELIEF and not shared:
        return result.times, readouts[feeling.PAIN][:, :1] - readouts[feeling.PAIN]
    if name in (RELIEF, BY_MAGNESIUM):
        everything = 2 ** len(feeling.groups()) - 1
        drop = feeling.fallen(result, redrawn)
        without = drop[:, everything - (1 << list(feeling.groups()).index("magnesium"))]
        return result.unions.times, drop[:, everything] - (without if name == BY_MAGNESIUM else 0.0)
    return result.times, readouts[name]


def margin(result: Result, p: Predicate, redrawn: bool = False) -> np.ndarray:
    """(draws,) by how much what is read exceeds what it is held against; nan where it is not known."""
    against = p.bound if p.bound is not None else taken(result, p, p.against, redrawn) * p.times
    return taken(result, p, p.reads, redrawn) - against


def holds(result: Result, test: Test) -> np.ndarray:
    """(draws,) 1.0 where all of it holds, 0.0 where it does not, nan where that is not known."""
    found = np.ones(result.draws.size)
    for p in test.holds:
        over = margin(result, p)
        true = over >= 0 if p.reaches is not None else over < 0
        found = np.where(np.isnan(over), np.nan, found * true)
    return found
