"""Which measurement would narrow what is not known, in words and as data."""

from __future__ import annotations

import math

from epsom.answer import percent
from epsom.core.digits import digits
from epsom.core.power import MOST_PEOPLE
from epsom.result import Result
from epsom.value_of_information import FEW, Worth, blinded_trial, people_in_each_arm, single_numbers, worths

SCHEMA = "epsom-measurements/1"
LEAST = 0.05                 # of a spread; a study that would narrow less is not named as the best


def people(number: float) -> str:
    """How many people, as they are told."""
    return f"more than {MOST_PEOPLE:,}".replace(",", " ") if math.isinf(number) else f"about {float(digits(number)):,.0f}".replace(",", " ")


def data(result: Result) -> dict | None:
    """The content of the summary's "measurements"; None where there are too few draws of what is not known."""
    if not worths(result):
        return None
    arms = people_in_each_arm(result)
    rows = lambda found: [{"name": w.name, "text": w.text, "shares": {name: s._asdict() for name, s in w.shares.items()},
                           "beyond_chance": sorted(w.beyond)} for w in found]
    return {"schema": SCHEMA, "lines": lines(result), "studies": rows(worths(result)), "numbers": rows(single_numbers(result)),
            "people_in_each_arm": [None if math.isinf(n) else n for n in arms]}


def lines(result: Result) -> list[str]:
    """What to measure next, in a few sentences."""
    studies, numbers = worths(result), single_numbers(result)
    if not studies:
        return [f"Which measurement would decide is told from {FEW} draws of what is not known on."
                if result.draws.size // result.draws.people < FEW else "Nothing is asked here whose spread a study could narrow."]
    found = [_best(studies, name, numbers) for name in studies[0].shares]
    found += of_the_trial(result)
    if result.draws.people == 1:
        found.append("With one person in each draw these shares are of what is not known and of how people differ together.")
    return found


def of_the_trial(result: Result) -> list[str]:
    """How many people a blinded trial of magnesium's part would need; nothing where that is not known."""
    arms = people_in_each_arm(result)
    if not arms:
        return []
    to_find = "To find magnesium's part of the relief after 20 min with a chance of 0.8 a blinded trial needs"
    if len(arms) == 1:
        told = f"{to_find} {people(arms[0])} people in each of two arms, if people differ as draws do"
    else:
        few, middle = people(arms[2]), people(arms[1])
        told = f"{to_find} {middle} people in each of two arms, {'even if' if few == middle else f'{few} if'} what is not known is favourable"
    return [f"{told}; that changes of pain scatter by {blinded_trial().points:g} points is assumed."]


def _best(studies: tuple[Worth, ...], name: str, numbers: tuple[Worth, ...]) -> str:
    """Which study, and which single number, would narrow this most, as far as it is more than chance."""
    most = lambda found: max((w for w in found if name in w.beyond and w.shares[name].value >= LEAST), key=lambda w: w.shares[name].value,
                             default=None)
    study, best = most(studies), most(numbers)
    told = (f"None of the studies below would take away a twentieth of the spread of {name}" if study is None else
            f"Of the spread of {name}, {percent(study.shares[name])} would go with this study: {study.name}")
    return f"{told}." if best is None else f"{told}; {percent(best.shares[name])} if one number, {best.name}, were known exactly."


def rows(result: Result) -> dict:
    """{targets, studies, numbers} as words for a table."""
    words = lambda found: [(w.name, w.text, [percent(share) for share in w.shares.values()]) for w in found]
    studies = worths(result)
    return {"targets": list(studies[0].shares) if studies else [], "studies": words(studies), "numbers": words(single_numbers(result))}
