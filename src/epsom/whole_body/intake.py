"""What a Regimen brings into the body, as events of the engine: amounts that differ from draw to draw where the gut decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from epsom.body.gut import absorbed_diet, absorbed_of, returned
from epsom.body.homeostasis import POOLS, amount_of
from epsom.body.tracer import tracer_in
from epsom.engine.run import Protocol
from epsom.model import Model
from epsom.regimen import Regimen, moles
from epsom.schema import DAY

RATES = ("vein_flow", "skin_flow", "sweat_flow")
MILLISECOND = 3
LONGEST = 4 * DAY        # s that one row of steps spans; with a row over three weeks serum was off by 5e-3 (docs/whole_body.md)


class Habit(NamedTuple):
    """The diet: magnesium eaten a day in mol, times of meals within each day in s (none: evenly), and into how many servings the gut sees
    a day's food divided."""

    daily: float
    meals: tuple[float, ...]
    servings: int

    @property
    def meal(self) -> tuple[float, float]:
        """(mol of a meal, s until the next) as the gut sees them."""
        return self.daily / self.servings, DAY / self.servings


class Ledger:
    """Moves of the engine as arrays that grow: (time, source, target, share, amount for each lane)."""

    def __init__(self, model: Model, lanes: int):
        index = {name: i for i, name in enumerate(model.scalar_names)}
        self.model, self.lanes, self.rows = model, lanes, []
        supply = [("supply_magnesium", amount_of(pool)) for pool in (*POOLS, "faecal", "unavailable")]
        rates = [(None, rate) for rate in RATES]
        self.names = [*supply, *rates, ("diet_flow", None), (None, "diet_flow"), ("sweat_flow", None)]
        for isotope in model.solutes:
            self.names += [(f"supply_tracer[{isotope}]", f"{tracer_in(pool)}[{isotope}]")
                           for pool in ("stomach", "muscle_depot", "faecal", "unavailable")]
            self.names += [(None, f"{rate}[{isotope}]") for rate in ("tracer_vein_flow", "tracer_skin_flow")]
        self.moves = tuple((None if a is None else index[a], None if b is None else index[b]) for a, b in self.names)

    def add(self, at: float, source: str | None, target: str | None, amount=0.0, share: float = 0.0):
        self.rows.append((round(at, MILLISECOND), self.names.index((source, target)), share, amount))

    def supply(self, at: float, target: str, amount):
        self.add(at, "supply_magnesium", amount_of(target), amount)

    def supply_tracer(self, isotope: str, at: float, target: str, amount):
        self.add(at, f"supply_tracer[{isotope}]", f"{tracer_in(target)}[{isotope}]", amount)

    def during(self, word: str, at: float, seconds: float, rate):
        self.add(at, None, word, rate)
        self.add(at + seconds, None, word, -rate)

    def protocol(self, end: float) -> Protocol:
        """Everything before `end`, as arrays; long stretches without an event are parted."""
        rows = [row for row in self.rows if row[0] < end]
        times = np.array(sorted({0.0, end, *np.arange(LONGEST, end, LONGEST).tolist(), *(row[0] for row in rows)}))
        fraction = np.zeros((len(times) - 1, len(self.moves), 1))
        amount = np.zeros((len(times) - 1, len(self.moves), self.lanes))
        at = np.searchsorted(times, [row[0] for row in rows])
        for where, (_, move, share, moved) in zip(at, rows):
            fraction[where, move] = 1 - (1 - fraction[where, move]) * (1 - share)
            amount[where, move] += moved
        return Protocol(times, fraction, amount)


def ledger(model: Model, regimen: Regimen, habit: Habit, p: Mapping[str, np.ndarray], lanes: int) -> Ledger:
    """All events of a regimen for some draws.

    Parameters
    ----------
    p : (lanes,) values in SI of the parameters of `homeostasis` by name, and "size".
    """
    book = Ledger(model, lanes)
    eaten: dict[float, list] = {}
    diets = [(0.0, habit), *((at, habit._replace(daily=what.si)) for at, action, what in regimen.happening() if action == "diet")]
    for (begin, diet), (end, _) in zip(diets, [*diets[1:], (regimen.duration.si, None)]):
        if not habit.meals and diet is not habit:
            book.add(begin, "diet_flow", None, share=1.0)
            book.add(begin, None, "diet_flow", absorbed_diet(p, *diet.meal))
        for at in _meals(habit, begin, end):
            eaten.setdefault(at, []).append((diet.daily / len(habit.meals), None, diet))
    for at, action, what in regimen.happening():
        if action == "take":
            eaten.setdefault(round(at, MILLISECOND), []).append((moles(what), what, None))
        elif action in ("infuse", "absorb"):
            way, seconds = ("vein" if action == "infuse" else "skin"), what.duration.si
            book.during(f"{way}_flow", at, seconds, moles(what) / seconds)
            if what.isotope:
                book.during(f"tracer_{way}_flow[{what.isotope}]", at, seconds, moles(what) / seconds)
        elif action == "inject":
            for target, share in (("muscle_depot", p["depot_share"]), ("unavailable", 1 - p["depot_share"])):
                book.supply(at, target, moles(what) * share)
                if what.isotope:
                    book.supply_tracer(what.isotope, at, target, moles(what) * share)
        elif action == "sweat":
            book.during("sweat_flow", at, what.duration.si, what.volume.si / what.duration.si)
    _swallow(book, eaten, p)
    return book


def _meals(habit: Habit, begin: float, end: float):
    days = range(int(begin // DAY), int(end // DAY) + 1)
    return [round(at, MILLISECOND) for day in days for at in (day * DAY + meal for meal in habit.meals) if begin <= at < end]


def _swallow(book: Ledger, eaten: Mapping[float, list], p) -> None:
    """Everything that is swallowed at one time is one intake; what was swallowed within the competing time before it takes its share."""
    within = float(np.max(p["competing_time"]))
    for at, parts in sorted(eaten.items()):
        whole = sum(amount for amount, _, _ in parts)
        before = sum(amount for other, others in eaten.items() if at - within < other < at for amount, _, _ in others)
        weighed = sum(amount * (p["salt_factor_oxide"] if what and what.oxide else 1.0) for amount, what, _ in parts)
        back = sum(returned(p, *diet.meal) for _, _, diet in parts if diet is not None)
        if not whole > 0:
            continue
        taken = np.minimum(absorbed_of(p, whole, before, weighed / whole) + back, whole)
        book.supply(at, "stomach", taken)
        book.supply(at, "faecal", whole - taken)
        for amount, what, _ in parts:
            if what and what.isotope:
                book.supply_tracer(what.isotope, at, "stomach", amount * taken / whole)
                book.supply_tracer(what.isotope, at, "faecal", amount * (1 - taken / whole))
