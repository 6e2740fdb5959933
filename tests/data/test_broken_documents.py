"""A document that breaks a rule of the house does not load, and the error names file, key and trouble."""

from __future__ import annotations

import pytest

from epsom.core.errors import DataError, InputError
from epsom.core.parameter import document, read_document

GOOD = {"value": "1.0", "unit": '"um"', "range": "[0.5, 2]", "source": '"crc"', "where": '"table 1"', "grade": '"A"'}


def written(tmp_path, text: str):
    """A document file with this text."""
    path = tmp_path / "organ.toml"
    path.write_text(text, "utf-8")
    return path


def table(**changed) -> str:
    """A good parameter with these lines changed, or left out where None."""
    lines = {**GOOD, **changed}
    return "[thickness]\n" + "\n".join(f"{key} = {value}" for key, value in lines.items() if value is not None)


def refusal(tmp_path, text: str) -> str:
    """What the error says about this file; it names the file and the number."""
    path = written(tmp_path, text)
    with pytest.raises(DataError) as error:
        read_document(path)
    assert str(error.value).startswith(f"{path}: ")
    return str(error.value).removeprefix(f"{path}: ")


def test_the_good_one_loads(tmp_path):
    """The other tests fail for the reason they name."""
    found = read_document(written(tmp_path, table()))
    assert (
        found.parameters["thickness"].si == pytest.approx(1e-6)
        and found.parameters["thickness"].key == "organ.thickness"
    )


@pytest.mark.parametrize("missing", GOOD)
def test_nothing_may_be_missing(tmp_path, missing):
    assert refusal(tmp_path, table(**{missing: None})).startswith(f"thickness.{missing}: '{missing}' is missing")


@pytest.mark.parametrize(
    "changed, key, said",
    [
        ({"sourse": '"crc"'}, "thickness.sourse", "'source'"),
        ({"unit": '"furlong per"'}, "thickness.unit", "furlong"),
        ({"unit": '"9**9"'}, "thickness.unit", "not a unit"),
        ({"source": '"nobody1999"'}, "thickness.source", "nobody1999"),
        ({"where": '"  "'}, "thickness.where", "empty"),
        ({"grade": '"E"'}, "thickness.grade", "A B C D"),
        ({"grade": '""'}, "thickness.grade", "A B C D"),
        ({"grade": '"AB"'}, "thickness.grade", "A B C D"),
        ({"grade": '"D"'}, "thickness.grade", "assumed"),
        ({"source": '"assumed"'}, "thickness.grade", "assumed"),
        ({"value": '"1.0"'}, "thickness.value", "number"),
        ({"value": "nan"}, "thickness.value", "number"),
        ({"value": "inf"}, "thickness.value", "number"),
        ({"value": "true"}, "thickness.value", "number"),
        ({"value": "3.0"}, "thickness.range", "range"),
        ({"range": "[0.5]"}, "thickness.range", "range"),
        ({"range": "[2, 0.5]"}, "thickness.range", "range"),
        ({"range": '"wide"'}, "thickness.range", "range"),
        ({"unknown": '{ shape = "lognormal" }'}, "thickness.unknown", "gsd"),
        ({"unknown": '{ shape = "triangle", low = 1 }'}, "thickness.unknown.shape", "triangle"),
        ({"unknown": '{ shape = "lognormal", gsd = 1.0 }'}, "thickness.unknown", "no width"),
        ({"unknown": '{ shape = "lognormal", sigma = 0.0 }'}, "thickness.unknown", "no width"),
        ({"unknown": '{ shape = "lognormal", cv = 0.0 }'}, "thickness.unknown", "no width"),
        ({"unknown": '{ shape = "lognormal", low = 2.0, high = 1.0, level = 0.9 }'}, "thickness.unknown", "no width"),
        ({"unknown": '{ shape = "uniform", low = 2.0, high = 2.0 }'}, "thickness.unknown", "no width"),
        ({"unknown": '{ shape = "normal", sd = 0.0 }'}, "thickness.unknown", "no width"),
        ({"unknown": '{ shape = "normal", sd = -0.1 }'}, "thickness.unknown", "no width"),
        ({"unknown": '{ shape = "logit", sd = 0.0 }'}, "thickness.unknown", "no width"),
        ({"unknown": '{ shape = "lognormal", gsd = 2.0, cv = 0.1 }'}, "thickness.unknown", "exactly"),
        ({"unknown": '{ shape = "lognormal", gsd = "2" }'}, "thickness.unknown.gsd", "number"),
        ({"unknown": '{ shape = "normal", sd = inf }'}, "thickness.unknown.sd", "number"),
        ({"between_people": '{ shape = "uniform", low = 1, high = 2 }'}, "thickness.between_people", "around"),
    ],
)
def test_refused_by_file_key_and_trouble(tmp_path, changed, key, said):
    text = refusal(tmp_path, table(**changed))
    assert text.startswith(f"{key}: ") and said in text


@pytest.mark.parametrize(
    "changed",
    [
        {"unknown": "3.0"},
        {"unknown": '"wide"'},
        {"unit": "5"},
        {"where": "7"},
        {"range": '["a", "b"]'},
        {"range": "[nan, nan]"},
        {"source": "5"},
        {"grade": "1"},
        {"unknown": '{ shape = "lognormal", gsd = 0.0 }'},
        {"unknown": '{ shape = "lognormal", gsd = -2.0 }'},
        {"unknown": '{ shape = "lognormal", low = 0.0, high = 1.0, level = 0.9 }'},
        {"unknown": '{ shape = "lognormal", low = 0.5, high = 1.5, level = 1.0 }'},
        {"unknown": '{ shape = "lognormal", low = 0.5, high = 1.5, level = 90 }'},
        {"unknown": '{ shape = "beta", a = -1.0, b = 2.0 }'},
        {"unknown": '{ shape = ["lognormal"], gsd = 2.0 }'},
    ],
)
def test_nonsense_is_a_data_error_and_nothing_else(tmp_path, changed):
    """Wrong kinds of values and impossible spreads are refused by name, not by a crash deep inside."""
    assert refusal(tmp_path, table(**changed)).startswith("thickness")


@pytest.mark.parametrize(
    "changed",
    [
        {"value": "0.0", "range": "[0, 2]", "unknown": '{ shape = "lognormal", gsd = 2.0 }'},
        {"value": "1.0", "range": "[0, 2]", "unknown": '{ shape = "logit", sd = 0.5 }'},
        {"value": "5.0", "range": "[0, 9]", "unit": '"1"', "between_people": '{ shape = "logit", sd = 0.5 }'},
    ],
)
def test_a_spread_that_cannot_stand_around_the_value_is_refused(tmp_path, changed):
    """A lognormal around 0 has no width; a logit around 1 or 5 gives infinities."""
    assert refusal(tmp_path, table(**changed)).startswith("thickness")


def test_a_number_that_is_no_table_is_refused(tmp_path):
    assert refusal(tmp_path, "thickness = 3").startswith("thickness: a parameter is a table")


@pytest.mark.parametrize("text", ["[thickness\nvalue = 1", "a = ", "[a]\n[a]", "x = 1e"])
def test_bad_toml_is_refused(tmp_path, text):
    assert refusal(tmp_path, text).startswith("not valid TOML")


def test_a_binary_file_is_refused(tmp_path):
    path = tmp_path / "organ.toml"
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(DataError, match=r"organ\.toml"):
        read_document(path)


def test_an_unknown_document_offers_the_nearest():
    with pytest.raises(InputError, match=r"no site 'claf'.*'calf'"):
        document("sites", "claf")
