"""The model in C, written from the model itself: right-hand side, readouts, Jacobian, and the structured Newton matrix.

`Written` traces the model for one lane (`graph.py`) and writes `model.h` (`emit.py`), which `cvode.c` includes. The Newton matrix
is the one that the engine solves: trees of cells with feeds, seen through probes and actions, bordered by scalars. Scalars that
only events change are left out of every Jacobian: no solver ever moves them.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.sparse import csc_matrix
from scipy.sparse.csgraph import reverse_cuthill_mckee

from emit import Writer
from epsom.engine.layout import State
from epsom.engine.linear import elimination_order
from epsom.engine.step import rates
from graph import Graph, Node

MANY = 6                 # a scalar tied to more cells than that is border, and no band can hold it


class Parts(NamedTuple):
    """The linearised model at a state, at one lane, in the order of `Written.parts`."""

    weighted: Node           # (cells) weight times capacity
    diagonal: Node           # (cells) of the trees' matrix, whose row is the cell's balance
    link: Node               # (cells) to the parent
    feed: Node               # (feeds) what a taker gains per unit of its giver
    column: list[Node]       # for each action (cells): what they gain per unit
    touch: list[Node]        # for each probe (cells): its slope
    direct: dict             # {(probe, action): slope}
    act: dict                # {(action, scalar): slope}
    own: dict                # {(scalar, scalar): slope of the rate}
    feel: dict               # {(scalar, probe): slope of the rate}


class Written:
    """C text, the table of subjects' constants, and where the Jacobian has entries.

    Parameters
    ----------
    constants : of all subjects, as the model gives them.
    watch : the readouts that `observe` writes.
    """

    def __init__(self, model, constants, subjects: int, watch: tuple[str, ...]):
        self.model, self.graph, self.watch = model, Graph(subjects), watch
        self.writer = Writer(self.graph)
        self.cells, self.scalars = model.forest.size, len(model.scalar_names)
        leaves, self.tree = jax.tree.flatten(constants)
        self.leaves = [np.broadcast_to(np.asarray(a)[..., None] if not np.ndim(a) else a, (*np.shape(a)[:-1], subjects)) for a in leaves]
        g, size = self.graph, self.cells + self.scalars
        self.y = g.input("y", size)
        self.u, self.s = g.slice(self.y, 0, self.cells), [g.slice(self.y, self.cells + j, 1) for j in range(self.scalars)]
        self.rates = g.join(self._traced(lambda c, u, *s: rates(model, c, State(u, jnp.stack(s)))))
        self.start = g.join(self._traced(lambda c, u, *s: (u, model.initial(c, 1)), zero=True))
        self.seen = g.join(self._traced(lambda c, u, *s: model.observe(c, watch, State(u, jnp.stack(s)))))
        self.moving = [j for j in range(self.scalars) if not g.slice(self.rates, self.cells + j, 1).zero]
        self.parts = self._linearised()

    def _traced(self, function, *more: Node, zero: bool = False) -> list[Node]:
        """Results of function(constants, cells, *scalars, *more) as nodes."""
        g = self.graph
        given = [g.constant(np.asarray(a, float).reshape(-1, a.shape[-1])) for a in self.leaves]
        cells, lanes = (g.zeros(self.cells), [g.zeros(1)] * self.scalars) if zero else (self.u, self.s)
        lane = jax.ShapeDtypeStruct((1,), float)
        shapes = [jax.ShapeDtypeStruct((*a.shape[:-1], 1), a.dtype) for a in self.leaves]
        shapes += [jax.ShapeDtypeStruct((self.cells, 1), float), *[lane] * (self.scalars + len(more))]
        count = len(self.leaves)

        def flat(*x):
            return function(jax.tree.unflatten(self.tree, x[:count]), *x[count:])

        return g.trace(flat, shapes, *given, cells, *lanes, *more)

    def _linearised(self) -> Parts:
        model, g, n = self.model, self.graph, self.cells
        self.weight = g.input("weight", 1)
        one, none = jnp.ones(1), jnp.zeros(1)

        def everything(c, u, *rest):
            s, weight = rest[:-1], rest[-1]
            d = model.actions(c, model.derived(c, s))
            own = lambda s, felt: model.scalar_rates(c, model.derived(c, s), felt)
            felt, pull = jax.vjp(lambda u: model.cell_rates(c, u, d)[1], u)
            hot = lambda k, many: tuple(one if i == k else none for i in range(many))
            cell = lambda k: jax.jvp(lambda x: model.cell_rates(c, u, (*d[:k], x, *d[k + 1:])), (d[k],), (one,))[1]
            pushed = lambda f, at, ks: [jax.jvp(f, at, hot(k, len(at)))[1] for k in ks]
            link, capacity = model.links(c, d), model.capacity(c)
            diagonal = weight * capacity + link + model.forest.from_children(link) - model.slope(c, u, d)
            feed = model.feed_slope(c, u, d) if len(model.forest.givers) else jnp.zeros((0, 1))
            return (weight * capacity, 1 / capacity, diagonal, link, feed, [cell(k) for k in range(len(d))],
                    [pull(hot(p, len(felt)))[0] for p in range(len(felt))],
                    pushed(lambda *s: model.actions(c, model.derived(c, s)), s, self.moving),
                    pushed(lambda *s: own(s, felt), s, self.moving),
                    pushed(lambda *felt: own(s, felt), tuple(felt), range(len(felt))))

        found = iter(self._traced(everything, self.weight))
        actions, probes = len(model.action_names), len(model.felt_names)
        weighted, self.per_capacity, diagonal, link = (next(found) for _ in range(4))
        feed = next(found)
        columns = [(next(found), [next(found) for _ in range(probes)]) for _ in range(actions)]
        touch = [next(found) for _ in range(probes)]
        block = lambda many, rows: [[next(found) for _ in range(rows)] for _ in many]
        act, own, feel = block(self.moving, actions), block(self.moving, self.scalars), block(range(probes), self.scalars)
        assert next(found, None) is None and weighted.size == n
        entries = lambda columns, names: {(i, j): x for j, column in zip(names, columns) for i, x in enumerate(column) if not x.zero}
        heard = [k for k in range(actions) if any(not column[k].zero for column in act)]      # others are constant between events
        columns, act = [columns[k] for k in heard], [[column[k] for k in heard] for column in act]
        return Parts(weighted, diagonal, link, feed, [b for b, _ in columns], touch, entries([b for _, b in columns], range(len(heard))),
                     entries(act, self.moving), entries(own, self.moving), entries(feel, range(probes)))

    # ---- the text ------------------------------------------------------------------------------------------------------
    @cached_property
    def text(self) -> str:
        """model.h"""
        w, p = self.writer, self.parts
        pieces = [w.function("rates_of_model", ["y"], {"f": self.rates}), w.function("observe", ["y"], {"seen": self.seen}),
                  w.function("start_of_model", [], {"y": self.start}), self._newton(), self._jacobian()]
        sizes = {"CELLS": self.cells, "SIZE": self.y.size, "SCALARS": self.scalars, "ACTIONS": max(len(p.column), 1),
                 "PROBES": max(len(p.touch), 1),
                 "FEEDS": max(p.feed.size, 1), "SMALL": max(len(self._small), 1), "ENTRIES": len(self.entries), "WATCHED": len(self.watch),
                 "PIVOTS": max(len(self.lu), 1), "NUMBERS": w.table.shape[1]}
        return "".join(f"enum {{ {name} = {value} }};\n" for name, value in sizes.items()) + w.text + CHAINS + "".join(pieces)

    @cached_property
    def _small(self) -> dict[int, tuple[int, Node]]:
        """Slopes between scalars, probes and actions that are no plain numbers: {node: (place, node)}."""
        p = self.parts
        nodes = {x.number: x for block in (p.direct, p.act, p.own, p.feel) for x in block.values() if x.value is None or x.value.shape[1] > 1}
        return {number: (k, x) for k, (number, x) in enumerate(nodes.items())}

    def _named(self, x: Node) -> str:
        return f"F->small[{self._small[x.number][0]}]" if x.number in self._small else repr(float(x.value[0, 0]))

    def _outputs(self) -> dict[str, Node]:
        p = self.parts
        found = {"weighted": p.weighted, "diagonal": p.diagonal, "link": p.link, "feed": p.feed}
        found |= {f"column{k}": x for k, x in enumerate(p.column)} | {f"touch{k}": x for k, x in enumerate(p.touch)}
        return found | ({"small": self.graph.join([x for _, x in self._small.values()])} if self._small else {})

    def _call(self, name: str) -> str:
        places = [re.sub(r"(\d+)$", r"[\1]", f"F->{to}") for to in self._outputs()]
        return f"    {name}(c, y, &F->weight, {', '.join(places)});"

    @cached_property
    def chains(self) -> list[tuple[int, int, int]]:
        """(first cell, last cell, the cell it joins or -1)"""
        parent = self.model.forest.parent
        ends = [i for i in range(self.cells) if parent[i] != i + 1]
        return [(begin + 1, end, int(parent[end]) if parent[end] != end else -1) for begin, end in pairwise([-1, *ends])]

    def _substitution(self, many: str) -> list[str]:
        """Lines that solve the trees for right-hand sides x[many][CELLS], those that feed first."""
        forest, lines = self.model.forest, []
        for cells in forest.stages:
            here = [chain for chain in self.chains if chain[0] in cells]
            lines += [f"    down(F, {many}, x, {a}, {b}, {join});" for a, b, join in here]
            lines += [f"    up(F, {many}, x, {a}, {b}, {join});" for a, b, join in reversed(here)]
            fed = [q for q, giver in enumerate(forest.givers) if giver in cells]
            runs = np.split(fed, np.flatnonzero((np.diff(forest.givers[fed]) != 1) | (np.diff(forest.takers[fed]) != 1)) + 1) if fed else []
            lines += [f"    for (int k = 0; k < {many}; k++) for (int i = 0; i < {len(run)}; i++) "
                      f"x[k][{forest.takers[run[0]]} + i] += F->feed[{run[0]} + i] * x[k][{forest.givers[run[0]]} + i];" for run in runs]
        return lines

    @cached_property
    def lu(self) -> dict[tuple[int, int], int]:
        """Where entries of the factored border stand."""
        return {entry: k for k, entry in enumerate(self._border()[1])}

    def _border(self) -> tuple[list[str], list[tuple[int, int]], list]:
        """(lines that make and factor the Schur complement, its entries with fill, order)"""
        p, lines = self.parts, []
        through = {(i, k) for i, probe in p.feel for k in range(len(p.column))}
        for q, k in sorted({(probe, k) for _, probe in p.feel for k in range(len(p.column))}):
            low, high = self.writer.support(p.touch[q])
            direct = self._named(p.direct[q, k]) if (q, k) in p.direct else "0.0"
            lines += [f"double g{q}_{k} = {direct};",
                      f"for (int i = {low}; i < {high}; i++) g{q}_{k} += F->touch[{q}][i] * F->column[{k}][i];"]
        for i, k in sorted(through):
            lines.append(f"const double h{i}_{k} = {' + '.join(f'{self._named(x)} * g{q}_{k}' for (r, q), x in p.feel.items() if r == i)};")
        terms: dict[tuple[int, int], list[str]] = {(i, i): ["F->weight"] for i in self.moving}
        for entry, x in p.own.items():
            terms.setdefault(entry, []).append(f"- {self._named(x)}")
        for i, k in sorted(through):
            for (action, j), x in p.act.items():
                if action == k:
                    terms.setdefault((i, j), []).append(f"- h{i}_{k} * {self._named(x)}")
        lines += [f"double m{i}_{j} = {' '.join(t)};" for (i, j), t in terms.items()]
        order = [(self.moving[k], [self.moving[i] for i in below], [self.moving[j] for j in right]) for k, below, right in elimination_order(
            {(self.moving.index(i), self.moving.index(j)) for i, j in terms}, len(self.moving))]
        filled = dict.fromkeys(terms)
        for k, below, right in order:
            lines.append(f"m{k}_{k} = 1 / m{k}_{k};")
            for i in below:
                lines.append(f"m{i}_{k} *= m{k}_{k};")
                for j in right:
                    how = "{} -= " if (i, j) in filled else "double {} = -"
                    lines.append(how.format(f"m{i}_{j}") + f"m{i}_{k} * m{k}_{j};")
                    filled[i, j] = None
        return lines, list(filled), order

    def _newton(self) -> str:
        """factor() and solve()"""
        p, (lines, entries, order) = self.parts, self._border()
        fields = ("double weight, weighted[CELLS], diagonal[CELLS], ratio[CELLS], link[CELLS], feed[FEEDS], column[ACTIONS][CELLS], "
                  "touch[PROBES][CELLS], small[SMALL], lu[PIVOTS];")
        made = [f"    {line}" for line in lines] + [f"    F->lu[{self.lu[i, j]}] = m{i}_{j};" for i, j in entries]
        eliminated = [f"    eliminate(F, {a}, {b}, {join});" for a, b, join in self.chains]
        solved = [f"    for (int i = 0; i < {self.cells}; i++) u[i] = F->weighted[i] * r[i];", "    substitute_one(F, (double (*)[CELLS])u);"]
        for q in sorted({q for _, q in p.feel}):
            low, high = self.writer.support(p.touch[q])
            solved += [f"    double t{q} = 0;", f"    for (int i = {low}; i < {high}; i++) t{q} += F->touch[{q}][i] * u[i];"]
        for i in self.moving:
            felt = "".join(f" + {self._named(x)} * t{q}" for (r, q), x in p.feel.items() if r == i)
            solved.append(f"    double x{i} = F->weight * r[{self.cells + i}]{felt};")
        solved += [f"    x{i} -= F->lu[{self.lu[i, k]}] * x{k};" for k, below, _ in order for i in below]
        for k, _, right in reversed(order):
            solved.append(f"    x{k} = (x{k}{''.join(f' - F->lu[{self.lu[k, j]}] * x{j}' for j in right)}) * F->lu[{self.lu[k, k]}];")
        sums = [f"    const double a{k} = {' + '.join(f'{self._named(x)} * x{j}' for (action, j), x in p.act.items() if action == k) or '0'};"
                for k in range(len(p.column))]
        added = " + ".join(f"F->column[{k}][i] * a{k}" for k in range(len(p.column)))
        solved += [*sums, f"    for (int i = 0; i < {self.cells}; i++) u[i] += {added or '0'};"]
        solved += [f"    u[{self.cells + j}] = {f'x{j}' if j in self.moving else f'r[{self.cells + j}]'};" for j in range(self.scalars)]
        take = "const Factors *F, "
        return "\n".join([
            f"typedef struct {{ {fields} }} Factors;", TREES,
            "static void substitute_columns(Factors *F) {\n    double (*x)[CELLS] = F->column;",
            *self._substitution(str(len(p.column))), "}",
            f"static void substitute_one({take}double (*x)[CELLS]) {{",
            *self._substitution("1"), "}",
            self.writer.function("linearised", ["y", "weight"], self._outputs()),
            "static void factor(const double *c, const double *restrict y, double gamma, Factors *restrict F) {",
            "    F->weight = 1 / gamma;", self._call("linearised"), *eliminated, "    substitute_columns(F);", *made, "}",
            f"static void solve({take}const double *restrict r, double *restrict u) {{", *solved, "}\n"])

    # ---- the Jacobian's entries, column by column ----------------------------------------------------------------------
    @cached_property
    def entries(self) -> dict[tuple[int, int], int]:
        """{(row, column): place}"""
        p, forest, n = self.parts, self.model.forest, self.cells
        inner = [i for i in range(n) if forest.parent[i] != i]
        found = {(i, i) for i in range(n + self.scalars)} | {(i, forest.parent[i]) for i in inner} | {(forest.parent[i], i) for i in inner}
        found |= set(zip(forest.takers.tolist(), forest.givers.tolist()))
        for (k, j), _ in p.act.items():
            found |= {(i, n + j) for i in range(*self.writer.support(p.column[k]))}
            found |= {(n + i, n + j) for (i, q) in p.feel if (q, k) in p.direct}
        found |= {(n + i, at) for i, q in p.feel for at in range(*self.writer.support(p.touch[q]))} | {(n + i, n + j) for i, j in p.own}
        ordered = sorted(((int(i), int(j)) for i, j in found), key=lambda entry: entry[::-1])
        return {entry: k for k, entry in enumerate(ordered)}

    @cached_property
    def pattern(self) -> csc_matrix:
        """Ones where the Jacobian can have entries."""
        rows, columns = zip(*self.entries)
        return csc_matrix((np.ones(len(rows)), (rows, columns)))

    def _jacobian(self) -> str:
        p, forest, n, lines = self.parts, self.model.forest, self.cells, []
        inner = np.array([i for i in range(n) if forest.parent[i] != i], int)

        def table(numbers) -> str:
            name = f"t{len(lines)}"
            lines.append(f"    static const int {name}[] = {{{', '.join(map(str, numbers))}}};")
            return name

        def each(pairs, value):
            at = table([self.entries[int(i), int(j)] for i, j in pairs])
            lines.append(f"    for (int i = 0; i < {len(pairs)}; i++) data[{at}[i]] += {value};")

        each([(i, i) for i in range(n)], "-F->diagonal[i] * per[i]")
        if len(inner):
            own, parents = table(inner), table(forest.parent[inner])
            each([(i, forest.parent[i]) for i in inner], f"F->link[{own}[i]] * per[{own}[i]]")
            each([(forest.parent[i], i) for i in inner], f"F->link[{own}[i]] * per[{parents}[i]]")
        if len(forest.givers):
            each(list(zip(forest.takers, forest.givers)), f"F->feed[i] * per[{table(forest.takers)}[i]]")
        for (k, j), x in p.act.items():
            low, high = self.writer.support(p.column[k])
            each([(i, n + j) for i in range(low, high)], f"F->column[{k}][{low} + i] * per[{low} + i] * {self._named(x)}")
            for (i, q), y in p.feel.items():
                if (q, k) in p.direct:
                    each([(n + i, n + j)], f"{self._named(y)} * {self._named(p.direct[q, k])} * {self._named(x)}")
        for (i, q), x in p.feel.items():
            low, high = self.writer.support(p.touch[q])
            each([(n + i, at) for at in range(low, high)], f"{self._named(x)} * F->touch[{q}][{low} + i]")
        for (i, j), x in p.own.items():
            each([(n + i, n + j)], self._named(x))
        return "\n".join([self.writer.function("per_capacity", [], {"per": self.per_capacity}),
                          "static void jacobian_of_model(const double *c, const double *restrict y, Factors *restrict F, ",
                          "                              double *restrict data) {",
                          "    double per[CELLS];", "    per_capacity(c, per);", "    F->weight = 0;", self._call("linearised"),
                          "    for (int k = 0; k < ENTRIES; k++) data[k] = 0;", *lines, "}\n"])

    # ---- bands ---------------------------------------------------------------------------------------------------------
    def band(self, feeds: bool, listeners: bool) -> tuple[np.ndarray, int, int]:
        """(place of each state in the band's order, entries below, entries above the diagonal) of a band without what ties scalars to
        many cells; with or without the feeds and the rows of scalars that nothing reads."""
        J, n, forest = self.pattern.toarray() > 0, self.cells, self.model.forest
        np.fill_diagonal(J, False)
        if not feeds:
            J[forest.takers, forest.givers] = False
        if not listeners:
            J[~J.any(0)] = False
        for j in range(n, len(J)):
            if J[j, :n].sum() > MANY or J[:n, j].sum() > MANY:
                J[j] = J[:, j] = False
        order = reverse_cuthill_mckee(csc_matrix(J | J.T).tocsr(), symmetric_mode=True)
        place = np.argsort(order)
        rows, columns = np.nonzero(J)
        reach = lambda place: (max(place[rows] - place[columns]), max(place[columns] - place[rows]))
        width = lambda place: sum(reach(place)) + 1e-3 * abs(place[rows] - place[columns]).sum() / len(rows)
        few = [j for j in range(len(J)) if j >= n or J[j, n:].any() or J[n:, j].any()]
        best, better = width(place), True
        while better:
            better = False
            for a in few:
                for b in np.flatnonzero(abs(place - place[a]) <= 2 * MANY):
                    place[[a, b]] = place[[b, a]]
                    found = width(place)
                    if found < best:
                        best, better = found, True
                    else:
                        place[[a, b]] = place[[b, a]]
        below, above = reach(place)
        return place, int(below), int(above)


# What is the same in every model.
CHAINS = """
#define ALWAYS static inline __attribute__((always_inline))
"""
TREES = """
ALWAYS void eliminate(Factors *F, int first, int last, int joins) {
    double d = F->diagonal[first];
    for (int i = first; i < last; i++) {
        double inverse = 1 / d, ratio = F->link[i] * inverse;
        F->diagonal[i] = inverse, F->ratio[i] = ratio;
        d = F->diagonal[i + 1] - ratio * F->link[i];
    }
    F->diagonal[last] = 1 / d, F->ratio[last] = 0;
    if (joins >= 0) {
        F->ratio[last] = F->link[last] * F->diagonal[last];
        F->diagonal[joins] -= F->ratio[last] * F->link[last];
    }
}
ALWAYS void down(const Factors *F, int many, double (*restrict x)[CELLS], int first, int last, int joins) {
    double carried[ACTIONS];
    for (int k = 0; k < many; k++) carried[k] = x[k][first];
    for (int i = first; i < last; i++)
        for (int k = 0; k < many; k++) x[k][i + 1] = carried[k] = x[k][i + 1] + F->ratio[i] * carried[k];
    if (joins >= 0) for (int k = 0; k < many; k++) x[k][joins] += F->ratio[last] * carried[k];
}
ALWAYS void up(const Factors *F, int many, double (*restrict x)[CELLS], int first, int last, int joins) {
    double carried[ACTIONS];
    for (int k = 0; k < many; k++)
        x[k][last] = carried[k] = x[k][last] * F->diagonal[last] + (joins >= 0 ? F->ratio[last] * x[k][joins] : 0);
    for (int i = last - 1; i >= first; i--)
        for (int k = 0; k < many; k++) x[k][i] = carried[k] = x[k][i] * F->diagonal[i] + F->ratio[i] * carried[k];
}
"""
