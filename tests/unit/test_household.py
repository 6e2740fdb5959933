"""Amounts in household words mean what they say."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from epsom.core.household import PARTS, in_household_words, volume_of

SIZES = {name: volume_of(name) for name in ("drop", "teaspoon", "tablespoon", "cup")}


def meant(text: str, spray: float) -> float:
    """The volume in m^3 that a text says, read independently of how it was made."""
    size = {**SIZES, "spray": spray}[re.search(r"(\w+?)s?$", text)[1]]
    for share, words in PARTS:
        if text.startswith(f"about {words} "):
            return share * size
    number = 1.0 if "one" in text else float(re.search(r"\d+", text)[0])
    return (number + 0.5 * ("and a half" in text)) * size


@given(st.floats(min_value=0.5 * SIZES["drop"], max_value=5e-3), st.sampled_from([None, 0.12e-6]))
def test_the_words_mean_the_volume_within_a_third_and_by_the_spoon_within_a_fourth(volume, spray):
    text = in_household_words(volume, spray)
    off = abs(meant(text, spray or 1.0) / volume - 1)
    counted = "drop" in text or "spray" in text
    assert off <= (1.0 if text in ("about 1 drop", "about 1 spray") else 0.34 if counted else 0.26), text


def test_examples():
    assert in_household_words(0.68e-6) == "about 14 drops"
    assert in_household_words(2.5e-6) == "about half a teaspoon"
    assert in_household_words(5e-6) == "about one teaspoon"
    assert in_household_words(7.5e-6) == "about 1 and a half teaspoons"
    assert in_household_words(30e-6) == "about 2 tablespoons"
    assert in_household_words(1e-3) == "about 4 cups"
    assert in_household_words(0.6e-6, 0.12e-6) == "about 5 sprays"
    assert in_household_words(1e-9) == "less than a drop"
