"""What is wrong with a page: markup, names, headings, landmarks, pictures, tables, colours and sizes, from its text alone.

Covered: errors of parsing by the HTML standard's own algorithm; ids and what points to them; that nothing is fetched; language, title and
viewport; headings and landmarks; texts of pictures; headers and names of tables; names of links, buttons, fields and regions; `details`;
contrast and size of text by the page's own style sheet, on screens and on paper.

Not covered: which elements may stand in which beyond what parsing tells; text over pictures; colours of SVG; states such as :hover; what
scripts make, of which pages have none. Layout is for a browser (`browser.py`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import cssselect2
import html5lib
import tinycss2
import tinycss2.color4

HTML, SVG = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/2000/svg}"
LANDMARKS = {"header", "main", "footer", "nav", "aside"}
LANDMARK_ROLES = {"banner", "main", "contentinfo", "navigation", "complementary", "region", "search", "form"}
FETCHING = {"src", "srcset", "poster", "data", "{http://www.w3.org/1999/xlink}href"}
CONTRAST, LARGE_CONTRAST, LARGE, LARGE_BOLD, SMALLEST = 4.5, 3.0, 24.0, 18.66, 11.0      # WCAG 2.2, 1.4.3; sizes in px
SILENT = {"style", "script", "title", "head", "meta", "link", "template"}


class Page(NamedTuple):
    """A parsed page: its elements in order, parents, and what parsing found wrong."""

    root: object
    elements: list
    parents: dict
    errors: list[str]


def parsed(text: str) -> Page:
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=True)
    root = parser.parse(text)
    errors = [f"line {line}: {code} {given or ''}".strip() for (line, _), code, given in parser.errors]
    elements = [e for e in root.iter() if isinstance(e.tag, str)]
    return Page(root, elements, {child: parent for parent in elements for child in parent}, errors)


def name(element) -> str:
    """Its tag; nothing for a comment."""
    return "" if not isinstance(element.tag, str) else element.tag.rpartition("}")[2]


def words(element) -> str:
    """Text of an element, that of pictures in it included."""
    own = [element.get("aria-label") or element.get("alt") or element.text or ""]
    return " ".join(" ".join([*own, *(words(child) + " " + (child.tail or "") for child in element if name(child) != "style")]).split())


def above(page: Page, element) -> Iterator:
    while element in page.parents:
        element = page.parents[element]
        yield element


def hidden(page: Page, element) -> bool:
    return any(e.get("aria-hidden") == "true" or e.get("hidden") is not None for e in (element, *above(page, element)))


def problems(text: str) -> list[str]:
    """Everything that is wrong, each in a line."""
    page = parsed(text)
    return [*page.errors, *(problem for check in CHECKS for problem in check(page))]


# ---- markup ----------------------------------------------------------------------------------------------------------
def unique_ids(page: Page) -> Iterator[str]:
    for one, times in Counter(e.get("id") for e in page.elements if e.get("id") is not None).items():
        if times > 1 or not one:
            yield f"id '{one}' stands {times} times"


def pointers(page: Page) -> Iterator[str]:
    ids = {e.get("id") for e in page.elements}
    for e in page.elements:
        ends = [e.get(key, "").removeprefix("#") for key in ("href", "{http://www.w3.org/1999/xlink}href") if e.get(key, "").startswith("#")]
        for key in ("aria-labelledby", "aria-describedby", "for"):
            ends += e.get(key, "").split()
        ends += [end for value in e.attrib.values() for end in re.findall(r"url\(#([^)]+)\)", value)]
        yield from (f"<{name(e)}> points to '#{end}', which is not there" for end in ends if end not in ids)


def nothing_is_fetched(page: Page) -> Iterator[str]:
    for e in page.elements:
        kept = [e.get(key) for key in FETCHING if e.get(key)] + ([e.get("href")] if name(e) in ("link", "base", "image", "use") else [])
        yield from (f"<{name(e)}> fetches {one[:60]}" for one in kept if one and not one.startswith(("#", "data:")))
        if name(e) in ("script", "iframe", "object", "embed"):
            yield f"<{name(e)}> is there"
        if name(e) == "a" and e.get("href", "").startswith(("http:", "javascript:")):
            yield f"a link to {e.get('href')[:60]}"
    if re.search(r"@import|url\((?!['\"]?(?:data:|#))", style_of(page)):
        yield "the style sheet fetches something"


def head(page: Page) -> Iterator[str]:
    named = {name(e): e for e in reversed(page.elements)}
    if not page.root.get("lang"):
        yield "<html> has no lang"
    if not (named["title"].text or "").strip() if "title" in named else True:
        yield "no title"
    metas = {e.get("name", e.get("http-equiv", "charset" if e.get("charset") else "")): e.get("content", "") for e in page.elements
             if name(e) == "meta"}
    if "charset" not in metas:
        yield "no charset"
    if "width=device-width" not in metas.get("viewport", "") or re.search("user-scalable=no|maximum-scale", metas.get("viewport", "")):
        yield "no viewport, or one that forbids to zoom"


def headings_and_landmarks(page: Page) -> Iterator[str]:
    found = [e for e in page.elements if re.fullmatch(HTML + "h[1-6]", e.tag)]
    levels = [int(name(e)[1]) for e in found]
    if levels.count(1) != 1:
        yield f"{levels.count(1)} headings of level 1"
    yield from (f"heading '{words(e)[:50]}' jumps from level {before} to {level}"
                for e, before, level in zip(found[1:], levels, levels[1:]) if level > before + 1)
    yield from (f"an empty {name(e)}" for e in found if not words(e))
    landmark = lambda e: name(e) in LANDMARKS or e.get("role") in LANDMARK_ROLES
    if sum(name(e) == "main" or e.get("role") == "main" for e in page.elements) != 1:
        yield "not one main landmark"
    body = next(e for e in page.elements if name(e) == "body")
    yield from (f"<{name(e)}> '{words(e)[:40]}' stands outside every landmark" for e in body if words(e) and not landmark(e))
    regions = Counter(e.get("aria-label", e.get("aria-labelledby", "")) for e in page.elements
                      if e.get("role") == "region" or (name(e) in ("section", "nav", "aside") and e.get("aria-label")))
    yield from (f"{times} regions are called '{one}'" for one, times in regions.items() if times > 1 or not one)


# ---- what stands on it -----------------------------------------------------------------------------------------------
def pictures(page: Page) -> Iterator[str]:
    texts, by_id = [], {e.get("id"): e for e in page.elements}
    for e in page.elements:
        inside = any(x.get("role") == "img" or x.tag == SVG + "svg" for x in above(page, e))
        if inside or hidden(page, e) or not (e.tag in (SVG + "svg", HTML + "img", HTML + "canvas") or e.get("role") == "img"):
            continue
        labelled = " ".join(words(by_id[one]) for one in e.get("aria-labelledby", "").split() if one in by_id)
        text = labelled or e.get("aria-label") or e.get("alt") or (words(e[0]) if len(e) and name(e[0]) == "title" else "")
        if not text.strip() and e.get("alt") is None:
            yield f"<{name(e)}> has no text in its place"
        texts += [text] if text.strip() else []
        captions = [words(c) for a in above(page, e) if name(a) == "figure" for c in a.iter() if name(c) == "figcaption"]
        if text.strip() and not labelled and " ".join(text.split()) in captions:
            yield f"a picture's text is its caption once more: '{text[:50]}'"
    yield from (f"{times} pictures have the text '{text[:50]}'" for text, times in Counter(texts).items() if times > 1)


def tables(page: Page) -> Iterator[str]:
    names = []
    for e in (e for e in page.elements if name(e) == "table"):
        around = page.parents[e]
        caption = (next((words(c) for c in e if name(c) == "caption"), "") or e.get("aria-label", "") or e.get("aria-labelledby", "")
                   or (around.get("aria-label", "") if around.get("role") == "region" and len(around) == 1 else ""))
        heads = [c for c in e.iter() if name(c) == "th"]
        told = f"table '{caption[:50] or words(heads[0])[:30] if heads else ''}'"
        names.append(caption)
        if not caption:
            yield f"{told} has no caption"
        if not heads:
            yield f"{told} has no header"
        yield from (f"{told}: a header without scope" for c in heads if c.get("scope") not in ("col", "row", "colgroup", "rowgroup"))
        yield from (f"{told}: an empty header" for c in heads if not words(c))
        width = {sum(int(c.get("colspan", 1)) for c in row) for row in e.iter() if name(row) == "tr"}
        if len(width) > 1 and not any(c.get("rowspan") for c in e.iter()):
            yield f"{told}: rows of {sorted(width)} cells"
    yield from (f"{times} tables are called '{one[:50]}'" for one, times in Counter(filter(None, names)).items() if times > 1)


def controls(page: Page) -> Iterator[str]:
    labels = {e.get("for") for e in page.elements if name(e) == "label"}
    for e in page.elements:
        if name(e) in ("a", "button", "summary") and not words(e) and not e.get("title"):
            yield f"<{name(e)}> has no name"
        if name(e) in ("input", "select", "textarea") and e.get("type") != "hidden" and not (
                e.get("aria-label") or e.get("aria-labelledby") or e.get("id") in labels or any(name(a) == "label" for a in above(page, e))):
            yield f"<{name(e)}> has no label"
        if e.get("tabindex") is not None and (int(e.get("tabindex")) > 0 or not (e.get("role") and e.get("aria-label"))):
            yield f"<{name(e)}> takes the focus without a role and a name, or before its turn"
        if name(e) == "summary" and (name(page.parents[e]) != "details" or page.parents[e][0] is not e):
            yield "<summary> is not the first of its <details>"
        if name(e) == "details" and sum(name(c) == "summary" for c in e) != 1:
            yield "<details> without one <summary>"
        if name(e) in ("ul", "ol") and any(name(c) != "li" for c in e):
            yield f"<{name(e)}> holds something else than items"


# ---- style -----------------------------------------------------------------------------------------------------------
class Rule(NamedTuple):
    """Declarations under a selector, and the media that they are for."""

    selector: object
    declarations: dict[str, str]
    media: str


def style_of(page: Page) -> str:
    return "\n".join(e.text or "" for e in page.elements if e.tag == HTML + "style")


def rules(sheet: str) -> list[Rule]:
    found = []
    for outer in tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True):
        inner, media = [outer], ""
        if outer.type == "at-rule":
            media = tinycss2.serialize(outer.prelude).strip()
            inner = tinycss2.parse_rule_list(outer.content, skip_comments=True, skip_whitespace=True) if outer.at_keyword == "media" else []
        for rule in inner:
            if rule.type != "qualified-rule":
                continue
            told = {d.lower_name: tinycss2.serialize(d.value).strip() for d in tinycss2.parse_blocks_contents(rule.content)
                    if d.type == "declaration"}
            with suppress(cssselect2.SelectorError):          # pseudo-elements, which no element of the page is
                found += [Rule(s, told, media) for s in cssselect2.compile_selector_list(rule.prelude)]
    return found


def print_style(page: Page) -> Iterator[str]:
    if not any("print" in rule.media for rule in rules(style_of(page))):
        yield "no style for print"


def contrast_and_size(page: Page) -> Iterator[str]:
    every, seen = rules(style_of(page)), set()
    for media in ("", "screen", "print"):
        matcher, kept = cssselect2.Matcher(), [r for r in every if not r.media or (media and media in r.media)]
        for rule in kept:
            if rule.selector.pseudo_element is None:
                matcher.add_selector(rule.selector, rule.declarations)
        root = cssselect2.ElementWrapper.from_html_root(page.root)
        variables = {k: v for r in kept for k, v in r.declarations.items() if k.startswith("--")}
        for told in _texts(root, matcher, variables, {"color": "#000", "background": "#fff", "size": 16.0, "bold": False}):
            seen.add(told)
    yield from sorted(seen)


def _texts(element, matcher, variables: dict, inherited: dict) -> Iterator[str]:
    e, style = element.etree_element, _styled(element, matcher, variables, inherited)
    if not isinstance(e.tag, str) or name(e) in SILENT or not e.tag.startswith(HTML):
        return
    if (e.text or "").strip() or any((child.tail or "").strip() for child in e):
        ratio = contrast(style["color"], style["background"])
        large = style["size"] >= (LARGE_BOLD if style["bold"] else LARGE)
        who = f"<{name(e)} class='{e.get('class', '')}'>"
        if ratio < (LARGE_CONTRAST if large else CONTRAST):
            yield f"{who}: contrast {ratio:.2f} of {style['color']} on {style['background']}"
        if style["size"] < SMALLEST:
            yield f"{who}: text of {style['size']:.1f} px"
    for child in element.iter_children():
        yield from _texts(child, matcher, variables, style)


def _styled(element, matcher, variables: dict, inherited: dict) -> dict:
    declared = {}
    for _, _, _, declarations in sorted(matcher.match(element), key=lambda one: (one[0], one[1])):
        declared |= declarations
    for d in tinycss2.parse_blocks_contents(element.etree_element.get("style", "")):
        declared |= {d.lower_name: tinycss2.serialize(d.value).strip()} if d.type == "declaration" else {}
    value = lambda text: re.sub(r"var\((--[\w-]+)\)", lambda m: variables[m[1]].strip(), text)
    declared = {key: value(text).removesuffix("!important") for key, text in declared.items()}
    style = dict(inherited)
    if declared.get("color") not in (None, "inherit", "currentColor"):
        style["color"] = declared["color"]
    ground = declared.get("background-color", declared.get("background", "")).split()
    if ground and tinycss2.color4.parse_color(ground[0]) is not None and ground[0] not in ("transparent", "none"):
        style["background"] = ground[0]
    size = declared.get("font-size") or (re.search(r"([\d.]+(?:px|r?em|%|pt))(?:/|\s|$)", declared.get("font", "")) or ("", ""))[1]
    style["size"] = _pixels(size, inherited["size"])
    style["bold"] = {"bold": True, "600": True, "700": True, "normal": False, "400": False}.get(
        declared.get("font-weight", ""), inherited["bold"] or name(element.etree_element) in ("strong", "b", "th", "h1", "h2", "h3"))
    return style


def _pixels(size: str, inherited: float) -> float:
    found = re.fullmatch(r"([\d.]+)(px|rem|em|%|pt)", size)
    if not found:
        return {"smaller": inherited / 1.2, "small": 13.0, "x-small": 10.0, "medium": 16.0, "large": 18.0}.get(size, inherited)
    return float(found[1]) * {"px": 1.0, "rem": 16.0, "em": inherited, "%": inherited / 100, "pt": 4 / 3}[found[2]]


def contrast(ink: str, ground: str) -> float:
    """Ratio of luminances, 1 to 21 (WCAG 2.2)."""
    def luminance(colour: str) -> float:
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in tinycss2.color4.parse_color(colour).to("srgb")[:3]]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts))

    low, high = sorted((luminance(ink), luminance(ground)))
    return (high + 0.05) / (low + 0.05)


CHECKS = (unique_ids, pointers, nothing_is_fetched, head, headings_and_landmarks, pictures, tables, controls, print_style, contrast_and_size)
