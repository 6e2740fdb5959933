"""When Fick's law with a factor is good enough for magnesium, by the Nernst-Planck equations of `electrodiffusion`.

The factor E is the steady flux of the donor's magnesium over that of Fick's law with its own diffusivity in the same pores. The
body's magnesium is counted as another ion of the same kind, so that what comes in is told from what is there.

Pores hinder ions by their size: Renkin 1954, with the radius of Stokes and Einstein. Thickness, tortuosity, share of pores and
temperature scale all fluxes alike and cancel.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy import constants
from scipy.optimize import brentq

from epsom.core.parameter import document
from epsom.dermal.electrodiffusion import Held, Layer, Stirred, course, donnan_step, steady

IONS = ("magnesium", "sodium", "potassium", "calcium", "chloride", "sulfate")
RENKIN = (1.0, -2.104, 0.0, 2.09, 0.0, -0.95)              # in powers of the ion's radius over the pore's
ROOM, SKIN = 298.15, 305.15                                # K: of the diffusivities and viscosity; of the skin
ORDINARY = (1.0, 1.8)                                      # bounds of the prior of E
SPAN, SCAN = (1.0, 4500.0), 30                             # mol/m^3: donors that are looked at, and how many on the way
LATE = (2.0, 2.5)                                          # in h^2 / D: when the amount passed has become a line


class Passage(NamedTuple):
    """How magnesium crosses a pore, relative to Fick's law with its own diffusivity."""

    factor: float              # flux of the donor's magnesium
    net: float                 # that less the flux of the body's
    potential: float           # V, of the body over the donor


def central(name: str) -> float:
    """The value, in SI, of a parameter of `data/verification/electrodiffusion.toml`."""
    return document("verification", "electrodiffusion").parameters[name].si


def chloride_of(magnesium: float) -> dict[str, float]:
    """A solution of magnesium chloride, mol/m^3."""
    return {"magnesium": magnesium, "chloride": 2 * magnesium}


@cache
def _ion(name: str) -> tuple[float, float]:
    """(charge number, diffusivity in water at 25 degC in m^2/s)."""
    found = document("ions", name).parameters
    return found["charge"].si, found["water_diffusivity"].si


def hindered(diffusivity, pore_radius: float):
    """Diffusivity in pores of this radius (m), as in water where it is infinite; both in m^2/s, without tortuosity."""
    stokes = constants.k * ROOM / (6 * np.pi * central("water_viscosity") * np.asarray(diffusivity))
    share = stokes / pore_radius
    return diffusivity * (1 - share) ** 2 * np.polynomial.polynomial.polyval(share, RENKIN)


def _meeting(donor: Mapping[str, float]):
    """(charge, diffusivity in water, donor, body), (ions,) each: the donor's magnesium, the body's, every other ion that is there,
    and last a twin of the donor's magnesium without charge, which follows Fick's law on the same grid.
    """
    body = {name: central(f"body_{name}") for name in ("sodium", "potassium", "calcium")}
    body["magnesium"] = document("assays", "magnesium").parameters["ionised_ordinary"].si
    body["chloride"] = sum(c * _ion(name)[0] for name, c in body.items())
    rows = [("magnesium", donor["magnesium"], 0.0)]
    rows += [(name, donor.get(name, 0.0) * (name != "magnesium"), body.get(name, 0.0)) for name in IONS]
    names, outside, inside = zip(*(row for row in rows if row[1] + row[2] > 0))
    charge, diffusivity = zip(*map(_ion, names))
    columns = (*charge, 0), (*diffusivity, diffusivity[0]), (*outside, outside[0]), (*inside, 0.0)
    return tuple(map(np.array, columns))


def passage(donor: Mapping[str, float], fixed_charge: float, pore_radius: float, cells: int = 64) -> Passage:
    """The steady passage from a donor through pores to the fluid between cells, both held.

    Parameters
    ----------
    donor : mol/m^3 of each ion, neutral together, with magnesium. fixed_charge : mol/m^3 of pore. pore_radius : m, above 0.35e-9.
    """
    charge, water, outside, inside = _meeting(donor)
    diffusivity = hindered(water, pore_radius)
    found = steady(charge, [Layer(1.0, diffusivity, 1.0, fixed_charge)], Held(outside), Held(inside), cells=cells)
    ours, bodys, *_, twins = found.flux[0, 0]
    return Passage(ours / twins, (ours + bodys) / twins, found.receptor_potential * constants.k * SKIN / constants.e)


def lag(donor: Mapping[str, float], fixed_charge: float, pore_radius: float, cells: int = 32) -> float:
    """Lag time of the donor's magnesium over that of Fick's law. Parameters as in `passage`."""
    charge, water, outside, inside = _meeting(donor)
    diffusivity = hindered(water, pore_radius)
    times = np.array(LATE) / diffusivity[0]
    found = course(charge, [Layer(1.0, diffusivity, 1.0, fixed_charge)], Held(outside), Held(inside), inside, times, cells=cells)
    early, late = found.passed[:, [0, -1]]
    ours, twins = times[1] - late * (times[1] - times[0]) / (late - early)
    return ours / twins


def transport_number(fixed_charge: float, pore_radius: float) -> float:
    """Share of a current that sodium carries through pores in equilibrium with the body's sodium as chloride, over that in water."""
    charge, water = map(np.array, zip(_ion("sodium"), _ion("chloride")))
    bath = np.full(2, central("body_sodium"))
    one, none = np.ones(()), np.zeros(())
    pore = bath * np.exp(-charge * donnan_step(bath, charge, one, none, none, np.array(fixed_charge)))
    carried = pore * hindered(water, pore_radius)
    return carried[0] / carried.sum() * water.sum() / water[0]


def dermis(increment: float, cells: int = 64) -> tuple[float, float]:
    """What Fick's law with its own diffusivity makes wrong when magnesium chloride spreads from a surface that holds this much of it
    (mol/m^3) over the body's fluid, into deep tissue without fixed charge and blood flow.

    Returns (share of the entered amount that Fick's law misses, largest error of the concentration over the increment). In deep
    tissue both are the same at all times, and with any tortuosity.
    """
    charge, diffusivity, outside, inside = _meeting(chloride_of(increment))
    time = 1 / diffusivity[0]                                                # spread: 2 m, a scale like any other
    near = Layer(2.0, diffusivity)
    found = course(charge, [near, near._replace(thickness=10.0)], Held(inside + outside), Stirred(0.0, inside), inside, [time], cells=cells)
    ours, twins = found.profile.concentration[0, ..., [0, -1]]
    return 1 - found.entered[0, -1] / found.entered[0, 0], abs(ours - twins).max() / increment


def ordinary_donors(fixed_charge: float, pore_radius: float, cells: int = 64) -> tuple[float, float] | None:
    """Least and largest donor of magnesium chloride, mol/m^3, between which E lies within ORDINARY; None if it never does.

    An end of SPAN comes back where E is still within.
    """
    factor = lambda log: passage(chloride_of(np.exp(log)), fixed_charge, pore_radius, cells).factor
    logs = np.linspace(*np.log(SPAN), SCAN)
    factors = np.array([factor(log) for log in logs])
    within = np.flatnonzero((factors >= ORDINARY[0]) & (factors <= ORDINARY[1]))
    if not len(within):
        return None

    def edge(inner, outer):
        if not 0 <= outer < SCAN:
            return float(np.exp(logs[inner]))
        bound = max(ORDINARY) if factors[outer] > max(ORDINARY) else min(ORDINARY)
        return float(np.exp(brentq(lambda log: factor(log) - bound, logs[inner], logs[outer], xtol=1e-3)))
    return edge(within[0], within[0] - 1), edge(within[-1], within[-1] + 1)
