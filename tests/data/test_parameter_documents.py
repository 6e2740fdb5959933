"""Every number that ships has unit, source, place, grade and a range around it; its spread stays near that range."""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from functools import cache

import numpy as np
import pytest
from scipy.special import ndtri

from epsom.core import sources, units
from epsom.core.parameter import GRADES, KINDS, REQUIRED, document, folder, names, read_document
from epsom.model import Model
from epsom.scenario import Scenario
from epsom.setting import parameters
from epsom.standard import standard_model
from epsom.whole_body.course import whole_body_model

DOCUMENTS = [(kind, name) for kind in KINDS for name in names(kind)]
NOT_THE_MODELS = {"molar_mass", "solubility", "molar_volume"}          # used where strengths are read, not by a mechanism
FOR_VERIFICATION = {"charge", "water_diffusivity", *(key for name in names("verification")
                                                      for key in document("verification", name).parameters)}  # not of a run
FOR_REPORTS = {key for name in names("plausibility") for key in document("plausibility", name).parameters}    # tests/unit/test_plausible.py
CHOSEN = ("sites", "solutes", "salts", "barriers")       # kinds of which a scenario chooses a document


def tables(kind: str, name: str) -> dict:
    """The parameter tables of a file as they stand."""
    found = tomllib.loads((folder(kind) / f"{name}.toml").read_text("utf-8"))
    return {key: table for key, table in found.items() if key not in ("about", "variables")}


RAW = {(kind, name, key): table for kind, name in DOCUMENTS for key, table in tables(kind, name).items()}
MODEL = standard_model()
SPREAD = [place for place, table in RAW.items() if {"unknown", "between_people"} & set(table)]


def parameter(place):
    """The Parameter at (kind, document, key)."""
    kind, name, key = place
    return document(kind, name).parameters[key]


def widened(low: float, high: float) -> tuple[float, float]:
    """A range and a quarter of its width more on each side, on a log scale where both ends are positive."""
    if low > 0:
        more = (high / low) ** 0.25
        return low / more, high * more
    return low - (high - low) / 4, high + (high - low) / 4


def test_there_are_documents_of_every_kind():
    assert {kind for kind, _ in DOCUMENTS} == set(KINDS) and len(RAW) > 100


@pytest.mark.parametrize("kind, name", DOCUMENTS)
def test_document_loads(kind, name):
    found = read_document(folder(kind) / f"{name}.toml")
    assert found.about.get("title"), "a document says what it is"
    assert len(found.parameters) == len(tables(kind, name))


@pytest.mark.parametrize("place", RAW, ids=".".join)
def test_number_is_complete(place):
    """Unit, source, place in it, grade and range stand in the file itself, not in a default of the code."""
    table = RAW[place]
    assert set(table) >= REQUIRED
    units.unit_of(table["unit"])
    assert table["source"] == sources.ASSUMED or table["source"] in sources.bibliography()
    assert table["where"].strip() and table["grade"] in GRADES and len(table["grade"]) == 1
    assert table["range"][0] <= table["value"] <= table["range"][1]


@pytest.mark.parametrize("place", RAW, ids=".".join)
def test_a_second_hand_number_is_marked(place):
    """Where the file says "recalled", verify is true."""
    table = RAW[place]
    said = f"{table['where']} {table.get('note', '')}"
    assert table.get("verify", False) or "recalled" not in said


@pytest.mark.parametrize("place", SPREAD, ids=".".join)
def test_spread_agrees_with_the_range(place):
    """The implied 5 % and 95 % overlap the range, lie around the value and do not exceed the range absurdly."""
    p = parameter(place)
    low, high = p.interval()
    assert low < p.value < high
    assert low < p.range[1] and high > p.range[0]
    least, most = widened(*p.range)
    assert least <= low and high <= most, f"{p.key}: {low:.3g} to {high:.3g} {p.unit} implied, range {p.range}"


@pytest.mark.parametrize("place", [p for p in SPREAD if p[0] in CHOSEN], ids=".".join)
def test_range_holds_the_spread(place):
    """The implied 5 % and 95 % lie within what makes sense at all."""
    p = parameter(place)
    low, high = p.interval()
    assert p.range[0] <= low and high <= p.range[1], f"{p.key}: {low:.3g} to {high:.3g} {p.unit} implied, range {p.range}"


@pytest.mark.parametrize("place", [p for p in SPREAD if any(
    RAW[p].get(kind, {}).get("shape") == "uniform" for kind in ("unknown", "between_people"))], ids=".".join)
def test_a_uniform_spread_has_the_value_in_its_middle(place):
    spread = RAW[place]["unknown"]
    assert RAW[place]["value"] == pytest.approx((spread["low"] + spread["high"]) / 2)


@pytest.mark.parametrize("place", RAW, ids=".".join)
def test_a_log_spread_stands_around_a_positive_number(place):
    """A median of zero, or a share of exactly 0 or 1, cannot be spread on a log or logit scale."""
    table = RAW[place]
    for kind in ("unknown", "between_people"):
        shape = table.get(kind, {}).get("shape")
        assert shape != "lognormal" or table["value"] > 0
        assert shape != "logit" or 0 < table["value"] < 1


def test_every_key_is_unique():
    """A scenario changes a number by document and name; two of one name would both be meant."""
    twice = [key for key, n in Counter(f"{name}.{key}" for _, name, key in RAW).items() if n > 1]
    assert not twice


@pytest.mark.parametrize("kind", [*CHOSEN, "humectants", "ions", "complaints"])
def test_documents_of_one_kind_have_the_same_numbers(kind):
    """So that any choice of a scenario can be run."""
    keys = {name: (set(tables(kind, name)), {k: units.dimensions(t["unit"]) for k, t in tables(kind, name).items()})
            for name in names(kind)}
    first = next(iter(keys.values()))
    assert not [name for name, found in keys.items() if found != first]


def test_no_number_is_an_orphan():
    """Every number of a site, solute, salt, barrier or body is used by a mechanism or by the reading of strengths."""
    models = MODEL, whole_body_model(("25Mg",), hormones=True)
    used = {key.rpartition(".")[2] for model in models for keys in model.parameters_used.values() for key in keys}
    of_the_body = {"natural_share", *document("intakes", "gut").parameters, *document("populations", "adults").parameters,
                   *document("assays", "magnesium").parameters}
    assert not {place for place in RAW if place[2] not in used | NOT_THE_MODELS | FOR_VERIFICATION | FOR_REPORTS | of_the_body}


@pytest.mark.parametrize("kind", names("people"))
def test_a_kind_of_people_changes_only_what_the_body_has(kind):
    known = {**document("parameters", "homeostasis").parameters, **document("intakes", "gut").parameters}
    for name, own in document("people", kind).parameters.items():
        assert units.dimensions(own.unit) == units.dimensions(known[name].unit)


def test_wet_permeability_means_what_the_reference_says():
    """GSD 3.5 around 1e-8 cm/s: 5 % and 95 % at 1.3e-9 and 8e-8 cm/s, ignorance and people together, within 10 %."""
    scores = ndtri((np.arange(400) + 0.5) / 400)
    unknown, person = (x.ravel() for x in np.meshgrid(scores, scores))
    both = (parameter(("solutes", "magnesium", "wet_permeability")).draw(unknown, person)
            / parameter(("parameters", "column", "wet_skin_resistance")).draw(unknown, person))
    at = parameter(("parameters", "column", "reference_skin_resistance")).si
    low, high = np.quantile(both * at, (0.05, 0.95)) * 100                # cm/s
    assert low == pytest.approx(1.3e-9, rel=0.1) and high == pytest.approx(8e-8, rel=0.1)


def test_most_of_the_permeabilitys_spread_is_ignorance():
    """Two spreads, never mixed: people's is a fact about people, and the smaller one."""
    ignorance = parameter(("solutes", "magnesium", "wet_permeability")).unknown.sigma()
    people = parameter(("parameters", "column", "wet_skin_resistance")).between_people.sigma()
    assert ignorance > 1.5 * people
    assert math.exp(math.hypot(ignorance, people)) == pytest.approx(3.5, rel=0.01)


@pytest.mark.parametrize("solute", names("solutes"))
def test_fractions_of_the_corneum_always_leave_pores(solute):
    """1 - follicles, and of that 1 - ducts: positive whatever is drawn."""
    follicles, ducts = (parameter(("solutes", solute, key)).draw(np.array([-8.0, 8.0]), np.zeros(2))
                        for key in ("follicular_share", "sweat_duct_share"))
    assert ((1 - follicles) * (1 - ducts) > 0).all()


def scenario(**changed) -> Scenario:
    """The lotion on a calf with tables changed."""
    return Scenario.build(Scenario.load("magnesium-lotion-calf").tables() | changed)


@pytest.mark.parametrize("site, barrier", [*((site, "intact") for site in names("sites")),
                                           *(("calf", barrier) for barrier in names("barriers"))])
def test_every_site_and_barrier_has_what_the_model_asks(site, barrier):
    chosen = scenario(site={"name": site, "area": "100 cm^2", "barrier": barrier})
    assert parameters(MODEL, chosen)


@cache
def model_of(solutes: tuple[str, ...]):
    """The standard model for these solutes, built once."""
    return Model(MODEL.mechanisms, solutes)


@pytest.mark.parametrize("name", names("products"))
def test_every_product_has_what_the_model_asks(name):
    chosen = scenario(product={"use": name})
    assert parameters(model_of(tuple(chosen.product.resolved.salts)), chosen)


@pytest.mark.parametrize("name", names("salts"))
def test_every_salt_has_what_the_model_asks(name):
    """All solutes too: each has a salt."""
    about = document("salts", name).about
    product = {"density": "1 g/mL", "ingredients": [{"salt": name, "strength": f"1 mmol/L {about['formula']}"}]}
    chosen = scenario(product=product)
    assert parameters(model_of((about["solute"],)), chosen)
