"""Shares among effects: against all orders of arrival counted out, and games whose answer is known."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from epsom.credit import Coalitions, coalitions, first_in, interaction, last_in, owen, shapley, unions, without

GAME = np.random.default_rng(5).normal(size=2 ** 5)
GROUPS = ((0, 3), (1,), (2, 4))


def by_counting(game, orders) -> np.ndarray:
    """Mean of what each adds on arrival, over the given orders."""
    effects = len(orders[0])
    found = np.zeros(effects)
    for order in orders:
        there = 0
        for i in order:
            found[i] += game[there | 1 << i] - game[there]
            there |= 1 << i
    return found / len(orders)


def whole_groups(groups) -> list[tuple[int, ...]]:
    """All orders in which the members of a group arrive one after the other."""
    orders = [()]
    for arrangement in permutations(groups):
        heads = [()]
        for group in arrangement:
            heads = [head + inner for head in heads for inner in permutations(group)]
        orders += heads
    return orders[1:]


def test_shapley_is_the_mean_over_all_orders():
    assert shapley(5) @ GAME == pytest.approx(by_counting(GAME, list(permutations(range(5)))))


def test_owen_is_the_mean_over_orders_in_which_groups_arrive_whole():
    assert owen(5, GROUPS) @ GAME == pytest.approx(by_counting(GAME, whole_groups(GROUPS)))


def test_a_group_gets_what_it_is_worth_among_groups():
    values = owen(5, GROUPS) @ GAME
    quotient = np.array([GAME[sum(sum(1 << i for i in g) for k, g in enumerate(GROUPS) if number >> k & 1)] for number in range(8)])
    assert [sum(values[list(g)]) for g in GROUPS] == pytest.approx(list(shapley(3) @ quotient))


@pytest.mark.parametrize("values", [shapley(5), owen(5, GROUPS)])
def test_shares_sum_to_the_whole(values):
    assert (values @ GAME).sum() == pytest.approx(GAME[-1] - GAME[0])


def test_one_left_glove_and_two_right_gloves():
    """A pair is worth 1; the owner of the only left glove gets 2/3, the others 1/6 each (Shapley 1953)."""
    pair = [int(number & 1 and number & 6 > 0) for number in range(8)]
    assert shapley(3) @ np.array(pair) == pytest.approx([2 / 3, 1 / 6, 1 / 6])


def test_effects_that_add_up_are_what_they_are_however_asked():
    alone = np.array([1.0, -2.0, 0.0, 4.0])
    game = coalitions(4) @ alone + 7.0
    for answer in (shapley(4), owen(4, ((0, 1), (2, 3))), last_in(4), first_in(4)):
        assert answer @ game == pytest.approx(alone)
    assert interaction(4, (0, 3)) @ game == pytest.approx(0.0)
    assert without(4, (0, 3)) @ game == pytest.approx(5.0)


def test_two_that_only_work_together_interact_and_share():
    both = np.array([0.0, 0.0, 0.0, 1.0])
    assert interaction(2, (0, 1)) @ both == pytest.approx(1.0)
    assert shapley(2) @ both == pytest.approx([0.5, 0.5])
    assert last_in(2) @ both == pytest.approx([1.0, 1.0]) and first_in(2) @ both == pytest.approx([0.0, 0.0])


def test_interaction_among_more_is_that_of_the_pair_as_one():
    """By its definition: what the pair adds as one, less what each adds without the other, over all orders."""
    pair, rest = (1, 3), (0, 2, 4)
    orders = [order for order in permutations(("pair", *rest))]
    found = 0.0
    for order in orders:
        there = sum(1 << i for i in order[: order.index("pair")])
        one, other = (1 << i for i in pair)
        found += GAME[there | one | other] - GAME[there | one] - GAME[there | other] + GAME[there]
    assert interaction(5, pair) @ GAME == pytest.approx(found / len(orders))


def test_each_effect_belongs_to_one_group():
    with pytest.raises(ValueError, match="one group"):
        owen(3, ((0, 1), (1, 2)))


@pytest.mark.parametrize("draws, knowledge, people, due", [
    (3, 4, 2, [0, 3, 4]), (6, 4, 2, [0, 1, 2, 3, 4, 7]), (99, 3, 2, range(6)), (2, 5, 1, [0, 1])])
def test_credit_takes_different_draws_of_what_is_not_known_first(draws, knowledge, people, due):
    """Positions count people first; each person comes in turn."""
    asked = Coalitions(("a",), np.array([1.0]), ("pain",), draws, 1)
    assert asked.among(knowledge, people).tolist() == list(due)


def test_unions_of_groups_are_numbered_by_group():
    """Of three effects in two groups, the first and third against the second."""
    assert unions(((0, 2), (1,))) == (0, 0b101, 0b010, 0b111)
    asked = Coalitions(("a", "b", "c"), np.array([1.0]), ("pain",), 1, 1, ((0, 2), (1,)))
    assert asked.of_groups.settings.tolist() == [[0, 0, 0], [1, 0, 1], [0, 1, 0], [1, 1, 1]] and asked.of_groups.shape == (4, 1, 1)
    assert asked._replace(groups=()).of_groups is None and asked.shape == (8, 1, 1)


def test_what_unions_say_of_groups_is_what_all_coalitions_say():
    """Shapley values among groups, from the outcomes of their unions, are the sums of their effects' Owen values."""
    groups = ((0, 3), (1,), (2,))
    game = np.random.default_rng(2).standard_normal(16)
    by_group = shapley(3) @ game[list(unions(groups))]
    assert by_group == pytest.approx([(owen(4, groups) @ game)[list(members)].sum() for members in groups])
