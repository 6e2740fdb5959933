"""Write the tables of "Validation" in whole_body.md from the numbers of `epsom body validate --pages`: `make body-validation`."""

import json
import sys
from pathlib import Path

from tables import filled, markdown

from epsom import validation_pages
from epsom.validation import summary as told

PAGE = Path(__file__).parent / "whole_body.md"


def counts(data: dict) -> str:
    """How many rows of each page and kind are in, and of which commit the figures are."""
    kinds = [kind for kind in data["kinds"] if any(row["kind"] == kind for case in data["cases"] for row in case["rows"])]
    found = {name: told.counts(told.rows_of(data, used)) for name, used in validation_pages.PAGES.items()}
    cell = lambda name, kind: "{} of {}".format(*found[name][kind]) if kind in found[name] else "-"
    text = markdown(["rows that are in", *map(validation_pages.KINDS.get, kinds)],
                    *([name, *(cell(name, kind) for kind in kinds)] for name in found))
    return f"{text}\n\n{data['knowledge']} draws of what is unknown times {data['people']} people, seed {data['seed']}."


def compared(data: dict, used: bool) -> str:
    """The rows of a page, misses first."""
    rows = sorted(told.rows_of(data, used), key=lambda row: row["verdict"] == "in")
    return markdown(["row", "measured or limit (± standard error)", "its spread", "model (5 to 95 %)", "unit", "verdict", "source, grade"],
                    *([f"{row['case']}: {row['quantity']}", told.expected_text(row), row["spread"] or "-", told.found_text(row),
                       told.shown_unit(row["unit"]) or "-", row["verdict"] if row["verdict"] == "in" else "**out**",
                       f"{row['source']}, {row['grade']}{', recalled' if row['recalled'] else ''}"] for row in rows))


def context(data: dict) -> str:
    """What was seen and is not compared with; what never may be stands first."""
    rows = sorted(data["context"], key=lambda one: not one["never"])
    return markdown(["what", "seen", "why it is not compared with", "source, grade"],
                    *([one["title"], one["seen"], one["why"], f"{one['source']}, {one['grade']}{', recalled' if one['recalled'] else ''}"]
                      for one in rows))


TABLES = {"body-counts": counts, "body-predicted": lambda data: compared(data, False), "body-reproduced": lambda data: compared(data, True),
          "body-context": context}


if __name__ == "__main__":
    numbers = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    PAGE.write_text(filled(PAGE.read_text("utf-8"), {name: table(numbers) for name, table in TABLES.items()}), "utf-8")
