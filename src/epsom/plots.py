"""Every picture, one style. Each function takes a Result or a Comparison and returns a matplotlib Figure; all are simulated
values."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from epsom.answer import RISES, SMALLEST, readable
from epsom.comparison import Comparison, Row
from epsom.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Colours of Okabe & Ito, chosen to be told apart by colour-blind readers.
BLUE, ORANGE, GREEN, GREY, BLACK = "#0072B2", "#D55E00", "#009E73", "#777777", "#222222"
STYLE = {
    "font.family": "DejaVu Sans", "font.size": 9.5, "axes.spines.top": False, "axes.spines.right": False,
    "axes.edgecolor": GREY, "axes.labelcolor": BLACK, "xtick.color": GREY, "ytick.color": GREY, "text.color": BLACK,
    "xtick.labelcolor": BLACK, "ytick.labelcolor": BLACK, "axes.titlesize": 10, "axes.titlelocation": "left",
    "legend.frameon": False, "svg.hashsalt": "epsom", "svg.fonttype": "path",
}
# With each its marker, so that scenarios can be told apart without any colour.
SERIES = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "D"), ("#CC79A7", "^"), ("#E69F00", "v"), (BLACK, "P"))
SHOWN = {"g": ("mg", 1e3), "mol/L": ("µmol/L", 1e6), "m": ("µm", 1e6), "": ("", 1.0)}
BANDS = ((0.05, 0.95, 0.22, "90 %"), (0.25, 0.75, 0.45, "50 %"))
MANY_DECADES = 200           # a logarithmic axis that spans less also labels 2 and 5
DECADES = 4                  # a logarithmic axis shows this much below the top
WIDTH, HEIGHT = 5.2, 3.3


def _figure(left: float, right: float, bottom: float, top: float, width: float = WIDTH, height: float = HEIGHT):
    """A figure with one pair of axes and margins in inches (a fixed layout is quick, and the same on every machine)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    return figure, figure.add_axes((left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height))


def _logarithmic(axis) -> None:
    """Plain decade labels: 0.001, 0.1, 10."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axis.set_major_locator(LogLocator(numticks=8))
    axis.set_minor_locator(NullLocator())
    plain = lambda value: f"{value:.6f}".rstrip("0").rstrip(".") if value < 1 else f"{value:.0f}"
    axis.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))


def prepare() -> None:
    """Load matplotlib, its SVG writer and its fonts by drawing one tick."""
    figure, axes = _figure(0.5, 0.1, 0.5, 0.1)
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
    """The figure as SVG text without dates; same figure, same bytes."""
    import matplotlib

    out = io.StringIO()
    with matplotlib.rc_context(STYLE):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    return text[text.index("<svg"):]


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
    """A readout over time as median and 50 and 90 % bands over draws, on a logarithmic axis of four decades."""
    figure, axes = _figure(0.85, 0.1, 0.5, 0.32)
    word = result.words[variable]
    solute = variable.partition("[")[2].rstrip("]")
    values = result[variable] * word.shown_factor
    x = _time_axis(axes, result)
    top = max(float(np.quantile(values, 0.95, axis=0).max()), 1e-12)
    lines = _reference_lines(result, word.name, solute, word.shown_factor)
    axes.set_yscale("log")
    _logarithmic(axes.yaxis)
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


def _reference_lines(result: Result, word: str, solute: str, factor: float) -> list[tuple[float, str]]:
    """Levels that a rise is to be seen against: what is there anyway, or what a laboratory could tell."""
    name, text = (("plasma_interpretable_rise", "smallest change a blood test can tell")
                  if word == "plasma_concentration" else ("interstitial_baseline_concentration", "what is there anyway"))
    level = float(np.median(result.readouts[f"{name}[{solute}]"])) * factor
    return [(level, text)] if level > 0 else []


@styled
def ledger(result: Result, solute: str) -> Figure:
    """Where the dose goes: applied, entered, crossed, carried off by blood at the end, as median and intervals."""
    figure, axes = _figure(1.55, 0.15, 0.5, 0.32, height=2.5)
    mass = result.parameters[f"{solute}.molar_mass"].si * 1e6            # mg per mol
    rows = {"applied": "applied_amount", "left the film": "entered_amount", "passed the corneum": "crossed_amount",
            "carried off by blood": "blood_uptake_amount"}
    axes.set_xscale("log")
    _logarithmic(axes.xaxis)
    for y, (_, word) in enumerate(rows.items()):
        values = result[f"{word}[{solute}]"][:, -1] * mass
        for (low, high, strength, _), width in zip(BANDS, (3, 9)):
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

    figure, axes = _figure(0.65, 1.15, 0.5, 0.32, height=3.6)
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
    _logarithmic(axes.yaxis)
    for name, edge in _layer_edges(result):
        if 0.02 < edge < depth[-1]:
            axes.axhline(edge, color="white", linewidth=0.8)
            axes.annotate(name, (x[-1], edge), xytext=(-4, 2), textcoords="offset points", ha="right", va="bottom",
                          color=BLACK, fontsize=8, path_effects=[withStroke(linewidth=2.5, foreground="white")])
    bar = figure.colorbar(picture, cax=figure.add_axes((1 - 1.02 / WIDTH, 0.5 / 3.6, 0.15 / WIDTH, 1 - 0.82 / 3.6)))
    _logarithmic(bar.ax.yaxis)
    bar.set_label("rise over baseline, mmol/L")
    axes.set_title(f"{solute.capitalize()} by depth and time (simulated, median)")
    return figure


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
    k = int(last[1].argmax())
    return (f"Fan chart of the simulated rise in the {RISES.get(word.name, word.name)} over time. The median is highest at "
            f"{result.times[k] / 3600:.2g} h with {last[1, k]:.2g} {word.shown_unit}; nine of ten draws lie between "
            f"{last[0, k]:.2g} and {last[2, k]:.2g}.")


def shown_rises(result: Result, solute: str) -> list[str]:
    """The rises that a report shows over time."""
    words = ("viable_epidermis_concentration", "papillary_dermis_concentration", "upper_muscle_concentration",
             "plasma_concentration")
    return [f"{word}[{solute}]" for word in words]


def by_time(comparison: Comparison, variable: str) -> Figure:
    """A readout at the reading times in every scenario, and below it each scenario over the first, draw by draw: median and
    90 % of draws. What is below the axis is drawn at its foot."""
    rows = [row for row in comparison.table if row.variable == variable and row.when != "peak"]
    return _side_by_side(rows, [row.when for row in rows], comparison.labels)


@styled
def _side_by_side(rows: list[Row], names: list[str], labels: tuple[str, ...]) -> Figure:
    paired = any(p and p.ratio for row in rows for p in row.against)
    legend, above, below = 0.19 * len(labels), 2.1, 1.5 * paired
    figure, axes = _figure(0.85, 0.1, 0.45 + below, 0.38 + legend, height=above + below + legend + 0.83)
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
    (_logarithmic if top / foot > MANY_DECADES else _times)(axes.yaxis)
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
    (_logarithmic if top / floor > MANY_DECADES else _times)(axes.yaxis)
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
    where = f"rise in the {RISES[word]}" if word in RISES else names[word]
    return f"{row.solute.capitalize()} {where} (simulated)".strip()


@styled
def over_values(comparison: Comparison, key: str) -> Figure:
    """One row of a sweep over the swept values: median and 90 % of draws."""
    row, swept = comparison.row(key), comparison.swept
    long_names = swept.numbers is None and max(map(len, swept.values)) > 8
    figure, axes = _figure(0.85, 0.15, 1.5 if long_names else 0.5, 0.55, height=3.9 if long_names else 3.1)
    floor = _value_axis(axes, [row])
    factor = SHOWN[row.unit][1]
    there = [i for i, value in enumerate(row.values) if value]
    places = [swept.numbers[i] if swept.numbers else i for i in there]
    order = np.argsort(places)
    x = np.array(places)[order]
    low, middle, high = np.maximum(np.array([row.values[there[i]] for i in order]).reshape(-1, 3).T * factor, floor)
    if swept.numbers:
        axes.fill_between(x, low, high, color=BLUE, alpha=BANDS[0][2], linewidth=0, label="90 % of draws")
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
