"""Pictures of the whole body, in the one style of `epsom.plots`; all are simulated values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from epsom.plots import BANDS, BLACK, BLUE, GREEN, GREY, ORANGE, PINK, SAND, SKY, logarithmic, styled
from epsom.regimen import MG
from epsom.schema import DAY
from epsom.whole_body.course import Course
from epsom.whole_body.detection import Measure
from epsom.whole_body.needed import Needed
from epsom.whole_body.threshold import Climb

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POOLS = (("red_cell_magnesium", "red cells", ORANGE, "-"), ("fast_cell_magnesium", "cells, within hours", GREEN, "--"),
         ("slow_cell_magnesium", "cells, within days", BLUE, "-."), ("bone_surface_magnesium", "surface of bone", PINK, ":"))
LINES = ((BLUE, "-"), (SKY, "--"), (GREEN, "-."), (ORANGE, "-"), (PINK, "--"), (SAND, "-."), (BLACK, ":"))


def _panels(rows: int, columns: int, height: float = 2.6, width: float = 3.9):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False)


def _scaled(times: np.ndarray) -> tuple[np.ndarray, str]:
    """Times in hours, or in days where there are more than three."""
    return (times / DAY, "time, d") if times[-1] > 3 * DAY else (times / 3600, "time, h")


def _fan(axes: Axes, x: np.ndarray, values: np.ndarray, title: str, colour: str = BLUE) -> None:
    for low, high, alpha, label in BANDS:
        axes.fill_between(x, *np.quantile(values, (low, high), axis=0), color=colour, alpha=alpha, linewidth=0, label=f"{label} of draws")
    axes.plot(x, np.median(values, axis=0), color=colour, label="median")
    axes.set_title(title)
    axes.set_xlim(x[0], x[-1])


@styled
def course(found: Course) -> Figure:
    """Serum, ionised magnesium, urine and cells over time: medians with 50 and 90 % of draws."""
    figure, ((serum, ionised), (urine, cells)) = _panels(2, 2)
    x, label = _scaled(found.times)
    _fan(serum, x, found["serum_concentration"], "serum magnesium, mmol/L")
    _fan(ionised, x, found["ionised_concentration"], "ionised magnesium in serum, mmol/L")
    _fan(urine, x, found["urine_magnesium"] * MG, "in urine since the start, mg")
    for name, said, colour, line in POOLS:
        change = 100 * (found[name] / found[name][:, :1] - 1)
        cells.plot(x, np.median(change, axis=0), color=colour, linestyle=line, label=said)
    cells.set_title("magnesium of cells, change in % (medians)")
    cells.set_xlim(x[0], x[-1])
    figure.legend(*_both(serum, cells), fontsize=8, loc="outside lower center", ncols=4)
    for axes in (serum, ionised, urine, cells):
        axes.set_xlabel(label)
    return figure


def _both(*panels: Axes):
    """(lines, labels) of several panels for one legend."""
    found = [axes.get_legend_handles_labels() for axes in panels]
    return [line for lines, _ in found for line in lines], [label for _, labels in found for label in labels]


@styled
def amounts(rows: list[Needed]) -> Figure:
    """Amount against rise: median and 90 % of draws."""
    figure, ((axes,),) = _panels(1, 1, 3.4, 5.2)
    done = [row for row in rows if np.isfinite(row.amount).all()]           # of the others half of a body's magnesium would not do
    rises = np.array([row.rise for row in done])
    low, middle, high = (np.array([np.quantile(row.amount, q) for row in done]) * MG for q in (0.05, 0.5, 0.95))
    axes.fill_between(rises, low, high, color=BLUE, alpha=0.25, linewidth=0, label="90 % of draws")
    axes.plot(rises, middle, color=BLUE, marker="o", markersize=4, label="median")
    axes.set_xlabel("rise of serum, mmol/L")
    way = {"skin": "absorbed through the skin", "vein": "given into a vein", "mouth": "swallowed"}[rows[0].way]
    axes.set_title(f"magnesium {way} for this rise after {rows[0].within / 3600:.3g} h, mg")
    axes.set_ylim(0)
    axes.set_xlim(0, 1.05 * rows[-1].rise)
    if done:
        axes.legend(fontsize=8.5)
    else:
        axes.text(0.5, 0.5, "half of what a body holds would not do", transform=axes.transAxes, ha="center")
    return figure


@styled
def chances(amounts_mg: list[float], found: list[list[Measure]]) -> Figure:
    """The chance that one person's change is told from nothing, against the amount, for each way of looking."""
    figure, ((axes,),) = _panels(1, 1, 3.4, 7.6)
    for (colour, line), measures in zip(LINES, zip(*found)):
        axes.plot(amounts_mg, [100 * m.chance for m in measures], color=colour, linestyle=line, marker="o", markersize=3,
                  label=measures[0].name)
    axes.set_xscale("log")
    logarithmic(axes.xaxis)
    axes.set_ylim(0, 104)
    axes.axhline(2.5, color=GREY, linewidth=0.8)
    axes.text(amounts_mg[-1], 3, "by chance alone ", fontsize=8, color=GREY, ha="right", va="bottom")
    axes.set_xlabel("magnesium taken up or taken in, mg")
    axes.set_title("chance that one person's change is seen, %")
    figure.legend(fontsize=8.5, loc="outside right center")
    return figure


@styled
def climbs(found: list[Climb], threshold: float) -> Figure:
    """Serum over time from ordinary to failing kidneys: medians, and 90 % of draws of the first and the last."""
    figure, ((axes,),) = _panels(1, 1, 3.4, 7.0)
    for (colour, line), one in zip(LINES, found):
        x, label = _scaled(one.times)
        axes.plot(x, np.median(one.serum, axis=0), color=colour, linestyle=line, label=f"{one.egfr:g}")
        if one in (found[0], found[-1]):
            axes.fill_between(x, *np.quantile(one.serum, (0.05, 0.95), axis=0), color=colour, alpha=0.2, linewidth=0)
    axes.axhline(threshold, color=BLACK, linewidth=1)
    axes.text(x[-1], threshold, f"{threshold:g} mmol/L ", ha="right", va="bottom", fontsize=8.5)
    axes.set_xlim(x[0], x[-1])
    axes.set_xlabel(label)
    axes.set_title("serum magnesium, mmol/L (bands: 90 % of draws)")
    figure.legend(title="eGFR,\nmL/min/1.73 m²", fontsize=8.5, title_fontsize=8.5, loc="outside right center")
    return figure
