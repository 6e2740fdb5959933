"""Scalars that only listen: solved afterwards they are what they are in the whole, for every setting, at the order of the plan."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from physics_runs import APPLY, HOUR, drawn, scenario, standard

from epsom import protocol
from epsom.core.errors import ModelError
from epsom.core.parameter import read_document
from epsom.credit import Coalitions
from epsom.engine.listening import Played, afterwards, resampled
from epsom.engine.run import Record, on_plan, recorded
from epsom.mechanism import Mechanism, Scalar
from epsom.model import Model
from epsom.solving import solve
from epsom.staging import in_stages

LANES = 3
CELLS = standard()       # in which everything acts on cells, vessels and heat included, or holds amounts
OUTPUTS = np.linspace(0, 6 * HOUR, 41)
WORDS = """
[variables.toy_drive]
unit = "1"
meaning = "Drive of a toy nerve."
[variables.toy_fatigue]
unit = "1"
meaning = "Fatigue of a toy nerve."
axis = "solute"
[variables.toy_pain]
unit = "1"
meaning = "Pain of a toy."
[variables.toy_relief]
unit = "1"
meaning = "Relief of a toy."
"""
NUMBER = """
[{name}]
value = {value}
unit = "{unit}"
range = [0, 100]
source = "assumed"
where = "a toy"
grade = "D"
"""


class Toy(Mechanism):
    numbers: dict = {}
    words = ""

    def __init__(self, folder):
        self.folder = folder

    def document(self):
        file = self.folder / f"{self.name}.toml"
        file.write_text(self.words + "".join(NUMBER.format(name=k, value=v, unit=u) for k, (v, u) in self.numbers.items()))
        return read_document(file)

    def constants(self, p):
        return {name: p[name] for name in self.numbers}


class Nerve(Toy):
    per_solute = True
    words = WORDS
    numbers = {"half": (0.02, "mol/m^3"), "tiring": (5.0, "min"), "heard": (1.0, "1")}
    reads = {"papillary_dermis_concentration": "mol/m^3", "film_water_activity": "1"}
    owns = {"toy_fatigue": Scalar("1", 1e-2)}

    def rates(self, c, v):
        x = c["heard"] * v["papillary_dermis_concentration"]
        return {"toy_fatigue": (x / (x + c["half"]) * v["film_water_activity"] - v["toy_fatigue"]) / c["tiring"]}


class Feeling(Toy):
    numbers = {"fast": (1.0, "min"), "slow": (20.0, "min"), "gate": (1.0, "1")}
    reads = {"toy_fatigue": "1"}
    owns = {"toy_drive": Scalar("1", 1e-2), "toy_pain": Scalar("1", 1e-2)}
    gives = {"toy_relief": "1"}
    readouts = ("toy_pain", "toy_relief")

    def initial(self, c):
        return {"toy_pain": 0.5}

    def toy_relief(self, c, v):
        return 1 - v["toy_pain"] ** 2

    def rates(self, c, v):
        firing = 1 - c["gate"] * sum(v["toy_fatigue"])
        return {"toy_drive": (firing * v["toy_relief"] - v["toy_drive"]) / c["fast"],
                "toy_pain": (v["toy_drive"] ** 2 - v["toy_pain"]) / c["slow"]}


@pytest.fixture(scope="module")
def case():
    return scenario(APPLY, {"at": "2 h", "wash": 0.9}, {"at": "3 h", "apply": "1 mg/cm^2"}, duration="6 h")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toys")
    return Model((*CELLS.mechanisms, Nerve(folder), Feeling(folder)), CELLS.solutes)


@pytest.fixture(scope="module")
def stages(whole):
    return in_stages(whole)


def staged(stages, p, case, settings, steps=48, finer=1):
    front, listeners = stages
    moves, events = protocol.compiled(front, case, LANES)
    _, records = recorded(front, p, events, OUTPUTS, moves=moves, watch=listeners.heard, steps=steps, finer=finer)
    none = events._replace(fraction=events.fraction[:, :0], amount=events.amount[:, :0])
    return afterwards(listeners, p, settings, records, none, OUTPUTS, moves=(), watch=listeners.readouts)


def at_once(whole, p, case, steps=48, finer=1):
    moves, events = protocol.compiled(whole, case, LANES)
    return on_plan(whole, p, events, OUTPUTS, moves=moves, watch=("toy_pain", "toy_relief"), steps=steps, finer=finer).seen


@pytest.fixture(scope="module")
def p(whole, case):
    return drawn(whole, case, LANES)


ONE = {"nerve.heard": np.ones(1)}


def test_the_split_follows_the_ports(whole, stages):
    front, listeners = stages
    assert {m.name for m in front.mechanisms} == {m.name for m in CELLS.mechanisms}
    assert set(listeners.heard) == {"papillary_dermis_concentration[magnesium]", "film_water_activity"}
    assert listeners.scalar_names[1:] == ("toy_fatigue[magnesium]", "toy_drive", "toy_pain")


def test_a_model_in_which_nothing_only_listens_is_refused():
    with pytest.raises(ModelError, match="only listens"):
        in_stages(CELLS)


def test_what_follows_from_the_first_stage_alone_is_recorded_with_it():
    """The pattern's zones hold no state and read cells only: they are no listeners."""
    with pytest.raises(ModelError, match="only listens"):
        in_stages(standard())


@pytest.mark.long
def test_afterwards_is_the_whole(whole, stages, case, p):
    """Both errors fall with the steps, so the two ways agree far below the error of the plan itself."""
    apart = []
    for finer in (1, 2):
        difference = staged(stages, p, case, ONE, finer=finer).seen[0] - at_once(whole, p, case, finer=finer)
        apart.append(float(abs(difference).max()))
    assert apart[0] < 1e-4
    assert apart[1] < apart[0] / 8


@pytest.mark.long
def test_order_of_listening(stages, case, p):
    """Order 4 at the end of the run: the clock carries the time derivative into the Jacobian."""
    ends = [np.asarray(staged(stages, p, case, ONE, steps=steps).end.scalars[0, 1:]) for steps in (48, 96, 192, 384)]
    errors = [np.abs(a - b).max() for a, b in pairwise(ends)]
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert (orders > 3.5).all(), (orders, errors)


@pytest.mark.long
def test_each_setting_is_a_run_of_its_own(whole, stages, case, p):
    gate, heard = np.array([1.0, 0.0, 0.4, 1.0]), np.array([1.0, 1.0, 0.7, 0.0])
    found = staged(stages, p, case, {"feeling.gate": gate, "nerve.heard": heard}).seen
    for i in range(4):
        alone = at_once(whole, {**p, "feeling.gate": np.full(LANES, gate[i]), "nerve.heard": np.full(LANES, heard[i])}, case)
        assert abs(found[i] - alone).max() < 1e-4
    assert abs(found[1] - found[3]).max() < 1e-12         # a closed gate and a deaf nerve feel the same: nothing
    assert abs(found[0] - found[1]).max() > 1e-2


@pytest.mark.long
def test_settings_may_differ_between_draws(stages, case, p):
    lanes = np.array([[1.0, 0.5, 0.0]])
    apart = staged(stages, p, case, {"feeling.gate": lanes}).seen[0]
    for i in range(LANES):
        same = staged(stages, p, case, {"feeling.gate": np.array([lanes[0, i]])}).seen[0]
        np.testing.assert_allclose(apart[..., i], same[..., i], rtol=0, atol=1e-14)


def test_a_cubic_is_heard_exactly():
    """With its derivative by the clock, which the Jacobian needs."""
    value = lambda t: 1 + 2 * t - 3 * t**2 + 0.5 * t**3
    slope = jax.grad(value)
    ends = np.array([2.0, 3.5])
    heard = Played(None, np.diff(ends)[0], np.array([[[value(t)]] for t in ends]), np.array([[[slope(t)]] for t in ends]))
    for x in (0.0, 0.3, 1.0):
        got, = heard.at(jnp.full(1, x))
        assert got[0] == pytest.approx(float(value(2.0 + 1.5 * x)), rel=1e-13)
        change = jax.grad(lambda x: heard.at(x)[0][0])(x) / 1.5
        assert change == pytest.approx(float(slope(2.0 + 1.5 * x)), rel=1e-12)


def test_events_reach_listeners(stages, case, p):
    """A move into a listener's own scalar is felt from its time on."""
    front, listeners = stages
    moves, events = protocol.compiled(front, case, LANES)
    _, records = recorded(front, p, events, OUTPUTS, moves=moves, watch=listeners.heard, steps=48)
    segments, pain = len(events.times) - 1, listeners.scalar_names.index("toy_pain")
    amount = np.zeros((segments, 1, LANES))
    amount[-1] = 0.25
    jump = events._replace(fraction=np.zeros((segments, 1, 1)), amount=amount)
    go = lambda amount: afterwards(listeners, p, ONE, records, jump._replace(amount=amount), OUTPUTS,
                                   moves=((None, pain),), watch=("toy_pain",)).seen[0, :, 0]
    difference = go(amount) - go(0 * amount)
    before = events.times[-2] > OUTPUTS
    np.testing.assert_allclose(difference[before], 0, atol=1e-15)
    np.testing.assert_allclose(difference[~before][0], 0.25, rtol=1e-9)


def test_a_batch_solved_in_stages_and_every_coalition_of_effects(whole, stages, case, p):
    """Readouts of both stages under their names; coalitions, on fewer steps and to an earlier end, are runs with effects off."""
    times = OUTPUTS[[1, 7, 17]]
    asked = Coalitions(("nerve.heard", "feeling.gate"), times, ("toy_relief", "toy_pain"), LANES, 24)
    done = solve(whole, case, p, OUTPUTS, LANES, 48, asked=asked)
    assert set(whole.readouts) <= set(done.seen)
    np.testing.assert_allclose(done.seen["toy_pain"], np.asarray(staged(stages, p, case, ONE).seen)[0, :, 0], rtol=0, atol=1e-12)
    assert done.coalitions.shape == (4, 3, 2, LANES)
    switches = {"nerve.heard": np.array([0.0, 1.0, 0.0, 1.0]), "feeling.gate": np.array([0.0, 0.0, 1.0, 1.0])}
    due = np.asarray(staged(stages, p, case, switches).seen)                           # (settings, OUTPUTS, watched, lanes)
    np.testing.assert_allclose(done.coalitions[:, :, ::-1], due[:, [1, 7, 17]], rtol=0, atol=2e-4)
    some = solve(whole, case, p, OUTPUTS, LANES, 48, asked=asked._replace(groups=((1,), (0,))).of_groups)
    np.testing.assert_array_equal(some.coalitions, done.coalitions[[0, 2, 1, 3]])


def test_what_listens_can_be_solved_with_finer_steps_alone(whole, case, p):
    """The stage with the cells stays as it is, to the last bit; the error of what listens falls as at order 4."""
    usual, finer = (solve(whole, case, p, OUTPUTS, LANES, 48, listening=times) for times in (1, 4))
    np.testing.assert_array_equal(finer.out.cells, usual.out.cells)
    assert (finer.late < usual.late / 50).all() and (usual.late > 0).all()
    np.testing.assert_allclose(finer.seen["toy_pain"], usual.seen["toy_pain"], rtol=0, atol=10 * usual.late.max())


def test_a_record_at_other_times_is_its_own_cubic():
    value, slope = (lambda t: 1 + 2 * t - 3 * t**2 + 0.5 * t**3), (lambda t: 2 - 6 * t + 1.5 * t**2)
    pieces = [Record(times, value(times)[:, None, None], slope(times)[:, None, None])
              for times in (np.array([0.0, 1.0, 2.5]), np.array([2.5, 3.0]))]
    other = np.array([0.0, 0.4, 1.0, 2.6, 3.0])
    found = resampled(pieces, other)
    np.testing.assert_allclose(found.values[:, 0, 0], value(other), rtol=1e-12)
    np.testing.assert_allclose(found.slopes[:, 0, 0], slope(other), rtol=1e-12)


def test_an_effect_on_what_cells_need_is_no_effect_on_what_listens(whole, case, p):
    asked = Coalitions(("film.crust",), OUTPUTS[[1]], ("toy_pain",), LANES, 24)
    with pytest.raises(ModelError, match=r"film\.crust.*only listens"):
        solve(whole, case, p, OUTPUTS, LANES, 48, asked=asked)
