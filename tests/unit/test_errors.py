"""Error messages: place, trouble, what was found, what to do."""

from __future__ import annotations

import pytest

from epsom.core.errors import DataError, EpsomError, InputError, nearest, shortened


def test_message_tells_place_trouble_finding_and_next_step():
    error = InputError("not an amount", "Write 2 mg", file="a.toml", key="steps.0", value="2 m")
    assert str(error) == "a.toml: steps.0: not an amount (found: '2 m'). Write 2 mg"


def test_a_bare_message_has_no_empty_parts():
    assert str(EpsomError("it broke")) == "it broke"


def test_a_nearer_place_comes_first_and_keeps_the_kind():
    error = DataError("no number", key="value").at("a.toml", "thickness").at("b.toml", "")
    assert isinstance(error, DataError) and error.key == "thickness.value" and error.file == "a.toml"


@pytest.mark.parametrize("value, shown", [("a", "'a'"), (3, "3"), ("a\nb", r"'a\nb'"), ([1, 2], "[1, 2]")])
def test_values_are_shown_on_one_line(value, shown):
    assert shortened(value) == shown


def test_long_and_unprintable_values_are_cut_and_masked():
    assert len(shortened("x" * 1000)) == 60
    assert all(ch.isprintable() for ch in shortened(b"\x1b[31m\x00".decode() + "\u202e\ud800"))


def test_nearest_offers_close_names_or_all():
    assert nearest("claf", ["calf", "neck"]) == "Did you mean 'calf'?"
    assert nearest("zzz", ["calf", "neck"]) == "Known: calf, neck"
    assert nearest("zzz", []) == "" and nearest("zzz", map(str, range(50))).endswith("…")
