"""How a mechanism sees the rest of a model: its parameters, and the variables that it declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import jax.numpy as jnp
from jax import lax

from epsom.core.errors import ModelError
from epsom.core.vocabulary import Word
from epsom.mechanism import Mechanism

if TYPE_CHECKING:
    from epsom.model import Model


class Copy(NamedTuple):
    """A mechanism for one solute, or the only one of a mechanism without a solute axis."""

    mechanism: Mechanism
    solute: str | None
    others: tuple[str, ...]          # all solutes of the model

    @property
    def label(self) -> str:
        return self.mechanism.name + (f"[{self.solute}]" if self.solute else "")

    def names(self, word: Word) -> tuple[str, ...]:
        """The model's variables behind a word, seen from here."""
        if not word.axis:
            return (word.name,)
        return tuple(f"{word.name}[{solute}]" for solute in ((self.solute,) if self.solute else self.others))

    def parameter_key(self, name: str, solute: str | None = None) -> str:
        """The model's key of a parameter as the mechanism calls it."""
        role, _, rest = name.rpartition(".")
        if role in ("solute", "salt"):
            return f"{role}[{solute or self.solute}].{rest}"
        return name if role else f"{self.mechanism.name}.{rest}"


class Parameters:
    """The parameters as one copy of a mechanism sees them; notes which are used."""

    def __init__(self, copy: Copy, values: Mapping):
        self.copy, self.values, self.used = copy, values, set()

    def __getitem__(self, name: str):
        return self._look_up(self.copy.parameter_key(name))

    def each(self, name: str) -> tuple:
        """One lane for each solute of the model."""
        return tuple(self._look_up(self.copy.parameter_key(name, solute)) for solute in self.copy.others)

    def _look_up(self, key: str):
        self.used.add(key)
        return self.values[key]


class AnyLane(dict):
    """Stands in for parameters while a model is traced: every key is one abstract lane."""

    def __missing__(self, key):
        return jnp.ones(1)


class Values(dict):
    """All variables by the model's names; derived ones are computed when first asked for.

    `asked` notes for each variable that was asked for whether it rests on cells.
    """

    def __init__(self, model: Model, constants, known):
        super().__init__(known)
        self.model, self.constants, self.open, self.asked = model, constants, [], {}

    def __getitem__(self, name):
        value = super().__getitem__(name)
        self.asked[name] = self.asked.get(name, False) or name in self.model.probers
        if self.asked[name]:
            self.asked.update(dict.fromkeys(self.open, True))
        return value

    def __missing__(self, name):
        copy = self.model.givers.get(name)
        if copy is None:
            owner = self.model.owner_of(name)
            raise ModelError(f"'{name}' of {owner.label} is a probe of cells, and an action must not depend on one",
                             "Put a state with the time constant of the physics in between", key=name)
        if name in self.open:
            circle = " -> ".join([*self.open[self.open.index(name):], name])
            labels = ", ".join(sorted({self.model.givers[n].label for n in self.open}))
            raise ModelError(f"derived quantities depend on each other in a circle: {circle} ({labels})",
                             "Make one of them a state", key=name)
        self.open.append(name)
        value = getattr(copy.mechanism, name.partition("[")[0])(self.constants[copy.label], View(self, copy))
        self.open.pop()
        value = self[name] = lax.optimization_barrier(value)  # else the compiler makes it anew for each of its readers
        return value


class View:
    """The variables that one mechanism declared, and no others."""

    def __init__(self, values: Mapping, copy: Copy):
        self.values, self.copy = values, copy

    def __getitem__(self, name: str):
        copy, model = self.copy, self.values.model
        if name not in copy.mechanism.ports:
            raise ModelError(f"{copy.label} uses '{name}' without declaring it", "Add it to the reads of the mechanism")
        word = model.words[name]
        found = tuple(self.values[n] for n in copy.names(word))
        return found if word.axis and copy.solute is None else found[0]
