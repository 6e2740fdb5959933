"""A drawn piece of skin with a run's numbers where they belong. Not to scale: a corneum of 0.02 mm above muscle at 15 mm has none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from epsom.answer import Answer, near_width
from epsom.plots import BLACK, BLUE, DECADES, GREY, SKY, WIDTH, new_figure, styled
from epsom.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEIGHT = 5.6
EDGE = 27.0                  # right edge of the skin, of 100 in width
TEXT = 36.0                  # where words begin
FILM, CORNEUM = (3.0, 8.0), (8.0, 13.0)
LAYERS = {"viable_epidermis_concentration": (13.0, 25.0), "papillary_dermis_concentration": (25.0, 39.0),
          "lower_dermis_concentration": (39.0, 61.0), "subcutis_concentration": (61.0, 79.0), "upper_muscle_concentration": (79.0, 98.0)}
FLESH, HORN, VEIN = "#fbf1ec", "#ead9b5", "#b5332e"
PALEST, DARKEST = 0.03, 0.7  # how blue the layer is that rises by DECADES less than the most, and that which rises most


class Place(NamedTuple):
    """What is told of one place: where the line points (x, y), its name and its numbers."""

    x: float
    y: float
    name: str
    numbers: str


def places(result: Result, solute: str, found: list[Answer]) -> list[Place]:
    """From the surface down."""
    return sorted(_places(result, {a.key: a for a in found if a.solute == solute}), key=lambda place: place.y)


def _places(result: Result, by: dict[str, Answer]) -> Iterator[Place]:
    end = result.scenario.duration
    yield Place(EDGE, np.mean(FILM), "on the skin", f"{by['applied_amount.end'].interval} applied")
    yield Place(EDGE, np.mean(CORNEUM), "stratum corneum", f"{by['crossed_amount.end'].interval} pass it within {end}")
    for word, (top, bottom) in LAYERS.items():
        peak, time = by[f"{word}.peak"], by[f"{word}.peak_time"]
        lower = 0.25 if word == "lower_dermis_concentration" else 0.5
        name = word.removesuffix("_concentration").replace("_", " ")
        yield Place(EDGE, top + lower * (bottom - top), f"{name}, most after {time.interval.partition(' (')[0]}", f"{peak.interval} more")
    uptake, rise, time = (by[key] for key in ("blood_uptake_amount.end", "plasma_concentration.peak", "plasma_concentration.peak_time"))
    yield Place(24.0, 54.0, f"blood, most after {time.interval.partition(' (')[0]}", f"{uptake.interval} carried off\n{rise.interval} more")
    near = by.get("papillary_dermis_concentration_near_follicles.20 min")
    if near:
        yield Place(9.6, 33.5, f"within {near_width(result)} of an open follicle, after 20 min", f"{near.interval} more")


@styled
def cross_section(result: Result, solute: str, found: list[Answer]) -> Figure:
    """The skin in section: the bluer a layer the more the solute rises there at most (median, on a logarithm of four decades)."""
    figure, axes = new_figure(0.05, 0.05, 0.05, 0.32, width=WIDTH, height=HEIGHT)
    told = places(result, solute, found)
    _layers(axes, {a.variable.partition("[")[0]: a.middle for a in found if a.solute == solute and a.key.endswith(".peak")})
    _vessels(axes)
    if any("follicle" in place.name for place in told):
        _follicle(axes)
    rows = np.linspace(4.0, 95.5, len(told))
    for place, row in zip(told, rows):
        axes.plot((place.x, EDGE + 3, TEXT - 3, TEXT - 1), (place.y, place.y, row, row), color=GREY, linewidth=0.7, zorder=5)
        axes.annotate(place.name, (TEXT, row - 0.4), va="bottom", fontsize=8.2, fontweight="bold")
        axes.annotate(place.numbers, (TEXT, row + 0.4), va="top", fontsize=8.2)
    axes.set_xlim(0, 100)
    axes.set_ylim(100, 0)
    axes.set_axis_off()
    axes.set_title(f"{solute.capitalize()} in the skin: simulated, not to scale")
    return figure


def _layers(axes, rises: dict[str, float]) -> None:
    """Bands from the film to the muscle, the border below the epidermis a wave."""
    x = np.linspace(1.0, EDGE, 200)
    wave = lambda y: y + (1.6 * np.sin(x * 1.5) if y == LAYERS["papillary_dermis_concentration"][0] else 0 * x)
    most = max(rises.get(word, 0.0) for word in LAYERS)
    axes.fill_between(x, *FILM, color=SKY, alpha=0.7, linewidth=0)
    axes.fill_between(x, *CORNEUM, color=HORN, linewidth=0)
    for word, (top, bottom) in LAYERS.items():
        share = 1 + np.log10(rises[word] / most) / DECADES if most > 0 and rises[word] > 0 else 0.0
        axes.fill_between(x, wave(top), wave(bottom), color=FLESH, linewidth=0)
        blue = PALEST + (DARKEST - PALEST) * float(np.clip(share, 0, 1))
        axes.fill_between(x, wave(top), wave(bottom), color=BLUE, alpha=blue, linewidth=0)
        axes.plot(x, wave(top), color="white", linewidth=0.8)


def _vessels(axes) -> None:
    """A plexus below the dermis' loops that reach up into its papillae."""
    x = np.linspace(13.5, 26.0, 120)
    axes.plot(x, 54.0 + 0.5 * np.sin(x), color=VEIN, linewidth=2.2)
    for foot in (16.0, 19.5, 23.0):
        up = np.linspace(-1, 1, 60)
        axes.plot(foot + 0.8 * up, 54.0 - 25.0 * (1 - up ** 4), color=VEIN, linewidth=1.0)


def _follicle(axes) -> None:
    """A funnel that is lined by horn at the top, with its hair."""
    axes.fill([5.6, 6.9, 7.4, 9.0, 9.5, 10.8], [8.0, 13.0, 52.0, 52.0, 13.0, 8.0], color=SKY, alpha=0.85, linewidth=0, zorder=3)
    axes.plot([5.6, 6.9, 7.4, 8.2, 9.0, 9.5, 10.8], [8.0, 13.0, 52.0, 55.0, 52.0, 13.0, 8.0], color=GREY, linewidth=0.9, zorder=4)
    axes.plot([8.2, 8.2, 9.6], [53.0, 6.0, 0.2], color=BLACK, linewidth=1.3, zorder=4)


def in_words(result: Result, solute: str, found: list[Answer]) -> str:
    """The drawing in words."""
    told = "; ".join(f"{place.name}: {place.numbers.replace(chr(10), ', ')}" for place in places(result, solute, found))
    return f"Simulated {solute} in the skin, from the surface down (medians with nine in ten draws; more: over what was there). {told}."
