"""Layers between a donor and a receptor, each with a thickness, a partition coefficient, a diffusivity and a clearance.

In each layer K du/dt = d/dx (K D du/dx) - k u. The unknown is the potential u = C / K, the concentration in the donor's
vehicle that C is in equilibrium with: it is continuous across layers, so there are no partition jumps. Everything is relative
to a reference concentration, so that one tolerance suits every experiment.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from epsom.core.parameter import Document, folder, read_document
from epsom.mechanism import CellMechanism, Chain, Scalar

GRIDS = (24, 48, 96)     # cells in each layer; an experiment is solved on all three side by side, as lanes of one program
STRETCH = 1.5            # of the map from cells to depths in a layer that is crossed; see `stretch_for`
FINEST = 8.0
TINY = 1e-9              # load below which an error does not matter


def stretch_for(reach: float) -> float:
    """Stretch of the hyperbolic tangent map for a layer of which the solute sees `reach` (a share of its thickness, from either face):
    the first cell of the coarsest grid is then a twentieth of that. The map is the one of `engine.grid.graded_both_ways`."""
    stretches = np.linspace(FINEST, STRETCH, 400)
    first = stretches / np.sinh(stretches) / np.cosh(stretches)                            # cell at a face over that of an even grid
    return float(np.interp(np.log(GRIDS[0] * reach / 20), np.log(first), stretches))


class Layers(CellMechanism):
    """Diffusion through layers with partition and clearance.

    Parameters
    ----------
    count : number of layers.
    """

    reads = {"donor_potential": "1", "donor_cover": "1", "receptor_potential": "1"}
    owns = {"cleared_load": Scalar("1", TINY, amount=True)}
    exchanges = {"flow_from_donor": "1/s", "flow_from_air": "1/s", "flow_from_receptor": "1/s", "flow_of_clearance": "1/s"}
    unknown = ("potential", "1")
    scale = TINY

    def __init__(self, count: int):
        self.count = count
        self.chains = (Chain("layers", count * GRIDS[-1]),)
        self.low, self.high = (np.stack([self._positions(cells, side) for cells in GRIDS]) for side in (0, 1))

    def _positions(self, cells: int, side: int) -> np.ndarray:
        """(layers, cells of the finest grid): where the upper (0) or lower (1) face of each cell is in its layer, 0 to 1, on an even
        grid. A coarser grid leaves the last cells without extent; they take no part."""
        rows = np.kron(np.eye(self.count), (np.arange(cells) + side) / cells)
        return np.pad(rows, ((0, 0), (0, self.count * GRIDS[-1] - rows.shape[1])))

    def document(self) -> Document:
        return read_document(folder("permeation") / f"{self.name}.toml")

    def constants(self, p):
        """`layer<k>.thickness` m, `.capacity` K, `.diffusivity` m^2/s, `.clearance` 1/s, `.start` potential, `.stretch`; `layers.grid` which,
        `layers.deposit` load on the surface; `donor.loss` 1/s, `receptor.open` 0 where nothing passes into the receptor."""
        each = lambda name: jnp.stack([p[f"layer{k}.{name}"] for k in range(self.count)], -1)[:, :, None]    # (lanes, layers, 1)
        low, high = (jnp.asarray(side)[p["layers.grid"].astype(int)] for side in (self.low, self.high))
        stretch, inside = each("stretch"), (high > low).astype(float)
        width = (jnp.tanh(stretch * (2 * high - 1)) - jnp.tanh(stretch * (2 * low - 1))) / (2 * jnp.tanh(stretch))
        of_cells = lambda values: (inside * values).sum(1).T
        thickness, capacity = each("thickness"), each("capacity")
        reference = (thickness * capacity)[..., 0].sum(-1)                     # m: load is relative to what these would hold
        dx, live = (width * thickness).sum(1).T, of_cells(1.0) > 0
        half = jnp.where(live, dx / 2 * reference / of_cells(capacity * each("diffusivity") + (1 - inside)), 1.0)
        below = jnp.concatenate([live[1:], live[-1:] & False])
        link = jnp.where(below, 1 / (half + jnp.concatenate([half[1:], half[-1:]])), 0.0)
        holds = jnp.where(live, of_cells(capacity) * dx / reference, 1.0)
        start = of_cells(each("start")) + self._deposit(dx) * p["layers.deposit"] / holds
        first = (np.arange(self.size) == 0)[:, None]
        return {"link": link, "start": start, "half": half, "capacity": holds,
                "surface": first / half, "bare": first * p["donor.loss"] / (1 + p["donor.loss"] * half),
                "bottom": jnp.where(live & ~below, p["receptor.open"] / half, 0.0),
                "clearance": of_cells(each("clearance")) * dx / reference,
                "face": jnp.cumsum(dx, 0), "width": dx}

    def _deposit(self, dx):
        """(cells, lanes): shares of an amount at the very surface. The first cell holds a little more than all of it and the second the
        difference, so that the mean depth is 0 and what is lost and absorbed converges with order 2."""
        further = dx[0] / (dx[0] + dx[1])
        cell = np.arange(self.size)[:, None]
        return (cell == 0) * (1 + further) - (cell == 1) * further

    def capacity(self, c):
        return c["capacity"]

    def conductance(self, c, v):
        return c["link"]

    def exchange(self, c, u, v):
        return {"flow_from_donor": c["surface"] * (v["donor_cover"] * (v["donor_potential"] - u)),
                "flow_from_air": -c["bare"] * ((1 - v["donor_cover"]) * u),
                "flow_from_receptor": c["bottom"] * (v["receptor_potential"] - u),
                "flow_of_clearance": -c["clearance"] * u}

    def depth(self, c):
        """Depth below the surface of the first layer."""
        return c["face"] - c["width"] / 2

    def rates(self, c, v):
        return {"cleared_load": -v["flow_of_clearance"]}
