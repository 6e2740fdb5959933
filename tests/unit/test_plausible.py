"""Reported results: each check by a made-up report that passes, one that fails, and the edge between them computed by hand."""

from __future__ import annotations

import math
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epsom.core.errors import InputError
from epsom.core.parameter import document, folder, names
from epsom.evidence.judged import CHECKS, VERDICTS, at_least, at_most
from epsom.evidence.plausible import MEANING, RUN, judge, read_report
from epsom.evidence.reported import Report, measured_value
from epsom.evidence.span import Span, known, span
from epsom.schema import build

GRAM = 24.305  # g/mol


def report(applied: dict | None = None, measured: list | None = None, **others) -> Report:
    """A made-up report: a spray on a calf, with these keys changed."""
    start = {
        "route": "skin",
        "label": "31 % w/w anhydrous magnesium chloride",
        "amount": "1 mL",
        "times": 1,
        "area": "400 cm^2",
        "contact": "8 h",
        "lasting": "8 h",
    }
    tables = {
        "title": "made up",
        "made_up": True,
        "applied": {k: v for k, v in {**start, **(applied or {})}.items() if v is not None},
        "measured": measured if measured is not None else [{"of": "serum", "before": "0.84 mmol/L", "after": "0.85 mmol/L", "n": 20}],
        **others,
    }
    return build(Report, tables, "made-up.toml")


def findings(one: Report, check: str) -> list:
    return [f for f in judge(one).findings if f.check == check]


def verdict(one: Report, check: str) -> str:
    (found,) = findings(one, check)
    return found.verdict


def serum(before: str, after: str, **others) -> list:
    return [{"of": "serum", "before": before, "after": after, **others}]


# ---- the shipped ones ------------------------------------------------------------------------------------------------
SHIPPED = {
    "bath-report-2006": "breaks",
    "cream-trial-2017": "strains",
    "oral-study-2020": "agrees",
    "kidney-spray-trial-2023": "agrees",
    "made-up-fast-spray": "breaks",
}
BROKEN = {"bath-report-2006": {"units", "physiology", "heat", "flux"}, "made-up-fast-spray": {"flux", "time"}}


@pytest.mark.parametrize("name", names("reports"))
def test_shipped_reports(name):
    found = judge(read_report(name))
    assert found.verdict == SHIPPED[name] and {f.check for f in found.findings if f.verdict == "breaks"} == BROKEN.get(name, set())
    assert found.report.made_up == name.startswith("made-up") and bool(found.report.source) != found.report.made_up
    assert {f.check for f in found.findings} | set(found.unchecked) == set(CHECKS) == set(RUN)
    for f in found.findings:
        assert f.verdict in VERDICTS and f.law and f.sentence.endswith(".")
        assert (f.factor is not None) == (f.verdict in ("breaks", "strains")) and (f.factor is None or f.factor > 1)
        assert f.bound is None or f.numbers or f.check == "arithmetic"


def test_the_page_says_what_the_code_says():
    """Verdicts, checks and reports of docs/plausible.md."""
    page = (Path(__file__).parents[2] / "docs" / "plausible.md").read_text("utf-8")
    assert dict(re.findall(r"\| `([\w-]+)` \| (\w+) \|", page)) == SHIPPED
    assert set(re.findall(r"^\| ([\w ]+) \|", page, re.MULTILINE)) >= {*CHECKS, *VERDICTS}


def test_the_bath_reports_numbers_are_ordinary_as_the_salt():
    (found,) = findings(read_report("bath-report-2006"), "units")
    assert found.instead[0] == "mg/L of MgSO4"
    assert found.found.value == pytest.approx(104.68 / GRAM, rel=1e-6)
    assert 0.74 < 104.68 / 120.366 < 0.94  # mmol/L, were it the salt


def test_the_creams_rise_beside_the_dose():
    """0.07 mmol/L in 0.25 L/kg of 75 kg are 1.31 mmol, 31.9 mg; 14 days of 56 mg are 784."""
    rise, urine = findings(read_report("cream-trial-2017"), "mass balance")
    assert rise.found.value == pytest.approx(0.07 * 0.25 * 75 * GRAM, rel=1e-6) and rise.bound.value == pytest.approx(784)
    assert urine.found.value == pytest.approx(0.091 * 4.3 * GRAM, rel=1e-6) and urine.bound.value == pytest.approx(56)


def test_the_creams_rise_beside_the_kidney():
    """114 mL/min pass 0.71 of 0.07 mmol/L: 8.16 mmol a day."""
    (found,) = findings(read_report("cream-trial-2017"), "kidney")
    assert found.found.value == pytest.approx(0.114 * 1440 * 0.71 * 0.07 * GRAM, rel=1e-6) and found.verdict == "strains"
    assert found.factor == pytest.approx(found.found.value / 56, rel=1e-9) and found.found.low == 0  # all of it may be held back


# ---- each check, passed and failed -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "before, expected",
    [
        ("0.84 mmol/L", "agrees"),
        ("2.04 mg/dL", "agrees"),
        ("20.4 mg/L", "agrees"),
        ("1.68 mEq/L", "agrees"),
        ("1.2 mmol/L", "agrees"),
        ("1.21 mmol/L", "strains"),
        ("0.49 mmol/L", "strains"),
        ("2.04 mmol/L", "strains"),
        ("20.4 mmol/L", "breaks"),
        ("0.84 mg/L", "breaks"),
    ],
)
def test_units(before, expected):
    assert verdict(report(measured=[{"of": "serum", "before": before, "change": "0 mmol/L"}]), "units") == expected


@pytest.mark.parametrize(
    "before, instead",
    [
        ("20.4 mmol/L", "mg/L"),
        ("2.04 mmol/L", "mg/dL"),
        ("0.84 mg/L", "mmol/L"),
        ("840 mmol/L", "umol/L"),
        ("101 mg/L", "mg/L of MgSO4"),
        ("80 mg/L", "mg/L of MgCl2"),
    ],
)
def test_the_unit_that_would_make_it_right(before, instead):
    (found,) = findings(report(measured=[{"of": "serum", "before": before, "change": "0 mmol/L"}]), "units")
    assert instead in found.instead


@pytest.mark.parametrize(
    "after, awake, expected",
    [
        ("0.9 mmol/L", True, "agrees"),
        ("1.2 mmol/L", True, "agrees"),
        ("1.3 mmol/L", True, "strains"),
        ("2.9 mmol/L", True, "strains"),
        ("3.01 mmol/L", True, "breaks"),
        ("3.01 mmol/L", False, "strains"),
    ],
)
def test_physiology(after, awake, expected):
    assert verdict(report(measured=serum("0.84 mmol/L", after), person={"awake": awake}), "physiology") == expected


@pytest.mark.parametrize(
    "celsius, minutes, expected",
    [
        (38, 600, "agrees"),
        (44, 600, "agrees"),
        (50, 5, "agrees"),
        (50, 9, "strains"),
        (50, 10, "breaks"),
        (55, 6, "breaks"),
        (60, 2, "agrees"),
    ],
)
def test_heat(celsius, minutes, expected):
    """At 50 degC six hours are halved six times: 5.6 min; at the most 7 h halved six times in 1.1 degC each, 9.6 min. Above 51 as at 51."""
    one = report({"temperature": f"{celsius} degC", "contact": f"{minutes} min"})
    (found,) = findings(one, "heat")
    assert found.verdict == expected
    if celsius == 50:
        assert found.bound.value == pytest.approx(360 / 2**6) and found.bound.high == pytest.approx(420 / 2 ** (6 / 1.1))


def test_mass_balance_at_its_edges():
    """On 70 kg a rise of 0.1 mmol/L needs 0.1 x 17.5 L = 1.75 mmol."""
    volume = known("solutes", "magnesium", "distribution_volume_per_weight").si * 70
    needs = lambda share: {"magnesium": f"{share * 0.1 * GRAM * 1e3:.6f} mg Mg", "label": None, "amount": None}
    for litres, expected in (
        (volume.value * 1.001, "agrees"),
        (volume.value * 0.999, "strains"),
        (volume.low * 1.001, "strains"),
        (volume.low * 0.999, "breaks"),
    ):
        one = report(needs(litres), serum("0.8 mmol/L", "0.9 mmol/L"), person={"weight": "70 kg"})
        assert verdict(one, "mass balance") == expected
    assert volume.value == pytest.approx(17.5e-3)
    (found,) = findings(report(needs(volume.low * 0.5), serum("0.8 mmol/L", "0.9 mmol/L"), person={"weight": "70 kg"}), "mass balance")
    assert found.factor == pytest.approx(2, rel=1e-4)


@pytest.mark.parametrize(
    "change, expected",
    [
        ("30 mg", "agrees"),
        ("99 mg", "agrees"),
        ("101 mg", "breaks"),
        ("4.2 mmol", "breaks"),
        ("-2 mg", "agrees"),
        ("101 mg/d", "breaks"),
        ("4 mmol/L", "cannot be judged"),
    ],
)
def test_urine(change, expected):
    one = report({"magnesium": "100 mg Mg", "label": None, "amount": None}, [{"of": "urine", "change": change, "collected": "24 h"}])
    assert verdict(one, "mass balance") == expected


@pytest.mark.parametrize("text, expected", [("101 mg", "agrees"), ("199 mg", "agrees"), ("201 mg", "breaks")])
def test_urine_of_two_days_is_halved(text, expected):
    one = report({"magnesium": "100 mg Mg", "label": None, "amount": None}, [{"of": "urine", "change": text, "collected": "48 h"}])
    assert verdict(one, "mass balance") == expected


@pytest.mark.parametrize("egfr, expected", [("100 mL/min/1.73 m^2", "strains"), ("5 mL/min/1.73 m^2", "agrees")])
def test_kidney(egfr, expected):
    one = report(
        {"magnesium": "50 mg Mg", "label": None, "amount": None, "times": 10, "lasting": "10 d"},
        serum("0.84 mmol/L", "0.9 mmol/L"),
        person={"egfr": egfr},
    )
    assert verdict(one, "kidney") == expected


@pytest.mark.parametrize(
    "value, water, magnesium",
    [
        ("1e-8 cm/s", "agrees", "agrees"),
        ("3e-7 cm/s", "agrees", "strains"),
        ("5e-7 cm/s", "strains", "strains"),
        ("6e-7 cm/s", "breaks", "strains"),
    ],
)
def test_permeability_beside_water_and_magnesium(value, water, magnesium):
    """Water: 3e-7 cm/s, GSD 1.5, so 5.8e-7 at 95 %."""
    first, second = findings(report(measured=[{"of": "permeability", "value": value}]), "flux")
    assert (first.verdict, second.verdict) == (water, magnesium)
    assert first.bound.high == pytest.approx(3e-7 * 1.5**1.645, rel=0.03)


def test_warm_skin_is_more_permeable():
    at = lambda celsius: (
        findings(report({"temperature": f"{celsius} degC"}, [{"of": "permeability", "value": "1e-8 cm/s"}]), "flux")[0].bound.value
    )
    assert at(42) / at(32) == pytest.approx(math.exp(14200 / 8.314 * (1 / 305.15 - 1 / 315.15)), rel=1e-3) and at(20) == at(32)


def test_flux_of_a_salt_is_that_of_its_magnesium():
    """4.64 ug/cm2/h of MgSO4 are 38.5 nmol/cm2/h; over 1 mol/L that is 1.07e-8 cm/s."""
    one = report({"label": "1 M MgSO4", "amount": None, "salt": "magnesium-sulfate"}, [{"of": "flux", "value": "4.64 ug/cm^2/h as MgSO4"}])
    assert findings(one, "flux")[0].found.value == pytest.approx(4.64e-6 / 120.366 / 3600 / 1e-3, rel=1e-6)


def test_flux_behind_a_rise_by_hand():
    """0.1 mmol/L on 70 kg is 1.75 mmol, through 400 cm2 in 8 h from 3.28 mol/L."""
    label = {"label": "79.7 mg magnesium per mL", "salt": "magnesium-chloride"}
    first, _ = findings(report(label, serum("0.8 mmol/L", "0.9 mmol/L"), person={"weight": "70 kg"}), "flux")
    assert first.found.value == pytest.approx(1.75e-3 / 400 / 28800 / (79.7e-3 / GRAM), rel=1e-6)


def test_flux_needs_area_and_strength():
    (found,) = findings(report({"area": None}), "flux")
    assert found.verdict == "cannot be judged" and "the area" in found.sentence


@pytest.mark.parametrize(
    "where, within, route, expected",
    [
        ("serum", "1 s", "skin", "breaks"),
        ("serum", "2 min", "skin", "strains"),
        ("serum", "20 min", "skin", "strains"),
        ("tissue", "6 h", "skin", "agrees"),
        ("red cells", "1 h", "skin", "breaks"),
        ("red cells", "4 d", "skin", "agrees"),
        ("serum", "5 min", "mouth", "breaks"),
        ("serum", "30 min", "mouth", "strains"),
        ("serum", "4 h", "mouth", "agrees"),
    ],
)
def test_time(where, within, route, expected):
    one = report({"route": route}, [], claims=[{"where": where, "within": within}])
    assert verdict(one, "time") == expected


def test_time_has_the_edge_of_the_follicles():
    lag = known("solutes", "magnesium", "follicle_lag").si
    for seconds, expected in ((lag.low * 0.99, "breaks"), (lag.low * 1.01, "strains")):
        assert verdict(report(measured=[], claims=[{"where": "serum", "within": f"{seconds} s"}]), "time") == expected


def test_chance_in_one_person_by_hand():
    """1.96 x root 2 x root(0.02^2 + 0.025^2) = 8.9 %; of a hundred people a tenth of it."""
    one, many = (findings(report(measured=serum("0.84 mmol/L", "0.85 mmol/L", n=n)), "measurement")[0] for n in (1, 100))
    assert one.bound.value == pytest.approx(100 * 1.96 * math.sqrt(2) * math.hypot(0.02, 0.025), rel=1e-9)
    assert many.bound.value == pytest.approx(one.bound.value / 10) and (one.verdict, many.verdict) == ("cannot be judged",) * 2
    assert findings(report(measured=serum("0.84 mmol/L", "0.95 mmol/L", n=100)), "measurement")[0].verdict == "agrees"


@pytest.mark.parametrize("extra", [{"p": 0.29}, {"p": 0.05}, {"chance": True}])
def test_what_the_source_calls_chance_is_not_judged(extra):
    found = findings(report(measured=serum("0.84 mmol/L", "0.95 mmol/L", n=100, **extra)), "measurement")[0]
    assert found.verdict == "cannot be judged" and "chance" in found.sentence


def test_people_who_differ_too_much():
    spread = lambda text: findings(report(measured=serum("0.84 mmol/L", "0.85 mmol/L", n=20, spread=text)), "measurement")[1].verdict
    assert (spread("0.06 mmol/L"), spread("0.3 mmol/L")) == ("agrees", "strains")


def test_hair_says_nothing():
    found = findings(report(measured=[{"of": "hair", "change": "60 %", "n": 9}], controlled=False), "measurement")
    assert found[0].verdict == "cannot be judged" and "product itself" in found[0].sentence


@pytest.mark.parametrize(
    "controlled, control, expected",
    [(False, None, "cannot be judged"), (True, None, "agrees"), (True, "0.02 mmol/L", "agrees"), (True, "-0.2 mmol/L", "cannot be judged")],
)
def test_control(controlled, control, expected):
    extra = {"control": control} if control else {}
    assert verdict(report(measured=serum("0.84 mmol/L", "0.94 mmol/L", **extra), controlled=controlled), "control") == expected


# ---- arithmetic ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "change, expected",
    [
        ("8.54 %", "agrees"),
        ("9 %", "agrees"),
        ("10.1 %", "breaks"),
        ("0.07 mmol/L", "agrees"),
        ("0.09 mmol/L", "breaks"),
        ("-8.5 %", "breaks"),
        ("1.7 mg/L", "agrees"),
    ],
)
def test_change_beside_before_and_after(change, expected):
    """0.89 / 0.82 - 1 = 8.5 %, and with the rounding of both 7.3 to 9.8 %."""
    assert (
        verdict(
            report({"label": None, "magnesium": "9 mg Mg", "amount": None}, serum("0.82 mmol/L", "0.89 mmol/L", change=change)), "arithmetic"
        )
        == expected
    )


@pytest.mark.parametrize(
    "total, expected",
    [("784 mg Mg", "agrees"), ("780 mg Mg", "agrees"), ("560 mg Mg", "breaks"), ("0.784 mg Mg", "breaks"), ("784 g MgCl2", "breaks")],
)
def test_dose_in_all(total, expected):
    one = report({"magnesium": "56 mg Mg", "times": 14, "label": None, "amount": None, "total": total})
    if total.startswith("784 g"):
        assert findings(one, "arithmetic")[0].verdict == "breaks"
    else:
        assert verdict(one, "arithmetic") == expected


def test_a_label_that_disagrees_with_itself_or_cannot_be():
    torn = report({"label": "31 % w/w anhydrous magnesium chloride; one teaspoon = 569 mg magnesium", "reading": "MgCl2 w/w"})
    assert verdict(torn, "arithmetic") == "strains"
    impossible = report({"label": "160 grams of magnesium per teaspoon", "amount": None})
    (found,) = findings(impossible, "arithmetic")
    assert found.verdict == "breaks" and found.factor > 5


def test_a_product_that_does_not_hold_the_dose_that_is_stated():
    one = report({"magnesium": "1000 mg Mg"})  # 1 mL of brine holds a tenth
    (found,) = findings(one, "arithmetic")
    assert found.verdict == "breaks" and found.factor == pytest.approx(1000 / (found.bound.high * 1.02), rel=1e-9)


@pytest.mark.parametrize(
    "applied",
    [
        {"label": None, "product": "magnesium-oil-31pct"},
        {"label": None, "strength": "31 % MgCl2", "salt": "magnesium-chloride", "density": "1.28 g/mL"},
        {"label": "31 % w/w anhydrous magnesium chloride", "density": "1.28 g/mL"},
    ],
)
def test_product_label_and_strength_are_the_same_thing(applied):
    (found,) = findings(report(applied, serum("0.8 mmol/L", "0.9 mmol/L")), "mass balance")
    assert found.bound.value == pytest.approx(310 * 1.28 * GRAM / 95.211, rel=1e-9)


# ---- the file --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "change, said",
    [
        ({"aplied": {}}, "aplied: unknown key. Did you mean 'applied'"),
        ({"title": None}, "title: this key is missing"),
        ({"applied": {"route": "skin", "contcat": "1 h"}}, "applied.contcat: unknown key. Did you mean 'contact'"),
        ({"applied": {"route": "nose"}}, "applied.route"),
        ({"applied": {"route": "skin", "contact": "1 cm"}}, "applied.contact"),
        ({"applied": {"route": "skin", "product": "magnesium-oil-31pc"}}, "Did you mean 'magnesium-oil-31pct'"),
        ({"applied": {"route": "skin", "strength": "31 % MgCl2"}}, "a strength needs its salt"),
        ({"applied": {"route": "skin", "magnesium": "56 mg"}}, "says of what it is"),
        ({"measured": []}, "nothing here to judge"),
        ({"measured": [{"of": "serum"}]}, "measured.0.of: nothing was measured"),
        ({"measured": [{"of": "serum", "before": "0.8"}]}, "measured.0.before"),
        ({"measured": [{"of": "serum", "before": "0.8 kg"}]}, "no unit of serum"),
        ({"measured": [{"of": "serum", "before": "8 %"}]}, "no value of its own"),
        ({"measured": [{"of": "serum", "before": "-1 mmol/L"}]}, "less than nothing"),
        ({"measured": [{"of": "blood", "before": "1 mmol/L"}]}, "measured.0.of"),
        ({"measured": [{"of": "serum", "before": "1 mg/L of MgO"}]}, "no species"),
        ({"source": "nobody1999"}, "no source 'nobody1999'"),
    ],
)
def test_errors_name_file_key_and_value(change, said):
    tables = {"title": "x", "applied": {"route": "skin"}, "measured": serum("0.8 mmol/L", "0.9 mmol/L"), **change}
    with pytest.raises(InputError) as error:
        build(Report, {k: v for k, v in tables.items() if v is not None}, "mine.toml")
    assert str(error.value).startswith("mine.toml: ") and said in str(error.value)


@pytest.mark.parametrize(
    "label, reading, said", [("60,000 ppm", None, "of what is not said"), ("60,000 ppm MgCl2", "MgCl2 x/y", "Did you mean 'MgCl2 w/")]
)
def test_a_label_that_cannot_be_read_names_its_key(label, reading, said):
    with pytest.raises(InputError, match="applied") as error:
        judge(report({"label": label, "reading": reading}))
    assert said in str(error.value)


def test_an_unknown_name_offers_the_nearest():
    with pytest.raises(InputError, match="bath-report-2006"):
        read_report("bath-report-2007")


def test_json_is_read_as_toml_is(tmp_path):
    import json

    tables = tomllib.loads((folder("reports") / "cream-trial-2017.toml").read_text("utf-8"))
    (tmp_path / "cream.json").write_text(json.dumps(tables))
    assert judge(read_report(tmp_path / "cream.json")) == judge(read_report("cream-trial-2017"))


@pytest.mark.parametrize(
    "text, of, si",
    [
        ("104.7 ppm", "serum", 104.7 / GRAM),
        ("2 mg/dL", "serum", 20 / GRAM),
        ("1.7 mEq/L", "serum", 0.85),
        ("9.5 mg", "urine", 9.5e-3 / GRAM),
        ("1e-8 cm/s", "permeability", 1e-10),
        ("+9 %", "urine", 0.09),
        ("120.366 mg/L as MgSO4", "serum", 1.0),
    ],
)
def test_printed_values(text, of, si):
    assert measured_value(text, of).si == pytest.approx(si, rel=1e-6)


# ---- verdicts --------------------------------------------------------------------------------------------------------
def test_meanings_are_those_of_the_verdicts():
    assert set(MEANING) == set(VERDICTS)


@given(*[st.floats(0.01, 100)] * 6)
def test_a_bound_is_broken_only_beyond_all_doubt(a, b, c, d, e, f):
    found, bound = (Span(sorted(x)[1], sorted(x)[0], sorted(x)[2]) for x in ((a, b, c), (d, e, f)))
    verdict, factor = at_most(found, bound)
    assert (verdict == "breaks") == (found.low > bound.high) and (verdict == "agrees") == (factor is None)
    assert factor is None or factor > 1
    assert at_least(bound, found) == (verdict, factor)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.1, 1e3), st.sampled_from(["mmol/L", "mg/dL", "ppm", "ug/L"]), st.floats(0.1, 1e3), st.integers(1, 1000), st.integers(1, 100)
)
def test_any_numbers_are_judged(before, unit, after, n, times):
    one = report(
        {"times": times, "lasting": f"{times} d"},
        [{"of": "plasma", "before": f"{before:.4g} {unit}", "after": f"{after:.4g} {unit}", "n": n}],
    )
    found = judge(one)
    assert found.verdict in VERDICTS and all(math.isfinite(f.found.value) for f in found.findings if f.found)


def test_every_number_of_the_limits_is_used():
    """A limit that no check reads would be a trap."""
    import epsom.evidence as package

    text = "".join(path.read_text("utf-8") for path in Path(package.__file__).parent.glob("*.py"))
    text += "".join((folder(".") / name).read_text("utf-8") for name in ("label_words.toml",))
    spoken = {*document("plausibility", "plausible").parameters, *document("plausibility", "household").parameters}
    assert not [name for name in spoken if f'"{name}"' not in text]
    assert span(1.0).exact
