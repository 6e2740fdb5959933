"""Ions through layers with fixed charge: one-dimensional, electroneutral Nernst-Planck, against which Fick's law is judged.

In each layer the flux of ion i is J_i = -space D_i (dc_i/dx + z_i c_i dpsi/dx) + v c_i, with c_i in pore water and the potential
psi in units of RT/F (26.3 mV at 32 degC). Ions and fixed charge are neutral together everywhere, and no current flows. Between
layers, and to donor and receptor, ions are in Donnan equilibrium. Activity is taken as concentration. All of this is in
Helfferich, Ion Exchange, 1962.

Finite volumes: nodes stand on the faces of layers and between them. The unknown is the amount of each ion at a node. A node has
two sides; where their fixed charges differ, a step of potential parts the amount between them. A stirred donor or receptor is
the outer side of the end node. Between two nodes the field is constant, so that the flux is Goldman's (exponential fitting:
Scharfetter and Gummel 1969), and the field is the one that stops the current. Step and field are each the root of a rising
function of one number, so that rates are functions of the amounts nearby: each ion is conserved and each node stays neutral
because sums of rates vanish, not because steps in time are small. Second order in space. In time: Radau IIA of order 5 (SciPy)
with the exact Jacobian, which keeps such sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.integrate import solve_ivp
from scipy.sparse import bsr_array, csc_array, diags_array, eye_array, kron
from scipy.sparse.linalg import splu

from epsom.core.errors import InputError, SolveError
from epsom.engine.grid import graded_both_ways

STRETCH = 1.5            # of the grid in each layer, fine at both ends
LONGEST = 1.0            # of a Newton step for a potential, in RT/F: exponentials overshoot
MOST = 100               # Newton steps for a potential or a steady state
LEAST = 0.1              # of an amount is left by a Newton step for a steady state, so that it stays above 0
CONVERGED = 1e-12        # relative step at which Newton's iteration ends
NEUTRAL = 1e-9           # largest net charge of a donor, receptor or start, relative to its ions
FLOOR = 1e-3             # absolute over relative tolerance in time, in the largest concentration of each ion


class Layer(NamedTuple):
    """One layer."""

    thickness: float                       # m
    diffusivity: Sequence[float]           # (ions,) m^2/s, in pore water, along the thickness
    space: float = 1.0                     # share of the layer that is pore water
    fixed_charge: float = 0.0              # mol/m^3 of pore water, negative where cations are favoured


class Held(NamedTuple):
    """A donor or receptor that keeps its concentrations."""

    concentration: Sequence[float]         # (ions,) mol/m^3


class Stirred(NamedTuple):
    """A well-mixed donor or receptor of finite volume. Without volume it lets nothing pass."""

    volume: float                          # m^3 per m^2
    concentration: Sequence[float]         # (ions,) mol/m^3 at time 0


class Profile(NamedTuple):
    """What is where. With times these come first (...)."""

    depth: np.ndarray                      # (layers, cells + 1) m below the donor; an interface is there twice
    concentration: np.ndarray              # (..., layers, cells + 1, ions) mol/m^3 of pore water
    potential: np.ndarray                  # (..., layers, cells + 1) over the donor, in RT/F
    flux: np.ndarray                       # (..., layers, cells, ions) mol/(m^2 s) through each cell, towards the receptor
    donor: np.ndarray                      # (..., ions) mol/m^3
    receptor: np.ndarray                   # (..., ions) mol/m^3
    receptor_potential: np.ndarray         # (...) over the donor, in RT/F
    current: np.ndarray                    # (...) largest |sum of z J|, relative to the largest |z J|
    net_charge: np.ndarray                 # (...) largest |sum of z c + fixed charge|, relative to the sum of |z c| there


class Course(NamedTuple):
    """What became of the ions: amounts per area in mol/m^2, each (times, ions)."""

    profile: Profile                       # with times first
    entered: np.ndarray                    # from the donor so far
    held: np.ndarray                       # in the layers now
    passed: np.ndarray                     # into the receptor so far
    unaccounted: np.ndarray                # start + entered - passed - held, relative to the largest amount of the ion


def donnan_step(amount, charge, left, right, charge_left, charge_right):
    """Potential of the right side over the left, in RT/F, at which ions are in equilibrium between two charged sides.

    Parameters
    ----------
    amount : (..., ions) on both sides together, neutral with their fixed charge. charge : (ions,). left, right : (...) volumes,
    one of which may be 0. charge_left, charge_right : (...) fixed charge per volume.
    """
    def excess(step):
        fade = np.exp(-charge * step[..., None])
        room = left[..., None] + right[..., None] * fade             # c on the left is amount / room, on the right that times fade
        return ((charge * amount * (1 - fade) / room).sum(-1) + charge_left - charge_right,
                (charge**2 * amount * fade / room**2).sum(-1) * (left + right))
    return _root(excess, np.zeros(amount.shape[:-1]))


def _root(function, x):
    """Where a rising function is 0, by Newton's method with bounded steps; the function gives value and slope."""
    for _ in range(MOST):
        value, slope = function(x)
        step = np.clip(-value / slope, -LONGEST, LONGEST)
        x = x + step
        if (abs(step) <= CONVERGED * (1 + abs(x))).all():
            return x
    raise SolveError("no potential makes this neutral", "Give concentrations with fewer decades between them")


def _bernoulli(x):
    """b(x) = x / (exp(x) - 1), its slope, b(-x) and its slope; the series near 0 is exact to rounding."""
    size = abs(x)
    near = size < 1e-2
    safe = np.where(near, 1.0, np.minimum(size, 600.0))
    growth, square = np.expm1(safe), size * size
    value = np.where(near, 1 - size / 2 + square / 12 * (1 - square / 60), safe / growth)
    slope = np.where(near, -0.5 + size / 6 * (1 - square / 30), (1 - value * (1 + growth)) / growth)
    up = x > 0
    return value + size * ~up, np.where(up, slope, -1 - slope), value + size * up, np.where(up, -1 - slope, slope)


class _Flow(NamedTuple):
    """What passes through cells: (cells, ions), the rise (cells,)."""

    flux: np.ndarray           # mol/(m^2 s)
    rise: np.ndarray           # of the potential along the cell, in RT/F
    by_rise: np.ndarray        # derivative of the flux by the rise
    by_upper: np.ndarray       # and by the concentrations at the upper and the lower end
    by_lower: np.ndarray


class _Chain:
    """Nodes, cells between them, and the rates of amounts at nodes as a function of these amounts, (nodes, ions)."""

    def __init__(self, charge, layers, donor, receptor, cells, volume_flow):
        self.charge = charge
        self.layers, self.cells = len(layers), cells
        column = lambda values: np.repeat(np.array(values, float), cells, axis=0)
        self.width = np.concatenate([layer.thickness * graded_both_ways(cells, STRETCH) for layer in layers])
        space, diffusivity = column([layer.space for layer in layers]), column([layer.diffusivity for layer in layers])
        fixed = column([layer.fixed_charge for layer in layers])
        self.conductance = (space / self.width)[:, None] * diffusivity
        self.spreading = self.conductance.max(1)                      # of net charge
        self.drift = volume_flow / self.conductance                   # Peclet number of each ion in each cell
        half = space * self.width / 2
        self.half = np.array([[0.0, *half], [*half, 0.0]])            # pore volume on the left and right of each node
        self.left, self.right = self.half.copy()
        self.charge_left, self.charge_right = np.array([fixed[0], *fixed]), np.array([*fixed, fixed[-1]])
        self.held = np.zeros(len(self.width) + 1, bool)
        self.bath = np.zeros((len(self.held), len(charge)))
        for node, end, outer, inner, outer_charge in ((0, donor, self.left, self.right, self.charge_left),
                                                      (-1, receptor, self.right, self.left, self.charge_right)):
            self.bath[node] = end.concentration
            if isinstance(end, Held):                                 # an outer side so large that the inner does not count
                self.held[node], outer[node], inner[node] = True, 1.0, 0.0
            else:
                outer[node] = end.volume
            if isinstance(end, Held) or end.volume > 0:
                outer_charge[node] = 0.0

    def inside(self, bath):
        """((nodes, ions), (nodes, ions)): left and right of each node, in equilibrium with a bath each, (nodes, ions)."""
        one, nothing = np.ones(len(bath)), np.zeros(len(bath))
        return [bath * np.exp(-self.charge * donnan_step(bath, self.charge, one, nothing, nothing, fixed)[:, None])
                for fixed in (self.charge_left, self.charge_right)]

    def amounts(self, bath):
        """Amounts at nodes whose tissue is in equilibrium with these baths, with what stirred ends hold."""
        tissue = sum(half[:, None] * c for half, c in zip(self.half, self.inside(bath)))
        outside = np.where(self.held, 0.0, self.left + self.right - self.half.sum(0))
        return tissue + outside[:, None] * self.bath

    def sides(self, amount):
        """Concentrations (left, right), c over amount on the left, ratio of right to left: (nodes, ions) each; step (nodes,)."""
        amount = np.where(self.held[:, None], self.bath, amount)
        step = donnan_step(amount, self.charge, self.left, self.right, self.charge_left, self.charge_right)
        fade = np.exp(-self.charge * step[:, None])
        per_amount = 1 / (self.left[:, None] + self.right[:, None] * fade)
        return amount * per_amount, amount * per_amount * fade, per_amount, fade, step

    def flow(self, upper, lower):
        """The _Flow between concentrations at the two ends of each cell, (cells, ions), that carries no current.

        More precisely, the current is that of a net charge that diffuses: 0 where both ends are neutral, while what rounding
        leaves of charge spreads and vanishes instead of adding up.
        """
        def at(rise):
            down, down_slope, up, up_slope = _bernoulli(self.charge * rise[:, None] - self.drift)
            return _Flow(self.conductance * (down * upper - up * lower), rise,
                         self.conductance * self.charge * (down_slope * upper + up_slope * lower),
                         self.conductance * down, -self.conductance * up)

        def missing(rise):
            found = at(rise)
            return stray - found.flux @ self.charge, -(found.by_rise @ self.charge)
        stray = self.spreading * ((upper - lower) @ self.charge)
        mobility = self.charge * self.conductance
        weak = (mobility * (upper - lower)).sum(-1) / ((upper + lower) / 2 * mobility * self.charge).sum(-1)
        return at(_root(missing, weak))

    def rates(self, amount):
        """(nodes, ions): an end that is held only counts what has left it, or come."""
        left, right, *_ = self.sides(amount)
        nothing = np.zeros((1, len(self.charge)))
        return -np.diff(np.concatenate([nothing, self.flow(right[:-1], left[1:]).flux, nothing]), axis=0)

    def jacobian(self, amount):
        """Sparse derivative of the flat rates by the flat amounts."""
        left, right, per_amount, fade, _ = self.sides(amount)
        amount = left * self.left[:, None] + right * self.right[:, None]
        turn = (self.charge**2 * amount * fade * per_amount**2).sum(-1) * (self.left + self.right)
        step_by_amount = -self.charge * (1 - fade) * per_amount / turn[:, None]
        by_step = self.charge * amount * fade * per_amount**2
        diagonal = np.eye(len(self.charge))
        free = ~self.held[:, None, None]
        left_by = free * (diagonal * per_amount[:, None] + (by_step * self.right[:, None])[..., None] * step_by_amount[:, None])
        right_by = free * (diagonal * (per_amount * fade)[:, None]
                           - (by_step * self.left[:, None])[..., None] * step_by_amount[:, None])
        flow = self.flow(right[:-1], left[1:])
        answer = flow.by_rise / (flow.by_rise @ self.charge)[:, None]                  # of the fluxes to a current that is to stop
        through = lambda by, sign: (diagonal * by[:, None] - answer[..., None] * (
            self.charge * (by - sign * self.spreading[:, None]))[:, None])
        by_upper = through(flow.by_upper, 1) @ right_by[:-1]
        by_lower = through(flow.by_lower, -1) @ left_by[1:]
        faces, ions = flow.flux.shape
        blocks = np.stack([by_upper, by_lower], 1).reshape(-1, ions, ions)
        columns = np.stack([np.arange(faces), np.arange(faces) + 1], 1).ravel()
        flux_by = bsr_array((blocks, columns, 2 * np.arange(faces + 1)), shape=(faces * ions, (faces + 1) * ions))
        gather = diags_array([-np.ones(faces), np.ones(faces)], offsets=[0, -1], shape=(faces + 1, faces))
        return csc_array(kron(gather, eye_array(ions)) @ flux_by)

    def profile(self, amount):
        """The Profile of these amounts."""
        left, right, _, _, step = self.sides(amount)
        flux, rise, *_ = self.flow(right[:-1], left[1:])
        by_layer = lambda values: values.reshape(self.layers, self.cells, *values.shape[1:])
        ends = lambda first, second: np.concatenate([by_layer(first), by_layer(second)[:, -1:]], axis=1)
        start = np.cumsum(step)[:-1] + np.concatenate([[0], np.cumsum(rise)[:-1]])
        depth = np.concatenate([[0], np.cumsum(self.width)])
        excess = abs(np.stack([left @ self.charge + self.charge_left, right @ self.charge + self.charge_right]))
        carried = abs(flux * self.charge)
        return Profile(ends(depth[:-1], depth[1:]), ends(right[:-1], left[1:]), ends(start, start + rise), by_layer(flux),
                       left[0], right[-1], start[-1] + rise[-1] + step[-1], abs(flux @ self.charge).max() / max(carried.max(), 1e-300),
                       (excess / np.stack([left @ abs(self.charge), right @ abs(self.charge)])).max())


def _chain(charge, layers, donor, receptor, cells, volume_flow, *others):
    """The chain of nodes; InputError where a concentration is negative or a solution is not neutral."""
    charge = np.asarray(charge, float)
    for bath in (donor.concentration, receptor.concentration, *others):
        c = np.asarray(bath, float)
        if c.shape != charge.shape or not ((c >= 0).all() and abs(c @ charge) < NEUTRAL * (c @ abs(charge))):
            raise InputError("a solution has one concentration of 0 or more for each ion, neutral together and not all 0",
                             "Let an ion with the missing charge make up the difference", value=c.tolist())
    return _Chain(charge, layers, donor, receptor, cells, volume_flow)


def steady(charge: Sequence[int], layers: Sequence[Layer], donor: Held, receptor: Held, *, volume_flow: float = 0.0,
           cells: int = 64) -> Profile:
    """The steady state between two solutions that are held.

    Parameters
    ----------
    charge : (ions,) charge numbers. layers : from the donor down. volume_flow : m/s towards the receptor, per area of skin.
    cells : in each layer.

    Raises
    ------
    InputError : a solution is not neutral, or has a negative concentration. SolveError : no steady state was found.
    """
    chain = _chain(charge, layers, donor, receptor, cells, volume_flow)
    share = np.linspace(0, 1, len(chain.held))[:, None]
    amount = chain.amounts((1 - share) * chain.bath[0] + share * chain.bath[-1])
    ions = len(chain.charge)
    for _ in range(MOST):
        inner = chain.jacobian(amount)[ions:-ions, ions:-ions]
        step = splu(csc_array(inner)).solve(-chain.rates(amount)[1:-1].ravel()).reshape(-1, ions)
        amount[1:-1] = np.maximum(amount[1:-1] + step, LEAST * amount[1:-1])
        if abs(step).max() <= CONVERGED * amount.max():
            return chain.profile(amount)
    raise SolveError("no steady state was found", "Use more cells, or follow the approach to it with `course`")


def course(charge: Sequence[int], layers: Sequence[Layer], donor: Held | Stirred, receptor: Held | Stirred,
           start: Sequence[float], times: Sequence[float], *, volume_flow: float = 0.0, cells: int = 64,
           tolerance: float = 1e-6) -> Course:
    """What happens from time 0 on.

    Parameters
    ----------
    start : (ions,) mol/m^3 of a solution with which the layers are in equilibrium at time 0. times : (times,) s, rising, above 0.
    tolerance : of each step in time, relative. Others as in `steady`.

    Raises
    ------
    InputError : a solution is not neutral, or has a negative concentration. SolveError : the solver could not go on.
    """
    chain = _chain(charge, layers, donor, receptor, cells, volume_flow, start)
    begin = chain.amounts(np.broadcast_to(np.asarray(start, float), chain.bath.shape))
    most = np.max([donor.concentration, receptor.concentration, start], axis=0)
    room = np.where(chain.held, chain.half.sum(), chain.left + chain.right)
    shape = begin.shape
    found = solve_ivp(lambda t, y: chain.rates(y.reshape(shape)).ravel(), (0.0, times[-1]), begin.ravel(), "Radau", t_eval=times,
                      rtol=tolerance, atol=FLOOR * tolerance * np.outer(room, most).ravel(),
                      jac=lambda t, y: chain.jacobian(y.reshape(shape)))
    if not found.success:
        raise SolveError(f"the solver stopped: {found.message}", "Give a larger tolerance, or more cells")
    amounts = [begin, *found.y.T.reshape(-1, *shape)]
    inside = [chain.inside(np.broadcast_to(np.asarray(start, float), chain.bath.shape)), *(chain.sides(a)[:2] for a in amounts[1:])]
    held = np.array([sum(half @ c for half, c in zip(chain.half, sides)) for sides in inside])
    outer = np.array([[a[0] - chain.half[1, 0] * right[0], a[-1] - chain.half[0, -1] * left[-1]]
                      for a, (left, right) in zip(amounts, inside)])
    entered, passed = outer[0, 0] - outer[1:, 0], outer[1:, 1] - outer[0, 1]
    largest = np.max([abs(entered).max(0), abs(passed).max(0), held.max(0)], axis=0)
    profiles = Profile(*map(np.array, zip(*map(chain.profile, amounts[1:]))))
    return Course(profiles._replace(depth=profiles.depth[0]), entered, held[1:], passed,
                  (held[0] + entered - passed - held[1:]) / largest)
