"""The gate: a stated pain is inverted exactly, signs of every input, and only the cerebrospinal fluid's magnesium counts."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from epsom.felt.circuit import circuit, drive_of, fibres, pain_of, projection_at, wound_up
from felt_runs import TIGHT, constants, felt_model, median, play, values

PAINS = jnp.arange(11.0)


@pytest.fixture(scope="module")
def g():
    return circuit({key: jnp.full(11, value) for key, value in median().items()})


def test_a_stated_pain_is_inverted_to_the_last_digits(g):
    drive = drive_of(g, PAINS)
    np.testing.assert_allclose(pain_of(g, projection_at(g, drive)), PAINS, rtol=0, atol=1e-12)
    assert (jnp.diff(drive) > 0).all() and drive[0] == pytest.approx(0, abs=1e-15) and drive[-1] == pytest.approx(1)


def test_its_derivative_is_that_of_the_inverse(g):
    """Against the slope of the forward direction, also at both ends of the scale."""
    slope = jax.jvp(lambda pain: drive_of(g, pain), (PAINS,), (jnp.ones(11),))[1]
    forward = jax.jvp(lambda drive: pain_of(g, projection_at(g, drive)), (drive_of(g, PAINS),), (jnp.ones(11),))[1]
    np.testing.assert_allclose(slope * forward, 1, rtol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_inversion_holds_for_other_circuits(seed):
    """Every weight between half and twice its middle; the report's power between 1 and 3."""
    random = np.random.default_rng(seed)
    p = {key: jnp.full(11, value * (2 ** random.uniform(-1, 1) if key.startswith("gate.") else 1)) for key, value in median().items()}
    p["gate.report_power"] = jnp.full(11, 1.0 + seed)
    other = circuit(p)
    np.testing.assert_allclose(pain_of(other, projection_at(other, drive_of(other, PAINS))), PAINS, rtol=0, atol=1e-11)


def pain(c, m, **known):
    """The signal that follows from these ports, and wind-up as at the start unless given."""
    start = dict(m.initial(c))
    v = values(m, **{"c_fibre_firing": c["start"], "a_delta_firing": fibres(c, drive_of(c, jnp.full(1, 5.0)))[1], **start, **known})
    v["spinal_inhibition"] = m.spinal_inhibition(c, v)
    v["spinal_projection"] = m.spinal_projection(c, v)
    return float(m.pain_signal(c, v)[0])


@pytest.mark.parametrize("word, more, sign", [
    ("a_beta_firing", 0.5, -1), ("c_tactile_firing", 0.5, -1), ("cold_receptor_opening", 0.2, -1), ("descending_drive", 0.1, -1),
    ("autonomic_arousal", 0.5, 1), ("c_fibre_firing", 0.6, 1), ("a_delta_firing", 0.6, 1), ("wind_up", 0.9, 1), ("sensitisation", 0.9, 1)])
def test_sign_of_every_input(word, more, sign):
    m, c = constants("gate")
    assert pain(c, m) == pytest.approx(5, abs=1e-9)
    assert sign * (pain(c, m, **{word: more}) - 5) > 1e-3


def test_touch_relieves_weak_pain_by_a_larger_share_than_strong_pain():
    """As vibration does in people."""
    shares = []
    for stated in (2.0, 5.0, 8.0, 9.5):
        m, c = constants("gate", (TIGHT[0], stated))
        a_delta = fibres(c, drive_of(c, jnp.full(1, stated)))[1]
        shares.append(1 - pain(c, m, a_delta_firing=a_delta, a_beta_firing=1.0) / pain(c, m, a_delta_firing=a_delta))
    assert (np.diff(shares) < 0).all() and shares[-1] < shares[0] / 2


def test_touch_without_pain_is_no_pain():
    m, c = constants("gate", (TIGHT[0], 0.0))
    assert pain(c, m, a_delta_firing=0.0, a_beta_firing=1.0, c_tactile_firing=1.0) == 0


def test_wind_up_settles_where_it_starts():
    m, c = constants("gate")
    start = m.initial(c)
    rates = m.rates(c, values(m, c_fibre_firing=c["start"], **start))
    assert all(abs(float(rate[0])) < 1e-15 for rate in rates.values())
    assert float(start["sensitisation"][0]) == pytest.approx(float(wound_up(c, c["start"])[1][0]))


@pytest.mark.parametrize("changed", [{"gate__csf_magnesium_change": 1.2}, {"gate__nmda_conductance": 0.4}])
def test_magnesium_of_the_fluid_and_ketamine_hold_wind_up_down(changed):
    m, c = constants("gate", **changed)
    rates = m.rates(c, values(m, c_fibre_firing=c["start"], **m.initial(c)))
    assert float(rates["wind_up"][0]) < 0


def test_magnesium_of_the_skin_does_not_reach_the_spinal_cord():
    upstream = {word for m in felt_model().mechanisms if m.name == "gate" for word in m.reads}
    assert not [word for word in upstream if "concentration" in word]


@pytest.fixture(scope="module")
def drugs():
    numb, pulses, ketamine, fluid = ({"nociceptor.open_sodium_channels": 0.1}, {"touch.electrical_touch": 1.0},
                                     {"gate.nmda_conductance": 0.4}, {"gate.csf_magnesium_change": 1.2})
    return play([{}, numb, pulses, ketamine, fluid], [(0.0, {})])["pain_rating"][20]


def test_counterfactuals_have_the_sign_that_people_report(drugs):
    usual, numb, pulses, ketamine, fluid = drugs
    assert numb < 0.5 and 0.5 < usual - pulses < 3 and 0.1 < usual - ketamine < 1.5 and 0.01 < usual - fluid < 1.0
