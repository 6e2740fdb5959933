"""`epsom compare` and `epsom sweep`: from a command to a folder, and its summary as text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Thread

from epsom import changes, storage
from epsom.core.draws import Draws
from epsom.faces.running import Progress, may_stop
from epsom.faces.show import safety_lines
from epsom.faces.terminal import line, wrap
from epsom.scenario import Scenario, read_tables

SCHEMAS = (storage.COMPARISON, storage.SWEEP)


def compare_and_write(names: Sequence[str], root: Path, draws: Draws, texts: list[str], quiet: bool) -> tuple[Path, dict, bool]:
    """(folder, summary, whether it was there already) of a comparison; `texts` are changes of all scenarios."""
    from epsom import paired

    return _write(root, paired.planned_comparison([_scenario(name, texts) for name in names]), draws, quiet)


def sweep_and_write(name: str, change: str, root: Path, draws: Draws, texts: list[str], quiet: bool) -> tuple[Path, dict, bool]:
    """(folder, summary, whether it was there already) of a sweep such as "site.area=100 cm^2..400 cm^2:4"."""
    from epsom import paired

    scenario = _scenario(name, texts)
    key, text = changes.split(change)
    values = [changes.plain(value) for value in changes.listed(text, key)]
    return _write(root, paired.planned_sweep(scenario, key, values), draws, quiet)


def _scenario(name: str, texts: list[str]) -> Scenario:
    tables, file = read_tables(name)
    return Scenario.build(changes.all_changed(tables, texts), file)


def _write(root: Path, plan, draws: Draws, quiet: bool) -> tuple[Path, dict, bool]:
    from epsom import report

    there = root / plan.folder_name(draws)
    if (there / "summary.json").is_file():
        return *storage.read_summary(there, schemas=SCHEMAS), True
    storage.check_writable(root)
    Thread(target=report.prepare, daemon=True).start()       # the solver leaves a core free meanwhile
    with may_stop(None), Progress(quiet) as progress:
        found = plan.run(draws, progress)
        progress.say("writing the report")
        folder = report.write_comparison(found, root)
    return *storage.read_summary(folder, schemas=SCHEMAS), False


def comparison_text(path: Path, data: dict, reused: bool) -> str:
    """A comparison as text for a terminal, gates first."""
    drawn = data["draws"]
    lines = [*safety_lines(data), wrap(data["disclaimers"][0])]
    lines.append(line(f"{data['name']}: simulated, {data['paired_draws']} draws, the same for all, seed {drawn['seed']}"
                      + (" (this was there already)" if reused else ""), "  "))
    lines += [wrap(text) for text in data["notes"]]
    for row in data["overview"]:
        lines += ["", wrap(f"In this model, {row['text']} (grade {row['weakest_grade']}):", rest="")]
        lines += [wrap(f"{label}: {'; '.join(filter(None, (row['shown'][label], row['shown_against_first'][label])))}", "  ", "      ")
                  for label in data["labels"]]
    lines += ["", wrap("Median, and in brackets nine of ten draws; then how it differs from the first, draw by draw.")]
    lines += [wrap(part["rests"], rest="") for part in data["headline"]]
    lines += [wrap(data["share_of_draws"], rest=""), "", "Not modelled yet:", *(wrap(text, "- ") for text in data["not_modelled"])]
    return "\n".join([*lines, "", f"Report: {path / 'report.html'}"])
