"""Walking from one thing to all that it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable


def nearest_first(start: str, behind: Callable[[str], Iterable[str]]) -> list[str]:
    """`start` and everything behind it, each once, nearest first; circles do no harm."""
    found, queue = [], [start]
    while queue:
        name = queue.pop(0)
        if name not in found:
            found.append(name)
            queue += behind(name)
    return found
