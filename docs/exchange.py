"""Draw why cells do not exchange in proportion (whole_body.md), and write its table: part of `make body-validation` (some minutes).

One elasticity for all cells is varied from 0.05 to 1, with contents of the exchanging pools fitted either to a tracer (the exchangeable
pool of 48 h) or to a load (what healthy people keep of 30 mmol).
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from tables import filled, markdown

from epsom import plots
from epsom.body.homeostasis import CELLS
from epsom.regimen import Regimen
from epsom.whole_body.course import follow
from epsom.whole_body.study import load

PAGE = Path(__file__).parent / "whole_body.md"
PICTURE = Path(__file__).parent / "images" / "exchange.svg"
HOUR, DAY, DRAWS = 3600.0, 86400.0, 64
ELASTICITIES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 0.999)
SCALES = (0.2, 0.35, 0.6, 1.0, 1.6, 2.5, 4.0)            # of contents; their ranges allow no less
EXCHANGING = ("fast_cell", "slow_cell", "bone_surface")


class Seen(NamedTuple):
    """What a model says, medians."""

    kept: float              # share of 30 mmol not in urine of 24 h
    rise: float              # mmol/L of serum an hour after the start of 10 mmol and 3 mmol/h
    pool: float              # mmol that a tracer has reached after 48 h
    urine: float             # share of a tracer in urine of a day


class Panel(NamedTuple):
    of: str
    title: str
    measured: tuple[float, float]        # from, to
    top: float
    factor: float = 1.0


PANELS = (Panel("kept", "Load: share of 30 mmol kept for a day, %", (5.2, 7.4), 40, 100),
          Panel("rise", "Load: rise in serum after an hour, mmol/L", (0.42, 0.58), 1.0),
          Panel("pool", "Tracer: exchangeable within 48 h, mmol", (122, 126), 320),
          Panel("urine", "Tracer: share in urine of a day, %", (6.7, 7.1), 20, 100))


def course(study: str, run: str, changes: dict):
    """A regimen of the validation with other numbers."""
    tables = load(study).regimens[run].tables()
    return follow(Regimen.build(tables | {"parameters": tables.get("parameters", {}) | changes}), DRAWS)


def seen(elasticity: float | None, scale: float) -> Seen:
    """Of the model with this elasticity in all cells (None: with those of its documents), and contents so many times their defaults."""
    changes = {f"homeostasis.{cell}_content": f"{scale} times" for cell in EXCHANGING}
    if elasticity is not None:
        changes |= {f"homeostasis.{cell}_elasticity": str(elasticity) for cell in CELLS}
    with_load, without = (course("loading-test", run, changes) for run in ("load", "without"))
    surgery, tracer = course("cardiac-surgery-infusion", "infusion", changes), course("exchangeable-pool", "tracer", changes)
    urine = with_load.at("urine_magnesium", DAY) - without.at("urine_magnesium", DAY)
    left = 1e-6 - sum(tracer.at(f"{way}_tracer[25Mg]", 2 * DAY) for way in ("urine", "faecal"))
    found = (1 - urine / 30e-3, surgery.change("serum_concentration", HOUR), 1e3 * left / tracer.at("plasma_tracer_share[25Mg]", 2 * DAY),
             tracer.at("urine_tracer[25Mg]", DAY) / 1e-6)
    return Seen(*(float(np.median(x)) for x in found))


def fitted(grid: dict, to: str, target: float) -> list[tuple[Seen, float]]:
    """Of each elasticity: what the model says at the contents that bring one reading to its target, and these contents.

    Between the scales by straight lines over the logarithm; held at the ends.
    """
    result = []
    for elasticity in ELASTICITIES:
        line = [getattr(grid[elasticity, scale], to) for scale in SCALES]
        log = float(np.interp(target, line, np.log(SCALES)))
        result.append((Seen(*(float(np.interp(log, np.log(SCALES), [grid[elasticity, scale][i] for scale in SCALES])) for i in range(4))),
                       float(np.exp(log))))
    return result


@plots.styled
def figure(tracer: list, loads: list, ours: Seen):
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(7.6, 5.6))
    for i, panel in enumerate(PANELS):
        axes = drawn.add_axes((0.06 + 0.5 * (i % 2), 0.565 - 0.48 * (i // 2), 0.41, 0.33))
        axes.axhspan(*panel.measured, color=plots.PALE, lw=0, label="measured")
        for name, line, colour in (("tracer", tracer, plots.BLUE), ("load", loads, plots.ORANGE)):
            x, y = np.array(ELASTICITIES), panel.factor * np.array([getattr(one, panel.of) for one, _ in line])
            fits = sum(scale > 1.001 * SCALES[0] for _, scale in line)
            axes.plot(x[:fits], y[:fits], color=colour, lw=1.8, label=f"contents fitted to the {name}")
            axes.plot(x[fits - 1:], y[fits - 1:], color=colour, lw=1.8, ls=(0, (1, 1.2)))        # contents at the least that is allowed
        own = panel.factor * getattr(ours, panel.of)
        axes.axhline(own, color=plots.BLACK, lw=1.0, ls=(0, (4, 3)), label="this model: an elasticity for each cell")
        axes.set(xlim=(0, 1.0), ylim=(0, panel.top), title=panel.title, xlabel="elasticity of all cells (1: in proportion)")
    handles, labels = axes.get_legend_handles_labels()
    drawn.legend(handles, labels, loc="lower center", bbox_to_anchor=(0.5, 0.95), ncols=4, fontsize=8.5, columnspacing=1.2, handlelength=1.6)
    return drawn


def table(tracer: list, loads: list, ours: Seen) -> str:
    """The ends and the middle of both lines."""
    def cells(name: str, one: Seen, scale: str) -> list[str]:
        return [name, scale, f"{100 * one.kept:.0f} %", f"{one.rise:.2f}", f"{one.pool:.0f}", f"{100 * one.urine:.1f} %"]

    rows = [["measured", "-", "6.3 ± 1.1 % (SE)", "0.50 ± 0.08 (SE, of two medians)", "124", "6.9 % (another model)"],
            cells("this model", ours, "1")]
    for name, line in (("tracer", tracer), ("load", loads)):
        for elasticity in (0.05, 0.2, 0.5, 0.999):
            one, scale = line[ELASTICITIES.index(elasticity)]
            end = " (least allowed)" if scale <= SCALES[0] * 1.001 else ""
            rows.append(cells(f"{elasticity:.2g} in all cells, contents fitted to the {name}", one, f"{scale:.2g}{end}"))
    return markdown(["elasticity", "contents, times ours", "kept of 30 mmol", "rise after 1 h, mmol/L", "exchangeable at 48 h, mmol",
                     "tracer in urine of a day"], *rows)


if __name__ == "__main__":
    grid = {(elasticity, scale): seen(elasticity, scale) for elasticity in ELASTICITIES for scale in SCALES}
    lines = fitted(grid, "pool", 124.0), fitted(grid, "kept", 0.063)
    ours = seen(None, 1.0)
    PICTURE.write_text(plots.as_svg(figure(*lines, ours)), "utf-8")
    page, text = PAGE.read_text("utf-8"), table(*lines, ours)
    PAGE.write_text(filled(page, {"exchange": text}), "utf-8")
