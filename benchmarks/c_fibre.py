"""Thresholds of published C-fibre models when all their gates are shifted, run from their own package: pyfibers on NEURON.

    /path/to/another/python benchmarks/c_fibre.py found.json [shift in mV ...]

PyFibers (Marshall and others 2025) has a licence of its own and is no part of the project's lists: it goes into an environment of its
own, whose Python runs this file. Nothing of epsom is needed there.

    python3 -m venv peer && peer/bin/pip install pyfibers==0.13.0 neuron==9.0.2
    PATH=$PWD/peer/bin:$PATH peer/bin/pyfibers_compile

A shift of every gate by s is the same as every reversal potential lowered by s with voltages read s lower: the current through a
channel, g(V - s) (V - E), depends on V - s and E - s alone. So no mechanism of the package is touched. A uniform potential outside would
do nothing: what a mechanism sees is the difference across the membrane, and driving force and gates would move together. Where a model
computes reversal potentials from concentrations (Tigerholm) they are held at those of rest, less the shift; pumps know concentrations only.

At rest most of what is open in Tigerholm's fibre are gates, so that its rest follows them. "Rest held" lets the package balance pumps and
leaks anew after the shift, which keeps the voltage at rest where it was.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

try:
    import numpy as np
    from neuron import h
    from pyfibers import FiberModel, IntraStim, build_fiber
except ImportError as missing:
    sys.exit(f"This needs PyFibers and NEURON ({missing}). How to get them stands at the top of {Path(__file__).name}.")

MODELS = {"Sundt": ("SUNDT", False), "Tigerholm": ("TIGERHOLM", False), "Tigerholm, rest held": ("TIGERHOLM", True)}
SHIFTS = (-2.0, 0.0, 1.0, 2.0, 5.0, 10.0)                # mV; at -5 the Sundt fibre fires by itself
PULSES = {"pulse of 2 ms": 2.0, "step of 20 ms": 20.0}   # ms
DIAMETER, LENGTH, SPACING = 1.0, 3000.0, 25.0            # um
STEP, AFTER, SETTLE = 0.02, 15.0, 1000.0                 # ms: time step; watched after the pulse; before it
SPIKE = -20.0                                            # mV of the unshifted membrane that count as an action potential
TOLERANCE = 0.2                                          # percent of a threshold
TOP = 1.0                                                # nA: bound to start from
BALANCING = ("pumpina_extrapump", "pumpik_extrapump", "gnaleak_leak", "gkleak_leak")


def lowered(fibre, shift: float, balanced: bool = False) -> None:
    """Every reversal potential of a fibre `shift` mV lower, and its start at the steady state that this gives.

    balanced : whether pumps and leaks are first set anew, by the package, so that the unshifted voltage is that of rest.
    """
    for section in fibre.sections:
        held = {name: getattr(section, name) - shift for name in ("ena", "ek") if hasattr(section, name)}
        for name, reversal in held.items():
            h.ion_style(f"{name[1:]}_ion", 3, 1, 0, 0, 0, sec=section)         # concentrations may move, the reversal potential stays
            setattr(section, name, reversal)
        if hasattr(section, "e_pas"):
            section.e_pas -= shift
    h.celsius, h.dt = fibre.temperature, 1.0
    fibre.v_rest -= shift
    if balanced:
        for section in fibre.sections:
            for name in BALANCING:
                setattr(section, name, 0.0)
        h.finitialize(fibre.v_rest)
        fibre.balance()
    h.finitialize(fibre.v_rest)
    while h.t < SETTLE:
        h.fadvance()
    fibre.v_rest = fibre(0.5).v


def built(model: str, spacing: float = SPACING):
    """A straight fibre as the package makes it."""
    return build_fiber(FiberModel[model], diameter=DIAMETER, length=LENGTH, delta_z=spacing)


def threshold(name: str, shift: float, duration: float, top: float, step: float = STEP, spacing: float = SPACING) -> tuple[float, float]:
    """(threshold in nA of a current into the middle of the fibre, voltage at rest in mV), by the package's own search."""
    model, balanced = MODELS[name]
    fibre = built(model, spacing)
    lowered(fibre, shift, balanced)
    clamp = {"delay": 1.0, "pw": duration, "dur": duration, "freq": 1.0}       # freq: one pulse in all
    pulse = IntraStim(dt=step, tstop=1.0 + duration + AFTER, istim_loc=0.5, clamp_kws=clamp)
    found, _ = pulse.find_threshold(fibre, stimamp_top=top, stimamp_bottom=top / 3, bounds_search_step=30, termination_tolerance=TOLERANCE,
                                    exit_t_shift=None, ap_detect_threshold=SPIKE - shift, fail_on_end_excitation=None)
    return float(found), float(fibre.v_rest + shift)


def measured(model: str, shifts) -> dict:
    """{pulse: {shift: threshold}} and the resting voltages."""
    found: dict = {"rest": {}}
    for name, duration in PULSES.items():
        top, rows = TOP, {}
        for shift in sorted(shifts, key=abs):
            begin = time.perf_counter()
            rows[shift], found["rest"][f"{shift:g}"] = threshold(model, shift, duration, top)
            top = rows[0.0] * 1.3
            print(f"{model:<20} {name:<14} {shift:+6.1f} mV {rows[shift]:.6f} nA ({time.perf_counter() - begin:.0f} s)", flush=True)
        found[name] = {f"{shift:g}": rows[shift] for shift in shifts}
    return found


def main(file: str, *shifts: str) -> None:
    chosen = tuple(map(float, shifts)) or SHIFTS
    about = {name: version(name) for name in ("pyfibers", "neuron")}
    about |= {"diameter, um": DIAMETER, "length, um": LENGTH, "spacing, um": SPACING, "time step, ms": STEP}
    found = {"about": about} | {model: measured(model, chosen) for model in MODELS}
    Path(file).write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    np.seterr(all="ignore")
    main(*sys.argv[1:])
