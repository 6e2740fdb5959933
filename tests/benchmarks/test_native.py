"""C written from a JAX program: it computes what the program does; so does the Newton matrix of a model in pieces."""

import ctypes
import shutil
import subprocess

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from physics_runs import drawn, flat, random_state, scenario, standard, unflat
from test_feeds import MORE, KnownTree, Lichen, Moss
from test_linear import Weather

from emit import Writer
from epsom.engine.step import rates
from epsom.model import Model
from graph import Graph
from native import MANY, Written

needs_gcc = pytest.mark.skipif(not shutil.which("gcc"), reason="no C compiler (gcc) here")
POINTER = ctypes.c_void_p
CALLS = """
void rates(const double *c, const double *y, double *f) { rates_of_model(c, y, f); }
void look(const double *c, const double *y, double *seen) { observe(c, y, seen); }
void start(const double *c, double *y) { start_of_model(c, y); }
static Factors F;
void jacobian(const double *c, const double *y, double *data) { jacobian_of_model(c, y, &F, data); }
void newton(const double *c, const double *y, double gamma, const double *r, double *x) { factor(c, y, gamma, &F); solve(&F, r, x); }
"""


def compiled(folder, text: str):
    """The text as a library."""
    (folder / "made.c").write_text("#include <math.h>\n" + text)
    subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "made.c", "-o", "made.so", "-lm"], cwd=folder, check=True)
    return ctypes.CDLL(str(folder / "made.so"))


def call(function, size: int, *arrays) -> np.ndarray:
    """What a function of pointers (and numbers) writes into its last argument."""
    found = np.full(size, np.nan)
    held = [a if isinstance(a, float) else np.ascontiguousarray(a, float) for a in arrays]
    function(*(ctypes.c_double(a) if isinstance(a, float) else POINTER(a.ctypes.data) for a in held), POINTER(found.ctypes.data))
    return found


def odd(c, x, y):
    """A program with every kind of operation: vectors and scalars, moves, masks, branches, sums, what is zero somewhere."""
    mask = (np.arange(6) == 2)[:, None]
    shifted = jnp.concatenate([x[1:], x[-1:]]) * c["slope"] + mask * jnp.logaddexp(0.0, x / 0.01)
    added = jnp.zeros((6, 1)).at[np.array([1, 3, 3])].add(x[np.array([5, 0, 2])])
    added = added + (c["slope"] * x[:, None].reshape(1, 6, 1) * jnp.ones((3, 1, 1))).sum(0) + (c["slope"] * x.reshape(1, 6, 1)).sum(1)
    branch = jnp.where(y > 0, y / jnp.sqrt(1 + y * y), -jnp.expm1(y) ** 3)
    lane, = jnp.unstack(x[2:3] * c["rate"])
    return jax.lax.optimization_barrier(shifted - added), jnp.maximum(lane, y) ** c["rate"], (mask * x).sum(0) + branch, -x[::-1] + 0 * y


@needs_gcc
def test_a_program_in_c_computes_what_it_does_in_jax(tmp_path):
    draw, subjects = np.random.default_rng(1), 3
    constants = {"slope": draw.uniform(0.5, 2.0, (6, subjects)), "rate": draw.uniform(0.5, 2.0, subjects)}
    constants["slope"][:2] = 0.0                             # for everybody: no loop runs there
    g = Graph(subjects)
    nodes = [g.constant(value.reshape(-1, subjects)) for _, value in sorted(constants.items())]
    shapes = [jax.ShapeDtypeStruct(shape, float) for shape in ((1,), (6, 1), (6, 1), (1,))]
    found = g.trace(lambda rate, slope, x, y: odd({"rate": rate, "slope": slope}, x, y), shapes, *nodes, g.input("x", 6), g.input("y", 1))
    writer = Writer(g)
    text = writer.function("odd", ["x", "y"], {"all": g.join(found)})
    named = "void made(const double *c, const double *x, const double *y, double *all) { odd(c, x, y, all); }"
    library = compiled(tmp_path, writer.text + text + named)
    for j in range(subjects):
        for y in (0.7, -1.3):
            x, y = draw.uniform(-0.5, 1.5, 6), np.array([y])
            x[2] = 0.02
            own = {"slope": constants["slope"][:, j:j + 1], "rate": constants["rate"][j:j + 1]}
            due = jnp.concatenate([a.ravel() for a in odd(own, x[:, None], y)])
            np.testing.assert_allclose(call(library.made, 14, writer.table[j], x, y), due, rtol=1e-14, atol=1e-15)


def test_what_no_c_is_known_for_is_named():
    g = Graph(1)
    with pytest.raises(NotImplementedError, match="cumsum"):
        g.trace(lambda x: jnp.cumsum(x, 0), [jax.ShapeDtypeStruct((4, 1), float)], g.input("x", 4))


def test_zeros_are_followed_and_equal_expressions_are_one():
    g = Graph(1)
    mask = (np.arange(8) == 3)[:, None] * 1.0
    program = lambda x: (mask * jnp.exp(x), jnp.exp(x) * mask, x * 0.0)
    first, second, nothing = g.trace(program, [jax.ShapeDtypeStruct((8, 1), float)], g.input("x", 8))
    assert Writer(g).support(first) == (3, 4)
    assert first is second
    assert nothing.zero


def garden(folder):
    """Two side chains that join a trunk, two feeds one after the other, saturable exchange; three subjects alike."""
    (folder / "words.toml").write_text(MORE)
    (folder / "empty.toml").write_text("")
    kinds = KnownTree, Weather, Moss, Lichen
    return Model([kind(folder / ("words.toml" if kind is KnownTree else "empty.toml")) for kind in kinds]), {}


def magnesium(folder):
    case = scenario({"at": "0 h", "apply": "2 mg/cm^2"})
    return standard(), drawn(standard(), case, 3)


@pytest.fixture(scope="module", params=[garden, pytest.param(magnesium, marks=pytest.mark.long)])
def written(request, tmp_path_factory):
    """A model with constants of three subjects, written."""
    model, p = request.param(tmp_path_factory.mktemp("model"))
    constants = model.constants(p)
    return Written(model, constants, 3, tuple(model.probers)), constants


@needs_gcc
def test_a_model_in_c_is_the_model(written, tmp_path):
    """Rates, readouts and start to rounding; Jacobian by jacfwd of the whole; Newton's matrix against a dense solve."""
    written, constants = written
    model, watch = written.model, written.watch
    library = compiled(tmp_path, written.text + CALLS)
    table, size = written.writer.table, np.r_[model.cell_scale[:, 0], model.scalar_scale[:, 0]]
    fixed = [model.forest.size + j for j in range(len(model.scalar_names)) if j not in written.moving]
    whole = lambda c, z: flat(rates(model, c, unflat(model, z)))
    seen = lambda c, z: (model.observe(c, watch, unflat(model, z))[:, 0], model.initial(c, 1)[:, 0])
    in_jax = jax.jit(lambda c, z: (whole(c, z), jax.jacfwd(whole, 1)(c, z), *seen(c, z)))
    for j in range(3):
        c = jax.tree.map(lambda a, j=j: np.broadcast_to(a, (*np.shape(a)[:-1], 3))[..., j:j + 1], constants)
        y = np.asarray(flat(random_state(model, j)))
        f, J, seen, first = map(np.array, in_jax(c, y))
        assert (abs(call(library.rates, len(y), table[j], y) - f) <= 1e-13 * (abs(J) @ abs(y) + abs(f))).all()
        np.testing.assert_allclose(call(library.look, len(watch), table[j], y), seen, rtol=1e-12)
        np.testing.assert_allclose(call(library.start, len(y), table[j])[model.forest.size:], first, rtol=1e-14)
        J[:, fixed] = 0.0
        own, (rows, columns) = np.zeros_like(J), zip(*written.entries)
        own[rows, columns] = call(library.jacobian, len(written.entries), table[j], y)
        assert (abs(own - J) * size / size[:, None] <= 1e-11 * (abs(J) @ size / size)[:, None]).all()
        for gamma in (1e-2, 1.0, 40.0):
            r = size * np.random.default_rng(j).uniform(-1, 1, len(y))
            r[fixed] = 0.0
            matrix = (np.eye(len(y)) - gamma * J) * size / size[:, None]
            due = np.linalg.solve(matrix, r / size)
            assert (abs(call(library.newton, len(y), table[j], y, gamma, r) / size - due)).max() <= 1e-10 * abs(due).max()
    assert written.text.count("eliminate(F,") == len(written.chains)


def test_a_band_holds_what_it_says(written):
    """Every entry but those of scalars tied to many cells lies within the reach of the band's order."""
    written, _ = written
    model, J = written.model, np.zeros((written.y.size,) * 2, bool)
    J[tuple(zip(*written.entries))] = True
    np.fill_diagonal(J, False)
    tied = [j for j in range(written.cells, len(J)) if max(J[j, :written.cells].sum(), J[:written.cells, j].sum()) > MANY]
    fed = set(zip(model.forest.takers.tolist(), model.forest.givers.tolist()))
    for feeds in (True, False):
        place, below, above = written.band(feeds, True)
        assert sorted(place) == list(range(len(place)))
        outside = [(i, j) for i, j in written.entries if not -above <= place[i] - place[j] <= below]
        assert all(i in tied or j in tied or (not feeds and (i, j) in fed) for i, j in outside)
        assert below + above < len(J) / 2
