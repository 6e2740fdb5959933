"""Human units at the edge, SI inside.

A quantity is written as a number and a unit ("2 mg/cm^2", "20 min", "22 degC"). The two are split here by a strict
grammar before any library sees them, so that text can neither compute ("9**9**9 mg") nor hang. pint then knows what
the unit is. Amount concentrations are mol/m^3, which equals mmol/L.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from epsom.core.errors import InputError, nearest, shortened

EXAMPLE = {"s": "20 min", "m^2": "400 cm^2", "m": "170 cm", "kg": "70 kg", "m/s": "90 mL/min/1.73m^2", "K": "22 degC",
           "m^3": "5 mL", "kg/m^3": "1.05 g/mL", "m^2/s": "1e-10 cm^2/s", "1/s": "3e-4 1/s", "mol/m^3": "0.2 mmol/L",
           "mol/m^2": "50 nmol/cm^2", "kg/mol": "194 g/mol"}     # what to write, by SI unit
LONGEST = 80
NUMBER = re.compile(r"\s*([+-]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][+-]?\d{1,3})?)(?![\d.])\s*(.*?)\s*", re.DOTALL)
FACTOR = re.compile(r"([A-Za-zµμ°Ωℓ_]{1,40})(?:(?:\^|\*\*)?(-?\d))?$")
UNITS = ("m", "cm", "mm", "um", "g", "kg", "mg", "ug", "s", "min", "h", "d", "week", "month", "yr", "mol", "mmol", "umol", "L", "mL",
         "degC", "K", "in", "ft", "lb", "oz")                 # what is offered in place of an unknown one
SUPERSCRIPT = str.maketrans({"²": "2", "³": "3", "⁻": "-", "¹": "1", "−": "-", "·": "*", "°": "deg"})
BODY_SURFACE = re.compile(r"1\.73\s*m(?:\^|\*\*)?2")     # the one number that stands inside a clinical unit


@dataclass(frozen=True)
class Quantity:
    """A number with its unit as a person wrote it, and its value in SI.

    Attributes
    ----------
    text : what was written, kept so that files round-trip without loss.
    si : the value in the SI unit of its dimension (float).
    """

    text: str
    si: float

    def __str__(self) -> str:
        return self.text


@cache
def registry():
    """The pint registry of the units in `data/units.txt`, made on first use."""
    import pint

    return pint.UnitRegistry(str(files("epsom") / "data" / "units.txt"), autoconvert_offset_to_baseunit=True)


def split(text: object, example: str = "20 min") -> tuple[float, str]:
    """Number and unit of "2 mg/cm^2" as (2.0, "mg/cm^2"); refuses everything that is not one finite number first."""
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        raise InputError("a bare number where a unit is due", f'Write number and unit as text, as in "{example}"', value=text)
    if not isinstance(text, str):
        raise InputError("expected text with a number and a unit", f'Write it as in "{example}"', value=text)
    if len(text) > LONGEST:
        raise InputError("this text is too long for a quantity", f'Write it as in "{example}"', value=text)
    match = NUMBER.fullmatch(text.translate(SUPERSCRIPT))
    if match is None:
        raise InputError("this does not start with a finite number", f'Write it as in "{example}"', value=text)
    number = float(match[1])
    if not math.isfinite(number):
        raise InputError("this number is not finite", "Write a number of ordinary size", value=text)
    return number, match[2]


@cache
def unit_of(text: str):
    """The pint unit written as names joined by / * or a space, each with an optional whole exponent."""
    import pint

    clean = BODY_SURFACE.sub("reference_body_surface", text.translate(SUPERSCRIPT)).replace("**", "^")
    unit = registry().Unit("")
    pieces = re.split(r"\s*([*/])\s*|\s+", clean) if clean not in ("", "1") else []
    sign = 1
    for piece in pieces:
        if piece in ("*", "/"):
            sign = 1 if piece == "*" else -1
            continue
        if piece is None or piece == "1":
            continue
        match = FACTOR.match(piece)
        if match is None:
            raise InputError(f"{shortened(text)} is not a unit", "Write units as in mg/cm^2, mL/min or 1/s")
        try:
            unit = unit * registry().Unit(match[1]) ** (sign * int(match[2] or 1))
        except (pint.errors.PintError, ValueError, TypeError, AttributeError, OverflowError) as error:
            raise InputError(f"unknown unit {shortened(match[1])}", f"{nearest(match[1], UNITS)}") from error
        sign = 1
    return unit


def convert(number: float, unit: str, target: str) -> float:
    """`number` of `unit` expressed in `target`; refuses a change of dimension."""
    import pint

    try:
        value = registry().Quantity(number, unit_of(unit)).to(unit_of(target)).magnitude
    except pint.errors.PintError as error:
        shown = unit or "no unit"
        raise InputError(f"'{shown}' cannot be converted to {target}", f"Give a quantity in {target} or the like") from error
    except OverflowError:
        return math.inf
    return float(value)


@cache
def si_factor(unit: str) -> float:
    """How many SI units (m, kg, s, mol, K) one `unit` is; a temperature difference for degrees."""
    import pint

    try:
        one, two = (registry().Quantity(x, unit_of(unit)).to_base_units().magnitude for x in (1.0, 2.0))
        factor = float(two - one)                             # a difference, so that the zero of degrees does not matter
    except pint.errors.PintError as error:
        raise InputError(f"{shortened(unit)} counts with degrees whose zero lies elsewhere", "Write K in a unit of several parts") from error
    except OverflowError:
        factor = math.inf
    if not 0 < factor < math.inf:
        raise InputError(f"{shortened(unit)} is beyond all numbers", "Write an ordinary unit")
    return factor


@cache
def dimensions(unit: str) -> dict[str, float]:
    """Exponents of the base dimensions of a unit, as in {"length": -3, "substance": 1} for mol/m^3."""
    return {name.strip("[]"): float(power) for name, power in unit_of(unit).dimensionality.items()}


def parse(text: object, si: str, *, least: float = -math.inf, most: float = math.inf, example: str = "") -> Quantity:
    """Read a quantity.

    Parameters
    ----------
    text : number and unit, as in "20 min".
    si : the SI unit it is to be converted to, as in "s"; it fixes the dimension.
    least, most : bounds in SI, both allowed.
    example : what an error offers to write; by default one of the SI unit.

    Raises
    ------
    InputError : no number, bare number, unknown unit, wrong dimension, not finite or out of bounds.
    """
    example = example or EXAMPLE.get(si, f"1 {si}")
    number, unit = split(text, example)
    if not unit and si != "1":
        raise InputError("a bare number where a unit is due", f'Write it as in "{example}"', value=text)
    try:
        value = convert(number, unit, si)
    except InputError as error:
        raise InputError(error.what, f'Write it as in "{example}"' if "converted" in error.what else error.do, value=text) from error
    if not math.isfinite(value):
        raise InputError("this quantity is not finite", "Write a number of ordinary size", value=text)
    if value < least:
        limit = f"{convert(least, si, unit):.4g} {unit}".strip()
        word = "is negative" if least == 0 else f"is below {limit}"
        raise InputError(f"this quantity {word}", f"The least allowed is {limit}", value=text)
    if value > most:
        limit = f"{convert(most, si, unit):.4g} {unit}".strip()
        raise InputError(f"this quantity is above {limit}", f"The most allowed is {limit}", value=text)
    return Quantity(" ".join(str(text).split()), value)
