"""What a label says, in every way that it can be read, side by side; what it says of magnesium is what is applied, never what is absorbed.

`read_label("60,000 ppm magnesium chloride, 30 mL")` finds the strengths in the sentence, reads each as magnesium, as the anhydrous salt
and as each hydrate, by weight and by volume where the label leaves that open, holds each reading against what the salt can dissolve, and
says how much magnesium lies in an amount of the product. It never chooses between readings.
"""

from __future__ import annotations

from dataclasses import dataclass

from epsom.core import units
from epsom.core.errors import InputError, nearest
from epsom.core.strength import SPECIES, species_of
from epsom.evidence.label_readings import MG, Reading, magnesium_salts, readings, slip, spray_of
from epsom.evidence.label_statements import Statement, measure, statements
from epsom.evidence.label_words import EXAMPLE, words_of
from epsom.evidence.span import Span, known, span
from epsom.product import USUAL_AREA, USUAL_DOSE

APPLIED = (
    "This is what lies on the skin or in the water, not what is absorbed: magnesium that is applied has not passed the skin. What passes "
    "is a small share of it, and nobody has measured it with a mass balance in people."
)
USUAL_AMOUNTS = ("1 spray", "1 teaspoon", "30 mL")
BATHS = ("added to water",)
SAME = 0.01  # two statements that differ by less than a hundredth say the same


@dataclass(frozen=True)
class Dose:
    """Magnesium in an amount of product by one reading: mol and mg, and mg/cm^2 where an area is known.

    `assumed` names what is not stated.
    """

    amount: str
    mol: Span
    mg: Span
    mg_per_cm2: Span | None
    assumed: str


@dataclass(frozen=True)
class Line:
    """One reading with what it brings in each amount."""

    reading: Reading
    doses: tuple[Dose, ...]


@dataclass(frozen=True)
class Disagreement:
    """Two statements of one label, at the pair of readings where they are nearest: `percent` by which the first is more than the second.

    `verdict` is "agree", "can agree" (within what is unknown of density, spoon and spray) or "disagree".
    """

    first: str
    second: str
    as_read: tuple[str, str]
    percent: Span
    verdict: str


@dataclass(frozen=True)
class Label:
    """A label as it can be read.

    Attributes
    ----------
    text : as given.    lines : readings with their doses, in the order of the label.    disagreements : statements held against each other.
    notes : what was not read, what is no strength, what can be read in two ways, slips of units.
    factor : strongest over weakest possible reading of the first strength; 1 where there is one.
    """

    text: str
    lines: tuple[Line, ...]
    disagreements: tuple[Disagreement, ...]
    notes: tuple[str, ...]
    factor: float

    @property
    def possible(self) -> bool:
        """Whether any reading is possible."""
        return any(line.reading.verdict != "impossible" for line in self.lines)


def read_label(
    text: object, *, amount: str | None = None, area: str | None = None, density: str | None = None, salt: str | None = None
) -> Label:
    """Read a label.

    Parameters
    ----------
    text : the sentence as printed, at most 600 characters.
    amount : of product, as in "30 mL", "5 g", "8 sprays"; by default what the label states, else a spray, a teaspoon and 30 mL.
    area : of skin, as in "400 cm^2"; by default that of one calf, with 2 mg/cm^2 of product on it.
    density : of the product, as in "1.28 g/mL"; without it, that of a solution of the salt in water, with its range.
    salt : name of a salt's document, where the label names none.

    Raises
    ------
    InputError : no text, no strength in it, or options that cannot be read.
    """
    if salt is not None and salt not in magnesium_salts():
        raise InputError(f"there is no magnesium salt '{salt}'", nearest(salt, magnesium_salts()), key="--salt")
    heavy = units.parse(density, "kg/m^3", least=500.0, most=3000.0, example="1.28 g/mL").si if density is not None else None
    on = units.parse(area, "m^2", least=1e-8, most=4.0, example="400 cm^2").si if area is not None else None
    words = words_of(text)
    stated, doubts = statements(words, salt or "")
    strengths = [s for s in stated if s.kind in ("strength", "content")]
    slips = [s for s in stated if s.kind == "unit"]
    if not strengths and not slips:
        raise InputError("no strength of magnesium can be read here", ". ".join([*words.doubts[:2], *doubts[:3], EXAMPLE]), value=text)
    spray, spray_stated = spray_of(stated)
    amounts = _amounts(stated, amount)
    lines, notes, groups = [], list(words.doubts) + doubts + [_volume_for_mass(s, spray) for s in slips], []
    for statement in strengths:
        found = readings(statement, spray, heavy)
        groups.append((statement, found))
        lines += [Line(r, _doses(r, statement, amounts, spray, spray_stated, on, heavy)) for r in found]
        notes += _remarks(statement, found, spray, heavy)
    return Label(words.text, tuple(lines), tuple(_disagreements(groups)), tuple(dict.fromkeys(notes)), _factor(groups))


def _factor(groups: list[tuple[Statement, list[Reading]]]) -> float:
    for _, found in groups:
        strengths = [r.mol_per_g.value for r in found if r.verdict != "impossible" and r.mol_per_g and r.mol_per_g.value > 0]
        if strengths:
            return max(strengths) / min(strengths)
    return 1.0


def _amounts(stated: list[Statement], amount: str | None) -> list[tuple[str, str, Span]]:
    """(text, "kg", "m^3", "spray" or "pump", number) of what is taken of the product."""
    if amount is not None:
        return [_amount(amount)]
    found = [(s.text, s.quantity, s.number) for s in stated if s.kind == "amount"]
    return found or [_amount(each) for each in USUAL_AMOUNTS]


def _amount(text: str) -> tuple[str, str, Span]:
    counted = words_of(text).counted
    if len(counted) != 1 or counted[0].text != text.strip() or counted[0].kind not in ("mass", "volume", "spoon", "squirt"):
        raise InputError(
            "this is no amount of product", 'Write it as in "30 mL", "5 g", "1 teaspoon" or "8 sprays"', key="--amount", value=text
        )
    kind = counted[0].unit if counted[0].kind == "squirt" else "kg" if counted[0].kind == "mass" else "m^3"
    return text.strip(), kind, measure(counted[0])


def _doses(
    reading: Reading, statement: Statement, amounts: list, spray: Span, spray_stated: bool, area: float | None, density: float | None
) -> tuple[Dose, ...]:
    if reading.verdict == "impossible":
        return ()
    if reading.basis == "the salt itself":
        return (_dose(statement.text, reading.mol, area, ""),)
    if reading.basis in BATHS and statement.per.value > 2e-3:
        told = "" if statement.per.exact else "how much water that is"
        return (_dose(f"all the water ({statement.per.value * 1e3:.3g} L)", reading.mol, None, told),)
    found = [
        _dose(text, *_in(reading, kind, number, spray, spray_stated, area))
        for text, kind, number in amounts
        if kind == "kg" or reading.mol_per_mL is not None
    ]
    usual, on = units.parse(USUAL_DOSE, "kg/m^2").si, area or units.parse(USUAL_AREA, "m^2").si
    thin = f"{USUAL_DOSE} of it on {on * 1e4:.4g} cm^2"
    return (*found, _dose(thin, reading.mol_per_g * 1e3 * (usual * on), on, "how thickly it is spread"))


def _in(reading: Reading, kind: str, number: Span, spray: Span, stated: bool, area: float | None) -> tuple[Span, float | None, str]:
    if kind == "kg":
        return reading.mol_per_g * 1e3 * number, area, ""
    if kind == "m^3":
        return reading.mol_per_mL * 1e6 * number, area, ""
    if reading.mol_per_spray is not None and reading.basis == f"per {kind}":
        return reading.mol_per_spray * number, area, ""
    size = spray if kind == "spray" else known("plausibility", "household", kind).si
    told = "" if stated and kind == "spray" else f"the volume of a {kind}"
    return reading.mol_per_mL * 1e6 * number * size, area, told


def _dose(text: str, mol: Span, area: float | None, assumed: str) -> Dose:
    mg = mol * MG
    return Dose(text, mol, mg, mg / (area * 1e4) if area else None, assumed)


def _remarks(statement: Statement, found: list[Reading], spray: Span, density: float | None) -> list[str]:
    """What a person should know of a statement: a mixture, a hydrate left open, a slip of units."""
    notes, name = [], statement.of
    if name.mixture:
        share = known("plausibility", "household", name.mixture)
        notes.append(
            f"'{name.text}' is a mixture whose share of magnesium is not known: {100 * share.si.low:.3g} to {100 * share.si.high:.3g} % is "
            f"assumed"
        )
    elif not name.salt:
        notes.append(f"'{statement.text}': no salt is named; this is read as magnesium itself. If it means a salt, say which: --salt NAME")
    if not name.mixture and not name.species and not name.element:
        notes.append(f"'{statement.text}': the label does not say whether this counts magnesium, the anhydrous salt or a hydrate")
    if all(r.verdict == "impossible" for r in found):
        sense = slip(statement, spray, density)
        notes.append(
            f"'{statement.text}' is impossible: {found[-1].law}"
            + (f". With {sense[0]}, it makes sense: {sense[1].mol_per_mL.value * MG:.3g} mg of magnesium in 1 mL" if sense else "")
        )
    return notes


def _volume_for_mass(statement: Statement, spray: Span) -> str:
    said = f"'{statement.text}': a volume of {statement.of.text} is no amount of it"
    return f"{said}; mg instead of mL would make sense of it, if that is meant" if "ml" in statement.text.lower() else said


def _disagreements(groups: list[tuple[Statement, list[Reading]]]) -> list[Disagreement]:
    found = []
    for k, (first, one) in enumerate(groups):
        for second, other in groups[k + 1 :]:
            pairs = [
                (a, b)
                for a in one
                for b in other
                if "impossible" not in (a.verdict, b.verdict)
                and a.mol_per_mL
                and b.mol_per_mL
                and a.mol_per_mL.value > 0
                and b.mol_per_mL.value > 0
            ]
            if pairs:
                a, b = min(pairs, key=lambda p: abs(1 - p[0].mol_per_mL.value / p[1].mol_per_mL.value))
                ratio = a.mol_per_mL / b.mol_per_mL
                percent = Span(*(100 * (each - 1) for each in (ratio.value, ratio.low, ratio.high)))
                verdict = "agree" if abs(ratio.value - 1) < SAME else "can agree" if ratio.low <= 1 <= ratio.high else "disagree"
                found.append(Disagreement(first.text, second.text, (f"{a.species} {a.basis}", f"{b.species} {b.basis}"), percent, verdict))
    return found


def magnesium_in(text: str) -> Span:
    """mol of magnesium in an amount that names its species, as in "300 mg Mg" or "12 mmol".

    Raises InputError where the species is not one of a magnesium salt.
    """
    number, rest = units.split(text, "300 mg Mg")
    match = SPECIES.fullmatch(f" {rest}")
    every = {formula: species for salt in magnesium_salts() for formula, species in species_of(salt).items()}
    if match and match[1].strip() and match[2] in every:
        kind = every[match[2]]
        mol = units.dimensions(match[1].strip()) == {"substance": 1.0}
        return span(
            (units.convert(number, match[1].strip(), "mol") if mol else units.convert(number, match[1].strip(), "kg") / kind.molar_mass)
            * kind.solutes
        )
    if units.dimensions(rest) == {"substance": 1.0}:
        return span(units.convert(number, rest, "mol"))
    raise InputError("an amount of magnesium says of what it is", 'Write it as in "300 mg Mg" or "12 mmol"', value=text)
