"""Text and data for `epsom list`, `show`, `why` and `new`."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import NamedTuple

from epsom import storage
from epsom.core import units
from epsom.core.errors import EpsomError, InputError, StorageError, nearest
from epsom.core.parameter import KINDS, Parameter, all_parameters, document, folder, names
from epsom.core.posterior import calibrated
from epsom.faces.terminal import line, table_lines, wrap

EVERY = (storage.SCHEMA, storage.COMPARISON, storage.SWEEP)
LISTS = ("scenarios", "experiments", "regimens", "people", "products", "sites", "barriers", "solutes", "salts",
         "parameters", "complaints", "gates", "reports", "runs")
STARTS = {"scenarios": ("run", "Steps: apply, rub, soak, wash, occlude.\n# `epsom list products`, `epsom list sites` and `epsom list "
                        "complaints` show what can be named here."),
          "experiments": ("permeate", "Lines after # can be used, too."),
          "regimens": ("body run", "Events: take, infuse, inject, absorb, sweat, diet."),
          "reports": ("plausible", "Leave out what is not told: nothing is guessed.")}     # what `epsom new` can start from


NEW = "epsom-new/1"
FILES = {"products": "product", "scenarios": "scenario", "experiments": "experiment", "regimens": "regimen",
         "validation": "validation-case", "reports": "report"}      # shown as they are written; what one of them is called in its schema


class Shown(NamedTuple):
    """One thing as text, as data, and in short: where it is, or of a number value and unit."""

    text: str
    data: dict
    short: str


class Listing(NamedTuple):
    """A table as a person reads it, and its rows as a program does: numbers as numbers, their units in the keys."""

    header: tuple[str, ...]
    rows: list[tuple]
    data: list[dict]


def of_text(header: tuple[str, ...], rows: list[tuple]) -> Listing:
    """A table that is the same for both."""
    return Listing(header, rows, [dict(zip(header, row)) for row in rows])


def new_scenario(file: Path, like: str) -> tuple[str, dict]:
    """Write a shipped scenario, experiment, regimen or report to a new file; returns what to say, and the same as data."""
    kind = next((kind for kind in STARTS if like in names(kind)), None)
    if kind is None:
        every = [name for kind in STARTS for name in names(kind)]
        raise InputError(f"there is no shipped scenario, experiment, regimen or report '{like}'", nearest(like, every), key="--like")
    if file.suffix != ".toml":
        raise InputError("a new file is a .toml file", f"Name it {file.with_suffix('.toml').name}", file=file)
    text = (folder(kind) / f"{like}.toml").read_text("utf-8")
    text = text.replace(f'name = "{like}"', f'name = "{_slug(file.stem)}"', 1)
    command, hint = STARTS[kind]
    head = f"# Quantities are text with a unit. {hint}\n"
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(head + text)
    except FileExistsError as error:
        raise InputError("this file exists", "Name another one", file=file) from error
    except OSError as error:
        raise StorageError(f"cannot write here: {error.strerror}", "Name another place", file=file) from error
    return f"Wrote {file}. Edit it, then: epsom {command} {file}", {"schema": NEW, "file": str(file), "like": like, "command": command}


def _slug(text: str) -> str:
    clean = "".join(ch if ch.isascii() and (ch.isalnum() or ch in "-_ ") else "-" for ch in text).lstrip("-_ ")
    return clean[:60] or "scenario"


def listing(what: str, root: Path) -> Listing:
    """All things of a kind."""
    if what not in LISTS:
        raise InputError(f"there is no list of '{what[:40]}'", nearest(what, LISTS))
    return globals()[f"_{what}"](root)


def _scenarios(root):
    rows, data = [], []
    for name in names("scenarios"):
        t = tomllib.loads((folder("scenarios") / f"{name}.toml").read_text("utf-8"))
        product, site, duration = t["product"].get("use", "described in the file"), t["site"], t["duration"]
        rows.append((name, product, f"{site['name']}, {site['area']}", duration))
        data.append({"scenario": name, "product": product, "site": site["name"],
                     "area_cm2": units.convert(*units.split(site["area"]), "cm^2"),
                     "duration_h": units.convert(*units.split(duration), "h")})
    return Listing(("scenario", "product", "site", "duration"), rows, data)


def _experiments(root):
    found = [(n, tomllib.loads((folder("experiments") / f"{n}.toml").read_text("utf-8"))) for n in names("experiments")]
    return of_text(("experiment", "layers", "duration", "what it is"), [
        (n, ", ".join(layer["name"] for layer in t["layers"]), t["duration"], t["note"].partition(". ")[0]) for n, t in found])


def _regimens(root):
    found = [(n, tomllib.loads((folder("regimens") / f"{n}.toml").read_text("utf-8"))) for n in names("regimens")]
    return of_text(("regimen", "who", "duration", "what it is"), [(n, t["person"]["kind"], t["duration"], t["note"]) for n, t in found])


def _reports(root):
    found = [(n, tomllib.loads((folder("reports") / f"{n}.toml").read_text("utf-8"))) for n in names("reports")]
    return of_text(("report", "route", "what it is"), [(n, t["applied"]["route"], t["title"]) for n, t in found])


def _people(root):
    rows = [(name, about["title"], about.get("note", "")) for name in names("people") for about in [document("people", name).about]]
    return of_text(("kind", "who", "note"), rows)


def _products(root):
    from epsom.product import USUAL_AREA, USUAL_DOSE, contents, shipped_product

    rows, data = [], []
    for name in names("products"):
        p = shipped_product(name)
        for c in contents(p):
            rows.append((name, p.title, p.label, c.solute, _four(c.ppm), c.salt, _four(100 * c.salt_share), _four(c.applied_mg),
                         _four(c.applied_mg_per_cm2)))
            data.append({"product": name, "what it is": p.title, "label": p.label, "solute": c.solute, "ppm": _four(c.ppm),
                         "salt": c.salt, "salt_percent": _four(100 * c.salt_share), "usual_dose": USUAL_DOSE, "usual_area": USUAL_AREA,
                         "applied_mg": _four(c.applied_mg), "applied_mg_per_cm2": _four(c.applied_mg_per_cm2)})
    return Listing(("product", "what it is", "label says", "solute", "ppm of it", "salt", "salt, % of mass",
                    f"applied mg ({USUAL_DOSE} on {USUAL_AREA})", "applied mg/cm^2"), rows, data)


def _four(number: float) -> float:
    """Four digits are all that a label gives."""
    return float(f"{number:.4g}")


def _documents(kind: str, header: tuple):
    rows = []
    for name in names(kind):
        about = document(kind, name).about
        rows.append((name, about["title"], about.get("text", about.get("formula", ""))))
    return of_text(header, rows)


def _sites(root):
    return _documents("sites", ("site", "what it is", "note"))


def _barriers(root):
    return of_text(("barrier", "kind", "what it is"), [
        (name, about["kind"], about["title"]) for name in names("barriers") for about in [document("barriers", name).about]])


def _solutes(root):
    return _documents("solutes", ("solute", "what it is", "note"))


def _salts(root):
    return _documents("salts", ("salt", "what it is", "formula"))


def _parameters(root):
    every = all_parameters().values()
    rows = [(p.key, f"{p.value:.3g}", p.unit, _range(p), p.grade, "yes" if p.verify else "", p.source, p.where) for p in every]
    return Listing(("parameter", "value", "unit", "5 to 95 %", "grade", "verify", "source", "where"), rows,
                   [{"parameter": p.key} | parameter_data(p) for p in every])


def _range(p: Parameter) -> str:
    return "" if p.spread_free else "{:.2g} to {:.2g}".format(*p.interval())


def _complaints(root):
    from epsom.safety import complaints

    return of_text(("complaint", "red flags"), list(complaints().items()))


def _gates(root):
    from epsom.safety import gate_texts

    return of_text(("gate", "text"), list(gate_texts().items()))


def _runs(root):
    rows, data = [], []
    for path in storage.runs(root):
        about = {"run": path.name, "folder": str(path)}
        try:
            draws = storage.read_summary(path, schemas=EVERY)[1]["draws"]
        except EpsomError as error:
            rows.append((path.name, "", "", error.what))
            data.append({**about, "state": "unreadable", "trouble": error.what})
            continue
        size, seed = draws["knowledge"] * draws["people"], draws["seed"]
        rows.append((path.name, size, seed, str(path)))
        data.append({**about, "state": "finished", "draws": size, "seed": seed})
    for name, shelf in storage.unfinished(root):
        kept = storage.kept_bytes(shelf)
        rows.append((name, "", "", f"unfinished, {kept / 1e6:.1f} MB kept in {shelf}: the same command goes on; or delete this folder"))
        data.append({"run": name, "folder": str(shelf), "state": "unfinished", "kept_bytes": kept})
    return Listing(("run", "draws", "seed", "folder"), rows, data)


def shown(what: str, root: Path) -> Shown:
    """One thing by its name."""
    numbers = all_parameters()
    if what in numbers:
        p = numbers[what]
        return Shown(parameter_text(p), {"schema": "epsom-parameter/1", **parameter_data(p)}, f"{p.value:.6g} {p.unit}")
    for kind, word in FILES.items():
        if what in names(kind):
            file = folder(kind) / f"{what}.toml"
            text = file.read_text("utf-8")
            return Shown(text.rstrip(), {"schema": f"epsom-{word}/1", **tomllib.loads(text)}, str(file))
    for kind in KINDS:
        if what in names(kind):
            found = document(kind, what).parameters.values()
            return Shown("\n".join(parameter_text(p) for p in found),
                         {"schema": "epsom-parameters/1", **{p.key: parameter_data(p) for p in found}}, str(folder(kind) / f"{what}.toml"))
    try:
        path, data = storage.read_summary(what, root, EVERY)
    except InputError as error:
        known = [*numbers, *names("products"), *names("scenarios"), *(n for kind in KINDS for n in names(kind))]
        raise InputError("no run, parameter, product, scenario, site, solute or salt has this name",
                         nearest(what, known) if len(what) < 80 else error.do, value=what) from error
    if data["schema"] != storage.SCHEMA:
        from epsom.faces.comparing import comparison_text

        return Shown(comparison_text(path, data, reused=False), data, str(path))
    return Shown(summary_text(path, data, reused=False), data, str(path))


def parameter_text(p: Parameter) -> str:
    """A number with everything that is known about it."""
    spread = "" if p.spread_free else "; 5 to 95 %: {:.3g} to {:.3g}".format(*p.interval())
    spreads = (("unknown", p.unknown), ("between people", p.between_people))
    kinds = [f"{word}: {s.shape} {dict(s.numbers)}" for word, s in spreads if s]
    lines = [f"{p.key} = {p.value:.4g} {'' if p.unit == '1' else p.unit}{spread}", *(f"    {k}" for k in kinds),
             f"    grade {p.grade}; {p.source}: {p.where}{' (to be verified)' if p.verify else ''}"]
    after = calibrated(p)
    learnt = [f"    calibrated: {after[1]:.3g}; 5 to 95 % of what is not known: {after[0]:.3g} to {after[2]:.3g}"] if after else []
    return "\n".join(line(text, 6 * " ") for text in (*lines, *learnt, *([f"    {p.note}"] if p.note else [])))


def parameter_data(p: Parameter) -> dict:
    low, high = (p.value, p.value) if p.spread_free else p.interval()
    return {"key": p.key, "value": p.value, "unit": p.unit, "low_5": low, "high_95": high, "grade": p.grade,
            "source": p.source, "where": p.where, "to_be_verified": p.verify, "note": p.note, "calibrated_5_50_95": calibrated(p)}


def gate_lines(gates: list[dict]) -> list[str]:
    """Safety gates as they stand before everything else."""
    opened_by = lambda g: f"; {', '.join(g['scenarios'])}" if "scenarios" in g else ""
    return [wrap(f"SAFETY ({g['name']}{', acknowledged' if g['acknowledged'] else ''}{opened_by(g)}): {g['text']}") for g in gates]


def safety_lines(data: dict) -> list[str]:
    """Gates, alarms and red flag of a run, which stand before everything else."""
    alarms = [wrap(f"WARNING: {text}") for text in data["alarms"]]
    return gate_lines(data["gates"]) + alarms + [wrap(f"BEFORE ANYTHING ELSE: {text}") for text in (data["red_flag"],) if text]


def summary_text(path: Path, data: dict, reused: bool) -> str:
    """A run's answers as text for a terminal, gates first."""
    lines, draws = safety_lines(data), data["draws"]
    lines.append(line(f"{data['name']}: simulated, {draws['knowledge'] * draws['people']} draws, seed {draws['seed']}"
                      + (" (this run was there already)" if reused else ""), "  "))
    for part in data["headline"]:
        lines += ["", f"In this model, {part['solute']} (median, and in brackets nine of ten draws):"]
        lines += [wrap(line, "- ") for line in part["lines"]] + [wrap(part["rests"], rest="")]
    if data.get("felt"):                     # runs of earlier commits have none
        lines += ["", "What a person would feel (nothing here was measured on one):", *(wrap(line, "- ") for line in data["felt"]["lines"])]
    if data.get("measurements"):
        lines += ["", "What to measure next:", *(wrap(line, "- ") for line in data["measurements"]["lines"])]
    if "certainty" in data:
        lines += ["", *certainty_lines(data["certainty"], len(data["headline"]) > 1)]
    lines += ["", "Not modelled yet:", *(wrap(text, "- ") for text in data["not_modelled"])]
    lines += ["", wrap(data["disclaimers"][0]), f"Report: {path / 'report.html'}"]
    return "\n".join(lines)


def certainty_lines(data: dict, several: bool) -> list[str]:
    """How sure each headline number is: a table of what is known about it, then what its columns mean."""
    columns, rows = data["columns"], data["rows"]
    cells = [[f"{row['solute']}, {row['what']}" if several else row["what"], *(row[name] or "-" for name, _ in columns)] for row in rows]
    table = table_lines(["", *(text for _, text in columns)], cells) if columns else ()
    return [*table, *(wrap(text, rest="") for text in data["notes"])]


def trail(run: str, variable: str, root: Path) -> tuple[str, dict]:
    """(text, data) of what a variable of a run rests on."""
    from epsom.result import upstream, why

    path, summary = storage.read_summary(run, root)
    try:
        walked = json.loads((path / "why.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise StorageError("the trail of this run cannot be read", "Run the scenario again", file=path / "why.json") from error
    known = walked["variables"]
    fitting = [name for name in known if name == variable or name.partition("[")[0] == variable]
    if not fitting:
        raise InputError(f"'{variable[:60]}' is no variable of this run", nearest(variable, known))
    found, numbers = fitting[0], walked["parameters"]
    mechanisms = [{"name": label, "meaning": walked["mechanisms"][label]["meaning"],
                   "parameters": {key: numbers[key] for key in walked["mechanisms"][label]["parameters"]}}
                  for label in upstream(walked, found)]
    data = {"schema": "epsom-why/1", "variable": found, "gates": summary["gates"], "mechanisms": mechanisms}
    return "\n".join([*safety_lines(summary), *(line(text, 12 * " ") for text in why(walked, found))]), data
