"""What a check finds, and what all checks of a reported result share: what was applied, how strong it was, and how long it lay there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from epsom.core import strength
from epsom.core.errors import InputError, nearest
from epsom.core.parameter import document
from epsom.evidence.label import Label, magnesium_in, read_label
from epsom.evidence.label_readings import MG
from epsom.evidence.reported import BLOOD, Measure, Measured, Report, measured_value
from epsom.evidence.span import Known, Span, hull, known, span
from epsom.product import shipped_product

VERDICTS = ("breaks", "strains", "cannot be judged", "agrees")  # the worst first
CHECKS = ("units", "physiology", "heat", "mass balance", "kidney", "flux", "time", "measurement", "control", "arithmetic")


@dataclass(frozen=True)
class Finding:
    """One check of a report.

    Attributes
    ----------
    check : one of CHECKS.    about : what it looks at.    verdict : one of VERDICTS.
    sentence : what was found, with its numbers.    law : what it is held against.
    found, bound : the two numbers in `unit`, or None where nothing is computed; `most` says whether the bound is the most that can be.
    factor : by how much the bound is passed: beyond its outer end where it breaks, beyond its middle where it strains; else None.
    numbers : the numbers behind the bound.    instead : other units or bases that would make it right.
    """

    check: str
    about: str
    verdict: str
    sentence: str
    law: str
    found: Span | None = None
    bound: Span | None = None
    unit: str = ""
    factor: float | None = None
    numbers: tuple[Known, ...] = ()
    instead: tuple[str, ...] = field(default=())


def at_most(found: Span, bound: Span, worst: str = "breaks") -> tuple[str, float | None]:
    """(verdict, factor) of a number that is to stay below a bound: it breaks it where even its lowest is above the bound's highest."""
    if found.low > bound.high:
        return worst, (found.low / bound.high if bound.high > 0 else float("inf"))
    if found.value > bound.value:
        return "strains", (found.value / bound.value if bound.value > 0 else float("inf"))
    return "agrees", None


def at_least(found: Span, bound: Span) -> tuple[str, float | None]:
    """(verdict, factor) of a number that is to stay above a bound."""
    return at_most(bound, found)


def digits(number: float) -> str:
    return f"{number:.3g}" if number < 1e3 or number >= 1e6 else f"{float(f'{number:.3g}'):.0f}"


def told(number: Span, factor: float = 1.0) -> str:
    """A span in words: its middle, and its ends where it has a width."""
    value, low, high = (digits(each * factor) for each in (number.value, number.low, number.high))
    return value if low == high else f"{value} ({low} to {high})"


@dataclass(frozen=True)
class Case:
    """A report with what follows from it; None where the report does not say enough.

    Attributes
    ----------
    once, total : mol of magnesium applied at one time, and up to the measurement.    label : its label as read, where it has one.
    concentration : mol/m^3 in what lies on the skin.    area : m^2.    contact : s on the skin, all times together.
    day : mol applied a day.
    """

    report: Report
    label: Label | None
    once: Span | None
    total: Span | None
    concentration: Span | None
    area: Span | None
    contact: Span | None
    day: Span | None


def case(report: Report) -> Case:
    """What a report says of the dose, worked out. Where a label can be read in several ways the span holds all possible ones."""
    a = report.applied
    try:
        label = (
            _chosen(read_label(a.label, amount=a.amount, density=a.density.text if a.density else None, salt=a.salt), a.reading)
            if a.label
            else None
        )
        once, concentration = of_product(a, label)
    except InputError as error:
        raise error if error.key.startswith("applied") else error.at(key="applied") from error
    if a.magnesium is not None:
        once = magnesium_in(a.magnesium)
    total = once * a.times if once and a.times else magnesium_in(a.total) if a.total else once if a.times == 1 else None
    area = span(a.area.si) if a.area else known("plausibility", "plausible", "skin_surface").si if a.route == "bath" else None
    contact = span(a.contact.si * (a.times or 1.0)) if a.contact else span(a.lasting.si) if a.lasting else None
    days = a.lasting.si / 86400 if a.lasting and a.lasting.si > 0 else None
    return Case(report, label, once, total, concentration, area, contact, total / days if total and days and days >= 1 else None)


def _chosen(label: Label, reading: str | None) -> Label:
    if reading is None:
        return label
    every = [f"{line.reading.species} {line.reading.basis}" for line in label.lines]
    if reading not in every:
        raise InputError(f"this label has no reading '{reading}'", nearest(reading, every), key="applied.reading", value=reading)
    return replace(label, lines=tuple(line for line, name in zip(label.lines, every) if name == reading))


def of_product(a, label: Label | None) -> tuple[Span | None, Span | None]:
    """(mol in the amount used at one time, mol/m^3) of a label, a shipped product or a strength."""
    if label is not None:
        lines = [line for line in label.lines if line.reading.verdict != "impossible" and line.reading.mol_per_mL is not None]
        doses = [line.doses[0].mol for line in lines if line.doses]
        return (hull(doses) if doses and a.amount else None), (hull(line.reading.mol_per_mL * 1e6 for line in lines) if lines else None)
    if a.product is not None:
        product = shipped_product(a.product)
        density, moles = product.density.si, product.moles.get("magnesium", 0.0)
        salts = {"magnesium": product.salts["magnesium"]} if "magnesium" in product.salts else {}
        mass = _mass(a, density, product.spray.si if product.spray else None, moles, salts)
    elif a.strength is not None:
        density = a.density.si if a.density else document("parameters", "film").parameters["water_density"].si
        moles = strength.moles_per_mass(a.strength, a.salt, density)
        mass = _mass(a, density, None, moles, {"magnesium": a.salt})
    else:
        return None, None
    return (span(mass * moles) if mass else None), span(moles * density)


def _mass(a, density: float, spray: float | None, moles: float, salts: dict) -> float | None:
    if a.amount is None:
        return None
    return strength.mass_of_product(
        a.amount, density=density, area=a.area.si if a.area else 1e6, spray=spray, moles={"magnesium": moles}, salts=salts
    )


# ---- what was measured -----------------------------------------------------------------------------------------------
def value(m: Measured, key: str) -> Measure | None:
    """A printed value of a measurement, or None."""
    text = getattr(m, key)
    return None if text is None else measured_value(text, m.of)


def rise(m: Measured) -> float | None:
    """Change in SI; None where it is not told, or only as a share of something that is not told."""
    before, after, change = (value(m, key) for key in ("before", "after", "change"))
    if before and after:
        return after.si - before.si
    if change is None:
        return None
    if change.unit != "%":
        return change.si
    return change.si * before.si if before else None


def blood(report: Report) -> list[Measured]:
    """Measurements of blood's liquid part."""
    return [m for m in report.measured if m.of in BLOOD]


def weight(report: Report) -> tuple[Span, tuple[Known, ...]]:
    """kg of the person, and the number behind it where the report does not say."""
    if report.person.weight is not None:
        return span(report.person.weight.si), ()
    number = known("plausibility", "plausible", "weight")
    return number.si, (number,)


def needed(report: Report, m: Measured) -> tuple[Span, tuple[Known, ...]] | None:
    """mol of magnesium that a rise in blood needs at the least, were nothing lost meanwhile: rise times volume of distribution."""
    change = rise(m)
    if change is None:
        return None
    per_weight, (kilograms, behind) = known("solutes", "magnesium", "distribution_volume_per_weight"), weight(report)
    numbers = (per_weight, *behind)
    moles = per_weight.si * kilograms * max(change, 0.0)
    if m.of == "ionised":
        share = known("parameters", "homeostasis", "ionised_share")
        moles, numbers = moles / share.si, (*numbers, share)
    return moles, numbers


def milligrams(moles: Span) -> str:
    return f"{told(moles, MG)} mg"
