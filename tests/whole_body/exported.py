"""Regimens that are exported, and other people's solvers for what is exported."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from scipy.integrate import solve_ivp

from epsom.core.draws import Draws
from epsom.regimen import Regimen
from epsom.whole_body.course import Course, follow
from epsom.whole_body.network import Network
from epsom.whole_body.sbml import as_sbml, network_of

DAY = 86400.0
DRAWS = Draws(3, seed=11)
MEALS = {"meals": ["7 h", "12 h", "18 h"]}
REGIMENS = {one["name"]: Regimen.build(one) for one in (
    {"name": "vein-load", "duration": "24 h", "events": [{"at": "0 h", "infuse": {"amount": "4 g MgSO4.7H2O", "for": "20 min"}},
                                                         {"at": "20 min", "infuse": {"amount": "8 g MgSO4.7H2O", "for": "8 h"}}]},
    {"name": "dose-with-meals", "duration": "3 d", "diet": MEALS, "person": {"virtual": True},
     "events": [{"at": "31 h", "take": {"amount": "300 mg Mg"}}, {"at": "50 h", "sweat": {"volume": "1.5 L", "for": "90 min"}}]},
    {"name": "tracer", "duration": "4 d", "events": [
        {"at": "0 h", "take": {"amount": "20 mg Mg", "isotope": "28Mg"}},
        {"at": "1 h", "infuse": {"amount": "5 mg Mg", "for": "5 min", "isotope": "28Mg"}},
        {"at": "30 h", "absorb": {"amount": "10 mg Mg", "for": "6 h", "isotope": "28Mg"}},
        {"at": "40 h", "inject": {"amount": "1 g MgSO4.7H2O", "isotope": "28Mg"}}]},
    {"name": "no-magnesium", "duration": "21 d", "hormones": True, "events": [
        {"at": "2 d", "diet": "0 mmol"}, {"at": "16 d", "diet": "300 mg Mg"}]})}


def times_of(regimen: Regimen) -> np.ndarray:
    """Eleven times after the start, none of them at an event."""
    return np.linspace(0, regimen.duration.si, 12)[1:] * (1 - 1e-3)


@cache
def table_of(name: str, draw: int = 0) -> Network:
    return network_of(REGIMENS[name], DRAWS, draw)


@cache
def text_of(name: str, draw: int = 0) -> str:
    return as_sbml(REGIMENS[name], DRAWS, draw)


@cache
def course_of(name: str, finer: int) -> Course:
    regimen = REGIMENS[name]
    return follow(regimen, DRAWS, times=times_of(regimen), finer=finer)


def by_lsoda(table: Network, end: float, times: np.ndarray) -> dict[str, np.ndarray]:
    """{pool, state or rule: values at times} by SciPy's LSODA from the formulas of a table, restarted at every event."""
    names = [*table.pools, *table.states]
    fixed = {name: value for name, (_, value) in table.numbers.items()} | {"sqrt": math.sqrt, "__builtins__": {}}
    made = lambda formula: compile(formula, formula, "eval")
    rules = [(name, made(formula)) for name, (_, formula) in table.rules.items()]
    flows = [(names.index(one.leaves), names.index(one.enters), made(one.formula)) for one in table.reactions.values()]
    slow = [(names.index(name), made(formula)) for name, (_, formula) in table.rates.items()]

    def known(y) -> dict:
        found = fixed | dict(zip(names, y.tolist()))
        for name, formula in rules:
            found[name] = eval(formula, found)
        return found

    def rate(_, y):
        found, change = known(y), np.zeros(len(y))
        for leaves, enters, formula in flows:
            flow = eval(formula, found)
            change[leaves] -= flow
            change[enters] += flow
        for row, formula in slow:
            change[row] = eval(formula, found)
        return change

    y = np.array([*table.pools.values(), *(value for _, value in table.states.values())])
    moments, seen = [0.0, *(one.at for one in table.events), end], {}
    for begin, until, event in zip(moments, moments[1:], [None, *table.events]):
        if event:
            found = known(y)
            for name, formula in event.becomes.items():
                y[names.index(name)] = eval(formula, found)
        here = times[(times >= begin) & (times < until)]
        out = solve_ivp(rate, (begin, until), y, "LSODA", np.append(here, until), rtol=1e-10, atol=1e-15)
        seen |= {t: known(state) for t, state in zip(here, out.y.T)}
        y = out.y[:, -1]
    return {name: np.array([seen[t][name] for t in times]) for name in [*names, *table.rules]}
