"""The words of a label: its numbers, units, salts and what links them, found in text as people print it.

Nothing here computes; nothing here looks further than the text. What can be read in two ways is said in `doubts`.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from epsom.core.errors import InputError
from epsom.evidence.span import Span, span

LONGEST = 600
MOST_NUMBERS = 40
EXAMPLE = 'Write it as in "60,000 ppm magnesium chloride, 30 mL" or "8 sprays = 100 mg magnesium"'
# Each word of a unit: what it counts, and in which unit of core/units or measure of data/plausibility/household.toml.
UNITS = {
    "share": {"ppm": "1e-6", "parts per million": "1e-6", "%": "1e-2", "percent": "1e-2", "per cent": "1e-2", "pct": "1e-2"},
    "mass": {"kg": "kg", "kilogram": "kg", "kilograms": "kg", "kilo": "kg", "g": "g", "gr": "g", "gram": "g", "grams": "g", "gramme": "g",
             "grammes": "g", "mg": "mg", "milligram": "mg", "milligrams": "mg", "mgs": "mg", "ug": "ug", "µg": "ug", "mcg": "ug",
             "microgram": "ug", "micrograms": "ug", "lb": "lb", "lbs": "lb", "pound": "lb", "pounds": "lb", "oz": "oz", "ounce": "oz",
             "ounces": "oz"},
    "volume": {"ml": "mL", "millilitre": "mL", "milliliter": "mL", "millilitres": "mL", "milliliters": "mL", "cl": "cL", "dl": "dL",
               "l": "L", "litre": "L", "liter": "L", "litres": "L", "liters": "L", "fl oz": "fl_oz", "fl. oz": "fl_oz", "fl. oz.": "fl_oz",
               "fluid ounce": "fl_oz", "fluid ounces": "fl_oz", "cm3": "mL", "cc": "mL", "ul": "uL", "µl": "uL"},
    "spoon": {"teaspoon": "teaspoon", "teaspoons": "teaspoon", "tsp": "teaspoon", "tsps": "teaspoon", "tablespoon": "tablespoon",
              "tablespoons": "tablespoon", "tbsp": "tablespoon", "tbsps": "tablespoon", "cup": "cup", "cups": "cup", "gallon": "gallon",
              "gallons": "gallon", "gal": "gallon", "drop": "drop", "drops": "drop"},
    "squirt": {"spray": "spray", "sprays": "spray", "spritz": "spray", "spritzes": "spray", "squirt": "spray", "squirts": "spray",
               "pump": "pump", "pumps": "pump"},
    "hand": {"handful": "handful", "handfuls": "handful"},
    "tub": {"bath": "bath", "baths": "bath", "tub": "bath", "bathtub": "bath", "bath tub": "bath", "standard bath": "bath",
            "foot bath": "foot_bath", "footbath": "foot_bath", "foot soak": "foot_bath"},
    "moles": {"mmol": "mmol", "mol": "mol", "umol": "umol", "µmol": "umol", "millimole": "mmol", "millimoles": "mmol", "meq": "mEq"},
    "molar": {"millimolar": "mmol/L", "molar": "mol/L"},
}
MOLAR = {"mM": "mmol/L", "M": "mol/L"}                   # the only units whose capitals count
WORDS = {"half a": 0.5, "a half": 0.5, "half": 0.5, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
         "nine": 9, "ten": 10, "twelve": 12}
FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3}
PLAIN = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "–": "-", "—": "-", "−": "-", "μ": "µ", "·": ".", "•": ".", "×": "x",
                       "≈": "=", "~": " ", "“": '"', "”": '"', "’": "'", "⋅": ".", "\t": " ", "₂": "2", "₄": "4", "₆": "6", "₇": "7",
                       "₃": "3", "²": "2", "⁺": "+", "\n": ";", "％": "%"})
DIGITS = r"\d{1,3}(?:[ ,.']\d{3})+(?:[.,]\d{1,12})?(?!\d)|\d{1,15}(?:[.,]\d{1,12})?|[.,]\d{1,12}"
NUMBER = rf"(?:\d{{1,3}} )?\d{{1,2}}/\d{{1,2}}(?![\d/])|{DIGITS}"
LINKS = r"per|/|each|every|a|an|one|in a|in one|in each|to a|to the|to each|to one"


@dataclass(frozen=True)
class Counted:
    """A number with its unit where it stands in the text.

    Attributes
    ----------
    start, end : characters of the text.    number : with its range where two are printed.    unit : as in UNITS or MOLAR.
    kind : what the unit counts, a key of UNITS.    linked : whether a word such as "per" stands before it.    text : as printed.
    bare : whether no number is printed, as in "per spray".
    """

    start: int
    end: int
    number: Span
    unit: str
    kind: str
    linked: bool
    text: str
    bare: bool


@dataclass(frozen=True)
class Name:
    """A salt, hydrate, element or mixture where it is named; `species` is "" where the hydrate is left open."""

    start: int
    end: int
    text: str
    salt: str = ""
    species: str = ""
    bulk: str = ""
    liquid: bool = False
    mixture: str = ""
    element: bool = False


@dataclass(frozen=True)
class Words:
    """All that was found: `text` is the label on one line, `doubts` what could be read in two ways or is no strength."""

    text: str
    counted: tuple[Counted, ...]
    names: tuple[Name, ...]
    doubts: tuple[str, ...]


@cache
def said() -> dict:
    """data/label_words.toml."""
    return tomllib.loads((files("epsom") / "data" / "label_words.toml").read_text("utf-8"))


@cache
def _quantity() -> re.Pattern:
    words = sorted((word for kind in UNITS.values() for word in kind), key=len, reverse=True)
    unit = "|".join(re.escape(word) for word in words)
    amount = rf"(?P<first>{NUMBER})(?:\s?(?:-|to)\s?(?P<second>{NUMBER}))?"
    below = amount.replace("first", "third").replace("second", "fourth")
    spelled = "|".join(sorted(WORDS, key=len, reverse=True))
    return re.compile(rf"(?<![\w.,])(?:(?P<link>{LINKS})(?:(?<=/)|\s)\s?)?(?:(?:{amount})\s?-?\s?|(?P<word>{spelled})\s|(?<=[/\s]))"
                      rf"(?P<unit>(?-i:mM|M)|{unit})(?![\w%]|\.\w)|(?P<slash>/)\s?(?:{below})?"
                      rf"\s?(?P<below>{unit})(?![\w%])", re.IGNORECASE)


def words_of(text: object) -> Words:
    """The words of a label; raises InputError where it is no text, empty, too long or full of numbers."""
    if not isinstance(text, str) or not text.strip():
        raise InputError("a label is a line of text", EXAMPLE, value=text)
    if len(text) > LONGEST:
        raise InputError(f"this label has {len(text)} characters; {LONGEST} are read at most", "Give the sentence with the strength")
    clean = re.sub(r" {2,}", " ", text.translate(PLAIN)).strip()
    if len(re.findall(r"\d+(?:[.,]\d+)*", clean)) > MOST_NUMBERS:
        raise InputError("this label holds too many numbers to be one sentence", "Give the sentence with the strength")
    for mark, value in FRACTIONS.items():
        clean = re.sub(rf"(\d{{1,3}}) ?{mark}", lambda m, v=value: f"{int(m[1]) + v:.6g}", clean).replace(mark, f"{value:.6g}")
    doubts: list[str] = []
    names = _names(clean)
    counted = _counted(clean, names, doubts)
    lowered = clean.lower()
    doubts += [f"'{word}': {why}" for word, why in said()["empty"].items() if re.search(rf"\b{re.escape(word)}", lowered)]
    doubts += [f"'{word}': there is no data on it here, so nothing is read for it" for word in said()["unknown"] if word in lowered]
    return Words(clean, tuple(counted), tuple(names), tuple(doubts))


def _names(text: str) -> list[Name]:
    lowered, found = text.lower(), []
    every = sorted(((word, entry) for entry in said()["names"] for word in entry["said"]), key=lambda pair: -len(pair[0]))
    every = [(word, None) for word in said()["unknown"]] + every                # so that oxide is not taken for the element
    for word, entry in every:
        for match in re.finditer(rf"(?<![\w(]){re.escape(word)}(?![\w])", lowered):
            if not any(match.start() < other[1] and other[0] < match.end() for other in found):
                found.append((match.start(), match.end(), entry))
    for match in re.finditer(r"(?<![\w\d] )(?<![\w.])Mg(?![\w+(])", text):       # the element's symbol, not the unit mg
        if not any(match.start() < other[1] and other[0] < match.end() for other in found) and not re.search(r"\d\s?$", text[:match.start()]):
            found.append((match.start(), match.end(), {"element": True}))
    for match in re.finditer(r"(?<=[a-z%] )Mg(?![\w+(])", text):
        if not any(match.start() < other[1] and other[0] < match.end() for other in found):
            found.append((match.start(), match.end(), {"element": True}))
    return [Name(start, end, text[start:end], **{key: value for key, value in entry.items() if key != "said"})
            for start, end, entry in sorted(found, key=lambda each: each[0]) if entry is not None]


def _counted(text: str, names: list[Name], doubts: list[str]) -> list[Counted]:
    found = []
    for match in _quantity().finditer(text):
        unit, first, second = ((match["unit"], match["first"], match["second"]) if match["unit"]
                               else (match["below"], match["third"], match["fourth"]))
        if any(name.start < match.end() and match.start() < name.end for name in names):
            continue
        linked, word = bool(match["link"] or match["slash"]), match["word"]
        if not (linked or first or word):
            continue
        if unit in ("Mg", "MG", "ML"):
            doubts.append(f"'{match[0].strip()}': {unit} after a number is read as {unit.lower()}")
        if first:
            number = _number(first, unit, doubts) if second is None else _range(first, second, unit, doubts)
        else:
            number = span(WORDS[word.lower()] if word else 1.0)
        name = MOLAR.get(unit) or next(kind[unit.lower()] for kind in UNITS.values() if unit.lower() in kind)
        kind = "molar" if unit in MOLAR else next(key for key, kind in UNITS.items() if unit.lower() in kind)
        found.append(Counted(match.start(), match.end(), number, name, kind, linked, match[0].strip(), not (first or word)))
    return found


def _range(first: str, second: str, unit: str, doubts: list[str]) -> Span:
    low, high = sorted((_number(first, unit, doubts).value, _number(second, unit, doubts).value))
    return Span((low + high) / 2, low, high)


def _number(text: str, unit: str, doubts: list[str]) -> Span:
    """A printed number: both of "," and "." make the last the decimal sign; one of them, three digits behind it, a thousand or not."""
    if "/" in text:
        whole, _, part = text.rpartition(" ")
        top, _, bottom = part.partition("/")
        if not int(bottom):
            doubts.append(f"'{text}' divides by nothing and is read as 0")
            return span(0.0)
        return span(float(whole or 0) + int(top) / int(bottom))
    digits = text.replace(" ", "").replace("'", "")
    marks = [mark for mark in digits if mark in ",."]
    if len(set(marks)) == 2:
        decimal = marks[-1]
        thousands = "," if decimal == "." else "."
        return span(float(digits.replace(thousands, "").replace(decimal, ".")))
    if len(marks) > 1:
        return span(float(digits.replace(marks[0], "")))
    if marks and re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", digits):
        as_thousands = marks[0] == "," and unit != "%"
        doubts += [] if as_thousands and unit in ("ppm", "mg") else [
            f"'{text}' is read as {float(digits.replace(',', '' if as_thousands else '.')):.10g}, with '{marks[0]}' as a "
            f"{'thousands' if as_thousands else 'decimal'} sign; write it without a sign if the other is meant"]
        return span(float(digits.replace(",", "" if as_thousands else ".")))
    return span(float(digits.replace(",", ".")))
