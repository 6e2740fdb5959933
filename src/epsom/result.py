"""A Result: every readout over time and draws, with the run's fingerprint and its answer to "why?"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from epsom.core.draws import Draws
from epsom.core.errors import InputError, nearest
from epsom.core.parameter import Parameter
from epsom.core.vocabulary import Word
from epsom.core.walk import nearest_first
from epsom.credit import Credit, Unions
from epsom.safety import Gate
from epsom.scenario import Scenario

NOT_A_GRADE = "-"            # of a fact about the case, which the scenario states
QUANTILES = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)


class Profile(NamedTuple):
    """Concentration over baseline by depth.

    Attributes
    ----------
    depths : (depths,) m below the stratum corneum.
    levels : quantile levels.
    quantiles : (levels, times, depths) mol/m^3 over draws.
    sampled : (draws, times, depths) mol/m^3 of the first draws, whole.
    """

    depths: np.ndarray
    levels: tuple[float, ...]
    quantiles: np.ndarray
    sampled: np.ndarray


class Checked(NamedTuple):
    """Some draws solved again to see how far they move.

    Attributes
    ----------
    which : (checked,) their positions among the draws of the result.
    cells : {variable: (checked, times)} with twice the cells in every layer.
    steps : the same with four times the steps in every segment.
    """

    which: np.ndarray
    cells: Mapping[str, np.ndarray]
    steps: Mapping[str, np.ndarray]


@dataclass(frozen=True, repr=False, eq=False)
class Result:
    """What a simulation found.

    Attributes
    ----------
    scenario, draws, gates : what was asked, how often, and which safety gates stand open.
    times : (times,) s.
    readouts : {variable: (draws, times)} in SI.
    redrawn : the same with every assumed number drawn anew, of the first draws, or None if nothing is assumed or none of
        these draws could be solved (then an alarm says so).
    words : {variable: Word} with unit and meaning.
    profiles : {solute: Profile}.
    drawn : {parameter: (draws,)} in SI, of every parameter with a spread.
    parameters : {parameter: Parameter} of every number used.
    trail : for `why`.
    not_modelled : what this run says nothing about.
    provenance : what made it.
    checked : Checked, or None where nobody asked.
    credit : the outcome of every coalition of effects, of some draws, or None where nobody asked.
    unions : the outcome of every union of groups of effects, of all draws, or None where nobody asked.
    """

    scenario: Scenario
    gates: tuple[Gate, ...]
    draws: Draws
    times: np.ndarray
    readouts: Mapping[str, np.ndarray]
    redrawn: Mapping[str, np.ndarray] | None
    words: Mapping[str, Word]
    profiles: Mapping[str, Profile]
    drawn: Mapping[str, np.ndarray]
    parameters: Mapping[str, Parameter]
    trail: Mapping[str, Any]
    not_modelled: tuple[str, ...]
    provenance: Mapping[str, Any]
    checked: Checked | None = None
    credit: Credit | None = None
    unions: Unions | None = None

    @property
    def name(self) -> str:
        """Name of its folder: a slug of the scenario's name, and the fingerprint."""
        return folder_name(self.scenario, self.provenance["fingerprint"])

    def __repr__(self) -> str:
        return (f"Result of {self.scenario.name}: {', '.join(self.solutes)}, {self.draws.size} draws, {len(self.times)} times, "
                f"{len(self.readouts)} readouts, gates: {', '.join(g.name for g in self.gates) or 'none'}, {self.name}")

    @property
    def solutes(self) -> tuple[str, ...]:
        """What the product brings."""
        return tuple(self.profiles)

    def at(self, variable: str, time: float) -> np.ndarray:
        """(draws,) values of a readout at a time in s, by straight lines between stored times."""
        return between(self.times, self[variable], time)

    def __getitem__(self, variable: str) -> np.ndarray:
        """(draws, times) of a readout in SI."""
        if variable not in self.readouts:
            raise InputError(f"this result has no readout '{variable}'", nearest(variable, self.readouts), key=variable)
        return self.readouts[variable]

    def upstream(self, variable: str) -> list[str]:
        """Labels of the mechanisms that a variable rests on, nearest first."""
        return upstream(self.trail, variable)

    def behind(self, variable: str) -> list[Parameter]:
        """The parameters that a variable rests on, in the order of its mechanisms."""
        keys = dict.fromkeys(key for label in self.upstream(variable)
                             for key in self.trail["mechanisms"][label]["parameters"])
        return [self.parameters[key] for key in keys]

    def weakest_grade(self, variable: str) -> str:
        """The weakest grade among the numbers that a variable rests on."""
        return max((p.grade for p in self.behind(variable) if p.grade != NOT_A_GRADE), default="A")

    def why(self, variable: str) -> str:
        """The trail of a number as text: mechanisms upstream, their parameters with value, grade and source."""
        return "\n".join(why(self.trail, variable))

    @cached_property
    def dataset(self):
        """Everything as an xarray Dataset with units and long names in the attributes (xarray is imported here)."""
        import xarray

        coordinates = {"time": ("time", self.times, {"units": "s"}),
                       "knowledge": ("draw", self.draws.knowledge_index, {"long_name": "which draw of what is unknown"}),
                       "person": ("draw", self.draws.person_index, {"long_name": "which virtual person"})}
        variables = {name: (dims, values, attributes) for name, dims, values, attributes in self.arrays()
                     if name not in coordinates}
        return xarray.Dataset(variables, coordinates, {"fingerprint": self.provenance["fingerprint"]})

    def arrays(self):
        """(name, dimensions, values, attributes) of everything that is stored."""
        yield "time", ("time",), self.times, {"units": "s", "long_name": "time since the first step"}
        yield "knowledge", ("draw",), self.draws.knowledge_index, {"units": "1", "long_name": "index of the knowledge draw"}
        yield "person", ("draw",), self.draws.person_index, {"units": "1", "long_name": "index of the virtual person"}
        for name, values in self.readouts.items():
            word = self.words[name]
            yield name, ("draw", "time"), values, {"units": word.unit, "long_name": word.meaning}
        for name, values in (self.redrawn or {}).items():
            yield (f"redrawn {name}", ("redrawn_draw", "time"), values,
                   {"units": self.words[name].unit, "long_name": f"{name} with every assumed number drawn anew"})
        if self.checked:
            yield "checked", ("checked_draw",), self.checked.which, {"units": "1", "long_name": "which draws were solved once more"}
            for how, finer in (("finer cells", self.checked.cells), ("finer steps", self.checked.steps)):
                for name, values in finer.items():
                    yield (f"{how} {name}", ("checked_draw", "time"), values,
                           {"units": self.words[name].unit, "long_name": f"{name} with {how}"})
        yield from self._of_effects()
        for solute, profile in self.profiles.items():
            attributes = {"units": "mol/m^3", "long_name": "concentration over baseline by depth below the stratum corneum"}
            yield "depth", ("depth",), profile.depths, {"units": "m", "long_name": "depth below the stratum corneum"}
            yield "level", ("level",), np.array(profile.levels), {"units": "1", "long_name": "quantile level"}
            yield f"profile_quantiles[{solute}]", ("level", "time", "depth"), profile.quantiles, attributes
            yield f"profile_sampled[{solute}]", ("sampled_draw", "time", "depth"), profile.sampled, attributes
        if self.drawn:
            names = np.array(list(self.drawn), dtype=object)
            units = np.array([self.parameters[key].unit for key in self.drawn], dtype=object)
            yield "parameter", ("parameter",), names, {"long_name": "name of a parameter with a spread"}
            yield "parameter_unit", ("parameter",), units, {"long_name": "its unit; the drawn values are that unit's in SI"}
            yield ("drawn", ("parameter", "draw"), np.stack(list(self.drawn.values())),
                   {"units": "SI", "long_name": "drawn values of the parameters"})

    def _of_effects(self):
        """What is stored of coalitions and unions."""
        if self.unions or self.credit:
            yield ("coalition_time", ("coalition_time",), (self.unions or self.credit).times,
                   {"units": "s", "long_name": "time since the first step"})
        if self.unions:
            for how, draws, found in (("unions", "draw", self.unions.outcomes), ("redrawn unions", "redrawn_draw", self.unions.redrawn)):
                for name, values in found.items():
                    yield (f"{how} {name}", (draws, "union", "coalition_time"), values,
                           {"units": self.words[name].unit,
                            "long_name": f"{name} of every union of groups of effects; union k has group i on where bit i of k is 1"})
        if self.credit:
            yield "credited", ("credited_draw",), self.credit.which, {"units": "1", "long_name": "which draws have every coalition"}
            yield ("coalition_effect", ("coalition_effect",), np.array(self.credit.effects, dtype=object),
                   {"long_name": "switch of an effect; coalition k has effect i on where bit i of k is 1"})
            for name, values in self.credit.outcomes.items():
                yield (f"coalitions {name}", ("credited_draw", "coalition", "coalition_time"), values,
                       {"units": self.words[name].unit, "long_name": f"{name} of every coalition of effects"})


def between(times: np.ndarray, values: np.ndarray, time: float) -> np.ndarray:
    """(draws,) from (draws, times) at one time, by straight lines; of more axes after the time all are kept."""
    k = int(np.clip(np.searchsorted(times, time), 1, len(times) - 1))
    share = np.clip((time - times[k - 1]) / (times[k] - times[k - 1]), 0, 1)
    return values[:, k - 1] * (1 - share) + values[:, k] * share


def folder_name(scenario: Scenario, fingerprint: str) -> str:
    """A slug of the scenario's name, and the fingerprint."""
    slug = "".join(ch if ch.isascii() and (ch.isalnum() or ch in "-_") else "-" for ch in scenario.name)
    return f"{slug}-{fingerprint}"


def upstream(trail: Mapping[str, Any], variable: str) -> list[str]:
    """Labels of the mechanisms that a variable rests on, nearest first, by walking a stored trail."""
    variables, mechanisms = trail["variables"], trail["mechanisms"]
    if variable not in variables:
        raise InputError(f"'{variable}' is no variable of this run", nearest(variable, variables), key=variable)
    return nearest_first(variables[variable], lambda label: [variables[name] for name in mechanisms[label]["reads"]])


def why(trail: Mapping[str, Any], variable: str) -> list[str]:
    """The lines that say what a variable of a stored trail rests on."""
    lines = [f"{variable} rests on"]
    for label in upstream(trail, variable):
        mechanism = trail["mechanisms"][label]
        lines += [f"  {label}: {mechanism['meaning']}", *(f"      {trail['parameters'][key]}" for key in mechanism["parameters"])]
    return lines


def one_line(p: Parameter) -> str:
    """A parameter as one line of a trail: grade, key, value, source and place."""
    doubt = ", to be verified" if p.verify else ""
    return f"{p.grade}  {p.key} = {p.value:.3g} {'' if p.unit == '1' else p.unit + ' '}[{p.source}: {p.where}{doubt}]"
