"""What the engine works on: a forest of chains of cells, bordered by scalars."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np


class State(NamedTuple):
    """The state of all lanes (a lane is one draw)."""

    cells: jax.Array        # (cells, lanes)
    scalars: jax.Array      # (scalars, lanes)


def stacked(lanes, width: int):
    """(count, width) from lanes of that width; also of none."""
    return jnp.stack(list(lanes)) if len(lanes) else jnp.zeros((0, width))


class Forest:
    """Chains of cells as one array of parents; the last cell of a chain that joins nothing is a root, its own parent.

    Parameters
    ----------
    sizes : cells in each chain.
    joins : for each chain the number of the cell (counted over all chains) that its end empties into, or None. That
        cell must come later than the chain, so that a single loop from the first cell to the last eliminates the tree.
    feeds : pairs (giver, taker) of cells in different trees: what the giver loses the taker gains, and the giver does not
        feel the taker. Trees are then solved one after the other, so feeds must not run in a circle.

    Attributes
    ----------
    stages : arrays of cells, in the order in which they are solved; a single one if nothing is fed.
    """

    def __init__(self, sizes: tuple[int, ...], joins: tuple[int | None, ...], feeds: tuple[tuple[int, int], ...] = ()):
        ends = np.cumsum(sizes) - 1
        self.size = int(ends[-1]) + 1 if sizes else 0
        parent = np.arange(1, self.size + 1)
        self.joints: list[tuple[int, int]] = []
        inner = np.ones(self.size)
        for end, join in zip(ends, joins):
            inner[end] = 0.0
            if join is not None and not end < join < self.size:
                raise ValueError(f"cell {end} can only join a later cell, not {join}")
            parent[end] = end if join is None else join
            if join is not None:
                self.joints.append((int(end), int(join)))
        self.parent, self.inner = parent, inner[:, None]
        self.givers, self.takers = (np.array(side, int) for side in (zip(*feeds) if feeds else ((), ())))
        self.stages = self._in_order()

    def _in_order(self) -> tuple[np.ndarray, ...]:
        """Cells by how many feeds lie before their tree."""
        root = np.arange(self.size)
        for cell in reversed(range(self.size)):
            root[cell] = root[self.parent[cell]]
        depth = np.zeros(self.size, int)                      # of each root
        for _ in range(self.size + 1):
            before = depth.copy()
            np.maximum.at(depth, root[self.takers], before[root[self.givers]] + 1)
            if (depth == before).all():
                return tuple(np.flatnonzero(depth[root] == k) for k in range(depth.max(initial=0) + 1))
        raise ValueError("cells feed each other in a circle")

    def _mark(self, cell: int) -> np.ndarray:
        return (np.arange(self.size) == cell)[:, None].astype(float)

    def fed(self, flow):
        """(cells, lanes): what arrives in each cell when the givers send `flow` (feeds, lanes)."""
        return jnp.zeros((self.size, flow.shape[1]), flow.dtype).at[self.takers].add(flow)

    def of_parent(self, u):
        """(cells, lanes): the value of each cell's parent; 0 for roots."""
        after = jnp.concatenate([u[1:], u[-1:]]) * self.inner
        return after + sum(self._mark(end) * u[join] for end, join in self.joints)

    def from_children(self, flow):
        """(cells, lanes): what arrives in each cell when every cell sends `flow` to its parent."""
        passed = flow * self.inner
        arrived = jnp.concatenate([jnp.zeros_like(flow[:1]), passed[:-1]])
        return arrived + sum(self._mark(join) * flow[end] for end, join in self.joints)


class System(Protocol):
    """What the engine asks of a model. `c` is a pytree of constants, `u` cells, `s` a tuple of lanes, `v` a pytree of lanes that
    follow from `s` alone: what is derived from the scalars is made once and handed on, because every copy is compiled anew."""

    forest: Forest
    cell_scale: np.ndarray          # (cells, 1): size at which an error of one tolerance matters
    scalar_scale: np.ndarray        # (scalars, 1)

    def constants(self, p): ...
    def initial(self, c, lanes: int): ...
    def depths(self, c): ...
    def derived(self, c, s): ...                # v
    def actions(self, c, v) -> tuple: ...
    def capacity(self, c): ...
    def links(self, c, d): ...
    def cell_rates(self, c, u, d): ...
    def slope(self, c, u, d): ...
    def feed_slope(self, c, u, d): ...          # asked only if the forest has feeds
    def scalar_rates(self, c, v, felt) -> tuple: ...
    def observe(self, c, watch, y, v): ...
    def held(self, c, y): ...
