"""Options that mean the same in every command that has them; what is special to one command stands with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DEMO = "magnesium-lotion-calf"
AS_JSON = Annotated[bool, typer.Option("--json", help="Print JSON with a versioned schema instead of text.")]
QUIET = Annotated[bool, typer.Option("--quiet", "-q", help="Print only the path of what is written.")]
NAMES_ONLY = Annotated[bool, typer.Option("--quiet", "-q", help="Print only names, one in a line.")]
OUT_ONLY = Annotated[bool, typer.Option("--quiet", "-q", help="Print only the names of what is out, one in a line; of pages, their path.")]
OUT = Annotated[Path, typer.Option("--out", "-o", help="Folder that holds the runs.", metavar="FOLDER")]
RUNS = Annotated[Path, typer.Option("--runs", help="Folder that holds the runs.", metavar="FOLDER")]
LOOK_IN = Annotated[Path, typer.Option("--runs", "--out", "-o", help="Folder that holds the runs.", metavar="FOLDER")]
FOR = Annotated[str, typer.Option("--for", metavar="READER", help="Who reads the page: clinician, formulator, researcher or everyone.")]
DRAWS = Annotated[int, typer.Option("--draws", "-n", help="Draws of what nobody knows.", min=1, max=1_000_000)]
SEED = Annotated[int, typer.Option("--seed", "-s", help="Every random number follows from it.", min=0)]
WORKERS = Annotated[int | None, typer.Option("--workers", "-w", help="Processes: by default one, or one for each core where "
                                             "there are many draws.", min=1)]
SET = Annotated[list[str] | None, typer.Option("--set", help="Change a key of the file, as in the examples below. Repeatable.",
                                               metavar="KEY=VALUE")]
RUN = Annotated[str, typer.Argument(help="A run of `epsom run`: folder, name or fingerprint.")]
SCENARIO = Annotated[str, typer.Argument(help="A scenario file (.toml or .json), or the name of a shipped one.")]
