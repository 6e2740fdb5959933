"""The pictures of a run, each with its words and the table behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from epsom import answer as asked
from epsom import cross_section, feeling, feeling_plots, feeling_text, plots, spread_plots, surface_plots
from epsom.answer import Answer
from epsom.core.digits import digits
from epsom.result import Result, between

FAN = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
HALF = (0.25, 0.5, 0.75)
EARLY = (60.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0, 14400.0, 21600.0, 28800.0, 43200.0)
DEPTHS = (0.05e-3, 0.2e-3, 1e-3, 3e-3, 10e-3)       # m at which the map of depth and time is told in numbers


class Picture(NamedTuple):
    """A picture of a page.

    Attributes
    ----------
    name : stable, for files and links.
    svg : drawn.
    words : what it shows, for those who do not see it.
    header, rows : the table behind it.
    caption : where the words would only repeat what the picture says in letters; else they are the caption.
    """

    name: str
    svg: str
    words: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""


def _percent(level: float) -> str:
    return "median" if level == 0.5 else f"{100 * level:g} %"


def _times(result: Result, last: float) -> list[tuple[str, float]]:
    """(how it is told, s) of reading times up to `last` and the run's end."""
    found = [(feeling_text.minutes(t) if t < 7200 else f"{digits(t / 3600)} h", t) for t in EARLY if t <= min(last, result.times[-1])]
    end = float(result.times[-1])
    return found if end > last or (found and found[-1][1] == end) else [*found, (str(result.scenario.duration), end)]


def _course(result: Result, values: np.ndarray, last: float, levels: Sequence[float], offset: float = 0.0):
    """Rows (time, quantiles) of (draws, times)."""
    return tuple((name, *(digits(float(q) + offset) if not offset else f"{q + offset:.1f}"
                          for q in np.quantile(between(result.times, values, t), levels))) for name, t in _times(result, last))


def drawing(result: Result, solute: str, found: list[Answer]) -> Picture:
    """The skin in section."""
    places = cross_section.places(result, solute, found)
    return Picture(f"drawing-{solute}", plots.as_svg(cross_section.cross_section(result, solute, found)),
                   cross_section.in_words(result, solute, found), ("where", "simulated: median (nine in ten draws)"),
                   tuple((p.name, p.numbers.replace("\n", ", ")) for p in places),
                   f"The bluer a layer the more {solute} rises there at most. Median (nine in ten draws); \u201cmore\u201d is over what was "
                   "there. Simulated.")


def ledger(result: Result, solute: str, words: str) -> Picture:
    """Where the dose goes."""
    mg = result.parameters[f"{solute}.molar_mass"].si * 1e6
    rows = tuple((name, *(digits(float(q)) for q in np.quantile(result[f"{word}[{solute}]"][:, -1] * mg, FAN)))
                 for name, word in plots.ledger_rows(result, solute).items())
    return Picture(f"ledger-{solute}", plots.as_svg(plots.ledger(result, solute)), words, ("mg", *map(_percent, FAN)), rows)


def around(result: Result, solute: str, words: str) -> Picture:
    """Near follicles, on average and between them."""
    word = result.words[f"papillary_dermis_concentration[{solute}]"]
    rows = tuple((name, where, *(digits(float(q) * word.shown_factor) for q in np.quantile(
        result.at(f"papillary_dermis_concentration{zone}[{solute}]", t), HALF)))
        for name, t in _times(result, plots.FIRST_HOURS * 3600) for zone, where in asked.ZONES.items())
    return Picture(f"around-follicles-{solute}", plots.as_svg(plots.around_follicles(result, solute)), words,
                   ("after", "where", *(f"{_percent(x)}, {_unit(word.shown_unit)}" for x in HALF)), rows)


def _unit(text: str) -> str:
    return text.replace("umol", "µmol")


def fan(result: Result, variable: str) -> Picture:
    """A rise over time."""
    word = result.words[variable]
    header = ("after", *(f"{_percent(x)}, {_unit(word.shown_unit)}" for x in FAN))
    return Picture(variable.replace("[", "-").rstrip("]"), plots.as_svg(plots.fan(result, variable)),
                   plots.alternative_text(result, variable), header,
                   _course(result, result[variable] * word.shown_factor, float(result.times[-1]), FAN))


def depth(result: Result, solute: str, words: str) -> Picture:
    """The map of depth and time."""
    profile = result.profiles[solute]
    median = profile.quantiles[profile.levels.index(0.5)]
    rows = tuple((name, *(digits(float(np.interp(d, profile.depths, [np.interp(t, result.times, median[:, k])
                                                                          for k in range(len(profile.depths))]))) for d in DEPTHS))
                 for name, t in _times(result, float(result.times[-1])))
    return Picture(f"depth-{solute}", plots.as_svg(plots.depth_time(result, solute)), words,
                   ("after", *(f"at {digits(d * 1e3)} mm, mmol/L (median)" for d in DEPTHS)), rows)


def film(result: Result, solute: str) -> Picture:
    """The film as it dries."""
    courses = surface_plots.film_courses(result, solute)
    early = result.times < plots.FIRST_HOURS * 3600
    rows = tuple((name, *(digits(float(np.median(between(result.times[early], values, t)))) for values in courses.values()))
                 for name, t in _times(result, plots.FIRST_HOURS * 3600))
    told = "; ".join(f"{what} {row}" for what, row in zip(courses, rows[-1][1:]))
    return Picture(f"film-{solute}", plots.as_svg(surface_plots.film(result, solute)),
                   f"The simulated film over the first hours, medians with half of the draws. After {rows[-1][0]}: {told}.",
                   ("after", *(f"{what} (median)" for what in courses)), rows)


def temperature(result: Result) -> Picture:
    """The skin's temperature against what is felt."""
    limits = {name: at - surface_plots.KELVIN for name, at in surface_plots.felt_limits(result).items()}
    early = result.times <= surface_plots.HOUR
    middle = np.median(result["skin_temperature"][:, early], axis=0) - surface_plots.KELVIN
    k = int(abs(middle - limits["usual"]).argmax())
    when = feeling_text.minutes(result.times[k]) if k else "the start"
    words = (f"Simulated temperature of the treated skin over the first hour: from {middle[0]:.1f} °C; farthest from that at {when} with "
             f"{middle[k]:.1f} °C (median). A quick change is felt as cool below {limits['cool is felt']:.1f} °C and as warmth above "
             f"{limits['warmth is felt']:.1f} °C; a slow one must be larger.")
    return Picture("skin-temperature", plots.as_svg(surface_plots.temperature(result)), words,
                   ("after", *(f"{_percent(x)}, °C" for x in FAN)),
                   _course(result, result["skin_temperature"], surface_plots.HOUR, FAN, -surface_plots.KELVIN))


def pain(result: Result) -> Picture:
    """The pain rating over the first hour."""
    return Picture("pain", plots.as_svg(feeling_plots.pain(result)), feeling_text.pain_text(result),
                   ("after", *(f"{_percent(x)}, of 10" for x in FAN)), _course(result, result[feeling.PAIN], feeling.TIMES[-1], FAN))


def shares(result: Result) -> Picture:
    """Who deserves the credit."""
    rows = tuple((feeling_text.minutes(t), name, feeling_text.mean_told(found)) for t, s in feeling.shares(result).items()
                 for name, found in (("comes anyway", s.course), *((name, g.owen) for name, g in s.groups.items())))
    return Picture("shares", plots.as_svg(feeling_plots.shares(result)), feeling_text.shares_text(result),
                   ("after", "who", "points: mean (nine in ten draws)"), rows)


def hundred(result: Result) -> Picture:
    """Of a hundred, with and without magnesium's effects."""
    rows = tuple((name, f"{100 * a:.0f}", f"{100 * b:.0f}") for name, a, b in feeling.of_a_hundred(result))
    return Picture("of-a-hundred", plots.as_svg(feeling_plots.hundred(result)), feeling_text.hundred_text(result),
                   ("of", "with magnesium's effects on nerve", "without"), rows)


def noticed(result: Result) -> Picture:
    """Cool, warmth and sting."""
    names = ("cool_rating", "warmth_rating", "sting_rating")
    rows = tuple((time, feeling.RATINGS[name], *map(feeling_text.points, map(float, np.quantile(result.at(name, t), HALF))))
                 for time, t in _times(result, feeling.TIMES[-1]) for name in names)
    return Picture("noticed", plots.as_svg(feeling_plots.noticed(result)), feeling_text.noticed_text(result),
                   ("after", "what", *(f"{_percent(x)}, of 10" for x in HALF)), rows)


def people(result: Result) -> list[Picture]:
    """How people differ, of each number that is shown by person."""
    found = []
    for k, (what, values) in enumerate(spread_plots.people_shown(result).items()):
        chosen = spread_plots.among_people(values, result.draws.people)
        rows = tuple((name, *(digits(float(q)) for q in np.quantile(own, FAN))) for name, own in chosen.items())
        told = "; ".join(f"{name} {row[FAN.index(0.5) + 1]} ({row[1]} to {row[-1]})" for name, row in zip(chosen, rows))
        draws = len(values) // result.draws.people
        words = (f"Simulated: how {result.draws.people} people differ in {what}, in three of {draws} draws of what is not known, those whose "
                 f"middle person is nearest to 5, 50 and 95 % of all (dot: middle person; bars: 50, 80 and 95 % of people): {told}.")
        found.append(Picture(f"people-{k + 1}", plots.as_svg(spread_plots.people(result, what)), words,
                             ("draw of what is not known", *(f"{_percent(x)} of people" for x in FAN)), rows))
    return found


def split(answers: Sequence[Answer]) -> Picture:
    """Ignorance against people, of each headline number."""
    from epsom.certainty import HEADLINE

    rows = tuple((a.solute, HEADLINE[a.key], asked.percent(a.split.unknown)) for a in answers if a.key in HEADLINE and a.split)
    told = "; ".join(f"{what} {share}" for _, what, share in rows)
    return Picture("not-known-or-people", plots.as_svg(spread_plots.split(answers)),
                   f"Simulated: share of each spread that is not known (line: 90 % interval); the rest is how people differ. {told}.",
                   ("of", "number", "share of its spread that is not known"), rows)


def dominant(result: Result) -> Picture:
    """Which numbers the uncertainty hangs on."""
    found = spread_plots.matters_most(result)
    rows = tuple((target, name, result.parameters[name].grade, asked.percent(asked.Share(*share)))
                 for target, own in found.items() for name, *share in own)
    told = "; ".join(f"of {target} {own[0][0]} with {100 * own[0][1]:.0f} %" for target, own in found.items())
    return Picture("hangs-on", plots.as_svg(spread_plots.dominant(result)),
                   f"Simulated: which single numbers a spread hangs on most, beyond chance (bars: share that would go if it were known "
                   f"exactly; lines: 90 % interval): {told}.", ("of the spread of", "number", "its grade", "share that would go"), rows)
