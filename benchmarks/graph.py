"""A traced JAX program for one lane as a graph of vectors, for `emit.py` to write down.

What depends on no state is computed here, once for each subject; zeros, ones and signs are followed through; equal expressions are
one. What a program holds that is not known here is an error with its name.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

# JAX's elementwise operations: (C, NumPy).
ELEMENTWISE: dict[str, tuple[str, Callable]] = {
    "add": ("({} + {})", np.add), "sub": ("({} - {})", np.subtract), "mul": ("({} * {})", np.multiply), "div": ("({} / {})", np.divide),
    "max": ("fmax({}, {})", np.maximum), "min": ("fmin({}, {})", np.minimum), "pow": ("pow({}, {})", np.power),
    "neg": ("(-{})", np.negative), "abs": ("fabs({})", np.abs), "exp": ("exp({})", np.exp), "log": ("log({})", np.log),
    "log1p": ("log1p({})", np.log1p), "expm1": ("expm1({})", np.expm1), "tanh": ("tanh({})", np.tanh), "sqrt": ("sqrt({})", np.sqrt),
    "rsqrt": ("(1 / sqrt({}))", lambda x: 1 / np.sqrt(x)), "logistic": ("(1 / (1 + exp(-{})))", lambda x: 1 / (1 + np.exp(-x))),
    "sign": ("copysign(1.0, {})", np.sign), "lt": ("({} < {})", np.less), "le": ("({} <= {})", np.less_equal),
    "gt": ("({} > {})", np.greater), "ge": ("({} >= {})", np.greater_equal), "eq": ("({} == {})", np.equal),
    "ne": ("({} != {})", np.not_equal), "and": ("({} && {})", np.logical_and), "or": ("({} || {})", np.logical_or),
    "not": ("(!{})", np.logical_not),
    "select_n": ("({0} ? {2} : {1})", np.where)}
SAME = {"copy", "copy_p", "stop_gradient", "optimization_barrier", "add_any", "convert_element_type", "reduce_precision"}
MOVING = {"slice", "squeeze", "reshape", "transpose", "broadcast_in_dim", "rev", "gather", "pad", "concatenate", "stack", "unstack", "split",
          "expand_dims"}


def _between(eqn, x):
    p = eqn.params
    return x[tuple(map(slice, p["start_indices"], p["limit_indices"], p["strides"] or [1] * x.ndim))]


def _spread(eqn, x):
    shape, kept = eqn.params["shape"], eqn.params["broadcast_dimensions"]
    return np.broadcast_to(np.expand_dims(x, [k for k in range(len(shape)) if k not in kept]), shape)


# Some of them for numbers, without the time that JAX takes for a new shape.
QUICK: dict[str, Callable] = {
    "slice": _between, "broadcast_in_dim": _spread, **dict.fromkeys(("squeeze", "reshape", "expand_dims"), lambda eqn, x: x),
    "concatenate": lambda eqn, *xs: np.concatenate(xs, eqn.params["dimension"])}
COMMUTE = {"add", "mul", "max", "min", "eq", "ne", "and", "or"}


class Node:
    """A vector. `value` is (size, subjects or 1) if it depends on no state."""

    def __init__(self, number: int, op: str, args: tuple[Node, ...], size: int, value=None, name: str = ""):
        self.number, self.op, self.args, self.size, self.value, self.name = number, op, args, size, value, name

    @property
    def zero(self) -> bool:
        return self.value is not None and not self.value.any()

    def all(self, number: float) -> bool:
        return self.value is not None and bool((self.value == number).all())


class Graph:
    """Nodes, each made once."""

    def __init__(self, subjects: int):
        self.subjects, self.known, self.count = subjects, {}, 0

    def node(self, op: str, args: tuple[Node, ...], size: int, value=None, name: str = "", extra=()) -> Node:
        """The node of this make."""
        ordered = tuple(sorted(args, key=lambda a: a.number)) if op in COMMUTE else args
        key = (op, tuple(a.number for a in ordered), size, None if value is None else value.tobytes(), name, extra)
        if key not in self.known:
            self.known[key] = Node(self.count, op, args, size, value, name)
            self.known[key].extra = extra
            self.count += 1
        return self.known[key]

    def input(self, name: str, size: int) -> Node:
        """What a C function is given under a name."""
        return self.node("input", (), size, name=name)

    def constant(self, values) -> Node:
        """(size, subjects or 1) numbers; one column if all subjects have the same."""
        values = np.asarray(values, float)
        if values.shape[1] > 1 and (values == values[:, :1]).all():
            values = values[:, :1]
        return self.node("constant", (), len(values), np.ascontiguousarray(values + 0.0))

    def zeros(self, size: int) -> Node:
        return self.constant(np.zeros((size, 1)))

    def spread(self, x: Node, size: int) -> Node:
        """A scalar as a vector."""
        if x.size == size:
            return x
        if x.value is not None:
            return self.constant(np.broadcast_to(x.value, (size, x.value.shape[1])))
        return self.node("spread", (x,), size)

    def elementwise(self, op: str, *args: Node) -> Node:
        """An operation, made simpler where zeros, ones and signs allow it."""
        size = max(a.size for a in args)
        if all(a.value is not None for a in args):
            function = ELEMENTWISE[op][1]
            values = [a.value for a in args]
            with np.errstate(all="ignore"):
                found = function(values[0] != 0, values[2], values[1]) if op == "select_n" else function(*values)
            return self.constant(np.broadcast_to(found, (size, found.shape[1])))
        simpler = self._simpler(op, *args)
        return self.node(op, args, size) if simpler is None else self.spread(simpler, size)

    def _simpler(self, op: str, *args: Node) -> Node | None:
        e, a, b = self.elementwise, args[0], args[1] if len(args) > 1 else None
        if op == "select_n":
            if args[1] is args[2]:
                return b
            return None if a.value is None or a.value.any() != a.value.all() else args[2] if a.value.any() else b
        if (op == "ne" and a is b) or (op == "eq" and any(x.value is not None and np.isinf(x.value).all() for x in args)):
            return self.zeros(1)                              # no number is unlike itself, or infinite
        if (op == "neg" and a.op == "neg") or (op == "abs" and a.op == "neg"):
            return a.args[0] if op == "neg" else e("abs", a.args[0])
        if op == "neg" and a.op == "sub":
            return e("sub", *a.args[::-1])
        if op == "mul":
            return self._product(a, b)
        if op in ("add", "sub"):
            return self._sum(op, a, b)
        if op == "div":
            if a.zero or b.all(1.0):
                return a
            if b.value is not None and b.value.all():
                return e("mul", a, self.constant(1 / b.value))
            return e("neg", e("div", a.args[0], b)) if a.op == "neg" else None
        return None

    def _product(self, a: Node, b: Node) -> Node | None:
        for one, other in ((a, b), (b, a)):
            if one.zero or other.all(1.0):
                return one
            if other.all(-1.0):
                return self.elementwise("neg", one)
        for one, other in ((a, b), (b, a)):
            if one.op == "neg":
                return self.elementwise("neg", self.elementwise("mul", one.args[0], other))
        return None

    def _sum(self, op: str, a: Node, b: Node) -> Node | None:
        e = self.elementwise
        if b.zero:
            return a
        if a.zero:
            return b if op == "add" else e("neg", b)
        if b.op == "neg":
            return e("sub" if op == "add" else "add", a, b.args[0])
        return e("sub", b, a.args[0]) if a.op == "neg" and op == "add" else None

    def take(self, sources: list[Node], index: np.ndarray) -> Node:
        """Elements of the sources, counted through; -1 for a zero. In runs: slices, repetitions, zeros."""
        starts, index = np.cumsum([0, *(s.size for s in sources)]), np.asarray(index).ravel()
        parts, k = [], 0
        while k < len(index):
            first, length = int(index[k]), 1
            if first < 0:
                while k + length < len(index) and index[k + length] < 0:
                    length += 1
                parts.append(self.zeros(length))
                k += length
                continue
            n = int(np.searchsorted(starts, first, "right")) - 1
            end, pace = int(starts[n + 1]), int(k + 1 < len(index) and index[k + 1] == first + 1)
            while k + length < len(index) and index[k + length] == first + pace * length < end:
                length += 1
            one = self.slice(sources[n], first - int(starts[n]), length if pace else 1)
            parts.append(self.spread(one, length))
            k += length
        return self.join(parts)

    def slice(self, x: Node, start: int, size: int) -> Node:
        if size == x.size:
            return x
        if x.value is not None:
            return self.constant(x.value[start:start + size])
        if x.op == "spread":
            return self.spread(x.args[0], size)
        if x.op == "slice":
            return self.slice(x.args[0], x.extra[0] + start, size)
        if x.op == "join":
            places = np.concatenate([np.full(size, k) for k, size in enumerate(a.size for a in x.args)])
            within = np.concatenate([np.arange(a.size) for a in x.args])
            found = []
            for k in dict.fromkeys(places[start:start + size].tolist()):
                here = within[start:start + size][places[start:start + size] == k]
                found.append(self.slice(x.args[k], int(here[0]), len(here)))
            return self.join(found)
        return self.node("slice", (x,), size, extra=(start,))

    def join(self, parts: list[Node]) -> Node:
        parts = [p for part in parts for p in (part.args if part.op == "join" else (part,)) if p.size]
        if len(parts) <= 1:
            return parts[0] if parts else self.zeros(0)
        if all(p.value is not None for p in parts):
            width = max(p.value.shape[1] for p in parts)
            return self.constant(np.concatenate([np.broadcast_to(p.value, (p.size, width)) for p in parts]))
        return self.node("join", tuple(parts), sum(p.size for p in parts))

    def total(self, x: Node) -> Node:
        """The sum of a vector."""
        if x.size == 1 or x.value is not None:
            return x if x.size == 1 else self.constant(x.value.sum(0)[None])
        return self.node("total", (x,), 1)

    # ---- from a jaxpr ----------------------------------------------------------------------------------------------
    def trace(self, function: Callable, shapes: list[jax.ShapeDtypeStruct], *given: Node) -> list[Node]:
        """The flat results of a function of arrays with these shapes, applied to nodes."""
        closed = jax.make_jaxpr(function)(*shapes)
        return self.program(closed.jaxpr, closed.consts, given)

    def program(self, jaxpr, consts, given) -> list[Node]:
        at = {var: self.constant(np.asarray(value, float).reshape(-1, 1)) for var, value in zip(jaxpr.constvars, consts)}
        at.update(zip(jaxpr.invars, given))

        def read(var):
            return self.constant(np.asarray(var.val, float).reshape(-1, 1)) if hasattr(var, "val") else at[var]

        for eqn in jaxpr.eqns:
            at.update(zip(eqn.outvars, self._equation(eqn, [read(v) for v in eqn.invars])))
        return [read(var) for var in jaxpr.outvars]

    def _equation(self, eqn, args: list[Node]) -> list[Node]:
        name, params = eqn.primitive.name, eqn.params
        inner = next((params[key] for key in ("jaxpr", "call_jaxpr") if key in params), None)
        if inner is not None and name not in ("while", "scan", "cond"):
            return self.program(getattr(inner, "jaxpr", inner), getattr(inner, "consts", ()), args)
        if name == "add_any":
            return [self.elementwise("add", *args)]
        if name in SAME:
            return args
        if name in ELEMENTWISE:
            return [self.elementwise(name, *(self._stretched(a, v.aval.shape, eqn.outvars[0].aval.shape) for a, v in zip(args, eqn.invars)))]
        if name in ("integer_pow", "square"):
            return [self._power(args[0], params.get("y", 2))]
        if name in MOVING:
            return self._moved(eqn, args)
        if name == "scatter-add":
            return [self.elementwise("add", args[0], self._scattered(eqn, args))]
        if name == "reduce_sum":
            return [self._reduced(eqn, args[0])]
        if all(a.value is not None and a.value.shape[1] == 1 for a in args):
            known = [jnp.asarray(a.value[:, 0], v.aval.dtype).reshape(v.aval.shape) for a, v in zip(args, eqn.invars)]
            found = eqn.primitive.bind(*known, **params)
            return [self.constant(np.asarray(x, float).reshape(-1, 1)) for x in (found if eqn.primitive.multiple_results else [found])]
        raise NotImplementedError(f"emit.py knows no C for '{name}': {eqn}")

    def _stretched(self, x: Node, shape: tuple[int, ...], due: tuple[int, ...]) -> Node:
        """An argument whose axes of size 1 are as long as the other arguments'; a single number stays one."""
        if x.size in (1, int(np.prod(due))):
            return x
        return self.take([x], np.broadcast_to(np.arange(x.size).reshape(shape), due))

    def _power(self, x: Node, n: int) -> Node:
        if n < 0:
            return self.elementwise("div", self.constant([[1.0]]), self._power(x, -n))
        if n <= 1:
            return x if n else self.spread(self.constant([[1.0]]), x.size)
        half = self._power(x, n // 2)
        square = self.elementwise("mul", half, half)
        return self.elementwise("mul", square, x) if n % 2 else square

    def _moved(self, eqn, args: list[Node]) -> list[Node]:
        """An operation that only moves elements, applied to their numbers, says where each one goes."""
        name, starts = eqn.primitive.name, np.cumsum([0, *(a.size for a in args)])
        numbers = [np.arange(a.size).reshape(v.aval.shape) + int(start) for a, v, start in zip(args, eqn.invars, starts)]
        sources = list(args)
        if name == "gather":
            sources, numbers[1] = args[:1], args[1].value[:, 0].astype(int).reshape(eqn.invars[1].aval.shape)
        if name == "pad":
            assert args[1].zero
            numbers[1] = np.array(-1)
        if name in QUICK:
            return [self.take(sources, QUICK[name](eqn, *numbers))]
        params = eqn.params | ({"fill_value": -1} if name == "gather" else {})
        found = eqn.primitive.bind(*map(jnp.asarray, numbers), **params)
        return [self.take(sources, np.asarray(x)) for x in (found if eqn.primitive.multiple_results else [found])]

    def _scattered(self, eqn, args: list[Node]) -> Node:
        """The updates at their places, those that meet in one place added."""
        base, index, updates = (v.aval.shape for v in eqn.invars)
        where, many = jnp.asarray(args[1].value[:, 0].astype(int)).reshape(index), args[2].size
        put = lambda numbers: np.asarray(eqn.primitive.bind(jnp.zeros(base), where, jnp.asarray(numbers).reshape(updates), **eqn.params))
        if put(np.ones(many)).max() <= 1:
            return self.take([args[2]], put(np.arange(1.0, many + 1)).astype(int) - 1)
        places, found = np.array([put(row).argmax() for row in np.eye(many)]), self.zeros(args[0].size)
        rank = np.array([(places[:k] == place).sum() for k, place in enumerate(places)])
        for turn in range(rank.max() + 1):
            chosen, back = np.flatnonzero(rank == turn), np.full(args[0].size, -1)
            back[places[chosen]] = chosen
            found = self.elementwise("add", found, self.take([args[2]], back))
        return found

    def _reduced(self, eqn, x: Node) -> Node:
        shape, axes = eqn.invars[0].aval.shape, eqn.params["axes"]
        numbers = np.moveaxis(np.arange(x.size).reshape(shape), axes, range(len(axes)))
        rows = numbers.reshape(int(np.prod([shape[a] for a in axes])), -1)
        if rows.shape[1] == 1:
            return self.total(self.take([x], rows))
        found = self.zeros(rows.shape[1])
        for row in rows:
            found = self.elementwise("add", found, self.take([x], row))
        return found
