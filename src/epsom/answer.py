"""What a Result answers, each number with its interval, weakest grade and the share of its spread that is assumed.

The sentences are the model's own fixed phrases. They never use the words that grade bodies of studies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np

from epsom.core.digits import digits
from epsom.numerical import Numerical, moves, stored
from epsom.result import Result, between
from epsom.variance_components import Estimate, Split, split

LEVELS = (0.05, 0.5, 0.95)
RESAMPLES = 200
HARM = 2.0                   # mmol/L of serum magnesium: ileus and slow heart are reported from 2.1 on (docs/safety.md)
READING_TIMES = {"20 min": 1200.0, "1 h": 3600.0, "4 h": 14400.0, "8 h": 28800.0}
PREFIXES = (("", 1.0), ("m", 1e-3), ("µ", 1e-6), ("n", 1e-9))
SMALLEST = {"g": 1e-9, "mol/L": 1e-9, "m": 1e-9}       # below one nanogram, nanomole a litre or nanometre a number says no more
MOMENT = 1 / 60              # h; below it a time says no more
AMOUNTS = {"entered_amount": "left the film into corneum and follicles",
           "crossed_amount": "passed the stratum corneum into living tissue",
           "blood_uptake_amount": "been carried off by blood"}
RISES = {"viable_epidermis_concentration": "viable epidermis", "papillary_dermis_concentration": "papillary dermis",
         "lower_dermis_concentration": "lower dermis", "subcutis_concentration": "subcutis",
         "upper_muscle_concentration": "upper muscle", "plasma_concentration": "plasma"}
EARLY = ("20 min", "1 h", "4 h")
ZONES = {"": "on average", "_near_follicles": "near follicles", "_between_follicles": "between follicles"}
PATTERNED = ("viable_epidermis_concentration", "papillary_dermis_concentration")     # told near follicles and between them
UNRESOLVED = 1 / 20          # of the mean; what is less between follicles is not resolved (docs/mechanisms/perifollicular.md)
GRADE_MEANING = {"A": "human data for this very quantity", "B": "human data on another agent or route, or pig skin",
                 "C": "animal, cell or theory", "D": "assumed"}
ROUNDING = 1e-12             # relative; numbers that differ by less are the same
STILL_RISING = 0.05          # share of draws from which on it is said
FEW_UNRESOLVED = 0.01        # share of draws; so few move no interval that is told, and are told where it is said how sure each number is
OUT_OF_RANGE = 20.0          # mol/m^3; above it the solute is no trace ion and the model's transport is not meant for it


class Share(NamedTuple):
    """Share of the spread that comes from assumed numbers, with its 90 % Monte Carlo interval (0 to 1)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Answer:
    """One number that the run answers.

    Attributes
    ----------
    key : stable name, as in "crossed_amount.4 h".
    variable : the readout it is read from.
    solute : of which solute.
    text : what it is, continuing "In this model, ...".
    unit : of low, middle and high.
    low, middle, high : 5 %, 50 % and 95 % over draws.
    weakest_grade : of the numbers it rests on.
    assumed : Share, or None where nothing behind it is drawn.
    note : what else must be said with it.
    floor : what low, middle and high are told to be less than where they are; None where all is resolved.
    split : how much of its spread is ignorance and how much people, or None where draws cannot tell.
    numerical : how far it moves on a finer grid and with finer steps, or None where that was not measured.
    """

    key: str
    variable: str
    solute: str
    text: str
    unit: str
    low: float
    middle: float
    high: float
    weakest_grade: str
    assumed: Share | None
    note: str = ""
    split: Split | None = None
    numerical: Numerical | None = None
    floor: tuple[float, float, float] | None = None

    @property
    def interval(self) -> str:
        """The number as people read it: middle and interval, each in the unit that suits its size."""
        return said(self.low, self.middle, self.high, self.unit, self.floor)

    @property
    def sentence(self) -> str:
        """The fixed phrase."""
        if self.variable.startswith("applied_amount"):
            return f"In this model, {self.text}: {self.interval}. It follows from the scenario alone."
        doubt = "" if self.assumed is None else f"; {percent(self.assumed)} of its spread rests on assumed numbers"
        more = f" ({self.note})" if self.note else ""
        return f"In this model, {self.text}: {self.interval}{more}. Weakest number behind it: grade {self.weakest_grade}{doubt}."

    def as_dict(self) -> dict:
        """The same as plain data, for JSON."""
        known = self.split and {**self.split._asdict(), "unknown": self.split.unknown._asdict(), "factor": self.split.factor._asdict(),
                                "typical": list(self.split.typical)}
        return {**asdict(self), "assumed": self.assumed._asdict() if self.assumed else None, "split": known,
                "numerical": self.numerical.as_dict() if self.numerical else None, "sentence": self.sentence}


def percent(share: Share | Estimate) -> str:
    """A share with its interval."""
    return f"{100 * share.value:.0f} % ({100 * share.low:.0f} to {100 * share.high:.0f} %)"


def readable(value: float, unit: str) -> str:
    """Two significant digits with the prefix that suits the size, for units of g, mol/L and m; tiny values as "< 1 ng"."""
    if unit == "h" and 0 < value < 1:
        return f"{digits(60 * value)} min"
    if unit not in SMALLEST:
        return f"{digits(value)} {unit}".rstrip()
    if abs(value) < SMALLEST[unit]:
        return f"< 1 n{unit}" if value >= 0 else f"> -1 n{unit}"
    number, prefix = next((value / size, prefix) for prefix, size in PREFIXES if abs(float(f"{value / size:.1e}")) >= 1)
    return f"{digits(number)} {prefix}{unit}"


def said(low: float, middle: float, high: float, unit: str, floor: tuple[float, float, float] | None = None) -> str:
    """A middle with its interval in brackets; the middle alone where nothing varies but by rounding. Below its floor a number is
    told as less than that."""
    if high - low <= ROUNDING * abs(middle):
        return readable(middle, unit)
    texts = [f"< {readable(least, unit)}" if least > 0 and x < least else readable(x, unit)
             for x, least in zip((low, middle, high), floor or (0.0, 0.0, 0.0))]
    return f"{texts[1]} ({texts[0]} to {texts[2]})"


def assumed_share(first: np.ndarray, again: np.ndarray, seed: int, people: int = 1) -> Share | None:
    """Total effect of the assumed numbers by pick-freeze (Jansen 1999): half the mean square change when they alone are
    redrawn, over the variance. On the logarithm where all values are positive, as amounts and concentrations are. Interval by
    resampling knowledge draws, each with all its `people`, because people who share a knowledge draw are not independent."""
    if (first > 0).all() and (again > 0).all():
        first, again = np.log(first), np.log(again)
    return assumed_share_as_it_is(first, again, seed, people)


def assumed_share_as_it_is(first: np.ndarray, again: np.ndarray, seed: int, people: int = 1) -> Share | None:
    """The same without a logarithm, for numbers that may be negative: points of relief."""
    if not np.ptp(np.concatenate([first, again])) > 1e-9 * abs(np.concatenate([first, again])).max():
        return None
    rng = np.random.default_rng(seed)
    blocks = len(first) // people
    drawn = np.vstack([np.arange(blocks), rng.integers(0, blocks, (RESAMPLES, blocks))])
    rows = (drawn[:, :, None] * people + np.arange(people)).reshape(RESAMPLES + 1, -1)
    a, b = first[rows], again[rows]
    spread = (a.var(1) + b.var(1)) / 2
    found = np.divide(((a - b) ** 2).mean(1) / 2, spread, out=np.zeros(len(rows)), where=spread > 0)
    low, high = np.quantile(found[1:], (0.05, 0.95))
    return Share(*(float(np.clip(x, 0, 1)) for x in (found[0], low, high)))


@lru_cache(maxsize=1)
def answers(result: Result) -> tuple[Answer, ...]:
    """All answers of a result, in the order in which a report tells them."""
    return tuple(answer for solute in result.solutes for answer in _of(result, solute))


def _of(result: Result, solute: str) -> Iterator[Answer]:
    gram = result.parameters[f"{solute}.molar_mass"].si * 1e3            # per mol
    end = float(result.times[-1])
    duration = str(result.scenario.duration)
    times = {name: (name, t) for name, t in READING_TIMES.items() if t < end} | {"end": (duration, end)}
    kept = {} if result.checked else stored(result.provenance["case"])

    def answer(key, word, text, unit, read, factor, note=""):
        variable = f"{word}[{solute}]"
        first = read(result.readouts[variable]) * factor
        again = read(result.redrawn[variable]) * factor if result.redrawn else None
        low, middle, high = (float(q) for q in np.quantile(first, LEVELS))
        share = None if again is None else assumed_share(first[: len(again)], again, result.draws.seed, result.draws.people)
        least, numerical = SMALLEST.get(unit, MOMENT), kept.get(f"{solute}.{key}")
        if result.checked:
            plain = first[result.checked.which]
            numerical = Numerical(*(moves(plain, read(finer[variable]) * factor, least)
                                    for finer in (result.checked.cells, result.checked.steps)), len(plain))
        return Answer(key, variable, solute, text, unit, low, middle, high, result.weakest_grade(variable), share, note,
                      split(first, result.draws.people, result.draws.seed, least), numerical)

    def when(t):
        return lambda values: between(result.times, values, t)

    yield answer("applied_amount.end", "applied_amount", f"{solute} applied in all", "g", when(end), gram)
    for word, what in AMOUNTS.items():
        for key, (name, t) in times.items():
            yield answer(f"{word}.{key}", word, f"{solute} that has {what} after {name}", "g", when(t), gram)
    if f"plasma_interpretable_amount[{solute}]" in result.readouts and np.all(result[f"plasma_interpretable_amount[{solute}]"] > 0):
        yield answer("interpretable_amount.end", "plasma_interpretable_amount",
                     f"{solute} that would have to reach blood at once for a test on one person to tell", "g", when(end), gram)
    for word, where in RISES.items():
        rising = float(np.mean(result.readouts[f"{word}[{solute}]"].argmax(1) == len(result.times) - 1))
        note = f"still rising at the end of the run in {100 * rising:.0f} % of draws" if rising > STILL_RISING else ""
        yield answer(f"{word}.peak", word, f"highest rise of {solute} in the {where} within {duration}", "mol/L",
                     lambda values: values.max(1), 1e-3, note)
        yield answer(f"{word}.peak_time", word, f"time of the highest rise of {solute} in the {where} within {duration}", "h",
                     lambda values: result.times[values.argmax(1)], 1 / 3600, note)
    for word, name in product(PATTERNED, (name for name in EARLY if name in times and has_pattern(result))):
        mean, near, between_them = (
            answer(f"{word}{zone}.{name}", f"{word}{zone}", f"rise of {solute} in the {RISES[word]} {where} after {name}", "mol/L",
                   when(READING_TIMES[name]), 1e-3) for zone, where in ZONES.items())
        yield from (mean, near, replace(between_them, floor=tuple(UNRESOLVED * x for x in (mean.low, mean.middle, mean.high))))


def has_pattern(result: Result) -> bool:
    """Whether the site has follicles and the model a pattern around them."""
    density = result.parameters.get(f"{result.scenario.site.name}.follicle_density")
    return "perifollicular.near_width" in result.parameters and density is not None and density.si > 0


def near_width(result: Result) -> str:
    """How wide the ring is that is called near a follicle."""
    return f"{1e3 * result.parameters['perifollicular.near_width'].si:.3g} mm"


def headline(result: Result, found: list[Answer]) -> list[dict]:
    """The one-minute answer for each solute, in fixed sentences with the run's numbers: solute, lines, rests."""
    return [_headline(result, solute, {a.key: a for a in found if a.solute == solute}) for solute in result.solutes]


def _headline(result: Result, solute: str, by: dict[str, Answer]) -> dict:
    end = str(result.scenario.duration)
    applied, crossed, taken = (by[f"{w}.end"] for w in ("applied_amount", "crossed_amount", "blood_uptake_amount"))
    dermis, muscle, plasma = (by[f"{w}.peak"].interval for w in ("papillary_dermis_concentration",
                                                                 "upper_muscle_concentration", "plasma_concentration"))
    baseline, enough = (float(np.median(result[f"{w}[{solute}]"])) for w in ("interstitial_baseline_concentration",
                                                                           "plasma_interpretable_rise"))
    there = f", on top of about {readable(baseline * 1e-3, 'mol/L')} that is there anyway" if baseline else ""
    needed = by.get("interpretable_amount.end")
    told = (f"; a blood test on one person can tell a change from about {readable(enough * 1e-3, 'mol/L')}, for which "
            f"{needed.interval} would have to reach blood at once" if enough and needed else "")
    worst = max(by.values(), key=lambda a: a.weakest_grade).weakest_grade
    rests = f"Weakest number behind this: grade {worst} ({GRADE_MEANING[worst]})."
    if crossed.assumed:
        rests += f" {percent(crossed.assumed)} of the spread of what passes the skin rests on assumed numbers."
    bath = any(step.soak for step in result.scenario.steps)
    share = f", which is {digits(100 * crossed.middle / applied.middle)} % of it" if applied.middle and not bath else ""
    later = {w: by[f"{w}.peak_time"].interval for w in ("upper_muscle_concentration", "plasma_concentration")}
    peak = by["papillary_dermis_concentration.peak_time"]
    after = f"the peak comes after {peak.interval}" + (f" ({peak.note})" if peak.note else "")
    return {"solute": solute, "rests": rests, "lines": [
        f"Of {applied.interval} {'in bath and products' if bath else 'applied'}, {crossed.interval} pass the outer layer of "
        f"the skin within {end}{share}. "
        f"Blood carries off {taken.interval} in that time.",
        f"Just below the surface, in the papillary dermis, the rise peaks at {dermis}{there}; "
        f"{after}.", *around_follicles(by, result),
        f"In the upper muscle the rise peaks at {muscle}, after {later['upper_muscle_concentration']}.",
        f"In blood the rise peaks at {plasma}, after {later['plasma_concentration']}{told}."]}


def around_follicles(by: dict[str, Answer], result: Result) -> list[str]:
    """Early values near follicles and between them; nothing where there are no follicles or the run is too short."""
    for name in EARLY:
        mean, near, between_them = (by.get(f"{PATTERNED[1]}{zone}.{name}") for zone in ZONES)
        if mean and near.middle > 1.05 * mean.middle > 0:
            return [f"Follicles bring it first: after {name} the rise there is {near.interval} within {near_width(result)} of an open "
                    f"follicle, and {between_them.interval} in the half of the skin that is farthest from one."]
    return []


def alarms(result: Result) -> list[str]:
    """Plain warnings that follow from the numbers of this run."""
    found = []
    for solute in result.solutes:
        share = np.mean(np.max([result[f"{word}[{solute}]"].max(1) for word in RISES], axis=0) > OUT_OF_RANGE)
        if share > 0.05:
            found.append(f"In {100 * share:.0f} % of draws {solute} rises above {OUT_OF_RANGE:.0f} mmol/L in living tissue. "
                         "That is a hypertonic injury, and "
                         "outside what this model is meant for.")
    if "magnesium" in result.solutes and (result.scenario.site.barrier_kind == "absent" or reaches_harm(result).any()):
        found.append(time_to_harm(result))
    solver = result.provenance["solver"]
    if unresolved(result) > FEW_UNRESOLVED:
        found.append(told_unresolved(result))
    if solver["draws_left_out"]:
        found.append(f"{len(solver['draws_left_out'])} of {result.draws.knowledge} draws could not be solved and are left out, "
                     "so that extremes may be missing.")
    if result.redrawn is None and any(p.grade == "D" and not p.spread_free for p in result.parameters.values()):
        found.append("None of the draws that were to show how much of the spread is merely assumed could be solved: that share is missing.")
    return found


def unresolved(result: Result) -> float:
    """Share of the draws that still changed with finer steps."""
    return result.provenance["solver"]["draws_not_healed"] / result.draws.size


def told_unresolved(result: Result) -> str:
    """How many draws still changed with finer steps, said in one fixed sentence."""
    many = result.provenance["solver"]["draws_not_healed"]
    return f"{many} of {result.draws.size} draws still changed by more than 2 % with finer steps: some numbers there are not resolved."


def serum(result: Result) -> np.ndarray:
    """(draws, times) total serum magnesium, mmol/L."""
    return result["plasma_concentration[magnesium]"] + result["plasma_baseline_concentration[magnesium]"]


def reaches_harm(result: Result) -> np.ndarray:
    """(draws, times): where serum magnesium is at the level at which harm begins."""
    return serum(result) >= HARM


def time_to_harm(result: Result) -> str:
    """The time until serum magnesium reaches the level where harm begins, said in one fixed sentence."""
    above, level = reaches_harm(result), HARM
    share = above.any(1).mean()
    if not share:
        highest = float(np.quantile(serum(result).max(1), 0.95))
        return (f"Serum magnesium of {level:g} mmol/L is not reached in any draw of this run within {result.scenario.duration}; "
                f"19 of 20 draws stay below {digits(highest)} mmol/L. The model may be wrong.")
    before = above[:, 0].mean()
    already = (f"Serum magnesium is above {level:g} mmol/L in {100 * before:.0f} % of the draws before anything is done, by kidneys that "
               "hardly work; dialysis is not modelled.") if before else ""
    if before == share:
        return already
    first = float(np.quantile(result.times[above.argmax(1)][above.any(1) & ~above[:, 0]], 0.05)) / 3600
    reached = (f"Serum magnesium of {level:g} mmol/L is reached in {100 * (share - before):.0f} % of the draws of this run, in the fastest "
               f"of them after about {digits(first)} h.")
    return f"{already} {reached}".strip()
