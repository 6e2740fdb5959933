"""Who a Regimen or a Scenario is about: numbers of their kind, their size, and virtual people whose age, size and kidneys belong together."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from epsom.core import units
from epsom.core.draws import Draws, scores
from epsom.core.errors import InputError
from epsom.core.parameter import Document, Parameter, document
from epsom.regimen import Somebody, amount_of_magnesium
from epsom.scenario import Person
from epsom.schema import DAY, build

YEAR = 365.25 * DAY      # s
GROWN = 15 * YEAR        # before, size is told by weight, later by lean mass
KINDS = ("newborn", 7 * DAY), ("infant", YEAR), ("child", GROWN), ("adult", 65 * YEAR)        # below these ages
# Lean mass in kg from weight and body mass index: Janmahasatian and others 2005, equations for men and women.
LEAN = {"male": (9270.0, 6680.0, 216.0), "female": (9270.0, 8780.0, 244.0)}


class Body(NamedTuple):
    """One body, or a body for each draw (then arrays).

    Attributes
    ----------
    age : s.    female : 0 or 1.    height : m.    weight : kg.
    filtration : m^3/s, or None where only the kind's own is known.
    """

    age: np.ndarray
    female: np.ndarray
    height: np.ndarray
    weight: np.ndarray
    filtration: np.ndarray | None

    @property
    def surface(self) -> np.ndarray:
        """m^2, by Mosteller 1987."""
        return np.sqrt(self.height * 100 * self.weight / 3600)

    @property
    def lean_mass(self) -> np.ndarray:
        """kg, by Janmahasatian and others 2005; of those who are not grown up their weight."""
        index = self.weight / self.height**2
        of = {sex: top * self.weight / (bottom + slope * index) for sex, (top, bottom, slope) in LEAN.items()}
        return np.where(self.age < GROWN, self.weight, np.where(self.female > 0, of["female"], of["male"]))


def somebody(person: Person) -> Somebody:
    """The person of a scenario, of the kind that their age makes them.

    Raises InputError where nobody has such a body.
    """
    kind = next((kind for kind, age in KINDS if person.age.si < age), "elderly")
    known = {name: getattr(person, name).text for name in ("age", "height", "weight")} | {"sex": person.sex, "kind": kind}
    try:
        return build(Somebody, known | ({} if person.egfr is None else {"egfr": person.egfr.text}), None)
    except InputError as error:
        raise error.at(key="person") from error


def kind_of(somebody: Somebody) -> Document:
    """The document of their kind."""
    return document("people", somebody.kind)


def own_body(kind: Document) -> Body:
    """The body that a kind of people has unless another is stated."""
    return _body(kind.about)


def reference(kind: Document) -> Body:
    """The body that a kind's numbers are stated for."""
    about = document("people", kind.about["by_weight_of"]).about if "by_weight_of" in kind.about else kind.about
    grown = {"age": GROWN - 1} if "by_weight_of" in kind.about else {}
    return _body(about)._replace(**grown)


def _body(about) -> Body:
    si = lambda key, unit: units.parse(about[key], unit).si
    return Body(si("age", "s"), float(about["sex"] == "female"), si("height", "m"), si("weight", "kg"), None)


def stated(somebody: Somebody) -> Body:
    """Their body as stated, and as their kind's where nothing is."""
    kind = _body(kind_of(somebody).about)
    known = {name: getattr(somebody, name).si for name in ("age", "height", "weight") if getattr(somebody, name) is not None}
    if somebody.sex is not None:
        known["female"] = float(somebody.sex == "female")
    body = kind._replace(**known)
    return body if somebody.egfr is None else body._replace(filtration=somebody.egfr.si * body.surface)


def drawn(somebody: Somebody, draws: Draws, which: np.ndarray | None = None) -> Body:
    """Virtual people of a kind, one for each draw or for the draws `which`: age evenly within the kind's ages, sex by a coin, height and body
    mass index by sex and age, kidneys by age."""
    p = document("populations", "adults").parameters
    index = draws.person_index if which is None else draws.person_index[which]
    score = lambda name: scores(draws.seed, "person", f"adults.{name}", index)
    young, old = (units.parse(age, "s").si for age in kind_of(somebody).about["ages"])
    age = young + (old - young) * _rank(score("age"))
    female = (score("sex") > 0).astype(float)
    of_sex = lambda name, x: np.where(female > 0, p[f"{name}_female"].draw(0 * x, x), p[f"{name}_male"].draw(0 * x, x))
    height = of_sex("height", score("height"))
    weight = of_sex("body_mass_index", score("body_mass_index")) * height**2
    over = np.maximum(age - p["kidney_age"].si, 0.0)
    middle = p["filtration_rate"].si - p["filtration_loss"].si * over
    beside = p["filtration_rate"].draw(0 * over, score("filtration")) / p["filtration_rate"].si
    indexed = np.maximum(middle, p["filtration_least"].si) * beside
    body = Body(age, female, height, weight, None)
    return body._replace(filtration=indexed * body.surface)


def _rank(score):
    from scipy.special import ndtr

    return ndtr(score)


def size(body: Body, kind: Document) -> np.ndarray:
    """How large a body is relative to the one that its kind's numbers are stated for."""
    grown_up = reference(kind)
    if "by_weight_of" in kind.about:
        return body.weight / grown_up.weight
    return body.lean_mass / grown_up.lean_mass


def of_kind(kind: Document, doc: Document) -> Document:
    """An adult's numbers with the kind's own in their places, under the same keys."""
    own = {name: replace(kind.parameters[name], key=p.key) for name, p in doc.parameters.items() if name in kind.parameters}
    return replace(doc, parameters={**doc.parameters, **own})


def filtration_of(somebody: Somebody, unknown: Parameter) -> Parameter:
    """Filtration of somebody who states none: the kind's own on a body of this surface, as widely spread as `unknown`, which is an adult's.

    Raises InputError where that is outside of what makes sense.
    """
    kind = kind_of(somebody)
    own = kind.parameters.get("glomerular_filtration", unknown)
    value = float(own.si * stated(somebody).surface / own_body(kind).surface / unknown.si_factor)
    if not unknown.range[0] <= value <= unknown.range[1]:
        raise InputError(f"a body of this size would filter {value:.2g} {unknown.unit}, "
                         f"outside of {unknown.range[0]:g} to {unknown.range[1]:g}", "State the kidney function (egfr)", key="person")
    return replace(unknown, value=value, source=own.source, grade=own.grade, verify=own.verify,
                   where=f"{own.where}; of {kind.about['title']}, by body surface; its spread is wide on purpose")


def servings(kind: Document) -> int:
    """Into how many meals their gut sees a day's food divided, unless they say when they eat."""
    return kind.about.get("feeds", 3)


def daily(somebody: Somebody) -> float:
    """mol of magnesium that they eat a day unless they say; of a child by weight."""
    kind = kind_of(somebody)
    amount = amount_of_magnesium(kind.about["daily"]).si
    return amount * stated(somebody).weight / own_body(kind).weight if "by_weight_of" in kind.about else amount


def told(body: Body) -> str:
    """A body in words, or the middle of several."""
    middle = lambda x: float(np.median(x))
    years, sex = middle(body.age) / YEAR, middle(body.female)
    age = f"{years:.0f} years" if years >= 2 else f"{years * 365.25:.0f} days"
    who = "women and men" if np.ndim(body.female) else ("female" if sex else "male")
    return f"{who}, {age}, {middle(body.height) * 100:.0f} cm, {middle(body.weight):.3g} kg"
