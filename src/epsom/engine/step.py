"""One time step: RODAS4 with the exact Jacobian of a forest of cells bordered by scalars.

No derivative is written by hand: the forest is known from its coefficients, everything else comes from jvp and
linearize. The optimization barriers matter for speed: on a CPU the compiler fuses a producer into every reader and then
computes a lane again for each cell. What is made for one shape and read in a larger one, or read twice, gets a barrier.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from epsom.engine.layout import State, System, stacked
from epsom.engine.linear import sparse_jacobian, sparse_solver, tree_solver

# Coefficients of RODAS4 in transformed form: Hairer & Wanner, Solving Ordinary Differential Equations II, 2nd ed.,
# section IV.7 (six stages, order 4(3), stiffly accurate, L-stable).
GAMMA = 0.25
A = np.zeros((6, 6))
A[1, 0] = 1.544
A[2, :2] = 0.9466785280815826, 0.2557011698983284
A[3, :3] = 3.314825187068521, 2.896124015972201, 0.9986419139977817
A[4, :4] = 1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950
A[5] = A[4] + np.eye(6)[4]
C = np.zeros((6, 6))
C[1, 0] = -5.6688
C[2, :2] = -2.430093356833875, -0.2063599157091915
C[3, :3] = -0.1073529058151375, -9.594562251023355, -20.47028614809616
C[4, :4] = 7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160
C[5, :5] = 8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054


def _plus(y: State, weights, ks: State) -> State:
    if not y.cells.shape[0]:                                  # scalars alone: one product reads all stages once, a sixth off a step
        return State(y.cells, y.scalars + jnp.einsum("j,jsl->sl", jnp.asarray(weights), ks.scalars))
    return jax.tree.map(lambda a, k: a + sum(w * k[j] for j, w in enumerate(weights)), y, ks)


def rates(model: System, c, y: State) -> State:
    """dy/dt."""
    return rates_from(model, c, y, model.derived(c, tuple(jnp.unstack(y.scalars))))


def rates_from(model: System, c, y: State, v) -> State:
    """dy/dt, where what follows from the scalars alone is known already."""
    gained, felt = model.cell_rates(c, y.cells, model.actions(c, v))
    return State(gained / model.capacity(c), stacked(model.scalar_rates(c, v, felt), y.cells.shape[1]))


class Border(NamedTuple):
    """The Jacobian of the scalars beside the cells: {(row, column): lane} of what is structurally there."""

    act: dict                  # actions by scalars
    own: dict                  # rates by scalars, probes held
    feel: dict                 # rates by probes


def _heard(model: System, c, *s):
    """(what follows from the scalars alone, the actions)."""
    v = model.derived(c, s)
    return v, model.actions(c, v)


def _border(model: System, c, s, v, felt, push) -> Border:
    """All derivatives of actions and rates by pushing through what is linearized once; `push` is that of `_heard`."""
    _, push_rates = jax.linearize(partial(model.scalar_rates, c), v, felt)

    def pushed(*tangents):
        dv, dd = push(*tangents[:len(s)])
        return (*dd, *push_rates(dv, tangents[len(s):]))

    entries = sparse_jacobian(pushed, *s, *felt)
    actions, scalars = len(model.actions(c, v)), len(s)
    block = lambda row, column, inside: {(i - row, j - column): x for (i, j), x in entries.items() if inside(i >= actions, j >= scalars)}
    return Border(block(0, 0, lambda rate, probe: not rate), block(actions, 0, lambda rate, probe: rate and not probe),
                  block(actions, scalars, lambda rate, probe: rate and probe))


def _schur(border: Border, G, weight, s) -> dict:
    """weight - own - feel G act: what the scalars feel of each other, tissue included, as {(row, column): lane}."""
    columns = sorted({j for _, j in border.act})              # none where no scalar acts on a cell
    heard = [jnp.stack([border.act.get((k, j), jnp.zeros_like(s[0])) for j in columns]) for k in range(len(G) if columns else 0)]
    schur = {ij: -x for ij, x in border.own.items()}
    for (i, p), slope in border.feel.items() if columns else ():
        through = slope * sum(g[p] * row for g, row in zip(G, heard))          # (columns, lanes)
        for j, x in zip(columns, through):
            schur[i, j] = schur.get((i, j), 0.0) - x
    for i in range(len(s)):
        schur[i, i] = weight + schur.get((i, i), 0.0)
    return schur


def implicit_solver(model: System, c, y: State, weight):
    """r -> (weight - J)^-1 r, where J is the exact Jacobian of `rates` at y.

    Cells first: T x = r + sum_k B_k dd_k, with T the forest and B_k the answer of the cells to action k. Seen through
    its two ports the whole tissue is then a small matrix G (probes per unit of action). What is left is the Schur complement
    of the scalars, whose derivatives (`border`) are read off the program.
    """
    u, s = y.cells, tuple(jnp.unstack(y.scalars))
    (v, d), push = jax.linearize(partial(_heard, model, c), *s)
    felt, touch = jax.linearize(lambda u: model.cell_rates(c, u, d)[1], u)
    border = _border(model, c, s, v, felt, push)

    def column(k):                                            # (cells, probes) per unit of action k
        def at(x):
            return model.cell_rates(c, u, (*d[:k], x, *d[k + 1:]))
        return jax.jvp(at, (d[k],), (jnp.ones_like(d[k]),))[1]

    link = model.links(c, d)
    diagonal = weight * model.capacity(c) + link + model.forest.from_children(link) - model.slope(c, u, d)
    per_action = [column(k) for k in range(len(d))]
    feed = model.feed_slope(c, u, d) if len(model.forest.givers) else None
    diagonal, link, feed, columns = lax.optimization_barrier((diagonal, link, feed, tuple(b for b, _ in per_action)))
    tree_solve = tree_solver(model.forest, diagonal, link, feed)
    Z = lax.optimization_barrier(tree_solve(columns)) if columns else ()
    G = [[a + b for a, b in zip(direct, touch(z))] for (_, direct), z in zip(per_action, Z)]
    schur_solve = sparse_solver(lax.optimization_barrier(_schur(border, G, weight, s)), len(s))

    def solve(r: State) -> State:
        x, = tree_solve((r.cells * model.capacity(c),))
        probed = lax.optimization_barrier(touch(x))
        ds = list(jnp.unstack(r.scalars))
        for (i, p), slope in border.feel.items():
            ds[i] += slope * probed[p]
        ds = lax.optimization_barrier(schur_solve(ds))
        dd = [jnp.zeros(x.shape[1], x.dtype)] * len(Z)
        for (k, j), slope in border.act.items():
            dd[k] += slope * ds[j]
        dd = lax.optimization_barrier(dd)                     # a lane fused into a loop over cells is redone per cell
        return State(x + sum(z * k for z, k in zip(Z, dd)), stacked(ds, x.shape[1]))

    return solve


def step(model: System, c, y: State, h) -> tuple[State, State]:
    """One RODAS4 step of length h: (state at its end, embedded error).

    The stages are one scan, so that the program holds a single right-hand side and a single solve.
    """
    solve = implicit_solver(model, c, y, 1 / (h * GAMMA))

    def stage(ks, coefficients):
        i, a, b = coefficients
        at = lax.optimization_barrier(_plus(y, a, ks))
        r = lax.optimization_barrier(_plus(rates(model, c, at), b / h, ks))
        return jax.tree.map(lambda k, new: lax.dynamic_update_index_in_dim(k, new, i, 0), ks, solve(r)), None

    empty = jax.tree.map(lambda a: jnp.zeros((6, *a.shape), a.dtype), y)
    dtype = y.cells.dtype
    ks, _ = lax.scan(stage, empty, (jnp.arange(6), jnp.asarray(A, dtype), jnp.asarray(C, dtype)))
    return _plus(y, np.append(A[5, :5], 1.0), ks), jax.tree.map(lambda k: k[5], ks)
