"""Pictures of what goes on at the skin's surface: the film as it dries, and the skin's temperature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from epsom.plots import BANDS, BLUE, FIRST_HOURS, GREEN, GREY, ORANGE, SKY, new_figure, styled
from epsom.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HOUR, KELVIN = 3600.0, 273.15
FILM = {"film_water_activity": ("water activity", BLUE), "film_contact": ("share of skin below solution", GREEN),
        "crystal_share": ("share that is crystals", ORANGE)}


def film_courses(result: Result, solute: str) -> dict[str, np.ndarray]:
    """{what: (draws, times)} of the film in the first hours, all from 0 to 1."""
    early = result.times < FIRST_HOURS * HOUR
    names = {word: f"{word}[{solute}]" if word == "crystal_share" else word for word in FILM}
    return {FILM[word][0]: result[name][:, early] for word, name in names.items() if name in result.readouts}


@styled
def film(result: Result, solute: str) -> Figure:
    """The film over the first hours: how much of its water's activity is left, how much of the skin it wets, how much of the solute lies
    there as crystals; median with half of the draws."""
    figure, axes = new_figure(0.6, 0.15, 0.5, 0.32)
    x = result.times[result.times < FIRST_HOURS * HOUR] / 60
    for (name, values), (_, colour) in zip(film_courses(result, solute).items(), FILM.values()):
        low, middle, high = np.quantile(values, (0.25, 0.5, 0.75), axis=0)
        axes.plot(x, middle, color=colour, linewidth=1.8, label=name)
        axes.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
    axes.set_xlim(0, x[-1])
    axes.set_ylim(-0.02, 1.3)                # room for the legend
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.set_xlabel("time since the first step, min")
    axes.set_ylabel("share, or water activity")
    axes.set_title("The film as it dries (simulated)")
    axes.legend(loc="upper right", fontsize=8)
    return figure


def felt_limits(result: Result) -> dict[str, float]:
    """{what: temperature in K}: usual skin, and the smallest quick change that is felt as warmth or as cool on an area of this size."""
    number = lambda key: result.parameters[key].si
    site, usual = result.scenario.site, number("film.skin_temperature")
    larger = (number("thermal_sense.threshold_area") / site.area.si) ** number("thermal_sense.area_power")
    return {"usual": usual, "warmth is felt": usual + number(f"{site.name}.warm_threshold") * larger,
            "cool is felt": usual - number(f"{site.name}.cool_threshold") * larger}


@styled
def temperature(result: Result) -> Figure:
    """Temperature of the treated skin over the first hour, against the smallest quick changes that are felt as cool and as warmth; a slow
    change must be larger to be felt."""
    figure, axes = new_figure(0.6, 0.15, 0.5, 0.32)
    early = result.times <= HOUR
    x, values = result.times[early] / 60, result["skin_temperature"][:, early] - KELVIN
    for low, high, strength, name in BANDS:
        axes.fill_between(x, *np.quantile(values, (low, high), axis=0), color=BLUE, alpha=strength, linewidth=0, label=f"{name} of draws")
    axes.plot(x, np.median(values, axis=0), color=BLUE, linewidth=1.8, label="median")
    limits = {name: at - KELVIN for name, at in felt_limits(result).items()}
    for (name, at), colour in zip(limits.items(), (GREY, ORANGE, SKY)):
        axes.axhline(at, color=colour, linewidth=1.2, linestyle=(0, (4, 2)))
        if name != "usual":
            axes.annotate(f"quick change: {name}", (x[-1], at), xytext=(-2, 3 if "warmth" in name else -3), textcoords="offset points",
                          ha="right", va="bottom" if "warmth" in name else "top", fontsize=8)
    low, high = min(values.min(), *limits.values()), max(values.max(), *limits.values())
    axes.set_ylim(low - 0.15 * (high - low), high + 0.45 * (high - low))
    axes.set_xlim(0, x[-1])
    axes.set_xlabel("time since the first step, min")
    axes.set_ylabel("skin temperature, °C")
    axes.set_title("How cool or warm the skin gets (simulated)")
    axes.legend(loc="upper left", fontsize=8, ncols=2)
    return figure
