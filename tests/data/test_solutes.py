"""Solutes: predicted numbers are those of the published rules, and charge, vapour and baselines fit what a solute is."""

from __future__ import annotations

import math

import pytest

from epsom.core.parameter import document, names
from epsom.core.sources import bibliography
from epsom.dermal import predicted
from epsom.dermal.predicted import Predicted

SOLUTES = {name: document("solutes", name) for name in names("solutes")}
P = {name: doc.parameters for name, doc in SOLUTES.items()}
BY = {name: doc.about.get("predicted", {}) for name, doc in SOLUTES.items()}
IONS = {"magnesium": 0.706e-9, "lithium": 1.03e-9, "sodium": 1.33e-9, "chloride": 2.03e-9, "zinc": 0.72e-9}     # m2/s at 25 degC
VOLATILE = {"water", "menthol", "nicotine"}
NEUTRAL = sorted(set(SOLUTES) - set(IONS))
THICKNESS = document("parameters", "column").parameters["reference_corneum_thickness"].si
ROUNDED = 0.06       # two digits


def holds(p, rule: Predicted) -> bool:
    """The document's number and its spread are the rule's."""
    return p.si == pytest.approx(rule.value, rel=ROUNDED) and p.unknown.sigma() == pytest.approx(math.log(rule.gsd), rel=0.03)


@pytest.mark.parametrize("name", [n for n in SOLUTES if BY[n].get("from") == "potts-guy"])
def test_permeability_from_lipids_is_the_rules(name):
    assert BY[name]["source"] in bibliography() and BY[name]["where"]
    assert holds(P[name]["wet_permeability"], predicted.permeability(BY[name]["log_octanol_water"], P[name]["molar_mass"].si))


@pytest.mark.parametrize("name", [n for n in SOLUTES if BY[n].get("from") == "magnesium"])
def test_permeability_through_pores_is_magnesiums_carried_over(name):
    p = P["magnesium"]["wet_permeability"]
    rule = predicted.through_pores(BY[name]["free_diffusivity"], IONS["magnesium"], Predicted(p.si, p.unknown.numbers["gsd"]))
    assert BY[name]["free_diffusivity"] == IONS[name] and holds(P[name]["wet_permeability"], rule)


@pytest.mark.parametrize("name", SOLUTES)
def test_a_predicted_permeability_says_so_and_a_measured_one_does_not(name):
    said = "predicted.py" in P[name]["wet_permeability"].where
    assert said == (BY[name].get("from") in ("potts-guy", "magnesium"))
    assert not said or P[name]["wet_permeability"].grade in "CD"


@pytest.mark.parametrize("name", [n for n in SOLUTES if "predicted.py" in P[n]["corneum_lag"].where])
def test_predicted_lag_is_the_rules(name):
    assert holds(P[name]["corneum_lag"], predicted.lag(P[name]["molar_mass"].si, THICKNESS))


@pytest.mark.parametrize("name", IONS)
def test_lag_of_ions_goes_with_one_over_their_diffusivity(name):
    expected = P["magnesium"]["corneum_lag"].si * IONS["magnesium"] / IONS[name]
    assert P[name]["corneum_lag"].si == pytest.approx(expected, rel=ROUNDED)


@pytest.mark.parametrize("name", SOLUTES)
def test_diffusivity_in_dermis_is_the_rules(name):
    rule = predicted.ion_in_dermis(IONS[name]) if name in IONS else predicted.dermis_diffusivity(P[name]["molar_mass"].si)
    assert P[name]["diffusivity_dermis"].si == pytest.approx(rule.value, rel=ROUNDED)
    assert P[name]["diffusivity_dermis"].si < P[name]["diffusivity_water"].si


@pytest.mark.parametrize("name", NEUTRAL)
def test_no_charge_no_electric_help(name):
    assert P[name]["electrodiffusion_factor"].value == 1 and P[name]["electrodiffusion_factor"].spread_free


@pytest.mark.parametrize("name", SOLUTES)
def test_only_what_has_a_vapour_evaporates(name):
    assert (P[name]["air_over_water"].value > 0) == (name in VOLATILE)


@pytest.mark.parametrize("name", SOLUTES)
def test_baselines_go_together(name):
    """Who has some in plasma has some between cells, and a change that means something; magnesium's own are the whole body's."""
    if name == "magnesium":
        assert P[name]["plasma_baseline"].value == 0 == P[name]["interstitial_baseline"].value < P[name]["interpretable_change"].value
        return
    some = [P[name][key].value > 0 for key in ("plasma_baseline", "interstitial_baseline", "interpretable_change")]
    assert all(some) or not any(some)
