"""Draw the picture of the README from the shipped example: `make picture`."""

from pathlib import Path

import epsom

scenario = epsom.Scenario.load("magnesium-lotion-calf")
result = epsom.simulate(epsom.standard_model(scenario), scenario, draws=256, seed=1)
target = Path(__file__).parent / "images" / "ledger.svg"
target.write_text(epsom.plots.as_svg(epsom.plots.ledger(result, "magnesium")), "utf-8")
