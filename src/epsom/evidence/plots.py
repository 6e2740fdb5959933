"""The effect-direction plot of a body of evidence: an arrow for each study, and a diamond only where studies were pooled."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from epsom.evidence.synthesis import Line, Synthesis
from epsom.plots import BLUE, GREY, ORANGE, PALE, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, ROW = 8.6, 0.42       # inches
LEFT, MIDDLE, RIGHT = 0.0, 2.55, 4.05        # inches: where names, arrows and words begin
REACH = 0.55                 # of an arrow to either side, inches
LEAST, MOST = 0.09, 0.30     # height of a mark with few and with most people, inches
HATCHES = {"low": "", "some concerns": "////", "moderate": "////", "high": "xxxx", "serious": "xxxx", "critical": "....", "not judged": "|||"}
SHOWN = (("low", "low"), ("some concerns", "some concerns, moderate"), ("high", "high, serious"), ("critical", "critical"),
         ("not judged", "not judged"))
WORDS = {"favours magnesium": "favours magnesium", "favours control": "favours control", "no difference": "no difference told",
         "change without control": "changed, no control", "not reported": "no result told", "other comparison": "compares something else"}
LONGEST = 58                 # characters of what stands beside an arrow


@styled
def directions(found: Synthesis) -> Figure:
    """Each study's direction (arrow), size (height) and risk of bias (hatch); filled where a difference is told, hollow where the effect only
    leans that way, a bar where no difference is told without numbers, a circle where nothing can be said of a direction."""
    rows = len(found.lines) + max(1, len(found.together))
    height = 1.75 + ROW * rows
    figure, axes = new_figure(0.1, 0.1, 0.95, 0.72, WIDTH, height)
    axes.set_axis_off()
    axes.set_xlim(0, WIDTH - 0.2)
    axes.set_ylim(ROW * (rows - 0.5), -0.5 * ROW)          # inches, so that arrows keep their shape
    most = max((line.people or 0 for line in found.lines), default=0)
    for k, line in enumerate(found.lines):
        _study(axes, k * ROW, line, most)
    _foot(axes, len(found.lines) * ROW, found)
    figure.text(0.1 / WIDTH, 1 - 0.22 / height, f"{found.body.title} (measured by others, not simulated)", fontsize=10)
    for x, text in ((MIDDLE - REACH, "◂ for control"), (MIDDLE + REACH, "for magnesium ▸")):
        axes.text(x, -0.72 * ROW, text, ha="center", fontsize=8, color=GREY)
    axes.plot((MIDDLE, MIDDLE), (-0.45 * ROW, (len(found.lines) - 0.55) * ROW), color=PALE, linewidth=0.8, zorder=0)
    _legend(figure)
    return figure


def _study(axes: Axes, y: float, line: Line, most: int) -> None:
    from matplotlib.patches import Polygon

    axes.text(LEFT, y, f"{line.who} ({line.id})" if line.who[:3] != line.id else line.who, va="center", fontsize=8.5)
    half = height_of(line.people, most) / 2
    style = {"hatch": HATCHES[line.risk_of_bias], "linewidth": 1.0}
    toward = {"favours magnesium": 1, "favours control": -1, "toward magnesium": 1, "toward control": -1}.get(
        line.direction if line.direction.startswith("favours") else line.leans, 0)
    colour = GREY if not toward else BLUE if toward > 0 else ORANGE
    told = line.direction.startswith("favours")
    fill = {"facecolor": _pale(colour) if told else "white", "edgecolor": colour}
    if toward:
        neck, head = 0.55 * half, MIDDLE + toward * (REACH - 0.24)
        corners = [(MIDDLE, y - neck), (head, y - neck), (head, y - half), (MIDDLE + toward * REACH, y), (head, y + half), (head, y + neck),
                   (MIDDLE, y + neck)]
        axes.add_patch(Polygon(corners, closed=True, **fill, **style))
    elif line.direction == "no difference":
        axes.add_patch(Polygon([(MIDDLE - 0.22, y - half / 2), (MIDDLE + 0.22, y - half / 2), (MIDDLE + 0.22, y + half / 2),
                                (MIDDLE - 0.22, y + half / 2)], closed=True, **fill, **style))
    else:
        _circle(axes, y, half, style, dotted=line.direction == "not reported")
    axes.text(RIGHT - 0.45, y, "n = ?" if line.people is None else f"n = {line.people}", va="center", ha="center", fontsize=8.5)
    axes.text(RIGHT + 0.05, y, words_beside(line), va="center", fontsize=8.5)


def _circle(axes: Axes, y: float, half: float, style: dict, dotted: bool) -> None:
    from matplotlib.patches import Circle

    axes.add_patch(Circle((MIDDLE, y), half, facecolor="white", edgecolor=GREY, linestyle=":" if dotted else "-", **style))


def height_of(people: int | None, most: int) -> float:
    """Of a mark, in inches: its square grows with people, from the least that can be seen."""
    return LEAST + (MOST - LEAST) * math.sqrt((people or 0) / most) if most else LEAST


def words_beside(line: Line) -> str:
    """What stands beside an arrow: the effect where there is one, else the direction in words."""
    said = line.effect.text if line.effect else WORDS[line.direction]
    return f"{said if len(said) <= LONGEST else said[:LONGEST - 1] + '…'}{', review' if line.is_review else ''}"


def _foot(axes: Axes, y: float, found: Synthesis) -> None:
    from matplotlib.patches import Polygon

    if not found.together:
        axes.text(LEFT, y, f"Not pooled: {found.because[0]}.", va="center", fontsize=8.5, style="italic")
    for k, group in enumerate(found.together):
        row, effect = y + k * ROW, group.effect
        side = (effect.value < effect.null) == found.body.lower_is_better
        x = MIDDLE + (REACH / 2 if side else -REACH / 2) * (effect.value != effect.null)
        corners = [(x - 0.16, row), (x, row - 0.1), (x + 0.16, row), (x, row + 0.1)]
        axes.add_patch(Polygon(corners, closed=True, facecolor=BLUE, edgecolor=BLUE))
        axes.text(LEFT, row, f"Pooled ({len(group.ids)} studies)", va="center", fontsize=8.5, weight="bold")
        axes.text(RIGHT + 0.05, row, effect.text, va="center", fontsize=8.5, weight="bold")


def _legend(figure: Figure) -> None:
    from matplotlib.patches import Patch

    hatched = [Patch(facecolor="white", edgecolor=GREY, hatch=HATCHES[key], label=text) for key, text in SHOWN]
    marks = [Patch(facecolor=_pale(BLUE), edgecolor=BLUE, label="difference told"),
             Patch(facecolor="white", edgecolor=BLUE, label="only leans"), Patch(facecolor="white", edgecolor=GREY, label="no direction")]
    for handles, title, x, columns in ((hatched, "risk of bias", 0.01, 3), (marks, "mark (taller: more people)", 0.66, 2)):
        figure.add_artist(figure.legend(handles=handles, title=title, loc="lower left", bbox_to_anchor=(x, 0.0), ncols=columns, fontsize=8,
                                        title_fontsize=8, alignment="left", handleheight=1.2))


def _pale(colour: str) -> str:
    """Mixed with white, so that a hatch can be seen on it."""
    return "#" + "".join(f"{round((int(colour[i:i + 2], 16) + 2 * 255) / 3):02x}" for i in (1, 3, 5))


def alternative_text(found: Synthesis) -> str:
    """What the picture shows, in words."""
    told = "; ".join(f"{line.who} {line.id}: {WORDS[line.direction]}{f', {line.effect.text}' if line.effect else ''}, "
                     f"{'people not told' if line.people is None else f'{line.people} people'}, risk of bias {line.risk_of_bias}"
                     for line in found.lines)
    end = "; ".join(f"pooled: {group.effect.text}" for group in found.together) or "nothing is pooled"
    return f"Effect-direction plot of {found.body.title.lower()}, measured by others. {told}. {end[0].upper()}{end[1:]}."
