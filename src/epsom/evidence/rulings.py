"""What regulators ruled about claims of this kind, by country (`data/rulings.toml`): information, not legal advice."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import Field

from epsom.schema import Part, build

FILE = "rulings.toml"
NO_ADVICE = "Rulings are told for information, by country; this is no legal advice, and what was not looked up is not listed."

Text = Annotated[str, Field(max_length=400)]


class Ruling(Part):
    """One ruling or letter: who, when, about what, which registered claims it touches, and what of it is still to be read."""

    id: str
    country: str
    body: str
    year: str
    about: Text
    outcome: Text
    claims: tuple[str, ...] = ()
    link: str | None = None
    verify: tuple[Text, ...] = ()

    @property
    def told(self) -> str:
        """As a sentence."""
        year = f", {self.year}" if self.year[0].isdigit() else ""
        return f"{self.country} ({self.body}{year}): {self.outcome}, on {self.about}."


@cache
def rulings() -> dict[str, Ruling]:
    """{id: ruling} of all that are on record. Raises InputError (file, key, value) where the file breaks the rules above."""
    tables = tomllib.loads((files("epsom") / "data" / FILE).read_text("utf-8"))
    return {key: build(Ruling, {"id": key, **table}, f"{FILE}: {key}") for key, table in tables.items()}


def on(claims: Iterable[str]) -> list[Ruling]:
    """Rulings that touch any of these claims, by their ids."""
    wanted = set(claims)
    return [ruling for ruling in rulings().values() if wanted & set(ruling.claims)]
