"""Magnesium of the whole body: what comes in, where it goes, and the kidney that decides what stays.

Cells take magnesium up by a power of its concentration around them, with an exponent below one: an isotope exchanges fully while a
load hardly enters. Linear exchange cannot do both (docs/whole_body.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp

from epsom.body.kidney import excreted, ultrafiltrate_at_balance
from epsom.mechanism import Mechanism, Scalar


class Flow(NamedTuple):
    """A one-way flow: the pools that it leaves and enters, as in "plasma" for the state "plasma_magnesium"."""

    leaves: str
    enters: str


CELLS = ("red_cell", "fast_cell", "slow_cell", "bone_surface", "deep")     # red cells exchange with plasma, the others with the interstitium
POOLS = ("plasma", "interstitial", *CELLS, "stomach", "gut", "muscle_depot")
LOST = ("urine", "faecal", "skin_lost", "exudate", "unavailable")
# {turnover, the share of the pool that leaves in a second: flow}. Tracers go with the same shares.
FLOWS = {"turnover_into_tissue": Flow("plasma", "interstitial"), "turnover_out_of_tissue": Flow("interstitial", "plasma"),
         "turnover_into_urine": Flow("plasma", "urine"), "turnover_into_faeces": Flow("plasma", "faecal"),
         "turnover_through_skin": Flow("plasma", "skin_lost"), "turnover_into_exudate": Flow("interstitial", "exudate"),
         "turnover_of_stomach": Flow("stomach", "gut"), "turnover_of_gut": Flow("gut", "plasma"),
         "turnover_of_muscle_depot": Flow("muscle_depot", "plasma"),
         **{f"turnover_into_{cell}": Flow("plasma" if cell == "red_cell" else "interstitial", cell) for cell in CELLS},
         **{f"turnover_of_{cell}": Flow(cell, "plasma" if cell == "red_cell" else "interstitial") for cell in CELLS}}
INPUTS = {"vein_flow": "plasma", "skin_flow": "interstitial", "diet_flow": "plasma"}      # {rate of what comes in: where it arrives}
CONTENT = Scalar("mol", 1e-5, amount=True)


def amount_of(pool: str) -> str:
    """The word for what a pool holds."""
    return f"{pool}_magnesium"


LOSSES = "ultrafiltrable_share", "tubular_maximum", "splay", "set_point", "skin_loss", "endogenous_faecal_loss"      # numbers of its file


def losses(p: Mapping, size) -> dict:
    """What decides the steady state of a body of a `size`, from `LOSSES`."""
    return {"ultrafiltrable": p["ultrafiltrable_share"], "tubular_maximum": p["tubular_maximum"],
            "splay": p["splay"], "set_point": p["set_point"], "skin_loss": p["skin_loss"] * size,
            "faecal": p["endogenous_faecal_loss"] * size * p["ultrafiltrable_share"] / p["set_point"]}


def at_balance(c: Mapping, exudate=0.0):
    """Ultrafiltrable concentration (mol/m^3) at the steady state of a diet.

    Parameters
    ----------
    c : `losses`, with what the diet brings (`absorbed`, mol/s) and `filtration` (m^3/s).
    exudate : m^3/s of ultrafiltrate that open skin loses.
    """
    other = c["faecal"] / c["ultrafiltrable"] + exudate
    return ultrafiltrate_at_balance(c["absorbed"] - c["skin_loss"], other, c["filtration"], c["tubular_maximum"], c["splay"])


class Homeostasis(Mechanism):
    """Plasma, interstitium, five kinds of cells and bone, stomach and gut, a depot in muscle, kidney and losses.

    Amounts are whole contents, not increments. The start is the steady state of the diet (`regimen.absorbed`), solved in closed form;
    with `regimen.continuous` = 1 the diet flows evenly, with 0 it comes as meals from outside. With `hormones` the tubular maximum answers
    to parathyroid hormone.
    """

    owns = {**{amount_of(pool): CONTENT for pool in ("supply", *POOLS, *LOST)}, "tubular_maximum": Scalar("mol/m^3", 1e-3),
            "vein_flow": Scalar("mol/s", 1e-9), "skin_flow": Scalar("mol/s", 1e-9), "diet_flow": Scalar("mol/s", 1e-9),
            "sweat_flow": Scalar("m^3/s", 1e-10)}
    gives = {**{name: "1/s" for name in FLOWS}, "serum_concentration": "mol/m^3", "ultrafiltrable_concentration": "mol/m^3",
             "ionised_concentration": "mol/m^3", "interstitial_concentration": "mol/m^3", "ordinary_serum_concentration": "mol/m^3",
             "fractional_excretion": "1",
             "urine_flow": "mol/s"}
    readouts = (*owns, "serum_concentration", "ionised_concentration", "interstitial_concentration", "fractional_excretion", "urine_flow")

    def __init__(self, hormones: bool = False):
        self.hormones = hormones
        self.reads = {"parathyroid_hormone": "1"} if hormones else {}

    def constants(self, p) -> Mapping:
        size = p["person.size"]
        slower = size ** p["rate_exponent"]
        c = {"plasma_volume": p["plasma_volume"] * size, "interstitial_volume": p["interstitial_volume"] * size,
             "capillary": p["capillary_exchange"] * size, "ionised": p["ionised_share"], "donnan": p["donnan_ratio"],
             "filtration": p["glomerular_filtration"],
             "adaptation": 1 / p["tubular_adaptation_time"], "sweat": p["sweat_concentration"],
             "exudate": p["exudate_flow"] * p["person.burned"], "emptying": 1 / p["gastric_emptying_time"], "absorbing": p["absorption_rate"],
             "depot": p["depot_rate"], "hormone_effect": p["hormone_effect"], "absorbed": p["regimen.absorbed"],
             "continuous": p["regimen.continuous"]} | losses(p, size)
        for cell in CELLS:
            c[cell] = {"content": p[f"{cell}_content"] * size, "rate": jnp.log(2.0) / (p[f"{cell}_half_time"] * slower),
                       "elasticity": p[f"{cell}_elasticity"]}
        return c

    def _ordinary(self, c):
        """(interstitial over ultrafiltrable concentration, ultrafiltrable concentration) at the steady state of the diet."""
        leak = 1 / (1 / c["donnan"] + c["exudate"] / c["capillary"])
        return leak, at_balance(c, c["exudate"] * leak)

    def initial(self, c):
        """The steady state of the diet."""
        leak, ultrafiltrate = self._ordinary(c)
        around = {cell: ultrafiltrate if cell == "red_cell" else leak * ultrafiltrate for cell in CELLS}
        return {"plasma_magnesium": c["plasma_volume"] * ultrafiltrate / c["ultrafiltrable"],
                "interstitial_magnesium": c["interstitial_volume"] * leak * ultrafiltrate,
                **{amount_of(cell): c[cell]["content"] * self._drive(c, cell, around[cell]) for cell in CELLS},
                "tubular_maximum": c["tubular_maximum"], "diet_flow": c["absorbed"] * c["continuous"]}

    def rates(self, c, v):
        changed = {pool: 0.0 for pool in ("supply", *POOLS, *LOST)}
        for rate, enters in INPUTS.items():
            changed["supply"] -= v[rate]
            changed[enters] += v[rate]
        for turnover, (leaves, enters) in FLOWS.items():
            flow = v[turnover] * v[amount_of(leaves)]
            changed[leaves] -= flow
            changed[enters] += flow
        asked = c["tubular_maximum"]
        if self.hormones:
            asked = asked * (1 + c["hormone_effect"] * (v["parathyroid_hormone"] - 1))
        return {**{amount_of(pool): rate for pool, rate in changed.items()},
                "tubular_maximum": c["adaptation"] * (asked - v["tubular_maximum"])}

    # ---- concentrations ----------------------------------------------------------------------------------------
    def serum_concentration(self, c, v):
        """Total magnesium in serum."""
        return v["plasma_magnesium"] / c["plasma_volume"]

    def ultrafiltrable_concentration(self, c, v):
        """What passes capillary and glomerulus."""
        return c["ultrafiltrable"] * v["serum_concentration"]

    def ionised_concentration(self, c, v):
        """What an ion-selective electrode reads in serum."""
        return c["ionised"] * v["serum_concentration"]

    def interstitial_concentration(self, c, v):
        """Magnesium between the cells, free and in small complexes."""
        return v["interstitial_magnesium"] / c["interstitial_volume"]

    def ordinary_serum_concentration(self, c, v):
        """Serum at the steady state of the diet."""
        return self._ordinary(c)[1] / c["ultrafiltrable"]

    def urine_flow(self, c, v):
        """Magnesium into urine."""
        return excreted(v["ultrafiltrable_concentration"], c["filtration"], v["tubular_maximum"], c["splay"])

    def fractional_excretion(self, c, v):
        """Share of what the glomeruli filter that leaves with urine."""
        return v["urine_flow"] / (c["filtration"] * v["ultrafiltrable_concentration"])

    # ---- turnovers, 1/s ----------------------------------------------------------------------------------------
    def turnover_into_tissue(self, c, v):
        return c["capillary"] * c["ultrafiltrable"] / c["plasma_volume"]

    def turnover_out_of_tissue(self, c, v):
        return c["capillary"] / (c["donnan"] * c["interstitial_volume"])

    def turnover_into_urine(self, c, v):
        return v["urine_flow"] / v["plasma_magnesium"]

    def turnover_into_faeces(self, c, v):
        """What intestinal juices lose, in proportion to serum."""
        return c["faecal"] / c["plasma_volume"]

    def turnover_through_skin(self, c, v):
        """Skin without visible sweat, and sweat."""
        return (c["skin_loss"] + c["sweat"] * v["sweat_flow"]) / v["plasma_magnesium"]

    def turnover_into_exudate(self, c, v):
        return c["exudate"] / c["interstitial_volume"]

    def turnover_of_stomach(self, c, v):
        return c["emptying"]

    def turnover_of_gut(self, c, v):
        return c["absorbing"]

    def turnover_of_muscle_depot(self, c, v):
        return c["depot"]

    def _drive(self, c, cell, concentration):
        """Uptake relative to that at the set point: regulated cells answer with a power below one."""
        # a power; compilers do exp and log for several lanes at once, pow one by one
        return jnp.exp(c[cell]["elasticity"] * jnp.log(concentration / c["set_point"]))

    def turnover_into_red_cell(self, c, v):
        drive = self._drive(c, "red_cell", v["ultrafiltrable_concentration"])
        return c["red_cell"]["rate"] * c["red_cell"]["content"] * drive / v["plasma_magnesium"]

    def _into(self, c, v, cell):
        drive = self._drive(c, cell, v["interstitial_concentration"])
        return c[cell]["rate"] * c[cell]["content"] * drive / v["interstitial_magnesium"]

    def turnover_into_fast_cell(self, c, v):
        return self._into(c, v, "fast_cell")

    def turnover_into_slow_cell(self, c, v):
        return self._into(c, v, "slow_cell")

    def turnover_into_bone_surface(self, c, v):
        return self._into(c, v, "bone_surface")

    def turnover_into_deep(self, c, v):
        return self._into(c, v, "deep")

    def turnover_of_red_cell(self, c, v):
        return c["red_cell"]["rate"]

    def turnover_of_fast_cell(self, c, v):
        return c["fast_cell"]["rate"]

    def turnover_of_slow_cell(self, c, v):
        return c["slow_cell"]["rate"]

    def turnover_of_bone_surface(self, c, v):
        return c["bone_surface"]["rate"]

    def turnover_of_deep(self, c, v):
        return c["deep"]["rate"]
