"""The command line: epsom demo | run | compare | sweep | instead | permeate | body | new | list | show | why | validate | check |
doctor.

Heavy imports happen inside commands.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from epsom.core.errors import EpsomError, InputError
from epsom.faces.bodily import body

if TYPE_CHECKING:
    from epsom.faces.show import Listing

app = typer.Typer(name="epsom", no_args_is_help=True, rich_markup_mode="markdown", pretty_exceptions_enable=False,
                  context_settings={"help_option_names": ["-h", "--help"]},
                  epilog="Simulated numbers for research and education; not medical advice. Start with `epsom demo`.")

app.add_typer(body)

OUT = Annotated[Path, typer.Option("--out", "-o", help="Folder that holds the runs.", metavar="FOLDER")]
AS_JSON = Annotated[bool, typer.Option("--json", help="Print JSON with a versioned schema instead of text.")]
QUIET = Annotated[bool, typer.Option("--quiet", "-q", help="Print only the path of what is written.")]
INTO = Annotated[Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="Write a folder with tables (CSV), a picture (SVG), the "
                                           "numbers (JSON) and the experiment into this one.")]
DRAWS = Annotated[int, typer.Option("--draws", "-n", help="Draws of what nobody knows.", min=1, max=1_000_000)]
PEOPLE = Annotated[int, typer.Option("--people", help="Virtual people, the same in each of these draws; with some, "
                                        "ignorance and people are told apart.", min=1, max=100_000)]
SEED = Annotated[int, typer.Option("--seed", "-s", help="Every random number follows from it.", min=0)]
WORKERS = Annotated[int | None, typer.Option("--workers", "-w", help="Processes: by default one, or one for each core where "
                                             "there are many draws.", min=1)]
CHECK_GRID = Annotated[bool, typer.Option("--check-grid", help="Measure how far each answer moves with twice the cells and with four times "
                                          "the steps (the first time that takes as long again as the run).")]
CREDIT = Annotated[int, typer.Option("--credit", help="Draws of which every coalition of effects is solved, to share the relief out among "
                                     "them; 0 leaves it out.", min=0, max=100_000)]
SET = Annotated[list[str] | None, typer.Option("--set", help="Change a key of the scenario, as in the examples below. Repeatable.",
                                               metavar="KEY=VALUE")]
DEMO = "magnesium-lotion-calf"
DEFAULT_CREDIT = 64          # one batch
DEFAULT_DRAWS = 256          # as in epsom.simulation, which is not imported before it is needed
INTERRUPTED = 130            # with which the command-line library leaves after Ctrl-C


@app.callback(invoke_without_command=True)
def _main(version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False):
    """Put magnesium on the skin: what reaches which tissue, when, and how sure are we?

    A run follows one dose from the film on the skin to the muscle and the blood, over many draws of what is unknown and
    of how people differ, and writes a folder with a page that you can open in a browser.
    """
    if version:
        from importlib.metadata import version as installed

        print(installed("epsom"))
        raise typer.Exit


@app.command(epilog="Example: `epsom demo`")
def demo(out: OUT = Path("runs"), draws: DRAWS = DEFAULT_DRAWS, people: PEOPLE = 1, seed: SEED = 1, workers: WORKERS = None,
         check_grid: CHECK_GRID = False, credit: CREDIT = DEFAULT_CREDIT, as_json: AS_JSON = False, quiet: QUIET = False):
    """Run the shipped example: a magnesium chloride lotion on the calf, washed off after four hours."""
    _run(DEMO, out, draws, people, seed, [], workers, check_grid, credit, as_json, quiet)


@app.command(epilog="Examples: `epsom run my.toml` - `epsom run magnesium-lotion-calf --set product.use=magnesium-oil-31pct` - "
             "`epsom run my.toml --set site.area=\"200 cm^2\" --set parameters.magnesium.binding=1.5` - "
             "`epsom run my.toml --draws 1000 --seed 7 --json` - `epsom run my.toml --draws 64 --people 16 --check-grid`")
def run(scenario: Annotated[str, typer.Argument(help="A scenario file (.toml or .json), or the name of a shipped one.")],
        out: OUT = Path("runs"), draws: DRAWS = DEFAULT_DRAWS, people: PEOPLE = 1, seed: SEED = 1, changes: SET = None,
        workers: WORKERS = None, check_grid: CHECK_GRID = False, credit: CREDIT = DEFAULT_CREDIT, as_json: AS_JSON = False,
        quiet: QUIET = False):
    """Run a scenario and write its folder; the same scenario, draws and seed give the same run."""
    _run(scenario, out, draws, people, seed, changes or [], workers, check_grid, credit, as_json, quiet)


@app.command(epilog="Examples: `epsom compare magnesium-lotion-calf magnesium-oil-calf` - "
             "`epsom compare magnesium-lotion-calf magnesium-oil-calf epsom-bath-calf plain-water-calf --draws 512` - "
             "`epsom compare magnesium-lotion-calf my.toml --set \"site.area=200 cm^2\" --json`")
def compare(scenarios: Annotated[list[str], typer.Argument(help="Two to six scenarios, files or shipped names; the others are "
                                                           "held against the first.")],
            out: OUT = Path("runs"), draws: DRAWS = DEFAULT_DRAWS, people: PEOPLE = 1, seed: SEED = 1, change: SET = None,
            as_json: AS_JSON = False, quiet: QUIET = False):
    """Run scenarios on the same draws and say, draw by draw, how the others differ from the first."""
    from epsom.core.draws import Draws
    from epsom.faces.comparing import compare_and_write

    _show_comparison(compare_and_write(scenarios, out, Draws(draws, people, seed), change or [], quiet or as_json), as_json, quiet)


@app.command(epilog="Examples: `epsom sweep magnesium-lotion-calf \"product.strength=10000 ppm Mg,30000 ppm Mg,60000 ppm Mg\"` - "
             "`epsom sweep magnesium-lotion-calf environment.humidity=0.2..0.8:4` - "
             "`epsom sweep my.toml \"steps.0.apply=1 mg/cm^2,2 mg/cm^2,4 mg/cm^2\" --draws 512`")
def sweep(scenario: Annotated[str, typer.Argument(help="A scenario file (.toml or .json), or the name of a shipped one.")],
          values: Annotated[str, typer.Argument(help="What to vary: V1,V2,... or n values from..to:n. Keys are those of the file, "
                                                "as in site.area or parameters.magnesium.wet_permeability; product.strength is "
                                                "that of the only ingredient.", metavar="KEY=VALUES")],
          out: OUT = Path("runs"), draws: DRAWS = DEFAULT_DRAWS, people: PEOPLE = 1, seed: SEED = 1, change: SET = None,
          as_json: AS_JSON = False, quiet: QUIET = False):
    """Run a scenario once for each value of one of its keys, on the same draws."""
    from epsom.core.draws import Draws
    from epsom.faces.comparing import sweep_and_write

    _show_comparison(sweep_and_write(scenario, values, out, Draws(draws, people, seed), change or [], quiet or as_json), as_json, quiet)


@app.command(epilog="Examples: `epsom instead magnesium-lotion-calf` - `epsom instead my.toml --of nothing --of water --draws 256` - "
             "`epsom instead my.toml --of vein --json`")
def instead(scenario: Annotated[str, typer.Argument(help="A scenario in which something hurts: a file (.toml or .json), or a shipped one.")],
            of: Annotated[list[str] | None, typer.Option("--of", help="What to do instead: nothing, rub, water, brine, menthol, capsaicin, "
                                                         "lidocaine, TENS or vein; all of them without it. Repeatable.")] = None,
            draws: Annotated[int, typer.Option("--draws", "-n", help="Draws of what nobody knows.", min=2, max=100_000)] = 64,
            seed: SEED = 1, as_json: AS_JSON = False):
    """Treat the same person otherwise for an hour, and say how far the pain falls: other hands, other products, a current, a needle.

    Products that bring other substances need another program each: the first time takes minutes.
    """
    from epsom.faces.insteading import carried_out

    before, table, after, data = carried_out(scenario, of or [], draws, seed, as_json)
    _print(before, data, as_json)
    if not as_json:
        print_table(table, as_json)
        print(after)


@app.command(epilog="Examples: `epsom permeate caffeine-slab` - `epsom new my.toml --like finite-dose-with-evaporation`, edit it, then "
             "`epsom permeate my.toml --out results` - `epsom list experiments`")
def permeate(experiment: Annotated[str, typer.Argument(help="An experiment file (.toml or .json), or the name of a shipped one.")],
             out: INTO = None, as_json: AS_JSON = False, quiet: QUIET = False):
    """Run a permeation experiment: layers with K and D between a donor and a receptor, as in a Franz cell."""
    from epsom.faces.permeating import carried_out

    text, table, data, folder = carried_out(experiment, out)
    if quiet:
        print(*([folder] if folder else []), end="\n" if folder else "")
        return
    _print(text, data, as_json)
    if not as_json:
        print_table(table, as_json)


@app.command(epilog="Examples: `epsom new my.toml`, edit it, then `epsom run my.toml` - `epsom new cell.toml --like caffeine-slab`, then "
             "`epsom permeate cell.toml`")
def new(file: Annotated[Path, typer.Argument(help="File to write; it must not exist yet.")],
        like: Annotated[str, typer.Option("--like", help="Shipped scenario, experiment or regimen to start from.")] = DEMO):
    """Write a scenario, an experiment or a regimen to start from."""
    from epsom.faces.show import new_scenario

    print(new_scenario(file, like))


@app.command("list", epilog="Examples: `epsom list` - `epsom list products` - `epsom list parameters`")
def list_(what: Annotated[str, typer.Argument(help="scenarios, experiments, regimens, people, products, sites, barriers, solutes, salts, "
                                                   "parameters, complaints, gates or runs.")] = "scenarios",
          out: OUT = Path("runs"), as_json: AS_JSON = False):
    """List what ships with epsom, or the runs on this disk."""
    from epsom.faces.show import listing

    print_table(listing(what, out), as_json)


@app.command(epilog="Examples: `epsom show magnesium-lotion-calf-1a2b3c4d5e6f` - `epsom show magnesium.wet_permeability` - "
             "`epsom show lotion-60000ppm-Mg`")
def show(what: Annotated[str, typer.Argument(help="A run or comparison (folder, name or fingerprint), a parameter, product, scenario, "
                                                  "site, solute or salt.")],
         out: OUT = Path("runs"), as_json: AS_JSON = False):
    """Show one thing: a run's answers, or a number with its spread, source and grade."""
    from epsom.faces.show import shown

    text, data = shown(what, out)
    _print(text, data, as_json)


@app.command(epilog="Example: `epsom why magnesium-lotion-calf papillary_dermis_concentration`")
def why(run: Annotated[str, typer.Argument(help="A run: folder, name or fingerprint.")],
        variable: Annotated[str, typer.Argument(help="A variable, as in crossed_amount.")],
        out: OUT = Path("runs"), as_json: AS_JSON = False):
    """Say what a number rests on: mechanisms upstream, their numbers, grades and sources."""
    from epsom.faces.show import trail

    text, data = trail(run, variable, out)
    _print(text, data, as_json)


@app.command(epilog="Examples: `epsom validate epsom-bath --draws 100` - `epsom validate my-case.toml` - `epsom validate --pages validation`")
def validate(case: Annotated[str | None, typer.Argument(help="A validation case, shipped or a file; all of them without one.")] = None,
             draws: Annotated[int, typer.Option("--draws", "-n", help="Draws of what nobody knows.", min=1, max=1_000_000)] = 500,
             seed: SEED = 1, pages: Annotated[Path | None, typer.Option("--pages", metavar="FOLDER", help="Run all cases and write two pages "
                                              "and their numbers (JSON) into this new folder; an hour on one core.")] = None,
             workers: WORKERS = None, as_json: AS_JSON = False):
    """Put the model's numbers beside those of others, misses included.

    What was measured is in where it lies within nine of ten draws; a negative control where they stay below what would have been
    noticed; what was computed elsewhere where medians agree within a quarter. With few draws chance alone breaks these.
    """
    from epsom.faces.validating import listing, write_pages

    if pages is None:
        print_table(listing(case, draws, seed, workers), as_json)
        return
    if case is not None:
        raise InputError("pages hold all cases", "Leave out the case, or --pages", key="--pages", value=case)
    folder, text = write_pages(pages, draws, seed, workers)
    _print(text, {"folder": str(folder)}, as_json)


@app.command(epilog="Examples: `epsom check felt` - `epsom check felt --draws 64 --json`")
def check(what: Annotated[str, typer.Argument(help="What is checked: felt.")],
          draws: Annotated[int, typer.Option("--draws", "-n", help="Draws of what nobody knows.", min=1, max=100_000)] = 128,
          seed: SEED = 1, as_json: AS_JSON = False):
    """Hold the model of feeling against what happened when things were done to people; misses come first.

    A check is in where the middle draw lies within the range that the publication, or a judgement said to be one, allows.
    """
    from epsom.core.errors import nearest
    from epsom.faces.checking import felt

    if what != "felt":
        raise InputError(f"there is no check of '{what[:40]}'", nearest(what, ("felt",)), key="what", value=what)
    print_table(felt(seed, draws), as_json)


@app.command(epilog="Example: `epsom doctor`")
def doctor(as_json: AS_JSON = False):
    """Check this installation: versions, cache folder, and the solver against an exact solution."""
    from epsom.faces.doctor import examine
    from epsom.faces.show import of_text

    rows, healthy = examine()
    print_table(of_text(("check", "found", "verdict"), rows), as_json)
    if not healthy:
        raise typer.Exit(1)


def _run(name: str, out: Path, draws: int, people: int, seed: int, changes: list[str], workers: int | None,
         check_grid: bool, credit: int, as_json: bool, quiet: bool):
    from epsom.faces.running import run_and_write

    folder, summary, reused = run_and_write(name, out, draws, people, seed, changes, quiet or as_json, workers, check_grid, credit)
    from epsom.faces.show import summary_text

    _print_written(summary_text, folder, summary, reused, as_json, quiet)


def _show_comparison(written: tuple, as_json: bool, quiet: bool):
    from epsom.faces.comparing import comparison_text

    _print_written(comparison_text, *written, as_json, quiet)


def _print_written(text, folder: Path, summary: dict, reused: bool, as_json: bool, quiet: bool):
    """What was written, as text or JSON; quietly only its folder, with the safety texts on standard error."""
    from epsom.faces.show import safety_lines

    if quiet:
        print(*safety_lines(summary), sep="\n", end="\n" if safety_lines(summary) else "", file=sys.stderr)
        print(folder)
        return
    _print(text(folder, summary, reused), {**summary, "folder": str(folder), "reused": reused}, as_json)


def _print(text: str, data: dict, as_json: bool):
    import json

    print(json.dumps(data, indent=2, ensure_ascii=False) if as_json else text)


def print_table(listing: Listing, as_json: bool):
    """A table as text, or its rows as JSON."""
    if as_json:
        _print("", {"schema": "epsom-table/1", "rows": listing.data}, as_json)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*listing.header, box=None, pad_edge=False, header_style="bold")
    table.columns[0].no_wrap = True          # a name is to be copied
    for row in listing.rows:
        table.add_row(*(f"{cell:.6g}" if isinstance(cell, float) else str(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else 160, markup=False).print(table)


def main() -> None:
    """Entry point: errors of epsom become one plain message and exit code 2."""
    try:
        app(standalone_mode=True)
    except (KeyboardInterrupt, SystemExit) as stop:
        if isinstance(stop, SystemExit) and stop.code != INTERRUPTED:
            raise
        _fail("stopped from the keyboard")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except EpsomError as error:
        _fail(str(error))
    except MemoryError:
        _fail(str(InputError("this run does not fit into memory", "Ask for fewer draws")))


def _fail(message: str) -> None:
    message = message.rstrip(".")
    print(f"epsom: {message}{'' if message[-1:] in '?!' else '.'}", file=sys.stderr)
    sys.exit(2)
