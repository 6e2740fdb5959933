"""What the tests of single mechanisms share: the standard model, middle parameter values, constants of one mechanism."""

from __future__ import annotations

import jax.numpy as jnp
import pytest

from epsom import setting
from epsom.model import Parameters
from epsom.standard import standard_model
from painless import painless


class Bench:
    """One mechanism of the standard model with parameters at their middle values, one lane; some may be changed."""

    def __init__(self):
        self.scenario = painless()
        self.model = standard_model(self.scenario)
        self.middle = {key: p.si for key, p in setting.parameters(self.model, self.scenario).items()}

    def __call__(self, label: str, **changed):
        """(mechanism, its constants); `changed` are SI values by the last part of the parameter's key."""
        copy = next(c for c in self.model.copies if c.label == label)
        unknown = set(changed) - {key.rpartition(".")[2] for key in self.middle}
        assert not unknown, unknown
        values = {key: jnp.full(1, changed.get(key.rpartition(".")[2], value)) for key, value in self.middle.items()}
        return copy.mechanism, copy.mechanism.constants(Parameters(copy, values))


@pytest.fixture(scope="session")
def bench() -> Bench:
    """A bench for single mechanisms."""
    return Bench()
