"""Measure how far the answers of the shipped scenarios move on a finer grid: `make grid` (ten minutes), or of those that are named.

Writes the figures into the package, where runs of these scenarios find them, and their table into numerics.md.
"""

import json
import sys
from pathlib import Path

import numpy as np
from tables import filled, markdown

import epsom
from epsom import certainty, numerical
from epsom.core.parameter import folder, names
from epsom.ensemble import LANES

PAGE = Path(__file__).parent / "numerics.md"
FILE = Path(str(folder("scenarios"))).parent / numerical.FILE
DIGITS = 3                   # significant; more would change with every compiler
models: dict[tuple, tuple] = {}


def measured(scenario: epsom.Scenario) -> epsom.Result:
    """A batch of draws of a scenario, each also with finer cells and finer steps; models are made once for the same mechanisms."""
    kind = tuple(scenario.product.resolved.salts), scenario.complaint is None
    if kind not in models:
        models[kind] = epsom.standard_model(scenario), epsom.standard_model(scenario, numerical.FINER_CELLS)
    model, finer = models[kind]
    return epsom.simulate(model, scenario, LANES, finer=finer)


def figures(result: epsom.Result) -> dict:
    """What is kept of a scenario."""
    short = lambda moves: [float(f"{move:.{DIGITS}g}") for move in moves]
    return {"scenario": result.scenario.name, "draws": len(result.checked.which), "seed": result.draws.seed,
            "answers": {f"{a.solute}.{a.key}": [short(a.numerical.cells), short(a.numerical.steps)] for a in epsom.answers(result)}}


def table(kept: dict) -> str:
    """By scenario and headline number: finer cells, and the largest of all with finer steps."""
    rises = {key: what for key, what in certainty.HEADLINE.items() if not key.endswith("time")}
    rows = []
    for case in sorted(kept.values(), key=lambda case: case["scenario"]):
        by = {answer.partition(".")[2]: two for answer, two in case["answers"].items()}
        cells = [numerical.said(by[key][0][1]) for key in rises]
        rows.append([case["scenario"], *cells, numerical.said(np.max([by[key][1][1] for key in rises]))])
    return markdown(["", *rises.values(), "any, finer steps"], *rows)


if __name__ == "__main__":
    wanted = sys.argv[1:] or names("scenarios")
    before = json.loads(FILE.read_text("utf-8"))
    results = [measured(epsom.Scenario.load(name)) for name in wanted]
    kept = {case: found for case, found in before.items() if found["scenario"] in set(names("scenarios")) - set(wanted)}
    kept |= {result.provenance["case"]: figures(result) for result in results}
    FILE.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", "utf-8")
    text = table(kept)
    page = PAGE.read_text("utf-8")
    PAGE.write_text(filled(page, {"grid": text}), "utf-8")
