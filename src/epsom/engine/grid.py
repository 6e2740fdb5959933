"""Cell widths as shares of a layer, so that thickness stays a traced number while the shape of the grid is static.

Faces come from a smooth map of equal steps. Doubling the number of cells at the same stretch therefore keeps the map,
and the order of convergence shows cleanly.
"""

from __future__ import annotations

import numpy as np


def graded(cells: int, ratio: float) -> np.ndarray:
    """(cells,) shares that sum to 1 and grow from the surface down.

    `ratio` is the growth from one cell to the next that 16 cells would have; with more cells it is gentler, so that the
    map from step to depth stays the same.
    """
    stretch = 16 * np.log(ratio)
    faces = np.expm1(stretch * np.linspace(0, 1, cells + 1)) / np.expm1(stretch)
    return np.diff(faces)


def graded_both_ways(cells: int, stretch: float) -> np.ndarray:
    """(cells,) shares that sum to 1, fine at both ends (hyperbolic tangent map).

    Neighbours differ by less than exp(4 stretch / cells).
    """
    faces = np.tanh(stretch * np.linspace(-1, 1, cells + 1)) / np.tanh(stretch)
    return np.diff(faces) / 2


def links(resistance):
    """(cells, lanes): conductance from each cell to the next, from the resistance of half a cell."""
    import jax.numpy as jnp

    return 1 / (resistance + jnp.concatenate([resistance[1:], resistance[-1:]]))


def window(faces, top, bottom):
    """Weights of a mean over the depths from `top` to `bottom`: (cells, lanes) that sum to 1 where it lies inside the faces.

    faces : (cells + 1, lanes) depths. Where an edge cuts a cell, the value inside the cell is taken as a straight line
    through its neighbours, so that the mean stays of second order while the grid moves.
    """
    import jax.numpy as jnp

    low, high = jnp.maximum(faces[:-1], top), jnp.minimum(faces[1:], bottom)
    share = jnp.maximum(high - low, 0.0) / jnp.maximum(bottom - top, 1e-30)
    middle = (faces[1:] + faces[:-1]) / 2
    shift = share[1:-1] * ((high + low) / 2 - middle)[1:-1] / (middle[2:] - middle[:-2])
    return share.at[2:].add(shift).at[:-2].add(-shift)
