"""Osmotic coefficients of the salts that ship, by the film's own formula."""

from __future__ import annotations

from epsom.core.parameter import document
from epsom.dermal.film import Film, osmotic_coefficient

COLD = 0.3915        # Debye-Hueckel coefficient at 25 degC, at which handbooks tabulate


def numbers(salt: str) -> dict[str, float]:
    """What the formula asks of a salt."""
    p = document("salts", salt).parameters
    return {name: p[name].si for name in Film.SALT}


def particles(salt: str) -> float:
    """Particles that one formula brings."""
    return numbers(salt)["cations"] + numbers(salt)["anions"]


def osmotic(salt: str, molality: float) -> float:
    """Osmotic coefficient at 25 degC at a molality in mol/kg."""
    return float(osmotic_coefficient(molality, numbers(salt), COLD))
