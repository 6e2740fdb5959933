"""What the model says to each row of a case: run its scenario, solve its experiment, or look its number up."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from epsom.core import units
from epsom.core.parameter import all_parameters, document
from epsom.dermal import predicted
from epsom.experiment import Experiment
from epsom.permeation import permeate
from epsom.result import Result, between
from epsom.scenario import Scenario
from epsom.simulation import simulate
from epsom.standard import standard_model
from epsom.validation.case import Case, Expected, Row, row

DRAWS = 500
LOW, MIDDLE, HIGH = 0.05, 0.5, 0.95


@dataclass(frozen=True)
class Switched:
    """A case with its simplifications switched off one at a time.

    Attributes
    ----------
    case : its name.    rows : names and units of the quantities.    estimate : (rows,) medians of the first estimate.
    medians : {variant: (rows,)} "simplified", each switch alone, "full".
    """

    case: str
    rows: tuple[tuple[str, str], ...]
    estimate: np.ndarray
    medians: dict[str, np.ndarray]

    def ratio(self, variant: str) -> np.ndarray:
        """(rows,) of the medians to the simplified ones."""
        return self.medians[variant] / self.medians["simplified"]


def compare(name: str, case: Case, draws: int = DRAWS, seed: int = 1, workers: int | None = None) -> list[Row]:
    """Run the case and put its numbers beside the expected ones."""
    if case.scenario is not None:
        found = scenario_numbers(case, case.scenario, draws, seed, workers)
    elif case.experiment is not None:
        found = [later_share(case.experiment, e) for e in case.expected]
    else:
        found = [NUMBERS[e.of](e) for e in case.expected]
    return [row(name, case, e, numbers) for e, numbers in zip(case.expected, found)]


def switched(name: str, case: Case, simplified: Sequence[Row], draws: int = DRAWS, seed: int = 1, workers: int | None = None) -> Switched:
    """Run the case with each simplification switched off alone, and with all of them off, on the draws of its rows as it stands."""
    medians = {"simplified": np.array([row.found[0] for row in simplified])}
    for variant, scenario in case.variants().items():
        if variant not in medians:
            medians[variant] = np.array([found[0] for found in scenario_numbers(case, scenario, draws, seed, workers)])
    return Switched(name, tuple((e.name, e.unit) for e in case.expected), np.array([e.value for e in case.expected]), medians)


def scenario_numbers(case: Case, scenario: Scenario, draws: int, seed: int, workers: int | None) -> list[tuple[float, float, float]]:
    """(median, 5 %, 95 %) of each row of the case, read from a run of this scenario."""
    result = simulate(standard_model(scenario), scenario, draws, seed=seed, workers=workers)
    return [read(result, e) for e in case.expected]


def read(result: Result, expected: Expected) -> tuple[float, float, float]:
    """(median, 5 %, 95 %) of a row in its unit."""
    solute, = result.solutes
    factor = document("solutes", solute).parameters["molar_mass"].si if expected.in_mass else 1.0
    values = READ[expected.of](result, solute, expected)
    return tuple(float(x) * factor / units.si_factor(expected.unit) for x in values)


# ---- from a run ------------------------------------------------------------------------------------------------------
def _tissue(result: Result, solute: str, expected: Expected) -> list[float]:
    profile = result.profiles[solute]
    then = between(result.times, profile.quantiles, expected.at.si)
    return [np.interp(expected.below_corneum.si, profile.depths, then[profile.levels.index(level)]) for level in (MIDDLE, LOW, HIGH)]


def _crossed(result: Result, solute: str, expected: Expected) -> np.ndarray:
    """What has come into living tissue through pores and follicles, per area."""
    return _quantiles(_per_area(result, solute, expected.at.si)[0])


def _flux(result: Result, solute: str, expected: Expected) -> np.ndarray:
    return _quantiles(_per_area(result, solute, expected.at.si)[1])


def _per_area(result: Result, solute: str, time: float) -> tuple[np.ndarray, np.ndarray]:
    """(draws,) what has crossed per area until this time, and its slope per s: of the parabola through three stored times, the time
    between the first two of them or the last."""
    i = int(np.clip(np.searchsorted(result.times, time), 1, len(result.times) - 2))
    t, y = result.times[i - 1:i + 2] - time, result[f"crossed_amount[{solute}]"][:, i - 1:i + 2] / result.scenario.site.area.si
    first, second = np.diff(y).T / np.diff(t)[:, None]
    bend = (second - first) / (t[2] - t[0])
    return y[:, 0] - t[0] * (first - bend * t[1]), first - bend * (t[0] + t[1])


def _crossed_share(result: Result, solute: str, expected: Expected) -> np.ndarray:
    crossed, applied = (result.at(f"{word}[{solute}]", expected.at.si) for word in ("crossed_amount", "applied_amount"))
    return _quantiles(crossed / applied)


def _permeability(result: Result, solute: str, expected: Expected) -> np.ndarray:
    above = result.at(f"film_concentration[{solute}]", expected.at.si)
    return _quantiles(_per_area(result, solute, expected.at.si)[1] / above)


def _lag_time(result: Result, solute: str, expected: Expected) -> np.ndarray:
    """Where the tangent of the amount at this time meets the time axis."""
    crossed, slope = _per_area(result, solute, expected.at.si)
    return _quantiles(expected.at.si - crossed / slope)


def _highest_plasma(result: Result, solute: str, expected: Expected) -> np.ndarray:
    return _quantiles(result[f"plasma_concentration[{solute}]"].max(1))


def _quantiles(values: np.ndarray) -> np.ndarray:
    return np.quantile(values, (MIDDLE, LOW, HIGH))


READ: dict[str, Callable] = {"tissue": _tissue, "crossed": _crossed, "flux": _flux, "crossed_share": _crossed_share,
                             "permeability": _permeability, "lag_time": _lag_time, "highest_plasma": _highest_plasma}


# ---- from an experiment ----------------------------------------------------------------------------------------------
def later_share(experiment: Experiment, expected: Expected) -> tuple[float, float, float]:
    """Of what the layers hold when the donor is taken away, the share that is absorbed afterwards; one number, no spread."""
    donor = experiment.tables().get("donor", {}) | {"removed_at": expected.removed_at.text, "loss": expected.loss.text}
    result = permeate(Experiment.build({**experiment.tables(), "donor": donor}))
    begin = int(abs(result.times - expected.removed_at.si).argmin())
    share = float((result.permeated[-1] - result.permeated[begin]) / result.layers[begin].sum())
    return share, share, share


# ---- from numbers and rules ------------------------------------------------------------------------------------------
def _parameter(expected: Expected) -> tuple[float, float, float]:
    """A default itself, with its spread."""
    p = all_parameters()[expected.key]
    low, high = (p.value, p.value) if p.spread_free else p.interval()
    return tuple(units.convert(x, p.unit, expected.unit) for x in (p.value, low, high))


def _through_pores(expected: Expected) -> tuple[float, float, float]:
    magnesium = document("solutes", "magnesium").parameters["wet_permeability"]
    measured = predicted.Predicted(magnesium.si, math.exp(magnesium.unknown.sigma()))
    free = document("ions", "magnesium").parameters["water_diffusivity"].si
    return _around(predicted.through_pores(expected.free_diffusivity.si, free, measured), expected)


def _potts_guy(expected: Expected) -> tuple[float, float, float]:
    return _around(predicted.permeability(expected.log_octanol_water, expected.molar_mass.si), expected)


def _around(rule: predicted.Predicted, expected: Expected) -> tuple[float, float, float]:
    """Median and 90 % interval of a lognormal number."""
    wide = rule.gsd ** NormalDist().inv_cdf(HIGH)
    return tuple(x / units.si_factor(expected.unit) for x in (rule.value, rule.value / wide, rule.value * wide))


NUMBERS: dict[str, Callable] = {"parameter": _parameter, "through_pores": _through_pores, "potts_guy": _potts_guy}
