"""The templates of pages."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def template(name: str):
    """A template of `data/templates`; undefined names are errors."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    folder = files("epsom") / "data" / "templates"
    environment = Environment(loader=FunctionLoader(lambda part: (folder / part).read_text("utf-8")), autoescape=True,
                              undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template(name)
