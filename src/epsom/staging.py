"""A Model in two stages: what the cells need, and what only listens to it.

Whatever acts on cells, directly or through others, or holds amounts is solved with them; the rest afterwards on what was recorded, as often
as there are settings of its parameters. That is what makes the question "who deserves the credit" affordable.
"""

from __future__ import annotations

from functools import cached_property

import jax.numpy as jnp
import numpy as np

from epsom.core.errors import ModelError
from epsom.engine.layout import Forest, State, stacked
from epsom.engine.listening import Played
from epsom.model import Model
from epsom.ports import Parameters, Values, View
from epsom.wiring import check_own

CLOCK = "clock of the step"


def stages(model: Model) -> tuple[Model, Listeners | None]:
    """(what is solved first, what only listens); the whole and None where no state only listens. Made once for a model."""
    if "stages made" not in model.__dict__:                   # kept by the model itself, so that it can go when nobody needs it
        try:
            front, listeners = in_stages(model)
        except ModelError:
            front, listeners = model, None
        model.__dict__["stages made"] = (front, listeners) if listeners and listeners.owner else (model, None)
    return model.__dict__["stages made"]


def in_stages(model: Model) -> tuple[Model, Listeners]:
    """(the model of everything that the cells need, the listeners that are left).

    The split is read off the ports, mechanism by mechanism. What holds no state and follows from the first stage alone belongs to it:
    it is recorded once and not computed again for every setting of the listeners' parameters.

    Raises
    ------
    ModelError : nothing is left to listen.
    """
    amounts = [name for name, copy in model.owner.items() if copy.mechanism.owns[name.partition("[")[0]].amount]
    needed = {label.partition("[")[0] for name in (*model.probers, *amounts) for label in model.upstream(name)}
    needed |= _what_follows(model, needed)
    front = [m for m in model.mechanisms if m.name in needed]
    if len(front) == len(model.mechanisms):
        raise ModelError("no mechanism of this model only listens: each acts on cells, directly or through others, or holds "
                         "amounts", "Solve it whole")
    return Model(front, model.solutes), Listeners(model, frozenset(needed))


def listeners_behind(model: Model, wanted: tuple[str, ...]) -> Listeners:
    """Those listeners that variables rest on, without the others. Made once for a model."""
    made = model.__dict__.setdefault("listeners made", {})
    if wanted not in made:
        front, _ = stages(model)
        behind = {label.partition("[")[0] for name in wanted for label in model.upstream(name)}
        made[wanted] = Listeners(model, frozenset(m.name for m in model.mechanisms if m.name not in behind or m in front.mechanisms))
    return made[wanted]


def _what_follows(model: Model, needed: set[str]) -> set[str]:
    """Names of the mechanisms without states that read only what these and the `needed` ones own or give."""
    found: set[str] = set()
    while True:
        there = needed | found
        reads = {m.name: {model.owner_of(name).mechanism.name for copy in model.copies if copy.mechanism is m for word in m.reads
                          for name in copy.names(model.words[word])} for m in model.mechanisms if not m.owns and m.name not in there}
        more = {name for name, owners in reads.items() if owners <= there}
        if not more:
            return found
        found |= more


class Listeners:
    """The mechanisms of a model that only listen, as a system of the engine without cells.

    Parameters
    ----------
    model : the whole, whose names and words hold.
    others : names of the mechanisms that are solved before.

    Attributes
    ----------
    heard : variables of the other mechanisms that are to be recorded, in this order.
    scalar_names : the clock of the step, then the states.
    """

    def __init__(self, model: Model, others: frozenset[str]):
        self.model = model
        self.copies = tuple(copy for copy in model.copies if copy.mechanism.name not in others)
        self.owner = {name: copy for name, copy in model.owner.items() if copy in self.copies}
        self.scalar_names = (CLOCK, *self.owner)
        own = {*self.owner, *(name for name, copy in model.givers.items() if copy in self.copies)}
        read = (name for copy in self.copies for word in copy.mechanism.reads for name in copy.names(model.words[word]))
        self.heard = tuple(dict.fromkeys(name for name in read if name not in own))
        self.forest = Forest((), ())
        self.cell_scale = np.zeros((0, 1))
        self.scalar_scale = np.array([[1.0], *([copy.mechanism.owns[name.partition("[")[0]].scale]
                                              for name, copy in self.owner.items())])

    @cached_property
    def identity(self) -> str | None:
        """Stands for all code that a program of these listeners is made from, or None if some lies outside the package."""
        return self.model.identity and f"{self.model.identity} {' '.join(self.scalar_names)}"

    @property
    def readouts(self) -> tuple[str, ...]:
        """Variables kept in a Result, by the model's names."""
        return tuple(name for copy in self.copies for word in copy.mechanism.readouts
                     for name in copy.names(self.model.words[word]))

    # ---- what the engine asks ----------------------------------------------------------------------------------
    def constants(self, p):
        return {copy.label: copy.mechanism.constants(Parameters(copy, p)) for copy in self.copies}

    def initial(self, c, lanes: int):
        given = {name: self.model.words[name.partition("[")[0]].default for name in self.owner}
        for copy in self.copies:
            for word, value in copy.mechanism.initial(c[copy.label]).items():
                check_own(copy, word, "owns", "a start value")
                given[copy.names(self.model.words[word])[0]] = value
        return stacked([jnp.broadcast_to(x, (lanes,)).astype(float) for x in (0.0, *given.values())], lanes)

    def _values(self, c: Played, s) -> Values:
        return Values(self.model, c.constants, (*zip(self.heard, c.at(s[0])), *zip(self.scalar_names, s)))

    def derived(self, c: Played, s):
        return dict(self._values(c, s))

    def actions(self, c, v):
        return ()

    def capacity(self, c):
        return jnp.zeros((0, 1))

    def links(self, c, d):
        return jnp.zeros((0, 1))

    def cell_rates(self, c, u, d):
        return u, ()

    def slope(self, c, u, d):
        return u

    def scalar_rates(self, c: Played, v, felt):
        v = Values(self.model, c.constants, v.items())
        found, zero = {CLOCK: 1 / c.length + 0 * v[CLOCK]}, 0 * v[CLOCK]
        for copy in self.copies:
            for word, rate in copy.mechanism.rates(c.constants[copy.label], View(v, copy)).items():
                check_own(copy, word, "owns", "a rate")
                found[copy.names(self.model.words[word])[0]] = rate
        return tuple(found.get(name, 0.0) + zero for name in self.scalar_names)

    def observe(self, c: Played, watch, y: State, v):
        v = Values(self.model, c.constants, v.items())
        return stacked([v[name] + 0 * y.scalars[0] for name in watch], y.scalars.shape[1])

    def held(self, c, y: State):
        """(0, lanes): listeners hold no amounts."""
        return y.cells
