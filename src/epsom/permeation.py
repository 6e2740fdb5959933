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

from epsom.core.errors import InputError, SolveError
from epsom.experiment import Experiment

CM2 = 1e-4                   # m^2
PREFIXES = (("", 1.0), ("m", 1e-3), ("u", 1e-6), ("n", 1e-9), ("p", 1e-12))
TOLERANCE = 1e-7             # of the embedded error of a step
TOGETHER = (1, 16)           # experiments that one program holds; more are solved one after the other
OUTPUTS = (64, 128, 256, 512)    # stored times that a program has room for
EARLY = 1e-6                 # share of the time to the next output after which an event gets an end of a segment more: steps can be as
#                              small as a share of their segment, and what follows an event may be over in an instant
MOST_LOST = 1e-6             # of the amount, by rounding
LEAST_REACH = 1e-5           # share of a layer's thickness that the solute must at least be able to see of it
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
    receptor, replaced, permeated : (times,) in the receptor, taken out of it with samples or flow, and both together; what returns
        from a mixed receptor into the layers is not in them.
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

    @property
    def places(self) -> dict[str, np.ndarray]:
        """{where: (times,)} everything that was supplied, without places that never hold anything; "receptor" with what left it."""
        every = {"donor": self.donor, "removed": self.removed, "lost": self.lost,
                 **{layer.name: self.layers[:, k] for k, layer in enumerate(self.experiment.layers)},
                 "cleared": self.cleared, "receptor": self.permeated}
        return {name: amount for name, amount in every.items() if amount.any()}

    @property
    def shown(self) -> tuple[float, str]:
        """(factor, unit) in which people read the amounts: of the whole area if it is known, else per cm^2."""
        one = self.experiment
        in_mass = one.told_in_mass and (one.unit == "kg" or one.molar_mass is not None)
        factor = 1e3 * (one.molar_mass.si if one.unit == "mol" else 1.0) if in_mass else 1.0         # to g or mol
        factor *= CM2 if one.area is None else one.area.si
        largest = float(self.supplied.max()) * factor
        prefix, size = next((found for found in PREFIXES if largest >= found[1]), PREFIXES[-1])
        return factor / size, f"{prefix}{'g' if in_mass else 'mol'}{'/cm^2' if one.area is None else ''}"


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
    InputError : a layer is so thick that its solute cannot be seen in it.
    SolveError : the numbers of an experiment leave no step that keeps the tolerance, or rounding loses a millionth of the amount.
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


class Scaled(NamedTuple):
    """An experiment as the mechanisms take it."""

    numbers: dict[str, float]    # by the mechanisms' keys
    start: np.ndarray            # (layers,) potential at time 0
    supplied: float              # load at time 0
    reference: float             # amount/m^3 that a potential of 1 stands for
    size: float                  # amount/m^2 that a load of 1 stands for


def _scaled(one: Experiment) -> Scaled:
    """Everything relative to the highest concentration of time 0 (of a deposit: as if it were spread over the layers)."""
    from epsom.dermal.layers import stretch_for

    given = lambda found: 0.0 if found is None else one.per_area(found)
    plain = lambda found: 0.0 if found is None else found.si
    transport = np.array([layer.transport for layer in one.layers])
    thickness = np.array([layer.thickness.si for layer in one.layers])
    holds = thickness * transport[:, 0]
    start = np.array([given(layer.start) for layer in one.layers]) / transport[:, 0]
    donor, film, room = one.donor, given(one.donor.thickness), given(one.receptor.volume)
    held = given(donor.concentration) if donor.infinite else 0.0
    amount = given(donor.amount) if donor.concentration is None else given(donor.concentration) * film
    reference = max(held, amount / (film or holds.sum()), start.max())
    size, start = reference * holds.sum(), start / reference
    numbers = {
        "donor.load": amount / size * (film > 0), "layers.deposit": amount / size * (film == 0),
        "donor.capacity": film / holds.sum() or 1.0, "donor.cover": float(donor.infinite or film > 0),
        "donor.held": float(donor.infinite), "donor.potential": held / reference, "donor.loss": plain(donor.loss) / holds.sum(),
        "receptor.open": float(not one.receptor.closed), "receptor.renewal": given(one.receptor.flow) / (room or 1.0),
        "receptor.per_capacity": holds.sum() / (room * one.receptor.partition) if room else 0.0}
    names = ("thickness", "capacity", "diffusivity", "clearance", "start", "stretch")
    for k, layer in enumerate(one.layers):
        values = thickness[k], *transport[k], plain(layer.clearance), start[k], stretch_for(_reach(one, k))
        numbers |= {f"layer{k}.{name}": x for name, x in zip(names, values)}
    return Scaled(numbers, start, amount / size + float(start @ holds) / holds.sum(), reference, size)


def _reach(one: Experiment, k: int) -> float:
    """Share of layer k that the solute sees from a face before the end, or before the donor is removed, or before it is cleared.

    Raises
    ------
    InputError : next to nothing, so that no grid shows it.
    """
    layer, (partition, diffusivity) = one.layers[k], one.layers[k].transport
    time = min(one.duration.si, *([one.donor.removed_at.si] if one.donor.removed_at and one.donor.removed_at.si else []), float("inf"))
    rate = 1 / time + (layer.clearance.si / partition if layer.clearance else 0.0)
    reach = float(np.sqrt(diffusivity / rate)) / layer.thickness.si
    if reach < LEAST_REACH:
        raise InputError(f"in {one.duration} the solute reaches only {reach * layer.thickness.si:.2g} m deep into '{layer.name}', which is "
                         f"{layer.thickness} thick", "Make the layer thinner or the experiment longer", key=f"layers.{k}.thickness")
    return reach


def _solved(experiments: list[Experiment]) -> list[Permeation]:
    """Experiments of one group, each in as many lanes as there are grids."""
    import jax

    from epsom.dermal.layers import GRIDS
    from epsom.engine.adaptive import adaptively
    from epsom.engine.run import Protocol, constants

    first, model, scaled = experiments[0], _model(len(experiments[0].layers)), [_scaled(one) for one in experiments]
    places = next(size for size in TOGETHER if size >= len(experiments))
    filled = scaled + scaled[-1:] * (places - len(scaled))
    p = {name: np.repeat([one.numbers[name] for one in filled], len(GRIDS)) for name in filled[0].numbers}
    p["layers.grid"] = np.tile(np.arange(float(len(GRIDS))), places)
    times = first.output_times
    ends = np.unique([*times, *(at + EARLY * (times[times > at][0] - at) for at in (0.0, *first.events) if at < times[-1])])
    shares = np.array([_shares(*first.events.get(at, (0.0, 0.0))) for at in ends[:-1]])[:, :, None]
    protocol = Protocol(ends, shares, np.zeros((*shares.shape[:2], len(GRIDS) * places)))
    slots = next(size for size in OUTPUTS if size >= len(times))
    outputs = np.concatenate([times, np.full(slots - len(times), times[-1])])
    index = {name: i for i, name in enumerate(model.scalar_names)} | {None: None}
    layers = jax.device_get(constants(model, p))["layers"]
    out, steps = adaptively(model, p, protocol, outputs, moves=tuple((index[a], index[b]) for a, b in MOVES), watch=WATCHED,
                            tolerance=TOLERANCE, cells=layers["start"])
    out = jax.device_get(out)
    found = []
    for i, (one, scales) in enumerate(zip(experiments, scaled)):
        lanes = slice(i * len(GRIDS), (i + 1) * len(GRIDS))
        if not np.isfinite(out.error[lanes]).all() or not np.isfinite(out.seen[:, :, lanes]).all():
            raise SolveError(f"the experiment '{one.name}' cannot be solved", "Look for a number that is out of all proportion")
        seen = dict(zip(WATCHED, np.moveaxis(out.seen[:len(times), :, lanes], 1, 0)))      # each (times, grids)
        here = {name: x[:, lanes] for name, x in layers.items()}
        fields, depth = _fields(one, scales, seen, out.cells[:len(times), :, lanes], here)
        found.append(_permeation(one, scales, fields, depth, float(out.leak[:, lanes].max()), steps))
    return found


def _shares(removed: float, sampled: float) -> tuple[float, ...]:
    """What each of MOVES moves: of a film that is only thinned the rest covers the surface, of one that is removed nothing does."""
    return removed, removed % 1, removed // 1, sampled


def _fields(one: Experiment, scales: Scaled, seen: dict, cells: np.ndarray, c: dict) -> tuple[dict, np.ndarray]:
    """({field: one array for each grid}, depth of the faces), as loads and potentials; faces are those of the coarsest grid, of
    which every finer one has all."""
    from epsom.dermal.layers import GRIDS

    fields = {name.removesuffix("_load"): values.T for name, values in seen.items() if name.endswith("_load")}
    fields["supplied"] = scales.supplied - fields["supplied"]
    fields |= {"permeated": fields["receptor"] + fields["replaced"], "flux": -seen["flow_from_receptor"].T, "layers": [], "potential": []}
    for g, n in enumerate(GRIDS):
        live = slice(n * len(one.layers))
        u, half = cells[:, live, g], c["half"][live, g]
        fields["layers"].append((u * c["capacity"][live, g]).reshape(len(u), -1, n).sum(-1))
        bare = u[:, 0] / (1 + scales.numbers["donor.loss"] * half[0])
        top = np.where(seen["donor_cover"][:, g] > 0, seen["donor_potential"][:, g], bare)
        between = (u[:, :-1] * half[1:] + u[:, 1:] * half[:-1]) / (half[1:] + half[:-1])
        bottom = u[:, -1] if one.receptor.closed else seen["receptor_potential"][:, g]
        fields["potential"].append(np.column_stack([top, between, bottom])[:, ::2**g])
    return fields, np.concatenate([[0.0], c["face"][:GRIDS[0] * len(one.layers), 0]])


def _permeation(one: Experiment, scales: Scaled, fields: dict, depth: np.ndarray, leak: float, steps: int) -> Permeation:
    """From loads and potentials on three grids to amounts and concentrations."""
    found, error = {}, {}
    for name, (coarse, middle, fine) in fields.items():
        once = (4 * middle - coarse) / 3, (4 * fine - middle) / 3                          # errors of order 2 gone, then of order 4
        twice = (16 * once[1] - once[0]) / 15
        found[name] = twice * (scales.reference if name == "potential" else scales.size)
        error[name] = float(abs(twice - once[1])[1:].max() / (abs(twice[1:]).max() or 1.0))   # at time 0 there may be a jump
    if scales.numbers["layers.deposit"]:                                                   # which at time 0 still lies on the surface
        deposit = scales.numbers["layers.deposit"] * scales.size
        found["donor"][0], found["layers"][0, 0] = deposit, found["layers"][0, 0] - deposit
        found["potential"][0] = scales.reference * np.append(scales.start.repeat((len(depth) - 1) // len(one.layers)), scales.start[-1])
    permeability, lag_time = steady(one)
    mass_error = leak * scales.size / float(found["supplied"].max())
    if not mass_error <= MOST_LOST:
        raise SolveError(f"rounding loses {mass_error:.0e} of the amount in the experiment '{one.name}'",
                         "It is far longer than its layers need: shorten it, or leave out layers that hold nothing back")
    return Permeation(experiment=one, times=one.output_times, depth=depth, error=error, steps=steps, permeability=permeability,
                      lag_time=lag_time, mass_error=mass_error, **found)
