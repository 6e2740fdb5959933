"""Write the tables of the pages in themes/ from registers and documents: `make themes` (seconds). A test holds the pages to it.

A page says between marks what it wants; what stands there is written anew:

| mark | what it becomes |
|---|---|
| `<!-- claims C01 C05 -->` | these claims, each with verdict, certainty, the sentence made from both, and why |
| `<!-- tried -->` | what the model found of those claims of the page that it can speak to |
| `<!-- bodies serum-magnesium -->` | bodies of evidence with the sentence that GRADE makes of them |
| `<!-- studies -->` `<!-- sources -->` | all studies of the register, all keys of sources.bib that the page names in its own text |
| `<!-- numbers assays/magnesium.serum_assay -->` | numbers of the model with unit, range, grade and source |
| `<!-- products water -->` | strengths and applied amounts of products |
| `<!-- safety gates/infant -->` | fixed texts of safety |
| `<!-- told safety.md "- **Gates**" -->` | points and paragraphs of another page by their first words, rows of its tables by words in them |
| `<!-- pages -->` `<!-- others -->` | in the index: every page; claims that are on no page |
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterable
from pathlib import Path

from epsom.core import sources
from epsom.core.parameter import document, folder
from epsom.evidence import wording
from epsom.evidence.bodies import body
from epsom.evidence.claims import claim, claims
from epsom.evidence.grading import SYMBOLS
from epsom.evidence.studies import Study, studies
from epsom.evidence.summary import effect_text, studies_text
from epsom.evidence.synthesis import synthesis
from epsom.product import USUAL_AREA, USUAL_DOSE, contents, shipped_product

FOLDER = Path(__file__).parent / "themes"
INDEX = FOLDER / "index.md"
PLACE = re.compile(r"(<!-- (\w+)([^>\n]*) -->\n)(.*?)(<!-- end -->)", re.S)
STUDY = re.compile(r"\b[TBEOXDF]\d\d\b")
KEY = re.compile(r"`([a-z]\w+)`")
ADDRESSES = {"doi": "https://doi.org/{}", "pmid": "https://pubmed.ncbi.nlm.nih.gov/{}", "pmc": "https://www.ncbi.nlm.nih.gov/pmc/articles/{}",
             "nct": "https://clinicaltrials.gov/study/{}", "isrctn": "https://www.isrctn.com/{}", "url": "{}"}


def pages() -> list[Path]:
    """The pages of themes, without the index, in the order of the index's toctree."""
    listed = re.search(r"```\{toctree\}\n:.*?\n\n(.*?)\n```", INDEX.read_text("utf-8"), re.S)
    return [FOLDER / f"{name}.md" for name in listed[1].split()]


def own_text(page: str) -> str:
    """What people wrote of a page: all but what stands between marks."""
    return PLACE.sub("", page)


def title(page: str) -> str:
    """Its first line, without the sign of a heading."""
    return page.split("\n", 1)[0].removeprefix("# ")


def answer(page: str) -> str:
    """Its first paragraph."""
    return page.split("\n\n")[1].replace("\n", " ")


def claims_of(page: str) -> list[str]:
    """Ids of the claims whose verdicts stand on a page."""
    return [key for _, name, wanted, *_ in PLACE.findall(page) if name == "claims" for key in wanted.split()]


def cell(text: object) -> str:
    """As it can stand in a table: one line, no bar, no sign that begins mathematics, markup or a tag."""
    return re.sub(r"([|$*<\[])", r"\\\1", " ".join(str(text).split()))


def markdown(head: tuple, rows: Iterable[tuple]) -> str:
    """A table, of cells that are safe already."""
    rows = list(rows)
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)) if rows else "None."


# ---- what studies say ------------------------------------------------------------------------------------------------
def told_claims(wanted: list[str], page: str) -> str:
    """Claims with their verdicts."""
    every = map(claim, wanted)
    return markdown(("claim", "verdict", "certainty", "in words", "why"),
                    ((f"{cell(c.text)} ({c.id})", c.verdict, c.certainty, cell(wording.of(c)), cell(c.reason)) for c in every))


def told_bodies(wanted: list[str], page: str) -> str:
    """Bodies of evidence with their sentences."""
    def row(name):
        found = synthesis(body(name))
        return (cell(found.body.title), f"`{name}`", cell(studies_text(found)), cell(effect_text(found)),
                f"{SYMBOLS[found.grade.level]} {found.grade.level}", cell(found.statement))
    return markdown(("outcome", "body", "studies", "effect", "certainty", "what may be said"), map(row, wanted))


def told_studies(wanted: list[str], page: str) -> str:
    """Studies named on the page."""
    return markdown(("study", "what was done", "how", "what came out, against the control", "risk of bias", "still to be checked"),
                    map(_study, sorted(set(STUDY.findall(own_text(page))))))


def _study(key: str) -> tuple:
    s = studies()[key]
    people = f"{s.people} {'person' if s.people == 1 else 'people'}" if s.people and s.on_people else ""
    came = "; ".join(f"{o.what}{f' ({o.when})' if o.when else ''}: {o.effect}{f', {o.numbers}' if o.numbers else ''}" for o in s.outcomes)
    return (f"{key} {cell(s.who)}{_link(s)}", cell(s.about), cell(", ".join(filter(None, (s.design, people, s.route, s.status)))), cell(came),
            s.risk_of_bias.overall, cell("; ".join(s.verify) or "nothing marked"))


def _link(study: Study) -> str:
    """The first identifier that has an address, as a link."""
    for curie in study.identifiers:
        prefix, _, rest = curie.partition(":")
        if prefix in ADDRESSES:
            return f", [{'link' if prefix == 'url' else cell(curie)}](<{ADDRESSES[prefix].format(rest)}>)"
    return f", {', '.join(study.identifiers)}" if study.identifiers else ""


def told_sources(wanted: list[str], page: str) -> str:
    """Sources of the model's numbers that the page names."""
    known = sources.bibliography()
    keys = sorted({key for key in KEY.findall(own_text(page)) if key in known})
    notes = {key: known[key].fields.get("note", "") for key in keys}
    return "\n".join(f"- `{key}`: {cell(sources.plain(key))}{f' ({cell(notes[key])})' if notes[key] else ''}" for key in keys) or "None."


# ---- what the model says ---------------------------------------------------------------------------------------------
def told_tried(wanted: list[str], page: str) -> str:
    """What the model found of the page's claims."""
    can = [claim(key) for key in claims_of(page) if claim(key).test is not None]
    if not can:
        return "None of the claims above can be tried in the model."
    from epsom.evidence.tried import stored

    found = stored()
    said = lambda c: found[c.id].sentence(c.test.words) if c.id in found else "not tried yet"
    must = lambda c: f"{', and '.join(each.words for each in c.test.holds)} ({', '.join([c.test.scenario, *c.test.set])})"
    return markdown(("claim", "what must hold, in which run", "simulated", "what that leaves out"),
                    ((f"{cell(c.text)} ({c.id})", cell(must(c)), cell(said(c)), cell(c.test.leaves_out)) for c in can))


def told_numbers(wanted: list[str], page: str) -> str:
    """Numbers of the model, each with its grade."""
    def row(place):
        name, key = place.rsplit(".", 1)
        found = document(*name.split("/"))
        p = found.parameters[key]
        low, high = (f"{x:g}" for x in p.range)
        value = f"{p.value:g}" if p.unit == "1" else f"{p.value:g} {p.unit}"
        return (f"`{place}`", cell(found.about.get("title", name)), value, f"{low} to {high}",
                f"{p.grade}{', to be verified' if p.verify else ''}", cell(f"{p.source}: {p.where}"))
    return markdown(("number", "of", "value", "bounds", "grade", "source, and where in it"), map(row, wanted))


def told_products(wanted: list[str], page: str) -> str:
    """What products hold, and what a thin layer of them brings onto a calf."""
    def rows(name):
        product = shipped_product(name)
        for c in contents(product):
            yield (f"{cell(product.title)} (`{name}`)", cell(product.label), f"{float(f'{c.ppm:.4g}'):.0f}",
                   f"{100 * c.salt_share:.3g} % {c.salt}", f"{c.applied_mg:.3g}")
    return markdown(("product", "label", "ppm of the ion", "salt, of mass", f"mg of the ion applied ({USUAL_DOSE} on {USUAL_AREA})"),
                    (row for name in wanted for row in rows(name)))


def told_safety(wanted: list[str], page: str) -> str:
    """Fixed texts, word by word."""
    texts = lambda kind: tomllib.loads((folder("safety") / f"{kind}.toml").read_text("utf-8"))
    return "\n".join(f"- {texts(kind)[name]}" for kind, name in (each.split("/", 1) for each in wanted))


def told_told(wanted: list[str], page: str) -> str:
    """Points, paragraphs or rows of tables of another page as they stand there."""
    name, *words = wanted
    lines = (FOLDER.parent / name).read_text("utf-8").split("\n")
    return "\n".join(part for each in words for part in (_text(lines, each, name) or _rows(lines, each, name)))


def _text(lines: list[str], start: str, name: str) -> list[str]:
    """The point or paragraph that starts with these words."""
    first = [k for k, line in enumerate(lines) if line.startswith(start)]
    if len(first) > 1:
        raise SystemExit(f"{name} has {len(first)} places that start with '{start}'")
    return lines[first[0]:next(k for k in range(first[0] + 1, len(lines)) if not lines[k] or lines[k].startswith("- "))] if first else []


def _rows(lines: list[str], words: str, name: str) -> list[str]:
    """The head of the table and its rows that hold the words, or one of several parted by " / "."""
    options = words.split(" / ")
    hits = [k for k, line in enumerate(lines) if line.startswith("|") and any(option in line for option in options)]
    heads = {next(j for j in range(k, -1, -1) if not lines[j - 1].startswith("|")) for k in hits}
    if len(heads) != 1:
        raise SystemExit(f"{name} has the words '{words}' in {len(heads)} tables")
    head = heads.pop()
    return lines[head:head + 2] + [lines[k] for k in hits]


# ---- index -----------------------------------------------------------------------------------------------------------
def told_pages(wanted: list[str], page: str) -> str:
    """Every page: its question and the first sentence of its answer."""
    read = ((path, path.read_text("utf-8")) for path in pages())
    return "\n".join(f"- [{title(text)}]({path.name}) {re.split(r'(?<=[.]) ', answer(text))[0]}" for path, text in read)


def told_others(wanted: list[str], page: str) -> str:
    """Claims that stand on no page of themes."""
    on_pages = {key for path in pages() for key in claims_of(path.read_text("utf-8"))}
    return told_claims([key for key in claims() if key not in on_pages], page)


WRITERS = {name.removeprefix("told_"): function for name, function in list(globals().items()) if name.startswith("told_")}


def filled(page: str) -> str:
    """The page with all that stands between marks written anew."""
    def written(found):
        opening, name, wanted, _, end = found.groups()
        if name not in WRITERS:
            raise SystemExit(f"nothing writes '{name}'; there are {', '.join(WRITERS)}")
        return f"{opening}\n{WRITERS[name](shlex.split(wanted), page)}\n\n{end}"
    return PLACE.sub(written, page)


if __name__ == "__main__":
    for path in (*pages(), INDEX):
        path.write_text(filled(path.read_text("utf-8")), "utf-8")
    print(FOLDER)
