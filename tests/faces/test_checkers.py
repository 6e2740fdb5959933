"""The checks of pages and pictures find what they are for."""

from __future__ import annotations

import io
import re

import figure_checks
import page_checks
import pytest

GOOD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>A run</title>
<style>:root { --ink: #222; } body { color: var(--ink); background: #fff; font: 1rem/1.5 sans-serif; }
.small { font-size: .88rem; color: #595959; }
.warn { background: #fff3e8; color: #8a3b00; } @media print { .wide { margin: 0; } 
details::details-content { content-visibility: visible; } }</style></head>
<body><main><h1 id="top">A run</h1><h2>Answer</h2><p class="small">Some text with a <a href="#top">link</a>.</p><p class="warn">Careful.</p>
<figure><div role="img" aria-label="A line that rises from 1 to 3.">
<svg width="40" height="20" viewBox="0 0 2 1"><path d="M0 0" id="line"/></svg></div>
<figcaption>Rise over time.</figcaption></figure>
<div tabindex="0" role="region" aria-label="Amounts"><table><caption>Amounts</caption>
<thead><tr><th scope="col">after</th><th scope="col">mg</th></tr></thead>
<tbody><tr><th scope="row">1 h</th><td>3</td></tr></tbody></table></div>
<details><summary>Sources</summary><ol><li>One.</li></ol></details>
</main></body></html>"""
BAD = {
    "line": ("</h2>", "</h3>"),
    "id 'top' stands 2 times": ("<h2>", '<h2 id="top">'),
    "points to '#top'": ('id="top"', 'id="head"'),
    "fetches https://x.org/a.png": ("<figcaption>", '<img alt="a" src="https://x.org/a.png"><figcaption>'),
    "the style sheet fetches": (".small {", ".small { background: url(https://x.org/a.png);"),
    "<script> is there": ("<h2>", "<script></script><h2>"),
    "<html> has no lang": (' lang="en"', ""),
    "no title": ("<title>A run</title>", "<title> </title>"),
    "no charset": ('<meta charset="utf-8">', ""),
    "no viewport": ("initial-scale=1", "user-scalable=no"),
    "2 headings of level 1": ("<h2>Answer</h2>", "<h1>Answer</h1>"),
    "jumps from level 1 to 3": ("<h2>Answer</h2>", "<h3>Answer</h3>"),
    "an empty h2": ("<h2>Answer</h2>", "<h2></h2>"),
    "not one main landmark": ("main>", "section>"),
    "outside every landmark": ("<main>", "<p>Text.</p><main>"),
    "2 regions are called 'Amounts'": ("<details>", '<section aria-label="Amounts"></section><details>'),
    "<div> has no text in its place": ("A line that rises from 1 to 3.", ""),
    "<svg> has no text in its place": ("<h2>", "<svg></svg><h2>"),
    "is its caption once more": ("A line that rises from 1 to 3.", "Rise over time."),
    "2 pictures have the text": ("<h2>", '<img alt="A line that rises from 1 to 3." src="data:,"><h2>'),
    "has no caption": ("<table><caption>Amounts</caption>", "<p>Of</p><table>"),
    "has no header": ("th", "td"),
    "a header without scope": (' scope="row"', ""),
    "an empty header": (">after<", "><"),
    "rows of [2, 3] cells": ("<td>3</td>", "<td>3</td><td>4</td>"),
    "<a> has no name": (">link<", "><"),
    "<input> has no label": ("<h2>", "<input><h2>"),
    "takes the focus without a role and a name": (' role="region"', ""),
    "<details> without one <summary>": ("<summary>Sources</summary>", ""),
    "<summary> is not the first": ("<details><summary>", "<details><p>a</p><summary>"),
    "<ol> holds something else": ("<li>One.</li>", "<p>One.</p>"),
    "no style for print": ("@media print", "@media screen"),
    "contrast 2.32": ("color: #595959", "color: #aaa"),
    "contrast 1.32": ("--ink: #222", "--ink: #e0e0e0"),
    "text of 9.6 px": (".88rem", ".6rem"),
}


def test_a_good_page_has_no_problems():
    assert page_checks.problems(GOOD) == []


@pytest.mark.parametrize("found", BAD)
def test_what_is_wrong_is_found(found):
    before, after = BAD[found]
    changed = re.sub(r"<(/?)th\b", r"<\1td", GOOD) if before == "th" else GOOD.replace(before, after)
    assert changed != GOOD and [one for one in page_checks.problems(changed) if found in one]


def test_contrast_is_that_of_the_guideline():
    assert page_checks.contrast("#000", "#fff") == pytest.approx(21)
    assert page_checks.contrast("#767676", "white") == pytest.approx(4.54, abs=0.01)


def test_texts_that_meet_or_leave_the_picture_are_found():
    figure = lambda *texts: figure_checks.problems(figure_checks.Drawn("A", 100.0, 50.0, list(texts)))
    assert figure(((0, 0, 40, 10), "one"), ((41, 0, 80, 10), "two"), ((0, 10.5, 40, 20), "three")) == []
    assert figure(((0, 0, 40, 10), "one"), ((30, 5, 80, 15), "two")) == ["A: 'one' lies upon 'two'"]
    assert figure(((80, 0, 120, 10), "one")) == ["A: 'one' reaches beyond the picture"]


def test_what_is_drawn_is_seen():
    from epsom.plots import new_figure

    figure, axes = new_figure(0.5, 0.1, 0.5, 0.3)
    axes.set_title("A title")
    axes.set_xlim(0, 1)
    axes.text(0.5, 0.5, "here")
    axes.text(0.5, 0.5, "there")
    axes.text(0.9, 0.5, "far beyond the right edge")
    # not by `as_svg`, which other tests listen to
    drawn = figure_checks.looked_at(figure, lambda figure: figure.savefig(io.BytesIO(), format="svg"))
    assert drawn.title == "A title" and {"A title", "here", "0.4"} <= {text for _, text in drawn.texts}
    assert figure_checks.problems(drawn) == ["A title: 'far beyond the right edge' reaches beyond the picture",
                                             "A title: 'here' lies upon 'there'"]


def test_the_browser_finds_what_does_not_fit(browser, tmp_path):
    file = tmp_path / "page.html"
    file.write_text(GOOD, "utf-8")
    assert browser.layout(file, 360) == browser.layout(file, 1280) == [] and browser.on_paper(file) == (1, [])
    file.write_text(GOOD.replace("<td>3</td>", f"<td>{'3' * 80}</td>").replace("details::details-content", "p"), "utf-8")
    assert any(one.startswith("scrolls sideways") for one in browser.layout(file, 360)) and browser.layout(file, 1280) == []
    assert browser.on_paper(file) == (1, ["not on paper: One."])


