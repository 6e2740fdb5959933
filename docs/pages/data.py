"""Each folder of data as a page: documents of numbers as tables, everything else as it is written."""

from __future__ import annotations

import tomllib
from typing import NamedTuple

from epsom.core.correlation import read_correlations
from epsom.core.parameter import KINDS, Document, document, folder, names
from epsom.core.posterior import posteriors, range_at
from epsom.core.vocabulary import standard_words
from epsom.faces.show import of_text

from . import markdown as md
from . import numbers


class Page(NamedTuple):
    """What a folder or file of data is called, and what a reader is told first."""

    title: str
    text: str


PAGES = {
    "sites": Page("Sites", "Places on the body: thickness of each layer, follicles, flow of blood. Named in a scenario as `site.name`."),
    "solutes": Page("Solutes", "What can pass the skin. [How each number was found](../../data.md)."),
    "salts": Page("Salts", "What brings a solute into a product: formula, ions, water activity (Pitzer's coefficients), solubility."),
    "humectants": Page("Humectants", "Neutral substances of a product that hold water and stay."),
    "barriers": Page("Barriers", "The state of the stratum corneum, as factors on intact skin. Named in a scenario as `site.barrier`."),
    "complaints": Page("Complaints", "Where a pain arises and how it goes by itself."),
    "people": Page("People of the whole body", "Kinds of person for `epsom body`; what a document leaves out is as in an adult."),
    "populations": Page("Populations", "How people differ in size and kidney, for virtual people."),
    "intakes": Page("What the gut takes up", "Absorption by dose and salt."),
    "assays": Page("Assays", "How far a measurement of magnesium strays."),
    "isotopes": Page("Isotopes", "Those of magnesium that are followed as tracers."),
    "ions": Page("Ions in water", "Charges and free diffusivities, for [electrodiffusion](../../electrodiffusion.md)."),
    "verification": Page("Numbers of verification", "They judge the engine and the rules, and stand in no run."),
    "products": Page("Products", "What labels and studies print, in the words of a scenario. No brand is named. Density and oil are assumed "
                                 "where the note says so."),
    "scenarios": Page("Scenarios", "Those that ship, each to be run by its name."),
    "experiments": Page("Experiments", "Permeation experiments that ship, for `epsom permeate`."),
    "regimens": Page("Regimens", "What a body is given, for `epsom body run`."),
    "feeling": Page("Feeling", "What effects there are, what the model of feeling is held to, what it was calibrated on, what else could be "
                               "done and what could be measured."),
    "studies": Page("Studies", "The register of studies that claims are judged on. [How they are graded](../../evidence.md)."),
    "bodies_of_evidence": Page("Bodies of evidence", "Which studies are pooled for which question, and how sure that makes. "
                                                     "[How](../../evidence.md)."),
    "anchors": Page("Anchors of the synthesis", "Published meta-analyses that the arithmetic of pooling must reproduce."),
    "claims": Page("Claims", "What is said about magnesium on the skin, in our words. [How each is judged](../../claims.md)."),
    "marketed": Page("Marketed", "What is sold, what trials used and what people make, with the label as printed."),
    "permeation": Page("Words of permeation", "Variables of the permeation engine."),
    "safety": Page("Safety texts", "Fixed texts: [gates, red flags and disclaimers](../../safety.md). Tests hold them word by word."),
}
ELSEWHERE = ("parameters", "validation", "body_validation", "templates")      # with their mechanisms; on the pages of cases; no data


def pages() -> dict[str, str]:
    """{name: page} of all data but the mechanisms' own numbers."""
    kinds = sorted(entry.name for entry in folder("").iterdir() if entry.is_dir() and entry.name not in (*ELSEWHERE, "__pycache__"))
    files = {entry.name.removesuffix(".toml") for entry in folder("").iterdir() if entry.name.endswith(".toml")} - {"validation_context"}
    return {kind: of_numbers(kind) if kind in KINDS else as_written(kind) for kind in kinds} | {
        name: as_one_file(name) for name in files} | {
        "correlations": correlations(), "posteriors": calibrations(), "vocabulary": vocabulary()}


def told(kind: str) -> Page:
    """Its title and text; a folder that nobody has described yet is called by its name."""
    return PAGES.get(kind, Page(kind.replace("_", " ").capitalize(), ""))


def head(kind: str) -> str:
    return md.joined(md.heading(1, told(kind).title, f"data-{kind}"), told(kind).text)


def of_numbers(kind: str) -> str:
    """A page of documents of parameters."""
    found = {name: document(kind, name) for name in names(kind)}
    return md.joined(head(kind), numbers.LEGEND.replace("../data.md", "../../data.md"),
                     *(section(kind, name, one) for name, one in found.items()))


def section(kind: str, name: str, one: Document) -> str:
    """One document: what it says of itself, numbers, words."""
    words = [(md.code(word), md.plain(about["unit"]), md.plain(about["meaning"])) for word, about in one.variables.items()]
    title = one.about.get("title", name)
    return md.joined(md.heading(2, title if title.lower() == name else f"{title} ({name})", f"data-{kind}-{name}"),
                     numbers.about(one), numbers.table(one.parameters.values()), md.table(("word", "unit", "meaning"), words))


def as_written(kind: str) -> str:
    """A page of files that are no documents of parameters."""
    texts = {name: (folder(kind) / f"{name}.toml").read_text("utf-8") for name in names(kind)}
    return md.joined(head(kind), overview(kind), *(
        md.joined(md.heading(2, name, f"data-{kind}-{name}"), md.plain(tomllib.loads(text).get("note", "")), md.block("toml", text))
        for name, text in texts.items()))


def as_one_file(name: str) -> str:
    """A page of a single file."""
    return md.joined(head(name), md.block("toml", folder(f"{name}.toml").read_text("utf-8")))


def overview(kind: str) -> str:
    """The table that `epsom list` prints of them, where it has one."""
    from pathlib import Path

    from epsom.faces import show

    listing = show.listing(kind, Path()) if kind in show.LISTS else of_text((), [])
    return md.table(listing.header, [[md.plain(f"{cell:.4g}" if isinstance(cell, float) else cell) for cell in row] for row in listing.rows])


def correlations() -> str:
    """What moves together, entry by entry, and how many groups that makes."""
    text = folder("correlations.toml").read_text("utf-8")
    tables, groups = tomllib.loads(text), read_correlations(text)
    pairs = [(f"{md.code(t['first'])}, {md.code(t['second'])}", *of_entry(t)) for t in tables["pair"]]
    common = [(f"{', '.join(map(md.code, t['numbers']))} of {', '.join(t['documents'])}", *of_entry(t)) for t in tables["common"]]
    sizes = ", ".join(f"{len(group.keys)}" for found in groups.values() for group in found)
    return md.joined(md.heading(1, "Correlations", "data-correlations"), "Numbers whose standard normal scores are drawn together; all "
                     f"others are independent. They make groups of {sizes} numbers, calibrated ones among them.",
                     md.table(("numbers", "of", "correlation", "grade", "source"), pairs + common))


def of_entry(table: dict) -> tuple[str, ...]:
    note = f" {md.sentence(table['note'])}" if "note" in table else ""
    return (table["of"].replace("_", " "), f"{table['value']:g}", table["grade"],
            f"{numbers.source_name(table['source'])}: {md.plain(table['where'])}.{note}")


def calibrations() -> str:
    """What outcomes measured in people have taught about parameters."""
    return md.joined(md.heading(1, "Posteriors", "data-posteriors"), "Numbers that were calibrated on outcomes measured in people, before "
                     "and after: 5, 50 and 95 % of what is not known. Written by `make calibration`.", *map(posterior, posteriors()))


def posterior(one) -> str:
    from epsom.core.parameter import all_parameters

    every, rows = all_parameters(), []
    for i, key in enumerate(one.keys):
        ranges = [range_at(every[key], mean, sd) for mean, sd in ((0.0, 1.0), (one.mean[i], one.covariance[i, i] ** 0.5))]
        rows.append((md.code(key), md.plain(every[key].unit), *(", ".join(map(numbers.digits, found)) for found in ranges)))
    outcomes = "\n".join(f"- {md.plain(name)}" for name in one.rows)
    return md.joined(md.heading(2, one.name, f"data-posteriors-{one.name}"), md.table(("number", "unit", "before", "after"), rows),
                     f"Found from {one.samples} samples, seed {one.seed}, worth {one.effective:.0f} independent ones, and these outcomes "
                     f"({md.link('targets', 'data-feeling-targets')}):", outcomes)


def vocabulary() -> str:
    """Every word of the model."""
    rows = [(md.code(word.name), md.plain(word.unit), md.plain(word.show), word.axis, md.plain(word.meaning))
            for _, word in sorted(standard_words().items())]
    return md.joined(md.heading(1, "Vocabulary", "data-vocabulary"), f"The {len(rows)} variables of the model. Code and stored files are in "
                     "SI; where people read another unit it stands beside it. A variable with the axis `solute` exists once for each solute, "
                     "as in `film_amount[magnesium]`.", md.table(("word", "SI unit", "shown in", "axis", "meaning"), rows))
