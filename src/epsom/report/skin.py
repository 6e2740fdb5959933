"""What is told of one solute in the skin: tables, pictures and their words."""

from __future__ import annotations

from epsom import answer as asked
from epsom import plots
from epsom.report import pictures
from epsom.result import Result


def amounts(result: Result, solute: str, found: list[asked.Answer]) -> dict:
    """Applied, entered, reached: the ledger and its two tables."""
    own = [a for a in found if a.solute == solute]
    told = [a for a in own if a.variable.partition("[")[0] in asked.AMOUNTS]
    names = list(dict.fromkeys(a.key.partition(".")[2] for a in told))
    by = {a.key: a for a in own}
    rises = [(asked.RISES[word], by[f"{word}.peak"], by[f"{word}.peak_time"]) for word in asked.RISES]
    return {"name": solute, "times": [str(result.scenario.duration) if name == "end" else name for name in names],
            "applied": by["applied_amount.end"].interval,
            "amounts": [(what, [by[f"{word}.{name}"].interval for name in names]) for word, what in asked.AMOUNTS.items()],
            "rises": [(where, peak.interval, time.interval + (f"; {time.note}" if time.note else ""), peak.weakest_grade,
                       asked.percent(peak.assumed) if peak.assumed else "-") for where, peak, time in rises],
            "ledger": pictures.ledger(result, solute, ledger_text(own, result))}


def around(result: Result, solute: str, found: list[asked.Answer]) -> dict | None:
    """Near follicles and between them; None where there are none."""
    if not asked.has_pattern(result):
        return None
    own = [a for a in found if a.solute == solute]
    return {"name": solute, "rows": around_follicles(own), "picture": pictures.around(result, solute, pattern_text(own)),
            "early": asked.EARLY, "near_width": asked.near_width(result)}


def over_time(result: Result, solute: str) -> dict:
    """Rises over time, and by depth and time."""
    fans = [pictures.fan(result, variable) for variable in plots.shown_rises(result, solute)]
    return {"name": solute, "pictures": [*fans, pictures.depth(result, solute, depth_text(result, solute))]}


def around_follicles(own: list[asked.Answer]) -> list[tuple]:
    """Rows of (layer, zone, rises at the early reading times)."""
    named = {a.key: a.interval for a in own}
    return [(asked.RISES[word], where, [named.get(f"{word}{zone}.{name}", "-") for name in asked.EARLY])
            for word in asked.PATTERNED for zone, where in asked.ZONES.items()]


def pattern_text(own: list[asked.Answer]) -> str:
    """The picture of the pattern around follicles in words."""
    named = {a.key: a.interval for a in own}
    told = "; ".join(f"{where} {named[key]}" for zone, where in asked.ZONES.items()
                     if (key := f"{asked.PATTERNED[1]}{zone}.{asked.EARLY[0]}") in named)
    return ("Simulated rise in the papillary dermis near follicles, on average and between them, medians with 50 % of draws"
            + (f". After {asked.EARLY[0]}: {told}." if told else "."))


def ledger_text(own: list[asked.Answer], result: Result) -> str:
    """The ledger picture in words."""
    end = str(result.scenario.duration)
    named, needed = {a.key: a.interval for a in own}, "interpretable_amount.end"
    return (f"Simulated, after {end} (dot: median; bars: 50, 80 and 95 % of draws): applied {named['applied_amount.end']}; left the film "
            f"{named['entered_amount.end']}; passed the corneum {named['crossed_amount.end']}; carried off by blood "
            f"{named['blood_uptake_amount.end']}"
            + (f"; {named[needed]} would have to reach blood at once for a test on one person to tell." if needed in named else "."))


def depth_text(result: Result, solute: str) -> str:
    """The depth-time map in words."""
    import numpy as np

    profile = result.profiles[solute]
    median = profile.quantiles[profile.levels.index(0.5)]
    k = int(median[:, 0].argmax())
    half = profile.depths[np.argmax(median[k] <= median[k, 0] / 2)] * 1e3
    return (f"Map of the simulated median rise of {solute} by depth and time. It is highest at the top of the living "
            f"tissue, {median[k, 0]:.2g} mmol/L at {result.times[k] / 3600:.2g} h, and half of that {half:.2g} mm deeper.")
