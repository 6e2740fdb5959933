"""The commands `epsom new | list | show | report | why | cite | export`: what is there, told or written anew; they run nothing.

Heavy imports happen inside commands.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from epsom.core.errors import InputError
from epsom.faces.options import AS_JSON, DEMO, FOR, LOOK_IN, NAMES_ONLY, QUIET, RUN, RUNS
from epsom.faces.terminal import show_lines, show_table, show_text, warn

reading = typer.Typer(rich_markup_mode="markdown", pretty_exceptions_enable=False)


@reading.command(epilog="Examples: `epsom new my.toml`, edit it, then `epsom run my.toml` - `epsom new cell.toml --like caffeine-slab`, then "
             "`epsom permeate cell.toml`")
def new(file: Annotated[Path, typer.Argument(help="File to write; it must not exist yet.")],
        like: Annotated[str, typer.Option("--like", help="Shipped scenario, experiment, regimen or report to start from.")] = DEMO,
        as_json: AS_JSON = False, quiet: QUIET = False):
    """Write a scenario, an experiment, a regimen or a report to start from."""
    from epsom.faces.show import new_scenario

    text, data = new_scenario(file, like)
    show_text(str(file) if quiet else text, data, as_json and not quiet)


@reading.command("list", epilog="Examples: `epsom list` - `epsom list products` - `epsom list parameters` - `epsom list scenarios --quiet`")
def list_(what: Annotated[str, typer.Argument(help="scenarios, experiments, regimens, people, products, sites, barriers, solutes, salts, "
                                                   "parameters, complaints, gates, reports or runs.")] = "scenarios",
          runs: LOOK_IN = Path("runs"), as_json: AS_JSON = False, quiet: NAMES_ONLY = False):
    """List what ships with epsom, or the runs on this disk."""
    from epsom.faces.show import listing

    found = listing(what, runs)
    if quiet:
        show_lines(dict.fromkeys(row[0] for row in found.rows))
        return
    show_table(found, as_json)


@reading.command(epilog="Examples: `epsom show magnesium-lotion-calf-1a2b3c4d5e6f` - `epsom show magnesium.wet_permeability` - "
             "`epsom show lotion-60000ppm-Mg`")
def show(what: Annotated[str, typer.Argument(help="A run or comparison (folder, name or fingerprint), a parameter, product, scenario, "
                                                  "site, solute or salt.")],
         runs: LOOK_IN = Path("runs"), as_json: AS_JSON = False,
         quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only where it is; of a parameter, value and unit.")] = False):
    """Show one thing: a run's answers, or a number with its spread, source and grade."""
    from epsom.faces.show import shown

    found = shown(what, runs)
    show_text(found.short if quiet else found.text, found.data, as_json and not quiet)


@reading.command(epilog="Examples: `epsom demo`, then `epsom report magnesium-lotion-calf --for clinician` - "
                 "`epsom report runs/<run> --for everyone --to for-my-mother.html` - `epsom report runs/<run> --to whole.pdf`")
def report(run: RUN, whom: FOR = "researcher",
           to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="File to write; its ending says the format: .html, or .pdf, "
                                                   "which needs typst. By default it is named after run and reader.")] = None,
           runs: RUNS = Path("runs"), as_json: AS_JSON = False, quiet: QUIET = False):
    """Write the page of a run for one kind of reader, or on paper, from its stored numbers."""
    from epsom.faces.reporting import written
    from epsom.faces.show import safety_lines

    text, data = written(run, runs, whom, to)
    if quiet:
        warn(safety_lines(data))
    show_text(data["file"] if quiet else text, data, as_json and not quiet)


@reading.command(epilog="Example: `epsom demo`, then `epsom why magnesium-lotion-calf papillary_dermis_concentration`")
def why(run: RUN, variable: Annotated[str, typer.Argument(help="A variable, as in crossed_amount.")],
        runs: LOOK_IN = Path("runs"), as_json: AS_JSON = False,
        quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the names of the numbers, one in a line.")] = False):
    """Say what a number rests on: mechanisms upstream, their numbers, grades and sources."""
    from epsom.faces.show import trail

    text, data = trail(run, variable, runs)
    if quiet:
        show_lines(dict.fromkeys(key for mechanism in data["mechanisms"] for key in mechanism["parameters"]))
        return
    show_text(text, data, as_json)


@reading.command(epilog="Examples: `epsom cite magnesium-lotion-calf --numbers` - `epsom cite my.toml --bibtex > sources.bib` - "
             "`epsom cite runs/<run> --csl > sources.json`")
def cite(what: Annotated[str, typer.Argument(help="A run (folder, name or fingerprint), or a scenario (a file, or the name of a shipped "
                                                  "one), which is not run.")],
         runs: RUNS = Path("runs"),
         each_number: Annotated[bool, typer.Option("--numbers", help="Name the numbers that each source stands behind, and those that have "
                                                   "none.")] = False,
         as_bibtex: Annotated[bool, typer.Option("--bibtex", help="Print BibTeX, to be pasted.")] = False,
         as_csl: Annotated[bool, typer.Option("--csl", help="Print CSL-JSON, which reference managers read.")] = False,
         as_json: AS_JSON = False,
         quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the keys of the sources, one in a line.")] = False):
    """List the sources behind a run or a scenario, say how many of its numbers have none, and how to cite epsom itself."""
    from epsom.faces import citing

    wanted = [name for name, is_on in (("--bibtex", as_bibtex), ("--csl", as_csl), ("--json", as_json), ("--quiet", quiet)) if is_on]
    if len(wanted) > 1:
        raise InputError("these say the same in different ways", "Give one of them", key=wanted[0], value=" ".join(wanted))
    found = citing.subject(what, runs)
    if as_bibtex or as_csl:
        print(citing.bibtex(found) if as_bibtex else citing.csl(found))
    elif quiet:
        show_lines(found.found.keys)
    else:
        show_text(citing.text(found, each_number), citing.data(found), as_json)


@reading.command(epilog="Examples: `epsom demo`, then `epsom export magnesium-lotion-calf --to all.csv` - "
             "`epsom export runs/<run> --to blood.nc --variable plasma_concentration --quantiles`")
def export(run: RUN,
           to: Annotated[Path, typer.Option("--to", metavar="FILE", help="File to write; its ending says the format: .csv, .parquet, .nc or "
                                            ".json.")],
           variable: Annotated[list[str] | None, typer.Option("--variable", metavar="NAME", help="Only this readout, as in crossed_amount; "
                                                              "all without it. Repeatable.")] = None,
           quantiles: Annotated[bool, typer.Option("--quantiles", help="Quantiles over draws instead of every draw.")] = False,
           runs: RUNS = Path("runs"), as_json: AS_JSON = False, quiet: QUIET = False):
    """Write the readouts of a run for other programs: one long table of variable, solute, draw, time, value and unit, in SI."""
    from epsom.faces.exporting import written
    from epsom.faces.show import safety_lines

    text, data = written(run, runs, to, variable or [], quantiles)
    if quiet:
        warn(safety_lines(data))
    show_text(str(to) if quiet else text, data, as_json and not quiet)
