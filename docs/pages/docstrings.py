"""Docstrings of the house as reStructuredText: they are prose, with `code` in backticks and lists of "name : what it is"."""

from __future__ import annotations

import re

RULE = re.compile(r"-{3,}\s*")
ITEM = re.compile(r"(\S.*?) : (.*)")
NEXT = re.compile(r"\s{4,}(?=\S+ : )")                       # a second item in the same line
CODE = re.compile(r"(`+[^`]+`+)")
SPECIAL = re.compile(r"([\\*_|])")
BULLET = re.compile(r"\s*- ")


def inline(text: str) -> str:
    """Prose in which nothing but what stands in backticks is marked up."""
    return "".join(f"``{part.strip('`')}``" if CODE.fullmatch(part) else SPECIAL.sub(r"\\\1", part) for part in CODE.split(text))


def restructured(lines: list[str]) -> list[str]:
    """The lines of a docstring, its sections as headed lists."""
    found, in_section = [], False
    for i, line in enumerate(lines):
        if RULE.fullmatch(line):
            continue
        if RULE.fullmatch(lines[i + 1] if i + 1 < len(lines) else ""):
            found += ["", f"*{line.strip()}*", ""]
            in_section = True
        elif in_section and line and not line[0].isspace():
            found += [part for one in NEXT.split(line) for part in item(one)]
        elif not in_section and BULLET.match(line) and found and found[-1].strip() and not BULLET.match(found[-1]) and found[-1][0] != " ":
            found += ["", inline(line)]
        else:
            found.append(inline(line) if not in_section or not line else f"  {inline(line.strip())}")
    return found


def item(line: str) -> list[str]:
    """A line of a section as an item of a list."""
    named = ITEM.fullmatch(line)
    text = f"``{named[1].strip('`')}``: {inline(named[2])}" if named else inline(line)
    return [f"- {text}"]


def process(app, what, name, thing, options, lines: list[str]) -> None:
    """Called by autodoc."""
    lines[:] = [*restructured(lines), ""]
