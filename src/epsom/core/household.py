"""Amounts as people measure them at home: drops, sprays, teaspoons, tablespoons, cups."""

from __future__ import annotations

ML = 1e-6                                    # m^3
DROP, TEASPOON, TABLESPOON, CUP = 0.05 * ML, 5 * ML, 15 * ML, 240 * ML
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
    if volume < LEAST * DROP:
        return "less than a drop"
    if volume < FEW_DROPS * DROP:
        return _counted(volume / DROP, "drop", "drops")
    size, name = next((size, name) for size, name, most in ((TEASPOON, "teaspoon", 2.5), (TABLESPOON, "tablespoon", 8.0),
                                                            (CUP, "cup", float("inf"))) if volume < most * size)
    return _spoons(volume / size, name)


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
