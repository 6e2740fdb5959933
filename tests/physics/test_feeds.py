"""One-way feeds between trees of cells, and echoes of them: exact solves forward and transposed, mass, order of trees, clear refusals."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from physics_runs import flat, made, random_state, unflat
from test_linear import WORDS, Tree, Weather

from epsom.core.errors import ModelError
from epsom.engine.layout import Forest
from epsom.engine.step import implicit_solver, rates, step
from epsom.mechanism import CellMechanism, Chain, Feed
from epsom.model import Model

MORE = WORDS + """
flow_moss_to_tree = {unit = "mol/s", meaning = "Flow that the moss gains from the tree, negative."}
flow_lichen_to_moss = {unit = "mol/s", meaning = "Flow that the lichen gains from the moss, negative."}
flow_lichen_to_tree = {unit = "mol/s", meaning = "Flow that the lichen gains from the tree, negative."}
flow_off_trail = {unit = "mol/s", meaning = "Flow out of the trail, negative."}
"""


class Grower(CellMechanism):
    """Cells that lose what they hold to others, in part with the square of it."""

    reads = {"warmth": "1"}

    def __init__(self, file):
        self.file = file

    def document(self):
        from epsom.core.parameter import read_document
        return read_document(self.file)

    def capacity(self, c):
        return jnp.linspace(1.0, 0.3, self.size)[:, None]

    def conductance(self, c, v):
        return jnp.linspace(0.4, 1.0, self.size)[:, None] * v["warmth"]

    def exchange(self, c, u, v):
        strength = {name: np.isin(np.arange(self.size), [own for own, _ in feed.pairs])[:, None] * (1.0 + k)
                    for k, (name, feed) in enumerate(self.feeds.items())}
        return {name: -s * v["warmth"] * (u + 0.1 * u * u) for name, s in strength.items()}

    def depth(self, c):
        return jnp.zeros((self.size, 1))


class Moss(Grower):
    """Feeds the trunk and one branch."""

    unknown = ("moss_concentration", "mol/m^3")
    exchanges = {"flow_moss_to_tree": "mol/s"}
    feeds = {"flow_moss_to_tree": Feed("tree_concentration", ((0, 3), (2, 12), (4, 18)))}
    chains = (Chain("moss", 5),)


class Lichen(Grower):
    """Feeds moss and tree; two of its cells feed the same cell."""

    unknown = ("lichen_concentration", "mol/m^3")
    exchanges = {"flow_lichen_to_moss": "mol/s", "flow_lichen_to_tree": "mol/s"}
    feeds = {"flow_lichen_to_moss": Feed("moss_concentration", ((0, 1), (1, 1), (3, 4))),
             "flow_lichen_to_tree": Feed("tree_concentration", ((2, 0),))}
    chains = (Chain("lichen", 4),)


class Trail(Grower):
    """Follows what the moss feeds the tree, in cells that stand beside the balance."""

    unknown = ("trail_concentration", "mol/m^3")
    exchanges = {"flow_off_trail": "mol/s"}
    echoes = {"flow_moss_to_tree": ((0, 0), (2, 0), (4, 2))}
    chains = (Chain("trail", 3),)
    counted = False

    def exchange(self, c, u, v):
        return {"flow_off_trail": -0.7 * u}


class KnownTree(Tree):
    """The tree with a name for its unknown, so that others can feed it."""

    unknown = ("tree_concentration", "mol/m^3")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("garden")
    (folder / "words.toml").write_text(MORE)
    (folder / "empty.toml").write_text("")
    return folder


@pytest.fixture(scope="module")
def garden(files):
    """Tree first, lichen last: the order of solving is not the order of building."""
    return Model([KnownTree(files / "words.toml"), Weather(files / "empty.toml"), Trail(files / "empty.toml"),
                  Moss(files / "empty.toml"), Lichen(files / "empty.toml")])


@pytest.fixture(scope="module")
def solved(garden):
    """(y, r, weight) -> (Jacobian of the whole, the solution for r, that of the transposed system), one program for all weights."""
    c = garden.constants({})

    def both(y, r, weight):
        found, back = jax.vjp(lambda z: flat(implicit_solver(garden, c, y, weight)(unflat(garden, z))), r)
        return jax.jacfwd(lambda z: flat(rates(garden, c, unflat(garden, z))))(flat(y)), found, back(r)[0]

    return made(both, random_state(garden, 1), flat(random_state(garden, 2)), 1.0)


@pytest.mark.parametrize("weight", [1e-2, 1.0, 40.0])
def test_solve_is_exact_forward_and_transposed(garden, solved, weight):
    """Against a dense solve with J by jacfwd of the whole; the transposed one is what reverse derivatives use."""
    y, r = random_state(garden, 1), random_state(garden, 2)
    jacobian, found, back = solved(y, flat(r), weight)
    dense = weight * np.eye(len(jacobian)) - np.asarray(jacobian)
    for got, due in ((found, np.linalg.solve(dense, flat(r))), (back, np.linalg.solve(dense.T, flat(r)))):
        assert abs(np.asarray(got) - due).max() <= 1e-11 * abs(due).max()


def test_trees_are_solved_in_the_order_of_their_feeds(garden):
    assert [garden.slices["lichen"].start in stage for stage in garden.forest.stages] == [True, False, False]
    assert [garden.slices["moss"].start in stage for stage in garden.forest.stages] == [False, True, False]
    assert [len(stage) for stage in garden.forest.stages] == [4, 5, 22]


def test_what_is_fed_is_neither_made_nor_lost(garden):
    """A step changes the amount in all cells by what the exchanges with scalars bring, to rounding."""
    c, y = garden.constants({}), random_state(garden, 3)
    actions = garden.actions(c, garden.derived(c, jnp.unstack(y.scalars)))
    flows, (gained, _) = garden._exchange(c, y.cells, actions), garden.cell_rates(c, y.cells, actions)
    outside = flows["flow_from_sap"].sum(0) + flows["flow_decayed"].sum(0)
    trail = garden.slices["trail"]
    np.testing.assert_allclose(gained.sum(0) - gained[trail].sum(0), outside, rtol=1e-12)
    echo = -flows["flow_moss_to_tree"][np.array([0, 2, 4])].sum(0)
    np.testing.assert_allclose(gained[trail].sum(0), echo + flows["flow_off_trail"].sum(0), rtol=1e-12)
    new, error = made(lambda y: step(garden, c, y, 1e-2), y)(y)
    assert np.isfinite(flat(new)).all() and np.isfinite(flat(error)).all()


def test_feeds_in_a_circle_are_refused():
    with pytest.raises(ValueError, match="circle"):
        Forest((2, 2), (None, None), ((0, 3), (2, 1)))


def test_a_feed_into_nothing_is_refused(files):
    with pytest.raises(ModelError, match="tree_concentration"):
        Model([Moss(files / "words.toml"), Weather(files / "empty.toml"), Tree(files / "empty.toml")])


def test_a_feed_of_a_cell_that_is_not_there_is_refused(files):
    class Tall(Moss):
        feeds = {"flow_moss_to_tree": Feed("tree_concentration", ((0, 19),))}

    with pytest.raises(ModelError, match="cell 19"):
        Model([KnownTree(files / "words.toml"), Weather(files / "empty.toml"), Tall(files / "empty.toml")])


@pytest.mark.parametrize("changes, named", [
    ({"echoes": {"flow_from_sap": ((0, 0),)}}, "flow_from_sap"), ({"counted": True}, "twice"),
    ({"echoes": {"flow_moss_to_tree": ((5, 0),)}}, "its cell 5"), ({"echoes": {"flow_nowhere": ((0, 0),)}}, "flow_nowhere")])
def test_an_echo_without_a_feed_or_within_the_balance_is_refused(files, changes, named):
    wrong = type("Wrong", (Trail,), changes)
    with pytest.raises(ModelError, match=named):
        Model([KnownTree(files / "words.toml"), Weather(files / "empty.toml"), wrong(files / "empty.toml"), Moss(files / "empty.toml")])


def test_what_is_not_counted_feeds_nothing(files):
    wrong = type("Wrong", (Moss,), {"counted": False})
    with pytest.raises(ModelError, match="beside the balance"):
        Model([KnownTree(files / "words.toml"), Weather(files / "empty.toml"), wrong(files / "empty.toml")])
