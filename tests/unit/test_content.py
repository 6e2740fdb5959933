"""The digest of a value: other content, another digest; the same content, the same one in every process."""

from __future__ import annotations

import pickle
import subprocess
import sys
from types import MappingProxyType

import jax.numpy as jnp
import numpy as np
import pytest

from epsom.core.content import content
from epsom.core.errors import ModelError
from epsom.core.parameter import Document
from epsom.mechanism import Mechanism, Scalar
from epsom.model import Model
from epsom.standard import standard_model
from painless import painless


class Thing:
    """Holds something."""

    def __init__(self, held):
        self.held = held


def twice(x):
    return 2 * x


def thrice(x):
    return 3 * x


LONG = np.zeros(5000)
DEFAULT = 0.0
CHANGED = np.concatenate([np.zeros(2500), [1.0], np.zeros(2499)])
DIFFERENT = [
    None, True, 1, 1.0, 1.0 + 1e-15, 1j, "1", b"1", "", (), [], {}, set(), (1, 2), [1, 2], (1, (2,)), ((1,), 2), ("12",), ("1", "2"),
    {"a": 1}, {"a": 2}, {"b": 1}, {"a": {"b": 1}}, {1, 2}, frozenset({1, 2}), MappingProxyType({"a": 1}), LONG, CHANGED,
    LONG.reshape(2, 2500), LONG.astype(np.float32), LONG.view(np.int64), np.float64(1.0), np.float32(1.0), np.array(1.0),
    np.array(["a", None], dtype=object), np.array(["a", 1], dtype=object), jnp.zeros(3), jnp.ones(3), np.ma.masked_array([1, 2], [0, 1]),
    np.ma.masked_array([1, 2], [0, 0]), Thing(1), Thing(2), Thing(LONG), Thing(CHANGED), twice, thrice, Thing, int, np.sin,
    range(3), range(4)]


def test_other_content_is_another_digest():
    assert len({content(value) for value in DIFFERENT}) == len(DIFFERENT)


@pytest.mark.parametrize("make", [lambda: LONG.copy(), lambda: np.asfortranarray(np.arange(6.0).reshape(2, 3)), lambda: Thing([1, "a"]),
                                  lambda: {"a": (1, {"b": LONG.copy()})}, lambda: {str(i) for i in range(20)}])
def test_the_same_content_is_the_same_digest(make):
    assert content(make()) == content(make())


def test_memory_order_does_not_count():
    square = np.arange(6.0).reshape(2, 3)
    assert content(square) == content(np.asfortranarray(square))


def test_the_same_in_another_process():
    """Sets of texts have another order in each process."""
    say = "from epsom.core.content import content; print(content(({'a', 'b', 'c', 'd'}, {'x': [1.5, None]}, b'1')).hex())"
    found = {subprocess.run([sys.executable, "-c", say], capture_output=True, text=True, check=True).stdout for _ in range(3)}
    assert len(found) == 1


def test_what_cannot_be_told_is_refused():
    circle = []
    circle.append(circle)
    for value in (lambda x: x, Thing(lambda x: x), circle):
        with pytest.raises(Exception, match=r"pickle|recursion"):
            content(value)


# ---- the digest of a model -------------------------------------------------------------------------------------------
class Listener(Mechanism):
    """Listens, with a setting."""

    reads = {"occlusion": "1"}

    def __init__(self, setting):
        self.setting = setting

    def document(self):
        return Document("listener", {}, {}, {})


def with_setting(value) -> Model:
    return Model((*standard_model(painless()).mechanisms, Listener(value)))


def test_a_number_within_a_long_array_is_another_model():
    assert with_setting(LONG).digest != with_setting(CHANGED).digest
    assert with_setting(LONG).digest == with_setting(LONG.copy()).digest == pickle.loads(pickle.dumps(with_setting(LONG))).digest


def test_an_object_is_told_by_what_it_holds_not_by_its_address():
    assert with_setting(Thing(1)).digest == with_setting(Thing(1)).digest != with_setting(Thing(2)).digest


def test_a_setting_that_cannot_be_told_is_refused_by_name():
    with pytest.raises(ModelError, match=r"'setting' of listener cannot be told.*A setting may be a number"):
        _ = with_setting(lambda x: x).digest


class Pond(Mechanism):
    """Keeps what it starts with."""

    owns = {"pond": Scalar("1", 1.0)}

    def document(self):
        return Document("pond", {}, {}, {"pond": {"unit": "1", "meaning": "a pond", "default": DEFAULT}})


def test_another_start_value_in_a_document_is_another_model(monkeypatch):
    dry = Model((Pond(),)).digest
    monkeypatch.setitem(globals(), "DEFAULT", 1.0)
    assert Model((Pond(),)).digest != dry
