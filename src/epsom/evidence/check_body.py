"""Checks of a reported result against the body: units of blood, what people live with, mass balance, what kidneys would pass."""

from __future__ import annotations

from epsom.core.parameter import document
from epsom.core.strength import species_of
from epsom.evidence.judged import Case, Finding, at_most, blood, milligrams, needed, rise, told, value
from epsom.evidence.label_readings import MG, magnesium_salts
from epsom.evidence.reported import Measured
from epsom.evidence.span import Span, known, span

DAY = 86400.0
PER_PRINTED = {"mmol/L": 1.0, "mg/dL": 1e4 / MG, "mg/L": 1e3 / MG, "umol/L": 1e-3, "mEq/L": 0.5, "ug/dL": 10 / MG, "ug/L": 1 / MG}
MASSES = ("mg/L", "mg/dL")
UNIT_LAW = "a value in blood of people who are well lies within what serum can be"


def _kind(m: Measured) -> str:
    return "ionised" if m.of == "ionised" else "serum"


def _normal(m: Measured):
    return known("assays", "magnesium", f"{_kind(m)}_ordinary")


def _limits(m: Measured) -> Span:
    """What blood of a person who is well can hold at all, mol/m^3: the range of the baseline."""
    p = document("assays", "magnesium").parameters[f"{_kind(m)}_ordinary"]
    return Span(p.si, p.range[0] * p.si_factor, p.range[1] * p.si_factor)


def units_of_blood(c: Case) -> list[Finding]:
    """Whether printed numbers are blood's in the unit they stand in, and in which other unit they would be."""
    found = []
    for m in blood(c.report):
        values = [v for v in (value(m, "before"), value(m, "after")) if v is not None]
        if not values:
            continue
        limits, normal = _limits(m), _normal(m)
        inside = all(limits.low <= v.si <= limits.high for v in values)
        other = () if inside else _otherwise(m, limits)
        first = values[0]
        said = f"{m.of.capitalize()} of {first.printed}" + ("" if first.unit == "mmol/L" else f" is {first.si:.3g} mmol/L")
        if inside:
            sentence = f"{said}: as blood is."
        elif other:
            sentence = f"{said}, {first.si / normal.si.value:.2g} times the ordinary. As {other[0]} the printed numbers would be ordinary."
        else:
            sentence = f"{said}, {first.si / normal.si.value:.2g} times the ordinary; no other unit that is tried makes all of them ordinary."
        found.append(
            Finding(
                "units",
                m.of,
                "agrees" if inside else "breaks" if other and _far(values, limits) else "strains",
                sentence,
                UNIT_LAW,
                span(first.si),
                limits,
                "mmol/L",
                None if inside else _beyond([v.si for v in values], limits),
                (normal,),
                other,
            )
        )
    return found


def _far(values, limits: Span) -> bool:
    """Twice beyond the limit: more than a slip of the analyser."""
    return _beyond([v.si for v in values], limits) > 2


def _beyond(numbers: list[float], limits: Span) -> float:
    return max(max(number / limits.high, limits.low / number if number > 0 else float("inf")) for number in numbers)


def _otherwise(m: Measured, limits: Span) -> tuple[str, ...]:
    """Units and bases under which all printed numbers would be ordinary, the plainest first."""
    printed = [float(v.printed.split()[0].replace("+", "")) for v in (value(m, "before"), value(m, "after")) if v is not None]
    fits = lambda factor: all(limits.low <= number * factor <= limits.high for number in printed)
    plain = [unit for unit, factor in PER_PRINTED.items() if fits(factor) and unit != value(m, "before" if m.before else "after").unit]
    species = {
        formula: each
        for salt in ("magnesium-sulfate", "magnesium-chloride")
        if salt in magnesium_salts()
        for formula, each in species_of(salt).items()
        if formula != "Mg"
    }
    based = [
        f"{unit} of {formula}"
        for unit in MASSES
        for formula, each in species.items()
        if fits({"mg/L": 1e-3, "mg/dL": 1e-2}[unit] * each.solutes / each.molar_mass)
    ]
    return tuple([*plain, *based])


def physiology(c: Case) -> list[Finding]:
    """Serum beside what people who are well have, and beside poisoning."""
    found, limit = [], known("plausibility", "plausible", "poisoning_concentration")
    for m in blood(c.report):
        values = [v.si for v in (value(m, "before"), value(m, "after")) if v is not None]
        if not values:
            continue
        highest, limits, well = max(values), _limits(m), c.report.person.awake
        verdict, factor = at_most(span(highest), limit.si, "breaks" if well else "strains")
        if verdict == "agrees" and highest > limits.high:
            verdict, factor = "strains", highest / limits.high
        told_as = {
            "breaks": "People with that much are poisoned, not well.",
            "strains": "That is more than blood of people who are well holds.",
            "agrees": "People live with that.",
        }[verdict]
        found.append(
            Finding(
                "physiology",
                m.of,
                verdict,
                f"{m.of.capitalize()} of {highest:.3g} mmol/L. {told_as}",
                "people whose serum is that of poisoning are ill",
                span(highest),
                limit.si,
                "mmol/L",
                factor,
                (limit, _normal(m)),
            )
        )
    return found


def mass_balance(c: Case) -> list[Finding]:
    """What a rise in blood, and what is gained in urine, need at the least, beside what was applied."""
    return [*(_rise_and_dose(c, m) for m in blood(c.report)), *(_urine_and_dose(c, m) for m in c.report.measured if m.of == "urine")]


VERBS = {"skin": "applied", "bath": "applied", "mouth": "swallowed", "vein": "given"}
LAW = "nothing comes from nothing: what is gained is not more than what was applied"


def _rise_and_dose(c: Case, m: Measured) -> Finding:
    demand = needed(c.report, m)
    if demand is None:
        return Finding("mass balance", m.of, "cannot be judged", f"How much {m.of} changed is not told in a unit.", LAW)
    moles, numbers = demand
    if rise(m) <= 0:
        return Finding("mass balance", m.of, "agrees", f"{m.of.capitalize()} did not rise: that needs no magnesium.", LAW)
    needs = f"A rise of {rise(m):.3g} mmol/L needs {milligrams(moles)} of magnesium in the body, were nothing lost meanwhile"
    if c.total is None:
        why = "a bath holds far more; see flux" if c.report.applied.route == "bath" else "how much was applied is not told"
        return Finding("mass balance", m.of, "cannot be judged", f"{needs}; {why}.", LAW, moles * MG, None, "mg Mg", None, numbers)
    verdict, factor = at_most(moles, c.total)
    return Finding(
        "mass balance",
        m.of,
        verdict,
        f"{needs}: {told(moles / c.total, 100)} % of the {milligrams(c.total)} that were {VERBS[c.report.applied.route]}.",
        LAW,
        moles * MG,
        c.total * MG,
        "mg Mg",
        factor,
        numbers,
    )


def _urine_and_dose(c: Case, m: Measured) -> Finding:
    gained, numbers, trouble = _a_day(m)
    if gained is None:
        return Finding("mass balance", "urine", "cannot be judged", trouble, LAW)
    if gained.high <= 0:
        return Finding(
            "mass balance", "urine", "agrees", "Urine gained nothing: that needs no magnesium.", LAW, None, None, "", None, numbers
        )
    said = f"Urine gained {milligrams(gained)} of magnesium a day"
    applied = c.day or (c.total if c.report.applied.times == 1 else None)
    if applied is None:
        return Finding(
            "mass balance",
            "urine",
            "cannot be judged",
            f"{said}; how much was applied a day is not told.",
            LAW,
            gained * MG,
            None,
            "mg Mg a day",
            None,
            numbers,
        )
    verdict, factor = at_most(gained, applied)
    return Finding(
        "mass balance",
        "urine",
        verdict,
        f"{said}: {told(gained / applied, 100)} % of the {milligrams(applied)} that were {VERBS[c.report.applied.route]} a day.",
        LAW,
        gained * MG,
        applied * MG,
        "mg Mg a day",
        factor,
        numbers,
    )


def _a_day(m: Measured) -> tuple[Span | None, tuple, str]:
    """(mol of magnesium that a day's urine gained, numbers behind it, why not)."""
    before, after, change = (value(m, key) for key in ("before", "after", "change"))
    kind = (after or change or before).target
    if kind == "%" and before is None:
        ordinary = known("plausibility", "plausible", "urine_day")
        return ordinary.si * DAY * max(change.si, 0.0), (ordinary,), ""
    gained = rise(m)
    if gained is None:
        return None, (), "How much urine changed is not told."
    if kind in ("mol/m^3", "kg/m^3"):
        return None, (), "Urine is told as a concentration: without its volume, thicker urine and more magnesium are the same."
    per_day = gained * DAY if kind in ("mol/s", "kg/s") else gained * DAY / m.collected.si if m.collected and m.collected.si > 0 else None
    if per_day is None:
        return None, (), "Over how long urine was collected is not told."
    return span(max(per_day, 0.0)), (), ""


def kidney(c: Case) -> list[Finding]:
    """What kidneys would pass each day while serum stays raised, beside what was applied a day. The kidney may hold some of it back."""
    found, law = [], "a raised serum is paid for each day: kidneys filter it, and hold back all of it only near their threshold"
    for m in blood(c.report):
        change = rise(m)
        if m.of == "ionised" or change is None or change <= 0 or c.day is None or (c.report.applied.times or 0) <= 1:
            continue
        share, back = (known("solutes", "magnesium", key) for key in ("ultrafiltrable_share", "reabsorbed_share"))
        if c.report.person.egfr is not None:
            flow, numbers = span(c.report.person.egfr.si * 1.73), (share, back)
        else:
            number = known("parameters", "homeostasis", "glomerular_filtration")
            flow, numbers = number.si, (number, share, back)
        kept = Span(1 - back.si.value, 1 - back.si.high, 1 - back.si.low)
        daily = share.si * flow * kept * (change * DAY)
        verdict, factor = at_most(daily, c.day)
        found.append(
            Finding(
                "kidney",
                m.of,
                verdict,
                f"While {m.of} stands {change:.3g} mmol/L higher, kidneys pass {milligrams(daily)} more a day; "
                f"{milligrams(c.day)} were {VERBS[c.report.applied.route]} a day.",
                law,
                daily * MG,
                c.day * MG,
                "mg Mg a day",
                factor,
                numbers,
            )
        )
    return found
