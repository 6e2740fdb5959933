"""Amounts as people measure them at home: drops, sprays, teaspoons, tablespoons, cups."""

from __future__ import annotations

from epsom.core.parameter import document

DOCUMENT = ("plausibility", "household")     # volumes with their sources
SPOONS = (("teaspoon", 2.5), ("tablespoon", 8.0), ("cup", float("inf")))     # and how many of one are told before the next
PARTS = ((1 / 4, "a quarter of"), (1 / 3, "a third of"), (1 / 2, "half"), (2 / 3, "two thirds of"), (3 / 4, "three quarters of"))
FEW_DROPS = 20                               # drops; more are told by the spoon
LEAST = 0.5                                  # of a drop; less is told as less than one


def in_household_words(volume: float, spray: float | None = None) -> str:
    """A volume in m^3 as in "about 3 drops", "about half a teaspoon", "about 5 sprays"; within a third of what it is from two drops on,
    by the spoon within a quarter.

    spray : volume of one spray in m^3, for what comes from a spray bottle.
    """
    if spray and volume >= spray / 2:
        return _counted(volume / spray, "spray", "sprays")
    drop = volume_of("drop")
    if volume < LEAST * drop:
        return "less than a drop"
    if volume < FEW_DROPS * drop:
        return _counted(volume / drop, "drop", "drops")
    name = next(name for name, most in SPOONS if volume < most * volume_of(name))
    return _spoons(volume / volume_of(name), name)


def volume_of(measure: str) -> float:
    """m^3 of a household measure."""
    return document(*DOCUMENT).parameters[measure].si


def _counted(number: float, one: str, many: str) -> str:
    whole = max(1, round(number)) if number < 20 else round(number / 5) * 5
    return f"about {whole} {one if whole == 1 else many}"


def _spoons(number: float, name: str) -> str:
    """Quarters, thirds and halves below one and a half; then halves, and whole ones from five on."""
    if number < 7 / 8:
        return f"about {min(PARTS, key=lambda part: abs(part[0] - number))[1]} a {name}"
    if number < 5:
        halves = round(2 * number)
        text = "one" if halves == 2 else f"{halves // 2}" + (" and a half" if halves % 2 else "")
        return f"about {text} {name}{'' if halves == 2 else 's'}"
    return f"about {round(number)} {name}s"
