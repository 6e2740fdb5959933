"""The whole-body model of one regimen as SBML Level 3 Version 2, for the tools of others.

Written with the standard library: an export needs no further package, and libSBML, which is under a copyleft licence, stays a tool of the
tests (docs/whole_body.md). Formulas are Python's own syntax in `network.py` and become MathML here.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np

from epsom.core.draws import Draws
from epsom.core.errors import InputError
from epsom.core.vocabulary import standard_words
from epsom.regimen import Regimen
from epsom.whole_body.course import STEPS, Case, default_watch, habit_of, parameters_of, prepared, steady_pools, whole_body_model
from epsom.whole_body.network import Network, network

CORE = "http://www.sbml.org/sbml/level3/version2/core"
MATHML = "http://www.w3.org/1998/Math/MathML"
XHTML = "http://www.w3.org/1999/xhtml"
# {unit of the house: (its name in SBML, {base unit: exponent})}
UNITS = {"m^3": ("cubic_metre", {"metre": 3}), "mol/m^3": ("mole_per_cubic_metre", {"mole": 1, "metre": -3}),
         "m^3/s": ("cubic_metre_per_second", {"metre": 3, "second": -1}), "mol/s": ("mole_per_second", {"mole": 1, "second": -1}),
         "1/s": ("per_second", {"second": -1}), "mol": ("mole", None), "1": ("dimensionless", None)}
OPERATORS = {ast.Add: "plus", ast.Sub: "minus", ast.Mult: "times", ast.Div: "divide", ast.Pow: "power", ast.USub: "minus", ast.Gt: "gt"}
PLACE = "body"
NOTE = ("Magnesium of the whole body, by epsom. Amounts are whole contents in mol, all numbers are SI and belong to one body. "
        "Simulated numbers for research and education; not medical advice.")


def as_sbml(regimen: Regimen, draws: Draws | None = None, which: int = 0) -> str:
    """The model of a regimen as an SBML document, with its meals, doses and infusions as events, from its steady state on.

    Parameters
    ----------
    draws : numbers of the draw `which` of these; without draws every number is its middle value.

    Raises
    ------
    InputError : virtual people without draws; an unknown parameter; losses that exceed the diet.
    """
    return document(regimen, network_of(regimen, draws, which))


def network_of(regimen: Regimen, draws: Draws | None = None, which: int = 0) -> Network:
    """The table of formulas, numbers, start values and events that `as_sbml` writes."""
    model = whole_body_model(regimen.isotopes, regimen.hormones)
    parameters = parameters_of(regimen, model)
    if draws is None:
        if regimen.person.virtual:
            raise InputError("virtual people have no middle person", "State age, sex, height and weight instead, or name a draw",
                             key="person.virtual", value=True)
        parameters = {key: replace(p, unknown=None, between_people=None) for key, p in parameters.items()}
    case = Case(regimen, model, parameters, draws or Draws(1), habit_of(regimen), np.array([0.0, regimen.duration.si]), default_watch(model))
    lanes, book = prepared(case, np.array([which]), STEPS)
    start = {name: np.ravel(value)[0] for name, value in steady_pools(model, lanes.p).items()}
    constants, events = _first_lane(model.constants(lanes.p)), book.protocol(regimen.duration.si)
    ordinary = start["plasma_magnesium"] / constants["homeostasis"]["plasma_volume"]
    return network(constants, start, ordinary, model.solutes, book.names, events.times, events.fraction[:, :, 0], events.amount[:, :, 0])


def _first_lane(constants):
    return {key: _first_lane(value) if isinstance(value, dict) else np.ravel(value)[0] for key, value in constants.items()}


def document(regimen: Regimen, table: Network) -> str:
    """A table as SBML."""
    root = ElementTree.Element("sbml", {"xmlns": CORE, "level": "3", "version": "2"})
    model = _add(root, "model", id=regimen.name.replace("-", "_"), name=regimen.name, timeUnits="second", substanceUnits="mole",
                 extentUnits="mole", volumeUnits="cubic_metre")
    notes = ElementTree.SubElement(_add(model, "notes"), "body", xmlns=XHTML)
    for text in (NOTE, regimen.note):
        if text:
            ElementTree.SubElement(notes, "p").text = text
    _units(model)
    _add(_add(model, "listOfCompartments"), "compartment", id=PLACE, name="Where all pools are: amounts are amounts, volumes are parameters",
         spatialDimensions="3", size="1", units="cubic_metre", constant="true")
    _pools(model, table)
    _parameters(model, table)
    _rules(model, table)
    _reactions(model, table)
    _events(model, table)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _add(parent, tag: str, **attributes: str):
    return ElementTree.SubElement(parent, tag, attributes)


def _units(model) -> None:
    every = _add(model, "listOfUnitDefinitions")
    for name, bases in UNITS.values():
        if bases:
            kinds = _add(_add(every, "unitDefinition", id=name), "listOfUnits")
            for kind, exponent in bases.items():
                _add(kinds, "unit", kind=kind, exponent=str(exponent), scale="0", multiplier="1")


def _named(name: str) -> dict[str, str]:
    """What the vocabulary says about a word, with the isotope if it is one's."""
    words, (word, _, isotope) = standard_words(), _apart(name)
    return {"name": f"{words[word].meaning}{f' ({isotope})' if isotope else ''}"} if word in words else {}


def _apart(name: str) -> tuple[str, str, str]:
    """plasma_tracer_25Mg as (plasma_tracer, _, 25Mg)."""
    before, line, last = name.rpartition("_")
    return (before, line, last) if last[:1].isdigit() and last.endswith("Mg") else (name, "", "")


def _pools(model, table: Network) -> None:
    every = _add(model, "listOfSpecies")
    for name, amount in table.pools.items():
        _add(every, "species", id=name, **_named(name), compartment=PLACE, initialAmount=repr(amount), substanceUnits="mole",
             hasOnlySubstanceUnits="true", boundaryCondition="false", constant="false")


def _parameters(model, table: Network) -> None:
    every = _add(model, "listOfParameters")
    for name, (unit, value) in table.numbers.items():
        _add(every, "parameter", id=name, value=repr(value), units=UNITS[unit][0], constant="true")
    for name, (unit, value) in table.states.items():
        _add(every, "parameter", id=name, **_named(name), value=repr(value), units=UNITS[unit][0], constant="false")
    for name, (unit, _) in table.rules.items():
        _add(every, "parameter", id=name, **_named(name), units=UNITS[unit][0], constant="false")


def _rules(model, table: Network) -> None:
    every = _add(model, "listOfRules")
    for name, (_, formula) in table.rules.items():
        _math(_add(every, "assignmentRule", variable=name), formula)
    for name, (_, formula) in table.rates.items():
        _math(_add(every, "rateRule", variable=name), formula)


def _reactions(model, table: Network) -> None:
    every = _add(model, "listOfReactions")
    for name, reaction in table.reactions.items():
        one = _add(every, "reaction", id=name, reversible="false")
        for side, pool in (("listOfReactants", reaction.leaves), ("listOfProducts", reaction.enters)):
            _add(_add(one, side), "speciesReference", species=pool, stoichiometry="1", constant="true")
        _math(_add(one, "kineticLaw"), reaction.formula)


def _events(model, table: Network) -> None:
    if not table.events:
        return
    every = _add(model, "listOfEvents")
    for i, (at, becomes) in enumerate(table.events):
        event = _add(every, "event", id=f"event_{i + 1}", useValuesFromTriggerTime="true")
        apply = _add(_add(_add(event, "trigger", initialValue="false", persistent="true"), "math", xmlns=MATHML, **SBML_PREFIX), "apply")
        _add(apply, "geq")
        _add(apply, "csymbol", encoding="text", definitionURL="http://www.sbml.org/sbml/symbols/time").text = "time"
        _number(apply, at, "second")
        changes = _add(event, "listOfEventAssignments")
        for name, formula in becomes.items():
            _math(_add(changes, "eventAssignment", variable=name), formula)


# ---- MathML ------------------------------------------------------------------------------------------------------
SBML_PREFIX = {"xmlns:sbml": CORE}


def _math(parent, formula: str) -> None:
    _written(_add(parent, "math", xmlns=MATHML, **SBML_PREFIX), ast.parse(formula, mode="eval").body)


def _number(parent, value: float, unit: str) -> None:
    text = np.format_float_positional(value, trim="-")
    _add(parent, "cn", **{"sbml:units": unit}, **({"type": "integer"} if text.isdigit() else {})).text = text


def _written(parent, node: ast.expr) -> None:
    """One node of a formula; bare numbers have no dimension."""
    match node:
        case ast.Name(id=name):
            _add(parent, "ci").text = name
        case ast.Constant(value=value):
            _number(parent, value, "dimensionless")
        case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
            _applied(parent, OPERATORS[type(op)], left, right)
        case ast.UnaryOp(op=op, operand=operand):
            _applied(parent, OPERATORS[type(op)], operand)
        case ast.Call(func=ast.Name(id="sqrt"), args=[argument]):
            _applied(parent, "root", argument)
        case ast.IfExp(test=test, body=body, orelse=otherwise):
            choice = _add(parent, "piecewise")
            piece = _add(choice, "piece")
            _written(piece, body)
            _written(piece, test)
            _written(_add(choice, "otherwise"), otherwise)
        case _:
            raise ValueError(f"no MathML for {ast.unparse(node)}")


def _applied(parent, operator: str, *operands: ast.expr) -> None:
    apply = _add(parent, "apply")
    _add(apply, operator)
    for operand in operands:
        _written(apply, operand)
