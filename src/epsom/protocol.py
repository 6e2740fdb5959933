"""From the steps of a Scenario to rows of events: amounts that move between named compartments at given times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from epsom.core.errors import EpsomError, InputError
from epsom.engine.run import Protocol
from epsom.model import Model
from epsom.regimen import amount_of_magnesium
from epsom.safety import gate_texts
from epsom.scenario import Infusion, Scenario, Step

if TYPE_CHECKING:
    from epsom.staging import Listeners

# Moves that empty come before moves that fill, so that at one moment a bath ends before the next product is applied.
PLAIN = ("film_water", "film_oil", "film_humectant", "film_coverage", "occlusion", "clothing", "bath_temperature", "cool_product",
         "rubbing")
SENSES = {"cool_product", "rubbing"}       # a model without these passes them by
EMPTY = (("film_amount", "washed_off_amount"), *((word, None) for word in PLAIN))
FILL = (("supply_amount", "film_amount"), (None, "infusion_flow"), *((None, word) for word in PLAIN))
SWITCHES = ("film_coverage", "occlusion", "clothing", "bath_temperature", "rubbing")      # set to a value; everything else adds up
MILLISECOND = 3              # decimals to which event times are rounded, so that no segment is shorter


@dataclass(frozen=True)
class Row:
    """At a time, a share of the source plus an amount goes to the target. Amounts are SI, for the whole treated area."""

    at: float
    source: str | None
    target: str | None
    fraction: float = 0.0
    amount: float = 0.0


def rows(scenario: Scenario) -> list[Row]:
    """All events of a scenario in time order; raises InputError for a step that the model cannot do."""
    found: list[Row] = []
    product = scenario.product.resolved
    for i, step in enumerate(scenario.steps):
        at = step.at.si
        if step.action == "take":
            raise _not_yet(step, i)
        if step.infuse is not None:
            found += _infused(at, step.infuse, product, i)
        elif step.apply is not None:
            mass = scenario.mass_of(step.apply)
            found += [*_lay_on(at, product, mass), Row(at, None, "cool_product", amount=mass)]
        elif step.soak is not None:
            found += _lay_on(at, product, step.soak.volume.si * product.density.si)
            end = at + step.soak.duration.si
            found += [*_take_off(end, product, 1.0), Row(end, "bath_temperature", None, 1.0)]
            if step.soak.temperature is not None:
                found += [Row(at, "bath_temperature", None, 1.0),
                          Row(at, None, "bath_temperature", amount=step.soak.temperature.si)]
        elif step.wash is not None:
            found += _take_off(at, product, step.wash)
    rubs = [(s.at.si, s.at.si + s.rub.duration.si) for s in scenario.steps if s.rub]
    for word, spans in (("occlusion", _under(scenario, "foil")), ("clothing", _under(scenario, "clothing")), ("rubbing", _joined(rubs))):
        for begin, end in spans:
            found += [Row(begin, word, None, 1.0), Row(begin, None, word, amount=1.0), Row(end, word, None, 1.0)]
    rounded = (replace(r, at=round(r.at, MILLISECOND)) for r in found)
    return sorted((r for r in rounded if r.at < scenario.duration.si), key=lambda r: r.at)


def _not_yet(step: Step, i: int) -> InputError:
    """What a step that needs a gut is told, its safety text included."""
    gate = "swallowing" if step.take.route == "enema" else "oral-magnesium"
    return InputError(f"this model has no gut yet. {gate_texts()[gate].rstrip('.')}", "Leave this step out", key=f"steps.{i}.take")


def _infused(at: float, infusion: Infusion, product, i: int) -> list[Row]:
    """An infusion of magnesium, spread evenly; those that overlap add up."""
    if "magnesium" not in product.moles:
        raise InputError("magnesium can be infused only where the model follows magnesium", "Name a product that brings some, "
                         "applied or not", key=f"steps.{i}.infuse", value=infusion.amount)
    try:
        flow = amount_of_magnesium(infusion.amount).si / infusion.duration.si
    except EpsomError as error:
        raise InputError(error.what, error.do, key=f"steps.{i}.infuse.amount", value=infusion.amount) from error
    return [Row(at, None, "infusion_flow[magnesium]", amount=flow),
            Row(at + infusion.duration.si, None, "infusion_flow[magnesium]", amount=-flow)]


def _under(scenario: Scenario, cover: str) -> list[tuple[float, float]]:
    """(begin, end) of the times under a cover. Under bath water nothing dries."""
    spans = [(s.at.si, s.at.si + s.occlude.duration.si) for s in scenario.steps if s.occlude and s.occlude.under == cover]
    if cover == "foil":
        spans += [(s.at.si, s.at.si + s.soak.duration.si) for s in scenario.steps if s.soak]
    return _joined(spans)


def _joined(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """In order; those that overlap or touch are one."""
    spans.sort()
    joined: list[tuple[float, float]] = []
    for begin, end in spans:
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((begin, end))
    return joined


def _lay_on(at, product, mass) -> list[Row]:
    contents = {"film_water": product.water, "film_oil": product.oil, "film_humectant": product.humectant}
    return [*(Row(at, f"supply_amount[{s}]", f"film_amount[{s}]", amount=mass * moles) for s, moles in product.moles.items()),
            *(Row(at, None, word, amount=mass * share) for word, share in contents.items() if share),
            Row(at, "film_coverage", None, 1.0), Row(at, None, "film_coverage", amount=1.0)]


def _take_off(at, product, share) -> list[Row]:
    return [*(Row(at, f"film_amount[{s}]", f"washed_off_amount[{s}]", share) for s in product.moles),
            *(Row(at, word, None, share) for word in ("film_water", "film_oil", "film_humectant", "film_coverage"))]


def not_modelled(scenario: Scenario) -> list[str]:
    """What this scenario asks for that has no effect in this model, said plainly."""
    notes = []
    if any(step.rub for step in scenario.steps):
        notes.append("Rubbing warms, widens vessels and touches nerves, but it neither spreads nor thins the film.")
    if scenario.complaint is None:
        notes.append("Feeling: the scenario states no complaint, so nothing is said about what a person would feel.")
    return notes


def compiled(model: Model, scenario: Scenario, lanes: int, part: Model | Listeners | None = None) -> tuple[tuple, Protocol]:
    """(moves as pairs of scalar indices, events as arrays).

    The moves are the same for every scenario of a model, so that another protocol compiles nothing new. Of a model that is solved in
    stages, `part` is the stage: it gets its own moves at everybody's times.
    """
    moves = [pair for kind in (EMPTY, FILL) for word_pair in kind for pair in _of_each_solute(model, word_pair)]
    events = [row for row in rows(scenario) if not {row.source, row.target} & SENSES - set(model.scalar_names)]
    for row in events:
        if (row.source, row.target) not in moves:
            raise InputError(f"this model has no place for a move from {row.source} to {row.target}",
                             "Use a model with a film mechanism", key="steps")
    times = sorted({0.0, *(r.at for r in events), scenario.duration.si})
    index = {name: i for i, name in enumerate((part or model).scalar_names)}
    moves = [move for move in moves if all(name is None or name in index for name in move)]
    events = [row for row in events if (row.source, row.target) in moves]
    fraction = np.zeros((len(times) - 1, len(moves), 1))
    amount = np.zeros((len(times) - 1, len(moves), lanes))
    for row in events:
        where = times.index(row.at), moves.index((row.source, row.target))
        fraction[where] = 1 - (1 - fraction[where]) * (1 - row.fraction)
        amount[where] = row.amount if row.target in SWITCHES else amount[where] + row.amount
    pairs = tuple((None if s is None else index[s], None if t is None else index[t]) for s, t in moves)
    return pairs, Protocol(np.array(times), fraction, amount)


def _of_each_solute(model: Model, pair) -> list[tuple[str | None, str | None]]:
    """The moves behind a pair of words, one for each solute; none where the model lacks the compartment."""
    def names(solute):
        return tuple(None if w is None else f"{w}[{solute}]" if model.words[w].axis else w for w in pair)

    solutes = model.solutes if any(w and model.words[w].axis for w in pair) else (None,)
    return [n for n in map(names, solutes) if all(x is None or x in model.owner for x in n)]
