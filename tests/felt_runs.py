"""What feels, on inputs that a test plays: one small model without cells, compiled once."""

from __future__ import annotations

from functools import cache

import jax.numpy as jnp
import numpy as np

from epsom import setting
from epsom.core.parameter import Document
from epsom.engine.run import Protocol, on_plan
from epsom.felt_mechanisms import FELT
from epsom.mechanism import Mechanism, Scalar
from epsom.model import Model
from epsom.ports import Parameters
from epsom.scenario import Scenario

SKIN = ("viable_epidermis_concentration", "papillary_dermis_concentration", "viable_epidermis_concentration_near_follicles",
        "papillary_dermis_concentration_near_follicles")
DEEP = ("lower_dermis_concentration", "subcutis_concentration", "upper_muscle_concentration")
PLAYED = {"film_coverage": "1", "rub_pressure": "Pa", "rub_speed": "m/s", "skin_warming": "K", "deep_warming": "K"}
ACHE_AT_START = 0.3
MAGNESIUM_AT_REST = 0.55                                      # mol/m^3
SKIN_AT_REST = 305.15                                         # K
STEPS, SEGMENTS, LANES, OUTPUTS = 40, 4, 12, 61               # of the program that tests share
MINUTE, HOUR = 60.0, 3600.0
TIGHT = "muscle tightness", 5.0
WATCH = tuple(dict.fromkeys(name for m in FELT for name in m.readouts))


class Tissue(Mechanism):
    """Concentrations as a test sets them: one in all of the skin, one in all below."""

    per_solute = True
    owns = {name: Scalar("mol/m^3", 1e-2) for name in ("viable_epidermis_concentration", "upper_muscle_concentration")}
    gives = {**{name: "mol/m^3" for name in (*SKIN[1:], *DEEP[:2])}, "near_follicles_share": "1"}

    def document(self):
        return Document("tissue", {}, {}, {})

    def near_follicles_share(self, c, v):
        return 0.1 + 0 * v["upper_muscle_concentration"]


def _as(word):
    return lambda self, c, v: v[word]


for name in (*SKIN[1:], *DEEP[:2]):
    setattr(Tissue, name, _as("upper_muscle_concentration" if name == "subcutis_concentration" else "viable_epidermis_concentration"))


class Inputs(Mechanism):
    """Hands, film and warmth as a test sets them."""

    owns = {name: Scalar(unit, 1e-2) for name, unit in PLAYED.items()}
    gives = {"skin_temperature": "K"}

    def document(self):
        return Document("inputs", {}, {}, {})

    def skin_temperature(self, c, v):
        return SKIN_AT_REST + v["skin_warming"]


class Ache(Mechanism):
    """Metabolites that follow the muscle's activation within some minutes: the least that closes the loop."""

    reads = {"muscle_activation": "1"}
    owns = {"ache_drive": Scalar("1", 1e-2)}
    gives = {"ache_drive_at_start": "1"}

    def document(self):
        return Document("ache", {}, {}, {})

    def constants(self, p):
        return {"activation": p["complaint.activation_at_start"]}

    def initial(self, c):
        return {"ache_drive": ACHE_AT_START}

    def ache_drive_at_start(self, c, v):
        return ACHE_AT_START + 0 * v["muscle_activation"]

    def rates(self, c, v):
        return {"ache_drive": (ACHE_AT_START * v["muscle_activation"] / c["activation"] - v["ache_drive"]) / (5 * MINUTE)}


class Rest(Mechanism):
    """Free magnesium before anything is done, as in ordinary people."""

    gives = {"free_magnesium_baseline": "mol/m^3"}

    def document(self):
        return Document("rest", {}, {}, {})

    def free_magnesium_baseline(self, c, v):
        return jnp.full(1, MAGNESIUM_AT_REST)


STUBS = (Tissue(), Inputs(), Ache(), Rest())


@cache
def felt_model(solutes=("magnesium",)) -> Model:
    """Everything that feels, on played inputs."""
    return Model((*STUBS, *FELT), solutes)


@cache
def complaint(kind, pain, product="lotion-60000ppm-Mg") -> Scenario:
    """A complaint on the calf; none where `kind` is empty."""
    tables = Scenario.load("magnesium-lotion-calf").tables() | {"product": {"use": product}}
    tables.pop("complaint", None)
    return Scenario.build(tables | ({"complaint": {"kind": kind, "pain": pain}} if kind else {}))


@cache
def median(case=TIGHT, solutes=("magnesium",)) -> dict[str, float]:
    """{key: SI value} at the middle of every parameter; a case is (complaint, pain, product or nothing more)."""
    return {key: p.si for key, p in setting.parameters(felt_model(solutes), complaint(*case)).items()}


def constants(name: str, case=TIGHT, solutes=("magnesium",), **changed):
    """(a mechanism of FELT, its constants), one lane; `changed` are SI values by the key with "__" for the point."""
    model = felt_model(solutes)
    changed = {key.replace("__", "."): value for key, value in changed.items()}
    p = median(case, solutes)
    assert not set(changed) - set(p), set(changed) - set(p)
    copy = next(c for c in model.copies if c.label == name)
    values = {key: jnp.atleast_1d(jnp.asarray(changed.get(key, value), float)) for key, value in p.items()}
    return copy.mechanism, copy.mechanism.constants(Parameters(copy, values))


def values(m: Mechanism, **known) -> dict:
    """Its ports at rest, one lane, some of them `known`; concentrations are tuples over the only solute."""
    at = {port: jnp.zeros(1) for port in m.ports}
    at |= {port: jnp.ones(1) for port in m.ports if port in ("skin_excitation_threshold", "pain_source", "gamma_drive")}
    if "skin_temperature" in at:
        at["skin_temperature"] = jnp.full(1, SKIN_AT_REST)
    if "free_magnesium_baseline" in at:
        at["free_magnesium_baseline"] = jnp.full(1, MAGNESIUM_AT_REST)
    if "near_follicles_share" in at:
        at["near_follicles_share"] = jnp.full(1, 0.1)
    assert not set(known) - set(at), set(known) - set(at)
    at |= {port: jnp.atleast_1d(jnp.asarray(x, float)) for port, x in known.items()}
    return {port: (x,) if port in (*SKIN, *DEEP, "near_follicles_share") else x for port, x in at.items()}


def play(lanes: list[dict], events: list[tuple[float, dict]], case=TIGHT, until=HOUR, outputs=None) -> dict[str, np.ndarray]:
    """{variable: (outputs, lanes)} with parameters changed lane by lane and inputs set at times.

    lanes : for each lane {key: SI value} of parameters that differ from the middle; an input of events may be a list by lane.
    events : (time in s, {input: its value from then on}), at most SEGMENTS, the first at 0.
    """
    model = felt_model()
    assert len(lanes) <= LANES and len(events) <= SEGMENTS and events[0][0] == 0
    filled = [*lanes, *[{}] * (LANES - len(lanes))]
    p = {key: np.array([lane.get(key, value) for lane in filled]) for key, value in median(case).items()}
    assert not {key for lane in lanes for key in lane} - set(p)
    inputs = [*(f"{name}[magnesium]" for name in Tissue.owns), *PLAYED]
    moves = tuple(pair for name in inputs for pair in ((model.scalar_names.index(name), None), (None, model.scalar_names.index(name))))
    spare = SEGMENTS - len(events)
    times = np.array([t for t, _ in events] + [until * (1 - 0.01 * k) for k in range(spare, 0, -1)] + [until])
    fraction, amount = np.zeros((SEGMENTS, len(moves), 1)), np.zeros((SEGMENTS, len(moves), LANES))
    for i, (_, changes) in enumerate(events):
        for name, value in changes.items():
            k = 2 * inputs.index(name if name in PLAYED else f"{name}[magnesium]")
            fraction[i, k], amount[i, k + 1] = 1.0, np.resize(np.asarray(value, float), LANES)
    wanted = np.linspace(0, until, OUTPUTS) if outputs is None else np.asarray(outputs, float)
    filled = np.r_[wanted, np.full(OUTPUTS - len(wanted), wanted[-1])]
    out = on_plan(model, p, Protocol(times, fraction, amount), filled, moves=moves, watch=WATCH, steps=STEPS)
    seen = np.asarray(out.seen)[:len(wanted)]
    assert np.isfinite(seen[..., :len(lanes)]).all()
    return {name: seen[:, k, :len(lanes)] for k, name in enumerate(WATCH)}
