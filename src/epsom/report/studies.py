"""What studies say, beside what the model says and never merged with it: bodies of evidence and claims of the registers."""

from __future__ import annotations

from epsom.evidence import tried, wording
from epsom.evidence.bodies import bodies
from epsom.evidence.claims import claims
from epsom.evidence.summary import findings
from epsom.result import Result

ON_SKIN, SOLUTE = "intact skin", "magnesium"
UNBACKED = ("unclear", "weak", "not supported by its source", "contradicted")
OF_PRODUCTS = ("product", "clinical effect", "absorption")


def outcomes(result: Result) -> list[dict] | None:
    """A row of the summary of findings for each body of studies on intact skin; None where no magnesium is in the run."""
    return findings(b for b in bodies().values() if b.route == ON_SKIN) if SOLUTE in result.solutes else None


def tried_claims(result: Result) -> list[dict] | None:
    """Claims that the model was tried on: what studies say of each, and what the model says."""
    if SOLUTE not in result.solutes:
        return None
    return [_row(c) | {"model": tried.stored()[c.id].sentence(c.test.words), "leaves_out": c.test.leaves_out}
            for c in claims().values() if c.id in tried.stored()] or None


def not_backed(result: Result) -> list[dict] | None:
    """Claims that products are sold with and that studies do not back."""
    if SOLUTE not in result.solutes:
        return None
    return [_row(c) for c in claims().values() if c.verdict in UNBACKED and c.type in OF_PRODUCTS and c.scope == "magnesium on skin"]


def _row(c) -> dict:
    return {"id": c.id, "text": c.text, "verdict": c.verdict, "certainty": c.certainty, "words": wording.of(c)}
