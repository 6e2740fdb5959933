"""Which parameter documents a Scenario chooses, and the parameters of a run by the model's keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from epsom import people
from epsom.core import units
from epsom.core.errors import DataError, EpsomError, InputError, nearest
from epsom.core.parameter import Document, Parameter, document
from epsom.core.sources import SCENARIO
from epsom.model import Model
from epsom.regimen import Somebody
from epsom.result import NOT_A_GRADE
from epsom.scenario import Scenario
from epsom.schema import DAY


def given(key: str, value: float, unit: str) -> Parameter:
    """A fact about the case, such as the treated area: exact, no source but the scenario."""
    return Parameter(key, value, unit, SCENARIO, "stated", NOT_A_GRADE, (value, value))


def measured(p: Parameter, value: float) -> Parameter:
    """What was measured on this person, in SI: exact, and known to what is correlated with it."""
    fixed = p.fixed(value / p.si_factor, p.unit, "")
    _check_range(p, fixed.value, f"person ({p.key})", f"{fixed.value:g} {p.unit}")
    return replace(fixed, source=SCENARIO, where="stated", grade=NOT_A_GRADE)


def _facts(scenario: Scenario) -> dict[str, Parameter]:
    """What the scenario states about treatment, body and room."""
    room = scenario.environment
    numbers = {"area": (scenario.site.area.si, "m^2"), "weight": (scenario.person.weight.si, "kg"),
               "air_temperature": (room.air.si, "K"), "humidity": (room.humidity, "1"), "air_speed": (room.air_speed.si, "m/s"),
               "sweat_rate": (room.sweat.si, "kg/m^2/s"),
               "humectant_volume": (scenario.product.resolved.humectant_volume, "m^3/mol")}
    return {name: given(f"scenario.{name}", value, unit) for name, (value, unit) in numbers.items()} | _body(scenario)


def _body(scenario: Scenario) -> dict[str, Parameter]:
    """Size and diet of the person, as people of their kind are and eat: nobody states what they eat."""
    somebody = people.somebody(scenario.person)
    kind = people.kind_of(somebody)
    servings = people.servings(kind)
    eaten = f"{kind.name}: {kind.about['daily']} a day in {servings} meals"
    found = {"lean_size": (people.size(people.stated(somebody), kind), "1", f"{kind.name}: by lean mass, of children by weight"),
             "meal_interval": (DAY / servings, "s", eaten), "meal_magnesium": (people.daily(somebody) / servings, "mol", eaten)}
    return {name: replace(given(f"scenario.{name}", float(value), unit), where=where) for name, (value, unit, where) in found.items()}


def _measurements(scenario: Scenario) -> dict[str, float]:
    """{key of a parameter between people: what was measured on this one, in SI}."""
    person = scenario.person
    stated = {"plasma.glomerular_filtration": person.filtration,
              "column.wet_skin_resistance": person.skin_resistance and person.skin_resistance.si,
              "hydration.transepidermal_water_loss": person.water_loss and person.water_loss.si,
              "complaint.usual_pain": scenario.complaint and scenario.complaint.pain}
    return {key: value for key, value in stated.items() if value is not None}


def _with_filtration(plasma: Document, somebody: Somebody) -> Document:
    unknown = plasma.parameters["glomerular_filtration"]
    return replace(plasma, parameters={**plasma.parameters, "glomerular_filtration": people.filtration_of(somebody, unknown)})


def documents(model: Model, scenario: Scenario) -> dict[str, Document]:
    """{role in the model's parameter keys: document}."""
    product = scenario.product.resolved
    found = {m.name: m.document() for m in model.mechanisms}
    found["site"] = document("sites", scenario.site.name)
    found["barrier"] = document("barriers", scenario.site.barrier)
    found["complaint"] = document("complaints", scenario.complaint.kind.replace(" ", "-") if scenario.complaint else "none")
    found["magnesium"] = document("solutes", "magnesium")          # of the body's own, whether the product brings any or not
    somebody = people.somebody(scenario.person)
    for kind, name in (("parameters", "homeostasis"), ("intakes", "gut")):
        found[name] = people.of_kind(people.kind_of(somebody), document(kind, name))
    if "plasma" in found:
        found["plasma"] = _with_filtration(found["plasma"], somebody)
    for solute in model.solutes:
        found[f"solute[{solute}]"] = document("solutes", solute)
        if solute not in product.salts:
            raise InputError(f"the product brings no {solute}", f"It brings {', '.join(product.salts)}", key="product")
        found[f"salt[{solute}]"] = document("salts", product.salts[solute])
    return found


def parameters(model: Model, scenario: Scenario) -> dict[str, Parameter]:
    """{model's key: Parameter} of every number that this run uses.

    Raises
    ------
    DataError : a mechanism asks for a number that its document does not have.
    InputError : `parameters` of the scenario names an unknown number or gives a wrong unit.
    """
    docs = documents(model, scenario)
    facts = _facts(scenario)
    found = {}
    for label, keys in model.parameters_used.items():
        for key in sorted(keys):
            role, _, name = key.rpartition(".")
            known = facts if role == "scenario" else docs[role].parameters if role in docs else {}
            if name not in known:
                raise DataError(f"{label} asks for '{name}', which '{docs[role].name if role in docs else role}' does not have",
                                nearest(name, known), key=key)
            found[key] = known[name]
    stated = {key: measured(found[key], value) for key, value in _measurements(scenario).items() if key in found}
    for key in stated.keys() & scenario.parameters.keys():
        raise InputError("the person states this number already", "Give it once", key=f"parameters.{key}",
                         value=scenario.parameters[key])
    found |= stated
    found = with_changes(found, scenario.parameters)
    for solute in model.solutes:             # what turned the label's strength into amounts
        for role, name in (("solute", "molar_mass"), ("salt", "molar_mass"), ("salt", "solubility")):
            found[f"{role}[{solute}].{name}"] = docs[f"{role}[{solute}]"].parameters[name]
    return found


def _check_range(p: Parameter, value: float, key: str, text: str) -> None:
    if not p.range[0] <= value <= p.range[1]:
        raise InputError(f"outside the range that makes sense for this number, {p.range[0]:g} to {p.range[1]:g} {p.unit}",
                         "Give a value within it", key=key, value=text)


def with_changes(found: Mapping[str, Parameter], changes: Mapping[str, str]) -> dict[str, Parameter]:
    """The parameters with the scenario's own values; the key is the document's, as in "magnesium.wet_permeability".

    A quantity such as "2e-8 cm/s" takes the place of value and spreads; "5 times" moves the value and keeps its spreads.
    """
    by_document: dict[str, list[str]] = {}
    for key, p in found.items():
        by_document.setdefault(p.key, []).append(key)
    changed = dict(found)
    for name, text in changes.items():
        if name not in by_document:
            raise InputError(f"this run uses no parameter '{name}'", nearest(name, by_document), key=f"parameters.{name}")
        for key in by_document[name]:
            p = found[key]
            if p.range[0] == p.range[1]:
                raise InputError("this number is fixed", f"It stands for this: {p.where}", key=f"parameters.{name}", value=text)
            try:
                number, unit = units.split(text)
                note = f"set by the scenario; the default is {p.value:g} {p.unit}"
                new = p.times(number) if unit.strip() == "times" else p.fixed(number, unit or "1", note)
            except EpsomError as error:
                raise InputError(error.what, error.do or f"This one is in {p.unit}", key=f"parameters.{name}",
                                 value=text) from error
            _check_range(p, new.value, f"parameters.{name}", text)
            changed[key] = replace(new, range=p.range)
    return changed
