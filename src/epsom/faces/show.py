"""Text and data for `epsom list`, `show`, `why` and `new`."""

from __future__ import annotations

import json
import textwrap
import tomllib
from pathlib import Path

from epsom import storage
from epsom.core.errors import EpsomError, InputError, StorageError, nearest
from epsom.core.parameter import KINDS, Parameter, document, folder, names

WIDTH = 100
EVERY = (storage.SCHEMA, storage.COMPARISON, storage.SWEEP)
LISTS = ("scenarios", "products", "sites", "solutes", "salts", "parameters", "complaints", "gates", "runs")


def new_scenario(file: Path, like: str) -> str:
    """Write a shipped scenario to a new file; returns what to say."""
    if like not in names("scenarios"):
        raise InputError(f"there is no shipped scenario '{like}'", nearest(like, names("scenarios")), key="--like")
    if file.suffix != ".toml":
        raise InputError("a new scenario is a .toml file", f"Name it {file.with_suffix('.toml').name}", file=file)
    text = (folder("scenarios") / f"{like}.toml").read_text("utf-8")
    text = text.replace(f'name = "{like}"', f'name = "{_slug(file.stem)}"', 1)
    head = ("# Quantities are text with a unit. Steps: apply, rub, soak, wash, occlude.\n"
            "# `epsom list products`, `epsom list sites` and `epsom list complaints` show what can be named here.\n")
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(head + text)
    except FileExistsError as error:
        raise InputError("this file exists", "Name another one", file=file) from error
    except OSError as error:
        raise StorageError(f"cannot write here: {error.strerror}", "Name another place", file=file) from error
    return f"Wrote {file}. Edit it, then: epsom run {file}"


def _slug(text: str) -> str:
    clean = "".join(ch if ch.isascii() and (ch.isalnum() or ch in "-_ ") else "-" for ch in text).lstrip("-_ ")
    return clean[:60] or "scenario"


def all_parameters() -> dict[str, Parameter]:
    """{key: Parameter} of every number that ships."""
    return {p.key: p for kind in KINDS for name in names(kind) for p in document(kind, name).parameters.values()}


def listing(what: str, root: Path) -> tuple[tuple, list]:
    """(header, rows) of a kind of thing."""
    if what not in LISTS:
        raise InputError(f"there is no list of '{what[:40]}'", nearest(what, LISTS))
    return globals()[f"_{what}"](root)


def _scenarios(root):
    found = [(n, tomllib.loads((folder("scenarios") / f"{n}.toml").read_text("utf-8"))) for n in names("scenarios")]
    return ("scenario", "product", "site", "duration"), [
        (n, t["product"].get("use", "described in the file"), f"{t['site']['name']}, {t['site']['area']}", t["duration"])
        for n, t in found]


def _products(root):
    from epsom.product import USUAL_AREA, USUAL_DOSE, contents, shipped_product

    header = ("product", "what it is", "label says", "solute", "ppm of it", "salt", "salt, % of mass",
              f"applied mg ({USUAL_DOSE} on {USUAL_AREA})", "applied mg/cm^2")
    found = [(name, shipped_product(name)) for name in names("products")]
    return header, [(name, p.title, p.label, c.solute, _four(c.ppm), c.salt, _four(100 * c.salt_share), _four(c.applied_mg),
                     _four(c.applied_mg_per_cm2)) for name, p in found for c in contents(p)]


def _four(number: float) -> float:
    """Four digits are all that a label gives."""
    return float(f"{number:.4g}")


def _documents(kind: str, header: tuple):
    rows = []
    for name in names(kind):
        about = document(kind, name).about
        rows.append((name, about["title"], about.get("text", about.get("formula", ""))))
    return header, rows


def _sites(root):
    return _documents("sites", ("site", "what it is", "note"))


def _solutes(root):
    return _documents("solutes", ("solute", "what it is", "note"))


def _salts(root):
    return _documents("salts", ("salt", "what it is", "formula"))


def _parameters(root):
    return ("parameter", "value", "unit", "5 to 95 %", "grade", "verify", "source", "where"), [
        (p.key, f"{p.value:.3g}", p.unit, _range(p), p.grade, "yes" if p.verify else "", p.source, p.where)
        for p in all_parameters().values()]


def _range(p: Parameter) -> str:
    return "" if p.spread_free else "{:.2g} to {:.2g}".format(*p.interval())


def _complaints(root):
    from epsom.safety import complaints

    return ("complaint", "red flags"), list(complaints().items())


def _gates(root):
    from epsom.safety import gate_texts

    return ("gate", "text"), list(gate_texts().items())


def _runs(root):
    rows = []
    for path in storage.runs(root):
        try:
            _, data = storage.read_summary(path, schemas=EVERY)
        except EpsomError as error:
            rows.append((path.name, "", "", error.what))
            continue
        rows.append((path.name, data["draws"]["knowledge"] * data["draws"]["people"], data["draws"]["seed"], str(path)))
    return ("run", "draws", "seed", "folder"), rows


def shown(what: str, root: Path) -> tuple[str, dict]:
    """(text, data) of one thing by its name."""
    numbers = all_parameters()
    if what in numbers:
        return parameter_text(numbers[what]), parameter_data(numbers[what])
    for kind in ("products", "scenarios"):
        if what in names(kind):
            text = (folder(kind) / f"{what}.toml").read_text("utf-8")
            return text.rstrip(), tomllib.loads(text)
    for kind in KINDS:
        if what in names(kind):
            found = document(kind, what).parameters.values()
            return "\n".join(parameter_text(p) for p in found), {p.key: parameter_data(p) for p in found}
    try:
        path, data = storage.read_summary(what, root, EVERY)
    except InputError as error:
        known = [*numbers, *names("products"), *names("scenarios"), *(n for kind in KINDS for n in names(kind))]
        raise InputError("no run, parameter, product, scenario, site, solute or salt has this name",
                         nearest(what, known) if len(what) < 80 else error.do, value=what) from error
    if data["schema"] != storage.SCHEMA:
        from epsom.faces.comparing import comparison_text

        return comparison_text(path, data, reused=False), data
    return summary_text(path, data, reused=False), data


def parameter_text(p: Parameter) -> str:
    """A number with everything that is known about it."""
    spread = "" if p.spread_free else "; 5 to 95 %: {:.3g} to {:.3g}".format(*p.interval())
    spreads = (("unknown", p.unknown), ("between people", p.between_people))
    kinds = [f"{word}: {s.shape} {dict(s.numbers)}" for word, s in spreads if s]
    lines = [f"{p.key} = {p.value:.4g} {'' if p.unit == '1' else p.unit}{spread}", *(f"    {k}" for k in kinds),
             f"    grade {p.grade}; {p.source}: {p.where}{' (to be verified)' if p.verify else ''}"]
    return "\n".join([*lines, *([f"    {p.note}"] if p.note else [])])


def parameter_data(p: Parameter) -> dict:
    low, high = (p.value, p.value) if p.spread_free else p.interval()
    return {"key": p.key, "value": p.value, "unit": p.unit, "low_5": low, "high_95": high, "grade": p.grade,
            "source": p.source, "where": p.where, "to_be_verified": p.verify, "note": p.note}


def wrap(text: str, first: str = "", rest: str = "  ") -> str:
    """A paragraph of the terminal's text."""
    return textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=rest)


def safety_lines(data: dict) -> list[str]:
    """Gates, alarms and red flag of a run, which stand before everything else."""
    opened_by = lambda g: f"; {', '.join(g['scenarios'])}" if "scenarios" in g else ""
    gates = [wrap(f"SAFETY ({g['name']}{', acknowledged' if g['acknowledged'] else ''}{opened_by(g)}): {g['text']}")
             for g in data["gates"]]
    alarms = [wrap(f"WARNING: {text}") for text in data["alarms"]]
    return gates + alarms + [wrap(f"BEFORE ANYTHING ELSE: {text}") for text in (data["red_flag"],) if text]


def summary_text(path: Path, data: dict, reused: bool) -> str:
    """A run's answers as text for a terminal, gates first."""
    lines, draws = safety_lines(data), data["draws"]
    lines.append(f"{data['name']}: simulated, {draws['knowledge'] * draws['people']} draws, seed {draws['seed']}"
                 + (" (this run was there already)" if reused else ""))
    for part in data["headline"]:
        lines += ["", f"In this model, {part['solute']} (median, and in brackets nine of ten draws):"]
        lines += [wrap(line, "- ") for line in part["lines"]] + [wrap(part["rests"], rest="")]
    lines += ["", "Not modelled yet:", *(wrap(text, "- ") for text in data["not_modelled"])]
    lines += ["", wrap(data["disclaimers"][0]), f"Report: {path / 'report.html'}"]
    return "\n".join(lines)


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
    return "\n".join([*safety_lines(summary), *why(walked, found)]), data
