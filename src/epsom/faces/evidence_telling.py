"""`epsom evidence`: bodies of studies as text, tables, pictures and files."""

from __future__ import annotations

import html
import json
from pathlib import Path

from epsom.core.errors import InputError, StorageError
from epsom.evidence import summary as told
from epsom.evidence.bodies import bodies, body
from epsom.evidence.grading import SYMBOLS
from epsom.evidence.pooling import Pooled
from epsom.evidence.synthesis import REASONS, Line, Synthesis, synthesis
from epsom.faces.show import Listing
from epsom.faces.terminal import table_lines, wrap
from epsom.safety import disclaimers

EXPORTED, PLOTTED, ANCHORS = "epsom-evidence-export/1", "epsom-evidence-plot/1", "epsom-anchors/1"
PICTURES = (".svg", ".png")
DOTS = 160                   # per inch of a PNG


# ---- list and show ---------------------------------------------------------------------------------------------------
def listing() -> Listing:
    """Every body: how many studies, whether any could be pooled, how certain."""
    found = [synthesis(each) for each in bodies().values()]
    rows = [(s.body.name, s.body.title, len(s.lines), "yes" if s.together else "no", f"{SYMBOLS[s.grade.level]} {s.grade.level}")
            for s in found]
    data = [{"body": s.body.name, "title": s.body.title, "studies": len(s.lines), "pooled": bool(s.together), "certainty": s.grade.level}
            for s in found]
    return Listing(("body", "about", "studies", "pooled", "certainty"), rows, data)


def shown(name: str) -> tuple[str, dict, str]:
    """(text, data, the sentence alone) of one body."""
    found = synthesis(body(name))
    return "\n".join(_text(found)), told.as_data(found) | {"disclaimer": disclaimers()[0]}, found.statement


def _text(found: Synthesis) -> list[str]:
    about = found.body
    asked = (("Population", about.population), ("Intervention", about.intervention), ("Comparator", about.comparator),
             ("Outcome", about.outcome))
    lines = [about.title, wrap(about.question), "",
             wrap(f"{SYMBOLS[found.grade.level]} {found.grade.level}: {found.statement}", rest="    "), "",
             *(wrap(f"{name}: {text}", rest="    ") for name, text in asked), ""]
    lines += table_lines(("study", "people", "design", "says", "effect", "risk of bias"), [_row(line) for line in found.lines])
    lines += ["", *(_pooled(found) if found.together else [wrap(f"Not pooled: {found.because[0]}."), *map(_why, found.lines)])]
    if found.answer is not None:
        size = f" Its size ({found.size}) is told against thresholds: {_thresholds(found)}." if about.thresholds else ""
        lines += ["", wrap(f"Estimate: {told.effect_text(found)}.{size}")]
    lines += ["", f"Certainty starts {found.grade.start} ({found.grade.design} studies); judged on: {found.grade.judged}.",
              *(wrap(f"{step.steps or 'no'} step{'s' * (step.steps != 1)}  {step.text}", "  ", "      ") for step in found.grade.steps)]
    lines += ["", *(wrap(f"CAUTION: {text}.") for text in found.cautions)] if found.cautions else []
    if any(line.assumed for line in found.lines):
        lines += ["", wrap(f"Sizes of arms are assumed in: {', '.join(line.id for line in found.lines if line.assumed)}.")]
    return [*lines, "", wrap(disclaimers()[0])]


def _row(line: Line) -> tuple:
    return (line.id if line.who[:3] == line.id else f"{line.id} {line.who}", "?" if line.people is None else line.people, line.design,
            line.direction, line.effect.text if line.effect else "", line.risk_of_bias)


def _why(line: Line) -> str:
    return wrap(f"{line.id}: {'; '.join(REASONS[reason] for reason in line.because)}", "  ", "      ")


def _thresholds(found: Synthesis) -> str:
    limits = found.body.thresholds
    return f"small from {limits.small:g}, moderate from {limits.moderate:g}, large from {limits.large:g} ({limits.judged}: {limits.reason})"


def _pooled(found: Synthesis) -> list[str]:
    header, lines = ("method", "estimate", "95 %", "Hartung-Knapp", "next study", "tau2", "I2"), []
    for group in found.together:
        lines += [wrap(f"Pooled, {group.alike} ({', '.join(group.ids)}): {group.effect.text}, by REML with the wider of two intervals, "
                       "Hartung and Knapp's and the normal one."),
                  *(["All on the scale of logarithms:"] if group.logarithmic else []),
                  *table_lines(header, list(map(_method, group.by_method.values())))]
    return [*lines, *(_why(line) for line in found.lines if line.because)]


def _method(one: Pooled) -> tuple:
    ends = lambda interval: "" if interval is None else f"{interval.low:.3g} to {interval.high:.3g}"
    return (one.method, f"{one.estimate:.3g}", ends(one.interval), ends(one.knapp), ends(one.prediction_t or one.prediction),
            f"{one.tau2:.3g}", f"{100 * one.i2:.0f} %")


# ---- table, plot, export ---------------------------------------------------------------------------------------------
def findings() -> tuple[str, dict, list[str]]:
    """(text, data, name and certainty of each) of the summary of findings."""
    rows = told.findings(bodies().values())
    lines = []
    for row in rows:
        lines += [f"{row['certainty_symbol']} {row['outcome'][0].upper()}{row['outcome'][1:]} [{row['body']}]",
                  wrap(row["statement"], "    ", "    "),
                  wrap(f"{row['studies']}; {row['people']} people; effect: {row['effect']}", "    ", "    "),
                  wrap(f"Certainty {row['certainty']}, judged on: {row['judged_on']}. {row['reasons_for_certainty']}", "    ", "    "), ""]
    data = {"schema": told.FINDINGS, "rows": rows, "disclaimer": disclaimers()[0]}
    return "\n".join([*lines, wrap(disclaimers()[0])]), data, [f"{row['body']}\t{row['certainty']}" for row in rows]


def plotted(name: str, file: Path) -> dict:
    """What was drawn into a file (.svg, .png), with its words for those who do not see it."""
    from epsom.core.files import write_whole
    from epsom.evidence.plots import alternative_text, directions
    from epsom.plots import as_svg

    if file.suffix.lower() not in PICTURES:
        raise InputError("a picture is written as .svg or .png", "Name a file that ends so", key="--out", value=str(file))
    found = synthesis(body(name))
    words, figure = alternative_text(found), directions(found)
    content = _svg(as_svg(figure), words) if file.suffix.lower() == ".svg" else _png(figure, words)
    try:
        write_whole(file, content)
    except OSError as error:
        raise StorageError(f"the picture cannot be written: {error.strerror or error}", "Name another file with --out", file=file) from error
    return {"schema": PLOTTED, "body": found.body.name, "file": str(file), "alternative_text": words}


def _svg(text: str, words: str) -> bytes:
    return text.replace("<svg ", f'<svg role="img" aria-label="{html.escape(words)}" ', 1).encode()


def _png(figure, words: str) -> bytes:
    from io import BytesIO

    out = BytesIO()
    figure.savefig(out, format="png", dpi=DOTS, metadata={"Description": words, "Software": None})
    return out.getvalue()


def exported(folder: Path) -> dict:
    """What was written into a new folder: summary of findings (CSV, JSON), every synthesis (JSON), risk of bias as robvis reads it (CSV)."""
    from epsom.storage import as_csv, write_files

    every = bodies().values()
    rows = told.findings(every)
    files = {"summary-of-findings.csv": as_csv(list(told.FINDINGS_HEADER), [list(row.values()) for row in rows]),
             "summary-of-findings.json": _json({"schema": told.FINDINGS, "rows": rows, "disclaimer": disclaimers()[0]}),
             **{f"{each.name}.json": _json(told.as_data(synthesis(each))) for each in every},
             **{told.ROBVIS_FILES[tool]: as_csv(*table) for tool, table in told.robvis(told.in_bodies(every)).items()}}
    written = write_files(folder.absolute().parent, folder.name, files)
    return {"schema": EXPORTED, "folder": str(written), "files": sorted(files)}


def _json(data: dict) -> bytes:
    return (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()


# ---- anchors ---------------------------------------------------------------------------------------------------------
def anchors(name: str | None) -> tuple[str, dict, list[str]]:
    """(text, data, those that are out) of numbers that others computed, computed here anew."""
    from epsom.evidence.anchors import rows

    found = rows(name)
    out = [row for row in found if not row.passes]
    table = table_lines(("anchor", "analysis", "quantity", "expected", "off by", "allowed", "verdict"),
                        [(row.anchor, row.analysis, row.quantity, f"{row.expected:.10g}", f"{row.off:+.1e}", f"{row.tolerance:g}",
                          "in" if row.passes else "OUT") for row in found])
    closing = f"{len(found) - len(out)} of {len(found)} within what is allowed."
    data = [{**row._asdict(), "off": row.off, "passes": row.passes} for row in found]
    return "\n".join([*table, "", closing]), {"schema": ANCHORS, "rows": data, "passed": len(found) - len(out)}, \
        [f"{row.anchor}: {row.analysis}: {row.quantity}" for row in out]
