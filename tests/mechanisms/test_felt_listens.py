"""All that feels only listens: nothing in skin or tissue hears it, whatever stands in for tissue."""

from __future__ import annotations

from epsom.felt_mechanisms import FELT
from epsom.staging import in_stages
from epsom.standard import standard_model
from felt_runs import PLAYED, felt_model


def test_skin_is_solved_first_and_feeling_afterwards():
    front, listeners = in_stages(standard_model())
    later = {copy.mechanism.name for copy in listeners.copies}
    assert {m.name for m in FELT} <= later
    assert not {m.name for m in front.mechanisms} & {m.name for m in FELT}


def test_whoever_reads_what_is_felt_is_known():
    """Only metabolites may: through the muscle's activation."""
    felt = {word for m in FELT for word in (*m.owns, *m.gives)}
    others = {word for m in standard_model().mechanisms if m not in FELT for word in m.reads}
    assert felt & others == {"muscle_activation"} and set(PLAYED) & felt == set()
    assert felt_model().owner_of("muscle_activation").label == "guarding"
