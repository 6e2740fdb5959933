"""Runs on the same draws: compare(scenarios) and sweep(scenario, key, values). Everything is checked before anything is run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from epsom import changes, protocol, setting
from epsom.comparison import Comparison, Swept, fingerprint, folder_name
from epsom.core.draws import Draws
from epsom.core.errors import EpsomError, InputError
from epsom.model import Model
from epsom.provenance import fingerprint as run_fingerprint
from epsom.safety import refuse_if_blocked
from epsom.scenario import Scenario
from epsom.simulation import DRAWS, STEPS, simulate, solver_settings
from epsom.standard import standard_model

MOST = 6                     # scenarios side by side; more are no longer read
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Plan:
    """What a comparison will run, already checked.

    Attributes
    ----------
    labels, scenarios, models : of each run. Scenarios alike in solutes and in whether something hurts share a model, and so its
        compiled programs.
    swept : what a sweep changes, or None.
    """

    labels: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    models: tuple[Model, ...]
    swept: Swept | None = None

    def folder_name(self, draws: Draws) -> str:
        """The name that its folder will have."""
        runs = [run_fingerprint(s, draws, {p.key: p for p in setting.parameters(m, s).values()}, solver_settings(m, STEPS))
                for m, s in zip(self.models, self.scenarios)]
        return folder_name(self.labels, fingerprint(self.labels, runs, self.swept), self.swept, self.scenarios[0].name)

    def run(self, draws: Draws, progress: Progress | None = None) -> Comparison:
        """Solve all, one after the other; `progress` is called with (draws done, draws in all)."""
        results, count = [], len(self.scenarios)
        for i, (model, scenario) in enumerate(zip(self.models, self.scenarios)):
            report = progress and (lambda done, total, before=i: progress(before * total + done, count * total))
            results.append(simulate(model, scenario, draws, progress=report))
        return Comparison(self.labels, tuple(results), self.swept)


def compare(scenarios: Sequence[Scenario], draws: Draws | int = DRAWS, *, seed: int = 1,
            progress: Progress | None = None) -> Comparison:
    """Run scenarios on the same draws and hold each against the first.

    Parameters
    ----------
    scenarios : two to six; they may differ in anything, but need a solute in common.
    draws : how many, or a Draws.
    seed : from which every draw follows. Ignored if `draws` is a Draws.
    progress : called with (draws done, draws in all).

    Returns
    -------
    Comparison : `table` with every quantity at the reading times, `dataset` with the draws themselves, `results` whole.
        What differs in length is compared up to the end of the shortest.

    Raises
    ------
    InputError : too few or too many scenarios, none of whose solutes is in all; a safety gate blocks one of them; or one
        asks for what the model cannot do. Nothing is run then.
    """
    return planned_comparison(scenarios).run(draws if isinstance(draws, Draws) else Draws(knowledge=draws, seed=seed), progress)


def sweep(scenario: Scenario, key: str, values: Sequence, draws: Draws | int = DRAWS, *, seed: int = 1,
          progress: Progress | None = None) -> Comparison:
    """Run a scenario once for each value of one of its keys, on the same draws.

    Parameters
    ----------
    scenario : what all runs share.
    key : as in "site.area", "environment.humidity", "steps.0.apply", "product.strength" (of a product with one ingredient)
        or "parameters.magnesium.wet_permeability".
    values : two to 32, as they stand in a scenario: "200 cm^2", 0.5.
    draws, seed, progress : as for `compare`.

    Returns
    -------
    Comparison : as of `compare`, with `swept`; the first value is the one that the others are held against.

    Raises
    ------
    InputError : a value that cannot be, named with its key; nothing is run then.
    """
    plan = planned_sweep(scenario, key, values)
    return plan.run(draws if isinstance(draws, Draws) else Draws(knowledge=draws, seed=seed), progress)


def planned_comparison(scenarios: Sequence[Scenario]) -> Plan:
    """The plan of a comparison; a label is the scenario's name, numbered where one comes again."""
    if not 2 <= len(scenarios) <= MOST:
        raise InputError(f"a comparison has 2 to {MOST} scenarios, this one has {len(scenarios)}",
                         "To vary one number of a scenario over many values, sweep it")
    names = [s.name for s in scenarios]
    labels = tuple(name if names.index(name) == i else f"{name} ({names[: i + 1].count(name)})" for i, name in enumerate(names))
    made: dict[tuple, Model] = {}
    for label, scenario in zip(labels, scenarios):
        try:
            ready(scenario, made)
        except EpsomError as error:
            raise error.at(label) from error
    models = tuple(_model(scenario, made) for scenario in scenarios)
    if not set.intersection(*(set(model.solutes) for model in models)):
        told = "; ".join(f"{label}: {', '.join(model.solutes)}" for label, model in zip(labels, models))
        raise InputError(f"these scenarios have no solute in common ({told})", "Compare scenarios of one solute")
    return Plan(labels, tuple(scenarios), models)


def planned_sweep(scenario: Scenario, key: str, values: Sequence) -> Plan:
    """The plan of a sweep; errors name the value that cannot be."""
    texts = [str(value) for value in values]
    if not 2 <= len(set(texts)) == len(texts) <= changes.MOST:
        raise InputError(f"a sweep has 2 to {changes.MOST} different values", "Name each value once", key=key, value=", ".join(texts))
    made: dict[tuple, Model] = {}
    found = []
    for value in values:
        try:
            found.append(Scenario.build(changes.changed(scenario.tables(), key, value)))
            ready(found[-1], made)
        except EpsomError as error:
            where = f"{error.key}: " if error.key not in ("", key) else ""
            raise InputError(where + error.what, error.do, key=key, value=value) from error
    numbers, unit = changes.numbers(texts) or (None, "")
    swept = Swept(key, tuple(texts), tuple(numbers) if numbers else None, unit)
    return Plan(swept.values, tuple(found), tuple(_model(one, made) for one in found), swept)


def ready(scenario: Scenario, made: dict) -> Model:
    """The model of a scenario, from those `made` before if one suits; raises what a run would raise before it starts."""
    refuse_if_blocked(scenario)
    protocol.rows(scenario)
    setting.parameters(_model(scenario, made), scenario)
    return _model(scenario, made)


def _model(scenario: Scenario, made: dict[tuple, Model]) -> Model:
    """The standard model of a scenario, made once for the same solutes where a complaint is stated, and once where none is."""
    alike = tuple(scenario.product.resolved.salts), scenario.complaint is not None
    if alike not in made:
        made[alike] = standard_model(scenario)
    return made[alike]
