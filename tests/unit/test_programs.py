"""Programs: one for each shape, kept in a file, made anew when the file is no use."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from epsom.engine import programs
from epsom.engine.layout import Forest
from epsom.engine.programs import Program


class Scale:
    forest, scalar_scale = Forest((), ()), np.ones((1, 1))

    def __init__(self, factor, identity):
        self.factor, self.identity = factor, identity


traced = []


def scaled(model, x, *, power):
    """What is compiled."""
    traced.append(x.shape)
    return model.factor * x ** power


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    programs.prepare()
    monkeypatch.setattr(programs, "prepare", lambda: tmp_path)
    traced.clear()
    return tmp_path


X = np.arange(4.0)


def test_one_program_for_each_shape_and_setting(own_folder):
    model, program = Scale(2.0, None), Program(scaled)
    for x, power in ((X, 2), (X + 1, 2), (X, 3), (X[:2], 2)):
        np.testing.assert_array_equal(program(model, x, power=power), 2 * x ** power)
    assert len(traced) == len(program.made) == 3
    assert not list(own_folder.iterdir())                     # no identity: nothing is kept


def test_a_kept_program_is_loaded_without_tracing(own_folder):
    first = Program(scaled)(Scale(2.0, "same"), X, power=2)
    file, = own_folder.iterdir()
    assert file.suffix == ".program" and len(traced) == 1
    second = Program(scaled)(Scale(2.0, "same"), X, power=2)
    assert len(traced) == 1
    np.testing.assert_array_equal(first, second)


def test_another_identity_is_another_program(own_folder):
    np.testing.assert_array_equal(Program(scaled)(Scale(2.0, "two"), X, power=1), 2 * X)
    np.testing.assert_array_equal(Program(scaled)(Scale(3.0, "three"), X, power=1), 3 * X)
    assert len(list(own_folder.iterdir())) == 2


@pytest.mark.parametrize("content", [b"", b"not a program", None])
def test_a_useless_file_is_replaced(own_folder, content):
    Program(scaled)(Scale(2.0, "same"), X, power=2)
    file, = own_folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if content is None else content)
    np.testing.assert_array_equal(Program(scaled)(Scale(2.0, "same"), X, power=2), 2 * X ** 2)
    assert len(traced) == 2 and len(file.read_bytes()) > len(whole) // 2
    Program(scaled)(Scale(2.0, "same"), X, power=2)
    assert len(traced) == 2


def test_a_folder_that_cannot_be_written_is_done_without(own_folder, monkeypatch):
    monkeypatch.setattr(programs, "prepare", lambda: own_folder / "missing")
    np.testing.assert_array_equal(Program(scaled)(Scale(2.0, "same"), X, power=2), 2 * X ** 2)


def test_derivatives_go_through(own_folder):
    program, model = Program(scaled), Scale(2.0, "same")
    slope = jax.grad(lambda x: program(model, x, power=3).sum())(jnp.asarray(X))
    np.testing.assert_allclose(slope, 6 * X ** 2)
    assert not list(own_folder.iterdir())
