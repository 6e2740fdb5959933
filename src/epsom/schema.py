"""What all parts of a scenario share: quantities as fields, unknown keys refused, errors that name file, key and value."""

from __future__ import annotations

import math
import typing
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationError
from pydantic_core import PydanticCustomError

from epsom.core import units
from epsom.core.errors import EpsomError, InputError, nearest
from epsom.core.parameter import all_parameters
from epsom.core.units import Quantity

DAY = 86400.0


def told(error: EpsomError) -> PydanticCustomError:
    return PydanticCustomError("epsom", "{what}", {"what": error.what, "do": error.do})


def refusal(what: str, do: str, at: str = "") -> PydanticCustomError:
    """What a validator raises: the trouble, the next step, and the key below this part where it stands."""
    return PydanticCustomError("epsom", "{what}", {"what": what, "do": do, "at": at})


def check_unit(unit: str, allowed: tuple[str, ...], key: str | None) -> None:
    """Refuse a unit that is none, or none of a quantity; `key` names the parameter where the quantity is one, whose unit then counts."""
    if key is not None:
        known = all_parameters()
        if key not in known:
            raise refusal(f"there is no number '{key}'", nearest(key, known), "key")
        allowed = (known[key].unit,)
    try:
        found = units.dimensions(unit)
    except EpsomError as error:
        raise refusal(f"{error.what} (found: {unit!r})", error.do, "unit") from error
    if found not in [units.dimensions(each) for each in allowed]:
        raise refusal(f"'{unit}' is no unit of this quantity (found: {unit!r})", f"Give it in {' or '.join(allowed)} or the like", "unit")


def checked(check):
    """A validator whose InputError pydantic can carry."""
    def run(value):
        try:
            return check(value)
        except EpsomError as error:
            raise told(error) from error
    return BeforeValidator(run)


def check_named(kind: str, name: str, at: str, known) -> None:
    """Refuse a name that is not known, with the nearest that is; `at` is the key where it stands."""
    if name not in known:
        raise PydanticCustomError("epsom", "{what}", {"what": f"there is no {kind} '{name}'", "at": at, "do": nearest(name, known)})


def quantity(si: str, least: float = -math.inf, most: float = math.inf, example: str = ""):
    def read(value):
        return units.parse(value.text if isinstance(value, Quantity) else value, si, least=least, most=most, example=example)
    return Annotated[Any, checked(read), PlainSerializer(lambda q: q.text, return_type=str)]


Time = quantity("s", 0.0, 366 * DAY)
Area = quantity("m^2", 1e-8, 4.0)
Temperature = quantity("K", 223.15, 373.15)
Volume = quantity("m^3", 1e-9, 10.0)
Density = quantity("kg/m^3", 500.0, 3000.0)


class Part(BaseModel):
    """Base of all parts of a scenario: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=400)


def build(model: type[BaseModel], tables: dict, file: object):
    """Validate tables as a model; the first trouble becomes an InputError, the others are counted."""
    try:
        return model.model_validate(tables)
    except ValidationError as error:
        raise as_input_error(error, model, file) from error


def as_input_error(error: ValidationError, model: type[BaseModel], file: object) -> InputError:
    found = error.errors(include_url=False)
    # An unknown key often is the misspelt form of one that is then missing: say the former.
    first = next((e for e in found if e["type"] == "extra_forbidden"), found[0])
    context = first.get("ctx", {})
    key = ".".join(str(part) for part in (*first["loc"], *filter(None, [context.get("at")])))
    more = f" ({len(found) - 1} more problem{'s' if len(found) > 2 else ''} in this file)" if len(found) > 1 else ""
    value = first["input"]
    if first["type"] == "epsom":
        what, do = context["what"], context["do"]
    elif first["type"] == "extra_forbidden":
        what, do, value = "unknown key", nearest(str(first["loc"][-1]), _fields_at(model, first["loc"][:-1])), None
    elif first["type"] == "missing":
        what, do, value = "this key is missing", "Add it; `epsom new` writes a complete scenario", None
    else:
        what, do = first["msg"][0].lower() + first["msg"][1:], "Correct the value"
    if isinstance(value, (dict, list, tuple, BaseModel)):
        value = None
    return InputError(what, f"{do}{more}".strip(), file=file, key=key, value=value)


def _fields_at(model: type[BaseModel], path) -> list[str]:
    """Names of the keys allowed at a place in a model, found by walking its annotations."""
    def parts(annotation):
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield annotation
        for inner in typing.get_args(annotation):
            yield from parts(inner)

    here = model
    for step in path:
        if isinstance(step, int):
            continue
        info = next((f for n, f in here.model_fields.items() if step in (n, f.alias)), None)
        here = next(parts(info.annotation), here) if info else here
    return [f.alias or n for n, f in here.model_fields.items()]
