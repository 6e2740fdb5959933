"""What is told of a feeling: thresholds, chances by knowledge, shares, from a result that is made up."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from epsom import feeling, feeling_text
from epsom.core.draws import Draws
from epsom.credit import Credit, Unions, coalitions, unions
from epsom.scenario import Scenario
from epsom.standard import standard_model

TIMES = np.array([0.0, 60.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0])
LOTION = Scenario.load("magnesium-lotion-calf")
ALONE = np.array([0.1, 0.0, -0.2, 0.3, 0.4, 0.1, 0.0, 0.5])     # points that each effect is worth; they add up
COURSE = 0.2


class Made(SimpleNamespace):
    """A result of so many draws in which pain falls by a straight line to its end."""

    def __getitem__(self, name):
        return self.readouts[name]


def result(drop, people=1, pain=5.0) -> Made:
    """`drop` (draws,): by how much pain has fallen after an hour."""
    drop = np.asarray(drop, float)
    falling = np.minimum(TIMES / 3600, 1.0)
    readouts = {name: np.zeros((len(drop), len(TIMES))) for name in feeling.RATINGS}
    readouts |= {feeling.PAIN: pain - drop[:, None] * falling}
    draws = Draws(len(drop) // people, people, 1)
    return Made(times=TIMES, readouts=readouts, draws=draws, scenario=LOTION, credit=None, unions=None, redrawn=None, solutes=("magnesium",))


def with_credit(draws=4) -> Made:
    """Outcomes in which effects add up, the same at all times but for a course that comes anyway."""
    made = result(np.full(draws, ALONE.sum() + COURSE))
    drops = coalitions(8) @ ALONE + COURSE
    outcomes = 5.0 - np.broadcast_to(drops[None, :, None], (draws, 256, 2))
    keys = tuple(e.switch for e in feeling.effects())
    made.credit = Credit(keys, np.array([600.0, 1200.0]), np.arange(draws), {feeling.PAIN: outcomes})
    made.unions = of_groups(outcomes[:, list(unions(tuple(feeling.groups().values())))])
    return made


def of_groups(outcomes, redrawn=None) -> Unions:
    """From (draws, unions, times)."""
    again = {} if redrawn is None else {feeling.PAIN: redrawn}
    return Unions(tuple(feeling.groups().values()), np.array([600.0, 1200.0]), {feeling.PAIN: outcomes}, again)


def test_effects_are_switches_of_the_model():
    model = standard_model(LOTION)
    used = {key for keys in model.parameters_used.values() for key in keys}
    assert len(feeling.effects()) == 8 and {e.switch for e in feeling.effects()} <= used
    assert {feeling.PAIN, *feeling.RATINGS} <= set(model.readouts)


def test_shares_of_effects_that_add_up_are_what_they_are():
    shares = feeling.shares(with_credit())
    assert list(shares) == [600.0, 1200.0]
    for s in shares.values():
        assert s.course.mean == pytest.approx(COURSE) and s.total.mean == pytest.approx(COURSE + ALONE.sum())
        assert [s.effects[e.name].mean for e in feeling.effects()] == pytest.approx(list(ALONE))
        assert s.groups["magnesium"].owen.mean == pytest.approx(ALONE[:3].sum()) and s.trial.mean == pytest.approx(ALONE[:3].sum())
        assert sum(g.owen.mean for g in s.groups.values()) + s.course.mean == pytest.approx(s.total.mean)
        assert all(r.mean == pytest.approx(0.0, abs=1e-12) for r in s.interactions.values())


def test_how_much_of_a_groups_spread_is_assumed():
    """The part of magnesium follows a number that is assumed, that of expectation one that was measured: all of the spread, and none."""
    rng = np.random.default_rng(3)
    draws, names = 400, list(feeling.groups())
    on = np.array([[k >> j & 1 for j in range(len(names))] for k in range(2 ** len(names))])
    first, again, measured = rng.uniform(0.1, 1.0, (3, draws))

    def outcomes(assumed):
        parts = np.zeros((draws, len(names)))
        parts[:, names.index("magnesium")], parts[:, names.index("expectation")] = assumed, measured
        return np.repeat((5.0 - parts @ on.T)[..., None], 2, axis=2)

    made = with_credit(draws)
    made.redrawn = {feeling.PAIN: made[feeling.PAIN]}
    made.unions = of_groups(outcomes(first), outcomes(again))
    found = feeling.shares(made)[1200.0].groups
    assert found["magnesium"].assumed.value > 0.85 and found["expectation"].assumed.value < 1e-9 and found["body coupling"].assumed is None
    assert found["magnesium"].owen.mean == pytest.approx(first.mean()) and "magnesium 100 %" in " ".join(feeling_text.lines(made))


def test_an_assumed_share_of_points_is_of_points():
    """One draw a hair below nothing changes no share: points are not told by their logarithm."""
    rng = np.random.default_rng(4)
    draws, bit = 300, 1 << list(feeling.groups()).index("magnesium")
    on = np.array([bool(k & bit) for k in range(16)])
    first, again = np.exp(rng.normal(-3, 1.5, (2, draws)))
    found = []
    for least in (1e-12, -1e-12):
        parts = [np.concatenate([[least], x[1:]]) for x in (first, again)]
        made = with_credit(draws)
        made.redrawn = {feeling.PAIN: made[feeling.PAIN]}
        made.unions = of_groups(*(np.repeat((5.0 - x[:, None] * on)[..., None], 2, axis=2) for x in parts))
        found.append(feeling.shares(made)[1200.0].groups["magnesium"].assumed.value)
    assert found[0] == pytest.approx(found[1], abs=1e-6)


def test_relief_with_and_without_magnesium():
    """1.4 points with everything and 1.5 without what stings: 1 point either way, 1.7 neither way."""
    found = {t.name: (a, b) for t, a, b in feeling.with_and_without(with_credit())}
    assert found["slightly better"] == (1.0, 1.0) and found["felt improvement in acute pain"] == (0.0, 0.0)


@pytest.mark.parametrize("threshold, start, least", [("slightly better", 5.0, 1.0), ("much better, as a share", 6.0, 1.98)])
def test_a_threshold_is_points_or_a_share(threshold, start, least):
    t = next(t for t in feeling.thresholds() if t.name == threshold)
    assert t.reached(np.array([start]), np.array([least])) and not t.reached(np.array([start]), np.array([least - 1e-6]))


def test_chances_and_when_relief_is_first_reached():
    first = feeling.chances(result([2.0, 2.0, 0.5, 0.1]))[0]
    assert first.share == 0.5 and first.first == 1800.0 and first.by_knowledge is None       # half of the way to two points


def test_relief_may_pass_again():
    """One of four draws falls by two points and is back before 20 min."""
    made = result([2.0, 2.0, 0.5, 0.1])
    made.readouts[feeling.PAIN][3, 1] = 3.0
    assert feeling.chances(made)[0].share == 0.75 and feeling.holds(made, feeling.thresholds()[0], 1200.0) == 0.0
    assert feeling.holds(made, feeling.thresholds()[0], 3600.0) == 0.5
    assert any("after 20 min it holds in 0 %" in line for line in feeling_text.lines(made))


def test_a_chance_for_a_person_needs_people_and_knowledge():
    """Twenty people in each of 21 draws of knowledge, of whom none to all feel it."""
    drop = 2.0 * (np.arange(20) < np.arange(21)[:, None])
    low, middle, high = feeling.chances(result(drop.ravel(), people=20))[0].by_knowledge
    assert (low, middle, high) == pytest.approx((0.05, 0.5, 0.95))
    assert feeling.chances(result(drop[:19].ravel(), people=20))[0].by_knowledge is None


def test_no_pain_cannot_fall():
    none = Scenario.build({**LOTION.tables(), "complaint": {"kind": "calf cramp", "pain": 0.0}})
    assert not feeling.hurts(none) and feeling.asked(none, 64) is None
    assert feeling.chances(result([0.0], pain=0.0))[0].share == 0.0


def test_what_is_asked_lies_within_the_run():
    short = Scenario.build({**LOTION.tables(), "duration": "25 min", "steps": LOTION.tables()["steps"][:1]})
    assert feeling.asked(short, 64).times.tolist() == [600.0, 1200.0]
    assert feeling.asked(LOTION, 0) is None
    hour = Scenario.build({**LOTION.tables(), "duration": "60 min", "steps": LOTION.tables()["steps"][:1]})
    assert feeling.asked(hour, 64).times[-1] == 3600.0


def test_the_words_hold_the_numbers():
    lines = feeling_text.lines(with_credit())
    assert "falls by so many points" in lines[0] and "0.47" in lines[0]
    assert "magnesium -0.10" in lines[1] and "0.20 would have come anyway" in lines[1]
    assert "what magnesium does to nerve" in lines[2]
    assert lines[3] == "Shares rest on 4 draws, those of single effects on 4 of them (4 of what is not known)."
    assert not any("trial" in line for line in feeling_text.lines(Made(**{**vars(with_credit()), "solutes": ("sodium",)})))
    assert feeling_text.data(with_credit())["chances"][0]["share_of_draws"] == 1.0


def test_of_a_hundred_draws_and_of_a_hundred_people():
    """Everybody reaches a point with magnesium's effects and without; by knowledge once there are people enough."""
    (name, with_it, without), = feeling.of_a_hundred(with_credit())
    assert (name, with_it, without) == ("of 100 draws", 1.0, 1.0) and feeling.of_a_hundred(result([1.0])) == []
    made = result(np.full(400, ALONE.sum() + COURSE), people=20)
    drops = np.repeat(np.arange(20) / 19 * 2.0, 20)           # knowledge by knowledge from 0 to 2 points, alike with and without
    made.unions = of_groups(5.0 - np.broadcast_to(drops[:, None, None], (400, 16, 2)).copy())
    made.unions.outcomes[feeling.PAIN][7] = np.nan            # one person of whom it is not known
    found = feeling.of_a_hundred(made)
    assert [name.split()[3] for name, *_ in found] == ["unfavourable", "middling", "favourable"]
    assert [a for _, a, _ in found] == [b for _, _, b in found] == [0.0, 0.5, 1.0]


@pytest.mark.parametrize("seconds, text", [(10.0, "10 s"), (60.0, "1.0 min"), (1200.0, "20 min")])
def test_less_than_a_minute_is_told_in_seconds(seconds, text):
    assert feeling_text.minutes(seconds) == text
