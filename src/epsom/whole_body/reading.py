"""What is read from a course to be compared with a measurement, one number for each draw, in SI."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from epsom import people
from epsom.body.homeostasis import POOLS, amount_of
from epsom.regimen import Regimen, moles

if TYPE_CHECKING:
    from epsom.whole_body.course import Course
    from epsom.whole_body.study import Row

GIVEN = ("take", "infuse", "inject", "absorb")
LASTING = ("infuse", "absorb")
CONTENTS = tuple(amount_of(pool) for pool in POOLS)


class Reading(NamedTuple):
    """What can be read.

    Attributes
    ----------
    read : (course, course to take off or None, row) -> (draws,) in SI.
    units : SI units it may be told in; empty: those of the row's parameter.
    needs : what its row must say besides.
    """

    read: Callable | None
    units: tuple[str, ...]
    needs: tuple[str, ...]


def given(regimen: Regimen, until: float, isotope: str | None = None) -> float:
    """mol of all magnesium, or of one isotope, that events have given until a time in s; what lasts counts as far as it has come."""
    whole = 0.0
    for at, action, what in regimen.happening():
        if action in GIVEN and at <= until and isotope in (None, what.isotope):
            share = min((until - at) / what.duration.si, 1.0) if action in LASTING else 1.0
            whole += moles(what) * share
    return whole


def rate(regimen: Regimen, at: float) -> float:
    """mol/s that infusions bring at a time in s."""
    return sum(moles(what) / what.duration.si for begin, action, what in regimen.happening()
               if action == "infuse" and begin <= at < begin + what.duration.si)


def _less(read: Callable) -> Callable:
    """The same reading, less that of the other course where there is one."""
    return lambda course, other, row: read(course, row) - (read(other, row) if other is not None else 0.0)


def _gained(course: Course, variable: str, row: Row) -> np.ndarray:
    """By how much an amount has grown from `since` to `at`."""
    return course.at(variable, row.at.si) - course.at(variable, row.since.si if row.since else 0.0)


def _value(course: Course, row: Row) -> np.ndarray:
    return course.at(row.variable, row.at.si)


def _change(course: Course, row: Row) -> np.ndarray:
    return course.change(row.variable, row.at.si)


def _relative(course: Course, row: Row) -> np.ndarray:
    return course.at(row.variable, row.at.si) / course[row.variable][:, 0]


def _highest(course: Course, row: Row) -> np.ndarray:
    return course[row.variable].max(1)


def _excreted(course: Course, row: Row) -> np.ndarray:
    return _gained(course, "urine_magnesium", row)


def _excretion(course: Course, row: Row) -> np.ndarray:
    return _excreted(course, row) / (row.at.si - row.since.si)


def _ultrafiltrable(course: Course, row: Row) -> np.ndarray:
    return course.at("serum_concentration", row.at.si) * course.drawn["homeostasis.ultrafiltrable_share"]


def _retention(course: Course, other: Course | None, row: Row) -> np.ndarray:
    """Share of what was given since `since` that urine did not bring by `at`; without another course ordinary excretion counts too."""
    begin = row.since.si if row.since else 0.0
    amount = given(course.regimen, row.at.si) - given(course.regimen, begin - 1e-3)
    return 1 - _less(_excreted)(course, other, row) / amount


def _recovered(course: Course, other: Course | None, row: Row) -> np.ndarray:
    return 1 - _retention(course, other, row)


def _urine_relative(course: Course, other: Course, row: Row) -> np.ndarray:
    return _excreted(course, row) / _excreted(other, row) - 1


def _rise_per_urine(course: Course, other: Course, row: Row) -> np.ndarray:
    serum = course.at("serum_concentration", row.at.si) - other.at("serum_concentration", row.at.si)
    return serum / _less(_excretion)(course, other, row)


def _clearance(course: Course, other: None, row: Row) -> np.ndarray:
    return rate(course.regimen, row.at.si) / course.change("serum_concentration", row.at.si)


def _apparent_volume(course: Course, other: None, row: Row) -> np.ndarray:
    """What was given and is not in urine (ordinary excretion taken off, as at the start) over the rise, per body weight."""
    start = course.at("fractional_excretion", 0.0) * course.drawn["homeostasis.glomerular_filtration"] * _at_start(course)
    kept = given(course.regimen, row.at.si) - (course.at("urine_magnesium", row.at.si) - start * row.at.si)
    return kept / course.change("serum_concentration", row.at.si) / _weight(course)


def _at_start(course: Course) -> np.ndarray:
    """Ultrafiltrable concentration at the start."""
    return course["serum_concentration"][:, 0] * course.drawn["homeostasis.ultrafiltrable_share"]


def _half_time(course: Course, other: None, row: Row) -> np.ndarray:
    """Of the rise of a variable, from `since` to `at`."""
    return _halving(course.change(row.variable, row.since.si), course.change(row.variable, row.at.si), row)


def _halving(before: np.ndarray, after: np.ndarray, row: Row) -> np.ndarray:
    return np.log(2) * (row.at.si - row.since.si) / np.log(before / after)


def _absorbed_share(course: Course, other: None, row: Row) -> np.ndarray:
    """Share of what was swallowed that the gut has taken up or will, of one isotope or of all: the rest is in faeces at once."""
    faecal = f"faecal_tracer[{row.isotope}]" if row.isotope else "faecal_magnesium"
    return 1 - course.at(faecal, row.at.si) / given(course.regimen, row.at.si, row.isotope)


def _lost(course: Course, row: Row) -> np.ndarray:
    """Tracer in urine, faeces and through the skin until `at`; the skin's by trapezia over the stored times."""
    until = course.times <= row.at.si
    share, skin = course[f"plasma_tracer_share[{row.isotope}]"][:, until], course["skin_lost_magnesium"][:, until]
    through_skin = (np.diff(skin, axis=1) * (share[:, 1:] + share[:, :-1]) / 2).sum(1)
    return sum(course.at(f"{way}_tracer[{row.isotope}]", row.at.si) for way in ("urine", "faecal")) + through_skin


def _tracer_kept(course: Course, other: None, row: Row) -> np.ndarray:
    return 1 - _lost(course, row) / given(course.regimen, row.at.si, row.isotope)


def _tracer_urine(course: Course, other: None, row: Row) -> np.ndarray:
    return _gained(course, f"urine_tracer[{row.isotope}]", row) / given(course.regimen, row.at.si, row.isotope)


def _double_label(course: Course, other: None, row: Row) -> np.ndarray:
    """Absorption as 26Mg by mouth over 25Mg by vein in the same urine, each over its dose."""
    share = lambda isotope: _gained(course, f"urine_tracer[{isotope}]", row) / given(course.regimen, row.at.si, isotope)
    return share("26Mg") / share("25Mg")


def _reached(course: Course, row: Row) -> np.ndarray:
    """Magnesium that would hold all tracer that is left at plasma's share of it, mol."""
    left = given(course.regimen, row.at.si, row.isotope) - _lost(course, row)
    return left / course.at(f"plasma_tracer_share[{row.isotope}]", row.at.si)


def _exchangeable(course: Course, other: None, row: Row) -> np.ndarray:
    return _reached(course, row) / _weight(course)


def _exchangeable_share(course: Course, other: None, row: Row) -> np.ndarray:
    return _reached(course, row) / sum(course.at(name, row.at.si) for name in CONTENTS)


def _tracer_half_time(course: Course, other: None, row: Row) -> np.ndarray:
    share = f"plasma_tracer_share[{row.isotope}]"
    return _halving(course.at(share, row.since.si), course.at(share, row.at.si), row)


def _weight(course: Course) -> float:
    return float(people.stated(course.regimen.person).weight)


SHARE, CONCENTRATION, PERIOD = ("1",), ("mol/m^3",), ("s",)
READINGS = {
    "value": Reading(_less(_value), ("mol/m^3", "mol"), ("variable", "at")),
    "change": Reading(_less(_change), ("mol/m^3", "mol"), ("variable", "at")),
    "relative": Reading(_less(_relative), SHARE, ("variable", "at")),
    "highest": Reading(_less(_highest), CONCENTRATION, ("variable",)),
    "ultrafiltrable": Reading(_less(_ultrafiltrable), CONCENTRATION, ("at",)),
    "excreted": Reading(_less(_excreted), ("mol",), ("since", "at")),
    "excretion": Reading(_less(_excretion), ("mol/s",), ("since", "at")),
    "retention": Reading(_retention, SHARE, ("at",)),
    "recovered": Reading(_recovered, SHARE, ("at",)),
    "urine_relative": Reading(_urine_relative, SHARE, ("since", "at", "less")),
    "rise_per_urine": Reading(_rise_per_urine, ("s/m^3",), ("since", "at", "less")),
    "clearance": Reading(_clearance, ("m^3/s",), ("at",)),
    "apparent_volume": Reading(_apparent_volume, ("m^3/kg",), ("at",)),
    "half_time": Reading(_half_time, PERIOD, ("variable", "since", "at")),
    "absorbed_share": Reading(_absorbed_share, SHARE, ("at",)),
    "double_label": Reading(_double_label, SHARE, ("since", "at")),
    "tracer_urine": Reading(_tracer_urine, SHARE, ("isotope", "since", "at")),
    "tracer_kept": Reading(_tracer_kept, SHARE, ("isotope", "at")),
    "exchangeable": Reading(_exchangeable, ("mol/kg",), ("isotope", "at")),
    "exchangeable_share": Reading(_exchangeable_share, SHARE, ("isotope", "at")),
    "tracer_half_time": Reading(_tracer_half_time, PERIOD, ("isotope", "since", "at")),
    "parameter": Reading(None, (), ("key",)),
}


def moments(rows: tuple[Row, ...], regimen: Regimen) -> np.ndarray:
    """Times in s that these rows need of a regimen, over an even grid of 97."""
    end = regimen.duration.si
    wanted = [t.si for row in rows for t in (row.at, row.since) if t is not None and t.si <= end]
    return np.unique(np.concatenate([np.linspace(0, end, 97), wanted]))


