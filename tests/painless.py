"""Shipped scenarios without their complaint: what is felt costs as much again to solve, and has tests of its own."""

from epsom.scenario import Scenario


def painless(name: str = "magnesium-lotion-calf") -> Scenario:
    """A shipped scenario in which nothing hurts."""
    return Scenario.build({key: table for key, table in Scenario.load(name).tables().items() if key != "complaint"})
