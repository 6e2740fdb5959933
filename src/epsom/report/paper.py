"""A page as a PDF: the same HTML, set by typst, an optional extra.

Only the tags that our own templates use are known; another one is an error, so that nothing is lost on the way to paper.
"""

from __future__ import annotations

import itertools
import re
import tempfile
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

from epsom.core.errors import InputError

SVG = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
VOID = {"meta", "br", "img"}
LONG, KEPT = "long", "kept"  # classes of what is too long for paper, and of what is never left out
LEFT_OUT = {"head", "style", "title"}
TRANSPARENT = {"html", "body", "main", "header", "footer", "details", "span", "thead", "tbody"}
INLINE = {"strong": "strong", "em": "emph", "code": "raw"}
BLOCK = {"h1": "heading(level: 1,", "h2": "heading(level: 2,", "h3": "heading(level: 3,", "p": "par(", "summary": "summary(",
         "caption": "note(", "figcaption": "note(", "ul": "list(", "ol": "enum(", "li": "", "dl": "block(", "dt": "term(",
         "dd": "pad(left: 1em,",
         "section": "answer(", "figure": "drawn(", "div": "block("}


class Paper(HTMLParser):
    """Collects a page as one expression of typst: parts joined by +."""

    def __init__(self, folds_open: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.left_out = LEFT_OUT if folds_open else LEFT_OUT | {"details"}
        self.open: list[tuple[str, list[str]]] = [("", [])]
        self.skipped = 0

    def handle_starttag(self, tag: str, attributes: list) -> None:
        kinds = (dict(attributes).get("class") or "").split()
        if self.skipped or LONG in kinds or (tag in self.left_out and KEPT not in kinds):
            self.skipped += tag not in VOID
        elif tag == "br":
            self._put("linebreak()")
        elif tag == "img":
            self._put(f'image("{dict(attributes)["src"]}", width: 100%)')
        elif tag in VOID or tag in TRANSPARENT:
            pass
        elif tag in INLINE or tag in BLOCK or tag in ("table", "tr", "th", "td", "a"):
            self.open.append((_kind(tag, dict(attributes)), []))
        else:
            raise ValueError(f"a page has the tag <{tag}>, which paper does not know")

    def handle_endtag(self, tag: str) -> None:
        if self.skipped:
            self.skipped -= 1
        elif tag not in VOID and tag not in TRANSPARENT:
            self._close()

    def handle_data(self, data: str) -> None:
        kind, inside = self.open[-1]
        if self.skipped or not (data.strip() or (inside and kind not in ("tr", "table", "ul", "ol", "dl", "figure", "div", ""))):
            return
        text = " ".join(data.split())
        edge = lambda part: " " if part.isspace() else ""
        self._put(_quoted(f"{edge(data[:1])}{text}{edge(data[-1:])}" if text else " "))

    def _put(self, expression: str) -> None:
        self.open[-1][1].append(expression)

    def _close(self) -> None:
        kind, inside = self.open.pop()
        if kind in ("ul", "ol"):
            items = [part for part in inside if part.startswith("(")]
            self._put(f"{BLOCK[kind]}{', '.join(items)})" if items else '""')
        elif kind == "table":
            self._put(_table(inside))
        elif kind == "tr":
            self._put(f"row:{len(inside)}:" + ", ".join(inside))
        elif kind in ("th", "td"):
            body = " + ".join(inside) or '""'
            self._put(f"strong({body})" if kind == "th" else f"({body} + [])")
        elif kind in INLINE:
            self._put(f"{INLINE[kind]}({''.join(inside) if kind == 'code' else ' + '.join(inside) or chr(34) * 2})")
        elif kind == "li":
            self._put(f"({' + '.join(inside)} + [])")
        elif kind == "a":
            self._put(" + ".join(inside) or '""')
        elif inside:
            self._put(f"{'gate(' if kind == 'gate' else BLOCK[kind]}{' + '.join(inside)} + [])")

    @property
    def expression(self) -> str:
        """The whole page."""
        return " + ".join(self.open[0][1])


def _kind(tag: str, attributes: dict) -> str:
    return "gate" if tag == "div" and "gate" in attributes.get("class", "") else tag


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'


def _table(inside: list[str]) -> str:
    rows = [part.split(":", 2)[1:] for part in inside if part.startswith("row:")]
    caption = " + ".join(part for part in inside if not part.startswith("row:"))
    columns = max(int(count) for count, _ in rows)
    cells = [cells + ', ""' * (columns - int(count)) for count, cells in rows]
    return f"{caption + ' + ' if caption else ''}rows({columns}, {', '.join(cells)})"


def pdf(html: str, folds_open: bool) -> bytes:
    """The page as a PDF, with or without what is folded away on a screen.

    Raises
    ------
    InputError : typst is not installed.
    """
    try:
        import typst
    except ImportError as error:
        raise InputError("a PDF needs typst, which is not installed",
                         "Install it with `pip install 'epsom[pdf]'`, or end the file in .html") from error
    pictures = SVG.findall(html)
    numbers = itertools.count(1)
    paper = Paper(folds_open)
    paper.feed(SVG.sub(lambda _: f'<img src="{next(numbers)}.svg">', html))
    style = (files("epsom") / "data" / "templates" / "paper.typ").read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for number, svg in enumerate(pictures, 1):
            (Path(folder) / f"{number}.svg").write_text(svg, "utf-8")
        (Path(folder) / "page.typ").write_text(f"{style}\n#({paper.expression})\n", "utf-8")
        return typst.compile(str(Path(folder) / "page.typ"))
