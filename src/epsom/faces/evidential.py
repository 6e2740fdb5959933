"""The commands `epsom evidence list | show | table | plot | export | anchors`: bodies of studies, pooled where that is sound.

Heavy imports happen inside commands.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from epsom.faces.options import AS_JSON, NAMES_ONLY, OUT_ONLY, QUIET
from epsom.faces.terminal import show_lines, show_table, show_text

evidence = typer.Typer(name="evidence", no_args_is_help=True, rich_markup_mode="markdown", pretty_exceptions_enable=False,
                       context_settings={"help_option_names": ["-h", "--help"]},
                       help="What studies say together: pooled where that is sound, told one by one with reasons where it is not.",
                       epilog="Start with `epsom evidence list`. These are studies of people, graded; nothing here is simulated.")

BODY = Annotated[str, typer.Argument(help="A body of evidence (`epsom evidence list`), or a file of your own (.toml).")]


@evidence.command("list", epilog="Examples: `epsom evidence list` - `epsom evidence list --quiet`")
def list_(as_json: AS_JSON = False, quiet: NAMES_ONLY = False):
    """List bodies of evidence: how many studies each has, whether any could be pooled, how certain it leaves us."""
    from epsom.faces.evidence_telling import listing

    found = listing()
    if quiet:
        show_lines(row[0] for row in found.rows)
        return
    show_table(found, as_json)


@evidence.command(epilog="Examples: `epsom evidence show muscle-soreness` - `epsom evidence show serum-magnesium --json`")
def show(body: BODY, as_json: AS_JSON = False,
         quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the sentence that may be said.")] = False):
    """Show one body: every study, its direction and risk of bias, the pooled estimate or why there is none, and how certain that is."""
    from epsom.faces.evidence_telling import shown

    text, data, sentence = shown(body)
    show_text(sentence if quiet else text, data, as_json and not quiet)


@evidence.command(epilog="Examples: `epsom evidence table` - `epsom evidence table --json`")
def table(as_json: AS_JSON = False,
          quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only body and certainty, one in a line, a tab between.")] = False):
    """Print the summary of findings: a row for each outcome, with its certainty, what lowered it, and the sentence that follows."""
    from epsom.faces.evidence_telling import findings

    text, data, short = findings()
    if quiet:
        show_lines(short)
        return
    show_text(text, data, as_json)


@evidence.command(epilog="Examples: `epsom evidence plot muscle-soreness --out soreness.svg` - "
                  "`epsom evidence plot serum-magnesium --out serum.png`")
def plot(body: BODY, out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Picture to write: .svg or .png.")],
         as_json: AS_JSON = False, quiet: QUIET = False):
    """Draw the directions of a body's studies: an arrow for each, its size by people, its hatch by risk of bias."""
    from epsom.faces.evidence_telling import plotted

    data = plotted(body, out)
    show_text(data["file"] if quiet else f"{data['file']}\n{data['alternative_text']}", data, as_json and not quiet)


@evidence.command(epilog="Example: `epsom evidence export --out evidence`")
def export(out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="New folder to write.")],
           as_json: AS_JSON = False, quiet: QUIET = False):
    """Write what other programs read: summary of findings (CSV, JSON), every body (JSON), risk of bias for robvis (CSV)."""
    from epsom.faces.evidence_telling import exported

    data = exported(out)
    show_text(data["folder"] if quiet else "\n".join([data["folder"], *(f"  {name}" for name in data["files"])]), data, as_json and not quiet)


@evidence.command(epilog="Examples: `epsom evidence anchors` - `epsom evidence anchors bcg-vaccine`")
def anchors(name: Annotated[str | None, typer.Argument(help="Data of one anchor; all of them without a name.")] = None,
            as_json: AS_JSON = False, quiet: OUT_ONLY = False):
    """Compute anew what others computed from known data, and say how far each number is off; leaves with 1 where one is too far."""
    from epsom.faces.evidence_telling import anchors as told

    text, data, out = told(name)
    if quiet:
        show_lines(out)
    else:
        show_text(text, data, as_json)
    raise typer.Exit(1 if out else 0)
