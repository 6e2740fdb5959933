"""The commands `epsom label | plausible`: what a label says, and whether a reported result can be.

Heavy imports happen inside commands.
"""

from __future__ import annotations

from typing import Annotated

import typer

from epsom.core.errors import EpsomError
from epsom.faces.options import AS_JSON
from epsom.faces.terminal import show_lines, show_text

judging = typer.Typer(rich_markup_mode="markdown", pretty_exceptions_enable=False)


@judging.command(
    epilog='Examples: `epsom label "60,000 ppm magnesium chloride, 30 mL"` - '
    '`epsom label "31 % MgCl2; one teaspoon = 569 mg Mg; 8 sprays = 100 mg" --amount "8 sprays" --area "400 cm^2"` - '
    '`epsom label "2 cups of Epsom salt per bath" --json`'
)
def label(
    text: Annotated[str, typer.Argument(help="What the label prints, as one sentence in quotes.")],
    amount: Annotated[
        str | None,
        typer.Option(
            "--amount",
            help='Product that is used, as in "30 mL", "5 g" or "8 sprays"; without it, '
            "what the label states, or a spray, a teaspoon and 30 mL.",
        ),
    ] = None,
    area: Annotated[str | None, typer.Option("--area", help='Skin that it is spread on, as in "400 cm^2" (one calf).')] = None,
    density: Annotated[
        str | None,
        typer.Option(
            "--density", help='Of the product, as in "1.28 g/mL"; without it, that of a solution of the salt in water, with its range.'
        ),
    ] = None,
    salt: Annotated[str | None, typer.Option("--salt", help="The salt, where the label names none (`epsom list salts`).")] = None,
    as_json: AS_JSON = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print only mg of magnesium in 1 g of each possible reading, one in a line.")
    ] = False,
):
    """Read a label in all the ways it can be read: as magnesium, as the salt, as each hydrate, by weight and by volume.

    It chooses none. Strengths that cannot be are refused, with the law that they break. What it gives is what is applied, never what is
    absorbed. It leaves with 1 where no reading is possible.
    """
    from epsom.evidence.label import read_label
    from epsom.faces import labelling

    found = read_label(text, amount=amount, area=area, density=density, salt=salt)
    if quiet:
        show_lines(labelling.short(found))
    else:
        show_text("" if as_json else labelling.text(found), labelling.data(found), as_json)
    if not found.possible:
        raise typer.Exit(1)


@judging.command(
    epilog="Examples: `epsom plausible bath-report-2006` - `epsom plausible made-up-fast-spray --json` - "
    "`epsom new mine.toml --like cream-trial-2017`, edit it, then `epsom plausible mine.toml` - `epsom list reports`"
)
def plausible(
    report: Annotated[
        str,
        typer.Argument(
            help="A file (.toml or .json) that says what was applied, measured and claimed, or the name of a shipped one.",
            metavar="FILE|NAME",
        ),
    ],
    as_json: AS_JSON = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the verdict.")] = False,
):
    """Hold a published or advertised result against what can be: units, physiology, heat, mass balance, kidneys, skin, time, measurement.

    Each check names the law it rests on, its bound with an interval, and by what factor it is passed: breaks, strains, agrees, or cannot
    be judged. It says what cannot be as printed, never what is true. It leaves with 1 where something breaks.
    """
    from epsom.evidence.plausible import judge, read_report
    from epsom.faces import judged

    read = read_report(report)
    try:
        found = judge(read)
    except EpsomError as error:
        raise error.at(file=report) from error
    if quiet:
        show_lines([found.verdict])
    else:
        show_text("" if as_json else judged.text(found), judged.data(found), as_json)
    if found.verdict == "breaks":
        raise typer.Exit(1)
