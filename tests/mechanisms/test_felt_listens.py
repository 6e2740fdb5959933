"""All that feels only listens: nothing in skin or tissue hears it, whatever stands in for tissue."""

from __future__ import annotations

from epsom.felt_mechanisms import FELT
from epsom.model import Model
from epsom.staging import in_stages
from epsom.standard import standard_model
from felt_runs import PLAYED, STUBS, felt_model

GIVEN = {"film_coverage", "rub_pressure", "rub_speed"}                # by the standard model; warmth and ache are played


def warmth():
    """The played inputs that the standard model does not own."""
    inputs = STUBS[1]
    kind = type(inputs)
    words = {name: scalar for name, scalar in kind.owns.items() if name not in GIVEN}
    return type("Warmth", (kind,), {"owns": words})()


def test_skin_is_solved_first_and_feeling_afterwards():
    front, listeners = in_stages(Model((*standard_model().mechanisms, warmth(), STUBS[2], *FELT)))
    later = {copy.mechanism.name for copy in listeners.copies}
    assert {m.name for m in FELT} <= later
    assert not {m.name for m in front.mechanisms} & {m.name for m in FELT}


def test_whoever_reads_what_is_felt_is_known():
    """Only metabolites may: through the muscle's activation."""
    felt = {word for m in FELT for word in (*m.owns, *m.gives)}
    others = {word for m in (*standard_model().mechanisms, *STUBS) for word in m.reads}
    assert felt & others == {"muscle_activation"} and set(PLAYED) & felt == set()
    assert felt_model().owner_of("muscle_activation").label == "guarding"
