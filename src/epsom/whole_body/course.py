"""Follow a Regimen: every pool of magnesium over time and draws, from a steady state that is solved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax

from epsom import people, setting, workers
from epsom.body.gut import absorbed_diet
from epsom.body.homeostasis import CELLS, Homeostasis, amount_of
from epsom.body.hormones import Hormones
from epsom.body.tracer import Tracer
from epsom.core.draws import Draws
from epsom.core.errors import InputError, SolveError
from epsom.core.parameter import Parameter, document
from epsom.engine.layout import State
from epsom.engine.programs import Program
from epsom.model import Model
from epsom.regimen import Regimen
from epsom.result import between
from epsom.schema import DAY
from epsom.whole_body.intake import Habit, Ledger, ledger
from epsom.whole_body.periodic import start_of_a_day

FILTRATION = "homeostasis.glomerular_filtration"
JUST = 1e-3              # s
LATER = 1, 2, 4          # h
MOST_TIMES = 2000        # that are stored unless others are asked for
LANES, MANY = 256, 1024  # draws solved together, and where there are thousands; the last batch is filled up with copies
STEPS = 12               # in each stretch between events
BLOCK = 32               # stored times at which what is watched is worked out together
ALONE = 500_000          # draws times stretches between events up to which one process is quicker than starting several
FINER = 4                # times as many where the embedded error is above FLAG
FLAG = 5e-2              # of the embedded error: true errors of serum and urine then stay below 2e-3 (docs/whole_body.md)
LOST = 1e-12             # of the body's magnesium, that no step may leave unaccounted for
WATCHED = ("serum_concentration", "ionised_concentration", "interstitial_concentration", "fractional_excretion", "urine_magnesium",
           "faecal_magnesium", "skin_lost_magnesium", "exudate_magnesium", "supply_magnesium", "plasma_magnesium", "interstitial_magnesium",
           *map(amount_of, CELLS), "stomach_magnesium", "gut_magnesium", "muscle_depot_magnesium", "unavailable_magnesium")
WATCHED_HORMONES = "parathyroid_hormone", "calcitriol", "calcidiol"
WATCHED_TRACER = ("plasma_tracer", "urine_tracer", "faecal_tracer", "supply_tracer", "plasma_tracer_share")


class Uptake(NamedTuple):
    """What blood takes up besides the regimen: `amount` (draws, times) mol so far, at `times` in s; evenly between them."""

    times: np.ndarray
    amount: np.ndarray


class Case(NamedTuple):
    """Everything that a batch of draws is made from."""

    regimen: Regimen
    model: Model
    parameters: Mapping[str, Parameter]      # by the model's key
    draws: Draws
    habit: Habit
    times: np.ndarray
    watch: tuple[str, ...]
    uptake: Uptake | None = None
    redrawn: frozenset[str] = frozenset()

    @property
    def lanes(self) -> int:
        """Draws in a batch."""
        return MANY if self.draws.size >= 4 * MANY else LANES

    def batches(self) -> list[np.ndarray]:
        """Which draws are solved together."""
        return [np.arange(begin, min(begin + self.lanes, self.draws.size)) for begin in range(0, self.draws.size, self.lanes)]


class Lanes(NamedTuple):
    """Some draws: the model's parameters, and those of `homeostasis` by name with "size", in SI."""

    p: dict[str, np.ndarray]
    named: dict[str, np.ndarray]


class Solved(NamedTuple):
    """A batch: (draws, times, watched) seen, {parameter: (draws,)} drawn, share of the body's magnesium that was lost, the draws whose
    error is above the threshold."""

    seen: np.ndarray
    drawn: dict[str, np.ndarray]
    lost: float
    doubtful: np.ndarray


@dataclass(frozen=True, eq=False, repr=False)
class Course:
    """What a Regimen does to a body.

    Attributes
    ----------
    times : (times,) s.
    readouts : {variable: (draws, times)} in SI.
    drawn : {parameter or fact: (draws,)} in SI; "person.*" are facts of virtual people.
    parameters : {key: Parameter} of every number used.
    mass_error : largest amount that any step left unaccounted for, relative to what the body holds.
    refined : draws that were solved again with finer steps.
    """

    regimen: Regimen
    draws: Draws
    times: np.ndarray
    readouts: Mapping[str, np.ndarray]
    drawn: Mapping[str, np.ndarray]
    parameters: Mapping[str, Parameter]
    mass_error: float
    refined: int

    def __getitem__(self, variable: str) -> np.ndarray:
        """(draws, times) of a readout in SI."""
        if variable not in self.readouts:
            from epsom.core.errors import nearest

            raise InputError(f"this course has no readout '{variable}'", nearest(variable, self.readouts), key=variable)
        return self.readouts[variable]

    def at(self, variable: str, time: float) -> np.ndarray:
        """(draws,) values of a readout at a time in s, by straight lines between stored times."""
        return between(self.times, self[variable], time)

    def change(self, variable: str, time: float) -> np.ndarray:
        """(draws,): by how much a readout has risen since the start."""
        return self.at(variable, time) - self[variable][:, 0]

    def __repr__(self) -> str:
        return f"Course of {self.regimen.name}: {self.draws.size} draws, {len(self.times)} times, {len(self.readouts)} readouts"


@cache
def whole_body_model(isotopes: tuple[str, ...] = (), hormones: bool = False) -> Model:
    """Magnesium of the whole body, with a tracer for each isotope, and with hormones that answer to it."""
    return Model((Homeostasis(hormones), *([Hormones()] if hormones else []), *([Tracer()] if isotopes else [])), isotopes)


def default_watch(model: Model) -> tuple[str, ...]:
    """What a course stores unless it is told otherwise."""
    return (*WATCHED, *(word for word in WATCHED_HORMONES if word in model.owner),
            *(f"{word}[{isotope}]" for isotope in model.solutes for word in WATCHED_TRACER))


def parameters_of(regimen: Regimen, model: Model) -> dict[str, Parameter]:
    """{model's key: Parameter} of every number that this regimen uses, those of its kind of people in their places.

    Raises InputError where `parameters` of the regimen names an unknown number or gives a wrong unit.
    """
    kind = people.kind_of(regimen.person)
    found = {}
    for doc in (document("parameters", "homeostasis"), document("intakes", "gut")):
        found |= {p.key: p for p in people.of_kind(kind, doc).parameters.values()}
    body, key = people.stated(regimen.person), FILTRATION
    if key in regimen.parameters and (body.filtration is not None or regimen.person.virtual):
        raise InputError("the person states or draws this number already", "Give it once", key=f"parameters.{key}",
                         value=regimen.parameters[key])
    if body.filtration is not None:
        found[key] = setting.measured(found[key], float(body.filtration))
    if regimen.hormones:
        found |= {p.key: p for p in document("parameters", "hormones").parameters.values()}
    for isotope in model.solutes:
        found[f"solute[{isotope}].decay_constant"] = document("isotopes", isotope).parameters["decay_constant"]
    return setting.with_changes(found, regimen.parameters)


def habit_of(regimen: Regimen) -> Habit:
    """The diet, as given or as the kind of people eats."""
    daily = regimen.diet.daily.si if regimen.diet.daily else people.daily(regimen.person)
    meals = tuple(sorted(at.si for at in regimen.diet.meals))
    return Habit(float(daily), meals, servings=len(meals) or people.servings(people.kind_of(regimen.person)))


def lanes_of(case: Case, which: np.ndarray) -> Lanes:
    """The numbers of the draws `which`."""
    values = case.draws.values({p.key: p for p in case.parameters.values()}, case.redrawn, which)
    p = {key: np.broadcast_to(values[parameter.key], which.shape).astype(float) for key, parameter in case.parameters.items()}
    somebody = case.regimen.person
    body = people.drawn(somebody, case.draws, which) if somebody.virtual else people.stated(somebody)
    size = np.broadcast_to(people.size(body, people.kind_of(somebody)), which.shape).astype(float)
    if somebody.virtual:
        p[FILTRATION] = body.filtration
    elif somebody.egfr is None and FILTRATION not in case.regimen.parameters:                # the kind's own, on a body of another surface
        p[FILTRATION] = p[FILTRATION] * body.surface / people.own_body(people.kind_of(somebody)).surface
    named = {key.partition(".")[2]: value for key, value in p.items() if not key.startswith("solute[")} | {"size": size}
    facts = {"size": size, "burned": np.full(which.shape, somebody.burned)}
    p |= {f"person.{name}": value for name, value in facts.items()}
    p |= {"regimen.absorbed": absorbed_diet(named, *case.habit.meal), "regimen.continuous": np.full(which.shape, float(not case.habit.meals))}
    return Lanes(_used(case.model, p), named)


def _used(model: Model, p: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What a model asks for."""
    used = set().union(*model.parameters_used.values())
    return {key: value for key, value in p.items() if key in used}


def follow(regimen: Regimen, draws: Draws | int = 256, *, seed: int = 1, times: np.ndarray | None = None,
           watch: tuple[str, ...] | None = None, uptake: Uptake | None = None, steps: int = STEPS, finer: int = 1,
           processes: int | None = None, redrawn: frozenset[str] = frozenset(), progress: Callable[[int, int], None] | None = None) -> Course:
    """Run a regimen over draws of what is unknown and of people.

    Parameters
    ----------
    draws : how many, or a Draws.
    seed : from which every draw follows; ignored if `draws` is a Draws.
    times : (times,) stored times in s; by default 97 over the regimen, with its events.
    watch : variables to store, by the model's names; by default pools, concentrations and losses.
    uptake : what blood takes up besides, as from a run of the skin; as many draws.
    steps : time steps in each stretch between events; draws above the error threshold get four times as many.
    finer : so many times as many in all draws, without compiling anything new.
    redrawn : parameters that are drawn from a second stream while all others stay as they are.
    processes : how many; by default one, or one for each core where there is much to do. The numbers are the same.

    Raises
    ------
    InputError : a parameter is unknown, a time lies outside the regimen, or losses exceed the diet so that there is no steady state to
        start from.
    SolveError : a draw does not stay finite, or loses magnesium.
    """
    draws = draws if isinstance(draws, Draws) else Draws(draws, seed=seed)
    model = whole_body_model(regimen.isotopes, regimen.hormones)
    times = output_times(regimen) if times is None else np.asarray(times, float)
    if not ((times >= 0) & (times <= regimen.duration.si)).all():
        raise InputError("a stored time lies outside the regimen", f"Keep within its duration ({regimen.duration})", key="times")
    watched = watch or default_watch(model)
    case = Case(regimen, model, parameters_of(regimen, model), draws, habit_of(regimen), times, watched, uptake, redrawn)
    seen, leak, doubtful, done = np.empty((draws.size, len(times), len(watched))), 0.0, [], 0
    numbers: dict[int, dict[str, np.ndarray]] = {}
    with _solver(case, processes or _processes_for(case)) as solve:
        for which, part in solve((which, steps, finer) for which in case.batches()):
            seen[which], leak = part.seen, max(leak, part.lost)
            numbers[int(which[0])], done = part.drawn, done + len(which)
            doubtful.extend(part.doubtful)
            if progress is not None:
                progress(done, draws.size)
        again = np.sort(np.array(doubtful, int))             # of all batches together: a batch costs the same for one draw as for all
        for which, part in solve((some, steps, finer * FINER) for some in np.split(again, range(LANES, len(again), LANES)) if len(some)):
            seen[which], leak = part.seen, max(leak, part.lost)
    _check_finite(draws, seen)
    drawn = {key: np.concatenate([numbers[first][key] for first in sorted(numbers)]) for key in numbers[0]}
    return Course(regimen, draws, times, {name: seen[:, :, i] for i, name in enumerate(watched)}, drawn,
                  {p.key: p for p in case.parameters.values()}, leak, len(again))


def _processes_for(case: Case) -> int:
    stretches = (2 * sum(1 for _ in case.regimen.happening()) + (len(case.uptake.times) if case.uptake else 0)
                 + len(case.habit.meals) * (1 + case.regimen.duration.si / DAY))
    return min(len(workers.cores()), -(-case.draws.size // case.lanes)) if case.draws.size * stretches > ALONE else 1


@contextmanager
def _solver(case: Case, processes: int) -> Iterator[Callable]:
    """What makes of [(draws, steps, finer)] batches (draws, Solved) in any order, here or in processes."""
    if processes == 1:
        yield lambda work: ((one[0], _solved(case, *one)) for one in work)
        return
    try:
        with workers.pinned(case._replace(model=None), processes) as executors:      # cheaper built there than sent
            yield lambda work: ((arguments[0], part) for arguments, part in workers.handed_out(executors, _in_worker, work))
    except BrokenExecutor as error:
        raise SolveError("a worker process ended before its work was done (killed, or out of memory)",
                         "Ask for fewer processes or fewer draws") from error


def _in_worker(which: np.ndarray, steps: int, finer: int) -> Solved:
    case = workers.case_here()
    return _solved(case._replace(model=whole_body_model(case.regimen.isotopes, case.regimen.hormones)), which, steps, finer)


def prepared(case: Case, which: np.ndarray, steps: int) -> tuple[Lanes, Ledger]:
    """Numbers and events of a full batch of lanes, from the steady state of the diet on, or of the day where it comes as meals."""
    full = np.concatenate([which, np.full(-len(which) % (LANES if len(which) <= LANES else MANY), which[-1])])
    lanes = lanes_of(case, full)
    _check_start(case, lanes, which)
    book = ledger(case.model, case.regimen, case.habit, lanes.named, len(full))
    if case.habit.meals:
        # no tracer is there before the regimen begins
        alone = case._replace(model=whole_body_model((), case.regimen.hormones), times=np.zeros(0))
        own = Lanes(_used(alone.model, lanes.p), lanes.named)
        day = lambda events: run(alone, own, events, DAY, steps).end.scalars
        for pool, amount in start_of_a_day(alone.model, case.habit, own.p, own.named, day).items():
            book.supply(0.0, pool, amount)
    if case.uptake is not None:
        flow = np.diff(case.uptake.amount[full], axis=1) / np.diff(case.uptake.times)
        steps_of_flow = np.diff(np.concatenate([np.zeros((len(full), 1)), flow, np.zeros((len(full), 1))], axis=1), axis=1)
        for at, step in zip(case.uptake.times, steps_of_flow.T):
            book.add(at, None, "vein_flow", step)
    return lanes, book


def run(case: Case, lanes: Lanes, book: Ledger, end: float, steps: int, finer: int = 1):
    """The engine's outcome with what was seen at the case's times; one program for all regimens with as many lanes and steps.

    States are read off each piece of the plan as it is done and what is watched is worked out of them, so that neither the numbers of events
    and outputs nor what is watched is part of the program.
    """
    import jax

    from epsom.engine.run import constants, pieces

    states = np.full((len(case.times), len(case.model.scalar_names), len(lanes.named["size"])), np.nan)
    for _, outcome, record in pieces(case.model, lanes.p, book.protocol(end), np.zeros(0), moves=book.moves,
                                     watch=case.model.scalar_names, steps=steps, finer=finer):
        _read_off(states, case.times, record)
        last = outcome
    c = constants(case.model, lanes.p)
    full = np.concatenate([states, np.repeat(states[-1:], -len(states) % BLOCK, axis=0)])
    parts = [np.asarray(observed(case.model, c, part, watch=case.watch)) for part in np.split(full, len(full) // BLOCK)] if len(full) else []
    seen = np.concatenate([*parts, np.zeros((0, len(case.watch), states.shape[2]))])[:len(states)]
    return jax.device_get(last._replace(seen=None))._replace(seen=seen)


def _read_off(states: np.ndarray, outputs: np.ndarray, record) -> None:
    """Put a piece of record into `states` (outputs, scalars, lanes), by cubics with true slopes at both ends of a step.

    The next piece has the last word on its own first moment.
    """
    times = np.asarray(record.times)
    here = np.flatnonzero((outputs >= times[0]) & (outputs <= times[-1]))
    if not len(here):
        return
    k = np.clip(np.searchsorted(times, outputs[here], side="right") - 1, 0, len(times) - 2)
    h = (times[k + 1] - times[k])[:, None, None]
    x = (outputs[here] - times[k])[:, None, None] / h
    values, slopes = np.asarray(record.values), np.asarray(record.slopes)
    states[here] = (values[k] + x * x * (3 - 2 * x) * (values[k + 1] - values[k])
                    + h * x * (1 - x) * ((1 - x) * slopes[k] - x * slopes[k + 1]))


@Program
def observed(model: Model, c, states, *, watch: tuple[str, ...]):
    """(states, watched, lanes) at some states (states, scalars, lanes)."""
    nothing = jnp.zeros((0, states.shape[2]))
    return lax.map(lambda scalars: model.observe(c, watch, State(nothing, scalars)), states)


def _solved(case: Case, which: np.ndarray, steps: int, finer: int) -> Solved:
    lanes, book = prepared(case, which, steps)
    n, end = len(which), case.regimen.duration.si
    out = run(case, lanes, book, end, steps, finer)
    seen = np.moveaxis(out.seen[:, :, :n], 2, 0)
    lost = float(np.nanmax(out.leak[0, :n] / out.held[0, :n], initial=0.0))     # a draw that is no number is doubtful and comes again
    if lost > LOST:
        raise SolveError(f"{lost:.1e} of the body's magnesium is unaccounted for", "Look at the parameters you changed")
    return Solved(seen, {key: value[:n] for key, value in lanes.p.items()}, lost, which[~(out.error[:n] <= FLAG)])


def _check_finite(draws: Draws, seen: np.ndarray) -> None:
    bad = draws.knowledge_index[~np.isfinite(seen).all((1, 2))]
    if len(bad):
        raise SolveError(f"draw {bad[0]} does not stay finite", "Look at the parameters you changed, or at the amounts of the regimen")


def _check_start(case: Case, lanes: Lanes, which: np.ndarray) -> None:
    """Raise InputError where the diet cannot make good the losses, so that no steady state exists."""
    start = np.asarray(steady_pools(case.model, lanes.p)["plasma_magnesium"])[:len(which)]
    bad = ~(np.isfinite(start) & (start > 0))
    if bad.any():
        raise InputError(f"in {int(bad.sum())} of {len(which)} draws this diet does not make good what gut and skin lose: there is no steady "
                         "state to start from", "Begin with a diet that does, and change it by an event (diet) at a later time",
                         key="diet.daily", value=f"{case.habit.daily * 1e3:.3g} mmol")


def steady_pools(model: Model, p: Mapping[str, Any]) -> dict[str, Any]:
    """{state: (lanes,)} at the steady state of an even diet."""
    from epsom.engine.run import start

    _, outcome = start(model, p, np.zeros(0), lanes=len(next(iter(p.values()))), watch=model.scalar_names)
    return dict(zip(model.scalar_names, np.asarray(outcome.end.scalars)))


def output_times(regimen: Regimen) -> np.ndarray:
    """Stored times in s: hourly where that is enough, and where serum turns: the moment before and at each beginning and end of what happens,
    and one to four hours after what is swallowed or injected. Of very many events the later ones are left to the even times."""
    end = regimen.duration.si
    turning: list[float] = []
    for at, action, what in regimen.happening():
        lasting = getattr(what, "duration", None)
        turning += [at - JUST, at, *([at + lasting.si] if lasting else [])]
        turning += [at + hours * 3600.0 for hours in LATER] if action in ("take", "inject") else []
    even = np.linspace(0, end, int(np.clip(end / 3600.0, 96, 480)) + 1)
    kept = np.unique([t for t in turning if 0 <= t <= end])[: MOST_TIMES - len(even)]
    return np.unique(np.concatenate([even, kept]))
