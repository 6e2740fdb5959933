"""Draws: reproducible one by one, independent of what else is drawn, people within knowledge."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.core.draws import MOST, Draws, scores
from epsom.core.errors import InputError
from epsom.core.parameter import Parameter, Spread


def number(key, unknown=True, people=True) -> Parameter:
    """A parameter with spreads of its own."""
    one = Spread.read({"shape": "lognormal", "gsd": 2.0})
    return Parameter(key, 1.0, "1", "crc", "table", "A", (0, 9), one if unknown else None, one if people else None)


TWO = {"a": number("a"), "b": number("b")}


@pytest.mark.parametrize("first, size", [(0, 1), (0, 7), (3, 5), (4, 4), (17, 40), (99, 1)])
def test_a_chunk_redone_alone_is_the_same(first, size):
    """To the last bit, at any cut, also inside the generator's blocks of four."""
    whole = Draws(100, seed=5).values(TWO)
    part = Draws(size, seed=5, first=first).values(TWO)
    for key in TWO:
        np.testing.assert_array_equal(part[key], whole[key][first : first + size])


def test_a_chunk_of_people_redone_alone_is_the_same():
    whole, part = Draws(10, 6, seed=5).values(TWO), Draws(2, 6, seed=5, first=4).values(TWO)
    np.testing.assert_array_equal(part["a"], whole["a"][24:36])


def test_adding_a_parameter_moves_no_other():
    alone = Draws(50).values({"b": TWO["b"]})["b"]
    np.testing.assert_array_equal(Draws(50).values({"0": number("0"), **TWO, "z": number("z")})["b"], alone)


def test_parameters_and_seeds_and_spreads_are_independent():
    """No two share their scores; correlations of 20 000 draws are small."""
    index = np.arange(20_000)
    streams = [
        scores(1, "unknown", "a", index),
        scores(1, "unknown", "b", index),
        scores(2, "unknown", "a", index),
        scores(1, "person", "a", index),
        scores(1, "unknown again", "a", index),
    ]
    found = np.corrcoef(streams) - np.eye(5)
    assert abs(found).max() < 0.03


def test_scores_are_standard_normal():
    found = scores(3, "unknown", "a", np.arange(50_000))
    assert abs(found.mean()) < 0.02 and abs(found.std() - 1) < 0.02 and np.isfinite(found).all()
    np.testing.assert_allclose(np.quantile(found, [0.05, 0.5, 0.95]), [-1.645, 0, 1.645], atol=0.03)


def test_scores_belong_to_the_index_in_any_order():
    index = np.array([9, 2, 2, 1_000_003])
    found = scores(1, "person", "a", index)
    for i, value in zip(index, found):
        assert scores(1, "person", "a", np.array([i]))[0] == value


def test_knowledge_and_people_have_their_shapes():
    """People vary fastest: ignorance is the same for all of one knowledge draw, people are the same in each of them."""
    draws = Draws(3, 4)
    assert draws.size == 12
    np.testing.assert_array_equal(draws.knowledge_index, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
    np.testing.assert_array_equal(draws.person_index, [0, 1, 2, 3] * 3)
    ignorance = draws.values({"a": number("a", people=False)})["a"].reshape(3, 4)
    people = draws.values({"a": number("a", unknown=False)})["a"].reshape(3, 4)
    assert (ignorance == ignorance[:, :1]).all() and len(set(ignorance[:, 0])) == 3
    assert (people == people[:1]).all() and len(set(people[0])) == 4


def test_one_person_a_draw_means_another_person_each_time():
    people = Draws(20).values({"a": number("a", unknown=False)})["a"]
    assert len(set(people)) == 20


def test_redrawn_touches_only_what_it_names():
    before, after = Draws(30).values(TWO), Draws(30).values(TWO, redrawn=frozenset({"a"}))
    np.testing.assert_array_equal(before["b"], after["b"])
    assert not (before["a"] == after["a"]).any()


def test_redrawn_draws_the_same_again_every_time():
    one, two = (Draws(30).values(TWO, redrawn=frozenset({"a"}))["a"] for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_two_scenarios_share_the_scores_of_what_they_share():
    """A comparison of two products is paired."""
    np.testing.assert_array_equal(Draws(9, seed=4).values({"a": TWO["a"]})["a"], Draws(9, seed=4).values(TWO)["a"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"knowledge": 0},
        {"knowledge": -3},
        {"knowledge": 1.5},
        {"knowledge": True},
        {"people": 0},
        {"knowledge": "9"},
        {"seed": -1},
        {"seed": 2**63},
        {"first": -1},
        {"knowledge": MOST + 1},
        {"knowledge": 2000, "people": 2000},
        {"knowledge": float("nan")},
    ],
)
def test_numbers_that_make_no_sense_are_refused(wrong):
    with pytest.raises(InputError):
        Draws(**wrong)
