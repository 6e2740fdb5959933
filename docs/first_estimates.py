"""Why the medians of this model and of the first estimates differ: their simplest reading computed once more, on its own.

Nothing of epsom's physics is used: pores and follicles are slabs that let through what Crank's series says, and what comes through spreads
and is cleared in one column of tissue. What the first estimates leave open is switched: where the flow enters, whether magnesium binds,
which lags damage shortens, how the factors of dry skin are drawn. `python docs/first_estimates.py` (a minute) writes the table of
validation.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm, qmc

MINUTES = 10, 20, 60, 240
STEP = 20.0                                  # s
EPIDERMIS = 58e-6                            # m below the corneum
DEPTHS = 83e-6, 483e-6
MOLAR_MASS = 24.305e-3
WIDTHS = np.repeat((EPIDERMIS / 12, 20e-6, 2e-4), (12, 50, 20))              # epidermis, dermis, subcutis
LAYER = np.repeat((0, 1, 2), (12, 50, 20))
PAGE = Path(__file__).parent / "validation.md"


class Assumed(NamedTuple):
    """What is left open: `top` all flow enters at the top of living tissue; `binds` total over free is 1.2 and not 1;
    `both_lags` damage shortens the follicles' lag as well; `logit_dryness` dryness is drawn as in epsom."""

    top: bool = False
    binds: bool = True
    both_lags: bool = False
    logit_dryness: bool = False


CASES = {"wet-brine": (2600.0, 1.0, False), "drying-lotion": (4500.0, 1.0, True), "damaged-skin": (2600.0, 5.0, False)}
ROWS = (("wet-brine", "spread along follicles, binding", Assumed()),
        ("wet-brine", "all enters at the top, binding", Assumed(top=True)),
        ("wet-brine", "all enters at the top, nothing binds", Assumed(True, False)),
        ("damaged-skin", "all enters at the top, nothing binds", Assumed(True, False)),
        ("damaged-skin", "the same, a third of the follicles' lag as well", Assumed(True, False, True)),
        ("drying-lotion", "all enters at the top, nothing binds", Assumed(True, False)),
        ("drying-lotion", "the same, dryness drawn as in epsom", Assumed(True, False, False, True)))


def drawn(count: int) -> dict[str, np.ndarray]:
    """The priors of the first estimates, (count,) each, from scrambled Sobol points; `count` is a power of two."""
    points = iter(norm.ppf(qmc.Sobol(12, rng=np.random.default_rng(1)).random(count)).T)
    gsd = lambda value, spread: value * spread ** next(points)
    cv = lambda value, spread: gsd(value, np.exp(np.sqrt(np.log1p(spread ** 2))))
    found = {"permeability": gsd(1e-10, 3.5), "share": expit(logit(0.35) + 0.7 * next(points)), "follicle_lag": gsd(300.0, 2.0),
             "pore_lag": gsd(7200.0, 1.8), "space_epidermis": cv(0.15, 0.4), "space_dermis": cv(0.6, 0.15),
             "diffusivity_epidermis": cv(2e-10, 0.4), "diffusivity_dermis": cv(2.6e-10, 0.31), "clearance": gsd(3e-4, 2.0),
             "length": cv(300e-6, 0.35)}
    dry, follicle_dry = next(points), next(points)
    return found | {"dry": 2.5 ** dry / 14, "follicle_dry": 0.5 * 1.6 ** follicle_dry,
                    "dry as here": expit(logit(1 / 14) + dry), "follicle_dry as here": expit(0.9 * follicle_dry)}


def slab(t: float, lag: np.ndarray) -> np.ndarray:
    """Flux out of a slab over its steady flux (Crank 1975, section 4.3)."""
    theta = t / (6 * lag)
    series = 1 + 2 * sum((-1) ** n * np.exp(-(n * np.pi) ** 2 * theta) for n in range(1, 60))
    return np.where(theta < 0.003, 0.0, series)


class Tissue:
    """One implicit step in the column of every draw: capacity (cells, draws) per step, and elimination without pivoting."""

    def __init__(self, p: dict[str, np.ndarray], binds: bool):
        by_layer = lambda *values: np.stack(np.broadcast_arrays(*values))[LAYER]
        space = by_layer(p["space_epidermis"], p["space_dermis"], 0.12)
        half = WIDTHS[:, None] / (2 * space * by_layer(p["diffusivity_epidermis"], p["diffusivity_dermis"], p["diffusivity_dermis"]))
        self.link = 1 / (half[:-1] + half[1:])
        self.capacity = space * (1.2 if binds else 1.0) * WIDTHS[:, None] / STEP
        self.pivot = self.capacity + by_layer(0.0, p["clearance"], 1e-4) * WIDTHS[:, None]
        self.pivot[:-1] += self.link
        self.pivot[1:] += self.link
        for i in range(1, len(WIDTHS)):
            self.pivot[i] -= self.link[i - 1] ** 2 / self.pivot[i - 1]

    def step(self, rise: np.ndarray, source: np.ndarray) -> np.ndarray:
        """The rise (cells, draws) one step later, under a source (cells, draws)."""
        right = self.capacity * rise + source
        for i in range(1, len(WIDTHS)):
            right[i] += self.link[i - 1] / self.pivot[i - 1] * right[i - 1]
        right[-1] /= self.pivot[-1]
        for i in reversed(range(len(WIDTHS) - 1)):
            right[i] = (right[i] + self.link[i] * right[i + 1]) / self.pivot[i]
        return right


def medians(case: str, assumed: Assumed, count: int = 1024, until: int = MINUTES[-1]) -> np.ndarray:
    """(times, quantities): median rise at both depths (mmol/L), flux (ug/cm2/h) and amount (ug/cm2) past the corneum."""
    strength, more, dry = CASES[case]
    p = drawn(count)
    pores, follicles = more * p["permeability"] * (1 - p["share"]), more * p["permeability"] * p["share"]
    if dry:
        which = " as here" if assumed.logit_dryness else ""
        pores, follicles = pores * p[f"dry{which}"], follicles * p[f"follicle_dry{which}"]
    sooner = 1 / 3 if case == "damaged-skin" else 1.0
    lags = sooner * p["pore_lag"], (sooner if assumed.both_lags else 1.0) * p["follicle_lag"]
    upper = np.cumsum(WIDTHS)[:, None] - WIDTHS[:, None]
    beside = np.clip(p["length"] - upper, 0, WIDTHS[:, None]) if not assumed.top else (upper == 0) * np.ones(count)
    beside = beside / beside.sum(0)
    column, first = Tissue(p, assumed.binds), (upper == 0) * 1.0
    rise, crossed, found = np.zeros((len(WIDTHS), count)), np.zeros(count), []
    for k in range(1, round(60 * until / STEP) + 1):
        through = [strength * way * slab(k * STEP, lag) for way, lag in zip((pores, follicles), lags)]
        rise = column.step(rise, first * through[0] + beside * through[1])
        crossed = crossed + STEP * sum(through)
        if k * STEP / 60 in MINUTES:
            middle = upper[:, 0] + WIDTHS / 2
            there = [np.median([np.interp(depth, middle, one) for one in rise.T]) for depth in DEPTHS]
            found.append([*there, np.median(sum(through)) * MOLAR_MASS * 3.6e8, np.median(crossed) * MOLAR_MASS * 1e5])
    return np.array(found)


def expected(case: str) -> np.ndarray:
    """(times, quantities) of the first estimates, as the case gives them."""
    from epsom.validation.case import load

    return np.array([row.value for row in load(case).expected]).reshape(len(MINUTES), -1)


def table() -> str:
    """Medians over those of the first estimates at 10, 20, 60 and 240 min, by case and assumptions."""
    from tables import markdown

    lines = []
    for case, words, assumed in ROWS:
        ratio = medians(case, assumed) / expected(case)
        lines.append([case, words, *(", ".join(f"{x:.2f}" for x in of_one) for of_one in ratio.T)])
    return markdown(["case", "assumed", "rise at 83 µm", "rise at 483 µm", "flux", "amount"], *lines)


if __name__ == "__main__":
    from tables import filled

    text = table()
    PAGE.write_text(filled(PAGE.read_text("utf-8"), {"causes": text}), "utf-8")
