"""The command line: epsom demo | run | compare | sweep | instead | rerun | permeate | validate | check | doctor, with those of `reading`,
`bodily`, `claiming` and `evidential`.

Heavy imports happen inside commands.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from epsom.core.errors import EpsomError, InputError
from epsom.faces.bodily import body
from epsom.faces.claiming import claims, studies
from epsom.faces.evidential import evidence
from epsom.faces.judging import judging
from epsom.faces.keyboard import never_lost
from epsom.faces.options import AS_JSON, DEMO, DRAWS, FOR, OUT, OUT_ONLY, QUIET, RUN, RUNS, SCENARIO, SEED, SET, WORKERS
from epsom.faces.reading import reading
from epsom.faces.terminal import show_lines, show_table, show_text, tell_what_is_done, warn

app = typer.Typer(name="epsom", no_args_is_help=True, rich_markup_mode="markdown", pretty_exceptions_enable=False,
                  context_settings={"help_option_names": ["-h", "--help"]},
                  epilog="Simulated numbers for research and education; not medical advice. Start with `epsom demo`.")

app.add_typer(reading)       # its commands stand among these
app.add_typer(body)
app.add_typer(claims)
app.add_typer(studies)
app.add_typer(evidence)
app.add_typer(judging)

INTO = Annotated[Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="Write a folder with tables (CSV), a picture (SVG), the "
                                           "numbers (JSON) and the experiment into this one.")]
PEOPLE = Annotated[int, typer.Option("--people", help="Virtual people, the same in each of these draws; with some, "
                                        "ignorance and people are told apart.", min=1, max=100_000)]
CHECK_GRID = Annotated[bool, typer.Option("--check-grid", help="Measure how far each answer moves with twice the cells and with four times "
                                          "the steps (the first time that takes as long again as the run).")]
CREDIT = Annotated[int, typer.Option("--credit", help="Draws of which every coalition of effects is solved, to share the relief out among "
                                     "single effects; 0 leaves out all shares.", min=0, max=100_000)]
DEFAULT_CREDIT = 64          # two batches of coalitions, one for each of two processes
DEFAULT_DRAWS = 256          # as in epsom.simulation, which is not imported before it is needed
INTERRUPTED = 130            # with which the command-line library leaves after Ctrl-C


@app.callback(invoke_without_command=True)
def _main(version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
          verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say on standard error what a run is doing, and after how many "
                                                "seconds. Stands before the command.")] = False):
    """Put magnesium on the skin: what reaches which tissue, when, and how sure are we?

    A run follows one dose from the film on the skin to the muscle and the blood, over many draws of what is unknown and
    of how people differ, and writes a folder with a page that you can open in a browser.
    """
    if verbose:
        tell_what_is_done()
    if version:
        from importlib.metadata import version as installed

        print(installed("epsom"))
        raise typer.Exit


@app.command(epilog="Example: `epsom demo`")
def demo(out: OUT = Path("runs"), draws: DRAWS = DEFAULT_DRAWS, people: PEOPLE = 1, seed: SEED = 1, workers: WORKERS = None,
         check_grid: CHECK_GRID = False, credit: CREDIT = DEFAULT_CREDIT, whom: FOR = "researcher", as_json: AS_JSON = False,
         quiet: QUIET = False):
    """Run the shipped example: a magnesium chloride lotion on the calf, washed off after four hours."""
    _run(DEMO, out, draws, people, seed, [], workers, check_grid, credit, whom, as_json, quiet)


@app.command(epilog="Examples: `epsom run my.toml` - `epsom run magnesium-lotion-calf --set product.use=magnesium-oil-31pct` - "
             "`epsom run my.toml --set site.area=\"200 cm^2\" --set parameters.magnesium.binding=1.5` - "
             "`epsom run my.toml --draws 1000 --seed 7 --json` - `epsom run my.toml --draws 64 --people 16 --check-grid`")
def run(scenario: SCENARIO, out: OUT = Path("runs"), draws: DRAWS = DEFAULT_DRAWS, people: PEOPLE = 1, seed: SEED = 1, changes: SET = None,
        workers: WORKERS = None, check_grid: CHECK_GRID = False, credit: CREDIT = DEFAULT_CREDIT, whom: FOR = "researcher",
        as_json: AS_JSON = False, quiet: QUIET = False):
    """Run a scenario and write its folder; the same scenario, draws and seed give the same run.

    A run that is there already is left as it is; `epsom report RUN` writes its page for another reader.
    """
    _run(scenario, out, draws, people, seed, changes or [], workers, check_grid, credit, whom, as_json, quiet)


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
def sweep(scenario: SCENARIO,
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
             "`epsom instead magnesium-lotion-calf --of vein --set complaint.pain=7 --json`")
def instead(scenario: Annotated[str, typer.Argument(help="A scenario in which something hurts: a file (.toml or .json), or a shipped one.")],
            of: Annotated[list[str] | None, typer.Option("--of", help="What to do instead: nothing, rub, water, brine, menthol, capsaicin, "
                                                         "lidocaine, TENS or vein; all of them without it. Repeatable.")] = None,
            draws: Annotated[int, typer.Option("--draws", "-n", help="Draws of what nobody knows.", min=2, max=100_000)] = 64,
            seed: SEED = 1, change: SET = None, as_json: AS_JSON = False,
            quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the table.")] = False):
    """Treat the same person otherwise for an hour, and say how far the pain falls: other hands, other products, a current, a needle.

    Products that bring other substances need another program each: the first time takes minutes.
    """
    from epsom.faces.insteading import carried_out
    from epsom.faces.show import safety_lines

    before, table, after, data = carried_out(scenario, of or [], change or [], draws, seed, quiet or as_json)
    if as_json and not quiet:
        show_text("", data, as_json)
        return
    if quiet:
        warn(safety_lines(data))
    else:
        print(before)
    show_table(table, False)
    if not quiet:
        print(after)


@app.command(epilog="Examples: `epsom demo`, then `epsom rerun magnesium-lotion-calf` - `epsom rerun runs/<run> --draws 16 --json` - "
             "`epsom rerun runs/<run> --out again --quiet`")
def rerun(run: RUN, runs: RUNS = Path("runs"),
          out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="Keep the new run in this folder.")] = None,
          draws: Annotated[int | None, typer.Option("--draws", "-n", help="Draws of what nobody knows; by default those of the run. The "
                                                    "first ones are the same ones.", min=1, max=1_000_000)] = None,
          workers: WORKERS = None, as_json: AS_JSON = False, quiet: QUIET = False):
    """Make a stored run again, from its own scenario, draws and seed, and say whether the same numbers come out.

    Where they do not, it says what made them otherwise (code, model, libraries, numbers of the model) and which answers moved, by how
    much. It leaves with 0 where the numbers are the same, with 1 where they are not.
    """
    from epsom.faces import rerunning
    from epsom.faces.show import safety_lines

    before, kept, summary, found = rerunning.carried_out(run, runs, out, draws, workers, quiet or as_json)
    if quiet:
        warn(safety_lines(summary))
        show_lines([kept] if kept else [])
    else:
        show_text(rerunning.text(before, kept, summary, found), rerunning.data(before, kept, summary, found), as_json)
    if not found.same_numbers:
        raise typer.Exit(1)


@app.command(epilog="Examples: `epsom permeate caffeine-slab` - `epsom new my.toml --like finite-dose-with-evaporation`, edit it, then "
             "`epsom permeate my.toml --out results` - `epsom permeate caffeine-slab --set \"duration=48 h\"` - `epsom list experiments`")
def permeate(experiment: Annotated[str, typer.Argument(help="An experiment file (.toml or .json), or the name of a shipped one.")],
             change: SET = None, out: INTO = None, as_json: AS_JSON = False, quiet: QUIET = False):
    """Run a permeation experiment: layers with K and D between a donor and a receptor, as in a Franz cell."""
    from epsom.faces.permeating import carried_out

    text, table, data, folder = carried_out(experiment, change or [], out)
    if quiet:
        show_lines([folder] if folder else [])
        return
    show_text(text, data, as_json)
    if not as_json:
        show_table(table, as_json)


@app.command(epilog="Examples: `epsom validate epsom-bath --draws 100` - `epsom validate my-case.toml` - `epsom validate --pages validation`")
def validate(case: Annotated[str | None, typer.Argument(help="A validation case, shipped or a file; all of them without one.")] = None,
             draws: DRAWS = 500,
             seed: SEED = 1, pages: Annotated[Path | None, typer.Option("--pages", metavar="FOLDER", help="Run all cases and write two pages "
                                              "and their numbers (JSON) into this new folder; an hour on one core.")] = None,
             workers: WORKERS = None, as_json: AS_JSON = False, quiet: OUT_ONLY = False):
    """Put the model's numbers beside those of others, misses included.

    What was measured is in where it lies within nine of ten draws; a negative control where they stay below what would have been
    noticed; what was computed elsewhere where medians agree within a quarter. With few draws chance alone breaks these.
    """
    from epsom.faces.validating import PAGES, listing, write_pages

    if pages is None:
        found = listing(case, draws, seed, workers, quiet)
        if quiet:
            show_lines(dict.fromkeys(row["case"] for row in found.data if row["verdict"] != "in"))
            return
        show_table(found, as_json)
        return
    if case is not None:
        raise InputError("pages hold all cases", "Leave out the case, or --pages", key="--pages", value=case)
    folder, text = write_pages(pages, draws, seed, workers, quiet)
    show_text(str(folder) if quiet else text, {"schema": PAGES, "folder": str(folder)}, as_json and not quiet)


@app.command(epilog="Examples: `epsom check felt` - `epsom check felt --draws 64 --json`")
def check(what: Annotated[str, typer.Argument(help="What is checked: felt.")],
          draws: Annotated[int, typer.Option("--draws", "-n", help="Draws of what nobody knows.", min=1, max=100_000)] = 128,
          seed: SEED = 1, as_json: AS_JSON = False,
          quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the names of what is out, one in a line.")] = False):
    """Hold the model of feeling against what happened when things were done to people; misses come first.

    A check is in where the middle draw lies within the range that the publication, or a judgement said to be one, allows.
    """
    from epsom.core.errors import nearest
    from epsom.faces.checking import felt

    if what != "felt":
        raise InputError(f"there is no check of '{what[:40]}'", nearest(what, ("felt",)), key="what", value=what)
    found = felt(seed, draws)
    if quiet:
        show_lines(row["check"] for row in found.data if not row["passed"])
        return
    show_table(found, as_json)


@app.command(epilog="Examples: `epsom doctor` - `epsom doctor --quiet`, which leaves with 0 where all is well")
def doctor(as_json: AS_JSON = False,
           quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only what is wrong.")] = False):
    """Check this installation: versions, cache folder, and the solver against an exact solution."""
    from epsom.faces.doctor import examine
    from epsom.faces.show import of_text

    rows, healthy = examine()
    if quiet:
        show_lines(f"{check}: {found}; {verdict}" for check, found, verdict in rows if verdict != "ok")
    else:
        show_table(of_text(("check", "found", "verdict"), rows), as_json)
    if not healthy:
        raise typer.Exit(1)


def _run(name: str, out: Path, draws: int, people: int, seed: int, changes: list[str], workers: int | None,
         check_grid: bool, credit: int, whom: str, as_json: bool, quiet: bool):
    from epsom.faces.running import run_and_write

    folder, summary, reused = run_and_write(name, out, draws, people, seed, changes, quiet or as_json, workers, check_grid, credit, whom)
    from epsom.faces.show import summary_text

    if reused and whom != "researcher":
        warn([f"The run was there already, with its page; this one is for this reader: epsom report {folder} --for {whom}"])
    _print_written(summary_text, folder, summary, reused, as_json, quiet)


def _show_comparison(written: tuple, as_json: bool, quiet: bool):
    from epsom.faces.comparing import comparison_text

    _print_written(comparison_text, *written, as_json, quiet)


def _print_written(text, folder: Path, summary: dict, reused: bool, as_json: bool, quiet: bool):
    """What was written, as text or JSON; quietly only its folder, with the safety texts on standard error."""
    from epsom.faces.show import safety_lines

    if quiet:
        warn(safety_lines(summary))
        print(folder)
        return
    show_text(text(folder, summary, reused), {**summary, "folder": str(folder), "reused": reused}, as_json)


def main() -> None:
    """Entry point: errors of epsom become one plain message and exit code 2."""
    try:
        with never_lost():
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
