"""A positive number with the lowest and highest that it can be, and what is known of the numbers that ship."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from epsom.core.parameter import Parameter, document


@dataclass(frozen=True)
class Span:
    """A number that is not negative, with its lowest and highest value; each operation takes both ends to their extremes."""

    value: float
    low: float
    high: float

    def __mul__(self, other: Span | float) -> Span:
        other = span(other)
        return Span(self.value * other.value, self.low * other.low, self.high * other.high)

    __rmul__ = __mul__

    def __rtruediv__(self, other: float) -> Span:
        return span(other) / self

    def __truediv__(self, other: Span | float) -> Span:
        other = span(other)
        return Span(_ratio(self.value, other.value), _ratio(self.low, other.high), _ratio(self.high, other.low))

    def __add__(self, other: Span | float) -> Span:
        other = span(other)
        return Span(self.value + other.value, self.low + other.low, self.high + other.high)

    @property
    def exact(self) -> bool:
        return self.low == self.high

    def meets(self, other: Span) -> bool:
        """Whether both can be the same number."""
        return self.low <= other.high and other.low <= self.high


def _ratio(top: float, bottom: float) -> float:
    return top / bottom if bottom > 0 else float("inf") if top > 0 else 0.0


def span(number: Span | float) -> Span:
    """The number itself, or an exact one."""
    return number if isinstance(number, Span) else Span(number, number, number)


def hull(spans: Iterable[Span]) -> Span:
    """All of them at once; the middle one of their values stands in the middle."""
    spans = list(spans)
    values = sorted(each.value for each in spans)
    return Span(values[len(values) // 2], min(each.low for each in spans), max(each.high for each in spans))


@dataclass(frozen=True)
class Known:
    """A number that ships, as far as a bound needs it.

    Attributes
    ----------
    key, unit, source, where, grade : as in its document.    own, si : value, lowest and highest, in its unit and in SI.
    kind : "5 % to 95 %" of its spread, "range" of what makes sense where it has none, or "exact".
    verify : True while it is recalled or second-hand.
    """

    key: str
    unit: str
    source: str
    where: str
    grade: str
    own: Span
    si: Span
    kind: str
    verify: bool

    def shown(self) -> str:
        """Value, bounds and unit as its document gives them."""
        value, low, high = (f"{each:.3g}" for each in (self.own.value, self.own.low, self.own.high))
        number = value if self.own.exact else f"{value} ({low} to {high})"
        return number if self.unit == "1" else f"{number} {self.unit}"


def known(kind: str, name: str, key: str) -> Known:
    """A number of a document that ships, with its implied 5 % and 95 %, or its range where it has no spread."""
    p = document(kind, name).parameters[key]
    low, high, told = _bounds(p)
    shift = 273.15 if p.unit == "degC" else 0.0
    si = Span(*(number * p.si_factor + shift for number in (p.value, low, high)))
    return Known(p.key, p.unit, p.source, p.where, p.grade, Span(p.value, low, high), si, told, p.verify)


def _bounds(p: Parameter) -> tuple[float, float, str]:
    if not p.spread_free:
        return *p.interval(), "5 % to 95 %"
    low, high = p.range
    if p.constant and not p.key.startswith("household."):     # a spoon is constant by definition, but definitions differ
        return p.value, p.value, "exact"
    return low, high, "range"
