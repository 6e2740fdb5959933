"""Would blood, urine or an isotope show it? The chance in one person, and how many people a study needs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from epsom.core.draws import Draws
from epsom.core.errors import InputError
from epsom.core.parameter import document
from epsom.core.power import people_needed
from epsom.regimen import Regimen
from epsom.schema import DAY
from epsom.whole_body.course import Course, follow

HOUR = 3600.0
SURE = 1.959963984540054      # standard normal quantile of 0.975
TRACER = "26Mg"
READ_AT = tuple(h * HOUR for h in (0.5, 1, 2, 4, 8, 12, 24))


class Measure(NamedTuple):
    """One way of looking.

    Attributes
    ----------
    name : in words.    unit : of signal and noise, SI.    at : s after the start, when the signal is largest on average.
    signal : (draws,) what the uptake changes, without noise.
    noise : (draws,) standard deviation of the change between two measurements of one person that changes nothing.
    chance : that one person's change is told from nothing (above 1.96 noise), over people and ignorance.
    people_paired, people_each : (5 %, middle, 95 %) over ignorance: people measured before and after, or in each of two groups, for a study
        with a chance of 0.8; 100 000 stands for that many or more. None where something other than magnesium moves everybody alike, which
        no number of people averages out.
    """

    name: str
    unit: str
    at: float
    signal: np.ndarray
    noise: np.ndarray
    chance: float
    people_paired: tuple[float, float, float] | None
    people_each: tuple[float, float, float]


def detect(given: Regimen, otherwise: Regimen | None = None, draws: Draws | None = None, seed: int = 1,
           hot_bath: bool = False) -> list[Measure]:
    """What shows that `given` was given, over draws of ignorance and of people.

    Parameters
    ----------
    given : the regimen; it lasts at least a day. If a share of its magnesium is the isotope 26Mg, isotope ratios are looked at too.
    otherwise : what is done without it, by default nothing: then each person is compared with their own start.
    draws : several people in each draw, so that both spreads are told apart; by default 64 x 16.
    hot_bath : whether blood is drawn after a hot bath, which moves water into or out of plasma; two groups then both bathe.
    """
    if given.duration.si < DAY:
        raise InputError("what is looked for needs a day: urine is collected for 24 h", 'Write duration = "24 h"', key="duration",
                         value=str(given.duration))
    draws = draws or Draws(64, 16, seed)
    times = np.unique([0.0, *READ_AT, DAY])
    otherwise = otherwise or given.model_copy(update={"events": ()})
    return measures(follow(given, draws, times=times), follow(otherwise, draws, times=times), hot_bath)


def measures(with_it: Course, without: Course, hot_bath: bool = False) -> list[Measure]:
    """What shows the difference between two courses of a day or more on the same draws; isotope ratios where the first has 26Mg."""
    draws = with_it.draws
    drawn = draws.values({p.key: p for p in document("assays", "magnesium").parameters.values()})
    assay = {key.partition(".")[2]: values for key, values in drawn.items()}
    found = []
    for name, variable, within, assayed in (("serum", "serum_concentration", "serum_within_person", "serum_assay"),
                                            ("ionised magnesium", "ionised_concentration", "ionised_within_person", "ionised_assay")):
        at = _best(with_it, without, variable)
        level = without.at(variable, at)
        noise = np.sqrt(2) * level * np.hypot(assay[within], assay[assayed])
        signal, shared = with_it.at(variable, at) - level, None
        if hot_bath:
            noise = np.hypot(noise, level * assay["bath_concentration_between_people"])
            shared = level * assay["bath_concentration"]
        found.append(_measure(name, "mol/m^3", at, signal, noise, draws, shared))
    urine = with_it.change("urine_magnesium", DAY) - without.change("urine_magnesium", DAY)
    noise = np.sqrt(2) * assay["urine_day"] * without.change("urine_magnesium", DAY)
    found.append(_measure("urine of 24 h", "mol", DAY, urine, noise, draws))
    if TRACER in with_it.regimen.isotopes:
        share = f"plasma_tracer_share[{TRACER}]"
        at = READ_AT[int(np.argmax([np.median(with_it.at(share, at)) for at in READ_AT]))]
        for name, key in (("26Mg, quadrupole", "ratio_quadrupole"), ("26Mg, multicollector", "ratio_multicollector")):
            found.append(_measure(name, "1", at, enrichment(with_it.at(share, at)), np.sqrt(2) * assay[key], draws))
    return found


def enrichment(share):
    """By how much a share of 26Mg tracer in plasma's magnesium raises the ratio 26Mg/24Mg, relative to nature."""
    natural = document("isotopes", TRACER).parameters["natural_share"].value
    return share / (natural * (1 - share))


def _best(with_it: Course, without: Course, variable: str) -> float:
    """The reading time at which the median change is largest."""
    return READ_AT[int(np.argmax([np.median(with_it.at(variable, at) - without.at(variable, at)) for at in READ_AT]))]


def _measure(name: str, unit: str, at: float, signal: np.ndarray, noise, draws: Draws, shared: np.ndarray | None = None) -> Measure:
    """`shared` (draws,) is a change of the measure that has nothing to do with magnesium and is the same for everybody."""
    from scipy.special import ndtr

    noise = np.broadcast_to(noise, signal.shape).astype(float)
    by_knowledge = lambda values: values.reshape(-1, draws.people)
    mean = by_knowledge(signal).mean(1)
    between = by_knowledge(signal).std(1, ddof=1) if draws.people > 1 else np.zeros(len(mean))
    spread = np.sqrt(between**2 + (by_knowledge(noise)**2).mean(1))
    alone = np.sqrt((by_knowledge(noise)**2).mean(1))         # who gets nothing differs by noise alone
    quantiles = lambda n: tuple(float(q) for q in np.quantile(n, (0.05, 0.5, 0.95)))
    each = people_needed(mean, np.sqrt((spread**2 + alone**2) / 2), groups=2)
    alike = 0.0 if shared is None else float(np.std(shared))
    chance = float(np.mean(ndtr(abs(signal) / np.hypot(noise, alike) - SURE)))
    paired = quantiles(people_needed(mean, spread)) if shared is None else None
    return Measure(name, unit, at, signal, noise, chance, paired, quantiles(each))
