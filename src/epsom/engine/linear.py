"""Linear algebra: a forest of cells eliminated in one loop, and a sparse LU whose pattern is read off the program."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.extend.core import ClosedJaxpr, Literal

from epsom.engine.layout import Forest

SUMS, NESTED, BARRIER = ("add", "add_any"), ("jit", "pjit"), "optimization_barrier"      # operations as JAX calls them


def _row(a, i):
    return lax.dynamic_index_in_dim(a, i, 0, keepdims=False)


def _put(a, value, i):
    return lax.dynamic_update_index_in_dim(a, value, i, 0)


def _factor(forest: Forest, diagonal, link):
    """Eliminate from the leaves of the symmetric matrix: `diagonal`, and -link between a cell and its parent."""
    parent = jnp.asarray(forest.parent)

    def eliminate(i, carry):
        d, m = carry
        inverse, p, off = 1 / _row(d, i), parent[i], _row(link, i)
        ratio = off * inverse
        d = _put(d, _row(d, p) - ratio * off, p)             # a root is its own parent and has no link
        return _put(d, inverse, i), _put(m, ratio, i)

    return lax.fori_loop(0, forest.size, eliminate, (diagonal, jnp.zeros_like(diagonal)))


def _substitute(forest: Forest, factors, x, cells: np.ndarray):
    """Solve the trees of these cells for a right-hand side."""
    inverse, ratio = factors
    parent, first = jnp.asarray(forest.parent), int(cells[0])
    in_a_row = np.array_equal(cells, np.arange(first, first + len(cells)))
    at = (lambda k: k + first) if in_a_row else jnp.asarray(cells).__getitem__

    def down(k, x):
        i = at(k)
        p = parent[i]
        return _put(x, _row(x, p) + _row(ratio, i) * _row(x, i), p)

    def up(k, x):
        i = at(len(cells) - 1 - k)
        return _put(x, _row(inverse, i) * _row(x, i) + _row(ratio, i) * _row(x, parent[i]), i)

    return lax.fori_loop(0, len(cells), up, lax.fori_loop(0, len(cells), down, x))


def _side_by_side(solve: Callable, known: tuple, xs: tuple) -> tuple:
    """Solve for several right-hand sides as if each were further lanes: a round of a loop over cells costs about the same for
    a few hundred lanes as for few."""
    if len(xs) == 1:
        return (solve(known, xs[0]),)
    wide = lax.optimization_barrier((*(jnp.tile(a, (1, len(xs))) for a in known), jnp.concatenate(xs, 1)))
    return tuple(jnp.split(solve(wide[:-1], wide[-1]), len(xs), 1))


def tree_solver(forest: Forest, diagonal, link, feed=None) -> Callable:
    """Right-hand sides (tuple of (cells, lanes)) -> solutions.

    `feed` (feeds, lanes) is what a taker gains per unit of its giver. Trees that feed come first; the others then have
    it on their right-hand side. Derivatives of any kind reuse the factors: the loops are never differentiated.
    """
    if not forest.size:
        return lambda xs: xs
    factors = _factor(forest, *lax.stop_gradient((diagonal, link)))

    def along(xs):
        return tuple(diagonal * x - link * forest.of_parent(x) - forest.from_children(link * x) for x in xs)

    if feed is None:
        solve = lambda _, xs: _side_by_side(lambda factors, x: _substitute(forest, factors, x, np.arange(forest.size)), factors, xs)
        return lambda xs: lax.custom_linear_solve(along, xs, solve, symmetric=True)
    given = lax.stop_gradient(feed)

    def matvec(xs):
        return tuple(y - forest.fed(feed * x[forest.givers]) for x, y in zip(xs, along(xs)))

    def one_after_the_other(stages, sources, targets):
        def solve(known, x):
            *factors, given = known
            for n, cells in enumerate(stages):
                x = _substitute(forest, factors, x, cells)
                here = np.isin(sources, cells)
                if n + 1 < len(stages) and here.any():
                    x = x.at[targets[here]].add(given[here] * x[sources[here]])
            return x
        return lambda _, xs: _side_by_side(solve, (*factors, given), xs)

    forward = one_after_the_other(forest.stages, forest.givers, forest.takers)
    backward = one_after_the_other(forest.stages[::-1], forest.takers, forest.givers)
    return lambda xs: lax.custom_linear_solve(matvec, xs, forward, backward)


def dependencies(f: Callable, *lanes) -> list[set[int]]:
    """For each output of f the inputs it can feel, read off its jaxpr: structure, no numeric probing.

    A nested program counts as one equation: correct, but denser than need be.
    """
    jaxpr = jax.make_jaxpr(f)(*lanes).jaxpr
    felt: dict = {var: {k} for k, var in enumerate(jaxpr.invars)}

    def of(var) -> set[int]:
        return set() if hasattr(var, "val") else felt.get(var, set())

    for eqn in jaxpr.eqns:
        union = set().union(*map(of, eqn.invars))
        felt.update({var: union for var in eqn.outvars})
    return [of(var) for var in jaxpr.outvars]


def sparse_jacobian(push: Callable, *lanes) -> dict[tuple[int, int], jax.Array]:
    """{(i, j): d f_i / d lane_j} of what is structurally there; `push` is f's derivative at these lanes, a linear function of tangents.

    Each lane is pushed forward by itself and only along what it reaches: a zero is neither computed nor compiled.
    """
    program = jax.make_jaxpr(push)(*lanes)
    found = {}
    for j, lane in enumerate(lanes):
        seeds = [jnp.ones_like(lane) if k == j else None for k in range(len(lanes))]
        outs, linear = _pushed(program, seeds, [True] * len(lanes))
        found |= {(i, j): x for i, (x, follows) in enumerate(zip(outs, linear)) if follows and x is not None}
    return found


def _pushed(program: ClosedJaxpr, given: list, tangent: list[bool]) -> tuple[list, list[bool]]:
    """(outputs, which of them follow the tangents) of a program that is linear in those of its inputs that are a `tangent`; a tangent of
    None is zero."""
    jaxpr = program.jaxpr
    value = dict(zip((*jaxpr.constvars, *jaxpr.invars), (*program.consts, *given)))
    linear = {var for var, is_one in zip(jaxpr.invars, tangent) if is_one}
    read = lambda var: var.val if isinstance(var, Literal) else value[var]
    follows = lambda var: not isinstance(var, Literal) and var in linear
    for eqn in jaxpr.eqns:
        along = [follows(var) for var in eqn.invars]
        outs, follow = _applied(eqn, [read(var) for var in eqn.invars], along)
        value.update(zip(eqn.outvars, outs))
        linear.update(var for var, one in zip(eqn.outvars, follow) if one)
    return [read(var) for var in jaxpr.outvars], [follows(var) for var in jaxpr.outvars]


def _applied(eqn, ins: list, along: list[bool]) -> tuple[list, list[bool]]:
    """The same of one equation, of which the inputs `along` are tangents."""
    every = [any(along)] * len(eqn.outvars)
    here = [x for x in ins if x is not None]
    if any(along) and all(x is None for x, one in zip(ins, along) if one):
        return [None] * len(every), every
    if len(here) < len(ins):
        if eqn.primitive.name in SUMS:
            return here, every
        if eqn.primitive.name == BARRIER:
            passed = iter(lax.optimization_barrier(here))
            return [None if x is None else next(passed) for x in ins], along
    if eqn.primitive.name in NESTED:
        return _pushed(eqn.params["jaxpr"], ins, along)
    full = [jnp.zeros(var.aval.shape, var.aval.dtype) if x is None else x for x, var in zip(ins, eqn.invars)]
    outs = eqn.primitive.bind(*full, **eqn.params)
    return outs if eqn.primitive.multiple_results else [outs], every


def elimination_order(pattern: set[tuple[int, int]], n: int) -> list[tuple[int, list[int], list[int]]]:
    """Markowitz order for a matrix with these entries: (pivot, rows below it, columns right of it), with the fill."""
    filled, left, order = set(pattern), set(range(n)), []
    while left:
        below = {k: [i for i in left if i != k and (i, k) in filled] for k in left}
        right = {k: [j for j in left if j != k and (k, j) in filled] for k in left}
        k = min(left, key=lambda k: (len(below[k]) * len(right[k]), k))
        left.remove(k)
        order.append((k, below[k], right[k]))
        filled |= {(i, j) for i in below[k] for j in right[k]}
    return order


def sparse_solver(entries: dict[tuple[int, int], jax.Array], n: int) -> Callable:
    """Right-hand side (list of lanes) -> solution, for {(i, j): lane}; pivots on the diagonal, unrolled over entries."""
    lu, order = dict(entries), elimination_order(set(entries), n)
    for k, below, right in order:
        lu[k, k] = 1 / lu[k, k]
        for i in below:
            lu[i, k] = lu[i, k] * lu[k, k]
            for j in right:
                lu[i, j] = lu.get((i, j), 0.0) - lu[i, k] * lu[k, j]
    lu = lax.optimization_barrier(lu)

    def solve(r):
        r = list(r)
        for k, below, _ in order:
            for i in below:
                r[i] = r[i] - lu[i, k] * r[k]
        for k, _, right in reversed(order):
            r[k] = (r[k] - sum(lu[k, j] * r[j] for j in right)) * lu[k, k]
        return r

    return solve
