"""Write commands.md from the command line itself: `make commands`. A test holds the page to what it writes."""

from collections.abc import Iterator
from pathlib import Path

from typer.main import get_command

from epsom.faces.cli import app

PAGE = Path(__file__).parent / "commands.md"
HEAD = """# Commands

Written by `make commands` from the command line itself; `epsom COMMAND --help` says the same.

`--json` prints an object that names its schema, as in `epsom-summary/1`. `--quiet` prints only what a script needs: the path of what is
written, or names, one in a line; a run's safety texts then go to standard error; of both, `--quiet` wins (`cite` takes one alone). Tables fit
the terminal, or what COLUMNS says; in a pipe they are 160 wide, without colours.

A command leaves with 0 where all went well, with 1 where what it checks does not hold (`doctor`, `rerun`), and with 2 where something that
was asked for cannot be done: one line says where, what was found there, what is wrong with it and what to do, and nothing
half-written is left.
"""


def commands(group=None, before: str = "epsom") -> Iterator[tuple[str, object]]:
    """(words, command) of every command, those of groups too."""
    for name, command in (group or get_command(app)).commands.items():
        words = f"{before} {name}"
        if hasattr(command, "commands"):
            yield from commands(command, words)
        else:
            yield words, command


def told(text: str | None) -> str:
    """Help as a line of a table."""
    return " ".join((text or "").split()).replace("|", "\\|")


def default(option) -> str:
    """What an option is where it is not given; nothing for switches and where there is no default."""
    nothing = option.default is None or option.default is False or option.required or option.default == ()
    return "" if nothing else f"`{option.default}`"


def name(parameter) -> str:
    """How a parameter is written; one that may be left out stands in brackets."""
    if parameter.param_type_name == "argument":
        word = f"{parameter.metavar or parameter.name.upper()}{' ...' if parameter.nargs < 0 else ''}"
        return f"`{word}`" if parameter.required else f"`[{word}]`"
    value = "" if parameter.is_flag else f" {parameter.metavar or ('TEXT' if parameter.min is None else 'N')}"
    return ", ".join(f"`{word}{value}`" for word in parameter.opts)


def section(words: str, command) -> str:
    """A command with its parameters and examples."""
    rows = [f"| {name(p)} | {default(p)} | {told(p.help)} |" for p in command.params if p.name != "help"]
    table = ["", "| | by default | |", "|---|---|---|", *rows] if rows else []
    paragraphs = [told(part) for part in command.help.split("\n\n")]
    return "\n".join([f"## {words}", "", "\n\n".join(paragraphs), *table, "", told(command.epilog), ""])


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(section(words, command) for words, command in commands())])


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    print(PAGE)
