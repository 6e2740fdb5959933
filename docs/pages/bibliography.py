"""Every source, and everything that rests on it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from urllib.parse import quote

from epsom.core.parameter import KINDS, document, folder, names
from epsom.core.sources import bibliography, plain

from . import markdown as md

Use = tuple[str, str]        # (source, what rests on it as Markdown)


def page() -> str:
    """The bibliography with what uses each entry."""
    found: dict[str, list[str]] = {key: [] for key in bibliography()}
    for source, what in uses():
        if source in found and what not in found[source]:
            found[source].append(what)
    entries = [md.joined(md.heading(2, key, f"source-{key}"), reference(key), f"Behind it: {', '.join(found[key])}.")
               for key in sorted(found)]
    return md.joined(md.heading(1, "Sources", "sources"), f"{len(found)} sources stand behind the numbers, and each says what rests on it. "
                     "Entries that were read as abstracts or through others say so; titles that were not at hand are marked as paraphrased.",
                     *entries)


def reference(key: str) -> str:
    """A source in full, with its doi as a link and what is noted of it."""
    fields = bibliography()[key].fields
    doi, note = fields.get("doi"), f" ({md.plain(fields['note'])})" if "note" in fields else ""
    link = f" [doi:{md.plain(doi)}](https://doi.org/{quote(doi, safe='/')})" if doi else ""
    return f"{md.plain(plain(key).removesuffix(f' doi:{doi}.'))}{link}{note}"


def uses() -> Iterator[Use]:
    """Everything that names a source: numbers by document, what others measured, correlations and what is known of feeling."""
    for kind in KINDS:
        for name in names(kind):
            target = f"numbers-{name}" if kind == "parameters" else f"data-{kind}-{name}"
            for p in document(kind, name).parameters.values():
                yield p.source, md.link(name, target)
            if "source" in document(kind, name).about.get("predicted", {}):
                yield document(kind, name).about["predicted"]["source"], md.link(name, target)
    for kind in ("validation", "body_validation"):
        for name in names(kind):
            tables = tomllib.loads((folder(kind) / f"{name}.toml").read_text("utf-8"))
            for source in sources_in(tables):
                yield source, md.link(name, f"case-{kind}-{name}")
    for page, target in {"validation_context.toml": "not-compared", "correlations.toml": "data-correlations"}.items():
        for source in sources_in(tomllib.loads(folder(page).read_text("utf-8"))):
            yield source, md.link(page.partition(".")[0].replace("_", " "), target)
    for kind in sorted(entry.name for entry in folder("").iterdir() if entry.is_dir()):
        for name in names(kind) if kind not in (*KINDS, "validation", "body_validation") else ():
            for source in sources_in(tomllib.loads((folder(kind) / f"{name}.toml").read_text("utf-8"))):
                yield source, md.link(f"{kind.replace('_', ' ')}: {name}", f"data-{kind}-{name}")


def sources_in(tables: object) -> Iterator[str]:
    """Every `source` of nested tables."""
    if isinstance(tables, dict):
        for key, inside in tables.items():
            if key == "source" and isinstance(inside, str):
                yield inside
            else:
                yield from sources_in(inside)
    elif isinstance(tables, list):
        for inside in tables:
            yield from sources_in(inside)
