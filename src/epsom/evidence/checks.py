"""What `epsom claims lint` looks at: rules that no single entry can see, or that a schema cannot say.

Each rule is a function of a `Register` that gives sentences about what breaks it; nothing is changed. A schema refuses the rest when a file
is read: unknown words, links to nothing, numbers to compute with that have no unit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from epsom.core import sources
from epsom.core.errors import EpsomError
from epsom.evidence import marketed, matching, rulings
from epsom.evidence.claims import Claim, claims
from epsom.evidence.studies import Study, studies

NUMBER = re.compile(r"(?<![\w.,/^-])\d[\d,.]*\d|(?<![\w.,/^-])\d(?!\w)")
UNIT_FOLLOWS = re.compile(r"\s*(?:(?:to|and|or)\s+\d[\d,.]*\s*)?(?:%|°|[A-Za-z(])")
STATISTIC = re.compile(r"(?:[=<>]|effect size|RR|SMD|of|score)\s*$")            # a pure number may follow these
DOUBT = re.compile(r"\brecalled\b|\bnot (?:yet )?read\b|\bin the full text\b|\bassumed\b|\bto be verified\b|\bnot certain\b")
GRADED = re.compile(r"\b(?:high|moderate|low|very low) (?:certainty|quality)\b|\bcertainty of (?:the )?evidence\b|\bverdict\b")
NOT_GRADED = ("state of knowledge", "people and sellers")


class Register(NamedTuple):
    """All that is looked at together."""

    claims: Mapping[str, Claim]
    studies: Mapping[str, Study]
    marketed: Mapping[str, marketed.Marketed]
    rulings: Mapping[str, rulings.Ruling]


class Finding(NamedTuple):
    """A rule, the entry that breaks it, and how."""

    rule: str
    where: str
    what: str


def register() -> Register:
    """The register that ships."""
    return Register(claims(), studies(), marketed.marketed(), rulings.rulings())


def links_resolve(of: Register) -> Iterator[tuple[str, str]]:
    for claim in of.claims.values():
        for link in claim.links:
            if link.study is not None and link.study not in of.studies:
                yield claim.id, f"study {link.study} is not registered"
            if link.source is not None and link.source not in sources.bibliography():
                yield claim.id, f"source {link.source} is not in sources.bib"
    for study in of.studies.values():
        yield from ((study.id, f"overlaps with {other}, which is not registered") for other in study.overlaps if other not in of.studies)
    for ruling in of.rulings.values():
        yield from ((ruling.id, f"claim {claim} is not registered") for claim in ruling.claims if claim not in of.claims)


def numbers_have_units(of: Register) -> Iterator[tuple[str, str]]:
    for claim in of.claims.values():
        for text in (claim.text, claim.reason, *(link.note for link in claim.links)):
            for hit in NUMBER.finditer(text):
                if not UNIT_FOLLOWS.match(text, hit.end()) and not STATISTIC.search(text[: hit.start()]):
                    yield claim.id, f"{hit.group()} has no unit in \"{text}\""


def supported_clinical_claims_have_people(of: Register) -> Iterator[tuple[str, str]]:
    for claim in of.claims.values():
        behind = [link for link in claim.links if link.relation == "supports" and link.has_results]
        if claim.verdict == "supported" and not behind:
            yield claim.id, "supported, and no study with results supports it"
        if claim.verdict == "supported" and claim.type in ("clinical effect", "safety") and not any(link.on_people for link in behind):
            yield claim.id, f"a supported claim of {claim.type} without people behind it"


def skin_claims_rest_on_skin(of: Register) -> Iterator[tuple[str, str]]:
    """A mechanism in general does not carry what is said of magnesium through skin."""
    on_skin = ("intact skin", "skin sample", "context")
    for claim in of.claims.values():
        if claim.scope != "magnesium on skin" or claim.verdict != "supported":
            continue
        behind = [link for link in claim.links if link.relation == "supports"]
        if not any(link.registered.route in on_skin if link.study else link.on == "samples of skin" for link in behind):
            yield claim.id, "supported for magnesium on skin by studies of other routes alone"


def axes_stay_apart(of: Register) -> Iterator[tuple[str, str]]:
    for claim in of.claims.values():
        relations = {link.relation for link in claim.links if link.has_results}
        for text in (claim.text, claim.reason, claim.would_change or ""):
            if hit := GRADED.search(text):
                yield claim.id, f"\"{hit.group()}\" is typed where a sentence is made from the axes"
        if claim.certainty != "none" and not relations - {"uses"}:
            yield claim.id, "a certainty without a study that bears on it"
        if claim.certainty != "none" and (claim.scope in NOT_GRADED or claim.verdict == "not testable"):
            yield claim.id, "a certainty where there is no body of studies to grade"
        if claim.verdict == "contradicted" and "refutes" not in relations:
            yield claim.id, "contradicted, and no study refutes it"
        if claim.verdict == "not supported by its source" and not relations & {"refutes", "qualifies"}:
            yield claim.id, "not supported by its source, and no source is named"


def every_doubt_is_marked(of: Register) -> Iterator[tuple[str, str]]:
    for entry in (*of.studies.values(), *of.claims.values(), *of.marketed.values()):
        texts = entry.model_dump(exclude={"verify", "history", "links", "said", "not_known"})
        hit = next((found for text in _texts(texts) if (found := DOUBT.search(text))), None)
        if hit and not entry.verify and not getattr(entry, "not_known", ()):
            yield entry.id, f"says \"{hit.group()}\" and has nothing to verify"
    for ruling in of.rulings.values():
        if not ruling.link and not ruling.verify:
            yield ruling.id, "neither a link nor anything to verify"


def nothing_rests_on_a_brand(of: Register) -> Iterator[tuple[str, str]]:
    brands = [entry.brand for entry in of.marketed.values() if entry.brand]
    for claim in of.claims.values():
        for text in _texts(claim.model_dump()):
            yield from ((claim.id, f"names {brand}") for brand in brands if re.search(rf"\b{re.escape(brand)}\b", text, re.IGNORECASE))


def history_is_earlier(of: Register) -> Iterator[tuple[str, str]]:
    for claim in of.claims.values():
        days = [each.date for each in claim.history]
        if days != sorted(days) or (days and days[-1] > claim.judged.isoformat()):
            yield claim.id, "its history is not in order of time, before its verdict"
        if claim.history and (claim.history[-1].verdict, claim.history[-1].certainty) == (claim.verdict, claim.certainty):
            yield claim.id, "its last earlier verdict is the one it has"


def labels_agree_with_products(of: Register) -> Iterator[tuple[str, str]]:
    for entry in of.marketed.values():
        yield from ((entry.id, said) for said in marketed.mismatches(entry))


def patterns_are_known(of: Register) -> Iterator[tuple[str, str]]:
    try:
        known = matching.ideas()
    except EpsomError as error:
        yield "claim_words.toml", str(error)
        return
    used = {name for claim in of.claims.values() for pattern in claim.said for name in pattern}
    yield from (("claim_words.toml", f"no claim uses the idea '{name}'") for name in known if name not in used | {matching.DENIAL})


RULES: dict[str, Callable[[Register], Iterator[tuple[str, str]]]] = {
    "every link leads somewhere": links_resolve,
    "every number has a unit": numbers_have_units,
    "what is supported has studies, clinical claims people": supported_clinical_claims_have_people,
    "claims about skin rest on skin": skin_claims_rest_on_skin,
    "verdict and certainty stay apart": axes_stay_apart,
    "every doubt is marked": every_doubt_is_marked,
    "nothing rests on a brand": nothing_rests_on_a_brand,
    "history is earlier": history_is_earlier,
    "labels agree with products": labels_agree_with_products,
    "patterns are known": patterns_are_known,
}


def _texts(table) -> Iterator[str]:
    """All texts in nested tables and lists."""
    if isinstance(table, str):
        yield table
    elif isinstance(table, Mapping):
        for each in table.values():
            yield from _texts(each)
    elif isinstance(table, (list, tuple)):
        for each in table:
            yield from _texts(each)


def findings(of: Register | None = None) -> list[Finding]:
    """Everything that breaks a rule, in the order of the rules; nothing where all is well."""
    looked_at = register() if of is None else of
    return [Finding(rule, where, what) for rule, check in RULES.items() for where, what in check(looked_at)]
