"""The whole-body model of one regimen and one body as a table of named formulas: what an exchange format needs.

The formulas are written here a second time, to be read; a test evaluates every one of them at random states against the model that
`follow` solves, so that the two cannot drift apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from epsom.body import homeostasis, tracer
from epsom.body.homeostasis import CELLS, FLOWS, LOST, POOLS, amount_of
from epsom.body.tracer import tracer_in

# {key in the constants of `Homeostasis`: (name, unit)}: numbers of this body, size and kind of people included
CONSTANTS = {"plasma_volume": ("plasma_volume", "m^3"), "interstitial_volume": ("interstitial_volume", "m^3"),
             "ultrafiltrable": ("ultrafiltrable_share", "1"), "ionised": ("ionised_share", "1"), "donnan": ("donnan_ratio", "1"),
             "capillary": ("capillary_exchange", "m^3/s"), "filtration": ("glomerular_filtration", "m^3/s"), "splay": ("splay", "mol/m^3"),
             "tubular_maximum": ("usual_tubular_maximum", "mol/m^3"), "adaptation": ("tubular_adaptation_rate", "1/s"),
             "set_point": ("set_point", "mol/m^3"), "faecal": ("faecal_clearance", "m^3/s"), "skin_loss": ("skin_loss", "mol/s"),
             "sweat": ("sweat_concentration", "mol/m^3"), "exudate": ("exudate_flow", "m^3/s"), "emptying": ("gastric_emptying_rate", "1/s"),
             "absorbing": ("absorption_rate", "1/s"), "depot": ("depot_rate", "1/s")}
# the same of `Hormones`, under their own names
OF_HORMONES = {"gland_need": "mol/m^3", "gland_steepness": "1", "calcium_equivalence": "1", "ionised_calcium": "mol/m^3",
               "half_inhibition": "mol/m^3", "inhibition_steepness": "1", "hormone_rate": "1/s", "calcitriol_need": "mol/m^3",
               "calcitriol_steepness": "1", "calcitriol_share": "1", "calcitriol_rate": "1/s",
               "calcidiol_rate": "1/s", "calcidiol_elasticity": "1"}
OF_CELLS = {"content": "mol", "rate": "1/s", "elasticity": "1"}

_AROUND = {cell: "ultrafiltrable_concentration" if cell == "red_cell" else "interstitial_concentration" for cell in CELLS}
_BESIDE = {cell: "plasma_magnesium" if cell == "red_cell" else "interstitial_magnesium" for cell in CELLS}
# {name: (unit, formula)}, in an order in which each reads only what stands above it
RULES = {
    "serum_concentration": ("mol/m^3", "plasma_magnesium / plasma_volume"),
    "ultrafiltrable_concentration": ("mol/m^3", "ultrafiltrable_share * serum_concentration"),
    "ionised_concentration": ("mol/m^3", "ionised_share * serum_concentration"),
    "interstitial_concentration": ("mol/m^3", "interstitial_magnesium / interstitial_volume"),
    "over_tubular_maximum": ("mol/m^3", "ultrafiltrable_concentration - tubular_maximum"),
    "rounded_by_splay": ("mol/m^3", "sqrt(over_tubular_maximum**2 + 4 * splay**2)"),
    # (over + rounded) / 2, which cancels below the maximum: there as a quotient
    "urine_flow": ("mol/s", "glomerular_filtration * ((over_tubular_maximum + rounded_by_splay) / 2 "
                            "if ultrafiltrable_concentration > tubular_maximum "
                            "else 2 * splay**2 / (rounded_by_splay - over_tubular_maximum))"),
    "fractional_excretion": ("1", "urine_flow / (glomerular_filtration * ultrafiltrable_concentration)"),
    "turnover_into_tissue": ("1/s", "capillary_exchange * ultrafiltrable_share / plasma_volume"),
    "turnover_out_of_tissue": ("1/s", "capillary_exchange / (donnan_ratio * interstitial_volume)"),
    "turnover_into_urine": ("1/s", "urine_flow / plasma_magnesium"),
    "turnover_into_faeces": ("1/s", "faecal_clearance / plasma_volume"),
    "turnover_through_skin": ("1/s", "(skin_loss + sweat_concentration * sweat_flow) / plasma_magnesium"),
    "turnover_into_exudate": ("1/s", "exudate_flow / interstitial_volume"),
    "turnover_of_stomach": ("1/s", "gastric_emptying_rate"),
    "turnover_of_gut": ("1/s", "absorption_rate"),
    "turnover_of_muscle_depot": ("1/s", "depot_rate"),
    **{f"turnover_into_{cell}": ("1/s", f"{cell}_rate * {cell}_content * ({_AROUND[cell]} / set_point)**{cell}_elasticity / {_BESIDE[cell]}")
       for cell in CELLS},
    **{f"turnover_of_{cell}": ("1/s", f"{cell}_rate") for cell in CELLS}}
RATES = {"tubular_maximum": ("mol/m^3", "tubular_adaptation_rate * (usual_tubular_maximum - tubular_maximum)")}
HORMONE_RULES = {
    "magnesium_beside_calcium": ("mol/m^3", "ionised_concentration * (1 - ordinary_serum_concentration / serum_concentration)"),
    "gland_able": ("1", "(1 + (gland_need / ordinary_serum_concentration)**gland_steepness) "
                        "/ (1 + (gland_need / serum_concentration)**gland_steepness)"),
    "gland_held_back": ("1", "(1 + (ionised_calcium / half_inhibition)**inhibition_steepness) "
                             "/ (1 + ((ionised_calcium + calcium_equivalence * magnesium_beside_calcium) / half_inhibition)"
                             "**inhibition_steepness)"),
    "enzymes_able": ("1", "(1 + (calcitriol_need / ordinary_serum_concentration)**calcitriol_steepness) "
                          "/ (1 + (calcitriol_need / serum_concentration)**calcitriol_steepness)")}
HORMONE_RATES = {
    "tubular_maximum": ("mol/m^3", "tubular_adaptation_rate * (usual_tubular_maximum * (1 + hormone_effect * (parathyroid_hormone - 1)) "
                                   "- tubular_maximum)"),
    "parathyroid_hormone": ("1", "hormone_rate * (gland_able * gland_held_back - parathyroid_hormone)"),
    "calcitriol": ("1", "calcitriol_rate * (enzymes_able * parathyroid_hormone**calcitriol_share - calcitriol)"),
    "calcidiol": ("1", "calcidiol_rate * ((serum_concentration / ordinary_serum_concentration)**calcidiol_elasticity - calcidiol)")}
SET = {"vein_flow": "mol/s", "skin_flow": "mol/s", "diet_flow": "mol/s", "sweat_flow": "m^3/s"}      # by events only


class Reaction(NamedTuple):
    """A one-way flow between two pools, mol/s."""

    leaves: str
    enters: str
    formula: str


class Happening(NamedTuple):
    """At a time in s, all at once: {variable: formula of its new value}."""

    at: float
    becomes: dict[str, str]


@dataclass(frozen=True, eq=False)
class Network:
    """The model of one body under one regimen.

    Attributes
    ----------
    numbers : {name: (unit, value)} that never change; amounts of meals and doses among them.
    pools : {name: mol at the start}.
    states : {name: (unit, value at the start)}: tubular maximum and what only events change.
    rules : {name: (unit, formula)} of what follows from the others at each moment.
    rates : {state: (unit, formula of its change per second)}.
    reactions : {name: Reaction}.
    events : in order of time, after the start.
    """

    numbers: dict[str, tuple[str, float]]
    pools: dict[str, float]
    states: dict[str, tuple[str, float]]
    rules: dict[str, tuple[str, str]]
    rates: dict[str, tuple[str, str]]
    reactions: dict[str, Reaction]
    events: list[Happening] = field(default_factory=list)


def plain(name: str) -> str:
    """The model's name as a plain word: plasma_tracer[25Mg] as plasma_tracer_25Mg."""
    return name.replace("[", "_").replace("]", "")


def formulas(isotopes: tuple[str, ...]) -> tuple[dict, dict]:
    """({rule: (unit, formula)}, {name: Reaction}) of all magnesium and of each isotope that is followed."""
    rules, reactions = dict(RULES), {}
    for rate, enters in homeostasis.INPUTS.items():
        reactions[f"input_{rate}"] = Reaction("supply_magnesium", amount_of(enters), rate)
    for turnover, (leaves, enters) in FLOWS.items():
        reactions[turnover.replace("turnover", "flow")] = Reaction(amount_of(leaves), amount_of(enters), f"{turnover} * {amount_of(leaves)}")
    for isotope in isotopes:
        pool = lambda name, isotope=isotope: plain(f"{tracer_in(name)}[{isotope}]")
        rules[f"plasma_tracer_share_{isotope}"] = "1", f"{pool('plasma')} / plasma_magnesium"
        for rate, enters in tracer.INPUTS.items():
            reactions[f"input_{rate}_{isotope}"] = Reaction(pool("supply"), pool(enters), f"{rate}_{isotope}")
        for turnover, (leaves, enters) in FLOWS.items():
            name = f"{turnover.replace('turnover', 'flow')}_{isotope}"
            reactions[name] = Reaction(pool(leaves), pool(enters), f"{turnover} * {pool(leaves)}")
        for leaves in POOLS:
            reactions[f"decay_in_{leaves}_{isotope}"] = Reaction(pool(leaves), pool("decayed"), f"decay_constant_{isotope} * {pool(leaves)}")
    return rules, reactions


def network(constants, start: dict[str, float], ordinary: float, isotopes: tuple[str, ...], moves, times, fraction, amount) -> Network:
    """The table of one body.

    Parameters
    ----------
    constants : {copy: constants} of the model, one number each.
    start : {state: value} by the model's names, before any event.
    ordinary : serum concentration at the steady state of the diet, mol/m^3.
    moves : pairs of names of states or None, as in `Ledger.names`.
    times, fraction, amount : (segments + 1,) s, (segments, moves) and (segments, moves): the events of the engine.
    """
    body, hormones = constants["homeostasis"], constants.get("hormones", {})
    numbers = {name: (unit, float(body[key])) for key, (name, unit) in CONSTANTS.items()}
    numbers |= {f"{cell}_{key}": (unit, float(body[cell][key])) for cell in CELLS for key, unit in OF_CELLS.items()}
    numbers |= {f"decay_constant_{isotope}": ("1/s", float(constants[f"tracer[{isotope}]"]["decay"])) for isotope in isotopes}
    if hormones:
        numbers |= {name: (unit, float(hormones[name])) for name, unit in OF_HORMONES.items()}
        numbers |= {"hormone_effect": ("1", float(body["hormone_effect"])), "ordinary_serum_concentration": ("mol/m^3", float(ordinary))}
    values = {plain(name): float(value) for name, value in start.items()}
    moves = [tuple(plain(end) if end else None for end in move) for move in moves]
    _at_once(values, moves, fraction[0], amount[0])
    pools = [amount_of(pool) for pool in ("supply", *POOLS, *LOST)]
    pools += [f"{tracer_in(pool)}_{isotope}" for isotope in isotopes for pool in ("supply", *POOLS, *LOST, "decayed")]
    units = {name: unit for name, (unit, _) in (HORMONE_RATES if hormones else RATES).items()} | SET
    units |= {f"{rate}_{isotope}": "mol/s" for isotope in isotopes for rate in tracer.INPUTS}
    rules, reactions = formulas(isotopes)
    found = Network(numbers, {name: values[name] for name in pools}, {name: (unit, values[name]) for name, unit in units.items()},
                    rules | (HORMONE_RULES if hormones else {}), dict(HORMONE_RATES if hormones else RATES), reactions)
    known: dict[tuple[str, float], str] = {}
    for at, shares, amounts in zip(times[1:-1], fraction[1:], amount[1:]):
        becomes = _becomes(found, known, units, moves, shares, amounts)
        if becomes:
            found.events.append(Happening(float(at), becomes))
    return found


def _at_once(values: dict[str, float], moves, shares, amounts) -> None:
    """What happens at the start, done."""
    for (source, target), share, amount in zip(moves, shares, amounts):
        moved = float(amount) + (float(share) * values[source] if source else 0.0)
        if source:
            values[source] -= moved
        if target:
            values[target] += moved


def _becomes(found: Network, known: dict, units: dict[str, str], moves, shares, amounts) -> dict[str, str]:
    """{variable: formula of its new value} of one event; each size of a meal, dose or rate becomes a number with a name."""
    becomes: dict[str, str] = {}
    for (source, target), share, amount in zip(moves, shares, amounts):
        if float(share) == 1 and target is None:
            becomes[source] = ""                              # what was, is over
        elif share:
            raise ValueError(f"{share} of {source} to {target}: events that move shares between pools have no formula here")
        if not amount:
            continue
        word = target or source
        key = word, abs(float(amount))
        if key not in known:
            known[key] = f"size_{sum(other == word for other, _ in known) + 1}_of_{word}"
            found.numbers[known[key]] = units.get(word, "mol"), key[1]
        for end, sign in ((source, -1), (target, 1)):
            if end is not None:
                becomes[end] = f"{becomes.get(end, end)} {'+' if sign * amount > 0 else '-'} {known[key]}".strip(" +")
    return {name: formula or f"0 * {name}" for name, formula in becomes.items()}
