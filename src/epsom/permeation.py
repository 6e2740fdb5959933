"""Permeate: run an Experiment, layers between a donor and a receptor, and say where everything is over time.

It is solved by the engine of `simulate` with mechanisms of its own. Each experiment runs on three grids side by side, each
twice as fine as the one before; amounts, flux and concentrations are extrapolated from them, and what the last extrapolation
still changed is the error that is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from epsom.core.errors import SolveError
from epsom.experiment import Experiment

TOLERANCE = 1e-7             # of the embedded error of a step
TOGETHER = (1, 4, 16)        # experiments that one program holds; more are solved one after the other
OUTPUTS = (64, 128, 256, 512)    # stored times that a program has room for
EARLY = 1e-6                 # share of the time to the next output after which an event gets an end of a segment more: steps can be as
#                              small as a share of their segment, and what follows an event may be over in an instant
WATCHED = ("donor_load", "supplied_load", "lost_load", "removed_load", "cleared_load", "receptor_load", "replaced_load",
           "donor_potential", "donor_cover", "receptor_potential", "flow_from_receptor")
MOVES = (("donor_load", "removed_load"), ("film_capacity", None), ("donor_cover", None), ("receptor_load", "replaced_load"))


@dataclass(frozen=True)
class Permeation:
    """What became of an experiment. Amounts are per area, in mol/m^2, or kg/m^2 if only masses are known (`experiment.unit`).

    Attributes
    ----------
    times : (times,) s; at an event the values just after it.
    supplied : (times,) brought in so far: what was there at time 0 and what an infinite dose has given since.
    donor, removed, lost : (times,) in the donor (0 for an infinite dose), taken away with it, lost from the surface.
    layers : (times, layers) in each layer.
    cleared : (times,) cleared from the layers so far.
    receptor, replaced, permeated : (times,) in the receptor, taken out of it with samples or flow, and both together.
    flux : (times,) into the receptor, per s.
    depth : (faces,) m, from the surface down.
    potential : (times, faces) C / K in amount/m^3: the concentration in the donor's vehicle that is in equilibrium with the layer.
        A layer's own concentration is K times that.
    error : {field: largest error left by the grid, relative to the largest value of its field}.
    mass_error : largest amount that any step left unaccounted for, relative to what was supplied.
    steps : time steps tried.
    permeability, lag_time : of the layers between a held donor and a perfect sink, in closed form, m/s and s.
    """

    experiment: Experiment
    times: np.ndarray
    supplied: np.ndarray
    donor: np.ndarray
    removed: np.ndarray
    lost: np.ndarray
    layers: np.ndarray
    cleared: np.ndarray
    receptor: np.ndarray
    replaced: np.ndarray
    permeated: np.ndarray
    flux: np.ndarray
    depth: np.ndarray
    potential: np.ndarray
    error: dict[str, float]
    mass_error: float
    steps: int
    permeability: float
    lag_time: float


class Compared(NamedTuple):
    """An observation beside what is computed, in the same unit (1 for a share of what was supplied)."""

    what: str
    at: float            # s
    unit: str
    observed: float
    computed: float
    source: str

    @property
    def ratio(self) -> float:
        """Computed over observed."""
        return self.computed / self.observed


def compared(result: Permeation) -> list[Compared]:
    """Each observation of the experiment beside its computed value. Nothing is fitted."""
    found = []
    for one in result.experiment.observed:
        at = int(abs(result.times - one.at.si).argmin())
        value = float(getattr(result, one.what)[at])
        if one.share is not None:
            found.append(Compared(one.what, one.at.si, "1", one.share, value / float(result.supplied[at]), one.source))
        else:
            unit = f"{result.experiment.unit}/m^2"
            found.append(Compared(one.what, one.at.si, unit, result.experiment.per_area(one.amount), value, one.source))
    return found


def permeate(experiment: Experiment) -> Permeation:
    """Run one experiment: `permeate_all` of a single one."""
    found, = permeate_all([experiment])
    return found


def permeate_all(experiments: Sequence[Experiment]) -> list[Permeation]:
    """Run experiments; those with as many layers, the same times and the same events share one run.

    Raises
    ------
    SolveError : the numbers of an experiment leave no step that keeps the tolerance.
    """
    groups: dict[tuple, list[int]] = {}
    for i, one in enumerate(experiments):
        groups.setdefault((len(one.layers), *one.output_times, *one.events.items()), []).append(i)
    found: dict[int, Permeation] = {}
    for members in groups.values():
        for begin in range(0, len(members), TOGETHER[-1]):
            part = members[begin:begin + TOGETHER[-1]]
            found.update(zip(part, _solved([experiments[i] for i in part])))
    return [found[i] for i in range(len(experiments))]


def steady(experiment: Experiment) -> tuple[float, float]:
    """(permeability m/s, lag time s) of the layers between a held donor and a perfect sink, in closed form."""
    from epsom.dermal.exact import laminate

    transport = [layer.transport for layer in experiment.layers]
    return laminate([layer.thickness.si for layer in experiment.layers], [k for k, _ in transport], [d for _, d in transport],
                    [layer.clearance.si if layer.clearance is not None else 0.0 for layer in experiment.layers])


@cache
def _model(layers: int):
    """One object for each number of layers, so that nothing compiles twice."""
    from epsom.dermal.chambers import Donor, Receptor
    from epsom.dermal.layers import Layers
    from epsom.model import Model

    return Model((Donor(), Layers(layers), Receptor()))


def _numbers(one: Experiment) -> tuple[dict[str, float], float, float]:
    """(what the mechanisms ask for, reference concentration in amount/m^3, m that turn a load into an amount per area)."""
    transport = np.array([layer.transport for layer in one.layers])
    thickness = np.array([layer.thickness.si for layer in one.layers])
    load = float((thickness * transport[:, 0]).sum())
    given = lambda found: 0.0 if found is None else one.per_area(found)
    plain = lambda found: 0.0 if found is None else found.si
    start = np.array([given(layer.start) for layer in one.layers]) / transport[:, 0]
    donor, receptor = one.donor, one.receptor
    film, held = given(donor.thickness), given(donor.concentration) if donor.infinite else 0.0
    amount = given(donor.amount) if donor.concentration is None else given(donor.concentration) * film
    reference = max(held, amount / (film or load), start.max())
    room, share = given(receptor.volume), amount / (reference * load)
    numbers = {
        "donor.load": share * (film > 0), "layers.deposit": share * (film == 0), "donor.capacity": film / load or 1.0,
        "donor.held": float(donor.infinite), "donor.potential": held / reference, "donor.cover": float(donor.infinite or film > 0),
        "donor.loss": plain(donor.loss) / load,
        "receptor.open": float(not receptor.closed), "receptor.renewal": given(receptor.flow) / (room or 1.0),
        "receptor.per_capacity": load / (room * receptor.partition) if room else 0.0}
    for k, layer in enumerate(one.layers):
        values = thickness[k], *transport[k], plain(layer.clearance), start[k] / reference
        numbers |= {f"layer{k}.{name}": x for name, x in zip(("thickness", "capacity", "diffusivity", "clearance", "start"), values)}
    return numbers, reference, load


def _solved(experiments: list[Experiment]) -> list[Permeation]:
    """Experiments of one group, each in as many lanes as there are grids."""
    import jax

    from epsom.dermal.layers import GRIDS
    from epsom.engine.adaptive import adaptively
    from epsom.engine.run import Protocol

    first, model = experiments[0], _model(len(experiments[0].layers))
    room = next(size for size in TOGETHER if size >= len(experiments))
    filled = experiments + experiments[-1:] * (room - len(experiments))
    numbers = [_numbers(one) for one in filled]
    p = {name: np.repeat([found[name] for found, _, _ in numbers], len(GRIDS)) for name in numbers[0][0]}
    p["layers.grid"] = np.tile(np.arange(float(len(GRIDS))), room)
    times = first.output_times
    ends = np.unique([*times, *(at + EARLY * (times[times > at][0] - at) for at in (0.0, *first.events) if at < times[-1])])
    shares = np.array([_shares(*first.events.get(at, (0.0, 0.0))) for at in ends[:-1]])[:, :, None]
    protocol = Protocol(ends, shares, np.zeros((*shares.shape[:2], len(GRIDS) * room)))
    slots = next(size for size in OUTPUTS if size >= len(times))
    outputs = np.concatenate([times, np.full(slots - len(times), times[-1])])
    index = {name: i for i, name in enumerate(model.scalar_names)} | {None: None}
    constants = {name: np.asarray(x) for name, x in model.constants(p)["layers"].items()}
    out, steps = adaptively(model, p, protocol, outputs, moves=tuple((index[a], index[b]) for a, b in MOVES), watch=WATCHED,
                            tolerance=TOLERANCE, cells=constants["start"])
    out = jax.device_get(out)
    return [_permeation(one, out, steps, constants, slice(i * len(GRIDS), (i + 1) * len(GRIDS)), numbers[i][1:])
            for i, one in enumerate(experiments)]


def _shares(removed: float, sampled: float) -> tuple[float, ...]:
    """What each of MOVES moves: of a film that is only thinned the rest covers the surface, of one that is removed nothing does."""
    return removed, removed % 1, removed // 1, sampled


def _permeation(one: Experiment, out, steps: int, constants: dict, lanes: slice, scales: tuple[float, float]) -> Permeation:
    """Back from loads and potentials to amounts, from three grids to one answer."""
    reference, load = scales
    times = one.output_times
    seen = dict(zip(WATCHED, np.moveaxis(out.seen[:len(times), :, lanes], 1, 0)))          # each (times, grids)
    if not all(np.isfinite(values).all() for values in seen.values()) or not np.isfinite(out.error[lanes]).all():
        raise SolveError(f"the experiment '{one.name}' cannot be solved", "Look for a number that is out of all proportion")
    grids = [_on_grid(one, g, out.cells[:len(times), :, lanes][..., g], {k: x[:, lanes][:, g] for k, x in constants.items()}, seen)
             for g in range(len(out.error[lanes]))]
    there = grids[0]["layers"][0].sum() + seen["donor_load"][0, 0]
    seen["supplied_load"] = there - seen["supplied_load"]
    fields = {name.removesuffix("_load"): values.T for name, values in seen.items() if name.endswith("_load")}
    fields |= {name: [grid[name] for grid in grids] for name in ("layers", "potential")}
    fields["permeated"] = fields["receptor"] + fields["replaced"]
    fields["flux"] = -seen["flow_from_receptor"].T
    size = {name: reference * (1.0 if name == "potential" else load) for name in fields}
    found, error = {}, {}
    for name, (coarse, middle, fine) in fields.items():
        once = (4 * middle - coarse) / 3, (4 * fine - middle) / 3                           # errors of order 2 gone, then of order 4
        twice = (16 * once[1] - once[0]) / 15
        found[name] = twice * size[name]
        error[name] = float(abs(twice - once[1])[1:].max() / (abs(twice[1:]).max() or 1.0))   # at time 0 there may be a jump
    if deposit := _numbers(one)[0]["layers.deposit"] * reference * load:                   # at time 0 it still lies on the surface
        found["donor"][0], found["layers"][0, 0] = deposit, found["layers"][0, 0] - deposit
        found["potential"][0] = found["potential"][0, -1]
    lag = steady(one)
    mass = float(out.leak[:, lanes].max()) / float(seen["supplied_load"].max())
    return Permeation(experiment=one, times=times, depth=grids[0]["depth"], error=error, mass_error=mass, steps=steps,
                      permeability=lag[0], lag_time=lag[1], **found)


def _on_grid(one: Experiment, grid: int, cells: np.ndarray, c: dict, seen: dict) -> dict:
    """Amounts in layers and potentials at the faces of the coarsest grid, of which every finer one has all."""
    from epsom.dermal.layers import GRIDS

    n, count, every = GRIDS[grid], len(one.layers), 2 ** grid
    u, half = cells[:, :n * count], c["half"][:n * count]
    load = (u * c["capacity"][:n * count]).reshape(len(u), count, n).sum(-1)
    faces = (u[:, :-1] * half[1:] + u[:, 1:] * half[:-1]) / (half[1:] + half[:-1])
    bottom = seen["receptor_potential"][:, grid] if not one.receptor.closed else u[:, -1]
    bare = u[:, 0] / (1 + _numbers(one)[0]["donor.loss"] * half[0])
    top = np.where(seen["donor_cover"][:, grid] > 0, seen["donor_potential"][:, grid], bare)
    faces = np.column_stack([top, faces, bottom])
    edges = np.concatenate([[0.0], 2 * c["middle"][:n * count]])
    depth = np.zeros(n * count + 1)
    for i in range(n * count):                                # from the middles of cells back to their faces
        depth[i + 1] = edges[i + 1] - depth[i]
    return {"layers": load, "potential": faces[:, ::every], "depth": depth[::every]}
