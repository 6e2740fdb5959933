"""A scenario: both ways without loss, and nothing but an InputError for what cannot be used."""

from __future__ import annotations

import copy
import json
import re
import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from epsom.core.errors import InputError
from epsom.core.parameter import names
from epsom.core.units import Quantity
from epsom.protocol import rows
from epsom.safety import complaints, gate_texts, gates
from epsom.scenario import LARGEST_FILE, Person, Scenario, read_tables

GOOD, _ = read_tables("magnesium-lotion-calf")
INLINE = {"density": "1.1 g/mL", "ingredients": [{"salt": "magnesium-chloride", "strength": "10 % MgCl2"}]}
QUIET = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def changed(path: str, value) -> dict:
    """The good tables with one entry replaced; the path's numbers count in lists."""
    tables = copy.deepcopy(GOOD)
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    here = tables
    for part in way:
        here = here[part]
    here[last] = value
    return tables


def refusal(tables) -> str:
    """What the error says."""
    with pytest.raises(InputError) as error:
        Scenario.build(tables, "mine.toml")
    text = str(error.value)
    assert text.startswith("mine.toml: ") and "\n" not in text and len(text) < 600
    return text.removeprefix("mine.toml: ")


# ---- both ways without loss ------------------------------------------------------------------------------------------
def both_ways(scenario: Scenario):
    """The scenario survives TOML and JSON, and writing it again gives the same bytes."""
    for write, read in ((scenario.to_toml, tomllib.loads), (scenario.to_json, json.loads)):
        again = Scenario.build(read(write()))
        assert again == scenario and again.tables() == scenario.tables()
    assert Scenario.build(tomllib.loads(scenario.to_toml())).to_toml() == scenario.to_toml()


@pytest.mark.parametrize("name", names("scenarios"))
def test_shipped_scenarios_survive_both_ways(name):
    both_ways(Scenario.load(name))


def test_what_was_not_given_is_not_written():
    """An absent eGFR stays absent; defaults are not frozen into the file."""
    tables = copy.deepcopy(GOOD)
    del tables["person"]["egfr"], tables["environment"]
    assert Scenario.build(tables).tables() == tables


def test_quantities_are_written_as_they_were_given():
    assert Scenario.build(changed("site.area", "4.0  dm²")).tables()["site"]["area"] == "4.0 dm²"


def test_baths_that_overlap_are_refused():
    """When the first of two baths would end is not clear."""
    bath = {"soak": {"for": "1 h", "volume": "9 L"}}
    refusal(changed("steps", [{"at": "0 min", **bath}, {"at": "20 min", **bath}]))
    Scenario.build(changed("steps", [{"at": "0 min", **bath}, {"at": "60 min", **bath}]))


def test_files_are_read_by_their_ending(tmp_path):
    scenario = Scenario.build(GOOD)
    for name, text in (("a.toml", scenario.to_toml()), ("a.json", scenario.to_json())):
        (tmp_path / name).write_text(text, "utf-8")
        assert Scenario.load(tmp_path / name) == scenario


@pytest.mark.parametrize("path", ["complaint", "environment", "person.egfr", "steps.0.rub"])
def test_a_null_of_json_survives_both_ways(path):
    """JSON may say null where TOML says nothing. Where null is allowed, it can be written as TOML too."""
    try:
        scenario = Scenario.build(changed(path, None))
    except InputError:
        return
    both_ways(scenario)


# ---- refusals name key, finding and next step ------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path, value, key, said",
    [
        ("site.aera", "4 cm^2", "site.aera", "'area'"),
        ("durration", "4 h", "durration", "'duration'"),
        ("steps.0.aply", "2 g", "steps.0.aply", "'apply'"),
        ("steps.0.rub.form", "2 s", "steps.0.rub.form", "'for'"),
        ("person.weigth", "70 kg", "person.weigth", "'weight'"),
        ("product.uze", "a", "product.uze", "'use'"),
        ("site.area", "400 cm", "site.area", r"m\^2"),
        ("person.weight", "70 cm", "person.weight", "kg"),
        ("person.egfr", "100 mL/min", "person.egfr", "m/s"),
        ("duration", "24 K", "duration", "to s"),
        ("site.area", 400, "site.area", "bare number"),
        ("site.area", "400", "site.area", "bare number"),
        ("duration", 24.0, "duration", "bare number"),
        ("steps.0.apply", "2", "steps.0.apply", "not an amount"),
        ("steps.0.apply", 2, "steps.0.apply", "string"),
        ("steps.0.apply", "-2 mg/cm^2", "steps.0.apply", "negative"),
        ("steps.0.apply", "0 g", "steps.0.apply", "nothing"),
        ("steps.0.at", "-1 s", "steps.0.at", "negative"),
        ("site.area", "3 m^2", "site.area", "larger than this body"),
        ("site.area", "0 cm^2", "site.area", "below"),
        ("steps.1.at", "24 h", "steps.1.at", "ends at 24 h"),
        ("steps.1.at", "25 h", "steps.1.at", "ends at 24 h"),
        ("steps.1.wash", 0.0, "steps.1.wash", "greater than 0"),
        ("steps.1.wash", 1.1, "steps.1.wash", "less than or equal"),
        ("steps.1.wash", float("nan"), "steps.1.wash", "less than or equal"),
        ("steps", [], "steps", "at least 1"),
        ("steps", [GOOD["steps"][1]] * 65, "steps", "at most 64"),
        ("duration", "10 s", "duration", "below 60"),
        ("duration", "31 day", "duration", "above"),
        ("environment.humidity", 1.5, "environment.humidity", "less than or equal"),
        ("environment.air", "200 degC", "environment.air", "above"),
        ("person.sex", "other", "person.sex", "'female' or 'male'"),
        ("site.name", "claf", "site.name", "'calf'"),
        ("product.use", "lotion-60000ppm-mg", "product.use", "'lotion-60000ppm-Mg'"),
        ("complaint.kind", "muscle tightnes", "complaint.kind", "'muscle tightness'"),
        ("complaint.pain", 11, "complaint.pain", "10"),
        ("site.barrier", "intakt", "site.barrier", "'intact'"),
        ("name", "../../etc/passwd", "name", "pattern"),
        ("name", "", "name", "pattern"),
        ("name", "a" * 81, "name", "pattern"),
        ("acknowledge", ["kidny-low"], "acknowledge", "'kidney-low'"),
        ("person.conditions", ["flu"], "person.conditions.0", "'heart block'"),
        ("parameters", {"a.b": 2}, "parameters.a.b", "string"),
        ("product", {**INLINE, "use": "lotion-60000ppm-Mg"}, "product", "exclude each other"),
        ("product", {"density": "1 g/mL"}, "product", "needs density and ingredients"),
        ("product", {**INLINE, "oil": 0.95}, "product", "no water|solubility"),
        ("product", {**INLINE, "ingredients": INLINE["ingredients"] * 2}, "product.ingredients", "same solute"),
        ("product", {**INLINE, "density": "1 g"}, "product.density", r"kg/m\^3"),
        (
            "product",
            {**INLINE, "ingredients": [{"salt": "magnesium-chlorid", "strength": "1 % Mg"}]},
            "product.ingredients.0.salt",
            "'magnesium-chloride'",
        ),
        (
            "product",
            {**INLINE, "ingredients": [{"salt": "magnesium-chloride", "strength": "101 % Mg"}]},
            "product",
            "whole product",
        ),
        (
            "product",
            {**INLINE, "ingredients": [{"salt": "magnesium-chloride", "strength": "20 % Mg"}]},
            "product.*",
            "solubility|no water",
        ),
        (
            "product",
            {**INLINE, "ingredients": [{"salt": "magnesium-chloride", "strength": "1000 ppm"}]},
            "product",
            "says of what",
        ),
    ],
)
def test_refused_by_key_finding_and_next_step(path, value, key, said):
    text = refusal(changed(path, value))
    assert re.match(f"{key}: ", text) and re.search(said, text), text


@pytest.mark.parametrize(
    "path", ["name", "duration", "person", "site", "product", "steps", "person.age", "site.area", "steps.0.at"]
)
def test_a_missing_key_is_named(path):
    tables = changed(path, None)
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    here = tables
    for part in way:
        here = here[part]
    del here[last]
    assert refusal(tables).startswith(f"{path}: this key is missing")


@pytest.mark.parametrize(
    "step, said",
    [
        ({"at": "1 h"}, "does nothing"),
        ({"at": "1 h", "apply": "1 g", "wash": 0.5}, "apply and wash"),
        ({"at": "1 h", "wash": 0.5, "rub": {"for": "1 min"}}, "wash and rub"),
        ({"at": "1 h", "take": {"amount": "1 g Mg"}, "infuse": {"amount": "1 g Mg", "for": "1 h"}}, "take and infuse"),
    ],
)
def test_a_step_does_one_thing(step, said):
    text = refusal(changed("steps.1", step))
    assert text.startswith("steps.1: ") and said in text


def test_rub_goes_with_apply_and_alone():
    for step in ({"at": "1 h", "apply": "1 g", "rub": {"for": "1 min"}}, {"at": "1 h", "rub": {"for": "1 min"}}):
        Scenario.build(changed("steps.1", step))


def test_more_problems_are_counted():
    tables = changed("site.aera", "4 cm^2")
    tables["person"]["weight"] = "70"
    assert "1 more problem in this file" in refusal(tables)


@pytest.mark.parametrize("tables", [[], None, 3, "text", {}, {"a": 1}, {3: 4}])
def test_what_is_no_scenario_at_all_is_refused(tables):
    with pytest.raises(InputError):
        Scenario.build(tables)


def test_a_product_without_strength_and_a_dose_of_its_solute_is_refused():
    """0 ppm of magnesium never adds up to 20 mg of magnesium; no division by zero."""
    tables = changed("product", {**INLINE, "ingredients": [{"salt": "magnesium-chloride", "strength": "0 ppm Mg"}]})
    tables["steps"][0]["apply"] = "20 mg Mg"
    refusal(tables)


def test_a_quantity_made_by_hand_keeps_the_bounds():
    """Python users may give a Quantity; what a file may not say, it may not say either."""
    with pytest.raises(Exception, match=r"negative|below"):
        Person(age=Quantity("-5 yr", -1.6e8), sex="male", height="180 cm", weight="80 kg")


def test_a_scenario_cannot_be_changed_after_it_was_checked():
    with pytest.raises(Exception, match="frozen"):
        Scenario.build(GOOD).duration = Quantity("1 s", 1.0)


# ---- files that are none ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name, data, said",
    [
        ("a.toml", b"\xff\xfe\x00\x01", "not a text file"),
        ("a.json", b"\x80abc", "not a text file"),
        ("a.toml", b"a = ", "not valid TOML"),
        ("a.json", b"{", "not valid JSON"),
        ("a.json", b"[]", "is a table"),
        ("a.json", b"3", "is a table"),
        ("a.json", b"", "not valid JSON"),
        ("a.toml", b"", "missing"),
        ("a.toml", b"x" * (LARGEST_FILE + 1), "too large"),
        ("a.json", b"[" * 200_000, "not valid JSON"),
        ("a.json", b'{"a":' * 150_000 + b"1", "not valid JSON"),
        ("a.toml", b"a=" + b"[" * 100_000, "not valid TOML"),
        ("a.toml", b".".join([b"a"] * 5000) + b"=1", "unknown key"),
        ("a.json", b'{"a":' * 800 + b"1" + b"}" * 800, "unknown key"),
        ("a.json", b'{"a":' + b"1" * 5000 + b"}", ""),
        ("a.toml", b"a=" + b"1" * 5000, ""),
        ("a.json", b'{"a": "\\ud800"}', "unknown key"),
        ("a.json", b'{"name": NaN}', "name"),
    ],
    ids=lambda x: str(x)[:24],
)
def test_files_that_are_no_scenario(tmp_path, name, data, said):
    """Binary, huge, deep, empty, of another shape, or with a number of 5000 digits."""
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError) as error:
        Scenario.load(path)
    assert said in str(error.value) and str(path) in str(error.value)


@pytest.mark.parametrize("path", ["nowhere.toml", "", "\x00", "a" * 5000, "magnesium-lotion-cafl"])
def test_files_that_are_not_there(path):
    with pytest.raises(InputError):
        Scenario.load(path)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        Scenario.load(tmp_path)


def test_a_misspelt_shipped_name_offers_the_nearest():
    with pytest.raises(InputError, match="'magnesium-lotion-calf'"):
        Scenario.load("magnesium-lotion-cafl")


# ---- hypothesis ------------------------------------------------------------------------------------------------------
def quantity(low, high, unit):
    return st.floats(low, high, allow_subnormal=False).map(lambda x: f"{x:.9g} {unit}")


def minutes(text: str) -> float:
    return float(text.removesuffix(" min"))


def refused_in_baths(steps) -> bool:
    """Whether baths overlap, or something is applied or washed off in one."""
    baths = [(minutes(step["at"]), minutes(step["at"]) + minutes(step["soak"]["for"])) for step in steps if "soak" in step]
    done = [minutes(step["at"]) for step in steps if "apply" in step or "wash" in step]
    return len(baths) > 1 or any(begin < at < end for at in done for begin, end in baths)


SITES = [name for name in names("sites") if name != "forearm"]  # any will do
WORDS = st.text(st.characters(codec="utf-8"), max_size=30)
SPANS = st.fixed_dictionaries({"for": quantity(1, 600, "min")})
STEPS = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {"at": quantity(0, 700, "min"), "apply": quantity(0.1, 10, "mg/cm^2")}, optional={"rub": SPANS}
        ),
        st.fixed_dictionaries({"at": quantity(0, 700, "min"), "wash": st.floats(0.01, 1)}),
        st.fixed_dictionaries({"at": quantity(0, 700, "min"), "rub": SPANS}),
        st.fixed_dictionaries({"at": quantity(0, 700, "min"), "occlude": SPANS}),
        st.fixed_dictionaries(
            {
                "at": quantity(0, 700, "min"),
                "soak": st.fixed_dictionaries(
                    {"for": quantity(1, 60, "min"), "volume": quantity(1, 200, "L")},
                    optional={"temperature": quantity(10, 45, "degC")},
                ),
            }
        ),
        st.fixed_dictionaries(
            {
                "at": quantity(0, 700, "min"),
                "take": st.fixed_dictionaries(
                    {"amount": quantity(1, 500, "mg Mg")}, optional={"route": st.sampled_from(["mouth", "enema"])}
                ),
            }
        ),
    ),
    min_size=1,
    max_size=5,
).filter(lambda steps: not refused_in_baths(steps))
PRODUCTS = st.one_of(
    st.sampled_from(names("products")).map(lambda name: {"use": name}),
    st.fixed_dictionaries(
        {
            "density": quantity(0.9, 1.3, "g/mL"),
            "ingredients": quantity(0.1, 5, "% MgCl2").map(lambda s: [{"salt": "magnesium-chloride", "strength": s}]),
        },
        optional={"oil": st.floats(0, 0.3), "title": WORDS, "note": WORDS, "spray": quantity(0.05, 0.2, "mL")},
    ),
)
SCENARIOS = st.fixed_dictionaries(
    {
        "name": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 _.,()+-]{0,30}", fullmatch=True),
        "duration": quantity(701, 2880, "min"),
        "person": st.fixed_dictionaries(
            {
                "age": quantity(1, 100, "yr"),
                "sex": st.sampled_from(["female", "male"]),
                "height": quantity(140, 200, "cm"),
                "weight": quantity(40, 150, "kg"),
            },
            optional={
                "egfr": quantity(5, 150, "mL/min/1.73m^2"),
                "oral_magnesium": st.booleans(),
                "conditions": st.lists(st.sampled_from(["heart block", "insensate feet"]), unique=True),
            },
        ),
        "site": st.fixed_dictionaries(
            {"name": st.sampled_from(SITES), "area": quantity(1, 10_000, "cm^2")},
            optional={"barrier": st.sampled_from(names("barriers"))},
        ),
        "product": PRODUCTS,
        "steps": STEPS,
    },
    optional={
        "environment": st.fixed_dictionaries(
            {}, optional={"air": quantity(-10, 40, "degC"), "humidity": st.floats(0, 1)}
        ),
        "complaint": st.fixed_dictionaries(
            {"kind": st.sampled_from(sorted(complaints()))}, optional={"pain": st.floats(0, 10)}
        ),
        "parameters": st.dictionaries(WORDS.filter(bool), WORDS, max_size=3),
        "acknowledge": st.lists(st.sampled_from(sorted(gate_texts())), max_size=3),
    },
)


@settings(QUIET, max_examples=60)
@given(SCENARIOS)
def test_any_scenario_survives_both_ways(tables):
    scenario = Scenario.build(tables)
    assert scenario.tables() == tables
    both_ways(scenario)


@settings(QUIET, max_examples=60)
@given(SCENARIOS)
def test_any_scenario_has_its_gates_and_events_or_a_plain_refusal(tables):
    """Events lie within the duration, in order."""
    scenario = Scenario.build(tables)
    assert {gate.name for gate in gates(scenario)} <= set(gate_texts())
    try:
        found = rows(scenario)
    except InputError as error:
        assert any("take" in step for step in tables["steps"]) and "take" in error.key
        return
    times = [row.at for row in found]
    assert times == sorted(times) and all(0 <= t < scenario.duration.si for t in times)


JUNK = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        WORDS,
        quantity(-1e6, 1e6, "g"),
        quantity(-1e3, 1e9, "h"),
        st.sampled_from(
            [
                "calf",
                "1e308 kg",
                "0 ppm Mg",
                "20 mg Mg",
                "5 sprays",
                "1 yr^9*yr^9*yr^9*yr^9*yr^9/s^9/s^9/s^9/s^9/s^8",
                "use",
                "\x00",
                "9**9**9 mg",
            ]
        ),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=5,
)


def places(tables, so_far=()):
    """Paths of all entries, inner and outer."""
    entries = tables.items() if isinstance(tables, dict) else enumerate(tables) if isinstance(tables, list) else ()
    for key, value in entries:
        yield (*so_far, key)
        yield from places(value, (*so_far, key))


FULL = {
    **copy.deepcopy(GOOD),
    "product": copy.deepcopy(INLINE),
    "acknowledge": ["infant"],
    "parameters": {"a.b": "1 s"},
}
PLACES = list(places(FULL))


@settings(QUIET, max_examples=300)
@given(
    st.lists(
        st.tuples(st.sampled_from(PLACES), st.sampled_from(["replace", "delete", "add"]), JUNK, WORDS),
        min_size=1,
        max_size=3,
    )
)
def test_a_mutated_scenario_is_an_input_error_or_a_scenario(mutations):
    """Never another exception."""
    tables = copy.deepcopy(FULL)
    for way, kind, junk, word in mutations:
        here = tables
        try:
            for part in way[:-1]:
                here = here[part]
            if kind == "add" and isinstance(here, dict):
                here[word] = junk
            elif kind == "delete":
                del here[way[-1]]
            else:
                here[way[-1]] = junk
        except (KeyError, IndexError, TypeError):
            continue
    try:
        found = Scenario.build(tables)
    except InputError as error:
        assert str(error)
        return
    assert isinstance(found, Scenario) and found.to_json()


@pytest.mark.parametrize("part, name, example", [("person", "skin_resistance", "30 kohm*cm^2"), ("person", "water_loss", "10 g/m^2/h"),
                                                 ("environment", "air_speed", "0.2 m/s"), ("environment", "sweat", "0.2 mg/cm^2/min")])
def test_a_bare_number_is_answered_with_an_example_of_its_own_kind(part, name, example):
    """What the error offers can be written."""
    tables = Scenario.load("magnesium-lotion-calf").tables()
    told = lambda value: Scenario.build(tables | {part: tables.get(part, {}) | {name: value}})
    with pytest.raises(InputError) as error:
        told(3)
    assert example in str(error.value)
    assert str(getattr(getattr(told(example), part), name)) == example
