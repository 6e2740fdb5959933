"""Links of the finished site, without a network: every one that stays within it leads to a file, and to a place in it."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit


class Found(NamedTuple):
    """Where a page can be linked to, and what it links to."""

    anchors: set[str]
    links: list[str]


class Reader(HTMLParser):
    """Collects both from a page."""

    def __init__(self):
        super().__init__()
        self.found = Found(set(), [])

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("id", "name") and value:
                self.found.anchors.add(value)
            elif name in ("href", "src") and value:
                self.found.links.append(value)


def read(page: Path) -> Found:
    reader = Reader()
    reader.feed(page.read_text("utf-8"))
    return reader.found


def broken(site: Path) -> list[str]:
    """Each link that leads nowhere, with its page."""
    pages = {page.resolve(): read(page) for page in site.rglob("*.html")}
    return sorted({f"{page.relative_to(site.resolve())}: {link}" for page, found in pages.items() for link in found.links
                   if not leads_somewhere(page, link, pages)})


def leads_somewhere(page: Path, link: str, pages: dict[Path, Found]) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True                                          # leaves the site: nothing is asked of a network
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    return target.exists() and (not parts.fragment or target not in pages or unquote(parts.fragment) in pages[target].anchors)
