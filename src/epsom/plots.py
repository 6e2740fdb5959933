"""Every picture, one style. Each function takes a Result or a Permeation and returns a matplotlib Figure; all are simulated
values. Pictures of comparisons are in `comparison_plots.py`."""

from __future__ import annotations

import io
import re
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from epsom.answer import RISES, ZONES, readable
from epsom.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from epsom.permeation import Permeation

# Colours of Okabe & Ito, chosen to be told apart by colour-blind readers.
BLUE, ORANGE, GREEN, GREY, BLACK = "#0072B2", "#D55E00", "#009E73", "#777777", "#222222"
STYLE = {
    "font.family": "DejaVu Sans", "font.size": 9.5, "axes.spines.top": False, "axes.spines.right": False,
    "axes.edgecolor": GREY, "axes.labelcolor": BLACK, "xtick.color": GREY, "ytick.color": GREY, "text.color": BLACK,
    "xtick.labelcolor": BLACK, "ytick.labelcolor": BLACK, "axes.titlesize": 10, "axes.titlelocation": "left",
    "legend.frameon": False, "svg.hashsalt": "epsom", "svg.fonttype": "path",
}
SKY, PINK, SAND, PALE = "#56B4E9", "#CC79A7", "#E69F00", "#CCCCCC"
BANDS = ((0.025, 0.975, 0.16, "95 %"), (0.1, 0.9, 0.22, "80 %"), (0.25, 0.75, 0.35, "50 %"))
TINY = 0.999e-3              # of an axis; smaller values are labelled by their power
DECADES = 4                  # a logarithmic axis shows this much below the top
WIDTH, HEIGHT = 5.2, 3.3
FIRST_HOURS = 4              # in which follicles matter most


def new_figure(left: float, right: float, bottom: float, top: float, width: float = WIDTH, height: float = HEIGHT):
    """A figure with one pair of axes and margins in inches (a fixed layout is quick, and the same on every machine)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    return figure, figure.add_axes((left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height))


def logarithmic(axis) -> None:
    """Plain decade labels: 0.001, 0.1, 10; below that 1e-04, which fits."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axis.set_major_locator(LogLocator(numticks=8))
    axis.set_minor_locator(NullLocator())
    plain = lambda value: f"{value:.3f}".rstrip("0").rstrip(".") if TINY <= value < 1 else f"{value:.0f}" if value >= 1 else f"{value:.0e}"
    axis.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))


def prepare() -> None:
    """Load matplotlib, its SVG writer and its fonts by drawing one tick."""
    figure, axes = new_figure(0.5, 0.1, 0.5, 0.1)
    axes.set_ylim(1, 10)
    as_svg(figure)


def styled(draw):
    """Run a drawing function under the one style."""
    def run(*arguments, **options) -> Figure:
        import matplotlib

        with matplotlib.rc_context(STYLE):
            return draw(*arguments, **options)
    run.__doc__, run.__name__ = draw.__doc__, draw.__name__
    return run


def as_svg(figure: Figure) -> str:
    """The figure as SVG text without dates; same figure, same bytes. Its ids begin with a digest, so that several stand in one page."""
    import matplotlib

    out = io.StringIO()
    with matplotlib.rc_context(STYLE):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = text[text.index("<svg"):]
    mark = sha256(text.encode()).hexdigest()[:8]
    return re.sub(r'(\bid="|href="#|url\(#)', rf"\1p{mark}-", text)


def _time_axis(axes, result: Result):
    end = result.times[-1]
    hours = end > 3 * 3600
    axes.set_xlim(0, end / (3600 if hours else 60))
    axes.set_xlabel("time since the first step, " + ("h" if hours else "min"))
    if hours:
        axes.xaxis.set_major_locator(_ticks(end / 3600))
    return result.times / (3600 if hours else 60)


def _ticks(hours: float):
    from matplotlib.ticker import MultipleLocator

    return MultipleLocator(next(step for step in (0.5, 1, 2, 4, 6, 12, 24, 72, 240) if hours / step <= 8))


@styled
def fan(result: Result, variable: str) -> Figure:
    """A readout over time as median and bands of 50, 80 and 95 % of draws, on a logarithmic axis of four decades."""
    figure, axes = new_figure(0.85, 0.1, 0.5, 0.32)
    word = result.words[variable]
    solute = variable.partition("[")[2].rstrip("]")
    values = result[variable] * word.shown_factor
    x = _time_axis(axes, result)
    top = max(float(np.quantile(values, 0.95, axis=0).max()), 1e-12)
    lines = _reference_lines(result, word.name, solute, word.shown_factor)
    axes.set_yscale("log")
    logarithmic(axes.yaxis)
    axes.set_ylim(top / 10**DECADES, 2.5 * max([top, *(level for level, _ in lines)]))
    floor = top / 10 ** (DECADES + 1)
    for low, high, strength, name in BANDS:
        edges = np.maximum(np.quantile(values, (low, high), axis=0), floor)
        axes.fill_between(x, *edges, color=BLUE, alpha=strength, linewidth=0, label=f"{name} of draws")
    axes.plot(x, np.maximum(np.median(values, axis=0), floor), color=BLUE, linewidth=1.8, label="median")
    for level, text in lines:
        axes.axhline(level, color=ORANGE, linewidth=1.2, linestyle=(0, (4, 2)))
        axes.annotate(text, (x[-1], level), xytext=(-2, 3), textcoords="offset points", ha="right", va="bottom",
                      color=ORANGE, fontsize=8.5)
    unit = word.shown_unit.replace("umol", "µmol")
    axes.set_ylabel(f"rise over baseline, {unit}")
    axes.set_title(f"{RISES.get(word.name, word.name).capitalize()}: simulated")
    axes.legend(loc="lower right", fontsize=8, ncols=2)
    return figure


@styled
def around_follicles(result: Result, solute: str) -> Figure:
    """The first hours in the papillary dermis: near follicles, on average over the area, between them; median and 50 % band."""
    figure, axes = new_figure(0.85, 0.1, 0.5, 0.32)
    word = result.words[f"papillary_dermis_concentration[{solute}]"]
    early = result.times <= FIRST_HOURS * 3600
    minutes, top = result.times[early] / 60, 1e-12
    for (zone, where), colour in zip(ZONES.items(), (BLACK, ORANGE, BLUE)):
        values = result[f"papillary_dermis_concentration{zone}[{solute}]"][:, early] * word.shown_factor
        low, middle, high = np.quantile(values, (0.25, 0.5, 0.75), axis=0)
        top = max(top, high.max())
        axes.plot(minutes, np.maximum(middle, 1e-12), color=colour, linewidth=1.8, label=where)
        axes.fill_between(minutes, np.maximum(low, 1e-12), np.maximum(high, 1e-12), color=colour, alpha=0.2, linewidth=0)
    axes.set_yscale("log")
    logarithmic(axes.yaxis)
    axes.set_ylim(top / 10**DECADES, 2.5 * top)
    axes.set_xlim(0, minutes[-1])
    axes.set_xlabel("time since the first step, min")
    axes.set_ylabel(f"rise over baseline, {word.shown_unit.replace('umol', 'µmol')}")
    axes.set_title("Papillary dermis around follicles: simulated")
    axes.legend(loc="lower right", fontsize=8)
    return figure


def _reference_lines(result: Result, word: str, solute: str, factor: float) -> list[tuple[float, str]]:
    """Levels that a rise is to be seen against: what is there anyway, or what a laboratory could tell."""
    name, text = (("plasma_interpretable_rise", "smallest change a blood test can tell")
                  if word == "plasma_concentration" else ("interstitial_baseline_concentration", "what is there anyway"))
    level = float(np.median(result.readouts[f"{name}[{solute}]"])) * factor
    return [(level, text)] if level > 0 else []


def ledger_rows(result: Result, solute: str) -> dict[str, str]:
    """{what: readout} of the amounts that the ledger shows."""
    rows = {"applied": "applied_amount", "left the film": "entered_amount", "passed the corneum": "crossed_amount",
            "carried off by blood": "blood_uptake_amount"}
    needed = np.all(result[f"plasma_interpretable_amount[{solute}]"] > 0)
    return rows | ({"needed for a blood test": "plasma_interpretable_amount"} if needed else {})


@styled
def ledger(result: Result, solute: str) -> Figure:
    """Where the dose goes: applied, entered, crossed, carried off by blood at the end, and what a blood test would need."""
    figure, axes = new_figure(1.75, 0.15, 0.5, 0.32, height=2.5)
    mass = result.parameters[f"{solute}.molar_mass"].si * 1e6            # mg per mol
    rows = ledger_rows(result, solute)
    axes.set_xscale("log")
    logarithmic(axes.xaxis)
    for y, (_, word) in enumerate(rows.items()):
        values = result[f"{word}[{solute}]"][:, -1] * mass
        for (low, high, strength, _), width in zip(BANDS, (2, 5, 9)):
            axes.plot(np.maximum(np.quantile(values, (low, high)), 1e-9), (y, y), color=BLUE, alpha=0.25 + strength,
                      linewidth=width, solid_capstyle="butt")
        middle = float(np.median(values))
        axes.plot([middle], [y], "o", color=BLACK, markersize=4)
        axes.annotate(readable(middle * 1e-3, "g"), (middle, y), xytext=(0, 8), textcoords="offset points", ha="center", fontsize=8.5)
    axes.set_xlim(right=4 * axes.get_xlim()[1])                         # room for the label of the largest
    axes.set_yticks(range(len(rows)), rows)
    axes.set_ylim(len(rows) - 0.5, -0.7)
    axes.set_xlabel(f"{solute} after {result.scenario.duration}, mg (logarithmic)")
    axes.set_title(f"Where the {solute} is (simulated)")
    return figure


@styled
def depth_time(result: Result, solute: str) -> Figure:
    """Median rise over baseline by depth and time, with the layers of the site."""
    from matplotlib.colors import LogNorm
    from matplotlib.patheffects import withStroke

    figure, axes = new_figure(0.65, 1.15, 0.5, 0.32, height=3.6)
    profile = result.profiles[solute]
    x = _time_axis(axes, result)
    median = profile.quantiles[profile.levels.index(0.5)].T             # (depths, times) mol/m^3 = mmol/L
    top = max(float(median.max()), 1e-9)
    depth = np.maximum(profile.depths * 1e3, 0.01)                      # mm
    picture = axes.pcolormesh(x, depth, np.maximum(median, top * 1e-6), norm=LogNorm(top * 1e-5, top), cmap="cividis",
                              shading="gouraud", rasterized=True)
    axes.set_yscale("log")
    axes.set_ylim(depth[-1], 0.02)
    axes.set_ylabel("depth below the corneum, mm")
    logarithmic(axes.yaxis)
    for name, edge in _layer_edges(result):
        if 0.02 < edge < depth[-1]:
            axes.axhline(edge, color="white", linewidth=0.8)
            axes.annotate(name, (x[-1], edge), xytext=(-4, 2), textcoords="offset points", ha="right", va="bottom",
                          color=BLACK, fontsize=8, path_effects=[withStroke(linewidth=2.5, foreground="white")])
    bar = figure.colorbar(picture, cax=figure.add_axes((1 - 1.02 / WIDTH, 0.5 / 3.6, 0.15 / WIDTH, 1 - 0.82 / 3.6)))
    logarithmic(bar.ax.yaxis)
    bar.set_label("rise over baseline, mmol/L")
    axes.set_title(f"{solute.capitalize()} by depth and time (simulated, median)")
    return figure


@styled
def permeation(result: Permeation) -> Figure:
    """Where everything is over time, stacked; beside it the flux into the receptor, or the profiles where nothing passes into one."""
    figure, axes = new_figure(0.7, 5.6, 0.5, 0.32, width=10.2)
    beside = figure.add_axes((6.95 / 10.2, 0.5 / HEIGHT, 3.0 / 10.2, 1 - 0.82 / HEIGHT))
    hours = result.times[-1] > 3 * 3600
    _stack(axes, result, hours)
    _flux(beside, result, hours) if result.flux.any() else _profiles(beside, result)
    for each in (axes, *([beside] if result.flux.any() else [])):
        each.set_xlim(0, result.times[-1] / (3600 if hours else 60))
        each.set_xlabel("time, " + ("h" if hours else "min"))
        if hours:
            each.xaxis.set_major_locator(_ticks(result.times[-1] / 3600))
    for each in (axes, beside):
        each.set_ylim(bottom=0)
    return figure


def _pretty(unit: str) -> str:
    return unit.replace("^2", "²").replace("u", "µ", 1)


def _stack(axes, result: Permeation, hours: bool) -> None:
    factor, unit = result.shown
    layers = [layer.name for layer in result.experiment.layers]
    colours = {"donor": PALE, "removed": SAND, "lost": ORANGE, "cleared": PINK, "receptor": GREEN,
               **{name: _mixed(SKY, BLUE, k / max(1, len(layers) - 1)) for k, name in enumerate(layers)}}
    names = [name if len(name) <= 22 else name[:21] + "…" for name in result.places]
    axes.stackplot(result.times / (3600 if hours else 60), *(amount * factor for amount in result.places.values()), labels=names,
                   colors=[colours[name] for name in result.places], linewidth=0)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8, handlelength=1.2)
    axes.set_ylabel(_pretty(unit))
    axes.set_title("Where it is (simulated)")


def _flux(axes, result: Permeation, hours: bool) -> None:
    (factor, unit), per_time = result.shown, 3600 if hours else 60
    x = result.times / per_time
    axes.plot(x, result.flux * factor * per_time, color=BLUE, linewidth=1.8)
    if result.experiment.donor.infinite:
        steady = result.permeability * result.potential[1, 0] * factor * per_time
        axes.axhline(steady, color=GREY, linewidth=1.0, linestyle=(0, (4, 2)))
        axes.annotate("steady, into a sink", (x[-1], steady), xytext=(-2, -3), textcoords="offset points", ha="right", va="top", fontsize=8)
    axes.set_ylabel(f"{_pretty(unit)}/{'h' if hours else 'min'}")
    axes.set_title("Flux into the receptor (simulated)")


def _profiles(axes, result: Permeation) -> None:
    """C / K by depth at an eighth, a quarter, half and all of the time."""
    for share in (0.125, 0.25, 0.5, 1.0):
        k = int(abs(result.times - share * result.times[-1]).argmin())
        axes.plot(result.depth * 1e6, result.potential[k], color=_mixed(SKY, BLUE, share), linewidth=1.6,
                  label=readable(result.times[k] / 3600, "h"))
    axes.legend(fontsize=8)
    axes.set_xlim(0, result.depth[-1] * 1e6)
    axes.set_xlabel("depth, µm")
    axes.set_ylabel("C / K, " + ("g/L" if result.experiment.unit == "kg" else "mmol/L"))
    axes.set_title("Profiles (simulated)")


def _mixed(first: str, last: str, share: float) -> str:
    """A colour between two."""
    pairs = ((int(first[i:i + 2], 16), int(last[i:i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _layer_edges(result: Result):
    """(layer, its lower edge in mm) at the middle thicknesses of the site."""
    site = result.scenario.site.name
    edge = 0.0
    for layer in ("viable_epidermis", "dermis", "subcutis", "muscle"):
        edge += result.parameters[f"{site}.{layer}_thickness"].si * 1e3
        yield layer.replace("_", " "), edge


def alternative_text(result: Result, variable: str) -> str:
    """What a fan chart shows, in words."""
    word = result.words[variable]
    values = result[variable] * word.shown_factor
    last = np.quantile(values, (0.05, 0.5, 0.95), axis=0)
    k, unit = int(last[1].argmax()), word.shown_unit.replace("umol", "µmol")
    return (f"Fan chart of the simulated rise in the {RISES.get(word.name, word.name)} over time. The median is highest at "
            f"{result.times[k] / 3600:.2g} h with {last[1, k]:.2g} {unit}; nine of ten draws lie between "
            f"{last[0, k]:.2g} and {last[2, k]:.2g} {unit}.")


def shown_rises(result: Result, solute: str) -> list[str]:
    """The rises that a report shows over time."""
    words = ("viable_epidermis_concentration", "papillary_dermis_concentration", "upper_muscle_concentration",
             "plasma_concentration")
    return [f"{word}[{solute}]" for word in words]


@styled
def electrodiffusion_factor(donors, factors, ordinary) -> Figure:
    """Flux by Nernst-Planck over flux by Fick's law, against the donor.

    donors : (donors,) mol/m^3. factors : {fixed charge in mol/m^3: (donors,)}. ordinary : lowest and highest factor that is drawn
    when the model runs; shaded.
    """
    figure, axes = new_figure(0.6, 0.15, 0.5, 0.32)
    axes.axhspan(*ordinary, color=GREY, alpha=0.2, linewidth=0)
    axes.annotate("drawn in a run", (donors[-1], ordinary[0]), xytext=(-2, 3), textcoords="offset points", ha="right", va="bottom",
                  color=GREY, fontsize=8.5)
    for (charge, factor), colour in zip(factors.items(), (BLACK, BLUE, GREEN, ORANGE)):
        axes.plot(donors, factor, color=colour, linewidth=1.5, label=f"{charge:g} mM")
    axes.set_xscale("log")
    axes.set_yscale("log")
    logarithmic(axes.xaxis)
    logarithmic(axes.yaxis)
    axes.set_xlabel("magnesium chloride outside, mM")
    axes.set_ylabel("flux over Fick's")
    axes.set_title("What the other ions do to magnesium in a pore (computed)")
    axes.legend(title="fixed charge of the pore", fontsize=8, title_fontsize=8)
    return figure
