"""Studies of the whole body: every row is there once, units and regimens are checked, what must never be compared with cannot be;
readings and verdicts mean what they say."""

from types import SimpleNamespace

import numpy as np
import pytest

from epsom import validation_pages
from epsom.core import sources
from epsom.core.errors import InputError
from epsom.regimen import Regimen
from epsom.schema import build
from epsom.whole_body.course import parameters_of, whole_body_model
from epsom.whole_body.reading import READINGS, given, moments, rate
from epsom.whole_body.study import Row, Study, found, studies
from epsom.whole_body.validation import Compared, Kind, Prediction, compared, default, kind_of, predict
from epsom.whole_body.validation_summary import NEVER, summary

STUDIES = studies()
ROWS = {row.id: (name, row) for name, study in STUDIES.items() for row in study.rows}
ASIDES = {key: (name, one) for name, study in STUDIES.items() for one in study.asides for key in one.ids}
COLLECTED = [
    "IV02_0", "IV02_0.5", "IV02_6", "IV03", "IV04_0", "IV04_1", "IV04_2", "IV04_3", "IV04_4", "IV04_5", "IV04_6", "IV04_7", "IV05_0",
    "IV05_1", "IV05_2", "IV05_3", "IV05_4", "IV05_5", "IV06_0", "IV06_1", "IV06_6", "IV06_12", "IV06_U", "IV06_V", "LT01", "LT02",
    "DEP01_00", "DEP01_01", "DEP01_02", "DEP01_03", "DEP01_04", "DEP01_05", "DEP01_06", "DEP01_07", "DEP01_08", "DEP01_09",
    "DEP01_10", "DEP01_11", "DEP02", "DEP03", "REN01", "REN02", "REN03", "OR02_a", "OR02_b", "OR03_a", "OR03_b", "OR03_c", "OR03_d",
    "OR04", "OR05_a", "OR05_b", "ABS01_a", "ABS01_b", "ABS01_c", "TR01_a", "TR01_b", "TR01_c", "TR02_a", "TR02_b", "TR02_c", "TR03_a",
    "TR03_b", "TR04_0", "TR04_1", "TR04_2", "TR04_x", "TD01_0", "TD01_1", "TD01_2", "TD01_3", "TD01_4", "TD01_5", "TD02_0", "TD02_1",
    "TD02_2", "TD02_3", "TD02_4", "TD03", "TD04", "TD05", "TD06", "ST01_0", "ST01_1", "ST01_2", "ST01_3", "ST01_4", "ST02", "ST03",
    "DM01_a", "DM01_b", "PG01_a", "PG01_b", "CH01", "CH02_a", "CH02_b", "CKD01_a", "CKD01_b", "CKD02", "CKD03", "BN01", "BN02",
    "TOX01", "TOX02", "PK01", "PK02", "PK03", "PK04", "PK05",
]
FORBIDDEN = {"TD02_0", "TD02_1", "TD02_2", "TD02_3", "TD02_4", "TD05"}
HOUR, DAY = 3600.0, 86400.0


# ---- the files -------------------------------------------------------------------------------------------------------
def test_everything_that_was_collected_is_there_once():
    assert not set(COLLECTED) - set(ROWS) - set(ASIDES)
    assert not set(ROWS) & set(ASIDES)
    every = [row.id for study in STUDIES.values() for row in study.rows]
    every += [key for study in STUDIES.values() for one in study.asides for key in one.ids]
    assert len(every) == len(set(every)) == len(ROWS) + len(ASIDES)
    assert sum(key.startswith("NEW") for key in every) >= 25, "what was found later"


def test_what_must_never_be_compared_with_has_no_reading():
    assert {key for key, (_, one) in ASIDES.items() if one.never} == FORBIDDEN
    assert not FORBIDDEN & set(ROWS)
    with pytest.raises(InputError, match=r"'TD02_0' is never compared with: 104\.7 ppm"):
        found("TD02_0")


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_says_whose_numbers_it_has(name):
    about = STUDIES[name].about
    assert about.source in sources.bibliography() and about.where and about.who and len(about.text) > 20
    assert not about.control or about.use == "not used", "a control that a default was set on controls nothing"
    assert all(one.why and one.seen for one in STUDIES[name].asides)


@pytest.mark.parametrize("name, run", [(name, run) for name, study in STUDIES.items() for run in study.regimens])
def test_every_regimen_finds_its_numbers_and_is_needed(name, run):
    study = STUDIES[name]
    assert parameters_of(study.regimens[run], whole_body_model(study.regimens[run].isotopes))
    assert any(run in (study.run_of(row), row.less) for row in study.rows)


def test_defaults_that_were_set_on_a_row_say_so_and_the_row_says_it_too():
    """A number whose place names a study that has rows: at least one of its rows stands on the page "reproduced"."""
    used = {study.about.source for study in STUDIES.values() for row in study.rows if study.used(row)}
    assert {"rude1980", "avioli1966", "silver1960", "fine1991", "osmotic1987", "vo2025", "victoria2010", "ionised_pregnancy", "fatemi1991",
            "sweat1975", "ultrafiltrable_1996", "biesenbach2018"} <= used


def test_both_pages_and_every_reading_are_in_use():
    assert {STUDIES[name].used(row) for name, row in ROWS.values()} == {True, False}
    assert set(READINGS) == {row.of for _, row in ROWS.values()}


# ---- what is refused -------------------------------------------------------------------------------------------------
ABOUT = {"title": "x", "text": "x", "who": "people", "source": "crc", "where": "x", "grade": "A", "use": "not used"}
SERUM = {"id": "X", "what": "serum", "of": "value", "variable": "serum_concentration", "at": "0 h", "unit": "mmol/L", "value": 1.0}
REST = {"rest": {"name": "rest", "duration": "1 h"}}


def made(row, regimens=REST):
    return build(Study, {"about": ABOUT, "regimens": regimens, "rows": [row]}, "mine.toml")


@pytest.mark.parametrize("row, said", [
    (SERUM | {"unit": "mmol"}, None),
    (SERUM | {"unit": "L/h"}, r"mine.toml: rows.0.unit: 'L/h' is no unit of this quantity .* Give it in mol/m\^3 or mol"),
    (SERUM | {"unit": "flurbs"}, r"rows.0.unit: unknown unit 'flurbs'"),
    (SERUM | {"of": "valu"}, r"rows.0.of: 'valu' cannot be read from a course .*value"),
    ({k: v for k, v in SERUM.items() if k != "variable"}, r"rows.0.variable: 'value' needs variable"),
    (SERUM | {"below": 2.0}, r"rows.0.value: a row has a value or a limit"),
    (SERUM | {"spread": 0.1}, r"rows.0.spread_kind: a spread has a kind"),
    (SERUM | {"since": "2 h", "at": "1 h"}, r"rows.0.since: `since` is not before `at`"),
    (SERUM | {"run": "res"}, r"rows.0.run: there is no regimen 'res'.*rest"),
    (SERUM | {"less": "other"}, r"rows.0.less: there is no regimen 'other'"),
    (SERUM | {"at": "2 h"}, r"rows.0.at: 2 h is after the end of the regimen"),
    (SERUM | {"isotope": "25Mg"}, r"rows.0.isotope: this regimen gives no 25Mg"),
    (SERUM | {"source": "nobody1999"}, r"rows.0.source: 'nobody1999' is not in sources.bib"),
])
def test_a_wrong_row_is_refused_with_file_key_and_value(row, said):
    if said is None:
        assert made(row).rows[0].unit == "mmol"
        return
    with pytest.raises(InputError, match=said):
        made(row)


def test_an_unknown_study_offers_the_nearest():
    with pytest.raises(InputError, match="loading-test"):
        found("loading-tst")
    assert found("LT01")[0] == "loading-test" and len(found("loading-test")[2]) == 1


# ---- standard errors and predictions ---------------------------------------------------------------------------------
@pytest.mark.parametrize("kind, n, middle, error", [("SD", 25, "mean", 0.4), ("SD", 25, "median", 0.4 * 1.2533), ("SD", None, "mean", None),
                                                    ("SEM", None, "mean", 2.0), ("95 % CI/3.92", 9, "mean", 2.0),
                                                    ("IQR/1.35", 4, "mean", 1.0), ("half range", 4, "mean", 2.0 / 1.6448536)])
def test_standard_error_of_what_is_told(kind, n, middle, error):
    row = Row(**SERUM | {"spread": 2.0, "spread_kind": kind, "middle": middle})
    assert row.standard_error(n) == (None if error is None else pytest.approx(error, rel=1e-6))


RANDOM = np.random.default_rng(3)
KNOWN = RANDOM.normal(10.0, 2.0, (4000, 1))                # what nobody knows
SAME = np.tile(KNOWN, (1, 8))                              # people who do not differ


def test_a_prediction_of_many_is_the_spread_of_what_is_unknown():
    middle, low, high = predict(SAME, None, None).interval
    assert (low, middle, high) == pytest.approx(np.quantile(KNOWN, (0.05, 0.5, 0.95)), rel=1e-12)


def test_a_told_standard_error_widens_it():
    """Two normal spreads add as squares: 2 and 1.5 make 2.5."""
    middle, low, high = predict(SAME, 7, 1.5).interval
    assert (high - low) / 2 == pytest.approx(1.6449 * 2.5, rel=0.03) and middle == pytest.approx(10.0, abs=0.1)


def test_people_who_differ_widen_it_by_the_root_of_their_number():
    """Spread 3 between people: 3 / root 9, and as much again for the 64 virtual ones' own chance, 3 / 8."""
    people = np.random.default_rng(4).normal(0.0, 3.0, 64)
    people = 3.0 * (people - people.mean()) / people.std(ddof=1)
    found = predict(np.tile(people, (50, 1)), 9, None)
    wide = np.hypot(1.0, 3.0 / 8)
    assert found.interval == pytest.approx((0.0, -1.6449 * wide, 1.6449 * wide), abs=0.05)
    assert found.between == pytest.approx(3.0, rel=1e-12)


def test_one_person_is_read_with_the_noise_of_a_reading():
    found = predict(10.0 + np.zeros((50, 8)), 1, None, noise=0.04)
    assert found.interval == pytest.approx((10.0, 10 - 1.6449 * 0.4, 10 + 1.6449 * 0.4), abs=0.02) and found.between == pytest.approx(0.4)


# ---- readings --------------------------------------------------------------------------------------------------------
class Run(SimpleNamespace):
    """A course of one draw of which only this is read; every readout is a function of time in s."""

    def __getitem__(self, name):
        return self.readouts[name](self.times)[None, :] + 0.0 * self.times

    def at(self, name, time):
        return np.array([float(self.readouts[name](time))])

    def change(self, name, time):
        return self.at(name, time) - self[name][:, 0]


def run(events=(), duration="48 h", drawn=None, **readouts):
    regimen = Regimen.build({"name": "x", "duration": duration, "events": list(events)})
    return Run(regimen=regimen, times=np.linspace(0, regimen.duration.si, 2001), readouts=readouts,
               drawn={k: np.array([v]) for k, v in (drawn or {}).items()})


def read(course, of, other=None, **more):
    row = SERUM | {"of": of, "unit": READINGS[of].units[0], "at": "24 h"} | more
    return float(READINGS[of].read(course, other, Row(**row))[0])


LOAD = {"at": "0 h", "infuse": {"amount": "30 mmol", "for": "10 h"}}


def test_what_was_given_by_a_time():
    regimen = Regimen.build({"name": "x", "duration": "2 d", "events": [
        LOAD, {"at": "1 h", "every": "2 h", "times": 3, "take": {"amount": "1 mmol", "isotope": "26Mg"}}]})
    assert given(regimen, 5 * HOUR) == pytest.approx(15e-3 + 3e-3) and given(regimen, 3.5 * HOUR, "26Mg") == pytest.approx(2e-3)
    assert rate(regimen, HOUR) == pytest.approx(30e-3 / (10 * HOUR)) and rate(regimen, 11 * HOUR) == 0


def test_retention_with_and_without_ordinary_excretion():
    course, other = run([LOAD], urine_magnesium=lambda t: 1e-3 * t / HOUR), run(urine_magnesium=lambda t: 2e-4 * t / HOUR)
    assert read(course, "retention") == pytest.approx(1 - 24 / 30) and read(course, "retention", other) == pytest.approx(1 - 19.2 / 30)
    assert read(course, "recovered", other) == pytest.approx(19.2 / 30)
    assert read(course, "excreted", since="4 h") == pytest.approx(20e-3)
    assert read(course, "excretion", other, since="0 h") == pytest.approx(8e-4 / HOUR)
    assert read(course, "urine_relative", other, since="0 h", less="rest") == pytest.approx(4.0)


def test_serum_readings():
    serum = lambda t: 0.8 + 0.4 * np.exp(-t / (2 * HOUR))
    course = run([LOAD], serum_concentration=serum, drawn={"homeostasis.ultrafiltrable_share": 0.7})
    assert read(course, "value", at="2 h") == pytest.approx(0.8 + 0.4 / np.e)
    assert read(course, "change", at="2 h") == pytest.approx(0.4 / np.e - 0.4) and read(course, "highest") == pytest.approx(1.2)
    assert read(course, "relative", at="2 h") == pytest.approx((0.8 + 0.4 / np.e) / 1.2)
    assert read(course, "ultrafiltrable", at="0 h") == pytest.approx(0.84)
    rising = run([LOAD], serum_concentration=lambda t: 0.8 + 0.05 * t / HOUR)
    assert read(rising, "clearance", at="5 h") == pytest.approx(3e-3 / HOUR / 0.25)
    falling = run([LOAD], serum_concentration=lambda t: np.where(t > 0, 0.8 + 2.0 ** (-t / (3 * HOUR)), 0.8))
    assert read(falling, "half_time", since="1 h", at="4 h") == pytest.approx(3 * HOUR)


def test_rise_per_urine_and_volume():
    more = run(serum_concentration=lambda t: 0.85 + 0 * t, urine_magnesium=lambda t: 5e-3 * t / DAY)
    less = run(serum_concentration=lambda t: 0.80 + 0 * t, urine_magnesium=lambda t: 3e-3 * t / DAY)
    assert read(more, "rise_per_urine", less, since="0 h", less="rest") == pytest.approx(0.05 / (2e-3 / DAY))
    course = run([LOAD], serum_concentration=lambda t: 0.8 + 0.1 * t / HOUR, urine_magnesium=lambda t: 4e-4 * t / HOUR,
                 fractional_excretion=lambda t: 0.05 + 0 * t,
                 drawn={"homeostasis.glomerular_filtration": 2e-6, "homeostasis.ultrafiltrable_share": 0.7})
    basal = 0.05 * 2e-6 * 0.7 * 0.8 * 5 * HOUR
    assert read(course, "apparent_volume", at="5 h") == pytest.approx((15e-3 - (2e-3 - basal)) / 0.5 / 70, rel=1e-9)


def test_tracer_readings():
    """A tracer of 1 mmol by vein: 10 % in urine and 2 % in faeces of a day, none through the skin, 0.5 % of plasma's magnesium then."""
    course = run([{"at": "0 h", "infuse": {"amount": "1 mmol", "for": "1 s", "isotope": "25Mg"}}],
                 **{"urine_tracer[25Mg]": lambda t: 1e-4 * t / DAY, "faecal_tracer[25Mg]": lambda t: 2e-5 * t / DAY,
                    "plasma_tracer_share[25Mg]": lambda t: 0.01 * 2.0 ** (-t / DAY), "skin_lost_magnesium": lambda t: 0 * t})
    isotope = {"isotope": "25Mg"}
    assert read(course, "tracer_kept", **isotope) == pytest.approx(0.88)
    assert read(course, "tracer_half_time", since="6 h", **isotope) == pytest.approx(DAY)
    assert read(course, "tracer_urine", since="12 h", **isotope) == pytest.approx(0.05)
    assert read(course, "exchangeable", **isotope) == pytest.approx(0.88e-3 / 0.005 / 70)


def test_tracer_through_the_skin_goes_with_plasma():
    """A constant loss of 1 mmol a day at a share that falls in a straight line from 4 to 2 % takes 30 umol."""
    course = run([{"at": "0 h", "infuse": {"amount": "1 mmol", "for": "1 s", "isotope": "25Mg"}}], duration="24 h",
                 **{"urine_tracer[25Mg]": lambda t: 0 * t, "faecal_tracer[25Mg]": lambda t: 0 * t,
                    "plasma_tracer_share[25Mg]": lambda t: 0.04 - 0.02 * t / DAY, "skin_lost_magnesium": lambda t: 1e-3 * t / DAY})
    assert read(course, "tracer_kept", isotope="25Mg") == pytest.approx(1 - 0.03, rel=1e-9)


def test_absorption_by_faeces_and_by_two_labels():
    course = run([{"at": "0 h", "infuse": {"amount": "1 mmol", "for": "1 s", "isotope": "25Mg"}},
                  {"at": "0 h", "take": {"amount": "2 mmol", "isotope": "26Mg"}}],
                 **{"faecal_tracer[26Mg]": lambda t: 1.2e-3 + 0 * t, "urine_tracer[25Mg]": lambda t: 1e-4 * t / DAY,
                    "urine_tracer[26Mg]": lambda t: 0.8e-4 * t / DAY})
    assert read(course, "absorbed_share", isotope="26Mg", at="1 s") == pytest.approx(0.4)
    assert read(course, "double_label", since="12 h") == pytest.approx(0.4)


def test_times_of_rows_are_stored():
    rows = (Row(**SERUM | {"at": "37 min"}), Row(**SERUM | {"at": "1 h"}))
    times = moments(rows, Regimen.build({"name": "x", "duration": "1 h"}))
    assert 37 * 60.0 in times and times[0] == 0 and times[-1] == HOUR and len(times) <= 128


# ---- verdicts and pages ----------------------------------------------------------------------------------------------
def judged(interval, **more):
    study = made({k: v for k, v in SERUM.items() if k not in more.get("without", ())} | {k: v for k, v in more.items() if k != "without"})
    one = compared("x", study, study.rows[0], {"rest": Run(at=lambda *_: np.zeros(4))}, (2, 2))
    return one.__class__(**{**one.__dict__, "predicted": Prediction(interval, None)})


def test_a_mean_is_in_within_the_interval_and_nowhere_else():
    assert judged((9.0, 1.0, 20.0)).inside and not judged((9.0, 1.01, 20.0)).inside
    assert not judged((np.nan,) * 3).inside


def test_a_limit_is_kept_only_if_the_upper_end_is_below():
    assert judged((0.1, 0.0, 0.99), below=1.0, without=("value",)).inside
    assert not judged((0.1, 0.0, 1.01), below=1.0, without=("value",)).inside
    assert not judged((np.nan,) * 3, below=1.0, without=("value",)).inside


def test_kinds():
    kinds = {key: kind_of(STUDIES[name], row) for key, (name, row) in ROWS.items()}
    assert kinds["TD03"] is Kind.BOUND and kinds["DEP03"] is Kind.LIMIT and kinds["REN01"] is Kind.RULE
    assert kinds["NEW_icrp_u1"] is Kind.MODEL and kinds["LT01"] is Kind.MEASUREMENT
    assert {kind.name.lower() for kind in Kind} <= set(validation_pages.KINDS)


def test_a_default_is_read_with_its_spread():
    row = ROWS["REN01"][1]
    middle, low, high = default(row).interval
    assert middle == pytest.approx(0.576) and low < middle < high


def made_up(key, interval):
    """A row of a study with an interval that no run has found."""
    name, row = ROWS[key]
    study = STUDIES[name]
    return Compared(name, study.about, row, kind_of(study, row), study.used(row), study.people(row), Prediction(interval, 0.1))


def test_the_pages_show_misses_and_what_is_never_compared_with():
    """LT01 is out (0.063 was measured), LT02 is in (-0.18)."""
    data = summary(STUDIES, [made_up("LT01", (0.2, 0.1, 0.3)), made_up("LT02", (-0.2, -0.3, -0.1))], 2, 2, 1)
    pages = validation_pages.pages(data)
    assert "[LT01]" in pages["reproduced"] and "[LT01]" not in pages["predicted"] and "[LT02]" in pages["predicted"]
    out = {name: text.partition("<h2>Out</h2>")[2].partition("<h2>What in and out mean</h2>")[0] for name, text in pages.items()}
    assert "[LT01]" in out["reproduced"] and "None." in out["predicted"]
    assert NEVER.strip() in pages["predicted"] and all(key in pages["predicted"] for key in FORBIDDEN)


def test_a_small_run_of_a_study_fills_its_table():
    from epsom.faces.validating_body import listing

    table = listing("short-loading-test", 2, 1, quiet=True)
    assert len(table.rows) == 1 and -1 < table.data[0]["median"] < 0.5 and table.data[0]["id"] == "LT02"


def test_pages_go_into_a_new_folder_only(tmp_path):
    from epsom.core.errors import StorageError
    from epsom.faces.validating_body import write_pages

    with pytest.raises(StorageError, match="this folder is there already"):
        write_pages(tmp_path, 1, 1, quiet=True)
