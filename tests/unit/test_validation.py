"""Validation cases: files that say whose numbers they are, units that are checked, readings and verdicts that mean what they say."""

from types import SimpleNamespace

import numpy as np
import pytest

from epsom.core import sources
from epsom.core.errors import InputError
from epsom.core.parameter import all_parameters, names
from epsom.core.units import Quantity
from epsom.result import Profile, between
from epsom.schema import build
from epsom.setting import parameters
from epsom.standard import standard_model
from epsom.validation import reading
from epsom.validation.case import READINGS, Case, Expected, Kind, Row, contexts, load

TIMES = np.linspace(0, 3600, 61)
CASES = {name: load(name) for name in names("validation")}


# ---- the files -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", CASES)
def test_every_case_says_whose_numbers_it_has(name):
    about = CASES[name].about
    assert about.source in sources.bibliography() and len(about.text) > 40
    assert about.where, "a place in the source"
    assert not about.control or not about.used_for_defaults, "a control that a default was set on controls nothing"


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.scenario])
def test_every_scenario_of_a_case_finds_its_numbers(name):
    """Also with each simplification switched off: a key that no run uses would be refused here."""
    for scenario in CASES[name].variants().values():
        assert parameters(standard_model(scenario), scenario)


def test_both_pages_have_measured_cases_and_there_are_two_controls():
    measured = {case.about.used_for_defaults for case in CASES.values() if case.about.measured}
    assert measured == {True, False}
    assert {"lithium-spa", "magnesium-cream-trial"} <= {name for name, case in CASES.items() if case.about.control}
    assert all(row.below for case in CASES.values() if case.about.control for row in case.expected)


def test_dynamics_are_only_asked_for_where_nothing_else_can_differ():
    """Within 5 % only with published thickness, K and D: no case of a scenario."""
    assert {name for name, case in CASES.items() for row in case.expected if case.kind(row) is Kind.DYNAMICS} == {"interrupted-exposures"}


def test_four_estimates_can_be_had_in_full_physics():
    four = {name: case for name, case in CASES.items() if case.switches}
    assert set(four) == {"wet-brine", "drying-lotion", "epsom-bath", "damaged-skin"}
    for case in four.values():
        variants = case.variants()
        assert list(variants) == ["simplified", *(switch.name for switch in case.switches), "full"]
        assert variants["simplified"].tables() == case.scenario.tables() and not variants["full"].parameters
        for switch in case.switches:
            assert set(case.scenario.parameters) - set(variants[switch.name].parameters) == set(switch.drop)


def test_what_is_not_compared_with_says_why():
    assert len(contexts()) >= 20 and all(one.why and one.seen and one.source in sources.bibliography() for one in contexts())


def test_an_unknown_case_offers_the_nearest():
    with pytest.raises(InputError, match="epsom-bath"):
        load("epsom-bat")


# ---- what is refused -------------------------------------------------------------------------------------------------
ABOUT = {"title": "x", "text": "x", "source": "crc", "grade": "A", "measured": True, "used_for_defaults": False}
LAG = {"of": "parameter", "key": "caffeine.corneum_lag", "unit": "min", "value": 1.0}
FLUX = {"of": "flux", "at": "1 h", "unit": "ug/cm^2/h", "value": 1.0}


def made(row, **more):
    return build(Case, {"about": ABOUT, "expected": [row], **more}, "mine.toml")


@pytest.mark.parametrize("row, said", [
    (FLUX | {"unit": "ug/cm^2"}, r"mine.toml: expected.0.unit: 'ug/cm\^2' is no unit of this .* \(found: 'ug/cm\^2'\). Give it in kg/m"),
    (FLUX | {"unit": "flurbs"}, r"mine.toml: expected.0.unit: unknown unit 'flurbs' \(found: 'flurbs'\)"),
    (FLUX | {"unit": "%"}, r"mine.toml: expected.0.unit: '%' is not a unit \(found: '%'\)"),
    (FLUX | {"unit": ""}, r"mine.toml: expected.0.unit: '' is no unit of this quantity"),
    (LAG | {"unit": "cm/s"}, r"expected.0.unit: 'cm/s' is no unit .* Give it in min"),
    (LAG | {"key": "caffeine.corneum_leg"}, r"expected.0.key: .*caffeine.corneum_lag"),
    (FLUX | {"of": "flucks"}, r"expected.0.of: 'flucks' cannot be compared with .* Did you mean 'flux'"),
    ({k: v for k, v in FLUX.items() if k != "at"}, r"expected.0.at: 'flux' needs at"),
    (FLUX | {"below": 2.0}, r"expected.0.value: a row has a value or a limit"),
    (FLUX | {"low": 2.0, "high": 3.0}, r"expected.0.low: a spread is low and high around the value"),
    (FLUX | {"source": "nobody1999"}, r"expected.0.source: 'nobody1999' is not in sources.bib"),
    (FLUX, r"expected.0.of: 'flux' is read from scenario, and this case has numbers"),
])
def test_a_wrong_row_is_refused_with_file_key_and_value(row, said):
    with pytest.raises(InputError, match=said):
        made(row)


def test_a_switch_that_drops_what_is_not_stated_is_refused():
    tables = CASES["epsom-bath"].model_dump(mode="json", exclude_unset=True, by_alias=True)
    tables["switches"][0]["drop"] = ["magnesium.wet_permeability"]
    with pytest.raises(InputError, match="switches: the switches drop each stated parameter once"):
        build(Case, tables, "mine.toml")


def tables_of(name):
    return CASES[name].model_dump(mode="json", exclude_unset=True, by_alias=True)


def test_a_slope_at_the_beginning_is_refused():
    tables = tables_of("epsom-bath")
    tables["expected"] = [FLUX | {"at": "0 min"}]
    with pytest.raises(InputError, match=r"expected.0.at: 'flux' is a slope"):
        build(Case, tables, "mine.toml")


def test_a_limit_with_switches_is_refused():
    tables = tables_of("epsom-bath")
    tables["expected"] = [{k: v for k, v in FLUX.items() if k != "value"} | {"below": 2.0}]
    with pytest.raises(InputError, match=r"expected.0.below: a limit"):
        build(Case, tables, "mine.toml")


def test_a_product_of_two_solutes_is_refused():
    tables = tables_of("zinc-gel")
    tables["scenario"]["product"]["ingredients"].append({"salt": "magnesium-chloride", "strength": "1 % Mg"})
    with pytest.raises(InputError, match=r"scenario.product: rows are read for one solute"):
        build(Case, tables, "mine.toml")


def test_every_reading_can_be_read():
    by_origin = {origin: {name for name, r in READINGS.items() if r.from_ == origin} for origin in ("scenario", "experiment", "numbers")}
    assert by_origin["scenario"] == set(reading.READ) and by_origin["numbers"] == set(reading.NUMBERS)
    assert by_origin["experiment"] == {"later_share"}


# ---- in and out ------------------------------------------------------------------------------------------------------
def judged(kind, expected, found):
    return Row("x", "x", "1", kind, False, (expected, None, None), "", found, "crc", "", "A", False).inside


def test_a_measured_value_is_in_within_the_interval_and_nowhere_else():
    assert judged(Kind.MEASUREMENT, 2.0, (9.0, 1.0, 20.0)) and judged(Kind.MEASUREMENT, 1.0, (9.0, 1.0, 20.0))
    assert not judged(Kind.MEASUREMENT, 0.9, (9.0, 1.0, 20.0)) and not judged(Kind.MEASUREMENT, 21.0, (9.0, 1.0, 20.0))


def test_a_control_is_in_only_if_the_upper_end_would_not_be_noticed():
    assert judged(Kind.BOUND, 2.0, (0.1, 0.01, 1.9))
    assert not judged(Kind.BOUND, 2.0, (0.1, 0.01, 2.1)), "the median alone is not enough"


@pytest.mark.parametrize("kind, share", [(Kind.ESTIMATE, 0.25), (Kind.DYNAMICS, 0.05)])
def test_computed_numbers_agree_within_their_share(kind, share):
    for side in (1, -1):
        assert judged(kind, 2.0, (2.0 * (1 + side * 0.99 * share), 0.0, 9.0))
        assert not judged(kind, 2.0, (2.0 * (1 + side * 1.01 * share), 0.0, 9.0))


@pytest.mark.parametrize("kind", Kind)
def test_a_number_that_is_none_is_never_in(kind):
    assert not judged(kind, 1.0, (np.nan, np.nan, np.nan))


# ---- readings --------------------------------------------------------------------------------------------------------
class Run(SimpleNamespace):
    """A result of which only this is read."""

    def __getitem__(self, name):
        return self.readouts[name]

    def at(self, name, time):
        return between(self.times, self[name], time)


def run(amount) -> Run:
    """A result in which `amount(t)` mol of magnesium, and half and one and a half times that, have crossed 100 cm2 below 2 mol/m^3, of
    5000 mol applied; with a profile that falls in a straight line and a peak in plasma."""
    depths = np.linspace(0, 0.03, 31)
    lines = np.stack([np.tile(level * (1 - depths / 0.03), (61, 1)) for level in (1.0, 2.0, 3.0)])
    profile = Profile(depths, (0.05, 0.5, 0.95), lines, lines[:, :1])
    result = Run(solutes=("magnesium",), times=TIMES, profiles={"magnesium": profile},
                 scenario=SimpleNamespace(site=SimpleNamespace(area=Quantity("100 cm^2", 1e-2))))
    all_draws = np.ones((3, len(TIMES)))
    result.readouts = {"crossed_amount[magnesium]": np.stack([s * amount(TIMES) for s in (0.5, 1.0, 1.5)]),
                       "applied_amount[magnesium]": 5000 * all_draws, "film_concentration[magnesium]": 2.0 * all_draws,
                       "plasma_concentration[magnesium]": np.array([[1.0], [2.0], [3.0]]) * np.sin(TIMES / 3600 * np.pi)}
    return result


def read(of, unit, amount=lambda t: t, **more):
    more = {"at": "30 min"} | more
    return reading.read(run(amount), Expected(of=of, unit=unit, value=1, **more))


def test_amounts_are_mass_or_substance_per_area():
    """1800 mol on 100 cm2, in mass by 24.305 g/mol; 90 % interval of three draws."""
    assert read("crossed", "g/cm^2") == pytest.approx((18 * 24.305, 0.55 * 18 * 24.305, 1.45 * 18 * 24.305), rel=1e-9)
    assert read("crossed", "mol/cm^2")[0] == pytest.approx(18, rel=1e-9)


def test_flux_is_the_slope_of_a_parabola():
    """Exact for one: the derivative of t^2 at 1800 s."""
    assert read("flux", "g/cm^2/s", lambda t: t**2)[0] == pytest.approx(2 * 1800 * 24.305 / 100, rel=1e-9)


def test_rows_between_stored_times_are_not_read_at_the_nearest_one():
    """Every minute is stored; a quarter of one later, t^2 and its slope, and the share of the dose by a straight line."""
    square = lambda t: t**2
    assert read("crossed", "mol/m^2", square, at="1815 s")[0] == pytest.approx(1815**2 / 1e-2, rel=1e-9)
    assert read("flux", "mol/m^2/s", square, at="1815 s")[0] == pytest.approx(2 * 1815 / 1e-2, rel=1e-9)
    assert read("crossed_share", "1", at="1815 s")[0] == pytest.approx(1815 / 5000, rel=1e-9)
    moving = run(lambda t: t)
    levels = moving.profiles["magnesium"]
    moving.profiles = {"magnesium": levels._replace(quantiles=levels.quantiles * TIMES[:, None])}
    row = Expected(of="tissue", unit="mmol/L", value=1, at="1815 s", below_corneum="7.5 mm")
    assert reading.read(moving, row)[0] == pytest.approx(1.5 * 1815, rel=1e-9)


def test_permeability_is_flux_over_what_stands_above():
    assert read("permeability", "m/s")[0] == pytest.approx(1 / 1e-2 / 2.0, rel=1e-9)


def test_lag_is_where_the_line_meets_the_axis():
    assert read("lag_time", "min", lambda t: 3 * (t - 600)) == pytest.approx((10, 10, 10), rel=1e-9)


def test_share_of_the_dose():
    assert read("crossed_share", "1")[0] == pytest.approx(1800 / 5000, rel=1e-9)


def test_highest_rise_in_plasma():
    assert read("highest_plasma", "mmol/L")[0] == pytest.approx(2.0, rel=1e-9)
    assert read("highest_plasma", "mg/L")[0] == pytest.approx(2 * 24.305, rel=1e-9)


def test_tissue_is_read_between_depths():
    assert read("tissue", "mmol/L", below_corneum="7.5 mm") == pytest.approx((1.5, 0.75, 2.25), rel=1e-9)


def test_a_default_is_read_with_its_spread_in_the_unit_of_the_row():
    p = all_parameters()["caffeine.corneum_lag"]
    found = reading.NUMBERS["parameter"](Expected(of="parameter", key=p.key, unit="h", value=1))
    assert found == pytest.approx((p.value / 60, *(x / 60 for x in p.interval())), rel=1e-9)


def test_a_rule_gives_its_median_and_published_error():
    """Potts and Guy by hand at log Kow 1 and 100 g/mol: 10^(-6.3 + 0.71 - 0.61) cm/s, GSD 10^0.78."""
    row = Expected(of="potts_guy", unit="cm/s", value=1, log_octanol_water=1.0, molar_mass="100 g/mol")
    middle, low, high = reading.NUMBERS["potts_guy"](row)
    assert middle == pytest.approx(10**-6.2, rel=1e-9)
    assert middle / low == pytest.approx(high / middle) == pytest.approx(10 ** (0.78 * 1.644854), rel=1e-5)


def test_the_pores_give_magnesium_back():
    magnesium = all_parameters()["magnesium.wet_permeability"]
    row = Expected(of="through_pores", unit="cm/s", value=1, free_diffusivity="7.06e-10 m^2/s")
    assert reading.NUMBERS["through_pores"](row)[0] == pytest.approx(magnesium.value, rel=1e-9)


def test_a_shortened_experiment_is_solved():
    """One row of the published table, which the physics tests hold in full."""
    case = CASES["interrupted-exposures"]
    row = next(e for e in case.expected if "exposure of 10 lags" in e.what)
    assert reading.later_share(case.experiment, row)[0] == pytest.approx(row.value, abs=0.006)


@pytest.mark.long
def test_a_small_run_of_a_case_fills_every_row():
    case = CASES["wet-brine"]
    rows = reading.compare("wet-brine", case, draws=16, workers=1)
    assert len(rows) == len(case.expected) and all(np.isfinite(row.found).all() for row in rows)
    assert all(0.1 < row.ratio < 10 for row in rows)


@pytest.mark.parametrize("row, expected, found", [
    ({"value": 1.6, "low": 1.56, "high": 1.64, "median": 1.45, "low_5": 1.32, "high_95": 1.577, "verdict": "out"},
     "1.6 (1.56 to 1.64)", "1.45 (1.32 to 1.58)"),
    ({"value": 2.0, "low": None, "high": None, "median": 1.45, "low_5": 1.32, "high_95": 1.577, "verdict": "out"}, "2.0", "1.4 (1.3 to 1.6)"),
    ({"value": 0.0994, "low": None, "high": None, "median": 0.09, "low_5": 0.05, "high_95": 0.0991, "verdict": "in", "kind": "bound"},
     "below 0.0994", "0.09 (0.05 to 0.0991)")])
def test_numbers_never_contradict_their_verdict(row, expected, found):
    """Two digits where they show why a row is in or out, else three."""
    from epsom.validation import summary as told

    row = {"kind": "measurement"} | row
    assert told.expected_text(row) == expected and told.found_text(row) == found
