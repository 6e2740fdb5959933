"""The contract of a mechanism: one idea of physics or biology, its ports and its parameters.

A mechanism sees its own constants `c` and a mapping `v` of the variables it declared; it answers with rates. It is one
file of code, one file of parameters, one test and half a page of docs. Two kinds exist:

- `Mechanism` owns scalars: states without depth.
- `CellMechanism` owns chains of finite-volume cells. Cells see scalars only through the mechanism's `reads` (*actions*);
  scalars see cells only through the totals of its named exchanges and through its *probes*. An action must not depend
  on a probe without a state in between.

Units are SI and stand in the ports; the model compares them with the vocabulary. Every lane is one draw: scalars are
(lanes,), cells are (cells, lanes). Concentrations are increments over the baseline.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from epsom.core.parameter import Document, document


class Scalar(NamedTuple):
    """A state without depth.

    Attributes
    ----------
    unit : SI unit, the same as in the vocabulary.
    scale : size at which an error of one tolerance matters.
    amount : whether it holds an amount of a solute and so takes part in the mass balance.
    """

    unit: str
    scale: float
    amount: bool = False


class Chain(NamedTuple):
    """A row of cells from the surface down.

    `joins` is (name of a later chain of the same mechanism, cell in it) into which the last cell empties, or None.
    """

    name: str
    cells: int
    joins: tuple[str, int] | None = None


class Feed(NamedTuple):
    """A one-way flow from cells to cells of another mechanism, which the giver does not feel (a follicle's wall).

    `into` is the unknown of the mechanism that receives; `pairs` are (own cell, its cell), counted from 0 within each
    mechanism. The flow of the exchange is what the own cell gains, so it is negative; the other cell gains the opposite.
    """

    into: str
    pairs: tuple[tuple[int, int], ...]


class Mechanism:
    """One idea of physics or biology without depth. Subclass it once; do not subclass the subclass.

    Class attributes
    ----------------
    reads : {variable: unit} owned or given by other mechanisms.
    owns : {variable: Scalar} states, with one rate each (0 if `rates` leaves it out).
    gives : {variable: unit} derived quantities; one method of that name each, (c, v) -> lane.
    readouts : variables to be kept in a Result.
    per_solute : whether each solute has a copy of its own. A copy sees variables with a solute axis at its own solute;
        a mechanism without copies sees them as a tuple, one lane for each solute.
    """

    reads: Mapping[str, str] = {}
    owns: Mapping[str, Scalar] = {}
    gives: Mapping[str, str] = {}
    readouts: tuple[str, ...] = ()
    per_solute = False

    @property
    def name(self) -> str:
        """Lower-case name of the class; also the name of its parameter file."""
        return type(self).__name__.lower()

    def document(self) -> Document:
        """Its parameters: by default `data/parameters/<name>.toml`. An added mechanism returns its own file."""
        return document("parameters", self.name)

    @property
    def ports(self) -> dict[str, str]:
        """{variable: unit} of everything it may look up in `v`."""
        return {**self.reads, **{name: s.unit for name, s in self.owns.items()}, **self.gives}

    def constants(self, p: Mapping[str, Any]) -> Mapping[str, Any]:
        """What does not change during a run, computed once from the parameters.

        `p["name"]` is a number of its own file; `p["site.name"]`, `p["barrier.name"]`, `p["scenario.name"]`,
        `p["solute.name"]` and `p["salt.name"]` come from what the scenario chose. All are (lanes,) in SI.
        `p.each("salt.name")` is a tuple over the solutes, for a mechanism without copies.
        """
        return {}

    def initial(self, c) -> Mapping[str, Any]:
        """Start values that differ from the vocabulary's default."""
        return {}

    def rates(self, c, v) -> Mapping[str, Any]:
        """{own state: rate of change}, each (lanes,)."""
        return {}


class CellMechanism(Mechanism):
    """A mechanism that owns chains of cells; its `reads` are the actions.

    Class attributes
    ----------------
    chains : side chains first, the chain they join later.
    unknown : (variable, unit) of the cells' value.
    exchanges : {name: unit} of the flows into the cells; their totals are variables that others read.
    feeds : {exchange: Feed} of the exchanges whose other side are cells of another mechanism, not scalars.
    echoes : {exchange of another mechanism that feeds: ((its cell, own cell), ...)}. These cells gain the same flow as those it
        is meant for, for a pattern that is reckoned beside the balance; only where `counted` is False.
    counted : whether what the cells hold takes part in the mass balance.
    probes : {name: unit} of linear functionals of the cells; one method of that name each, (c, u) -> lane.
    scale : size of the unknown at which an error of one tolerance matters.
    """

    chains: tuple[Chain, ...] = ()
    unknown: tuple[str, str] = ("", "")
    exchanges: Mapping[str, str] = {}
    feeds: Mapping[str, Feed] = {}
    echoes: Mapping[str, tuple[tuple[int, int], ...]] = {}
    counted = True
    probes: Mapping[str, str] = {}
    scale: float = 1.0

    @property
    def ports(self) -> dict[str, str]:
        return {**super().ports, **self.exchanges, **self.probes}

    @property
    def size(self) -> int:
        """Number of its cells."""
        return sum(chain.cells for chain in self.chains)

    def capacity(self, c):
        """(cells, lanes): amount held per unit of the unknown."""
        raise NotImplementedError

    def conductance(self, c, v):
        """(cells, lanes): flow from each cell to its parent per unit of difference; the last cell of a chain that joins
        nothing has none to give (its entry is ignored). Must not depend on the unknown."""
        raise NotImplementedError

    def exchange(self, c, u, v):
        """{name: (cells, lanes)}: flow into each cell, cell by cell; may be nonlinear in u."""
        raise NotImplementedError

    def depth(self, c):
        """(cells, lanes): depth of each cell's middle, in m, counted from the lower boundary of the stratum corneum."""
        raise NotImplementedError
