"""Checks of a reported result against the skin: heat, flux and permeability, and the time that the way through takes."""

from __future__ import annotations

import math

from epsom.evidence.judged import Case, Finding, at_least, at_most, blood, needed, rise, told, value
from epsom.evidence.span import Known, Span, known, span

GAS = 8.314462618  # J/mol/K
REFERENCE = 305.15  # K at which the permeabilities stand
WATER_LAW = "an ion in its shell of water does not pass intact skin faster than water itself"
MEASURED_LAW = "what was measured or derived for magnesium through wet intact skin"
CENTIMETRE = 100.0


def heat(c: Case) -> list[Finding]:
    """How long water of this temperature can be borne without a burn."""
    a = c.report.applied
    if a.temperature is None:
        return []
    time, start, highest, halving = (
        known("plausibility", "plausible", key) for key in ("scald_time", "scald_temperature", "scald_highest", "scald_halving")
    )
    law = "skin burns by temperature and time: half the time for each degree"
    hot = min(a.temperature.si, highest.si.value) - start.si.value
    celsius = a.temperature.si - 273.15
    if hot <= 0:
        return [Finding("heat", "water", "agrees", f"Water of {celsius:.3g} degC does not burn skin within hours.", law, numbers=(start,))]
    bound = Span(
        *(
            t * 2.0 ** (-hot / h)
            for t, h in ((time.si.value, halving.si.value), (time.si.low, halving.si.low), (time.si.high, halving.si.high))
        )
    )
    if a.contact is None:
        return [
            Finding(
                "heat",
                "water",
                "cannot be judged",
                f"Water of {celsius:.3g} degC burns skin within {told(bound, 1 / 60)} min; how long people lay in it is not told.",
                law,
                None,
                bound * (1 / 60),
                "min",
                None,
                (time, start, highest, halving),
            )
        ]
    verdict, factor = at_most(span(a.contact.si), bound)
    return [
        Finding(
            "heat",
            "water",
            verdict,
            f"{a.contact.si / 60:.3g} min in water of {celsius:.3g} degC, which burns skin within {told(bound, 1 / 60)} min.",
            law,
            span(a.contact.si / 60),
            bound * (1 / 60),
            "min",
            factor,
            (time, start, highest, halving),
        )
    ]


def flux(c: Case) -> list[Finding]:
    """The permeability that a result needs, or reports, beside that of water and that of magnesium through the same skin."""
    if c.report.applied.route not in ("skin", "bath"):
        return []
    found = []
    for m in c.report.measured:
        if m.of == "permeability" and m.value:
            found += _against("reported permeability", span(value(m, "value").si), (), c)
        elif m.of == "flux" and m.value:
            if c.concentration is None or not c.concentration.low > 0:
                found.append(
                    Finding(
                        "flux",
                        "reported flux",
                        "cannot be judged",
                        "Without the strength of what lay on the skin a flux gives no permeability.",
                        WATER_LAW,
                    )
                )
            else:
                found += _against("reported flux", span(value(m, "value").si) / c.concentration, (), c)
    for m in blood(c.report):
        demand = needed(c.report, m)
        if demand is None or rise(m) <= 0:
            continue
        lacking = [
            name
            for name, number in (
                ("the strength of what lay on the skin", c.concentration),
                ("the area", c.area),
                ("how long it lay there", c.contact),
            )
            if number is None or not number.low > 0
        ]
        if lacking:
            found.append(Finding("flux", m.of, "cannot be judged", f"Not told: {', '.join(lacking)}.", WATER_LAW))
            continue
        numbers = (*demand[1], *((known("plausibility", "plausible", "skin_surface"),) if c.report.applied.area is None else ()))
        found += _against(f"the rise of {m.of}", demand[0] / c.area / c.contact / c.concentration, numbers, c)
    return found


def warmth(kelvin: float | None) -> tuple[float | Span, tuple[Known, ...]]:
    """How much more permeable warm skin is than at 32 degC (Arrhenius)."""
    if kelvin is None or kelvin <= REFERENCE:
        return 1.0, ()
    energy = known("parameters", "hydration", "activation_energy")
    rate = (1 / REFERENCE - 1 / kelvin) / GAS
    return Span(*(math.exp(e * rate) for e in (energy.si.value, energy.si.low, energy.si.high))), (energy,)


def _against(about: str, permeability: Span, numbers: tuple[Known, ...], c: Case) -> list[Finding]:
    temperature = c.report.applied.temperature
    warm, behind = warmth(temperature.si if temperature else None)
    water, magnesium, charge = (
        known("solutes", *which)
        for which in (("water", "wet_permeability"), ("magnesium", "wet_permeability"), ("magnesium", "electrodiffusion_factor"))
    )
    people = known("parameters", "column", "wet_skin_resistance")  # permeability goes with one over it
    leaky = people.si.value / people.si
    heated = " in warm skin" if behind else ""
    verb = "is" if about == "reported permeability" else "needs"
    said = f"{about[0].upper()}{about[1:]} {verb} a permeability of {told(permeability, CENTIMETRE)} cm/s"
    found = []
    for name, bound, worst, law, more in (
        ("water", water.si * warm, "breaks", WATER_LAW, (water,)),
        ("magnesium", magnesium.si * charge.si * leaky * warm, "strains", MEASURED_LAW, (magnesium, charge, people)),
    ):
        verdict, factor = at_most(permeability, bound, worst) if name == "water" else _beside(permeability, bound)
        found.append(
            Finding(
                "flux",
                f"{about}, beside {name}",
                verdict,
                f"{said}; that of {name}{heated} is {told(bound, CENTIMETRE)} cm/s.",
                law,
                permeability * CENTIMETRE,
                bound * CENTIMETRE,
                "cm/s",
                factor,
                (*numbers, *more, *behind),
            )
        )
    return found


def _beside(found: Span, bound: Span) -> tuple[str, float | None]:
    """Magnesium's permeability is no law: a result beyond all of its spread strains it."""
    return ("strains", found.low / bound.high) if found.low > bound.high else ("agrees", None)


def time(c: Case) -> list[Finding]:
    """Claimed and measured times beside the time that the way takes."""
    found = []
    for claim in c.report.claims:
        found.append(_soon(c, f"claimed: {claim.text or claim.where}", claim.where, claim.within.si))
    for m in blood(c.report):
        if m.at is not None and (rise(m) or 0) > 0:
            found.append(_soon(c, f"rise of {m.of}", "serum", m.at.si))
    return [each for each in found if each is not None]


def _soon(c: Case, about: str, where: str, seconds: float) -> Finding | None:
    route = c.report.applied.route
    law = "what is to arrive must first have come through"
    clock = f"{seconds:.3g} s" if seconds < 60 else f"{seconds / 60:.3g} min" if seconds < 7200 else f"{seconds / 3600:.3g} h"
    if where == "red cells":
        number = known("parameters", "homeostasis", "red_cell_half_time")
        verdict, factor = at_least(span(seconds), number.si)
        return Finding(
            "time",
            about,
            verdict,
            f"Within {clock}; red cells take {told(number.si, 1 / 3600)} h to come half-way.",
            "cells take up magnesium at their own pace",
            span(seconds / 3600),
            number.si * (1 / 3600),
            "h",
            factor,
            (number,),
        )
    if route == "vein":
        return None
    if route == "mouth":
        number = known("plausibility", "plausible", "oral_rise_soonest")
        verdict, factor = at_least(span(seconds), number.si)
        return Finding(
            "time",
            about,
            verdict,
            f"Within {clock} of swallowing; serum begins to rise after {told(number.si, 1 / 60)} min.",
            law,
            span(seconds / 60),
            number.si * (1 / 60),
            "min",
            factor,
            (number,),
        )
    follicle, corneum = (known("solutes", "magnesium", key) for key in ("follicle_lag", "corneum_lag"))
    verdict, factor = at_least(span(seconds), follicle.si)
    if verdict == "agrees" and seconds < corneum.si.low:
        verdict, factor = "strains", corneum.si.low / seconds
    return Finding(
        "time",
        about,
        verdict,
        f"Within {clock}; follicles open after {told(follicle.si, 1 / 60)} min, and the corneum lets through in "
        f"earnest after {told(corneum.si, 1 / 60)} min.",
        law,
        span(seconds / 60),
        follicle.si * (1 / 60),
        "min",
        factor,
        (follicle, corneum),
    )
