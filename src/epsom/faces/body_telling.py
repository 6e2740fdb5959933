"""Text, data, tables and pictures for `epsom body run` and `threshold`, and what all commands of `epsom body` share."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from epsom import plots, storage
from epsom.answer import HARM
from epsom.changes import all_changed
from epsom.core import units
from epsom.core.digits import plain_digits
from epsom.core.draws import Draws
from epsom.core.errors import EpsomError, InputError
from epsom.core.parameter import document
from epsom.faces.show import gate_lines
from epsom.faces.terminal import clock, table_lines, wrap
from epsom.regimen import MG, Regimen
from epsom.safety import Gate, disclaimers
from epsom.scenario import read_tables
from epsom.schema import DAY

LEVELS = (0.05, 0.5, 0.95)
LEVEL_NAMES = ("low_5", "middle", "high_95")
MOST_RATES = 7
CLINICIAN = "Below an eGFR of 30 mL/min/1.73 m2 magnesium products are a matter for a clinician, whatever these numbers say."
Told = tuple[str, dict, Path | None]         # text, data, folder or None


class Ask(NamedTuple):
    """What every command of `epsom body` is asked with."""

    draws: Draws
    changes: list[str]
    out: Path | None


def load(name: str, changes: Sequence[str]) -> Regimen:
    """A regimen, from its file or name, with changes of its keys."""
    return built(*read_tables(name, "regimens"), changes)


def built(tables: dict, place: str | None, changes: Sequence[str]) -> Regimen:
    return Regimen.build(all_changed(tables, changes), place)


def _quantiles(values: np.ndarray) -> np.ndarray:
    """5 %, middle and 95 %; where some are infinite no value lies between two of them."""
    return np.quantile(values, LEVELS) if np.isfinite(values).all() else np.quantile(values, LEVELS, method="inverted_cdf")


def span(values: np.ndarray) -> str:
    """Median, and nine of ten draws in brackets."""
    if len(values) == 1:
        return plain_digits(float(values[0]))
    low, middle, high = map(plain_digits, _quantiles(values))
    return f"{middle} ({low} to {high})"


def quantiles(values: np.ndarray) -> dict[str, float | None]:
    """The same for JSON, where nothing is infinite."""
    return {name: (float(q) if math.isfinite(q) else None) for name, q in zip(LEVEL_NAMES, _quantiles(values))}


def option(key: str, text: str, unit: str, example: str) -> float:
    """An option with a unit, in SI and above zero."""
    try:
        value = units.parse(text, unit, least=0.0, example=example).si
    except EpsomError as error:
        raise error.at(key=key) from error
    if not value > 0:
        raise InputError("this is nothing", f'Write it as in "{example}"', key=key, value=text)
    return value


def opening(gates: Sequence[Gate], title: str, draws: Draws) -> list[str]:
    """Gates first, then what was computed."""
    size = f"{draws.knowledge} draw{'s' * (draws.knowledge > 1)}" + (f" of {draws.people} people" if draws.people > 1 else "")
    return [*gate_lines([gate.as_dict() for gate in gates]), f"{title}: simulated, {size}, seed {draws.seed}"]


def harm(serum: np.ndarray) -> list[str]:
    """The alarm where serum (draws, times) passes what is on record as harmful."""
    share = float((serum > HARM).any(-1).mean())
    said = f"WARNING: serum magnesium passes {HARM:g} mmol/L, where harm begins, in {100 * share:.0f} % of draws."
    return [wrap(said)] if share else []


def about(schema: str, gates: Sequence[Gate], draws: Draws, regimen: Regimen) -> dict:
    """What every JSON of these commands begins with."""
    return {"schema": schema, "draws": {"knowledge": draws.knowledge, "people": draws.people, "seed": draws.seed},
            "gates": [gate.as_dict() for gate in gates], "regimen": regimen.tables(), "disclaimer": disclaimers()[0]}


def write(out: Path | None, name: str, regimen: Regimen, data: dict, tables: Callable[[], Mapping[str, bytes]],
          figure: Callable) -> Path | None:
    """Write the folder, whole or not at all; nothing without `out`."""
    if out is None:
        return None
    summary = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    return storage.write_files(out, name, {"regimen.toml": regimen.to_toml().encode(), "summary.json": summary.encode(), **tables(),
                                           "picture.svg": plots.as_svg(figure()).encode()})


def closing(lines: list[str], folder: Path | None) -> str:
    return "\n".join([*lines, "", wrap(disclaimers()[0]), *([f"Written to {folder}"] if folder else [])])


# ---- run ---------------------------------------------------------------------------------------------------------
def course(name: str, ask: Ask) -> Told:
    """A regimen followed through the body."""
    from epsom.people import kind_of, stated, told
    from epsom.whole_body import grades
    from epsom.whole_body import plots as pictures
    from epsom.whole_body.course import follow, output_times
    from epsom.whole_body.gates import gates

    regimen = load(name, ask.changes)
    opened = gates(regimen)
    try:
        found = follow(regimen, ask.draws, times=output_times(regimen))
    except EpsomError as error:
        raise error.at(name) from error
    who = "body and kidneys drawn for each" if regimen.person.virtual else told(stated(regimen.person))
    lines = [*opening(opened, regimen.name, ask.draws), *harm(found["serum_concentration"]),
             *([wrap(regimen.note, rest="")] if regimen.note else []), "", f"Who: {kind_of(regimen.person).about['title']}; {who}.",
             "Median, and in brackets nine of ten draws (people and ignorance together):", *(wrap(line, "- ") for line in _findings(found)),
             "", wrap(_told_by_blood(found), rest="")]
    by_grade = {}
    if ask.draws.size <= grades.MOST:
        at = _peak(found)
        anew = lambda keys: follow(regimen, ask.draws, times=found.times, redrawn=keys).change("serum_concentration", at)
        by_grade = grades.shares(found.parameters, found.change("serum_concentration", at), anew)
        lines += ["", wrap(grades.told(by_grade, "the largest change of serum"), rest="")] if by_grade else []
    data = about("epsom-body/1", opened, ask.draws, regimen) | {
        "variance_by_grade": by_grade, "times_s": found.times.tolist(), "mass_error": found.mass_error, "draws_refined": found.refined,
        "readouts": {key: dict(zip(LEVEL_NAMES, np.quantile(values, LEVELS, axis=0).tolist())) for key, values in found.readouts.items()}}
    tables = lambda: {"time_course.csv": time_course(found), "parameters.csv": _parameters(found)}
    folder = write(ask.out, regimen.name, regimen, data, tables, lambda: pictures.course(found))
    return closing(lines, folder), data, folder


def _peak(found) -> float:
    """When the median change of serum is largest, s."""
    serum = found["serum_concentration"]
    return float(found.times[np.abs(np.median(serum - serum[:, :1], axis=0)).argmax()])


def _findings(found) -> list[str]:
    """What happened to serum, ionised magnesium, urine, cells and isotopes."""
    at, end, urine = _peak(found), found.times[-1], found["urine_magnesium"][:, -1]
    change = lambda variable, time: span(found.change(variable, time))
    grown = lambda variable: span(100 * (found[variable][:, -1] / found[variable][:, 0] - 1))
    share = lambda isotope: span(100 * found[f"urine_tracer[{isotope}]"][:, -1] / -found[f"supply_tracer[{isotope}]"][:, -1])
    return [f"serum magnesium at the start: {span(found['serum_concentration'][:, 0])} mmol/L; its largest change: "
            f"{change('serum_concentration', at)} mmol/L after {clock(at)}; at the end {change('serum_concentration', end)} mmol/L",
            f"ionised magnesium at the start: {span(found['ionised_concentration'][:, 0])} mmol/L; change after {clock(at)}: "
            f"{change('ionised_concentration', at)} mmol/L",
            f"urine over {found.regimen.duration}: {span(urine * MG)} mg; at the start {span(_urine_a_day(found))} mg a day, "
            f"{span(100 * found['fractional_excretion'][:, 0])} % of what is filtered",
            f"change of what cells hold at the end: red cells {grown('red_cell_magnesium')} %; cells that exchange within days, above all "
            f"muscle, {grown('slow_cell_magnesium')} %",
            *(f"{isotope} in urine at the end: {share(isotope)} % of what was given" for isotope in found.regimen.isotopes)]


def _urine_a_day(found) -> np.ndarray:
    """mg a day at the start: what is filtered times the share that leaves."""
    ultrafiltrable = found.drawn["homeostasis.ultrafiltrable_share"] * found["serum_concentration"][:, 0]
    return found["fractional_excretion"][:, 0] * ultrafiltrable * found.drawn["homeostasis.glomerular_filtration"] * DAY * MG


def _told_by_blood(found) -> str:
    """Whether one person's blood would tell this change from nothing."""
    from epsom.whole_body.detection import SURE

    assay = document("assays", "magnesium").parameters
    alone = math.hypot(assay["serum_within_person"].value, assay["serum_assay"].value)
    smallest = SURE * math.sqrt(2) * alone * float(np.median(found["serum_concentration"][:, 0]))
    share = float(np.mean(np.abs(found.change("serum_concentration", _peak(found))) > smallest))
    return (f"A blood test of one person tells a change of serum from nothing above {plain_digits(smallest)} mmol/L: so it would be in "
            f"{100 * share:.0f} % of these draws. `epsom body detect` says more.")


def time_course(found) -> bytes:
    """time_course.csv: quantiles of every readout at every stored time, in SI."""
    levels = (0.05, 0.25, 0.5, 0.75, 0.95)
    rows = ((name, float(t), *map(float, row)) for name, values in found.readouts.items()
            for t, row in zip(found.times, np.quantile(values, levels, axis=0).T))
    return storage.as_csv(["readout", "time_s", *(f"quantile_{level:g}" for level in levels)], rows)


def _parameters(found) -> bytes:
    """parameters.csv: every number that was used, with its source."""
    header = ["parameter", "value", "unit", "low_5", "high_95", "grade", "source", "where", "to_be_verified", "note"]
    ends = lambda p: (p.value, p.value) if p.spread_free else p.interval()
    return storage.as_csv(header, ((p.key, p.value, p.unit, *ends(p), p.grade.strip("-"), p.source, p.where, p.verify, p.note)
                                   for p in found.parameters.values()))


# ---- threshold -------------------------------------------------------------------------------------------------------
def climbs(name: str, serum: str, egfr: str, ask: Ask) -> Told:
    """Serum under a regimen from ordinary to failing kidneys."""
    from epsom.whole_body import plots as pictures
    from epsom.whole_body.gates import gates
    from epsom.whole_body.threshold import climb, with_rate

    regimen, level, rates = load(name, ask.changes), option("--serum", serum, "mol/m^3", "2 mmol/L"), _rates(egfr)
    try:
        found = climb(regimen, level, rates, ask.draws)
    except EpsomError as error:
        raise error.at(name) from error
    opened = gates(with_rate(regimen, min(rates)))
    lines = [*opening(opened, f"{regimen.name}: when serum magnesium passes {serum}", ask.draws),
             *harm(np.concatenate([one.serum for one in found])), ""]
    header = ("eGFR", "serum at the start, mmol/L", f"after {regimen.duration}, mmol/L", f"passes {serum} within that time")
    rows = []
    for one in found:
        passed = np.isfinite(one.above)
        when = f", in half of those by {clock(float(np.median(one.above[passed])))}" if passed.any() else ""
        rows.append((f"{one.egfr:g}", span(one.serum[:, 0]), span(one.serum[:, -1]), f"in {100 * passed.mean():.0f} % of draws{when}"))
    lines += table_lines(header, rows)
    lines += ["", wrap(f"eGFR in mL/min/1.73 m2. Median, and in brackets nine of ten draws. {CLINICIAN}", rest="")]
    data = about("epsom-body-threshold/1", opened, ask.draws, regimen) | {"serum_mmol_per_L": level, "rates": [
        {"egfr_mL_per_min_per_1.73m2": one.egfr, "serum_start": quantiles(one.serum[:, 0]), "serum_end": quantiles(one.serum[:, -1]),
         "share_above": float(np.isfinite(one.above).mean()), "time_above_s": quantiles(one.above)} for one in found]}
    table = ((one.egfr, float(t), *map(float, row)) for one in found for t, row in zip(one.times, np.quantile(one.serum, LEVELS, axis=0).T))
    folder = write(ask.out, f"threshold-{regimen.name}", regimen, data,
                   lambda: {"serum.csv": storage.as_csv(["egfr", "time_s", *LEVEL_NAMES], table)}, lambda: pictures.climbs(found, level))
    return closing(lines, folder), data, folder


def _rates(text: str) -> list[float]:
    do = "Write them as in 60,30,10"
    try:
        rates = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise InputError("kidney functions are numbers with commas between", do, key="--egfr", value=text) from error
    if not all(0 < rate <= 200 for rate in rates) or len(rates) > MOST_RATES:
        raise InputError(f"kidney functions are one to {MOST_RATES} numbers above 0 and up to 200 mL/min/1.73 m^2", do, key="--egfr",
                         value=text)
    return rates
