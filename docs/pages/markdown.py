"""Text of documents as Markdown: what it holds stays as it is written, and fits into a table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

SPECIAL = re.compile(r"([\\*_<>\[\]$#|~])")
CODE = re.compile(r"(`[^`]+`)")


def plain(text: object) -> str:
    """Text that Markdown shows as it stands; what is in backticks stays code."""
    parts = CODE.split(" ".join(str(text).split()))
    return "".join(part.replace("|", "\\|") if CODE.fullmatch(part) else SPECIAL.sub(r"\\\1", part) for part in parts)


def sentence(text: str) -> str:
    """Text that begins as a sentence does, where its first word is no name or unit."""
    first = text.partition(" ")[0]
    return plain(text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text)


def code(text: object) -> str:
    """Text in the letters of code."""
    return f"`{text}`" if str(text) else ""


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already; without the columns that are empty, and nothing at all without rows."""
    rows = [list(map(str, row)) for row in rows]
    kept = [i for i in range(len(header)) if i == 0 or any(row[i] for row in rows)]
    lines = ["| " + " | ".join(row[i] for i in kept) + " |" for row in ([*header], ["---"] * len(header), *rows)]
    return "\n".join(lines) if rows else ""


def joined(*blocks: str) -> str:
    """Blocks of a page, those that are empty left out."""
    text = "\n\n".join(block.strip("\n") for block in blocks if block.strip())
    return f"{text}\n" if text else ""


def heading(level: int, title: str, target: str = "") -> str:
    """A heading, and the name by which other pages link to it."""
    return (f"({target})=\n" if target else "") + f"{'#' * level} {plain(title)}"


def link(text: str, target: str) -> str:
    """A link to a named heading of any page."""
    return f"[{plain(text)}](#{target})"


def block(language: str, text: str) -> str:
    """Code as it stands."""
    return f"```{language}\n{text.rstrip()}\n```"
