"""The names of `import epsom`: there are few, each loads when first used and is what it says in any order of imports."""

from __future__ import annotations

import subprocess
import sys

import pytest

import epsom

VERBS = ("simulate", "answers", "write_report", "load", "permeate", "permeate_all", "compare", "sweep")  # names of functions


def runs(code: str) -> str:
    """What a fresh interpreter says on stderr, "" if all went well."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False).stderr[
        -500:
    ]


def test_there_are_few_public_names():
    assert 10 <= len(epsom.__all__) <= 36 and sorted(epsom.__all__) == dir(epsom)


@pytest.mark.parametrize("name", epsom.__all__)
def test_every_public_name_is_there(name):
    assert getattr(epsom, name) is not None


def test_an_unknown_name_is_refused():
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        epsom.simulat  # noqa: B018


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_is_callable_however_it_is_imported(name):
    assert runs(f"from epsom import {name}\nassert callable({name}), {name}") == ""
    assert runs(f"import epsom\nassert callable(epsom.{name}) and callable(epsom.{name}), epsom.{name}") == ""


def test_verbs_are_callable_once_modules_of_their_names_are_loaded():
    """`from epsom import simulate` is the function, also then."""
    loaded = "import epsom.simulation, epsom.report, epsom.answer\n"
    names = ", ".join(VERBS)
    assert runs(f"{loaded}from epsom import {names}\nfor verb in ({names}): assert callable(verb), verb") == ""
    assert runs(f"{loaded}import epsom\nfor name in {VERBS}: assert callable(getattr(epsom, name)), name") == ""
