"""What happens in the first twenty minutes, told to anybody; and what a product is, told to who makes one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from epsom import answer as asked
from epsom import feeling, feeling_text, surface_plots
from epsom.core.digits import digits
from epsom.core.household import in_household_words
from epsom.core.parameter import document
from epsom.regimen import amount_of_magnesium
from epsom.result import Result

MOMENT = 1200.0              # s; the time that products promise most for
EATS = "adult"               # whose food an amount is held against
NO_CHANGE = 0.05             # K; less is told as no change
GROWN = 18 * 365.25 * 86400.0        # s; below it an adult's food is no measure
HARDLY = 0.005               # of what lies there; less is told as hardly any


def at_moment(result: Result) -> float:
    """Twenty minutes, or the end of a shorter run."""
    return min(MOMENT, float(result.times[-1]))


def told(result: Result, variable: str, t: float, unit: str, factor: float) -> str:
    """A readout at a time as median with nine in ten draws, and how good the weakest number behind it is."""
    return f"{_told(result, variable, t, unit, factor)} [{result.weakest_grade(variable)}]"


def _told(result: Result, variable: str, t: float, unit: str, factor: float) -> str:
    low, middle, high = (float(q) for q in np.quantile(result.at(variable, t) * factor, asked.LEVELS))
    return asked.said(low, middle, high, unit)


def story(result: Result) -> list[tuple[str, str]]:
    """[(where, what happens)] from the surface down; each number with its range and, in square brackets, the grade of the weakest number
    behind it."""
    solute, t = result.solutes[0], at_moment(result)
    return [("On the skin", _laid_on(result, solute)), ("The film", _film(result, solute, t)),
            ("Through the outer layer", _entered(result, solute, t)), *_deeper(result, solute, t), *_felt(result)]


def daily_food() -> float:
    """mol of magnesium that a day's food brings."""
    return amount_of_magnesium(document("people", EATS).about["daily"]).si


def in_the_house(result: Result) -> str:
    """How much product goes on, as people measure it at home; empty where there is only a bath."""
    product = result.scenario.product.resolved
    mass = sum(result.scenario.mass_of(step.apply) for step in result.scenario.steps if step.apply is not None)
    spray = product.spray.si if product.spray else None
    return f"{in_household_words(mass / product.density.si, spray)} ({digits(mass * 1e3)} g)" if mass else ""


def _laid_on(result: Result, solute: str) -> str:
    gram = result.parameters[f"{solute}.molar_mass"].si * 1e3
    applied = float(np.median(result[f"applied_amount[{solute}]"][:, -1]))
    scenario, house = result.scenario, in_the_house(result)
    title = scenario.product.resolved.title or "The product"
    where = f"on {scenario.site.area.text.replace('^2', '²')} of the {scenario.site.name}"
    begin = f"{house[0].upper()}{house[1:]} of it goes {where}" if house else f"It touches the skin {where}"
    grown = scenario.person.age is None or scenario.person.age.si >= GROWN
    share = (f", {digits(100 * applied / daily_food())} % of what a day's food brings an adult"
             if solute == "magnesium" and house and grown else "")
    return f"{title}. {begin}. It holds {asked.readable(applied * gram, 'g')} of {solute}{share}."


def _film(result: Result, solute: str, t: float) -> str:
    change = result["skin_temperature"][:, result.times <= t] - surface_plots.felt_limits(result)["usual"]
    k = int(abs(np.median(change, axis=0)).argmax())
    low, middle, high = np.quantile(change[:, k], asked.LEVELS)
    grade = result.weakest_grade("skin_temperature")
    warm = (f"the skin's temperature changes most after {feeling_text.minutes(result.times[k])}, by {middle:+.1f} °C "
            f"({low:+.1f} to {high:+.1f} °C) [{grade}]" if abs(middle) > NO_CHANGE else f"the skin's temperature hardly changes [{grade}]")
    dry = "" if any(step.soak for step in result.scenario.steps) else _dries(result, solute, t)
    return f"{dry}{'Meanwhile t' if dry else 'T'}{warm[1:]}."


def _dries(result: Result, solute: str, t: float) -> str:
    share = f"crystal_share[{solute}]"
    if share not in result.readouts:
        return ""
    much = (told(result, share, t, "%", 100.0) if np.median(result.at(share, t)) > HARDLY
            else f"hardly any [{result.weakest_grade(share)}]")
    return (f"Its water leaves into the air; after {feeling_text.minutes(t)} {much} of the {solute} in it lies there as crystals, "
            "which feed nothing. ")


def _entered(result: Result, solute: str, t: float) -> str:
    gram = result.parameters[f"{solute}.molar_mass"].si * 1e3
    when = feeling_text.minutes(t)
    return (f"After {when} {told(result, f'entered_amount[{solute}]', t, 'g', gram)} has left the film, and "
            f"{told(result, f'crossed_amount[{solute}]', t, 'g', gram)} has passed the dead outer layer into living tissue.")


def _deeper(result: Result, solute: str, t: float) -> Iterator[tuple[str, str]]:
    when, there = feeling_text.minutes(t), float(np.median(result[f"interstitial_baseline_concentration[{solute}]"]))
    anyway = f", on top of {asked.readable(there * 1e-3, 'mol/L')} that is there anyway" if there else ""
    dermis, near = f"papillary_dermis_concentration[{solute}]", f"papillary_dermis_concentration_near_follicles[{solute}]"
    beside = f"; close to open hair follicles {told(result, near, t, 'mol/L', 1e-3)}" if asked.has_pattern(result) else ""
    yield ("Where nerve endings are", f"After {when} there is {told(result, dermis, t, 'mol/L', 1e-3)} more on average{anyway}{beside}.")
    yield ("In the muscle below", f"After {when} there is {told(result, f'upper_muscle_concentration[{solute}]', t, 'mol/L', 1e-3)} more"
           f"{anyway}.")
    enough = float(np.median(result[f"plasma_interpretable_rise[{solute}]"]))
    test = f" A blood test on one person can tell a change from {asked.readable(enough * 1e-3, 'mol/L')} on." if enough else ""
    yield ("In blood", f"After {when} there is {told(result, f'plasma_concentration[{solute}]', t, 'mol/L', 1e-3)} more.{test}")


def _felt(result: Result) -> Iterator[tuple[str, str]]:
    if not feeling.felt(result):
        return
    noticed = " ".join(feeling_text.of_noticing(result)).rstrip(".")
    yield "What one would feel", " ".join([*_relief(result), f"{noticed} [{result.weakest_grade('sting_rating')}]."])


def _relief(result: Result) -> Iterator[str]:
    """How far pain falls and who deserves the credit, in two sentences."""
    t = feeling_text.told_at(result)
    if not feeling.hurts(result.scenario) or not t:
        return
    s, start = feeling.shares(result)[t], feeling_text.points(float(result[feeling.PAIN][:, 0].mean()))
    grade = result.weakest_grade(feeling.PAIN)
    first = feeling.thresholds()[0]
    yield (f"A pain of {start} of 10 has fallen by {feeling_text.told(s.total)} points after {feeling_text.minutes(t)} [{grade}]; "
           f"{first.points:g} point is what people called {first.name} in one study{' (second-hand)' if first.verify else ''}.")
    parts = ", ".join(f"{name} {feeling_text.mean_told(g.owen)}" for name, g in s.groups.items())
    yield f"In the mean that is shared so: {parts}; {feeling_text.mean_told(s.course)} would have come anyway [{grade}]."


def of_product(result: Result) -> list[tuple[str, str]]:
    """[(what, number)] of the product as laid on, in the ways in which labels give it."""
    product = result.scenario.product.resolved
    rows = [("density", f"{digits(product.density.si / 1e3)} g/mL"), ("water", f"{100 * product.water:.0f} % by mass")]
    rows += [("oil", f"{100 * product.oil:.0f} % by mass")] if product.oil else []
    for solute, per_mass in product.moles.items():
        salt = document("salts", product.salts[solute])
        ion = document("solutes", solute).parameters["molar_mass"].si
        whole = salt.parameters["molar_mass"].si / salt.parameters["solute_per_formula"].value
        rows += [(f"{solute}", f"{digits(per_mass * ion * 1e6)} ppm by mass, {digits(per_mass * ion * product.density.si)} mg/mL, "
                               f"{digits(per_mass * product.density.si)} mmol/L"),
                 (f"as {salt.about['formula']}", f"{digits(per_mass * whole * 100)} % by mass")]
        rows += [(f"as {formula}", f"{digits(per_mass * mass * 1e-3 / salt.parameters['solute_per_formula'].value * 100)} % by mass")
                 for formula, mass in salt.about["hydrates"].items()]
    return rows
