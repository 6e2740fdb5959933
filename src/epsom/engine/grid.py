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
    """(cells,) shares that sum to 1, fine at both ends (hyperbolic tangent map); neighbours differ by < exp(4 stretch / cells)."""
    faces = np.tanh(stretch * np.linspace(-1, 1, cells + 1)) / np.tanh(stretch)
    return np.diff(faces) / 2


def overlap(faces, top: float, bottom):
    """Share of the window from `top` to `bottom` that falls into each cell.

    faces : (cells + 1, lanes) depths. Returns (cells, lanes) that sum to 1 where the window lies inside the faces.
    """
    import jax.numpy as jnp

    covered = jnp.minimum(faces[1:], bottom) - jnp.maximum(faces[:-1], top)
    return jnp.maximum(covered, 0.0) / (bottom - top)
