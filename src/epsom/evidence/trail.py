"""From a claim to what it stands on: studies and sources, and the numbers of the model that come from the same ones."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from epsom.core.parameter import all_parameters
from epsom.evidence.claims import Claim, Link


class Step(NamedTuple):
    """A link of a claim with the numbers of the model that come from what it points to."""

    link: Link
    numbers: tuple[str, ...]


@cache
def _numbers_by_source() -> dict[str, tuple[str, ...]]:
    """{source: keys of the numbers that come from it}."""
    found: dict[str, list[str]] = {}
    for key, parameter in all_parameters().items():
        found.setdefault(parameter.source, []).append(key)
    return {source: tuple(sorted(keys)) for source, keys in found.items()}


def steps(claim: Claim) -> list[Step]:
    """What a claim stands on, in the order of its links."""
    source = lambda link: link.registered.source if link.study else link.source
    return [Step(link, _numbers_by_source().get(source(link), ())) for link in claim.links]


def as_dot(claims: Iterable[Claim]) -> str:
    """A graph in the language of Graphviz: claims, studies and sources, numbers."""
    lines, seen = ["digraph claims {", "    rankdir=LR;"], set()

    def node(name: str, label: str, shape: str) -> None:
        if name not in seen:
            seen.add(name)
            lines.append(f"    {_quoted(name)} [label={_quoted(label)}, shape={shape}];")

    for claim in claims:
        node(claim.id, f"{claim.id} {claim.text}", "box")
        for step in steps(claim):
            to = step.link.to
            node(to, f"{to} {step.link.registered.who}" if step.link.study else to, "ellipse")
            lines.append(f"    {_quoted(claim.id)} -> {_quoted(to)} [label={_quoted(step.link.relation)}];")
            for number in step.numbers:
                node(number, number, "plain")
                edge = f"    {_quoted(to)} -> {_quoted(number)};"
                if edge not in seen:
                    seen.add(edge)
                    lines.append(edge)
    return "\n".join([*lines, "}"])


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
