"""Every mechanism stands on four files, keeps its numbers in its parameters and uses all of them."""

from __future__ import annotations

import ast
import inspect
import textwrap
from pathlib import Path

import pytest

from epsom.mechanism import Mechanism
from epsom.standard import standard_model
from epsom.whole_body.course import whole_body_model

ROOT = Path(__file__).parents[2]
DATA = ROOT / "src" / "epsom" / "data"
MODELS = standard_model(), whole_body_model(("25Mg",), True)
MECHANISMS = {m.name: m for model in MODELS for m in model.mechanisms}
PLAIN = {0, 1, 2, 0.5}
NUMERICAL_SCALES = {"Scalar", "Chain"}  # calls whose numbers are solver tolerances or shapes of a grid


def code_file(mechanism: Mechanism) -> Path:
    """The file that the mechanism's class stands in."""
    return Path(inspect.getsourcefile(type(mechanism)))


def bare_numbers(class_source: str) -> list[str]:
    """Numbers in a class body other than 0, 1, 2, one half, indices, `scale`, defaults of __init__ and solver scales."""
    class_node = ast.parse(textwrap.dedent(class_source)).body[0]
    allowed = set()
    for node in ast.walk(class_node):
        if isinstance(node, ast.Subscript):
            allowed |= set(map(id, ast.walk(node.slice)))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in NUMERICAL_SCALES:
            allowed |= set(map(id, ast.walk(node)))
    for node in class_node.body:
        if isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == ["scale"]:
            allowed |= set(map(id, ast.walk(node)))
    return [
        f"line {node.lineno}: {node.value}"
        for node in ast.walk(class_node)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, (int, float, complex))
        and not isinstance(node.value, bool)
        and node.value not in PLAIN
        and id(node) not in allowed
    ]


def test_the_scan_for_bare_numbers_sees_them():
    text = 'class A:\n    scale = 1e-3\n    owns = {"a": Scalar("mol", 1e-6)}\n    def f(self, c, v):\n        return 3.7 * v[5] + c * 0.5\n'
    assert bare_numbers(text) == ["line 5: 3.7"]


@pytest.mark.parametrize("name", MECHANISMS)
def test_four_files(name):
    """Code, parameters, test and half a page of docs, all of the mechanism's name."""
    here = {
        "code": code_file(MECHANISMS[name]),
        "parameters": DATA / "parameters" / f"{name}.toml",
        "test": ROOT / "tests" / "mechanisms" / f"test_{name}.py",
        "docs": ROOT / "docs" / "mechanisms" / f"{name}.md",
    }
    assert here["code"].stem == name
    assert not [kind for kind, path in here.items() if not path.is_file() or not path.read_text("utf-8").strip()]


@pytest.mark.parametrize("name", MECHANISMS)
def test_no_bare_number(name):
    """A physiological number is a Parameter; a published formula's coefficients stand in one cited constant of the module."""
    assert bare_numbers(inspect.getsource(type(MECHANISMS[name]))) == []


@pytest.mark.parametrize("name", MECHANISMS)
def test_every_parameter_of_its_file_is_used(name):
    used = set().union(*(keys for model in MODELS for label, keys in model.parameters_used.items() if label.split("[")[0] == name))
    assert {f"{name}.{key}" for key in MECHANISMS[name].document().parameters} <= used


@pytest.mark.parametrize("name", MECHANISMS)
def test_it_says_what_it_is(name):
    assert inspect.getdoc(type(MECHANISMS[name])) and type(MECHANISMS[name]).__doc__ != Mechanism.__doc__


@pytest.mark.parametrize("name", MECHANISMS)
def test_readouts_are_its_own(name):
    """A mechanism reports what it owns, gives, exchanges or probes, nobody else's."""
    m = MECHANISMS[name]
    assert set(m.readouts) <= set(m.ports) - set(m.reads)


def test_no_parameter_file_without_a_mechanism():
    assert {path.stem for path in (DATA / "parameters").glob("*.toml")} == set(MECHANISMS)
