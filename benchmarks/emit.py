"""C from a traced JAX program (`graph.py`), so that what is raced in C is the model itself and cannot go stale.

What depends on no state is data, one row of a table for each subject; what is the same for all subjects is a literal; no loop runs
where zeros stand. The rest is written as straight lines for scalars and plain loops for vectors, an expression that is read once
inside the loop of its reader.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from graph import ELEMENTWISE, Graph, Node

FEW = 4                  # runs of equal numbers in a known vector: more become a table


class Piece(NamedTuple):
    """Where a vector is not zero: from `low` to `high`, and how its element `low + i` is written, given i (or "" for the first)."""

    low: int
    high: int
    at: Callable[[str], str]


class Writer:
    """C functions `static void name(const double *c, ...)`, and the table that c points into, one row for each subject."""

    def __init__(self, graph: Graph):
        self.graph, self.rows, self.place, self.tables = graph, [], {}, {}

    @property
    def table(self) -> np.ndarray:
        """(subjects, numbers)"""
        return np.concatenate(self.rows).T.copy() if self.rows else np.zeros((self.graph.subjects, 1))

    @property
    def text(self) -> str:
        """Vectors that are the same for all subjects."""
        return "".join(f"static const double table{k}[] = {{{', '.join(map(repr, values))}}};\n" for values, k in self.tables.items())

    def function(self, name: str, inputs: list[str], outputs: dict[str, Node]) -> str:
        """A function that writes each output, zeros and all, where its name points to."""
        body = _Body(self, list(outputs.values()))
        takes = ", ".join([f"const double *restrict {x}" for x in ("c", *inputs)] + [f"double *restrict {x}" for x in outputs])
        lines = body.lines + [line for to, node in outputs.items() for line in body.written(to, node)]
        return f"static inline void {name}({takes}) {{\n" + "".join(f"    {line}\n" for line in lines) + "}\n"

    def support(self, node: Node) -> tuple[int, int]:
        """Outside of which a vector is zero."""
        pieces = _Body(self, [node]).pieces(node)
        return (pieces[0].low, pieces[-1].high) if pieces else (0, 0)

    def constant(self, node: Node) -> list[Piece]:
        used = np.flatnonzero(node.value.any(1))
        if not len(used):
            return []
        low, high = int(used[0]), int(used[-1]) + 1
        if node.value.shape[1] == 1:
            return self._literals(node.value[:, 0])
        if node.number not in self.place:
            self.place[node.number] = sum(map(len, self.rows))
            self.rows.append(node.value[low:high])
        return [Piece(low, high, _element("c", self.place[node.number]))]

    def _literals(self, values: np.ndarray) -> list[Piece]:
        edges = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)]
        if len(edges) > FEW + 1:
            key = tuple(values.tolist())
            return [Piece(0, len(values), _element(f"table{self.tables.setdefault(key, len(self.tables))}", 0))]
        return [Piece(a, b, _text(repr(float(values[a])))) for a, b in pairwise(edges) if values[a]]


def _text(text: str) -> Callable[[str], str]:
    return lambda i: text


def _element(name: str, start: int) -> Callable[[str], str]:
    return lambda i: f"{name}[{start} + {i}]" if i else f"{name}[{start}]"


class _Body:
    """The lines of one function."""

    def __init__(self, writer: Writer, outputs: list[Node]):
        self.writer, self.lines, self.made = writer, [], {}
        self.known: dict[int, list[Piece]] = {}
        needed, stack = {}, list(outputs)
        while stack:
            node = stack.pop()
            if node.number not in needed:
                needed[node.number] = node
                stack += node.args
        times = dict.fromkeys(needed, 0)                      # in how many places it would be computed
        for node in outputs:
            times[node.number] += 1
        for number in sorted(needed, reverse=True):
            node = needed[number]
            node_is_made = self._is_made(node, times[number])
            for arg in node.args:
                times[arg.number] += 1 if node_is_made else times[number]
        for number in sorted(needed):
            if self._is_made(needed[number], times[number]):
                self._make(needed[number])

    @staticmethod
    def _is_made(node: Node, times: int) -> bool:
        moves = node.op in ("constant", "input", "spread", "slice", "join")
        return not moves and (node.size == 1 or times > 1)

    def _make(self, node: Node) -> None:
        name, pieces = f"v{node.number}", self._combined(node)
        if node.op == "total":
            self._add_up(name, node)
            self.known[node.number] = [Piece(0, 1, lambda i: name)]
        elif node.size == 1:
            self.lines.append(f"const double {name} = {pieces[0].at('') if pieces else '0.0'};")
            self.known[node.number] = [Piece(0, 1, lambda i: name)]
        elif pieces:
            low, high = pieces[0].low, pieces[-1].high
            gaps = any(a.high < b.low for a, b in pairwise(pieces))
            self.lines.append(f"double {name}[{high - low}]{' = {0}' if gaps else ''};")
            for p in pieces:
                self.lines.append(self._loop(p, f"{name}[{p.low - low}", "="))
            self.known[node.number] = [Piece(low, high, _element(name, 0))]
        else:
            self.known[node.number] = []

    @staticmethod
    def _loop(piece: Piece, target: str, how: str) -> str:
        length = piece.high - piece.low
        if length == 1:
            return f"{target}] {how} {piece.at('')};"
        return f"for (int i = 0; i < {length}; i++) {target} + i] {how} {piece.at('i')};"

    def _add_up(self, name: str, node: Node) -> None:
        pieces = self.pieces(node.args[0])
        self.lines.append(f"double {name} = {' + '.join(p.at('') for p in pieces if p.high - p.low == 1) or '0'};")
        for p in pieces:
            if p.high - p.low > 1:
                self.lines.append(f"for (int i = 0; i < {p.high - p.low}; i++) {name} += {p.at('i')};")

    def written(self, to: str, node: Node) -> list[str]:
        """Lines that store an output."""
        lines, end = [], 0
        for p in [*self.pieces(node), Piece(node.size, node.size, str)]:
            if p.low > end:
                lines.append(self._loop(Piece(end, p.low, lambda i: "0"), f"{to}[{end}", "="))
            if p.high > p.low:
                lines.append(self._loop(p, f"{to}[{p.low}", "="))
            end = p.high
        return lines

    def pieces(self, node: Node) -> list[Piece]:
        if node.number not in self.known:
            self.known[node.number] = self._combined(node)
        return self.known[node.number]

    def _combined(self, node: Node) -> list[Piece]:
        if node.op == "constant":
            return self.writer.constant(node)
        if node.op == "input":
            return [Piece(0, node.size, _element(node.name, 0))]
        if node.op == "spread":
            return [Piece(0, node.size, lambda i, p=p: p.at("")) for p in self.pieces(node.args[0])]
        if node.op == "slice":
            start = node.extra[0]
            return [_cut(p, max(p.low, start), min(p.high, start + node.size), -start) for p in self.pieces(node.args[0])
                    if max(p.low, start) < min(p.high, start + node.size)]
        if node.op == "join":
            starts = np.cumsum([0, *(a.size for a in node.args)]).tolist()
            return [_cut(p, p.low, p.high, start) for a, start in zip(node.args, starts) for p in self.pieces(a)]
        return [] if node.op == "total" else self._between_edges(node)

    def _between_edges(self, node: Node) -> list[Piece]:
        parts = [self.pieces(a) if a.size == node.size else [Piece(0, node.size, lambda i, p=p: p.at("")) for p in self.pieces(a)]
                 for a in node.args]
        edges = sorted({0, node.size, *(edge for pieces in parts for p in pieces for edge in (p.low, p.high))})
        found = []
        for low, high in pairwise(edges):
            here = [next((_cut(p, low, high, 0) for p in pieces if p.low <= low < p.high), None) for pieces in parts]
            at = _written(node.op, [p and p.at for p in here])
            if at is not None:
                found.append(Piece(low, high, at))
        return found


def _cut(p: Piece, low: int, high: int, shift: int) -> Piece:
    """The part of a piece between two places, moved."""
    offset = low - p.low

    def at(i: str, at=p.at) -> str:
        return at(f"{offset} + {i}" if i and offset else i or (str(offset) if offset else ""))

    return Piece(low + shift, high + shift, at)


def _written(op: str, at: list) -> Callable[[str], str] | None:
    """How an operation is written where some of its arguments are zero (None); None if it is zero itself."""
    if (op == "mul" and None in at) or (op in ("div", "neg", "abs", "sqrt", "tanh", "expm1", "log1p") and at[0] is None):
        return None
    if op in ("add", "sub") and None in at:
        one = at[1] if at[0] is None else at[0]
        return one if one is None or op == "add" or at[1] is None else lambda i: f"(-{one(i)})"
    if op == "mul" and "1.0" in (at[0](""), at[1]("")):
        return at[1] if at[0]("") == "1.0" else at[0]
    return lambda i: ELEMENTWISE[op][0].format(*("0.0" if a is None else a(i) for a in at))
