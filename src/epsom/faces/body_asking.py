"""Text, data, tables and pictures for `epsom body needed`, `detect` and `after`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from epsom import safety, storage
from epsom.core.digits import plain_digits
from epsom.core.errors import EpsomError, InputError, nearest
from epsom.faces.body_telling import (
    Ask,
    Told,
    about,
    built,
    closing,
    harm,
    opening,
    option,
    quantiles,
    span,
    time_course,
    write,
)
from epsom.faces.terminal import clock, table_lines, wrap
from epsom.regimen import MG, Regimen, amount_of_magnesium
from epsom.schema import DAY

WAYS = ("skin", "vein", "mouth")
RISES = (0.2, 0.5, 1.0, 1.5, 2.0)        # times the rise that is asked for, in the picture
FACTORS = tuple(10.0 ** (k / 4) for k in range(-8, 5))           # times the amount that is asked for, in the picture
NO_DOSE = ("This is what would have to get into the body, computed; it is no dose to take. How much of a dose on the skin gets there is "
           "another question: `epsom run` answers it.")
READING = ("Changes: median, and in brackets nine of ten draws. Noise: standard deviation of the difference between two measurements. One "
           "person: chance that the change is more than such differences are in 95 of 100 (2.5 % are seen where there is nothing). "
           "Before, after and two groups: people, or people in each group, for a study with a chance of 80 % (t test, two-sided, 5 %); in "
           "brackets nine of ten over what is not known.")
ALONE = ("This run has one person for each draw, so that people and ignorance are not told apart: numbers of people leave out how "
         "people differ (`epsom run --people 16` has it).")
LABELLED = "Isotopes: if all of the magnesium that is taken up were 26Mg; nature's own stays in the background."
BATH = ("After a hot bath blood holds more or less water for everybody alike. No number of people averages that out: only a group that "
        "bathes in plain water of the same warmth does, and two groups are counted so.")
HEADER = ("looked at", "after", "it changes by", "noise", "one person", "before, after", "two groups")


class Who(NamedTuple):
    """People by options."""

    kind: str
    egfr: str | None


def of_people(name: str, who: Who, duration: str, events: list[dict], ask: Ask) -> Regimen:
    """A regimen from options."""
    person = {"kind": who.kind} | ({"egfr": who.egfr} if who.egfr else {})
    return built({"name": name, "duration": duration, "person": person, "events": events}, None, ask.changes)


def event(way: str, amount: str, over: str, isotope: str | None = None) -> dict:
    """An uptake at the start, as a table of a regimen."""
    if way not in WAYS:
        raise InputError("there is no such way into the body", nearest(way, WAYS), key="--by", value=way)
    labelled = {"isotope": isotope} if isotope else {}
    if way == "mouth":
        return {"at": "0 h", "take": {"amount": amount, **labelled}}
    return {"at": "0 h", ("absorb" if way == "skin" else "infuse"): {"amount": amount, "for": over, **labelled}}


# ---- needed --------------------------------------------------------------------------------------------------------
def amounts(rise: str, within: str, over: str | None, way: str, who: Who, ask: Ask) -> Told:
    """The amount that a rise of serum needs."""
    from epsom.whole_body import grades
    from epsom.whole_body import plots as pictures
    from epsom.whole_body.course import parameters_of, whole_body_model
    from epsom.whole_body.gates import gates
    from epsom.whole_body.needed import needed

    event(way, "1 mmol", "1 h")                               # refuses an unknown way
    up, time = option("rise", rise, "mol/m^3", "0.05 mmol/L"), option("--within", within, "s", "4 h")
    lasting = option("--over", over or within, "s", "4 h")
    regimen = of_people("needed", who, f"{max(time, 60.0)} s", [], ask)
    look = lambda x, redrawn=frozenset(): needed(x, time, lasting, way, regimen, ask.draws, redrawn=redrawn)
    found, opened = look(up), gates(regimen)
    enough = np.isfinite(found.amount)
    how = {"skin": f"absorbed through the skin evenly over {over or within}", "vein": f"given into a vein evenly over {over or within}",
           "mouth": "swallowed at once as a soluble salt on an empty stomach"}[way]
    amount = found.amount[enough]
    lines = [*opening(opened, f"Serum magnesium {rise} higher after {within}", ask.draws), *harm(found.serum[:, None]), ""]
    if enough.any():
        lines.append(wrap(f"Magnesium {how}: {span(amount * MG)} mg, which is {span(amount * 1e3)} mmol; median, and in brackets nine of ten "
                          "draws.", rest=""))
    if not enough.all():
        lines.append(wrap(f"In {100 * np.mean(~enough):.0f} % of draws half of what a body holds would not do.", rest=""))
    if found.laxative > 0:
        lines.append(wrap(f"By mouth: in {100 * found.laxative:.0f} % of draws so much acts as a laxative, and less of it is absorbed than "
                          "reckoned here.", rest=""))
    by_grade = {}
    if ask.draws.size <= grades.MOST:
        by_grade = grades.shares(parameters_of(regimen, whole_body_model()), found.amount, lambda keys: look(up, keys).amount)
        lines += ["", wrap(grades.told(by_grade, "the amount"), rest="")] if by_grade else []
    data = about("epsom-body-needed/1", opened, ask.draws, regimen) | {
        "variance_by_grade": by_grade,
        "rise_mmol_per_L": up, "within_s": time, "over_s": lasting, "by": way, "amount_mmol": quantiles(found.amount * 1e3),
        "amount_mg": quantiles(found.amount * MG), "laxative_share": found.laxative}
    folder = None
    if ask.out is not None:
        rows = [look(up * factor) for factor in RISES]
        table = storage.as_csv(["rise_mmol_per_L", "amount_mg_low_5", "amount_mg_middle", "amount_mg_high_95"], (
            (row.rise, *("" if q is None else q for q in quantiles(row.amount * MG).values())) for row in rows))
        folder = write(ask.out, f"needed-{way}-{plain_digits(up)}", regimen, data, lambda: {"amounts.csv": table},
                       lambda: pictures.amounts(rows))
    return closing([*lines, "", wrap(NO_DOSE, rest="")], folder), data, folder


# ---- detect --------------------------------------------------------------------------------------------------------
def chances(amount: str, over: str, way: str, beside: str | None, hot_bath: bool, who: Who, ask: Ask) -> Told:
    """The chances that an uptake is seen."""
    from epsom.whole_body import plots as pictures
    from epsom.whole_body.course import follow, output_times
    from epsom.whole_body.detection import TRACER, detect
    from epsom.whole_body.gates import gates

    try:
        moles = amount_of_magnesium(amount).si
    except EpsomError as error:
        raise error.at(key="amount") from error
    if not moles > 0:
        raise InputError("there is nothing to detect", 'Give more than 0, as in "20 mg Mg"', key="amount", value=amount)
    if way != "mouth" and option("--over", over, "s", "4 h") > DAY:
        raise InputError("what is looked for is a day", "Let the uptake end within 24 h", key="--over", value=over)
    if ask.draws.people < 2:
        raise InputError("how people differ decides how many a study needs", "Ask for at least 2 people", key="--people",
                         value=ask.draws.people)
    both = [event("mouth", beside, over)] if beside else []
    given = lambda text: of_people(f"detect-{way}", who, "24 h", [event(way, text, over, TRACER), *both], ask)
    otherwise = of_people("otherwise", who, "24 h", both, ask)
    look = lambda x: detect(given(f"{x * 1e3!r} mmol"), otherwise, ask.draws, hot_bath=hot_bath)
    regimen = given(amount)
    found, opened = look(moles), gates(regimen)
    highest = follow(regimen, ask.draws, times=output_times(regimen))["serum_concentration"]
    title = f"{amount} by {way}" + (f" over {over}" if way != "mouth" else "") + (f", beside {beside} swallowed" if beside else "")
    lines = [*opening(opened, title, ask.draws), *harm(highest), "", *table_lines(HEADER, list(map(_row, found))), "", wrap(READING, rest=""),
             wrap(LABELLED, rest=""), *([wrap(BATH, rest="")] if hot_bath else [])]
    data = about("epsom-body-detect/1", opened, ask.draws, regimen) | {
        "amount_mmol": moles * 1e3, "by": way, "over": over, "beside": beside, "hot_bath": hot_bath,
        "measures": [_measure_data(m) for m in found]}
    folder = None
    if ask.out is not None:
        sizes = [moles * factor * MG for factor in FACTORS]
        every = [look(moles * factor) for factor in FACTORS]
        table = storage.as_csv(["amount_mg", "measure", "chance_in_one_person", "people_paired_middle", "people_each_group_middle"], (
            (size, m.name, m.chance, m.people_paired[1] if m.people_paired else "", m.people_each[1])
            for size, measures in zip(sizes, every) for m in measures))
        folder = write(ask.out, regimen.name, regimen, data, lambda: {"chances.csv": table}, lambda: pictures.chances(sizes, every))
    return closing(lines, folder), data, folder


# ---- after -----------------------------------------------------------------------------------------------------------
def after_run(name: str, root: Path, ask: Ask) -> Told:
    """What the body makes of what a run of the skin has brought into blood."""
    from epsom.whole_body import plots as pictures
    from epsom.whole_body.after_skin import after, read_run
    from epsom.whole_body.detection import measures
    from epsom.whole_body.gates import gates

    scenario, draws, times, taken_up = read_run(storage.read_summary(name, root)[0])
    with_it, without = after(scenario, draws, times, taken_up)
    regimen, found = with_it.regimen, measures(with_it, without)
    opened = tuple({gate.name: gate for gate in (*safety.gates(scenario), *gates(regimen))}.values())
    lines = [*opening(opened, f"{scenario.name}, and then the body", draws), *harm(with_it["serum_concentration"]), "",
             f"Blood has taken up {span(taken_up[:, -1] * MG)} mg from the tissue after {scenario.duration}.", "",
             *table_lines(HEADER, list(map(_row, found))), "", wrap(READING, rest=""),
             *([wrap(ALONE, rest="")] if draws.people == 1 else [])]
    data = about("epsom-body-after/1", opened, draws, regimen) | {
        "scenario": scenario.tables(), "taken_up_mg": quantiles(taken_up[:, -1] * MG), "measures": [_measure_data(m) for m in found]}
    folder = write(ask.out, regimen.name, regimen, data, lambda: {"time_course.csv": time_course(with_it)}, lambda: pictures.course(with_it))
    return closing(lines, folder), data, folder


def _measure_data(m) -> dict:
    return {"name": m.name, "unit": m.unit, "at_s": m.at, "signal": quantiles(m.signal), "noise": quantiles(m.noise),
            "chance_in_one_person": m.chance, "people_paired": m.people_paired, "people_each_group": m.people_each}


def _row(m) -> tuple[str, ...]:
    factor, unit = {"mol": (MG, "mg"), "1": (100.0, "%")}.get(m.unit, (1.0, "mmol/L"))
    noise = plain_digits(float(np.median(m.noise)) * factor)
    return (m.name, clock(m.at), f"{span(m.signal * factor)} {unit}", noise, f"{100 * m.chance:.0f} %",
            _people(m.people_paired), _people(m.people_each))


def _people(needed: tuple[float, float, float] | None) -> str:
    from epsom.core.power import MOST_PEOPLE

    if needed is None:
        return "no number does"
    low, middle, high = (f">{MOST_PEOPLE // 1000} 000" if n >= MOST_PEOPLE else f"{math.ceil(n)}" for n in needed)
    return f"{middle} ({low} to {high})"
