"""The small neuron behind `nociceptor.threshold_per_volt`: it rests, fires, converges, and feels a shift as a change of its batteries."""

import jax
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from epsom.felt import small_neuron as small
from epsom.felt.small_neuron import Stimulus

PULSE, STEP = Stimulus(0.002), Stimulus(0.02)
# Where the published file begins, unstimulated and unshifted: mV, then Nav1.7 m h s, Nav1.8 m h, delayed n, A-type n h.
AT_REST = (-66.47794385083288, 0.0028910068679934894, 0.4188697707074979, 0.9105854454115576, 0.004768537866039612, 0.9998102258258676,
           0.05617689078937599, 3.082247500291692e-07, 0.9735038111180977)
# Rise of thresholds by the same equations written apart from these, in percent, read to a whole number.
BY_REFERENCE = {-2: (-22, -27), -1: (-11, -14), 1: (10, 13), 2: (21, 26), 5: (50, 65), 12: (112, 153)}         # mV: (pulse, step)


@pytest.fixture(scope="module")
def shifted():
    """Neurons as published with every gate shifted by 0 and by what the reference has, V."""
    return small.neuron(small.published(), 1e-3 * np.array([0.0, *BY_REFERENCE]))


@pytest.fixture(scope="module")
def thresholds(shifted):
    return np.stack([small.threshold(shifted, stimulus).size for stimulus in (PULSE, STEP)], axis=1)


def test_rests_where_the_published_one_does(shifted):
    state = np.asarray(small.rest(shifted))[:, 0]
    assert state[0] * 1e3 == pytest.approx(AT_REST[0], abs=2e-6)
    assert state[1:] == pytest.approx(AT_REST[1:], rel=2e-6)


def test_rest_is_steady_and_stable(shifted):
    """Nothing changes at rest, and what is 1 mV off comes back, shifted or not."""
    start = small.rest(shifted)
    none = np.zeros(start.shape[1])
    assert abs(np.asarray(small.rates(shifted, start, none, none))).max() < 1e-6                 # V/s and 1/s
    pushed = start.at[0].add(1e-3)
    late = np.asarray(small.course(shifted, pushed, Stimulus(0.1), none))[-1, 0]
    assert late == pytest.approx(np.asarray(start[0]), abs=5e-5)


def test_the_delayed_rectifier_is_smooth_where_its_quotient_is_nothing_over_nothing():
    middle = small.DELAYED_OPENING[1]
    below, at, above = np.asarray(small._delayed_rate(middle + np.array([-1e-4, 0.0, 1e-4])))
    assert at == pytest.approx((below + above) / 2, rel=1e-9) and 0 < above - at < 1e-5 * at


def test_the_course_is_scipys():
    """An action potential by LSODA at 1e-10: 1 µV at all times."""
    one = small.neuron(small.published(), 0.004)
    start, size = small.rest(one), np.array([0.2])
    found = np.asarray(small.course(one, start, PULSE, size))[:, 0, 0]
    assert found.max() > 0.03
    state, times = np.asarray(start)[:, 0], small.STEP * np.arange(1, len(found) + 1)
    rates = jax.jit(small.rates)
    for begin, end, current in ((0.0, PULSE.duration, size), (PULSE.duration, times[-1], 0 * size)):
        slope = lambda t, y, current=current: np.asarray(rates(one, y[:, None], current, 0 * size))[:, 0]
        inside = times[(times > begin + 1e-9) & (times < end + 1e-9)]
        course = solve_ivp(slope, (begin, end + 1e-12), state, "LSODA", inside, rtol=1e-10, atol=1e-13)
        assert found[np.searchsorted(times, inside - 1e-9)] == pytest.approx(course.y[0], abs=1e-6)
        state = course.y[:, -1]


def test_converges_with_the_fourth_power_of_the_step():
    """The largest error of a voltage in the course of an action potential, with steps of 40, 20 and 10 µs."""
    one = small.neuron(small.published(), 0.004)
    courses = [np.asarray(small.course(one, small.rest(one), PULSE, np.array([0.2]), 1e-5 * every))[:, 0, 0] for every in (4, 2, 1)]
    coarse, fine = (abs(course - courses[2][every - 1 :: every]).max() for course, every in zip(courses, (4, 2)))
    assert np.log2(coarse / fine) > 3.7 and fine < 2e-6


def test_thresholds_do_not_hang_on_the_step(shifted, thresholds):
    assert small.threshold(shifted, PULSE, 4e-5).size == pytest.approx(thresholds[:, 0], rel=1e-5)


def test_no_shift_no_change_and_the_sign_of_a_shift(thresholds):
    """Gates that open at higher voltages need more; the order of shifts is the order of thresholds."""
    order = np.argsort([0, *BY_REFERENCE])
    assert (np.diff(thresholds[order], axis=0) > 0).all()
    none = small.neuron(small.published(), 0.0, small.SODIUM_ONLY)
    assert small.threshold(none, PULSE).size == pytest.approx(thresholds[:1, 0], rel=1e-9)


def test_thresholds_by_the_reference(thresholds):
    """The same equations in another program; what it rounds to a percent may be off by one."""
    rise = 100 * (thresholds[1:] / thresholds[0] - 1)
    assert abs(rise - np.array(list(BY_REFERENCE.values()))).max() < 1.6


def test_a_shift_of_all_gates_is_a_change_of_all_batteries(thresholds):
    """Every reversal potential lower by the shift, gates as they are: the same neuron, whose voltages read lower by the shift."""
    lowered = 1e-3 * np.array([0.0, *BY_REFERENCE])
    moved = small.neuron(small.published(), 0.0, lowered=lowered)
    shifted = small.neuron(small.published(), lowered)
    assert np.asarray(small.rest(moved))[0] + lowered == pytest.approx(np.asarray(small.rest(shifted))[0], abs=1e-12)
    assert small.threshold(moved, PULSE).size == pytest.approx(thresholds[:, 0], rel=1e-5)


def test_a_neuron_without_sodium_channels_has_no_threshold():
    """Current alone lifts it past any voltage, but not all at once."""
    values = small.published() | {"nav17_conductance": np.array([0.0]), "nav18_conductance": np.array([0.0])}
    assert np.isnan(small.threshold(small.neuron(values, 0.0), PULSE).size).all()


def test_a_neuron_that_fires_by_itself_or_never_rests_has_no_threshold():
    """A leak lifts it: a little, so that it rests and does not fire; more, so that it fires; further, so that it has no rest."""
    values = {name: np.repeat(value, 3) for name, value in small.published().items()}
    values["leak_reversal"], values["leak_conductance"] = np.full(3, -0.02), np.array([0.3, 2.0, 300.0])
    lifted = small.neuron(values, 0.0)
    peaks = np.asarray(small.peak(lifted, small.rest(lifted), PULSE, np.zeros(3)))
    assert peaks[0] < -0.05 and np.isnan(small.rest(lifted)[0, 2])
    assert list(np.isnan(small.threshold(lifted, PULSE).size)) == [False, True, True]


def test_slope_of_many_is_that_of_each(thresholds):
    """The first of two is the published neuron; the other has more leak and another slope."""
    values = {name: np.repeat(value, 2) for name, value in small.published().items()}
    values["leak_conductance"] = values["leak_conductance"] * np.array([1.0, 3.0])
    found, at = small.per_volt(values, 0.005, PULSE), [0, *BY_REFERENCE].index(5)
    assert found[0] == pytest.approx((thresholds[at, 0] / thresholds[0, 0] - 1) / 0.005, rel=1e-4) and found[1] > 1.02 * found[0]


def test_current_by_channels_is_what_reverses_at_no_voltage():
    """At 1 S/m^2 and the voltage of rest it is 1 S/m^2 times that voltage, inward."""
    one = small.neuron(small.published(), 0.0)
    start = small.rest(one)
    slope = np.asarray(small.rates(one, start, np.zeros(1), np.ones(1)))[0, 0]
    assert slope * float(one.capacitance[0]) == pytest.approx(-float(start[0, 0]), rel=1e-6)
