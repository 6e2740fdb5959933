"""The words of the house: SI, with a meaning, each owned by one mechanism and none left over."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from epsom.core import units
from epsom.core.errors import DataError
from epsom.core.vocabulary import read_words, standard_words
from epsom.standard import standard_model
from epsom.whole_body.course import whole_body_model

WORDS = standard_words()
MECHANISMS = (*standard_model().mechanisms, *whole_body_model(("25Mg",), True).mechanisms)
SHOWN = {"amount": "mol", "concentration": "mol/m^3", "rate": "1/s"}  # dimension behind the last part of a name


def produced(m) -> set[str]:
    """Words that a mechanism owns, gives, exchanges, probes or holds as the unknown of its cells."""
    unknown = getattr(m, "unknown", ("", ""))[0]
    return {*m.owns, *m.gives, *getattr(m, "exchanges", ()), *getattr(m, "probes", ()), *filter(None, [unknown])}


@pytest.mark.parametrize("name", WORDS)
def test_word_is_si_and_has_a_meaning(name):
    word = WORDS[name]
    assert units.si_factor(word.unit) == 1.0, "what code sees is SI"
    assert units.dimensions(word.unit) == units.dimensions(word.shown_unit)
    assert word.shown_factor > 0
    assert not word.meaning[0].islower() and word.meaning.endswith(".") and len(word.meaning) > 20


@pytest.mark.parametrize("name", WORDS)
def test_name_is_in_full_and_fits_its_unit(name):
    """Lower case, words apart by underscores, and an amount is in mol."""
    assert name == name.lower() and name.replace("_", "").isalnum()
    last = name.rpartition("_")[2]
    assert last not in SHOWN or units.dimensions(WORDS[name].unit) == units.dimensions(SHOWN[last])


def test_every_word_is_owned_by_one_mechanism():
    """No orphan words, none with two owners."""
    owners = {name: [m.name for m in MECHANISMS if name in produced(m)] for name in WORDS}
    assert not {name: its for name, its in owners.items() if len(its) != 1}


def test_every_port_is_a_word():
    assert not {
        (m.name, port) for m in MECHANISMS for port in {*m.ports, *m.readouts, *produced(m)} if port not in WORDS
    }


@pytest.mark.parametrize("mechanism", MECHANISMS, ids=lambda m: m.name)
def test_a_mechanism_of_the_house_brings_no_words_of_its_own(mechanism):
    """They stand in vocabulary.toml, where all can see them."""
    assert not mechanism.document().variables


def test_no_two_words_mean_the_same():
    meanings = [word.meaning for word in WORDS.values()]
    assert len(set(meanings)) == len(meanings)


def test_the_file_holds_exactly_the_words():
    text = (files("epsom") / "data" / "vocabulary.toml").read_text("utf-8")
    assert set(tomllib.loads(text)) == set(WORDS)


@pytest.mark.parametrize(
    "table, said",
    [
        ({"unit": "mol"}, "meaning"),
        ({"meaning": "A."}, "unit"),
        ({"unit": "mol", "meaning": "A.", "axes": "solute"}, "axis"),
        ({"unit": "mol", "meaning": "A.", "axis": "depth"}, "axis"),
        ({"unit": "mol", "meaning": "A.", "show": "g"}, "dimension"),
    ],
)
def test_a_broken_word_is_refused_by_file_and_name(table, said):
    with pytest.raises(DataError) as error:
        read_words({"new_word": table}, "new.toml")
    assert "new.toml: new_word" in str(error.value) and said in str(error.value)
