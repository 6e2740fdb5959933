"""Sentences about verdicts, made from the two axes and the scope; none is typed by hand.

The words of certainty are those of GRADE guidelines 26 (Santesso 2020): high, the plain verb; moderate, probably; low, may; very low, the
evidence is very uncertain. They belong to bodies of studies; the answers of the simulator have phrases of their own.
"""

from __future__ import annotations

from typing import NamedTuple

from epsom.evidence.claims import Claim

SO = {"high": "is so", "moderate": "is probably so", "low": "may be so"}
NOT_SO = {"high": "is not so", "moderate": "is probably not so", "low": "may not be so"}
VERY_UNCERTAIN = "The evidence is very uncertain."
IN_GENERAL = "It is about magnesium or the body in general and says nothing about magnesium through whole skin."


class Phrase(NamedTuple):
    """How a verdict is said: with a graded verb, where the evidence is very uncertain, and where there are no studies to grade."""

    graded: str
    very_low: str
    none: str


BY_VERDICT = {
    "supported": Phrase("Studies say that this {so}.", "Studies point this way.", "The studies in this register bear it out."),
    "plausible": Phrase("By indirect evidence this {so}.", "Indirect evidence points this way.",
                        "It fits what is known in general; no study in this register tests it."),
    "unclear": Phrase("Studies do not settle it.", "Studies do not settle it.", "It is not known: no study in this register bears on it."),
    "weak": Phrase("By what evidence there is, this {not_so}.", "What evidence there is leans against it, or is too biased to carry it.",
                   "Nothing in this register carries it."),
    "not supported by its source": Phrase("What it leans on does not show it, but something else, which {so}.",
                                          "What it leans on does not show it.", "What it leans on does not show it."),
    "contradicted": Phrase("Studies say that this {not_so}.", "Studies point the other way.", "What is known in general speaks against it."),
    "not testable": Phrase(*["This is no statement that a study could test."] * 3),
}


def sentence(verdict: str, certainty: str, scope: str) -> str:
    """What a verdict means, in one to three sentences.

    Parameters
    ----------
    verdict, certainty, scope : of the closed lists in `claims.py`.
    """
    phrase = BY_VERDICT[verdict]
    said = [{"very low": phrase.very_low, "none": phrase.none}.get(certainty, phrase.graded)]
    if certainty == "very low":
        said.append(VERY_UNCERTAIN)
    if scope == "in general" and verdict != "not testable":
        said.append(IN_GENERAL)
    return " ".join(said).format(so=SO.get(certainty), not_so=NOT_SO.get(certainty))


def of(claim: Claim) -> str:
    """The sentence of a claim's verdict as it stands."""
    return sentence(claim.verdict, claim.certainty, claim.scope)
