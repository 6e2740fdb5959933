"""The two pages of a validation: what was reproduced, and what was predicted. Both need no network; misses stand first."""

from __future__ import annotations

from epsom import report
from epsom.core import sources
from epsom.core.digits import scaled_digits
from epsom.safety import disclaimers
from epsom.validation import summary as told
from epsom.validation.case import INTERVAL

PAGES = {"reproduced": True, "predicted": False}             # {page: whether defaults were set on its numbers}
KINDS = {"measurement": "measured, by a run", "bound": "negative controls", "rule": "measured, by a default or a rule alone",
         "dynamics": "published dynamics (arithmetic)", "estimate": "first estimates", "model": "output of another model",
         "limit": "limits that were told"}
SHOWN = [(what, at) for at in ("20 min", "240 min") for what in ("rise in tissue 83", "flux")]   # of what changes do; the JSON has all


def pages(data: dict) -> dict[str, str]:
    """{name: HTML} of both pages, from a `summary`."""
    return {name: page(data, name) for name in PAGES}


def page(data: dict, name: str) -> str:
    """One page as HTML."""
    used = PAGES[name]
    cases = sorted((case for case in data["cases"] if case["used"] is used), key=lambda case: (not case["measured"], not case["control"]))
    rows = told.rows_of(data, used)
    context = [] if used else data["context"]
    keys = sorted({one["source"] for one in (*rows, *cases, *context)})
    return report.template("validation.html.j2").render(
        used=used, version=data["version"], commit=data["commit"], draws=data["draws"], seed=data["seed"], cases=cases,
        counts={KINDS[kind]: n for kind, n in told.counts(rows).items()},
        misses=[(case, missed(case["rows"])) for case in cases if missed(case["rows"])],
        titles={case["name"]: case["title"] for case in cases}, kinds={KINDS[k]: data["kinds"][k] for k in told.counts(rows)},
        switched=[switch_table(one) for one in data["switched"]] if used else [], context=context,
        sources=[(key, sources.plain(key)) for key in keys], expected=told.expected_text, found=told.found_text, unit=told.shown_unit,
        interval=INTERVAL, disclaimer=disclaimers()[0])


def inside(rows: list[dict]) -> int:
    """How many rows are in."""
    return sum(row["verdict"] == "in" for row in rows)


def missed(rows: list[dict]) -> list[dict]:
    """The rows that are not in."""
    return [row for row in rows if row["verdict"] != "in"]


def switch_table(one: dict) -> dict:
    """Of a case: header, medians of estimate, simplified and full, and what each change alone multiplies the median by."""
    names = [row["quantity"] for row in one["rows"]]
    shown = [i for what, at in SHOWN for i, name in enumerate(names) if name.startswith(what) and name.endswith(f"at {at}")]
    medians = {variant["name"]: variant for variant in one["variants"]}
    line = lambda values: [scaled_digits(values[i]) for i in shown]
    factor = lambda values: [f"× {values[i]:.2f}" for i in shown]
    rows = [("first estimate", line(one["estimate"])), ("simplified as there", line(medians["simplified"]["medians"])),
            *((f"alone: {name}", factor(v["ratios"])) for name, v in medians.items() if name not in ("simplified", "full")),
            ("full physics", line(medians["full"]["medians"])), ("full over simplified", factor(medians["full"]["ratios"]))]
    header = [f"{names[i]}, {told.shown_unit(one['rows'][i]['unit'])}" for i in shown]
    return {"case": one["case"], "header": header, "rows": rows}


def overview(data: dict) -> list[str]:
    """For a terminal: how many rows of each page and kind are in, and which are not."""
    lines = []
    for name, used in PAGES.items():
        rows = told.rows_of(data, used)
        parts = ", ".join(f"{KINDS[kind]} {n} of {all_}" for kind, (n, all_) in told.counts(rows).items())
        lines.append(f"{name} ({'used' if used else 'not used'} for defaults), rows in: {parts}")
        lines += [f"  out: {r['case']}, {r['quantity']}: {told.expected_text(r)} {told.shown_unit(r['unit'])}, model {told.found_text(r)}"
                  for r in missed(rows)]
    return lines
