"""Barriers: their kind opens the gates, and the corneum's loss of water is the measured one without the air's share."""

from __future__ import annotations

import math

import pytest

from epsom.core.errors import InputError
from epsom.core.parameter import document, names
from epsom.dermal.film import saturated_vapour
from epsom.safety import gates, refuse_if_blocked
from epsom.scenario import Scenario, read_tables

KINDS = {name: document("barriers", name).about["kind"] for name in names("barriers")}
GOOD, _ = read_tables("magnesium-lotion-calf")
SOAK = {"at": "0 s", "soak": {"for": "20 min", "volume": "20 L", "temperature": "38 degC"}}
COVER = {"at": "1 h", "occlude": {"for": "2 h"}}
USUAL = 9.7          # g/m2/h, healthy forearm; eczema had its own controls with 6.3
# Water loss in g/m2/h: (healthy, with this barrier), as measured.
MEASURED = {"eczema-uninvolved": (6.3, 8.4), "tape-strip-10": (USUAL, 2.2 * USUAL), "tape-strip-glistening": (USUAL, 8.1 * USUAL),
            "donor-site": (USUAL, 176.0), "partial-thickness-burn": (USUAL, 178.1), "full-thickness-burn": (USUAL, 143.2),
            "ulcer": (USUAL, 214.1)}
ASSUMED = {"eczema-lesion": 3.0, "overhydrated": 2.0}        # ratio of water losses


def number(name: str, key: str) -> float:
    return document("barriers", name).parameters[key].si


def multiplier(healthy: float, found: float) -> float:
    """How much more permeable to water the corneum is, from two water losses in g/m2/h; infinite where air limits them.

    Vapour passes corneum and boundary layer in series: (saturated - room) / loss = 1 / permeability + 1 / transfer.
    """
    film, hydration = (document("parameters", name).parameters for name in ("film", "hydration"))
    p = {f"film.{name}": parameter.si for name, parameter in film.items()}
    drive = float(saturated_vapour(p, p["film.skin_temperature"])) - hydration["usual_vapour"].si
    resistance = [drive / (loss * 1e-3 / 3600) - 1 / film["air_transfer"].si for loss in (healthy, found)]
    return resistance[0] / resistance[1] if resistance[1] > 0 else math.inf


@pytest.mark.parametrize("name", MEASURED)
def test_water_loss_multiplier_is_the_measured_loss_without_the_airs_share(name):
    expected = multiplier(*MEASURED[name])
    if math.isinf(expected):                 # all that air can take: the document's stand-in leaves no resistance beside it
        assert number(name, "water_loss_multiplier") >= 1000
    else:
        assert number(name, "water_loss_multiplier") == pytest.approx(expected, rel=0.04)


@pytest.mark.parametrize("name", ASSUMED)
def test_an_assumed_ratio_of_water_losses_is_turned_in_the_same_way(name):
    p = document("barriers", name).parameters["water_loss_multiplier"]
    assert p.grade == "D" and p.value == pytest.approx(multiplier(USUAL, ASSUMED[name] * USUAL), rel=0.04)


def test_the_soles_water_is_the_palms_without_the_airs_share():
    """49.32 and 9.69 g/m2/h; per thickness, 173 and 22.6 um, it is also how leaky the corneum is."""
    sole, palm = document("sites", "sole").parameters, multiplier(9.69, 49.32)
    assert sole["water_leakiness"].si == pytest.approx(palm, rel=0.02)
    assert sole["corneum_leakiness"].si == pytest.approx(palm * 173 / 22.6, rel=0.02)


def test_sites_without_a_water_loss_have_the_forearms_with_a_spread():
    for name in names("sites"):
        p = document("sites", name).parameters["water_leakiness"]
        assert name == "sole" or (p.value == 1 and p.grade == "D" and (p.spread_free == (name == "forearm")))


def test_mild_damage_lies_between_strips_on_human_and_on_pig_skin():
    low, high = (multiplier(USUAL, ratio * USUAL) for ratio in (2.2, 5.0))
    assert low < number("damaged", "water_loss_multiplier") < high


def test_what_water_shows_is_more_than_the_plain_ratio_of_losses():
    assert multiplier(USUAL, 8.1 * USUAL) > 2 * 8.1 and multiplier(USUAL, 1.0001 * USUAL) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("name", KINDS)
def test_a_barrier_says_its_kind_and_acts_like_it(name):
    kind = KINDS[name]
    assert kind in ("intact", "damaged", "absent")
    permeability, lag = number(name, "permeability_multiplier"), number(name, "lag_multiplier")
    assert (permeability == lag == 1) if kind == "intact" else (permeability > 1 > lag)
    assert number(name, "exudate") == 0 or kind != "intact"
    assert (permeability < 10) == (kind != "absent")


def case(barrier: str, area="100 cm^2", steps=None, **other) -> Scenario:
    return Scenario.build(GOOD | {"site": {"name": "calf", "area": area, "barrier": barrier}, "steps": steps or GOOD["steps"]} | other)


def opened(scenario: Scenario) -> set[str]:
    return {gate.name for gate in gates(scenario)}


@pytest.mark.parametrize("name", KINDS)
def test_the_kind_opens_the_gates(name):
    """Absent: the alarm, on any area. Damaged: on more than a tenth of the body."""
    kind = KINDS[name]
    assert opened(case(name)) == ({"no-barrier"} if kind == "absent" else set())
    assert opened(case(name, "1900 cm^2")) == {"intact": set(), "damaged": {"damaged-large"}, "absent": {"no-barrier"}}[kind]


@pytest.mark.parametrize("steps", [[SOAK], [*GOOD["steps"], COVER]], ids=["soak", "cover"])
@pytest.mark.parametrize("name", KINDS)
def test_a_wet_open_wound_waits_for_acknowledgement(name, steps):
    wet = case(name, steps=steps)
    if KINDS[name] != "absent":
        refuse_if_blocked(wet)
        return
    with pytest.raises(InputError, match="no-barrier-wet"):
        refuse_if_blocked(wet)
    refuse_if_blocked(case(name, steps=steps, acknowledge=["no-barrier-wet"]))


def test_an_unknown_barrier_offers_the_nearest():
    with pytest.raises(InputError, match=r"site\.barrier.*no barrier 'ulcus'.*'ulcer'"):
        case("ulcus")


def test_a_part_of_an_infant_opens_the_infants_gate():
    """Also where the age that was given is not an infant's."""
    found = Scenario.build(GOOD | {"site": {"name": "infant-forearm", "area": "50 cm^2"}})
    assert opened(found) == {"infant"}


@pytest.mark.parametrize("name", names("sites"))
def test_only_an_infants_site_is_an_infants(name):
    found = Scenario.build(GOOD | {"site": {"name": name, "area": "50 cm^2"}})
    assert found.site.infant == name.startswith("infant")
