"""Compute `nociceptor.threshold_per_volt` from a small neuron and write the tables of threshold_per_volt.md: `make threshold` (ten minutes).

The table of other models is what `benchmarks/c_fibre.py` found in an environment of its own; it is read from `c_fibre.json`.
"""

import json
from pathlib import Path

import numpy as np
from tables import filled, markdown

from epsom.core.parameter import document
from epsom.core.posterior import range_at
from epsom.felt import small_neuron
from epsom.felt.small_neuron import Stimulus

PAGE = Path(__file__).parent / "threshold_per_volt.md"
PEERS = Path(__file__).parents[1] / "benchmarks" / "c_fibre.json"
DRAWS, SEED = 200, 1
PULSE, STEP = Stimulus(0.002), Stimulus(0.02)
STIMULI = {"current, pulse of 2 ms": PULSE, "current, step of 20 ms": STEP, "current, rising over 50 ms": Stimulus(0.05, rising=True),
           "channels that open, step of 20 ms": Stimulus(0.02, by_channels=True)}
SHIFTS = (-0.005, -0.002, 0.001, 0.002, 0.005, 0.01, 0.015)      # V
AT = 0.005                                                       # V: the slope is taken from 0 to here
VARIANTS = {"every gate, as published": (small_neuron.EVERY_GATE, {}), "gates of sodium channels only": (small_neuron.SODIUM_ONLY, {}),
            "gates that open only, none that inactivates": (small_neuron.ACTIVATION_ONLY, {}),
            "every gate, three times as fast (skin is warmer)": (small_neuron.EVERY_GATE, {"gate_speed": 3.0}),
            "every gate, leak three times as large": (small_neuron.EVERY_GATE, {"leak_conductance": 3.0}),
            "every gate, leak a third": (small_neuron.EVERY_GATE, {"leak_conductance": 1 / 3})}
NO_MAGNESIUM = -0.002                                            # V: shift if the fluid held none, by the nociceptor's default numbers
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


def relative(stimulus: Stimulus, shifts) -> np.ndarray:
    """Thresholds of the published neuron with these shifts over that without."""
    found = small_neuron.threshold(small_neuron.neuron(small_neuron.published(), np.array([0.0, *shifts])), stimulus).size
    return found[1:] / found[0]


def shifts(draws: int) -> str:
    """The law: by how much thresholds of the published neuron rise."""
    rows = []
    for name, stimulus in STIMULI.items():
        found = relative(stimulus, SHIFTS)
        rows.append([name, *(f"{100 * (x - 1):+.0f} %" for x in found), f"{(found[SHIFTS.index(AT)] - 1) / AT:.0f}"])
    return markdown(["stimulus", *(f"{1e3 * x:+g} mV" for x in SHIFTS), "slope to +5 mV, 1/V"], *rows)


def variants(draws: int) -> str:
    """What else the slope hangs on."""
    rows = []
    for name, (share, times) in VARIANTS.items():
        values = {key: value * times.get(key, 1.0) for key, value in small_neuron.published().items()}
        rows.append([name, *(f"{small_neuron.per_volt(values, AT, stimulus, share)[0]:.0f}" for stimulus in (PULSE, STEP))])
    return markdown(["shifted", "pulse of 2 ms, 1/V", "step of 20 ms, 1/V"], *rows)


def spread(draws: int) -> str:
    """What neurons have whose numbers are drawn."""
    every = small_neuron.drawn(draws, SEED)
    known = every | {name: np.zeros(draws) for name in every if name.endswith("_midpoint_shift")}
    quiet = np.isfinite(small_neuron.threshold(small_neuron.neuron(every, NO_MAGNESIUM), STEP).size)
    names = list(STIMULI)
    cases = [(names[0], "all", every, PULSE, True), (names[1], "all", every, STEP, True),
             (names[1], "all; only if silent without magnesium", every, STEP, quiet),
             (names[1], "all but the voltages at which gates open", known, STEP, True), (names[3], "all", every, STIMULI[names[3]], True)]
    rows = []
    for name, what, values, stimulus, chosen in cases:
        found = small_neuron.per_volt(values, AT, stimulus)
        counted = found[np.isfinite(found) & chosen]
        rows.append([name, what, f"{len(counted) / draws:.0%}", *(f"{x:.0f}" for x in np.quantile(counted, LEVELS))])
    return markdown(["stimulus", "drawn", "neurons that count", *(f"{level:.0%}" for level in LEVELS)], *rows, shipped())


def shipped() -> list[str]:
    """The row of the number that the model uses."""
    p = document("parameters", "nociceptor").parameters["threshold_per_volt"]
    low, middle, high = range_at(p, 0.0, 1.0)
    return ["`nociceptor.threshold_per_volt`, before calibration", "", "", f"{low:.0f}", "", f"{middle:.0f}", "", f"{high:.0f}"]


def peers(draws: int) -> str:
    """Other people's models."""
    data = json.loads(PEERS.read_text("utf-8"))
    names = [key for key in data if key != "about"]
    columns = sorted((key for key in data[names[0]]["rest"] if key != "0"), key=float)
    rows = []
    for name in names:
        rest = data[name]["rest"]
        rows.append([name, "rest, mV", f"{rest['0']:.1f}", *(f"{rest[x]:.1f}" for x in columns), ""])
        for pulse in (key for key in data[name] if key != "rest"):
            at = data[name][pulse]
            rows.append([name, pulse, f"{at['0']:.3f} nA", *(f"{100 * (at[x] / at['0'] - 1):+.0f} %" for x in columns),
                         f"{(at['5'] / at['0'] - 1) / AT:.0f}"])
    return markdown(["model", "", "unshifted", *(f"{float(x):+g} mV" for x in columns), "slope to +5 mV, 1/V"], *rows)


TABLES = {"shifts": shifts, "variants": variants, "spread": spread, "peers": peers}


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text("utf-8"), {name: table(DRAWS) for name, table in TABLES.items()}), "utf-8")
