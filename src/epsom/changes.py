"""Changes of a scenario by key, as in site.area or steps.0.apply: one value, or a row of values to sweep over.

`product.strength` stands for the strength of a product's only ingredient. A change inside a product that ships with epsom
describes that product in the scenario from then on: all else in it stays as it is.
"""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Sequence
from typing import Any

from epsom.core import units
from epsom.core.errors import InputError
from epsom.core.parameter import folder, names

STRENGTH = "product.strength"
RANGE = re.compile(r"(.+?)\.\.(.+):\s*(\d{1,4})\s*")
MOST = 32                    # values of a sweep; each is a run


def split(text: str) -> tuple[str, str]:
    """(key, value) of "KEY=VALUE"."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise InputError("a change is KEY=VALUE", 'As in site.area="200 cm^2"', value=text)
    return key.strip(), value.strip()


def plain(text: str) -> Any:
    """A number, truth value, list or table where the text is one in TOML; else the text itself."""
    try:
        return tomllib.loads(f"x = {text}")["x"]
    except tomllib.TOMLDecodeError:
        return text


def changed(tables: dict, key: str, value: Any) -> dict:
    """A copy of a scenario's tables with one value in its place. `parameters.` keys keep their dots; list items are
    numbered from 0."""
    tables = copy.deepcopy(tables)
    if key.startswith("parameters."):
        tables.setdefault("parameters", {})[key.removeprefix("parameters.")] = str(value)
        return tables
    if key.startswith("product.") and key != "product.use":
        _describe_product(tables, key, value)
    _place(tables, _only_ingredient(tables, value) if key == STRENGTH else key.split("."), value, key)
    return tables


def all_changed(tables: dict, texts: Sequence[str]) -> dict:
    """The tables with every change of the form "key=value"."""
    for text in texts:
        key, value = split(text)
        tables = changed(tables, key, plain(value))
    return tables


def _place(tables: Any, path: list[str], value: Any, key: str) -> None:
    for i, part in enumerate(path):
        if isinstance(tables, list):
            if not part.isdigit() or int(part) >= len(tables):
                raise InputError(f"'{'.'.join(path[:i])}' has {len(tables)} entries, counted from 0",
                                 "Name one of them by number, as in steps.0.apply", key=key, value=value)
            part = int(part)
        elif not isinstance(tables, dict):
            raise InputError(f"'{'.'.join(path[:i])}' has no parts", "Name a whole key", key=key, value=value)
        if i == len(path) - 1:
            tables[part] = value
            return
        tables = tables[part] if isinstance(tables, list) else tables.setdefault(part, {})


def _describe_product(tables: dict, key: str, value: Any) -> None:
    """Put what a shipped product is in the place of its name, under a title that says what was changed."""
    product = tables.get("product")
    name = product.get("use") if isinstance(product, dict) else None
    if name in names("products"):
        shipped = tomllib.loads((folder("products") / f"{name}.toml").read_text("utf-8"))
        tables["product"] = {**shipped, "title": f"{name}, {key.removeprefix('product.')} set to {value}"[:400], "label": "",
                             "note": f"All else is as in {name}."}


def _only_ingredient(tables: dict, value: Any) -> list[str]:
    """Where the strength of the product's only ingredient stands."""
    product = tables.get("product")
    ingredients = product.get("ingredients", []) if isinstance(product, dict) else []
    if len(ingredients) != 1:
        raise InputError(f"this sets the strength of a product with one ingredient, and this one has {len(ingredients)}",
                         "Name the ingredient by number, as in product.ingredients.0.strength", key=STRENGTH, value=value)
    return ["product", "ingredients", "0", "strength"]


def listed(text: str, key: str) -> list[str]:
    """The values of "V1,V2,..." or of "from..to:n", each as it is written; n values in even steps, both ends among them."""
    spread = RANGE.fullmatch(text)
    values = _spread(spread, text, key) if spread else [value.strip() for value in text.split(",")]
    if len(values) < 2 or "" in values:
        raise InputError("a sweep needs two values or more", "Write them as V1,V2,... or as from..to:n", key=key, value=text)
    if len(values) > MOST:
        raise InputError(f"a sweep has at most {MOST} values, each of which is a run", "Name fewer", key=key, value=text)
    twice = [value for i, value in enumerate(values) if value in values[:i]]
    if twice:
        raise InputError("this value stands twice in the sweep", "Name each value once", key=key, value=twice[0])
    return values


def _spread(found: re.Match, text: str, key: str) -> list[str]:
    try:
        (first, first_unit), (last, unit) = units.split(found[1]), units.split(found[2])
    except InputError as error:
        raise InputError(error.what, "Write it as from..to:n, as in 10..35 degC:6", key=key, value=text) from error
    if first_unit not in ("", unit):
        raise InputError(f"the ends of this range are in '{first_unit}' and '{unit}'", "Write both in one unit", key=key, value=text)
    n = int(found[3])
    if n < 2:
        raise InputError("a range has two values or more", "Give a larger n in from..to:n", key=key, value=text)
    steps = [first + (last - first) * i / (n - 1) for i in range(min(n, MOST + 1))]
    return [f"{step:.6g} {unit}".strip() for step in steps]


def numbers(values: list[str]) -> tuple[list[float], str] | None:
    """(numbers, unit) of values that can stand on one axis: all in one unit as written, or in units of one kind, which
    are then told in the first one's; None for names and for strengths of different species."""
    try:
        split_values = [units.split(value) for value in values]
        unit = split_values[0][1]
        if all(other == unit for _, other in split_values):
            return [number for number, _ in split_values], unit
        return [units.convert(number, other, unit) for number, other in split_values], unit
    except InputError:
        return None

