"""Calibrate what is felt on outcomes measured in people, and write posterior and tables: `make calibration` (ten minutes).

Writes the posterior into the package, where every run finds it, and its tables into feeling.md.
"""

from pathlib import Path

import numpy as np
from tables import filled, markdown, readable

from epsom.core.parameter import Parameter, all_parameters, folder
from epsom.core.posterior import range_at
from epsom.felt_calibration import Calibrated, Samples, calibrate, covariance, targets

PAGE = Path(__file__).parent / "feeling.md"
FILE = Path(str(folder("scenarios"))).parent / "posteriors.toml"
SAMPLES = 2048
DIGITS = 4
HEAD = "# Written by `make calibration`, not by hand: scores of parameters (standard normal before) after what was measured in people.\n"


def document(found: Calibrated) -> str:
    """The posterior as TOML."""
    one = found.posterior
    numbers = lambda values: "[" + ", ".join(f"{x:.{DIGITS}f}" for x in values) + "]"
    texts = lambda values: "[\n" + "".join(f'    "{value}",\n' for value in values) + "]"
    return (f'{HEAD}\n[[posterior]]\nname = "{one.name}"\nrows = {texts(one.rows)}\nseed = {one.seed}\nsamples = {one.samples}\n'
            f"effective = {one.effective:.0f}\nkeys = {texts(one.keys)}\nmean = {numbers(one.mean)}\n"
            "covariance = [\n" + "".join(f"    {numbers(row)},\n" for row in one.covariance) + "]\n")


def interval(values: np.ndarray, weights: np.ndarray) -> str:
    """Middle and nine in ten, weighted."""
    kept = np.isfinite(values)
    order = np.argsort(values[kept])
    share = weights[kept][order].cumsum()
    low, middle, high = (values[kept][order][np.searchsorted(share / share[-1], q)] for q in (0.05, 0.5, 0.95))
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def rows(before: Samples, after: Samples) -> str:
    """What was measured, and what the model says before and after."""
    found = []
    doubts = np.sqrt(np.diag(covariance(targets())))
    for i, (row, doubt) in enumerate(zip(targets(), doubts)):
        found.append([row.name, f"{row.value:g}", f"{row.besides:g}", f"{doubt:.2f}", interval(before.predicted[:, i], before.weights),
                      interval(after.predicted[:, i], after.weights)])
    return markdown(["outcome", "measured", "besides, assumed", "error and scatter, all told", "model before", "model after"], *found)


def numbers(found: Calibrated) -> str:
    """Each calibrated number before and after, for a middling person."""
    found_rows = []
    for key, mean, variance in zip(found.posterior.keys, found.posterior.mean, np.diag(found.posterior.covariance)):
        p = all_parameters()[key]
        found_rows.append([f"`{key}`", p.unit, told(p, 0.0, 1.0), told(p, mean, variance ** 0.5), f"{max(1 - variance, 0):.0%}"])
    return markdown(["parameter", "unit", "before", "after", "variance taken away"], *found_rows)


def told(p: Parameter, mean: float, sd: float) -> str:
    """Middle and nine in ten of a parameter whose score has this mean and standard deviation."""
    low, middle, high = map(readable, range_at(p, mean, sd))
    return f"{middle} ({low} to {high})"


if __name__ == "__main__":
    found = calibrate(SAMPLES)
    toml = document(found)
    page = filled(PAGE.read_text("utf-8"), {"targets": rows(found.before, found.after), "calibrated": numbers(found)})
    FILE.write_text(toml, "utf-8")
    PAGE.write_text(page, "utf-8")
    print(f"{found.posterior.samples} samples are worth {found.after.effective:.0f}")
