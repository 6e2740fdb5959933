"""Pictures of what is felt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from epsom import feeling
from epsom.answer import Share
from epsom.feeling import PAIN
from epsom.plots import BANDS, BLACK, BLUE, GREEN, GREY, ORANGE, PALE, PINK, new_figure, styled
from epsom.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOSTLY, NONE = 0.5, Share(0.0, 0.0, 0.0)
COLOURS = {"magnesium": BLUE, "vehicle and hands": ORANGE, "body coupling": PINK, "expectation": GREEN}


@styled
def pain(result: Result) -> Figure:
    """The pain rating over the first hour: median with 50, 80 and 95 % of draws, and ten draws of their own."""
    figure, axes = new_figure(0.6, 0.15, 0.5, 0.32)
    early = result.times <= feeling.TIMES[-1]
    x, values = result.times[early] / 60, result[PAIN][:, early]
    for low, high, strength, name in BANDS:
        axes.fill_between(x, *np.quantile(values, (low, high), axis=0), color=BLUE, alpha=strength, linewidth=0, label=f"{name} of draws")
    for one in values[:10]:
        axes.plot(x, one, color=GREY, linewidth=0.5, alpha=0.7)
    axes.plot(x, np.median(values, axis=0), color=BLUE, linewidth=1.8, label="median")
    axes.set_xlim(0, x[-1])
    axes.set_ylim(0, 10)
    axes.set_xlabel("time since the first step, min")
    axes.set_ylabel("pain, 0 to 10")
    axes.set_title("Pain over the first hour (simulated)")
    axes.legend(loc="upper right", fontsize=8, ncols=2)
    return figure


@styled
def shares(result: Result) -> Figure:
    """Mean drop of the pain rating at each time, shared out among the groups; what comes anyway apart. Hatched where more than half of the
    spread of a share rests on assumed numbers."""
    figure, axes = new_figure(0.7, 1.75, 0.5, 0.32)
    found = feeling.shares(result)
    names = ["comes anyway", *feeling.groups()]
    width = 0.16
    for k, name in enumerate(names):
        values = [s.course if name == "comes anyway" else s.groups[name].owen for s in found.values()]
        driven = [name in s.groups and (s.groups[name].assumed or NONE).value > MOSTLY for s in found.values()]
        x = np.arange(len(values)) + (k - len(names) / 2 + 0.5) * width
        axes.bar(x, [r.mean for r in values], width * 0.9, color=COLOURS.get(name, GREY), label=name,
                 hatch=["////" if mostly else "" for mostly in driven], edgecolor="white", linewidth=0)
        axes.vlines(x, [r.low for r in values], [r.high for r in values], color=BLACK, linewidth=0.9)
    axes.axhline(0, color=BLACK, linewidth=0.8)
    axes.set_xticks(range(len(found)), [f"{t / 60:.0f} min" for t in found])
    axes.set_ylabel("points of relief")
    axes.set_title("Who deserves the credit (simulated)")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8, handlelength=1.0, title="hatched: rests\nmostly on what\nis assumed",
                title_fontsize=8.5)
    return figure


@styled
def hundred(result: Result) -> Figure:
    """Of a hundred, how many reach the first threshold of relief, with magnesium's effects and without: a dot for each."""
    found = feeling.of_a_hundred(result)
    figure, axes = new_figure(0.1, 0.1, 0.1, 0.55, height=0.65 + 2.35 * len(found))
    across, down = np.arange(100) % 10, np.arange(100) // 10
    for k, (name, *shares) in enumerate(found):
        top = 15.0 * k
        axes.annotate(name, (-0.5, top - 2.4), va="center", fontsize=8.5)
        for side, (share, magnesium) in enumerate(zip(shares, ("with", "without"))):
            left, many = 13.5 * side, round(100 * share)
            axes.scatter(left + across, top + down, s=30, c=[BLUE if i < many else PALE for i in range(100)], linewidths=0)
            axes.annotate(f"{many} {magnesium} magnesium", (left + 4.5, top - 1.1), ha="center", va="center", fontsize=8.5, fontweight="bold")
    axes.set_xlim(-1.5, 24.5)
    axes.set_ylim(15.0 * len(found) - 4.5, -3.6)
    axes.set_axis_off()
    axes.set_title(f"How many are {feeling.thresholds()[0].told} at 10 to 60 min (simulated)")
    return figure


@styled
def noticed(result: Result) -> Figure:
    """Cool, warmth and sting over the first hour: medians with 50 % of draws."""
    figure, axes = new_figure(0.6, 0.15, 0.5, 0.32)
    early = result.times <= feeling.TIMES[-1]
    x, top = result.times[early] / 60, 1.0
    for name, colour in (("cool_rating", BLUE), ("warmth_rating", ORANGE), ("sting_rating", PINK)):
        low, middle, high = np.quantile(result[name][:, early], (0.25, 0.5, 0.75), axis=0)
        axes.plot(x, middle, color=colour, linewidth=1.8, label=feeling.RATINGS[name])
        axes.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
        top = max(top, 1.1 * high.max())
    axes.set_xlim(0, x[-1])
    axes.set_ylim(0, min(top, 10))
    axes.set_xlabel("time since the first step, min")
    axes.set_ylabel("rating, of 10")
    axes.set_title("What else would be noticed (simulated)")
    axes.legend(loc="upper right", fontsize=8)
    return figure
