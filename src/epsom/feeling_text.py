"""What would be felt, in words and as data: the model's own fixed phrases with a run's numbers."""

from __future__ import annotations

import numpy as np

from epsom import feeling
from epsom.answer import percent
from epsom.core.digits import digits
from epsom.feeling import PAIN, Chance, Range, Shares
from epsom.result import Result

SCHEMA = "epsom-felt/2"
NOT_MODELLED = ("Ratings are what a person feels, before rounding, chance and bad memory.",)
NOTHING = 0.05               # of a point; below it a rating is told as none


def points(value: float) -> str:
    """A number of points with two decimals, one where there are whole points."""
    text = f"{value:.2f}" if abs(value) < 1 else f"{value:.1f}"
    return text if float(text) else "0"


def told(found: Range) -> str:
    """Middle and interval in points."""
    return f"{points(found.middle)} ({points(found.low)} to {points(found.high)})"


def mean_told(found: Range) -> str:
    """Mean and interval in points: shares add up in the mean."""
    return f"{points(found.mean)} ({points(found.low)} to {points(found.high)})"


def minutes(seconds: float) -> str:
    """A time within the hour as people say it."""
    return f"{digits(seconds / 60)} min" if seconds >= 60 else f"{digits(seconds)} s"


def data(result: Result) -> dict | None:
    """The content of the summary's "felt": everything below as numbers; None where the model says nothing about feeling."""
    if not feeling.felt(result):
        return None
    found = {"schema": SCHEMA, "lines": lines(result), "not_modelled": list(NOT_MODELLED),
             "noticed": [{"minutes": m, **{word: r._asdict() for word, r in ratings.items()}} for m, ratings in feeling.noticed(result)]}
    if feeling.hurts(result.scenario):
        found |= {"relief": [{"s": t, **r._asdict()} for t, r in feeling.relief(result).items()],
                  "chances": [_chance(c) for c in feeling.chances(result)],
                  "shares": [{"s": t, **_as_data(s)} for t, s in feeling.shares(result).items()],
                  "of_a_hundred": [{"of": name, "with": a, "without": b} for name, a, b in feeling.of_a_hundred(result)],
                  "with_and_without_magnesium": [{"threshold": t.told, "with": a, "without": b}
                                                 for t, a, b in feeling.with_and_without(result)]}
    return found


def _chance(c: Chance) -> dict:
    return {"threshold": c.threshold.told, "source": c.threshold.source, "share_of_draws": c.share,
            "chance_by_knowledge": list(c.by_knowledge) if c.by_knowledge else None, "first_s": c.first}


def _as_data(s: Shares) -> dict:
    each = lambda table: {name: r._asdict() for name, r in table.items()}
    groups = {name: g.owen._asdict() | {"last_in": g.last_in._asdict(), "assumed": g.assumed and g.assumed._asdict()}
              for name, g in s.groups.items()}
    return {"total": s.total._asdict(), "course": s.course._asdict(), "effects": each(s.effects), "groups": groups,
            "last_in": each(s.last_in), "first_in": each(s.first_in),
            "interactions": {f"{a} and {b}": r._asdict() for (a, b), r in s.interactions.items()}, "trial": s.trial._asdict()}


def lines(result: Result) -> list[str]:
    """The answer in a few sentences."""
    found = of_relief(result) if feeling.hurts(result.scenario) else ["No pain is stated, so there is none that could fall."]
    return [*found, *of_noticing(result)]


def of_relief(result: Result) -> list[str]:
    """How far the pain falls, how sure that is, and who deserves the credit."""
    start = float(result[PAIN][:, 0].mean())
    fallen = feeling.relief(result)
    stated = "" if result.scenario.complaint.pain is not None else " (assumed: none was stated)"
    if not fallen:
        return [f"The pain of {points(start)} of 10{stated} is followed for less than ten minutes."]
    course = "; ".join(f"{told(r)} after {minutes(t)}" for t, r in fallen.items())
    found = [f"In this model the pain of {points(start)} of 10{stated} falls by so many points: {course}."]
    for t, s in feeling.shares(result).items():
        if t == told_at(result):
            parts = ", ".join(f"{name} {mean_told(g.owen)}" for name, g in s.groups.items())
            found.append(f"After {minutes(t)} {points(s.total.mean)} points on average are shared so: {parts}; "
                         f"{points(s.course.mean)} would have come anyway.")
            if "magnesium" in result.solutes:
                found.append(f"A trial in which nothing differs but what magnesium does to nerve would see {mean_told(s.trial)} points at "
                             "that time.")
            found.append(f"{_assumed(s)}Shares rest on {rests_on(result)}.")
    best = feeling.chances(result)[0]
    when = f", in the middle of those after {minutes(best.first)}" if best.first is not None else ""
    last = max(t for t in fallen if t <= feeling.TIMES[1])
    still = f"; after {minutes(last)} it holds in {100 * feeling.holds(result, best.threshold, last):.0f} %"
    found.append(f"{best.threshold.told.capitalize()} is reached within {window(result)} in {100 * best.share:.0f} % of draws{when}{still}.")
    if best.by_knowledge:
        low, middle, high = (f"{100 * x:.0f}" for x in best.by_knowledge)
        found.append(f"For one person that is a chance of {middle} %; of {low} % if what is not known is unfavourable, of {high} % if "
                     "it is favourable.")
    return found


def _assumed(s: Shares) -> str:
    """How much of the groups' spreads is merely assumed, where that is known."""
    parts = [f"{name} {percent(g.assumed)}" for name, g in s.groups.items() if g.assumed]
    return f"Of their spreads so much rests on assumed numbers: {', '.join(parts)}. " if parts else ""


def told_at(result: Result) -> float:
    """The time at which shares are told in a sentence: 20 min, or the last before it."""
    times = [t for t in feeling.shares(result) if t <= feeling.TIMES[1]]
    return times[-1] if times else 0.0


def of_noticing(result: Result) -> list[str]:
    """What is noticed besides pain, at the minute at which it is strongest."""
    found = []
    for rating, word in list(feeling.RATINGS.items())[:3]:
        t, most = feeling.strongest(result, rating)
        if most.high >= NOTHING:
            found.append(f"{word.capitalize()}: {told(most)} of 10, most after {minutes(t)}.")
    return found or [f"Neither cool nor warmth nor sting would be noticed within {window(result)}."]


def window(result: Result) -> str:
    """How much of the run is looked at for what is felt."""
    return f"the first {minutes(min(feeling.TIMES[-1], float(result.times[-1])))}"


def rests_on(result: Result) -> str:
    """From how many draws shares come."""
    few = np.unique(result.credit.which // result.draws.people)
    return f"{known(result)} draws, those of single effects on {len(result.credit.which)} of them ({len(few)} of what is not known)"


def known(result: Result) -> int:
    """Draws of which the outcome of every union of groups is known."""
    return int(np.isfinite(result.unions.outcomes[PAIN]).all((1, 2)).sum())


def share_rows(result: Result) -> list[tuple[str, str, list[str], str, str]]:
    """[(group or effect, kind, its share at each time, share of its spread that is assumed, what is known of it)]: groups first, then
    effects, then what a trial would see. What is assumed is told at the time at which shares are told in a sentence."""
    by_time = feeling.shares(result)
    if not by_time:
        return []
    found, at = list(by_time.values()), by_time[told_at(result)]
    by_name = {e.name: e for e in feeling.effects()}
    assumed = lambda g: percent(g.assumed) if g.assumed else "-"
    rows = [("comes anyway", "", [mean_told(s.course) for s in found], "-",
             "natural course and the fluctuation that brought the person here")]
    rows += [(name, "group", [mean_told(s.groups[name].owen) for s in found], assumed(g), "Owen value") for name, g in at.groups.items()]
    rows += [("everything", "sum", [mean_told(s.total) for s in found], "-", "")]
    rows += [(name, e.group, [mean_told(s.effects[name]) for s in found], "-", e.known) for name, e in by_name.items()]
    trial = [mean_told(s.trial) for s in found]
    return [*rows, ("a trial would see", "contrast", trial, "-", "everything, less the same without what magnesium does to nerve")]


def chance_rows(result: Result) -> list[tuple[str, str, str, str, str]]:
    """[(threshold, share of draws, first reached, with and without magnesium's effects, chance by knowledge)]."""
    compared = {t.name: (a, b) for t, a, b in feeling.with_and_without(result)}
    rows = []
    for c in feeling.chances(result):
        both = compared.get(c.threshold.name)
        known = " / ".join(f"{100 * x:.0f} %" for x in c.by_knowledge) if c.by_knowledge else "-"
        rows.append((c.threshold.told, f"{100 * c.share:.0f} %", "-" if c.first is None else minutes(c.first),
                     f"{100 * both[0]:.0f} % / {100 * both[1]:.0f} %" if both else "-", known))
    return rows


def pain_text(result: Result) -> str:
    """The picture of pain in words."""
    course = "; ".join(f"{told(r)} points less after {minutes(t)}" for t, r in feeling.relief(result).items())
    start = points(float(result[PAIN][:, 0].mean()))
    return f"Simulated pain over {window(result)} from {start} of 10, median with draws{': ' * bool(course)}{course}."


def shares_text(result: Result) -> str:
    """The picture of shares in words."""
    parts = []
    for t, s in feeling.shares(result).items():
        groups = ", ".join(f"{name} {points(g.owen.mean)}" for name, g in s.groups.items())
        parts.append(f"after {minutes(t)} {groups}, anyway {points(s.course.mean)}")
    return ("Simulated points of relief by who deserves the credit (bars: means; lines: nine in ten draws; hatched: more than half of the "
            f"spread is assumed): {'; '.join(parts)}.")


def hundred_text(result: Result) -> str:
    """The picture of a hundred dots in words."""
    parts = [f"{name}: {100 * a:.0f} with magnesium's effects on nerve, {100 * b:.0f} without" for name, a, b in feeling.of_a_hundred(result)]
    mixed = " Draws mix what is not known with how people differ." if parts[0].startswith("of 100 draws") else ""
    return f"Simulated: how many are {feeling.thresholds()[0].told} at 10 to 60 min; {'; '.join(parts)}.{mixed}"


def noticed_text(result: Result) -> str:
    """The picture of cool, warmth and sting in words."""
    return f"Simulated ratings of cool, warmth and sting over {window(result)} (median, half of the draws). " + " ".join(of_noticing(result))
