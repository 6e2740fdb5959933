"""What is played to nerve and gate: at rest everything is as the whole model has it before anything is done."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from epsom.engine.layout import State
from epsom.played_trials import Stage
from epsom.scenario import Scenario
from epsom.staging import in_stages
from epsom.standard import standard_model

ANYWAY = {"near_follicles_share[magnesium]"}                # of no concern where all of the skin holds the same


def test_at_rest_everything_heard_is_what_the_whole_model_gives():
    model = standard_model(Scenario.load("magnesium-lotion-calf"))
    stage = Stage(model, ("pain_rating",), "here")
    p = {key: np.full(1, one.si) for key, one in stage.parameters("muscle tightness", 5.0).items()}
    front, _ = in_stages(model)
    c = front.constants({key: jnp.asarray(value) for key, value in p.items()})
    heard = [name for name in stage.listeners.heard if name in {*front.owner, *front.givers, *front.probers}]
    there = front.observe(c, heard, State(jnp.zeros((front.forest.size, 1)), front.initial(c, 1)))
    rest = stage.rest(p, 1)
    assert rest["free_magnesium_baseline"][0] == pytest.approx(0.52, abs=0.03)
    off = {name for name, value in zip(heard, np.asarray(there)) if abs(rest[name][0] - value[0]) > 1e-6 * (1 + abs(value[0]))}
    assert off <= ANYWAY, {name: (rest[name], there[heard.index(name)]) for name in off}
