"""Count the register, measure the matching and write the tables of claims.md: `python docs/claims_tables.py`. A test holds the page to it."""

import re
import tomllib
from collections import Counter
from pathlib import Path

from epsom.evidence.claims import CERTAINTIES, VERDICTS, claims
from epsom.evidence.matching import measured
from epsom.evidence.studies import studies

PAGE = Path(__file__).parent / "claims.md"
SENTENCES = Path(__file__).parents[1] / "tests" / "unit" / "claim_sentences.toml"
SETS = {"invented": "invented, words set with them in view", "invented_more": "invented by the same hand, in view too",
        "of_shops": "reworded from shops, in view too", "held_out": "**reworded from other shops, never in view**"}
THRESHOLDS = (1.0, 0.6)


def markdown(head: tuple, rows: list[tuple]) -> str:
    """A table."""
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in (head, ["---"] * len(head), *rows))


def verdicts() -> str:
    """Claims by verdict and certainty, and how many were judged otherwise in the first reading."""
    every = claims().values()
    count = Counter((c.verdict, c.certainty) for c in every)
    changed = Counter(c.verdict for c in every if c.history)
    rows = []
    for name, of in [*((verdict, [verdict]) for verdict in VERDICTS), ("all", VERDICTS)]:
        by_level = [sum(count[verdict, level] for verdict in of) for level in CERTAINTIES]
        rows.append((name, *(n or "" for n in by_level), sum(by_level), sum(changed[verdict] for verdict in of) or ""))
    return markdown(("verdict", *CERTAINTIES, "all", "judged otherwise before"), rows)


def misattributed() -> str:
    """Claims that lean on what does not show them."""
    named = lambda link: f"{link.study}: {link.note}" if link.study else link.note
    return markdown(("claim", "what it leans on", "what that shows"), [
        (f"{c.text} ({c.id})", "; ".join(named(link) for link in c.links if link.relation in ("refutes", "qualifies")), c.reason)
        for c in claims().values() if c.verdict == "not supported by its source"])


def doubtful() -> str:
    """Studies whose numbers cannot be as printed."""
    return markdown(("study", "why"), [(f"{s.id} {s.who}: {s.about}", s.risk_of_bias.reason) for s in studies().values()
                                       if "numbers in doubt" in s.pooling.because])


def pooled() -> str:
    """Why studies on intact skin are not pooled."""
    on_skin = [s for s in studies().values() if s.route == "intact skin"]
    count = Counter(reason for s in on_skin for reason in s.pooling.because)
    possible = [s.id for s in on_skin if s.pooling.possible]
    rows = [(reason, count[reason]) for reason in sorted(count, key=lambda reason: (-count[reason], reason))]
    return markdown((f"why not, of {len(on_skin)} on intact skin", "studies"), [*rows, (f"can be: {', '.join(possible)}", len(possible))])


def matching() -> str:
    """Precision and recall by set and threshold."""
    known = tomllib.loads(SENTENCES.read_text("utf-8"))
    rows = []
    for name, what in SETS.items():
        sentences = known[name]["sentences"]
        found = [measured(sentences, threshold) for threshold in THRESHOLDS]
        rows.append((what, len(sentences), sum(len(one["claims"]) for one in sentences),
                     *(f"{each.precision:.2f}, {each.recall:.2f}" for each in found), f"{found[0].silent} of {found[0].without}"))
    at = (f"precision, recall at {threshold:g}" for threshold in THRESHOLDS)
    return markdown(("sentences", "how many", "claims in them", *at, "silent where there is no claim"), rows)


TABLES = {"verdicts": verdicts, "misattributed": misattributed, "doubtful": doubtful, "pooled": pooled, "matching": matching}


def filled(page: str) -> str:
    """The page with each table in its place."""
    for name, table in TABLES.items():
        place, text = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- end -->)", re.S), table()
        page, places = place.subn(lambda found, text=text: f"{found[1]}\n{text}\n{found[2]}", page)
        if places != 1:
            raise SystemExit(f"claims.md has {places} places for the table '{name}'")
    return page


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text("utf-8")), "utf-8")
    print(PAGE)
