"""From steps to rows of events: nothing vanishes, and what the model cannot do is refused plainly."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from epsom import protocol
from epsom.core.errors import InputError
from epsom.core.parameter import Document
from epsom.mechanism import Mechanism, Scalar
from epsom.model import Model
from epsom.protocol import Row, rows
from epsom.scenario import Scenario, read_tables
from epsom.standard import standard_model

GOOD, _ = read_tables("magnesium-lotion-calf")
MASS = 2e-2 * 400e-4  # 2 mg/cm^2 on 400 cm^2, kg
MOLES = MASS * 60 / 24.305  # of magnesium
WATER = MASS * (1 - 0.15 - 60 / 24.305 * 95.211e-3)


def scenario(*steps, **changed) -> Scenario:
    """The good scenario with these steps."""
    return Scenario.build({**copy.deepcopy(GOOD), **changed, "steps": list(steps)})


def at(found, time) -> dict:
    """{(source, target): (fraction, amount)} of the events at a time."""
    return {(r.source, r.target): (r.fraction, pytest.approx(r.amount, rel=1e-9)) for r in found if r.at == time}


APPLY = {"at": "0 s", "apply": "2 mg/cm^2"}
APPLIED = {
    ("supply_amount[magnesium]", "film_amount[magnesium]"): (0.0, MOLES),
    (None, "film_water"): (0.0, WATER),
    (None, "film_oil"): (0.0, 0.15 * MASS),
    ("film_coverage", None): (1.0, 0.0),
    (None, "film_coverage"): (0.0, 1.0),
}


def taken_off(share) -> dict:
    return {
        ("film_amount[magnesium]", "washed_off_amount[magnesium]"): (share, 0.0),
        ("film_water", None): (share, 0.0),
        ("film_oil", None): (share, 0.0),
        ("film_humectant", None): (share, 0.0),
        ("film_coverage", None): (share, 0.0),
    }


def test_apply_moves_from_the_supply_to_the_film():
    assert at(rows(scenario(APPLY)), 0.0) == APPLIED | {(None, "cool_product"): (0.0, MASS)}


def rubs(found):
    """Events of hands that rub: (time, 1 for a start and 0 for an end)."""
    return [(r.at, r.amount) for r in found if r.target == "rubbing"]


def test_a_rub_starts_and_ends():
    found = rows(scenario({**APPLY, "rub": {"for": "60 s"}}))
    assert at(found, 60.0) == {("rubbing", None): (1.0, 0.0)} and rubs(found) == [(0.0, 1.0)]
    assert [r for r in found if "rubbing" not in (r.source, r.target)] == rows(scenario(APPLY))


def test_rubs_that_overlap_are_one():
    steps = [{"at": at, "rub": {"for": "60 s"}} for at in ("1 h", "3630 s")]
    found = rows(scenario(*steps))
    assert rubs(found) == [(3600.0, 1.0)] and at(found, 3690.0) == {("rubbing", None): (1.0, 0.0)}


def test_wash_takes_a_share_of_everything_off():
    found = rows(scenario(APPLY, {"at": "4 h", "wash": 0.95}))
    assert at(found, 14400.0) == taken_off(0.95)


def test_a_soak_lays_its_water_on_and_takes_all_off_at_its_end():
    bath = {"at": "1 h", "soak": {"for": "20 min", "volume": "10 L"}}
    found = rows(scenario(bath))
    scale = 10e-3 * 1050 / MASS
    under_water = {("occlusion", None): (1.0, 0.0), (None, "occlusion"): (0.0, 1.0)}
    assert at(found, 3600.0) == under_water | {
        move: (
            fraction,
            amount
            if None not in move and "film_coverage" in move
            else pytest.approx(amount * (1 if "film_coverage" in move else scale), rel=1e-9),
        )
        for move, (fraction, amount) in APPLIED.items()
    }
    assert at(found, 4800.0) == taken_off(1.0) | {("bath_temperature", None): (1.0, 0.0), ("occlusion", None): (1.0, 0.0)}


def test_a_warm_bath_warms_the_skin_while_it_lasts():
    bath = {"at": "1 h", "soak": {"for": "20 min", "volume": "10 L", "temperature": "38 degC"}}
    found = rows(scenario(bath))
    assert at(found, 3600.0)[None, "bath_temperature"] == (0.0, 311.15)
    assert at(found, 4800.0)["bath_temperature", None] == (1.0, 0.0)


def test_clothing_is_one_for_its_time():
    found = rows(scenario(APPLY, {"at": "1 h", "occlude": {"for": "2 h", "under": "clothing"}}))
    assert at(found, 3600.0) == {("clothing", None): (1.0, 0.0), (None, "clothing"): (0.0, 1.0)}
    assert at(found, 10800.0) == {("clothing", None): (1.0, 0.0)}


def test_a_soak_that_outlasts_the_scenario_just_ends_with_it():
    found = rows(scenario({"at": "23.9 h", "soak": {"for": "20 min", "volume": "10 L"}}))
    assert {r.at for r in found} == {23.9 * 3600}


def test_occlusion_is_one_for_its_time():
    found = rows(scenario(APPLY, {"at": "1 h", "occlude": {"for": "2 h"}}))
    assert at(found, 3600.0) == {("occlusion", None): (1.0, 0.0), (None, "occlusion"): (0.0, 1.0)}
    assert at(found, 10800.0) == {("occlusion", None): (1.0, 0.0)}


def test_a_second_dose_adds_to_the_film_but_coverage_stays_one():
    found = rows(scenario(APPLY, {"at": "4 h", "apply": "4 mg/cm^2"}))
    again = at(found, 14400.0)
    assert again["supply_amount[magnesium]", "film_amount[magnesium]"] == (0.0, pytest.approx(2 * MOLES))
    assert again["film_coverage", None] == (1.0, 0.0) and again[None, "film_coverage"] == (0.0, 1.0)


def test_rows_are_in_order_of_time_whatever_the_order_of_steps():
    steps = [APPLY, {"at": "4 h", "wash": 0.5}, {"at": "8 h", "apply": "1 g"}]
    assert rows(scenario(*reversed(steps))) == rows(scenario(*steps))


def test_what_the_model_cannot_do_is_refused_plainly():
    with pytest.raises(InputError, match=r"steps\.1\.take: .*has no gut yet.*Leave this step out"):
        rows(scenario(APPLY, {"at": "1 h", "take": {"amount": "300 mg Mg"}}))


def test_an_infusion_flows_evenly_for_its_time():
    found = rows(scenario({"at": "1 h", "infuse": {"amount": "7.2 mmol", "for": "1 h"}}))
    assert [(r.at, r.target, pytest.approx(r.amount)) for r in found] == [
        (3600.0, "infusion_flow[magnesium]", 2e-6), (7200.0, "infusion_flow[magnesium]", -2e-6)]


def test_infusions_that_overlap_add_up(model):
    steps = [{"at": at, "infuse": {"amount": "7.2 mmol", "for": "1 h"}} for at in ("1 h", "90 min")]
    pairs, events = compiled(model, *steps)
    move = pairs.index((None, model.scalar_names.index("infusion_flow[magnesium]")))
    assert np.cumsum(events.amount[:, move, 0]) == pytest.approx([0.0, 2e-6, 4e-6, 2e-6, 0.0], abs=1e-18)


@pytest.mark.parametrize("amount", ["2 g", "2 g Zn", "-1 g Mg"])
def test_an_infusion_of_what_is_no_magnesium_is_refused(amount):
    with pytest.raises(InputError, match=r"steps\.0\.infuse"):
        rows(scenario({"at": "1 h", "infuse": {"amount": amount, "for": "1 h"}}))


# ---- as arrays for the engine ----------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def model():
    return standard_model()


def compiled(model, *steps, lanes=2):
    return protocol.compiled(model, scenario(*steps), lanes)


def test_moves_are_the_same_for_every_scenario(model):
    """So that another protocol compiles nothing new."""
    one, _ = compiled(model, APPLY)
    two, _ = compiled(
        model, {"at": "1 h", "soak": {"for": "20 min", "volume": "10 L"}}, {"at": "2 h", "occlude": {"for": "1 h"}}
    )
    assert one == two


def test_segments_run_from_zero_to_the_end(model):
    _, events = compiled(model, {"at": "1 h", "apply": "1 g"}, {"at": "4 h", "wash": 0.5})
    assert events.times.tolist() == [0.0, 3600.0, 14400.0, 86400.0]
    assert (
        events.amount.shape == (3, events.fraction.shape[1], 2)
        and not events.amount[0].any()
        and not events.fraction[0].any()
    )


def walked(model, *steps) -> dict:
    """{state: value} after all events are applied in turn to empty states, without any physics between them."""
    moves, events = compiled(model, *steps, lanes=1)
    state = [0.0] * len(model.scalar_names)
    for fraction, amount in zip(events.fraction[:, :, 0], events.amount[:, :, 0]):
        for (source, target), share, more in zip(moves, fraction, amount):
            moved = more + (0.0 if source is None else share * state[source])
            if source is not None:
                state[source] -= moved
            if target is not None:
                state[target] += moved
    return dict(zip(model.scalar_names, state))


def test_two_doses_and_two_washes_add_up(model):
    end = walked(
        model, APPLY, {"at": "1 h", "wash": 0.5}, {"at": "2 h", "apply": "2 mg/cm^2"}, {"at": "3 h", "wash": 0.9}
    )
    film = 1.5 * MOLES * 0.1
    assert end["film_amount[magnesium]"] == pytest.approx(film)
    assert end["washed_off_amount[magnesium]"] == pytest.approx(2 * MOLES - film)
    assert end["supply_amount[magnesium]"] == pytest.approx(-2 * MOLES)
    assert end["film_water"] == pytest.approx(1.5 * WATER * 0.1) and end["film_coverage"] == pytest.approx(0.1)


def test_a_wash_and_a_dose_at_one_moment_wash_first(model):
    """The old film goes, the new one stays, in whatever order they are written."""
    for steps in (
        [{"at": "1 h", "wash": 1.0}, {"at": "1 h", "apply": "2 mg/cm^2"}],
        [{"at": "1 h", "apply": "2 mg/cm^2"}, {"at": "1 h", "wash": 1.0}],
    ):
        end = walked(model, APPLY, *steps)
        assert end["film_amount[magnesium]"] == pytest.approx(MOLES) and end["film_coverage"] == 1.0


def test_two_washes_at_one_moment_multiply(model):
    end = walked(model, APPLY, {"at": "1 h", "wash": 0.5}, {"at": "1 h", "wash": 0.5})
    assert end["film_amount[magnesium]"] == pytest.approx(0.25 * MOLES)


def test_two_doses_at_one_moment_add(model):
    end = walked(model, APPLY, APPLY)
    assert end["film_amount[magnesium]"] == pytest.approx(2 * MOLES) and end["film_coverage"] == 1.0


def test_a_dressing_that_overlaps_another_lasts_to_the_later_end(model):
    """Two hours from 1 h and twenty from 2 h: at 4 h the skin is still covered."""
    moves, events = protocol.compiled(
        model,
        scenario(
            APPLY, {"at": "1 h", "occlude": {"for": "2 h"}}, {"at": "2 h", "occlude": {"for": "20 h"}}, duration="4 h"
        ),
        1,
    )
    mine, covered = model.scalar_names.index("occlusion"), 0.0
    for fraction, amount in zip(events.fraction[:, :, 0], events.amount[:, :, 0]):
        for move, share, more in zip(moves, fraction, amount):
            if mine in move:
                covered = covered * (1 - share) + more
    assert covered == 1.0


def test_a_row_without_a_place_is_refused(model):
    """A model without a film has nowhere to put a dose."""

    class Pool(Mechanism):
        owns = {"pool_amount": Scalar("mol", 1.0, amount=True)}

        def document(self):
            return Document("pool", {}, {}, {"pool_amount": {"unit": "mol", "meaning": "What a pool holds."}})

    with pytest.raises(InputError, match="no place for a move"):
        protocol.compiled(Model((Pool(),)), scenario(APPLY), 1)


def test_a_row_is_plain_data():
    assert Row(0.0, None, "film_water", amount=1.0) == Row(0.0, None, "film_water", 0.0, 1.0)


@pytest.mark.parametrize("step", [{"apply": "1 g"}, {"wash": 0.5}])
def test_nothing_is_put_on_or_washed_off_under_water(step):
    with pytest.raises(InputError, match="within a bath"):
        scenario({"at": "1 h", "soak": {"for": "20 min", "volume": "10 L"}}, {"at": "70 min", **step})
