"""The engine against exact solutions: a slab written here as a mechanism, and the real column where it is one."""

import jax.numpy as jnp
import numpy as np
import pytest
from physics_runs import APPLY, HOUR, median, order, scenario, solve, standard, worst
from scipy.integrate import quad
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq

from epsom.core.parameter import read_document
from epsom.dermal import exact
from epsom.dermal.column import dermal_clearance, vessels
from epsom.dermal.follicle import Follicle
from epsom.engine.grid import graded, graded_both_ways
from epsom.engine.run import Protocol, on_plan
from epsom.mechanism import CellMechanism, Chain, Scalar
from epsom.model import Model

VARIABLES = """
[variables]
donor_amount = {unit = "mol", meaning = "Amount in a well-stirred donor above the slab."}
donor_concentration = {unit = "mol/m^3", meaning = "Concentration in the donor."}
sunk_amount = {unit = "mol", meaning = "Amount that has reached the sink below the slab."}
flow_from_donor = {unit = "mol/s", meaning = "Flow from the donor into the slab."}
flow_from_pump = {unit = "mol/s", meaning = "Constant flow into the first cell."}
flow_from_sink = {unit = "mol/s", meaning = "Flow from the sink into the slab, negative."}
flow_from_drain = {unit = "mol/s", meaning = "Flow from a drain everywhere in the slab, negative."}
"""
PARAMETER = """
[{name}]
value = {value}
unit = "{unit}"
source = "assumed"
where = "a test"
grade = "D"
range = [0, 1e9]
"""
PARAMETERS = {"thickness": (2e-5, "m"), "diffusivity": (1e-14, "m^2/s"), "partition": (0.3, "1"), "area": (1.0, "m^2"),
              "donor_amount": (1.0, "mol"), "donor_thickness": (1.0, "m"), "donor_open": (1.0, "1"),
              "sink_open": (1.0, "1"), "pump": (0.0, "mol/s"), "clearance": (0.0, "1/s")}
SCALE = 2e-5**2 / 1e-14      # s: h^2 / D
HOLDS = 0.3 * 2e-5           # m: K h
THETA = np.array([0.05, 0.1, 1 / 6, 0.3, 0.5, 1.0, 2.0])
INFINITE, DEPOSIT, FINITE = 1e9, 1e-7, (0.1, 1.0, 10.0)      # donor thickness in units of K h: T1 and T2, T5, T4
# T4, flux in units of K C0 D / h for the three finite donors, from the project's table of reference values.
FINITE_FLUX = {0.1: (0.10171114, 0.24909676, 0.28790793), 0.3: (0.13684359, 0.61074768, 0.85845712),
               1.0: (0.033446143, 0.39513543, 0.89236358), 2.0: (0.0043417051, 0.18849863, 0.81014545)}

COLUMN_WATCH = tuple(f"{name}[magnesium]" for name in (
    "entered_amount", "crossed_amount", "blood_uptake_amount", "viable_epidermis_concentration",
    "papillary_dermis_concentration"))


class Slab(CellMechanism):
    """A slab between a well-stirred donor and a sink, with a pump at its surface and a drain everywhere."""

    reads = {"donor_concentration": "mol/m^3"}
    owns = {"donor_amount": Scalar("mol", 1.0, amount=True), "sunk_amount": Scalar("mol", 1.0, amount=True)}
    gives = {"donor_concentration": "mol/m^3"}
    exchanges = {f"flow_from_{name}": "mol/s" for name in ("donor", "pump", "sink", "drain")}

    def __init__(self, file, shares):
        self.file, self.shares = file, shares[:, None]
        self.chains = (Chain("slab", len(shares)),)

    def document(self):
        return read_document(self.file)

    def constants(self, p):
        dx = self.shares * p["thickness"]
        half = dx / (2 * p["partition"] * p["diffusivity"] * p["area"])
        first = (np.arange(len(dx)) == 0)[:, None]
        faces = jnp.cumsum(dx, 0)
        return {"link": 1 / (half + jnp.roll(half, -1, 0)), "capacity": dx * p["partition"] * p["area"],
                "donor": first * p["donor_open"] / half, "sink": first[::-1] * p["sink_open"] / half,
                "pump": first * p["pump"], "drain": dx * p["clearance"] * p["area"],
                "volume": p["donor_thickness"] * p["area"], "start": p["donor_amount"], "depth": faces - dx / 2}

    def initial(self, c):
        return {"donor_amount": c["start"]}

    def capacity(self, c):
        return c["capacity"]

    def conductance(self, c, v):
        return c["link"]

    def exchange(self, c, u, v):
        return {"flow_from_donor": c["donor"] * (v["donor_concentration"] - u), "flow_from_pump": c["pump"] + 0 * u,
                "flow_from_sink": -c["sink"] * u, "flow_from_drain": -c["drain"] * u}

    def depth(self, c):
        return c["depth"]

    def donor_concentration(self, c, v):
        return v["donor_amount"] / c["volume"]

    def rates(self, c, v):
        return {"donor_amount": -v["flow_from_donor"], "sunk_amount": -v["flow_from_sink"]}


def run_slab(folder, shares, times, steps, **changes):
    """A slab with these cells, its lanes set by `changes`, seen at ends of steps, where nothing is interpolated."""
    file = folder / "slab.toml"
    file.write_text(VARIABLES + "".join(PARAMETER.format(name=name, value=value, unit=unit)
                                        for name, (value, unit) in PARAMETERS.items()))
    model = Model([Slab(file, shares)])
    defaults = {name: p.si for name, p in read_document(file).parameters.items()}
    lanes = max(np.size(value) for value in changes.values())
    p = {f"slab.{name}": np.broadcast_to(float(value) if np.ndim(value) == 0 else value, (lanes,))
         for name, value in (defaults | changes).items()}
    events = Protocol(np.r_[0.0, times], np.zeros((len(times), 0, 1)), np.zeros((len(times), 0, lanes)))
    return on_plan(model, p, events, np.asarray(times), moves=(), watch=("sunk_amount", "flow_from_sink"), steps=steps)


def run_donors(folder, cells):
    """(cumulative, flux) in the reference's units, each (times, donors): infinite, deposit and three finite donors.

    The grid is fine at both ends; 24 steps up to each time leave an error in time below 1e-8.
    """
    donors = HOLDS * np.array([INFINITE, DEPOSIT, *FINITE])
    start = np.where(donors < 1e-6 * HOLDS, 1.0, donors)      # mol: 1 mol of deposit, else 1 mol/m^3
    seen = run_slab(folder, graded_both_ways(cells, 0.3), THETA * SCALE, 24, donor_thickness=donors,
                    donor_amount=start).seen
    unit = np.where(donors < 1e-6 * HOLDS, 1.0, HOLDS)
    return np.asarray(seen[:, 0] / unit), np.asarray(-seen[:, 1] * SCALE / unit)


@pytest.fixture(scope="module")
def donors(tmp_path_factory):
    """{cells: (cumulative, flux)} over four refinements of one grid."""
    return {cells: run_donors(tmp_path_factory.mktemp("slab"), cells) for cells in (25, 50, 100, 800)}


def test_slab_under_infinite_dose(donors):
    """T1 and T2: 800 cells, to 1e-4 of the value from a thirtieth of the steady flux on."""
    cumulative, flux = donors[800]
    np.testing.assert_allclose(cumulative[:, 0], exact.slab_cumulative(THETA), rtol=1e-4)
    np.testing.assert_allclose(flux[:, 0], exact.slab_flux(THETA), rtol=1e-4)


def test_slab_under_a_thin_deposit(donors):
    """T5: 800 cells, to 1e-4 of the value."""
    np.testing.assert_allclose(donors[800][1][:, 1], exact.deposit_flux(THETA), rtol=1e-4)


@pytest.mark.parametrize("theta", FINITE_FLUX)
def test_slab_under_finite_donors(donors, theta):
    """T4: 800 cells, to 1e-4 of the reference values: the donor's loss feeds back on the flow."""
    np.testing.assert_allclose(donors[800][1][theta == THETA, 2:][0], FINITE_FLUX[theta], rtol=1e-4)


@pytest.mark.parametrize("what, lane, truth", [
    (0, 0, exact.slab_cumulative), (1, 0, exact.slab_flux), (1, 1, exact.deposit_flux)])
def test_slab_is_second_order_in_space(donors, what, lane, truth):
    """T1, T2 and T5 over three refinements: the slope of the error is at least 1.9 each time."""
    errors = [abs(donors[cells][what][:, lane] - truth(THETA)).max() for cells in (25, 50, 100)]
    print(f"{truth.__name__}: errors {errors}, orders {order(errors)}")
    assert min(order(errors)) >= 1.9


def test_half_space_with_clearance(tmp_path):
    """T7: transient and steady profiles in 1400 cells graded from the surface over 8 decay lengths, to 1e-4."""
    space, diffusivity, clearance, flux = 0.6, 2.6e-10, 3e-4, 1.14e-7
    length = np.sqrt(space * diffusivity / clearance)
    times = np.array([600.0, 1200.0, 3600.0, 14400.0, 1e6])
    out = run_slab(tmp_path, graded(1400, 1.1), times, 30, thickness=8 * length, partition=space,
                   diffusivity=diffusivity, clearance=clearance, pump=np.array([flux]), donor_open=0.0, sink_open=0.0)
    where = np.array([2.5e-5, 4.25e-4, 1.5e-3])
    depth = np.asarray(out.depth[:, 0])
    found = np.stack([CubicSpline(depth, cells[:, 0])(where) for cells in np.asarray(out.cells)])
    due = np.stack([exact.clearing_tissue(where, t, flux, space, diffusivity, clearance) for t in times])
    due[-1] = exact.clearing_tissue_steady(where, flux, space, diffusivity, clearance)
    print("T7 relative errors", abs(found / due - 1).max(1))
    np.testing.assert_allclose(found, due, rtol=1e-4)


BATH = {"at": "0 h", "soak": {"for": "48 h", "volume": "10 m^3"}}
BATH_WATCH = tuple(f"{name}[magnesium]" for name in ("crossed_amount", "flow_from_blood", "film_drive"))


def corneum_alone(p):
    """Parameters with which only the corneum resists: living tissue is fast and blood takes all that comes."""
    fast = {key: np.full_like(value, 1e-4) for key, value in p.items() if ".diffusivity_" in key}
    changes = {"site.follicle_density": 0.0, "hydration.dry_permeability_factor": 1.0,
               "solute[magnesium].capillary_permeability": 1e3, "site.skin_blood_flow": 1e5, "site.flow_reserve": 0.0,
               "solute[magnesium].distribution_volume_per_weight": 1e6}
    return p | fast | {key: np.full_like(p[key], value) for key, value in changes.items()}


def corneum_of(p):
    """(permeability in m/s, lag in s) of the pores, from the parameters as docs/physics says."""
    of = lambda name: float(p[f"solute[magnesium].{name}"][0])
    thicker = float((p["site.corneum_thickness"] / p["column.reference_corneum_thickness"])[0])
    pores = 1 - of("follicular_share")                        # ducts count with them while nobody sweats
    return of("wet_permeability") * pores * of("electrodiffusion_factor") / thicker, of("corneum_lag") * thicker**2


def test_column_with_the_corneum_alone():
    """T1 and T2 through the standard model, under a bath that no uptake weakens: 384 cells of corneum, to 1e-4."""
    case = scenario(BATH, product={"use": "epsom-bath-500g-120L"}, area="100 cm^2")
    model = standard(refinement=16)
    p = corneum_alone(median(model, case))
    permeability, lag = corneum_of(p)
    theta = np.array([0.1, 1 / 6, 0.3, 0.5, 1.0])
    crossed, from_blood, drive = np.asarray(solve(model, case, p, theta * 6 * lag, 128, BATH_WATCH).seen[:, :, 0]).T
    steady = permeability * 1e-2 * drive
    cumulative, flux = crossed / (steady * 6 * lag), -from_blood / steady
    print("column: T1", cumulative / exact.slab_cumulative(theta) - 1, "T2", flux / exact.slab_flux(theta) - 1)
    np.testing.assert_allclose(cumulative, exact.slab_cumulative(theta), rtol=1e-4)
    np.testing.assert_allclose(flux, exact.slab_flux(theta), rtol=1e-4)


def two_paths(p):
    """Parameters of pores and follicles above one clearing half-space: no epidermis, a dermis eight decay lengths deep, a wall that leaks
    alike all along, and so little that neither the lumen nor what lies above feels it; blood takes and gives nothing back."""
    changes = {"site.viable_epidermis_thickness": 1e-9, "site.dermis_thickness": 5.8e-3, "follicle.infundibulum_wall": 1.0,
               "hydration.dry_permeability_factor": 1.0, "hydration.follicle_dry_factor": 1.0, "follicle.absorbing_length": 3e-4,
               "solute[magnesium].wet_permeability": 1e-15, "solute[magnesium].bound_over_free": 0.0,
               "solute[magnesium].distribution_volume_per_weight": 1e6, "site.flow_reserve": 0.0}
    same = {f"solute[magnesium].{name}_viable_epidermis": p[f"solute[magnesium].{name}_dermis"] for name in ("space", "diffusivity")}
    return with_whole_cells(p | same | {key: np.full_like(p[key], value) for key, value in changes.items()})


def under_pores(z, t, p, tissue):
    """T7 superposed: what comes through a corneum (T2) into a half-space that blood clears, per strength above."""
    permeability, lag = corneum_of(p)
    space, diffusivity, rate = tissue
    answer = lambda s: np.exp(-z * z / (4 * diffusivity * s) - rate * s) / (space * np.sqrt(np.pi * diffusivity * s))
    found = quad(lambda x: 2 * x * answer(x * x) * exact.slab_flux((t - x * x) / (6 * lag)), 0, np.sqrt(t), epsabs=0, epsrel=1e-9, limit=200)
    return permeability * found[0]


def beside_follicles(z, t, p, tissue):
    """The same for flow through the wall of a blind tube that fills through its mouth, per strength above: cosines in depth, in which tube
    and half-space are sums of exponentials in time."""
    space, diffusivity, rate = tissue
    value = lambda key: float(p[key][0])
    length, above = value("follicle.absorbing_length"), value("site.corneum_thickness")
    filling = length**2 / (3 * value("solute[magnesium].follicle_lag"))
    wall = (value("solute[magnesium].wet_permeability") * value("solute[magnesium].follicular_share")
            * value("solute[magnesium].electrodiffusion_factor") * value("site.follicle_density") * value("site.follicle_radius")
            / (value("follicle.reference_density") * value("follicle.reference_radius")))
    beta = np.array([brentq(lambda x: x * np.tan(x) - length / above, n * np.pi, (n + 0.5) * np.pi - 1e-9) for n in range(400)]) / length
    size = 4 * np.sin(beta * length) / (2 * beta * length + np.sin(2 * beta * length))
    k = np.linspace(1e-9, 4000, 40001)[:, None] / length
    slow = diffusivity * k**2 + rate
    tube = (beta * np.sin(beta * length) - k * np.sin(k * length)) / (beta**2 - k**2)       # of cos(beta (L - s)) cos(k s) over the tube
    full = np.sin(k * length) / k * -np.expm1(-slow * t) / slow
    part = (size * tube * (np.exp(-filling * beta**2 * t) - np.exp(-slow * t)) / (slow - filling * beta**2)).sum(1, keepdims=True)
    return wall / (length * space) * 2 / np.pi * np.trapezoid(np.cos(k * z) * (full - part), k, axis=0)[0]


def test_column_with_two_paths_in_parallel():
    """T10 through the standard model: pores and follicles feed one clearing dermis, whose rise is the sum of both superposed; at
    three depths from ten minutes to four hours, to 1e-4 of the value."""
    case = scenario(BATH, product={"use": "epsom-bath-500g-120L"}, area="100 cm^2")
    model = standard(refinement=16)
    p = two_paths(median(model, case))
    times = 24 * HOUR * (np.array([25, 31, 45, 60, 70]) / 128) ** 3                   # ends of steps, where no cell is interpolated
    out = solve(model, case, p, times, 128, BATH_WATCH)
    space, diffusivity = (float(p[f"solute[magnesium].{name}_dermis"][0]) for name in ("space", "diffusivity"))
    clearance = float(dermal_clearance(vessels({key.replace("solute[magnesium]", "solute"): value for key, value in p.items()}), 1.0)[0])
    tissue, where = (space, diffusivity, clearance / space), np.array([2.5e-5, 4.25e-4, 1.5e-3])
    part = model.slices["column[magnesium]"]
    depth, cells = np.asarray(out.depth[part, 0]), np.asarray(out.cells[:, part, 0])
    living = depth > 1e-9
    found = np.stack([CubicSpline(depth[living], row[living])(where) for row in cells])
    parts = np.array([[[path(z, t, p, tissue) for z in where] for t in times] for path in (under_pores, beside_follicles)])
    due = parts.sum(0) * np.asarray(out.seen[:, 2, 0])[:, None]
    print("T10 relative errors", found / due - 1, "share of follicles", parts[1] / parts.sum(0))
    np.testing.assert_allclose(found, due, rtol=1e-4, atol=1e-6 * due.max())
    assert (parts[1] / parts.sum(0) > 0.999)[0].all() and (parts[0] > parts[1])[-1].all()      # follicles first, pores in the end


@pytest.fixture(scope="module")
def refined():
    """{refinement: (times, watched)} of the standard model after one dose, and what was watched."""
    case, hours = scenario(APPLY), np.array([1.0, 2.0, 4.0, 8.0, 24.0])
    models = {r: standard(refinement=r) for r in (1, 2, 4, 8)}
    p = with_whole_cells(median(models[1], case))
    return {r: np.asarray(solve(m, case, p, HOUR * hours, 128, COLUMN_WATCH).seen[:, :, 0]) for r, m in models.items()}


def with_whole_cells(p):
    """The follicles' lengths moved to the nearest face of the coarsest grid, which is a face of every finer one: where they cut
    a cell, how they cut it changes from grid to grid and hides the order."""
    layers = [share * p[f"site.{name}_thickness"][0]
              for share, name in zip(Follicle().shares, ("viable_epidermis", "dermis"))]
    faces = np.cumsum(np.concatenate(layers))
    lengths = ("follicle.absorbing_length", "follicle.infundibulum_length")
    return p | {name: np.full_like(p[name], faces[abs(faces - p[name][0]).argmin()]) for name in lengths}


@pytest.mark.long
@pytest.mark.parametrize("hours", [slice(0, 2), slice(2, 5)], ids=["early", "late"])
@pytest.mark.parametrize("name", COLUMN_WATCH)
def test_column_is_second_order_in_space(refined, name, hours):
    """The slope of the change from grid to grid over three doublings is at least 1.9, and the default grid good to 5e-3."""
    k = COLUMN_WATCH.index(name)
    found = {r: seen[hours, k] for r, seen in refined.items()}
    limit = found[8] + (found[8] - found[4]) / 3
    changes = [worst(found[r] - found[2 * r] + limit, limit) for r in (1, 2, 4)]
    print(f"{name}: orders {order(changes)}, relative error of the default grid {found[1] / limit - 1}")
    assert min(order(changes)) >= 1.9
    assert abs(found[1] / limit - 1).max() < 5e-3
