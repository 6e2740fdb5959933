"""The engine in time: order, closed mass, and agreement with SciPy on the same right-hand side."""

import jax
import numpy as np
import pytest
from physics_runs import APPLY, BOTH, HOUR, drawn, flat, made, median, order, scenario, shared, solve, standard, unflat, worst
from physics_runs import WATCH as SHARED
from scipy.integrate import solve_ivp

from epsom import protocol
from epsom.engine.layout import State
from epsom.engine.run import constants
from epsom.engine.step import rates

WATCH = SHARED[:4]
TIMES = HOUR * np.array([0.5, 1, 2, 4, 6, 8, 12, 16, 20, 24])
WASH = {"at": "4 h", "wash": 0.95}
AGAIN = {"at": "8 h", "apply": "2 mg/cm^2"}


def test_fourth_order_in_time():
    """Single dose, no wash, median and three draws: the slope of the error against 2304 steps is at least 3.7.

    Read at ends of steps that all plans share, so that the steps alone are measured and not the output between them. In one of
    the draws the film dries so fast that plans of fewer than 192 steps jump over it.
    """
    case, model = scenario(APPLY), standard()
    p = {key: np.r_[value, drawn(model, case, 3)[key]] for key, value in median(model, case).items()}
    times = 24 * HOUR * (np.arange(4, 13) / 12) ** 3          # 0.9 h to 24 h
    runs = {n: np.asarray(shared(case, p, times, WATCH, n).seen) for n in (192, 384, 768, 2304)}
    errors = np.array([worst(runs[n], runs[2304]) for n in (192, 384, 768)])
    print("steps 192, 384, 768:", *(f"{name}: {errors[:, k]}, {order(errors[:, k])};" for k, name in enumerate(WATCH)))
    assert order(errors).min() >= 3.7


CASES = {
    "lotion": scenario(APPLY, WASH),
    "again": scenario(APPLY, WASH, AGAIN, {"at": "10 h", "occlude": {"for": "1 h"}}, {"at": "12 h", "wash": 1.0}),
    "two solutes": scenario(APPLY, WASH, AGAIN, product=BOTH),
    "bath": scenario({"at": "0 h", "soak": {"for": "20 min", "volume": "120 L"}}, {"at": "1 h", "wash": 0.5},
                     {"at": "2 h", "soak": {"for": "20 min", "volume": "120 L"}},
                     product={"use": "epsom-bath-500g-120L"}, area="5000 cm^2")}


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.long) if name == "two solutes" else name for name in CASES])
def test_mass_closes(name):
    """No step leaves more than 1e-10 of the dose unaccounted for, in any solute's account, in five lanes."""
    case = CASES[name]
    model = standard(tuple(case.product.resolved.moles))
    p = {key: np.r_[value, drawn(model, case, 4)[key]] for key, value in median(model, case).items()}
    out = shared(case, p, TIMES, WATCH) if model is standard() else solve(model, case, p, TIMES, 48, WATCH)
    dose = [sum(row.amount for row in protocol.rows(case) if row.source == f"supply_amount[{account}]")
            for account in model.accounts]
    leak = np.asarray(out.leak) / np.array(dose)[:, None]
    print(f"{name}: {dict(zip(model.accounts, leak.max(1)))} of the dose")
    assert leak.shape == (len(case.product.resolved.moles), 5)
    assert leak.max() <= 1e-10


def radau(model, case, p, times, tolerance):
    """(times, cells + scalars): the same right-hand side by SciPy, with a dense Jacobian and the events by hand."""
    c, n = constants(model, p), model.forest.size
    z = np.array(flat(State(np.zeros((n, 1)), model.initial(c, 1))))
    right = lambda c, z: flat(rates(model, c, unflat(model, z)))
    f, J = made(right, c, z), made(jax.jacfwd(right, 1), c, z)
    size = np.r_[model.cell_scale[:, 0], model.scalar_scale[:, 0]]
    moves, events = protocol.compiled(model, case, 1)
    found = []
    for k, (a, b) in enumerate(zip(events.times[:-1], events.times[1:])):
        for m, (source, target) in enumerate(moves):
            moved = events.amount[k, m, 0] + (0 if source is None else events.fraction[k, m, 0] * z[n + source])
            for place, sign in ((source, -1), (target, 1)):
                if place is not None:
                    z[n + place] += sign * moved
        here = times[(times > a) & (times <= b)]
        path = solve_ivp(lambda t, z: np.asarray(f(c, z)), (a, b), z, "Radau", jac=lambda t, z: np.asarray(J(c, z)),
                         first_step=1e-3, rtol=tolerance, atol=1e-2 * tolerance * size, t_eval=np.union1d(here, b))
        assert path.success
        found.append(path.y[:, :len(here)].T)
        z = path.y[:, -1].copy()
    return np.concatenate(found)


@pytest.mark.parametrize("which", ["median", "wide draw"])
def test_scipy_agrees(which):
    """SciPy's Radau and the plan of 288 steps agree to 1e-5 after a dose and a wash, on every variable watched."""
    case, model = CASES["lotion"], standard()
    p = median(model, case) if which == "median" else drawn(model, case, 1, first=7)
    between = TIMES[TIMES != 4 * HOUR]                        # at the event itself one solver means before, one after
    states = radau(model, case, p, between, 1e-8)
    c = constants(model, p)
    look = made(lambda c, z: model.observe(c, WATCH, unflat(model, z))[:, 0], c, states[0])
    truth = np.stack([np.asarray(look(c, z)) for z in states])
    found = shared(case, p, between, WATCH, 288).seen[:, :, 0]
    print(f"{which}: Radau against the plan {dict(zip(WATCH, worst(found, truth)))}")
    assert worst(found, truth).max() <= 1e-5
