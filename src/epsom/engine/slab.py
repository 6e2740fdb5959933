"""The smallest system the engine can solve: a slab between a constant donor and a sink. It checks an installation."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from epsom.engine.layout import Forest, State
from epsom.engine.programs import prepare
from epsom.engine.run import Protocol, on_plan

CELLS = 96


class Slab:
    """A slab of unit thickness, diffusivity and donor concentration; its one scalar is the amount that reached the sink."""

    forest = Forest((CELLS,), (None,))
    cell_scale = np.full((CELLS, 1), 1e-3)
    scalar_scale = np.full((1, 1), 1e-3)
    _ends = np.isin(np.arange(CELLS), (0, CELLS - 1))[:, None]

    def constants(self, p):
        return p

    def initial(self, c, lanes):
        return jnp.zeros((1, lanes))

    def depths(self, c):
        return jnp.broadcast_to(((np.arange(CELLS) + 0.5) / CELLS)[:, None], (CELLS, 1))

    def derived(self, c, s):
        return s

    def actions(self, c, v):
        return ()

    def capacity(self, c):
        return jnp.full((CELLS, 1), 1 / CELLS)

    def links(self, c, d):
        return jnp.full((CELLS, 1), float(CELLS)).at[-1].set(0.0)

    def _exchange(self, u):
        donor = np.arange(CELLS)[:, None] == 0
        return 2.0 * CELLS * self._ends * (donor - u)

    def cell_rates(self, c, u, d):
        along = self.links(c, d) * (u - self.forest.of_parent(u))
        flow = self._exchange(u)
        return self.forest.from_children(along) - along + flow, (-flow[-1],)

    def slope(self, c, u, d):
        return -2.0 * CELLS * self._ends * jnp.ones_like(u)

    def scalar_rates(self, c, v, felt):
        return (felt[0],)

    def observe(self, c, watch, y, v):
        return y.scalars

    def held(self, c, y: State):
        return jnp.zeros((1, y.scalars.shape[1]))


def amount_through(theta: np.ndarray) -> np.ndarray:
    """Amount that reached the sink at dimensionless times theta = D t / h^2, per K C0 h."""
    prepare()
    end = float(theta[-1])
    protocol = Protocol(np.array([0.0, end]), np.zeros((1, 0, 1)), np.zeros((1, 0, 1)))
    out = on_plan(Slab(), {}, protocol, np.asarray(theta), moves=(), watch=("through",), steps=64)
    return np.asarray(out.seen)[:, 0, 0]
