"""Pictures of comparisons and sweeps, in the one style of `plots.py`; all are simulated values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from epsom.answer import RISES, SMALLEST, ZONES
from epsom.comparison import Comparison, Row
from epsom.plots import BANDS, BLACK, BLUE, DECADES, GREEN, ORANGE, WIDTH, logarithmic, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# With each its marker, so that scenarios can be told apart without any colour.
SERIES = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "D"), ("#CC79A7", "^"), ("#E69F00", "v"), (BLACK, "P"))
SHOWN = {"g": ("mg", 1e3), "mol/L": ("µmol/L", 1e6), "m": ("µm", 1e6), "": ("", 1.0)}
MANY_DECADES = 200           # a logarithmic axis that spans less also labels 2 and 5


def by_time(comparison: Comparison, variable: str) -> Figure:
    """A readout at the reading times in every scenario, and below it each scenario over the first, draw by draw: median and
    90 % of draws. What is below the axis is drawn at its foot."""
    rows = [row for row in comparison.table if row.variable == variable and row.when != "peak"]
    return _side_by_side(rows, [row.when for row in rows], comparison.labels)


@styled
def _side_by_side(rows: list[Row], names: list[str], labels: tuple[str, ...]) -> Figure:
    paired = any(p and p.ratio for row in rows for p in row.against)
    legend, above, below = 0.19 * len(labels), 2.1, 1.5 * paired
    figure, axes = new_figure(0.85, 0.1, 0.45 + below, 0.38 + legend, height=above + below + legend + 0.83)
    floor = _value_axis(axes, rows)
    places = np.arange(len(rows))
    offsets = 0.7 * (np.arange(len(labels)) - (len(labels) - 1) / 2) / len(labels)
    for i, (label, offset) in enumerate(zip(labels, offsets)):
        _bars(axes, places + offset, [row.values[i] for row in rows], SHOWN[rows[0].unit][1], SERIES[i], floor, _short(label))
    figure.legend(*axes.get_legend_handles_labels(), loc="upper left", bbox_to_anchor=(0.02, 1 - 0.28 / figure.get_figheight()),
                  fontsize=8.5, borderpad=0)
    figure.text(0.02, 1 - 0.2 / figure.get_figheight(), _title(rows[0]), fontsize=10)
    if paired:
        lower = figure.add_axes((0.85 / WIDTH, 0.45 / figure.get_figheight(), 1 - 0.95 / WIDTH, (below - 0.3) / figure.get_figheight()))
        _ratios(lower, rows, places, offsets)
        axes.set_xticks(places, [""] * len(names))
    last = lower if paired else axes
    last.set_xticks(places, names)
    last.set_xlabel("time since the first step")
    for part in figure.axes:
        part.set_xlim(-0.5, len(rows) - 0.5)
    return figure


def _ratios(axes, rows: list[Row], places, offsets) -> None:
    """Each scenario over the first; the line is the first itself."""
    for i, offset in list(enumerate(offsets))[1:]:
        _bars(axes, places + offset, [row.against[i - 1] and row.against[i - 1].ratio for row in rows], 1.0, SERIES[i], 0.0, "")
    axes.axhline(1.0, color=SERIES[0][0], linewidth=1.2)
    found = [x for row in rows for p in row.against if p and p.ratio for x in p.ratio]
    axes.set_yscale("log")
    foot, top = min(0.5, 0.7 * min(found)), max(2.0, 1.4 * max(found))
    axes.set_ylim(foot, top)
    (logarithmic if top / foot > MANY_DECADES else _times)(axes.yaxis)
    axes.set_ylabel("times the first")


def _times(axis) -> None:
    """Plain labels for ratios: 0.5, 1, 2, 10."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=7))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _value_axis(axes, rows: list[Row]) -> float:
    """Scale an axis for these rows' values, logarithmic but for a water activity; returns its foot."""
    unit, factor = SHOWN[rows[0].unit]
    axes.set_ylabel(unit or "1 is pure water")
    found = [x * factor for row in rows for value in row.values if value for x in value]
    if not unit:
        axes.set_ylim(0.0, 1.05)
        return 0.0
    top = max([*found, SMALLEST[rows[0].unit] * factor])
    floor = max(top / 10 ** (DECADES + 1), min([x for x in found if x > 0], default=top) / 2, SMALLEST[rows[0].unit] * factor)
    axes.set_yscale("log")
    (logarithmic if top / floor > MANY_DECADES else _times)(axes.yaxis)
    axes.set_ylim(floor, 3 * top)
    return floor


def _bars(axes, places, values, factor: float, series: tuple[str, str], floor: float, label: str) -> None:
    """Median and interval at each place; a median at the foot of the axis points down."""
    colour, marker = series
    shown = [(x, np.maximum(np.multiply(v, factor), floor)) for x, v in zip(places, values) if v]
    axes.plot([], [], color=colour, marker=marker, markersize=5, linewidth=4, alpha=0.8, label=label)
    for x, (low, middle, high) in shown:
        axes.plot((x, x), (low, high), color=colour, alpha=0.45, linewidth=4, solid_capstyle="butt")
        axes.plot([x], [middle], marker=marker if middle > floor else 7, color=colour, markersize=5, clip_on=False)


def _short(label: str, most: int = 44) -> str:
    return label if len(label) <= most else f"{label[: most - 1]}…"


def _title(row: Row) -> str:
    word = row.variable.partition("[")[0]
    names = {"entered_amount": "that left the film", "crossed_amount": "that passed the stratum corneum",
             "film_thickness": "Thickness of the film", "film_water_activity": "Water activity of the film"}
    zones = {f"{rise}{zone}": f"{where} {what}" for rise, where in RISES.items() for zone, what in {**ZONES, "": ""}.items()}
    where = f"rise in the {zones[word].rstrip()}" if word in zones else names[word]
    return f"{row.solute.capitalize()} {where} (simulated)".strip()


@styled
def over_values(comparison: Comparison, key: str) -> Figure:
    """One row of a sweep over the swept values: median and 90 % of draws."""
    row, swept = comparison.row(key), comparison.swept
    long_names = swept.numbers is None and max(map(len, swept.values)) > 8
    figure, axes = new_figure(0.85, 0.15, 1.5 if long_names else 0.5, 0.55, height=3.9 if long_names else 3.1)
    floor = _value_axis(axes, [row])
    factor = SHOWN[row.unit][1]
    there = [i for i, value in enumerate(row.values) if value]
    places = [swept.numbers[i] if swept.numbers else i for i in there]
    order = np.argsort(places)
    x = np.array(places)[order]
    low, middle, high = np.maximum(np.array([row.values[there[i]] for i in order]).reshape(-1, 3).T * factor, floor)
    if swept.numbers:
        axes.fill_between(x, low, high, color=BLUE, alpha=BANDS[1][2], linewidth=0, label="90 % of draws")
        axes.plot(x, middle, "o-", color=BLUE, markersize=4, label="median")
        if min(swept.numbers) > 0 and max(swept.numbers) / min(swept.numbers) > 20:
            axes.set_xscale("log")
    else:
        _bars(axes, x, [row.values[there[i]] for i in order], factor, SERIES[0], floor, "median and 90 % of draws")
        axes.set_xticks(range(len(swept.values)), [_short(v, 22) for v in swept.values], rotation=40 if long_names else 0,
                        ha="right" if long_names else "center")
        axes.set_xlim(-0.5, len(swept.values) - 0.5)
    axes.set_xlabel(f"{swept.key}{f', {swept.unit}' if swept.unit else ''}")
    figure.legend(*axes.get_legend_handles_labels(), loc="upper right", bbox_to_anchor=(1, 1 - 0.25 / figure.get_figheight()),
                  ncols=2, fontsize=8, borderpad=0)
    figure.text(0.02, 1 - 0.2 / figure.get_figheight(), f"{_title(row)[:-1]}, {row.when})", fontsize=10)
    return figure
