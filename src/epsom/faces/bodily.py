"""The commands `epsom body run | after | needed | detect | threshold | validate | sbml`: magnesium of the whole body.

Heavy imports happen inside commands.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from epsom.faces.options import AS_JSON, DRAWS, OUT_ONLY, QUIET, RUN, RUNS, SEED
from epsom.faces.terminal import show_lines, show_table, show_text, warn

body = typer.Typer(name="body", no_args_is_help=True, rich_markup_mode="markdown", pretty_exceptions_enable=False,
                   context_settings={"help_option_names": ["-h", "--help"]},
                   help="Magnesium of the whole body, without skin: courses, amounts that a rise needs, chances to detect it, thresholds.",
                   epilog="Start with `epsom body run oral-300mg`; `epsom list regimens` and `epsom list people` show what ships.")

INTO = Annotated[Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="Write a folder with the numbers (CSV, JSON), a picture "
                                           "(SVG) and what was asked into this one.")]
PEOPLE = Annotated[int, typer.Option("--people", help="Virtual people in each of these draws.", min=1, max=100_000)]
SET = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a key of the regimen, or a number of the model as "
                                               "in parameters.homeostasis.splay=\"0.02 mmol/L\". Repeatable.")]
KIND = Annotated[str, typer.Option("--kind", help="Kind of people (`epsom list people`).")]
EGFR = Annotated[str | None, typer.Option("--egfr", help='Kidney function, as in "25 mL/min/1.73 m^2".')]
WAY = Annotated[str, typer.Option("--by", help="skin, vein or mouth.")]
REGIMEN = Annotated[str, typer.Argument(help="A regimen file (.toml or .json), or the name of a shipped one.")]


@body.command(epilog="Examples: `epsom body run oral-300mg` - `epsom body run two-isotopes --draws 64 --out bodies` - "
              "`epsom new mine.toml --like skin-20mg`, edit it, then `epsom body run mine.toml --set person.egfr=\"25 mL/min/1.73 m^2\"`")
def run(regimen: REGIMEN, draws: DRAWS = 256, people: PEOPLE = 1, seed: SEED = 1, change: SET = None, out: INTO = None,
        as_json: AS_JSON = False, quiet: QUIET = False):
    """Follow magnesium through the body: serum, ionised magnesium, urine and cells over time."""
    from epsom.faces.body_telling import course

    _show(*course(regimen, _ask(draws, people, seed, change, out)), as_json, quiet)


@body.command(epilog="Examples: `epsom body needed \"0.05 mmol/L\"` - `epsom body needed \"0.05 mmol/L\" --over \"20 min\"` - "
              "`epsom body needed \"0.05 mmol/L\" --by mouth` - "
              "`epsom body needed \"0.1 mmol/L\" --within \"2 h\" --kind kidney-disease --egfr \"25 mL/min/1.73 m^2\"`")
def needed(rise: Annotated[str, typer.Argument(help='A rise of serum magnesium, as in "0.05 mmol/L".')],
           within: Annotated[str, typer.Option("--within", help="Time after which serum is to stand that much higher.")] = "4 h",
           over: Annotated[str | None, typer.Option("--over", help="How long the uptake lasts, evenly; by default the whole time.")] = None,
           way: WAY = "skin", kind: KIND = "adult", egfr: EGFR = None, draws: DRAWS = 256, people: PEOPLE = 1, seed: SEED = 1,
           change: SET = None, out: INTO = None, as_json: AS_JSON = False, quiet: QUIET = False):
    """How much magnesium would have to be absorbed for such a rise. It is no dose to take."""
    from epsom.faces.body_asking import Who, amounts

    _show(*amounts(rise, within, over, way, Who(kind, egfr), _ask(draws, people, seed, change, out)), as_json, quiet)


@body.command(epilog="Examples: `epsom body detect \"20 mg Mg\"` - `epsom body detect \"100 mg Mg\" --over \"20 min\" --hot-bath` - "
              "`epsom body detect \"20 mg Mg\" --beside \"300 mg Mg\"` - `epsom body detect \"300 mg Mg\" --by mouth --out bodies`")
def detect(amount: Annotated[str, typer.Argument(help='Magnesium absorbed (or swallowed), as in "20 mg Mg" or "1 mmol".')],
           over: Annotated[str, typer.Option("--over", help="How long the uptake lasts, evenly (not by mouth).")] = "4 h", way: WAY = "skin",
           beside: Annotated[str | None, typer.Option("--beside", help="What both sides of the comparison swallow at the start.")] = None,
           hot_bath: Annotated[bool, typer.Option("--hot-bath", help="Blood is drawn after a hot bath.")] = False,
           kind: KIND = "adult", egfr: EGFR = None, draws: DRAWS = 64, people: PEOPLE = 16, seed: SEED = 1, change: SET = None,
           out: INTO = None, as_json: AS_JSON = False, quiet: QUIET = False):
    """The chance that serum, ionised magnesium, urine or an isotope would show an uptake, and how many people a study needs."""
    from epsom.faces.body_asking import Who, chances

    _show(*chances(amount, over, way, beside, hot_bath, Who(kind, egfr), _ask(draws, people, seed, change, out)), as_json, quiet)


@body.command(epilog="Examples: `epsom body threshold skin-every-day` - "
              "`epsom body threshold skin-every-day --serum \"1.2 mmol/L\" --egfr 60,30,10`")
def threshold(regimen: REGIMEN,
              serum: Annotated[str, typer.Option("--serum", help="Serum magnesium from which harm begins.")] = "2 mmol/L",
              egfr: Annotated[str, typer.Option("--egfr", help="Kidney functions to look at, mL/min/1.73 m^2.")] = "120,60,45,30,15,10,5",
              draws: DRAWS = 256, people: PEOPLE = 1, seed: SEED = 1, change: SET = None, out: INTO = None, as_json: AS_JSON = False,
              quiet: QUIET = False):
    """When serum passes a threshold under a regimen, from ordinary to failing kidneys."""
    from epsom.faces.body_telling import climbs

    _show(*climbs(regimen, serum, egfr, _ask(draws, people, seed, change, out)), as_json, quiet)


@body.command(epilog="Example: `epsom demo`, then `epsom body after magnesium-lotion-calf`")
def after(run: RUN, runs: RUNS = Path("runs"), out: INTO = None, as_json: AS_JSON = False, quiet: QUIET = False):
    """What the body makes of the magnesium that a run of the skin has brought into blood: would serum or urine show it?"""
    from epsom.faces.body_asking import after_run

    _show(*after_run(run, runs, _ask(1, 1, 1, None, out)), as_json, quiet)


@body.command(epilog="Examples: `epsom body validate` (minutes) - `epsom body validate IV02_6` - `epsom body validate --pages validation`")
def validate(name: Annotated[str | None, typer.Argument(help="A study, or a row of one; all of them without a name.")] = None,
             draws: Annotated[int | None, typer.Option("--draws", "-n", help="Draws of what nobody knows.", min=1, max=1_000_000)] = None,
             seed: SEED = 1, pages: Annotated[Path | None, typer.Option("--pages", metavar="FOLDER", help="Run all studies and write two "
                                              "pages and their numbers (JSON) into this new folder.")] = None, as_json: AS_JSON = False,
             quiet: OUT_ONLY = False):
    """Put the body's numbers beside those that others measured, misses first."""
    from epsom.core.errors import InputError
    from epsom.faces.validating_body import PAGES, listing, write_pages

    if pages is None:
        found = listing(name, draws, seed, quiet)
        if quiet:
            show_lines(row["id"] for row in found.data if row["verdict"] == "out")
            return
        show_table(found, as_json)
        return
    if name is not None:
        raise InputError("pages hold all studies", "Leave out the name, or --pages", key="--pages", value=name)
    folder, text = write_pages(pages, draws, seed, quiet)
    _show(text, {"schema": PAGES, "gates": []}, folder, as_json, quiet)


@body.command(epilog="Example: `epsom body sbml oral-300mg --out oral.xml`")
def sbml(regimen: REGIMEN, out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="File to write.")] = None,
         as_json: AS_JSON = False, quiet: QUIET = False):
    """Write a regimen as SBML, for the tools of others."""
    from epsom.faces.exporting_body import write_sbml
    from epsom.faces.show import gate_lines

    file, text, data = write_sbml(regimen, out)
    if quiet:
        warn(gate_lines(data["gates"]))
    show_text(str(file) if quiet else text, data, as_json and not quiet)


def _ask(draws: int, people: int, seed: int, change: list[str] | None, out: Path | None):
    from epsom.core.draws import Draws
    from epsom.faces.body_telling import Ask

    return Ask(Draws(draws, people, seed), change or [], out)


def _show(text: str, data: dict, folder: Path | None, as_json: bool, quiet: bool) -> None:
    """What was found, as text or JSON; quietly only the folder, with the safety texts on standard error."""
    from epsom.faces.show import gate_lines

    if quiet:
        warn(gate_lines(data["gates"]))
        show_lines([folder] if folder else [])
        return
    show_text(text, data | {"folder": str(folder) if folder else None}, as_json)
