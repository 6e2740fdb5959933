"""One time step: RODAS4 with the exact Jacobian of a forest of cells bordered by scalars.

No derivative is written by hand: the forest is known from its coefficients, everything else comes from jvp and
linearize. The optimization barriers matter for speed: on a CPU the compiler fuses a producer into every reader and then
computes a lane again for each cell. What is made for one shape and read in a larger one, or read twice, gets a barrier.
"""

from __future__ import annotations

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
    d = model.actions(c, jnp.unstack(y.scalars))
    gained, felt = model.cell_rates(c, y.cells, d)
    return State(gained / model.capacity(c), stacked(model.scalar_rates(c, jnp.unstack(y.scalars), felt), y.cells.shape[1]))


def implicit_solver(model: System, c, y: State, weight):
    """r -> (weight - J)^-1 r, where J is the exact Jacobian of `rates` at y.

    Cells first: T x = r + sum_k B_k dd_k, with T the forest and B_k the answer of the cells to action k. Seen through
    its two ports the whole tissue is then a small matrix G (probes per unit of action). The Schur complement that is
    left is the Jacobian of one ordinary function, `loop`.
    """
    u, s = y.cells, tuple(jnp.unstack(y.scalars))
    d, act = jax.linearize(lambda *s: model.actions(c, s), *s)
    felt, touch = jax.linearize(lambda u: model.cell_rates(c, u, d)[1], u)
    _, feel = jax.linearize(lambda *felt: model.scalar_rates(c, s, felt), *felt)

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

    def loop(*s):                                             # scalars -> actions -> cells -> probes -> scalars
        moved = [new - old for new, old in zip(model.actions(c, s), d)]
        return model.scalar_rates(c, s, [p + sum(g[i] * m for g, m in zip(G, moved)) for i, p in enumerate(felt)])

    schur = {ij: -entry for ij, entry in sparse_jacobian(loop, *s).items()}
    for i in range(len(s)):
        schur[i, i] = weight + schur.get((i, i), 0.0)
    schur_solve = sparse_solver(lax.optimization_barrier(schur), len(s))

    def solve(r: State) -> State:
        x, = tree_solve((r.cells * model.capacity(c),))
        probed = lax.optimization_barrier(touch(x))
        ds = lax.optimization_barrier(schur_solve([a + b for a, b in zip(jnp.unstack(r.scalars), feel(*probed))]))
        dd = lax.optimization_barrier(act(*ds))               # a lane fused into a loop over cells is redone per cell
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
