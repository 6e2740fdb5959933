"""The commands `epsom claims list | show | match | graph | verify | lint | marketed` and `epsom studies list | show`.

Heavy imports happen inside commands.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from epsom.faces.options import AS_JSON, NAMES_ONLY
from epsom.faces.terminal import show_lines, show_text

SETTINGS = {"no_args_is_help": True, "rich_markup_mode": "markdown", "pretty_exceptions_enable": False,
            "context_settings": {"help_option_names": ["-h", "--help"]}}
claims = typer.Typer(name="claims", help="What is said of magnesium on the skin, each claim judged on studies.",
                     epilog="Start with `epsom claims list` or `epsom claims match \"TEXT\"`. Information, not medical or legal advice.",
                     **SETTINGS)
studies = typer.Typer(name="studies", help="The studies that claims are judged on, with what must still be checked of each.",
                      epilog="Start with `epsom studies list`.", **SETTINGS)

CLAIM = Annotated[str, typer.Argument(help="Id of a claim, as in C31.")]
VERDICT_ONLY = Annotated[bool, typer.Option("--quiet", "-q", help="Print only verdict and certainty.")]


def _show(found, as_json: bool, quiet: bool) -> None:
    """Text, JSON, or the bare names."""
    if quiet:
        show_lines(found.names)
    else:
        show_text(found.text, found.data, as_json)


@claims.command("list", epilog="Examples: `epsom claims list` - `epsom claims list --verdict \"not supported by its source\"` - "
                "`epsom claims list --theme speed --type \"clinical effect\"` - `epsom claims list --text a --quiet`")
def list_claims(verdict: Annotated[str | None, typer.Option("--verdict", help="supported, plausible, unclear, weak, \"not supported by its "
                                                            "source\", contradicted or \"not testable\".")] = None,
                theme: Annotated[str | None, typer.Option("--theme", help="As in cramps, speed, absorption, skin.")] = None,
                kind: Annotated[str | None, typer.Option("--type", help="absorption, mechanism, \"clinical effect\", safety, product, "
                                                         "measurement or attribution.")] = None,
                text: Annotated[str | None, typer.Option("--text", help="The text it comes from: a or b.")] = None,
                as_json: AS_JSON = False, quiet: NAMES_ONLY = False):
    """List claims with their verdicts, and how certain the studies behind each are."""
    from epsom.faces.claims_told import claim_list

    _show(claim_list(verdict, theme, kind, text), as_json, quiet)


@claims.command("show", epilog="Example: `epsom claims show C31`")
def show_claim(claim: CLAIM, as_json: AS_JSON = False, quiet: VERDICT_ONLY = False):
    """Show a claim: its verdict in words, the studies behind it, what would change it, and what must still be checked."""
    from epsom.faces.claims_told import claim_shown

    _show(claim_shown(claim), as_json, quiet)


@claims.command(epilog="Examples: `epsom claims match \"Feel the relief within minutes. No more leg cramps!\"` - "
                "`epsom claims match - < page.txt` - `epsom claims match \"Deep sleep through the skin\" --threshold 0.6`")
def match(text: Annotated[str, typer.Argument(help="Sentences, in quotes; - reads them from standard input.")],
          threshold: Annotated[float, typer.Option("--threshold", help="Share of the ideas of a claim that a sentence must hold, "
                                                   "0.5 to 1.")] = 1.0,
          as_json: AS_JSON = False, quiet: NAMES_ONLY = False):
    """Say which registered claims a text makes, sentence by sentence, with their verdicts and what regulators ruled. Works offline."""
    from epsom.faces.claims_told import matched

    _show(matched(sys.stdin.read() if text == "-" else text, threshold), as_json, quiet)


@claims.command(epilog="Examples: `epsom claims graph C44` - `epsom claims graph --dot > claims.dot`")
def graph(claim: Annotated[str | None, typer.Argument(help="Id of a claim; all of them without it.")] = None,
          as_dot: Annotated[bool, typer.Option("--dot", help="Print a graph for Graphviz.")] = False, as_json: AS_JSON = False,
          quiet: NAMES_ONLY = False):
    """Trace claims to studies, and those to the numbers of the model that come from the same studies."""
    from epsom.faces.claims_told import dot, traced

    if as_dot:
        print(dot(claim))
    else:
        _show(traced(claim), as_json, quiet)


@claims.command(epilog="Examples: `epsom claims verify C31` - `epsom claims verify` - `epsom claims verify --all --json`")
def verify(claim: Annotated[list[str] | None, typer.Argument(help="Ids of claims; all that the model can speak to without any.")] = None,
           every: Annotated[bool, typer.Option("--all", help="Run also what has not changed.")] = False,
           as_json: AS_JSON = False, quiet: NAMES_ONLY = False):
    """Try claims again in the model where a number, the code or the test behind them has changed, and say which answers moved.

    Leaves with 1 where one moved. A run takes about a minute; claims that share one share its time.
    """
    from epsom.faces.claims_told import verified

    found = verified(claim or [], every, quiet or as_json)
    _show(found, as_json, quiet)
    if found.names:
        raise typer.Exit(1)


@claims.command(epilog="Example: `epsom claims lint`")
def lint(as_json: AS_JSON = False, quiet: NAMES_ONLY = False):
    """Check the register by its own rules; leaves with 1 where one is broken."""
    from epsom.faces.claims_told import linted

    found = linted()
    _show(found, as_json, quiet)
    if found.names:
        raise typer.Exit(1)


@claims.command(epilog="Examples: `epsom claims marketed` - `epsom claims marketed P02`")
def marketed(product: Annotated[str | None, typer.Argument(help="Id of a product, as in P02; all of them without it.")] = None,
             as_json: AS_JSON = False, quiet: NAMES_ONLY = False):
    """List what is sold or was tried, what its label prints, how that can be read and what is not known. No label was checked by analysis."""
    from epsom.faces.claims_told import marketed_told

    _show(marketed_told(product), as_json, quiet)


@studies.command("list", epilog="Examples: `epsom studies list` - `epsom studies list --route \"intact skin\"` - "
                 "`epsom studies list --verify --quiet`")
def list_studies(route: Annotated[str | None, typer.Option("--route", help="\"intact skin\", \"broken barrier\", \"skin sample\", oral, "
                                                           "vein, context, method, deficiency or safety.")] = None,
                 verify: Annotated[bool, typer.Option("--verify", help="Only those of which something must still be checked.")] = False,
                 as_json: AS_JSON = False, quiet: NAMES_ONLY = False):
    """List studies: what was done, to how many, against what, and how it could mislead."""
    from epsom.faces.claims_told import study_list

    _show(study_list(route, verify), as_json, quiet)


@studies.command("show", epilog="Example: `epsom studies show T09`")
def show_study(study: Annotated[str, typer.Argument(help="Id of a study, as in T09.")], as_json: AS_JSON = False,
               quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only its identifiers, one in a line.")] = False):
    """Show a study: people, arms, outcomes, risk of bias, why it is not pooled, and what must still be checked."""
    from epsom.faces.claims_told import study_shown

    _show(study_shown(study), as_json, quiet)
