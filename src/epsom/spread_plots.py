"""Pictures of where a spread comes from: what is not known, how people differ, and which single numbers matter most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from epsom import feeling
from epsom.answer import Answer
from epsom.certainty import HEADLINE
from epsom.plots import BANDS, BLACK, BLUE, GREY, ORANGE, logarithmic, new_figure, styled
from epsom.result import Result
from epsom.value_of_information import single_numbers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KNOWLEDGE = {"low": 0.05, "middle": 0.5, "high": 0.95}      # among draws of what is not known
ROW = 0.32                   # inches of a bar
MOST_NUMBERS = 4             # told of each thing that was asked


def among_people(values: np.ndarray, people: int) -> dict[str, np.ndarray]:
    """{knowledge: (people,)} of (draws,): the people of the draw of what is not known whose middle person is at 5, 50 and 95 % of all."""
    table = values.reshape(-1, people)
    order = np.argsort(np.median(table, axis=1), kind="stable")
    return {name: table[order[round(level * (len(order) - 1))]] for name, level in KNOWLEDGE.items()}


def people_shown(result: Result) -> dict[str, np.ndarray]:
    """{what and unit: (draws,)} of the numbers that are shown by person: what passes the skin, and relief after 20 min."""
    found = {}
    for solute in result.solutes:
        mg = result.parameters[f"{solute}.molar_mass"].si * 1e6
        found[f"{solute} that passes the skin, mg"] = result[f"crossed_amount[{solute}]"][:, -1] * mg
    if feeling.felt(result) and feeling.hurts(result.scenario) and result.times[-1] >= feeling.TIMES[1]:
        found["relief after 20 min, points"] = feeling.drops(result)[:, np.searchsorted(result.times, feeling.TIMES[1])]
    return found


@styled
def people(result: Result, what: str) -> Figure:
    """How people differ in one number of `people_shown` in three draws of what is not known."""
    figure, axes = new_figure(1.2, 0.15, 0.5, 0.32, height=2.0)
    for y, (_, values) in enumerate(among_people(people_shown(result)[what], result.draws.people).items()):
        for (low, high, strength, _), width in zip(BANDS, (2, 5, 9)):
            axes.plot(np.quantile(values, (low, high)), (y, y), color=BLUE, alpha=0.25 + strength, linewidth=width, solid_capstyle="butt")
        axes.plot([np.median(values)], [y], "o", color=BLACK, markersize=4)
    if "mg" in what:
        axes.set_xscale("log")
        logarithmic(axes.xaxis)
    axes.set_yticks(range(len(KNOWLEDGE)), KNOWLEDGE)
    axes.set_ylim(len(KNOWLEDGE) - 0.5, -0.5)
    axes.set_xlabel(what)
    axes.set_title("How people differ (simulated)")
    return figure


@styled
def split(found: Sequence[Answer]) -> Figure:
    """Of each headline number, the share of its spread that study could remove and the share that is how people differ."""
    rows = [a for a in found if a.key in HEADLINE and a.split]
    height = 0.95 + ROW * len(rows)
    figure, axes = new_figure(2.0, 0.3, 0.5, 0.45, height=height)
    for y, a in enumerate(rows):
        unknown = a.split.unknown
        axes.barh(y, unknown.value, 0.7, color=ORANGE, label="not known" if y == 0 else None)
        axes.barh(y, 1 - unknown.value, 0.7, left=unknown.value, color=BLUE, label="people differ" if y == 0 else None)
        axes.plot((unknown.low, unknown.high), (y, y), color=BLACK, linewidth=1.2)
    several = len({a.solute for a in rows}) > 1
    axes.set_yticks(range(len(rows)), [f"{a.solute}, {HEADLINE[a.key]}" if several else HEADLINE[a.key] for a in rows], fontsize=8)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    axes.set_xticks(np.linspace(0, 1, 5), [f"{x:.0f} %" for x in np.linspace(0, 100, 5)])
    axes.set_xlabel("share of the spread")
    axes.set_title("Not known, or how people differ (simulated)", pad=18)
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), fontsize=8, ncols=2, borderpad=0.1)
    return figure


def matters_most(result: Result) -> dict[str, list[tuple[str, float, float, float]]]:
    """{what is asked: [(number, share of the spread that would go if it were known exactly, low, high)]}, most first, beyond chance only."""
    worths = single_numbers(result)
    found = {}
    for target in worths[0].shares if worths else ():
        own = sorted((w for w in worths if target in w.beyond), key=lambda w: -w.shares[target].value)[:MOST_NUMBERS]
        if own:
            found[target] = [(w.name, *w.shares[target]) for w in own]
    return found


@styled
def dominant(result: Result) -> Figure:
    """Which single numbers the spread of what is asked hangs on most."""
    found = matters_most(result)
    rows = [(target, *row) for target, own in found.items() for row in own]
    figure, axes = new_figure(2.35, 0.3, 0.5, 0.32, width=5.8, height=0.95 + ROW * (len(rows) + len(found)))
    y, ticks = 0.0, []
    for target, own in found.items():
        axes.annotate(target, (0.0, y), xytext=(3, 0), textcoords="offset points", va="center", fontsize=8.5, fontweight="bold")
        for name, value, low, high in own:
            y += 1
            axes.barh(y, value, 0.7, color=BLUE)
            axes.plot((low, high), (y, y), color=GREY, linewidth=1.4)
            ticks.append((y, name))
        y += 1
    axes.set_yticks([at for at, _ in ticks], [name for _, name in ticks], fontsize=8)
    axes.set_ylim(y - 0.4, -0.6)
    axes.set_xlim(0, 1)
    axes.set_xticks(np.linspace(0, 1, 5), [f"{x:.0f} %" for x in np.linspace(0, 100, 5)])
    axes.set_xlabel("share of the spread that would go if it were known")
    axes.set_title("What the uncertainty hangs on (simulated)")
    return figure
