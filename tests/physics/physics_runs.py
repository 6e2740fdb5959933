"""Scenarios, parameter values and plain runs of the standard model that the physics tests share."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np

from epsom import protocol, setting
from epsom.body.baseline import Baseline
from epsom.body.plasma import Plasma
from epsom.core.draws import Draws
from epsom.dermal.column import Column
from epsom.dermal.dose import Dose
from epsom.dermal.film import Film
from epsom.dermal.follicle import Follicle
from epsom.dermal.hydration import Hydration
from epsom.dermal.perifollicular import Perifollicular
from epsom.dermal.zones import Zones
from epsom.engine.layout import State
from epsom.engine.programs import SELDOM, compiled
from epsom.engine.run import on_plan
from epsom.model import Model
from epsom.scenario import Scenario
from epsom.tissue.hands import Hands
from epsom.tissue.heat import Heat
from epsom.tissue.vessel import Vessel

HOUR = 3600.0
LANES, OUTPUTS, STEPS = 5, 12, 48                             # of the program that tests share
WATCH = tuple(f"{name}[magnesium]" for name in (
    "entered_amount", "crossed_amount", "blood_uptake_amount", "papillary_dermis_concentration", "film_amount"))
APPLY = {"at": "0 h", "apply": "2 mg/cm^2"}
MAGNESIUM = {"use": "lotion-60000ppm-Mg"}
BOTH = {"density": "1.05 g/mL", "ingredients": [{"salt": "magnesium-chloride", "strength": "60000 ppm Mg"},
                                               {"salt": "caffeine-anhydrous", "strength": "1 % caffeine"}]}


def scenario(*steps, product=MAGNESIUM, duration="24 h", area="400 cm^2") -> Scenario:
    """A healthy adult's calf."""
    person = {"age": "40 yr", "sex": "female", "height": "168 cm", "weight": "70 kg", "egfr": "100 mL/min/1.73m^2"}
    site = {"name": "calf", "area": area}
    return Scenario.build({"name": "test", "duration": duration, "person": person, "site": site, "product": product,
                           "steps": list(steps)}, "test")


@cache
def standard(solutes=("magnesium",), refinement=1) -> Model:
    """The standard model on this grid; one object each, so that nothing compiles twice."""
    return Model((Film(), Hydration(), Dose(), Follicle(refinement), Column(refinement),
                  Perifollicular(refinement), Zones(), Baseline(), Plasma(), Hands(), Vessel(), Heat()), solutes)


def median(model, case, lanes=1) -> dict[str, np.ndarray]:
    """Every parameter at its middle value."""
    return {key: np.full(lanes, p.si) for key, p in setting.parameters(model, case).items()}


def drawn(model, case, lanes, first=0) -> dict[str, np.ndarray]:
    """Draws from the full priors, seed 1."""
    parameters = setting.parameters(model, case)
    found = Draws(knowledge=lanes, seed=1, first=first).values({p.key: p for p in parameters.values()})
    return {key: found[p.key] for key, p in parameters.items()}


def solve(model, case, p, outputs, steps, watch, finer=1):
    """One run of a plan of finer * steps steps, its outputs at any times."""
    moves, events = protocol.compiled(model, case, len(next(iter(p.values()))))
    return on_plan(model, p, events, np.asarray(outputs, float), moves=moves, watch=watch, steps=steps, finer=finer)


def shared(case, p, outputs, watch, steps=STEPS):
    """A run of the standard model of one solute as by `solve`, by the one program that all such tests share.

    steps : a multiple of STEPS. Up to LANES lanes and OUTPUTS outputs are filled up with copies; `watch` are some of WATCH.
    """
    lanes, times = len(next(iter(p.values()))), np.asarray(outputs, float)
    fill = lambda a, size: np.r_[a, np.full(size - len(a), a[-1])]
    finer, rest = divmod(steps, STEPS)
    assert not rest
    out = solve(standard(), case, {key: fill(np.asarray(a), LANES) for key, a in p.items()}, fill(times, OUTPUTS), STEPS, WATCH, finer)
    wanted = [WATCH.index(name) for name in watch]
    return out._replace(seen=np.asarray(out.seen)[:len(times), wanted, :lanes], cells=np.asarray(out.cells)[:len(times), :, :lanes],
                        error=np.asarray(out.error)[:lanes], leak=np.asarray(out.leak)[:, :lanes])


def made(f, *arguments):
    """f of these arguments, compiled with the least effort: several times quicker than op by op or by a plain jit."""
    return compiled(jax.jit(f).lower(*arguments), SELDOM)


def flat(y: State):
    """One lane as a vector: cells, then scalars."""
    return jnp.concatenate([y.cells[:, 0], y.scalars[:, 0]])


def unflat(model, z) -> State:
    """The inverse of `flat`."""
    return State(z[:model.forest.size, None], z[model.forest.size:, None])


def worst(found, truth):
    """(watched, ...): largest difference over time, relative to the value but never to less than 1 % of the peak."""
    found, truth = np.asarray(found), np.asarray(truth)
    return (abs(found - truth) / np.maximum(abs(truth), 1e-2 * abs(truth).max(0))).max(0)


def order(errors) -> np.ndarray:
    """Slopes between errors of a plan or a grid that is made twice as fine each time."""
    return np.log2(np.asarray(errors)[:-1] / np.asarray(errors)[1:])


def random_state(model, seed) -> State:
    """A state with every cell and scalar between 0 and its scale, one lane."""
    draw = np.random.default_rng(seed)
    return State(jnp.asarray(draw.uniform(0.1, 1, model.cell_scale.shape) * model.cell_scale),
                 jnp.asarray(draw.uniform(0.1, 1, model.scalar_scale.shape) * model.scalar_scale))


