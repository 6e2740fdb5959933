"""Whether the words of a picture can be read: all inside it, none upon another. Looked at while it is drawn, since its letters are paths."""

from __future__ import annotations

from contextlib import contextmanager
from typing import NamedTuple

TOUCH = 1.0                  # points by which the boxes of two texts may overlap: boxes are taller than their letters


class Drawn(NamedTuple):
    """A picture: its first words, its size in points, and box (left, bottom, right, top) and words of each text."""

    title: str
    width: float
    height: float
    texts: list[tuple[tuple[float, float, float, float], str]]


@contextmanager
def watched():
    """Within the block every text that matplotlib draws is noted; yields {figure: texts} of what was drawn last."""
    from matplotlib.text import Text

    drawn, original = {}, Text.draw

    def draw(text, renderer, *rest, **named):
        if text.get_visible() and text.get_text().strip():
            box = text.get_window_extent(renderer)
            drawn.setdefault(text.get_figure(root=True), []).append((box.extents, text.get_text()))
        return original(text, renderer, *rest, **named)

    Text.draw = draw
    try:
        yield drawn
    finally:
        Text.draw = original


def looked_at(figure, draw) -> Drawn:
    """A figure, drawn by `draw(figure)` as SVG, whose units are points."""
    with watched() as drawn:
        draw(figure)
    texts = [(tuple(float(x) for x in box), text) for box, text in dict.fromkeys((tuple(b), t) for b, t in drawn.get(figure, []))]
    title = next((axes.get_title(loc) for axes in figure.axes for loc in ("left", "center") if axes.get_title(loc)), "")
    return Drawn(title or (texts[0][1] if texts else ""), figure.get_figwidth() * 72, figure.get_figheight() * 72, texts)


def problems(picture: Drawn) -> list[str]:
    """Texts that reach beyond the picture, and pairs that lie upon each other."""
    told = lambda text: repr(text.replace("\n", " ")[:40])
    found = [f"{picture.title[:50]}: {told(text)} reaches beyond the picture" for (left, bottom, right, top), text in picture.texts
             if left < -TOUCH or bottom < -TOUCH or right > picture.width + TOUCH or top > picture.height + TOUCH]
    for i, (one, text) in enumerate(picture.texts):
        for other, second in picture.texts[i + 1:]:
            if all(min(one[k + 2], other[k + 2]) - max(one[k], other[k]) > TOUCH for k in (0, 1)):
                found.append(f"{picture.title[:50]}: {told(text)} lies upon {told(second)}")
    return found
