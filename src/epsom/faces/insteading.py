"""Text and data for `epsom instead`: what would have come of other treatments."""

from __future__ import annotations

from epsom.faces.show import Listing, safety_lines
from epsom.faces.terminal import line, wrap
from epsom.feeling_text import minutes, told

TOLD = (600.0, 1200.0, 3600.0)               # s; at which falls are told
AGAINST = 1200.0
SCHEMA = "epsom-instead/1"


def carried_out(name: str, names: list[str], wanted: list[str], draws: int, seed: int, quiet: bool) -> tuple[str, Listing, str, dict]:
    """(what stands before the table, the table, what stands after, everything as data); `wanted` are changes of the scenario."""
    from epsom import interventions
    from epsom.changes import all_changed
    from epsom.faces.running import Progress
    from epsom.safety import disclaimers, red_flag
    from epsom.scenario import Scenario, read_tables

    tables, file = read_tables(name)
    scenario = Scenario.build(all_changed(tables, wanted), file)
    with Progress(quiet) as progress:
        found = interventions.instead(scenario, names, draws, seed, progress)
    gates = {gate.name: gate.as_dict() for one in found for gate in one.gates}
    safety = {"gates": list(gates.values()), "alarms": [f"{one.intervention.name}: {text}" for one in found for text in one.alarms],
              "red_flag": red_flag(scenario)}
    head = [*safety_lines(safety), line(f"{scenario.name}: points by which pain falls (simulated, median and nine of ten of "
                                         f"{found[0].draws} draws, seed {seed}), and draw by draw beside the scenario as it is:", "  ")]
    notes = []
    if unnoticed := [one.intervention.name for one in found if not one.intervention.noticed]:
        notes.append(f"Expectation is not counted for {', '.join(unnoticed)}: nothing on the skin tells this person of it.")
    notes += ["Lidocaine, capsaicin and current act here at full strength from the start; how they get there is not modelled.",
              disclaimers()[0]]
    data = {"schema": SCHEMA, "scenario": scenario.name, "draws": draws, "compared_draws": found[0].draws, "seed": seed, **safety,
            "notes": notes,
            "outcomes": [{"name": o.intervention.name, "text": o.intervention.text, "expectation_counted": o.intervention.noticed,
                          "falls": [{"s": t, **r._asdict()} for t, r in o.drops.items()],
                          "against_as_it_is": [{"s": t, **r._asdict()} for t, r in o.against.items()],
                          "share_slightly_better_within_the_hour": o.reached} for o in found]}
    rows = [(o.intervention.name, *(told(o.drops[t]) for t in TOLD), told(o.against[AGAINST]) if o.against else "-",
             f"{100 * o.reached:.0f} %", o.intervention.text) for o in found]
    header = ("what is done", *(f"after {minutes(t)}" for t in TOLD), f"beside it, {minutes(AGAINST)}", "1 point in an hour", "")
    return "\n".join(head), Listing(header, rows, data["outcomes"]), "\n".join(map(wrap, notes)), data
