"""Write the tables of validation.md from the numbers of `epsom validate --pages`: `make validation` (about an hour on one core)."""

import json
import sys
from pathlib import Path

from tables import filled, markdown

from epsom import validation_pages
from epsom.validation import summary as told

PAGE = Path(__file__).parent / "validation.md"


def counts(data: dict) -> str:
    """How many rows of each page and kind are in."""
    kinds = [kind for kind in data["kinds"] if any(r["kind"] == kind for c in data["cases"] for r in c["rows"])]
    found = {name: told.counts(told.rows_of(data, used)) for name, used in validation_pages.PAGES.items()}
    cell = lambda name, kind: "{} of {}".format(*found[name][kind]) if kind in found[name] else "-"
    return markdown(["rows that are in", *map(validation_pages.KINDS.get, kinds)],
                    *([name, *(cell(name, kind) for kind in kinds)] for name in found))


def compared(data: dict, used: bool) -> str:
    """The measured rows and negative controls of a page, misses first."""
    rows = [row for row in told.rows_of(data, used) if row["kind"] in ("measurement", "rule", "bound")]
    rows.sort(key=lambda row: row["verdict"] == "in")
    return markdown(["case", "quantity", "observed or limit", "model (5 to 95 %)", "unit", "verdict", "source, grade"],
                    *([row["case"], row["quantity"], told.expected_text(row), told.found_text(row), told.shown_unit(row["unit"]) or "-",
                       row["verdict"] if row["verdict"] == "in" else "**out**",
                       f"{row['source']}, {row['grade']}{', recalled' if row['recalled'] else ''}"] for row in rows))


def estimates(data: dict) -> str:
    """Medians of this model over those of the first estimates, by case, quantity and time."""
    rows = [row for row in told.rows_of(data, True) if row["kind"] == "estimate"]
    split = lambda row: (row["case"], *row["quantity"].rsplit(" at ", 1))
    lines = {}
    for row in rows:
        case, quantity, time = split(row)
        lines.setdefault((case, quantity), {})[time] = f"{row['ratio']:.2f}" if row["verdict"] == "in" else f"**{row['ratio']:.2f}**"
    times = list(next(iter(lines.values())))
    return markdown(["case", "quantity", *times], *([*name, *(cells[time] for time in times)] for name, cells in lines.items()))


def changes(data: dict) -> str:
    """By case: first estimate, simplified, full, and what each change alone multiplies the median by."""
    parts = []
    for one in map(validation_pages.switch_table, data["switched"]):
        parts.append(f"**{one['case']}**\n\n" + markdown(["median", *one["header"]], *([name, *cells] for name, cells in one["rows"])))
    return "\n\n".join(parts)


def dynamics(data: dict) -> str:
    """The published dynamics in a sentence for each case."""
    lines = []
    for case in data["cases"]:
        rows = [row for row in case["rows"] if row["kind"] == "dynamics"]
        if not rows:
            continue
        worst = max(abs(row["ratio"] - 1) for row in rows)
        lines.append(f"- {case['name']}: {validation_pages.inside(rows)} of {len(rows)} rows in; the worst differs by {100 * worst:.1f} %.")
    return "\n".join(lines)


def context(data: dict) -> str:
    """What was seen and is not compared with."""
    return markdown(["what", "seen", "why it is not compared with", "source, grade"],
                    *([one["title"], one["seen"], one["why"], f"{one['source']}, {one['grade']}{', recalled' if one['recalled'] else ''}"]
                      for one in data["context"]))


TABLES = {"counts": counts, "predicted": lambda data: compared(data, False), "reproduced": lambda data: compared(data, True),
          "estimates": estimates, "changes": changes, "dynamics": dynamics, "context": context}


if __name__ == "__main__":
    numbers = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    PAGE.write_text(filled(PAGE.read_text("utf-8"), {name: table(numbers) for name, table in TABLES.items()}), "utf-8")
