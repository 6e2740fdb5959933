"""Checks of a reported result against how it was measured and against itself: chance, control, contamination, arithmetic."""

from __future__ import annotations

import math
import re

from epsom.core.parameter import Z95
from epsom.evidence.judged import Case, Finding, at_most, digits, milligrams, of_product, rise, told, value
from epsom.evidence.label import magnesium_in
from epsom.evidence.label_readings import MG
from epsom.evidence.reported import Measured
from epsom.evidence.span import Span, known, span

ORDINARY = 0.95  # share of groups within whose spread a spread is ordinary
TWO_SIDED = 1.96  # of a standard error: what chance alone passes once in twenty times
CHANCE = 0.05
SI = {
    "mol/m^3": "mmol/L",
    "kg/m^3": "mmol/L",
    "mol": "mol",
    "kg": "mol",
    "mol/s": "mol/s",
    "kg/s": "mol/s",
    "mol/kg": "mol/kg",
    "1": "mol/kg",
}
ROUNDED = 0.02  # amounts that differ by less are the same, rounded


def measurement(c: Case) -> list[Finding]:
    """Whether what was measured can show it: hair under a product, a change beside the scatter of two samples."""
    found = []
    for m in c.report.measured:
        if m.of == "hair":
            found.append(_hair(c))
        elif m.of in ("serum", "plasma", "ionised"):
            found += [_scatter(m), *_people(m)]
    return found


def _hair(c: Case) -> Finding:
    law = "what is put on hair is found in hair"
    if c.report.applied.route in ("skin", "bath"):
        return Finding(
            "measurement",
            "hair",
            "cannot be judged",
            "The product itself reaches the hair and stays on it: magnesium there says nothing of magnesium in the body.",
            law,
        )
    return Finding(
        "measurement", "hair", "cannot be judged", "Magnesium of hair does not tell that of the body; washing and dye change it.", law
    )


def _scatter(m: Measured) -> Finding:
    """The mean change of n people, beside what assay and day-to-day variation make of no change at all."""
    law = "two samples of one person differ by assay and by day, without any cause"
    if m.chance or (m.p is not None and m.p >= CHANCE):
        said = f"p = {m.p:g}" if m.p is not None else "no difference that counts"
        return Finding(
            "measurement",
            m.of,
            "cannot be judged",
            f"The source itself calls this change chance ({said}): it shows neither a rise nor that there is none.",
            law,
        )
    before, change = value(m, "before"), rise(m)
    if change is None or m.n is None:
        return Finding(
            "measurement", m.of, "cannot be judged", "Without the change and the number of people it cannot be held against chance.", law
        )
    kind = "ionised" if m.of == "ionised" else "serum"
    within, assay = (known("assays", "magnesium", f"{kind}_{key}") for key in ("within_person", "assay"))
    normal = known("assays", "magnesium", f"{kind}_ordinary")
    base = before.si if before and before.si > 0 else normal.si.value
    bound = Span(
        *(
            TWO_SIDED * math.hypot(w, a) * math.sqrt(2 / m.n)
            for w, a in ((within.si.value, assay.si.value), (within.si.low, assay.si.low), (within.si.high, assay.si.high))
        )
    )
    share = abs(change) / base
    told_as = f"A change of {100 * share:.3g} % in {m.n} {'person' if m.n == 1 else 'people'}; chance alone makes up to {told(bound, 100)} %"
    verdict, what = ("agrees", "more than scatter of the method") if share > bound.high else ("cannot be judged", "within what scatter makes")
    return Finding(
        "measurement", m.of, verdict, f"{told_as}: {what}.", law, span(share * 100), bound * 100, "%", None, (within, assay, normal)
    )


def _people(m: Measured) -> list[Finding]:
    """The spread between people, beside that of healthy ones: their own, the day's and the assay's, and what few people make of it."""
    from scipy.stats import chi2

    spread, before = value(m, "spread"), value(m, "before")
    if spread is None or before is None or before.si <= 0 or m.n is None or m.n < 2:
        return []
    kind = "ionised" if m.of == "ionised" else "serum"
    normal = known("assays", "magnesium", f"{kind}_ordinary")
    within, assay = (known("assays", "magnesium", f"{kind}_{key}") for key in ("within_person", "assay"))
    own = (normal.si.high - normal.si.low) / (2 * Z95) / normal.si.value
    usual = math.hypot(own, within.si.value, assay.si.value)
    few = [math.sqrt(chi2.ppf(q, m.n - 1) / (m.n - 1)) for q in (1 - ORDINARY, ORDINARY)]
    bound, share = Span(100 * usual, 100 * usual * few[0], 100 * usual * few[1]), 100 * spread.si / before.si
    verdict, factor = at_most(span(share), span(bound.high), "strains")
    return [
        Finding(
            "measurement",
            f"spread of {m.of}",
            verdict,
            f"People differ by {share:.3g} % (standard deviation); healthy ones by {told(bound)} % in groups of {m.n}.",
            "healthy people's serum differs little",
            span(share),
            bound,
            "%",
            factor,
            (normal, within, assay),
        )
    ]


def control(c: Case) -> list[Finding]:
    """Whether somebody had the same without magnesium."""
    law = "what would have come without it is known only from those who went without"
    changed = [m for m in c.report.measured if m.of not in ("flux", "permeability") and (rise(m) or (m.change and value(m, "change").si))]
    if c.report.controlled is None or not changed:
        return []
    names = ", ".join(dict.fromkeys(m.of for m in changed))
    if not c.report.controlled:
        return [
            Finding(
                "control",
                names,
                "cannot be judged",
                "Nobody had the same without magnesium: habit, season, warmth, drinking and the return "
                "of chance highs and lows to the mean (regression to the mean) are in the change.",
                law,
            )
        ]
    return [_beside_control(m, law) for m in changed]


def _beside_control(m: Measured, law: str) -> Finding:
    other = value(m, "control")
    own = value(m, "change") if other and other.unit == "%" else None
    first, second = (own.si, other.si) if own and own.unit == "%" else (rise(m), other.si) if other and other.unit != "%" else (None, None)
    if first is None:
        return Finding("control", m.of, "agrees", "There was a control.", law)
    share, unit = (100.0, "%") if other.unit == "%" else (1.0, SI[other.target])
    shown = f"{share * first:.3g} {unit} with magnesium, {share * second:.3g} {unit} without"
    if abs(second) > abs(first):
        return Finding(
            "control",
            m.of,
            "cannot be judged",
            f"{m.of.capitalize()} changed by {shown}: chance alone did more in this study than magnesium.",
            law,
        )
    return Finding("control", m.of, "agrees", f"{m.of.capitalize()} changed by {shown}.", law)


# ---- arithmetic ------------------------------------------------------------------------------------------------------
def arithmetic(c: Case) -> list[Finding]:
    """Whether what is stated twice is the same, and whether the label can be."""
    return [*_label(c), *_doses(c), *(each for m in c.report.measured for each in _percent(m))]


def _label(c: Case) -> list[Finding]:
    law = "one product has one strength"
    if c.label is None:
        return []
    if not c.label.possible:
        broken = min(c.label.lines, key=lambda line: line.reading.factor, default=None)
        why = broken.reading.law if broken else "no reading of it is that which the report names"
        return [
            Finding(
                "arithmetic",
                "label",
                "breaks",
                f'No reading of "{c.label.text}" is possible: {why}.',
                "a part is not more than the whole, and a solution not more than saturated",
                factor=broken.reading.factor if broken else None,
            )
        ]
    return [
        Finding(
            "arithmetic",
            "label",
            "strains",
            f"'{d.first}' and '{d.second}' differ by {abs(d.percent.value):.3g} % at their nearest readings.",
            law,
            factor=max(1 + d.percent.value / 100, 1 / (1 + d.percent.value / 100)),
        )
        for d in c.label.disagreements
        if d.verdict == "disagree"
    ]


def _doses(c: Case) -> list[Finding]:
    a, found, law = c.report.applied, [], "the parts make the whole"
    if a.total is not None and c.once is not None and a.times is not None:
        found.append(_same("dose in all", c.once * a.times, magnesium_in(a.total), law))
    if a.magnesium is not None and a.amount is not None and (a.label or a.product or a.strength):
        worked_out = of_product(a, c.label)[0]
        if worked_out is not None:
            found.append(_same("dose at one time", worked_out, magnesium_in(a.magnesium), law))
    return found


def _same(about: str, computed: Span, stated: Span, law: str) -> Finding:
    wide = Span(computed.value, computed.low * (1 - ROUNDED), computed.high * (1 + ROUNDED))
    fits = wide.low <= stated.value <= wide.high
    factor = 1.0 if fits else max(stated.value / wide.high, wide.low / stated.value if stated.value else math.inf)
    slip = next(
        (
            f"{unit} in place of mg would make them agree"
            for unit, times in (("g", 1e3), ("ug", 1e-3))
            if not fits and wide.low <= stated.value * times <= wide.high
        ),
        "",
    )
    return Finding(
        "arithmetic",
        about,
        "agrees" if fits else "breaks",
        f"{milligrams(computed)} by what is stated of the product; {milligrams(stated)} as stated.",
        law,
        stated * MG,
        computed * MG,
        "mg Mg",
        None if fits else factor,
        (),
        (slip,) if slip else (),
    )


def half_digit(text: str) -> float:
    """Half of the last digit that is printed: "0.82" -> 0.005."""
    number = re.match(r"[+-]?\d*\.?\d*", text.strip())[0]
    decimals = len(number.partition(".")[2])
    return 0.5 * 10.0**-decimals


def _percent(m: Measured) -> list[Finding]:
    """A change in % beside before and after, within the rounding of all three."""
    before, after, change = (value(m, key) for key in ("before", "after", "change"))
    if before is None or after is None or change is None or before.si <= 0:
        return []
    if change.unit != "%":
        stated, computed = change.si, after.si - before.si
        slack = sum(half_digit(v.printed) * abs(v.si) / max(abs(_printed(v.printed)), 1e-300) for v in (before, after, change))
    else:
        stated, computed = change.si, after.si / before.si - 1
        relative = sum(half_digit(v.printed) / max(abs(_printed(v.printed)), 1e-300) for v in (before, after))
        slack = half_digit(change.printed) / 100 + (1 + computed) * relative
    fits = abs(stated - computed) <= slack * (1 + 1e-9)
    shown = (f"{100 * computed:.3g} %", f"{100 * stated:.3g} %") if change.unit == "%" else (digits(computed), digits(stated))
    ratio = max(stated / computed, computed / stated) if stated * computed > 0 else math.inf
    return [
        Finding(
            "arithmetic",
            f"change of {m.of}",
            "agrees" if fits else "breaks",
            f"From before and after the change is {shown[0]}; {shown[1]} is stated.",
            "a change is what lies between before and after",
            None,
            None,
            "",
            None if fits else ratio,
        )
    ]


def _printed(text: str) -> float:
    return float(re.match(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", text.strip())[0])
