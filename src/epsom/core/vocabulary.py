"""The words of the model: each variable has one name, unit, meaning, axis and default.

The words of the house stand in `data/vocabulary.toml`. A mechanism added from outside brings its own new words in the
[variables] table of its parameter file; it cannot redefine a word that exists.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from epsom.core import units
from epsom.core.errors import DataError, nearest

AXES = ("", "solute")    # one value, or one for each solute


@dataclass(frozen=True)
class Word:
    """A variable of the model.

    Attributes
    ----------
    name : quantity first, in full, as in "plasma_concentration".
    unit : SI unit.
    meaning : one sentence.
    axis : "" for one value, "solute" for one value per solute.
    default : value at the start of a run, in `unit`.
    show : unit in which people read it.
    scale : size at which an error of one tolerance matters, in `unit`; 0 where errors are told relative to the value alone.
    """

    name: str
    unit: str
    meaning: str
    axis: str = ""
    default: float = 0.0
    show: str = ""
    scale: float = 0.0

    @property
    def shown_unit(self) -> str:
        """The unit in which people read it."""
        return self.show or self.unit

    @property
    def shown_factor(self) -> float:
        """Multiply an SI value by this to have it in `shown_unit`."""
        return units.si_factor(self.unit) / units.si_factor(self.shown_unit)


def read_words(tables: Mapping[str, Mapping], file) -> dict[str, Word]:
    """Words from TOML tables; errors name the file and the key."""
    found = {}
    for name, table in tables.items():
        extra = set(table) - {"unit", "meaning", "axis", "default", "show", "scale"}
        if extra or not {"unit", "meaning"} <= set(table):
            raise DataError("a word has unit and meaning, and may have axis, default, show and scale",
                            nearest(min(extra), ("axis", "default", "show", "scale")) if extra else "Add what is missing",
                            file=file, key=name, value=sorted(table))
        if table.get("axis", "") not in AXES:
            raise DataError("unknown axis", 'Use "solute" or leave it out', file=file, key=name, value=table["axis"])
        word = Word(name, **table)
        if units.dimensions(word.unit) != units.dimensions(word.shown_unit):
            raise DataError("unit and show differ in dimension", "Change one of them", file=file, key=name, value=word.show)
        found[name] = word
    return found


@cache
def standard_words() -> Mapping[str, Word]:
    """The words of the house."""
    path = files("epsom") / "data" / "vocabulary.toml"
    return read_words(tomllib.loads(path.read_text("utf-8")), path.name)
