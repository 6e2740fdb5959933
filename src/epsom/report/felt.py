"""What is told of feeling: sentences, pictures and tables."""

from __future__ import annotations

from epsom import feeling, feeling_text
from epsom.report import pictures
from epsom.result import Result

OF_GROUPS = ("", "group", "sum", "contrast")         # kinds of rows that are not of a single effect


def felt(result: Result) -> dict | None:
    """Everything that is felt; None where the model says nothing about it."""
    if not feeling.felt(result):
        return None
    rows = feeling_text.share_rows(result)
    drawn = [*relief_pictures(result), pictures.noticed(result), pictures.temperature(result)]
    return {"lines": feeling_text.lines(result), "pictures": drawn,
            "share_times": [feeling_text.minutes(t) for t in feeling.shares(result)], "shares": rows,
            "chances": feeling_text.chance_rows(result) if feeling.hurts(result.scenario) and feeling.relief(result) else [],
            "assumed_at": feeling_text.minutes(feeling_text.told_at(result)) if rows else "",
            "window": feeling_text.window(result), "rests": feeling_text.rests_on(result) if rows else "",
            "noticed": [(m, [feeling_text.told(r) for r in ratings.values()]) for m, ratings in feeling.noticed(result)],
            "words": list(feeling.RATINGS.values()), "not_modelled": feeling_text.NOT_MODELLED}


def relief_pictures(result: Result) -> list[pictures.Picture]:
    """Pain, who deserves the credit, and of a hundred; as far as there are any."""
    if not feeling.hurts(result.scenario):
        return []
    return [pictures.pain(result), *([pictures.shares(result), pictures.hundred(result)] if feeling.shares(result) else [])]


def not_magnesium(result: Result) -> dict | None:
    """How much of the relief is not magnesium; None where no pain is shared out."""
    if not feeling.felt(result) or not feeling.shares(result):
        return None
    at = feeling_text.told_at(result)
    rows = [row for row in feeling_text.share_rows(result) if row[1] in OF_GROUPS]
    return {"lines": feeling_text.of_relief(result), "picture": pictures.shares(result), "rests": feeling_text.rests_on(result),
            "times": [feeling_text.minutes(t) for t in feeling.shares(result)], "rows": rows, "at": feeling_text.minutes(at)}


def sting(result: Result) -> dict | None:
    """What would be noticed besides pain."""
    if not feeling.felt(result):
        return None
    return {"pictures": [pictures.noticed(result), pictures.temperature(result)],
            "lines": feeling_text.of_noticing(result)}
