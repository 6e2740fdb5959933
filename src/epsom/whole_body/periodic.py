"""Where a body stands at the start of a day of meals, when every day is like the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np
from scipy.linalg import expm

from epsom.body.gut import absorbed_of, returned
from epsom.body.homeostasis import POOLS, amount_of
from epsom.core.errors import SolveError
from epsom.engine.layout import State
from epsom.engine.programs import Program
from epsom.engine.step import rates
from epsom.model import Model
from epsom.schema import DAY
from epsom.whole_body.intake import Habit, Ledger

CLOSED = 1e-9            # of the body's magnesium by which a day may end beside its start
MOST = 12                # rounds
LEAST = 0.1              # of the square of a step: what must have been foretold of it for the round to teach


def start_of_a_day(model: Model, habit: Habit, p: Mapping[str, np.ndarray], named: Mapping[str, np.ndarray],
                   day: Callable[[Ledger], np.ndarray]) -> dict[str, np.ndarray]:
    """{pool: mol to add to the steady state of the same diet eaten evenly}, each (lanes,), so that a day of meals ends where it began.

    Broyden's method on the map from one morning to the next. It begins with the derivative at the even diet, which is the exponential of a
    constant matrix, and learns from each round, so that a round costs one day of the model and few are needed.

    Parameters
    ----------
    day : from events to the (scalars, lanes) at the end of a day with them.
    """
    constants, lanes = model.constants(p), len(named["size"])
    rows = np.array([model.scalar_names.index(amount_of(pool)) for pool in POOLS])
    even = np.asarray(model.initial(constants, lanes))
    inverse = np.linalg.inv(np.eye(len(rows)) - expm(np.asarray(jacobians(model, constants, even, rows=tuple(rows.tolist()))) * DAY))
    meal = habit.daily / len(habit.meals)
    taken = np.minimum(absorbed_of(named, meal) + returned(named, *habit.meal), meal)
    change, step, before = np.zeros((len(rows), lanes)), None, None
    for _ in range(MOST):
        book = Ledger(model, lanes)
        for pool, amount in zip(POOLS, change):
            book.supply(0.0, pool, amount)
        for at in habit.meals:
            book.supply(at, "stomach", taken)
            book.supply(at, "faecal", meal - taken)
        beside = day(book)[rows] - (even[rows] + change)
        if step is not None:
            inverse = learnt(inverse, step, before - beside)
        step, before = np.einsum("lij,jl->il", inverse, beside), beside
        change = change + step
        if np.abs(beside).max() <= CLOSED * even[rows].sum(0).min():
            return dict(zip(POOLS, change))
    raise SolveError("no day of meals ends where it began", "Eat evenly (leave out diet.meals), or look at the parameters you changed")


def learnt(inverse: np.ndarray, step: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Broyden's correction of inverse derivatives (lanes, n, n), which then take the change of the residual to the step that made it,
    (n, lanes) each; a lane whose step is far from what was foretold, as rounding is, learns nothing."""
    foretold = np.einsum("lij,jl->il", inverse, change)
    row = np.einsum("il,lij->jl", step, inverse)
    size, least = (step * foretold).sum(0), LEAST * (step * step).sum(0)
    error = np.where(size <= least, 0.0, step - foretold) / np.where(size <= least, 1.0, size)
    return inverse + np.einsum("il,jl->lij", error, row)


@Program
def jacobians(model: Model, constants, even, *, rows: tuple[int, ...]):
    """(lanes, pools, pools) 1/s: how the rate of each pool answers to each, at a state (scalars, lanes).

    All columns are lanes of one derivative.
    """
    count, lanes, pools = len(rows), even.shape[1], jnp.array(rows)
    wide = jax.tree.map(lambda a: jnp.tile(a, count), constants)
    state = jnp.tile(even, count)

    def of_pools(amounts):
        return rates(model, wide, State(jnp.zeros((0, state.shape[1])), state.at[pools].set(amounts))).scalars[pools]

    pushed = jax.jvp(of_pools, (state[pools],), (jnp.repeat(jnp.eye(count), lanes, axis=1),))[1]
    return jnp.moveaxis(pushed.reshape(count, count, lanes), 2, 0)
