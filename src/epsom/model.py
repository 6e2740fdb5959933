"""A Model: mechanisms wired by name, every variable with exactly one owner.

Building a model checks the whole wiring: owners, units, readers, undeclared reads and circles. It traces every mechanism
once (abstractly, no numbers), so that structure is read from ports and program and never probed numerically.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from epsom.core.code import source_digest
from epsom.core.content import content, source
from epsom.core.errors import ModelError, nearest
from epsom.core.vocabulary import Word, read_words, standard_words
from epsom.core.walk import nearest_first
from epsom.engine.layout import Forest, State, stacked
from epsom.engine.linear import dependencies
from epsom.engine.programs import prepare
from epsom.mechanism import CellMechanism, Mechanism
from epsom.ports import AnyLane, Copy, Parameters, Values, View
from epsom.wiring import check_own, check_ports, check_promises, find_feeds

SHARED = "shared"        # account of amounts and cells that belong to no solute


class Model:
    """Mechanisms wired by name.

    Parameters
    ----------
    mechanisms : any order; the order of computing is derived.
    solutes : names of the solutes, each of which gets a copy of every mechanism with a solute axis.

    Raises
    ------
    ModelError : a variable with two owners or none, a unit that differs from the vocabulary, an undeclared read, a circle
        among derived quantities, an action that depends on a probe. The message names the mechanisms.
    """

    def __init__(self, mechanisms: Iterable[Mechanism], solutes: Iterable[str] = ("magnesium",)):
        prepare()
        self.mechanisms, self.solutes = tuple(mechanisms), tuple(solutes)
        self.copies = tuple(Copy(m, s, self.solutes) for m in self.mechanisms
                            for s in (self.solutes if m.per_solute else (None,)))
        self._check_names()
        self.words = self._all_words()
        self.givers: dict[str, Copy] = self._one_each("gives")
        self.owner: dict[str, Copy] = self._one_each("owns")
        self.scalar_names = tuple(self.owner)
        self.cell_copies = tuple(copy for copy in self.copies if isinstance(copy.mechanism, CellMechanism))
        self.probers: dict[str, Copy] = self._one_each("exchanges") | self._one_each("probes")
        check_ports(self)
        check_promises(self.mechanisms)
        self._lay_out_cells()
        self.action_names = tuple(dict.fromkeys(
            name for copy in self.cell_copies for word in copy.mechanism.reads for name in copy.names(self.words[word])))
        self.felt_names, self.derived_names = tuple(self.probers), ()       # until the trace finds what rates feel and share
        self.parameters_used, self.felt_names, self.derived_names = self._trace()

    def _check_names(self):
        seen: dict[str, Mechanism] = {}
        for m in self.mechanisms:
            if m.name in seen:
                raise ModelError(f"two mechanisms have the name '{m.name}', so each of its variables has two owners",
                                 "They would share a parameter file: rename one", key=m.name)
            seen[m.name] = m

    # ---- wiring ------------------------------------------------------------------------------------------------
    def _all_words(self) -> dict[str, Word]:
        words = dict(standard_words())
        for m in self.mechanisms:
            for name, word in read_words(m.document().variables, m.document().name).items():
                if name in words:
                    raise ModelError(f"{m.name} redefines the word '{name}'", "Choose another name", key=name)
                words[name] = word
        return words

    def _one_each(self, kind: str) -> dict[str, Copy]:
        found: dict[str, Copy] = {}
        for copy in self.copies:
            for word in getattr(copy.mechanism, kind, {}):
                if word not in self.words:
                    raise ModelError(f"{copy.label} {kind} '{word}', which is no word of the vocabulary",
                                     nearest(word, self.words), key=word)
                if bool(self.words[word].axis) != bool(copy.solute):
                    raise ModelError(f"{copy.label} and the axis of '{word}' do not fit",
                                     "A variable with a solute axis belongs to a mechanism with per_solute, and only there")
                name, = copy.names(self.words[word])
                if name in found:
                    raise ModelError(f"'{name}' has two owners: {found[name].label} and {copy.label}", "Keep one", key=name)
                found[name] = copy
        return found

    def owner_of(self, name: str) -> Copy | None:
        """The copy that owns, gives, exchanges or probes a variable."""
        return self.owner.get(name) or self.givers.get(name) or self.probers.get(name)

    def _lay_out_cells(self):
        sizes, joins, self.slices, start = [], [], {}, 0
        for copy in self.cell_copies:
            begins, at = {}, start
            for chain in copy.mechanism.chains:
                begins[chain.name], at = at, at + chain.cells
            for chain in copy.mechanism.chains:
                sizes.append(chain.cells)
                joins.append(begins[chain.joins[0]] + chain.joins[1] if chain.joins else None)
            self.slices[copy.label], start = slice(start, at), at
        self.fed_flows = find_feeds(self)
        pairs = tuple(pair for _, found in self.fed_flows for pair in found)
        try:
            self.forest = Forest(tuple(sizes), tuple(joins), pairs)
        except ValueError as error:
            raise ModelError(str(error), "Let one of them be felt through a scalar") from error
        self.cell_scale = np.concatenate(
            [np.full((c.mechanism.size, 1), c.mechanism.scale) for c in self.cell_copies] or [np.zeros((0, 1))])
        self.scalar_scale = np.array([[self._state(name).scale] for name in self.scalar_names])
        self.accounts = tuple(dict.fromkeys(copy.solute or SHARED for name, copy in self.owner.items()
                                            if self._state(name).amount))

    def _state(self, name: str):
        return self.owner[name].mechanism.owns[name.partition("[")[0]]

    def _trace(self) -> tuple[dict[str, frozenset[str]], tuple[str, ...], tuple[str, ...]]:
        """Trace everything abstractly: (the parameter keys that each copy uses, the probes that rates feel, what actions and
        rates derive from states alone)."""
        used: dict = {}
        asked: dict = {}

        def whole(s):
            c = self.constants(AnyLane(), used)
            v = self.derived(c, tuple(s))
            d = self.actions(c, v)
            u = jnp.zeros((self.forest.size, 1))
            y = State(u, stacked(s, 1))
            gained, felt = self.cell_rates(c, u, d)
            start = self.initial(c, 1)
            every = self.observe(c, (*self.owner, *self.givers, *self.probers), y)
            return gained, self.scalar_rates(c, v, felt, asked), self.held(c, y), start, every

        jax.eval_shape(whole, [jax.ShapeDtypeStruct((1,), jnp.result_type(float))] * len(self.scalar_names))
        felt = tuple(name for name in self.probers if name in asked)
        derived = tuple(name for name in self.givers if name in self.action_names or asked.get(name) is False)
        return {label: frozenset(keys) for label, keys in used.items()}, felt, derived

    # ---- what the engine asks ----------------------------------------------------------------------------------
    def constants(self, p: Mapping, used: dict | None = None):
        """{copy: constants} from (lanes,) parameter values by the model's keys."""
        found = {}
        for copy in self.copies:
            view = Parameters(copy, p)
            found[copy.label] = copy.mechanism.constants(view)
            if used is not None:
                used[copy.label] = view.used
        return found

    def initial(self, c, lanes: int):
        """(scalars, lanes) start values."""
        given = {}
        for copy in self.copies:
            for word, value in copy.mechanism.initial(c[copy.label]).items():
                check_own(copy, word, "owns", "a start value")
                given[copy.names(self.words[word])[0]] = value
        default = {name: self.words[name.partition("[")[0]].default for name in self.scalar_names}
        return stacked([jnp.broadcast_to(given.get(name, default[name]), (lanes,)).astype(float)
                        for name in self.scalar_names], lanes)

    def depths(self, c):
        """(cells, lanes): depth of each cell's middle below the lower boundary of the stratum corneum, m."""
        return _stacked([copy.mechanism.depth(c[copy.label]) for copy in self.cell_copies])

    def derived(self, c, s) -> dict:
        """{variable: lane} of the states and of what actions and rates derive from them without asking cells."""
        v = Values(self, c, zip(self.scalar_names, s))
        for name in self.derived_names:
            v[name]
        return dict(v)

    def actions(self, c, v):
        v = Values(self, c, v.items())
        return tuple(v[name] for name in self.action_names)

    def _cells(self, d):
        """(copy, its slice of the cells, the actions as it sees them) of every owner of cells."""
        v = Values(self, {}, zip(self.action_names, d))
        return [(copy, self.slices[copy.label], View(v, copy)) for copy in self.cell_copies]

    def capacity(self, c):
        return _stacked([copy.mechanism.capacity(c[copy.label]) for copy in self.cell_copies])

    def links(self, c, d):
        """(cells, lanes): conductance to the parent; none where a chain ends without joining."""
        link = _stacked([copy.mechanism.conductance(c[copy.label], v) for copy, _, v in self._cells(d)])
        return link * self._linked

    @cached_property
    def _linked(self) -> np.ndarray:
        return (self.forest.parent != np.arange(self.forest.size))[:, None].astype(float)

    def _exchange(self, c, u, d) -> dict:
        """{exchange: (cells of its owner, lanes) flow into these cells}."""
        found = {}
        for copy, part, v in self._cells(d):
            for word, flow in copy.mechanism.exchange(c[copy.label], u[part], v).items():
                check_own(copy, word, "exchanges", "a flow")
                found[copy.names(self.words[word])[0]] = flow
        return found

    def _gained(self, flows, u):
        """(cells, lanes): all exchanges into each cell, by its own mechanism."""
        return _stacked([sum((flow for name, flow in flows.items() if self.probers[name] is copy), 0 * u[self.slices[copy.label]])
                         for copy in self.cell_copies])

    def _given(self, flows):
        """(feeds, lanes): what each giver sends to its taker."""
        return jnp.concatenate([-flows[name][np.array([own for own, _ in pairs]) - self.slices[self.probers[name].label].start]
                                for name, pairs in self.fed_flows])

    def cell_rates(self, c, u, d):
        """(amount per time gained by each cell, the probes that rates feel).

        Barrier: every array of cells is made once, then read.
        """
        if not self.cell_copies:
            return u, ()
        difference = u - self.forest.of_parent(u)
        along, flows = lax.optimization_barrier((self.links(c, d) * difference, self._exchange(c, u, d)))
        gained = self.forest.from_children(along) - along + self._gained(flows, u)
        if self.fed_flows:
            gained = gained + self.forest.fed(self._given(flows))
        return gained, tuple(self._probe(c, u, flows, name) for name in self.felt_names)

    def feed_slope(self, c, u, d):
        """(feeds, lanes): d(flow of each feed) / d(its giver)."""
        return jax.jvp(lambda u: self._given(self._exchange(c, u, d)), (u,), (jnp.ones_like(u),))[1]

    def _probe(self, c, u, flows, name: str):
        """One lane: the total of an exchange, or a functional of the cells."""
        if name in flows:
            return flows[name].sum(0)
        copy = self.probers[name]
        return getattr(copy.mechanism, name.partition("[")[0])(c[copy.label], u[self.slices[copy.label]])

    def slope(self, c, u, d):
        """d(exchange of a cell) / d(that cell): one forward derivative gives all cells at once."""
        return jax.jvp(lambda u: self._gained(self._exchange(c, u, d), u), (u,), (jnp.ones_like(u),))[1]

    def scalar_rates(self, c, v, felt, asked: dict | None = None):
        v = Values(self, c, (*v.items(), *zip(self.felt_names, felt)))
        found = {}
        for copy in self.copies:
            for word, rate in copy.mechanism.rates(c[copy.label], View(v, copy)).items():
                check_own(copy, word, "owns", "a rate")
                found[copy.names(self.words[word])[0]] = rate
        if asked is not None:
            asked |= v.asked
        zero = jnp.zeros_like(v[self.scalar_names[0]]) if self.scalar_names else 0.0
        return tuple(found[name] + zero if name in found else zero for name in self.scalar_names)

    def observe(self, c, watch, y: State, v=None):
        """(watched, lanes): scalars, derived quantities, exchanges or probes by the model's names; `v` is what `derived` gives."""
        v = self.derived(c, tuple(jnp.unstack(y.scalars))) if v is None else v
        flows = self._exchange(c, y.cells, self.actions(c, v))
        probes = {name: self._probe(c, y.cells, flows, name) for name in self.probers}
        v = Values(self, c, (*v.items(), *probes.items()))
        return stacked([v[name] + jnp.zeros(y.cells.shape[1]) for name in watch], y.cells.shape[1])

    def held(self, c, y: State):
        """(accounts, lanes): amount in all compartments of each solute; what is moved in comes from a supply."""
        total = {account: 0.0 for account in self.accounts}
        for name, lane in zip(self.scalar_names, jnp.unstack(y.scalars)):
            if self._state(name).amount:
                total[self.owner[name].solute or SHARED] += lane
        if self.cell_copies:
            held = self.capacity(c) * y.cells
            for copy in self.cell_copies:
                if copy.mechanism.counted and (copy.solute or SHARED) in total:
                    total[copy.solute or SHARED] += held[self.slices[copy.label]].sum(0)
        return stacked([total[account] for account in self.accounts], y.cells.shape[1])

    @cached_property
    def identity(self) -> str | None:
        """Stands for all code that a program of this model is made from, or None if some of it lies outside the package."""
        if all(type(m).__module__.partition(".")[0] == __package__ for m in self.mechanisms):
            return f"{source_digest()} {self.digest}"
        return None

    @cached_property
    def digest(self) -> str:
        """Digest of solutes, mechanisms, their code, settings and parameter files: another model, another digest.

        Raises ModelError for a setting whose content cannot be told.
        """
        parts = [(m.name, source(type(m)), self._settings(m), repr(m.document())) for m in self.mechanisms]
        return content((self.solutes, parts)).hex()[:16]

    @staticmethod
    def _settings(m: Mechanism) -> list[tuple[str, bytes]]:
        found = []
        for name, value in sorted(vars(m).items()):
            try:
                found.append((name, content(value)))
            except Exception as error:                        # whatever it raises that cannot be pickled
                raise ModelError(f"the content of the setting '{name}' of {m.name} cannot be told, so that runs with another one "
                                 "would be taken for the same", "A setting may be a number, a text, an array, a tuple, list, set "
                                 "or dict of these, or anything else that can be pickled", key=name) from error
        return found

    # ---- what people ask ---------------------------------------------------------------------------------------
    @property
    def readouts(self) -> tuple[str, ...]:
        """Variables kept in a Result, by the model's names."""
        return tuple(name for copy in self.copies for word in copy.mechanism.readouts
                     for name in copy.names(self.words[word]))

    def without(self, *names: str) -> Model:
        """The model without these mechanisms; an error names what would then have no owner."""
        known = {m.name for m in self.mechanisms}
        for name in names:
            if name not in known:
                raise ModelError(f"there is no mechanism '{name}' in this model", nearest(name, known), key=name)
        return Model((m for m in self.mechanisms if m.name not in names), self.solutes)

    def upstream(self, name: str) -> tuple[str, ...]:
        """Labels of the copies that a variable rests on, nearest first, by walking the ports."""
        start = self.owner_of(name)
        if start is None:
            every = (*self.owner, *self.givers, *self.probers)
            raise ModelError(f"'{name}' is no variable of this model", nearest(name, every), key=name)
        return tuple(nearest_first(start.label, lambda label: [self.owner_of(name).label for name in self.reads[label]]))

    @cached_property
    def reads(self) -> dict[str, tuple[str, ...]]:
        """{label of a copy: the variables that it reads, by the model's names}."""
        return {copy.label: tuple(name for word in copy.mechanism.reads for name in copy.names(self.words[word]))
                for copy in self.copies}

    @cached_property
    def stages(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(states from which cells can be reached back, states that only listen), read off the program."""
        c = jax.eval_shape(lambda: self.constants(AnyLane()))
        c = jax.tree.map(lambda a: jnp.ones(a.shape), c)
        s, felt = [jnp.ones(1)] * len(self.scalar_names), [jnp.ones(1)] * len(self.felt_names)
        if not s:
            return (), ()
        rate = dependencies(lambda *x: self.scalar_rates(c, self.derived(c, x[:len(s)]), x[len(s):]), *s, *felt)
        reached = set().union(*dependencies(lambda *s: self.actions(c, self.derived(c, s)), *s)) if self.action_names else set()
        while True:
            more = reached | {j for i in reached for j in rate[i] if j < len(s)}
            if more == reached:
                break
            reached = more
        names = self.scalar_names
        return (tuple(n for i, n in enumerate(names) if i in reached),
                tuple(n for i, n in enumerate(names) if i not in reached))

    def __reduce__(self):
        return Model, (self.mechanisms, self.solutes)

    def __repr__(self) -> str:
        lines = [f"Model of {', '.join(self.solutes)}: {len(self.copies)} mechanisms, {self.forest.size} cells, "
                 f"{len(self.scalar_names)} scalars"]
        for copy in self.copies:
            m = copy.mechanism
            lines.append(f"  {copy.label}  ({len(self.parameters_used[copy.label])} parameters)")
            for kind in ("reads", "owns", "gives", "exchanges", "probes"):
                if getattr(m, kind, None):
                    lines.append(f"      {kind:<9} {', '.join(getattr(m, kind))}")
        with_cells, after = self.stages
        lines.append(f"  solved with the cells: {', '.join(with_cells) or 'nothing'}")
        lines.append(f"  only listening:        {', '.join(after) or 'nothing'}")
        return "\n".join(lines)


def _stacked(parts):
    return jnp.concatenate(parts) if len(parts) > 1 else parts[0] if parts else jnp.zeros((0, 1))
