"""Text, table, files and data for `epsom permeate`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from epsom import plots, storage
from epsom.changes import all_changed
from epsom.core.errors import EpsomError
from epsom.experiment import Experiment
from epsom.faces.show import Listing, of_text
from epsom.faces.terminal import clock, line, wrap
from epsom.permeation import Compared, Permeation, compared, permeate
from epsom.scenario import read_tables

SCHEMA = "epsom-permeation/1"
ROWS = 13                # times shown in a terminal
LAGS = 3                 # an infinite dose that ends before so many lag times has not become steady


def carried_out(name: str, wanted: list[str], root: Path | None) -> tuple[str, Listing, dict, Path | None]:
    """(text, table, data, folder) of an experiment given by its file or name, with changes of the form "key=value"; the folder is written
    if `root` is given."""
    tables, file = read_tables(name, "experiments")
    experiment = Experiment.build(all_changed(tables, wanted), file)
    try:
        result = permeate(experiment)
    except EpsomError as error:
        raise error.at(name) from error
    data = summary(result)
    folder = None if root is None else storage.write_files(root, experiment.name, {
        "experiment.toml": experiment.to_toml().encode(), "summary.json": (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode(),
        "amounts.csv": amounts(result), "profiles.csv": profiles(result), "permeation.svg": plots.as_svg(plots.permeation(result)).encode()})
    return text(result, folder), of_text(*table(result)), data | {"folder": str(folder) if folder else None}, folder


def text(result: Permeation, folder: Path | None) -> str:
    """What is to be said first: where everything is in the end, the flux, what the layers are, and how sure the arithmetic is."""
    one, (factor, unit) = result.experiment, result.shown
    whole, k = float(result.supplied[-1]), int(result.flux.argmax())
    lines = [f"{one.name}: simulated, {len(one.layers)} layer{'s' * (len(one.layers) > 1)}, {one.duration}"]
    lines += [*([wrap(one.note, rest="")] if one.note else []), "", f"After {one.duration}, of {whole * factor:.4g} {unit} supplied:"]
    for name, amount in result.places.items():
        lines.append(f"  {name:<22}{amount[-1] * factor:>12.4g} {unit:<10}{100 * amount[-1] / whole:>8.3g} %")
    if not one.receptor.closed:
        lines += ["", f"Largest flux into the receptor: {result.flux[k] * factor * 3600:.4g} {unit}/h at {clock(result.times[k])}.",
                  line(f"These layers under a held concentration, above a sink: permeability {result.permeability * 3.6e5:.4g} cm/h, "
                       f"lag time {clock(result.lag_time)}.", "")]
        if one.donor.infinite and one.duration.si < LAGS * result.lag_time:
            lines.append(f"After {one.duration} the flux is not yet steady: that takes about {clock(LAGS * result.lag_time)}.")
    lines += _comparison(compared(result), factor, unit)
    lines += ["", wrap(
        "Arithmetic: grids of 24, 48 and 96 cells a layer, extrapolated. The last extrapolation moved amounts by at most "
        f"{moved(result, 'layers', 'permeated', 'donor', 'lost', 'cleared'):.0e} and the flux by {moved(result, 'flux'):.0e} of their "
        f"largest value; {result.mass_error:.0e} of the amount is unaccounted for. How true K, D and the picture of homogeneous layers "
        "are is another question.", rest="")]
    return "\n".join([*lines, *([f"Written to {folder}"] if folder else []), ""])


def moved(result: Permeation, *fields: str) -> float:
    """Largest change by the last extrapolation over these fields."""
    return max(result.error[name] for name in fields)


def _comparison(found: list[Compared], factor: float, unit: str) -> list[str]:
    """Observed beside computed, misses included."""
    if not found:
        return []
    lines = ["", "Observed, computed, ratio (nothing is fitted):"]
    for one in found:
        size, name = (100.0, "%") if one.unit == "1" else (factor, unit)
        lines.append(wrap(f"{one.what} at {clock(one.at)}: {one.observed * size:.3g} {name}, {one.computed * size:.3g} {name}, "
                          f"{one.ratio:.2g} ({one.source})", "  ", "    "))
    return lines


def table(result: Permeation) -> tuple[tuple, list]:
    """(header, rows) for a terminal: some of the times, amounts and flux with three digits."""
    factor, unit = result.shown
    rows = np.unique(np.linspace(0, len(result.times) - 1, ROWS).astype(int))
    columns = [*result.places.values(), result.flux * 3600]
    return ("time", *result.places, f"flux, {unit}/h"), [
        (clock(result.times[i]), *(f"{values[i] * factor:.3g}" for values in columns)) for i in rows]


def amounts(result: Permeation) -> bytes:
    """amounts.csv: every time, every amount and the flux."""
    factor, unit = result.shown
    columns = {"time_s": result.times, f"supplied, {unit}": result.supplied * factor,
               **{f"{name}, {unit}": amount * factor for name, amount in result.places.items()},
               f"in the receptor now, {unit}": result.receptor * factor, f"flux, {unit}/h": result.flux * factor * 3600}
    return storage.as_csv(list(columns), (map(float, row) for row in zip(*columns.values())))


def profiles(result: Permeation) -> bytes:
    """profiles.csv: C / K at each depth and time, and the concentration in the layer; faces between layers stand in both."""
    unit = "g/L" if result.experiment.unit == "kg" else "mmol/L"
    rows, count = [], (len(result.depth) - 1) // len(result.experiment.layers)
    for t, potential in zip(result.times, result.potential):
        for k, layer in enumerate(result.experiment.layers):
            here = slice(k * count, (k + 1) * count + 1)
            rows += [(float(t), layer.name, float(x), float(u), float(u) * layer.transport[0])
                     for x, u in zip(1e6 * result.depth[here], potential[here])]
    return storage.as_csv(["time_s", "layer", "depth_um", f"C/K, {unit}", f"C, {unit}"], rows)


def summary(result: Permeation) -> dict:
    """The numbers as plain data with a versioned schema; SI, amounts per m^2."""
    plain = lambda name: getattr(result, name).tolist()
    names = ("times", "supplied", "donor", "removed", "lost", "layers", "cleared", "receptor", "replaced", "permeated", "flux")
    return {"schema": SCHEMA, "name": result.experiment.name, "note": result.experiment.note, "amount_unit": f"{result.experiment.unit}/m^2",
            "layer_names": [layer.name for layer in result.experiment.layers], "permeability_m_per_s": float(result.permeability),
            "lag_time_s": float(result.lag_time), **{name: plain(name) for name in names}, "grid_error": result.error,
            "mass_error": result.mass_error,
            "compared": [one._asdict() | {"ratio": one.ratio} for one in compared(result)]}
