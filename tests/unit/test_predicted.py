"""Rules for solutes that nobody measured, against values worked out by hand."""

from __future__ import annotations

import math

import pytest

from epsom.dermal import predicted
from epsom.dermal.predicted import Predicted

CM, HOUR = 1e-2, 3600.0


def test_permeability_of_a_solute_worked_out_by_hand():
    """log Kow 2, 100 g/mol: -6.3 + 1.42 - 0.61 = -5.49 in cm/s; -2.80 + 1.32 - 0.56 = -2.04 in cm/h."""
    assert predicted.permeability(2.0, 0.1).value == pytest.approx(3.236e-6 * CM, rel=1e-3)
    assert predicted.permeability(2.0, 0.1, "epa").value == pytest.approx(9.120e-3 * CM / HOUR, rel=1e-3)
    assert predicted.permeability(2.0, 0.1).gsd == pytest.approx(6.03, rel=1e-2)


@pytest.mark.parametrize("log_kow, grams", [(-0.37, 122.12), (1.17, 162.23), (3.4, 156.27), (-0.07, 194.19)])
def test_the_two_rules_agree_far_within_their_error(log_kow, grams):
    one, other = (predicted.permeability(log_kow, grams * 1e-3, rule).value for rule in ("potts-guy", "epa"))
    assert max(one / other, other / one) < 1.5


def test_caffeine_is_predicted_within_the_error_of_what_was_measured():
    """4.4e-8 cm/s in vivo."""
    rule = predicted.permeability(-0.07, 0.19419)
    assert abs(math.log(rule.value / (4.4e-8 * CM))) < math.log(rule.gsd)


def test_the_way_through_lipids_misses_polar_solutes_by_their_pores():
    """Why urea and mannitol are not predicted: measured values are 7 and 36 times as large."""
    for log_kow, grams, measured in ((-2.11, 60.06, 4.8e-8), (-3.1, 182.17, 8.7e-9)):
        assert measured * CM > 5 * predicted.permeability(log_kow, grams * 1e-3).value


def test_lag_worked_out_by_hand():
    """100 g/mol: diffusivity over thickness is 10^-6.91 cm/s; 17e-4 cm / (6 x 1.2303e-7 cm/s) = 2303 s."""
    found = predicted.lag(0.1, 17e-6)
    assert found.value == pytest.approx(2303, rel=1e-3)
    assert found.gsd == pytest.approx(10 ** (0.78 / math.sqrt(2)))
    assert predicted.lag(0.1, 34e-6).value == pytest.approx(2 * found.value)


def test_diffusivity_in_dermis_worked_out_by_hand():
    """100 g/mol: 10^(-4.15 - 1.31) cm2/s = 3.467e-10 m2/s, a third of that in water as tortuosity has it."""
    assert predicted.dermis_diffusivity(0.1).value == pytest.approx(3.467e-10, rel=1e-3)
    for grams, water in ((194.19, 7.8e-10), (60.06, 1.72e-9)):           # caffeine, urea at 34 degC
        assert water / predicted.dermis_diffusivity(grams * 1e-3).value == pytest.approx(3.5, rel=0.05)


def test_the_rule_by_mass_is_not_for_ions():
    """It gives magnesium the diffusivity of plain water (8.8e-10 m2/s at 34 degC), not a third of it."""
    assert predicted.dermis_diffusivity(0.024305).value == pytest.approx(8.8e-10, rel=0.01)
    assert predicted.ion_in_dermis(0.706e-9).value == pytest.approx(8.8e-10 / 3.5, rel=0.01)


def test_radius_and_hindrance_of_magnesium_and_urea():
    """Stokes radius 3.475 and 1.78 angstrom; at 20 angstrom 0.44 and 0.68 of free diffusion remain, at 10 angstrom 0.15 and 0.43."""
    magnesium, urea = predicted.stokes_radius(0.706e-9), predicted.stokes_radius(1.38e-9)
    assert magnesium == pytest.approx(3.475e-10, rel=1e-3) and urea == pytest.approx(1.78e-10, rel=2e-3)
    for pore, left in ((20e-10, (0.44, 0.68)), (10e-10, (0.15, 0.43))):
        assert [predicted.hindrance(r / pore) for r in (magnesium, urea)] == pytest.approx(left, abs=0.006)
    assert predicted.hindrance(0.0) == 1.0


def test_urea_and_magnesium_go_through_the_same_pores():
    """Permeability of urea 4.8e-8 cm/s carried to magnesium: 0.51 x 0.65 of it, 1.6e-8, near the 0.9e-8 measured in pig skin."""
    found = predicted.through_pores(0.706e-9, 1.38e-9, Predicted(4.8e-8 * CM, 2.0))
    assert found.value == pytest.approx(1.6e-8 * CM, rel=0.02) and found.gsd == 2.0


def test_lithium_stays_below_what_a_spa_would_have_shown():
    """40 ppm, 17 000 cm2, 20 min: above a permeability of 1e-7 cm/s serum lithium would have risen visibly."""
    magnesium = Predicted(1e-8 * CM, 3.02)
    lithium = predicted.through_pores(1.03e-9, 0.706e-9, magnesium).value
    assert lithium == pytest.approx(1.94e-8 * CM, rel=0.01)
    grams = lithium / CM * 5.8e-6 * 17_000 * 1200 * 6.94
    assert grams / 15 < 2e-6                                             # g/L in the smallest volume, against the detection limit
