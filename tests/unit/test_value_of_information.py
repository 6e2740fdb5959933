"""Which measurement would narrow a number: against closed forms, and from a result that is made up."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from epsom import feeling, value_of_information, value_of_information_text
from epsom.core import sources
from epsom.core.draws import Draws
from epsom.core.errors import DataError
from epsom.core.power import power
from epsom.credit import Unions
from epsom.scenario import Scenario
from epsom.standard import standard_model
from epsom.value_of_information import explained, measurements, people_in_each_arm, single_numbers, worths

N = 4000
rng = np.random.default_rng(0)
X, Z = rng.standard_normal((2, N))


@pytest.mark.parametrize("a, b, error", [(1.0, 0.0, 0.0), (1.0, 1.0, 0.0), (1.0, 0.5, 1.0), (0.3, 1.0, 0.5), (0.0, 1.0, 0.1)])
def test_of_what_is_normal_it_is_the_square_of_the_correlation(a, b, error):
    """y = a x + b z, x read with an error e: a^2 / (a^2 + b^2) / (1 + e^2)."""
    due = a ** 2 / (a ** 2 + b ** 2) / (1 + error ** 2)
    found = explained(a * X + b * Z, X, error, seed=1)
    assert found.value == pytest.approx(due, abs=0.03) and found.low - 0.02 <= due <= found.high + 0.02


def test_what_bends_is_found_too():
    """y = x^2 has no correlation with x and all its variance; read through its logarithm, as through any rising function, it is the same."""
    assert explained(X ** 2, X, 0.0, 1).value > 0.98
    assert explained(X ** 2, np.exp(X), 0.0, 1) == explained(X ** 2, X, 0.0, 1)


def test_nine_in_ten_intervals_hold_what_is_due():
    """Of 256 draws: y = x + 2 z, x read with an error; a jackknife of ten parts covers a little less than it says."""
    due, drawn, hits = 1 / 5 / 1.25, np.random.default_rng(8), 0
    for seed in range(200):
        x, z = drawn.standard_normal((2, 256))
        found = explained(x + 2 * z, x, 0.5, seed)
        hits += found.low <= due <= found.high
    assert hits / 200 > 0.8


def test_few_draws_find_nothing_where_there_is_nothing():
    """The share by chance is taken off: over many numbers that have nothing to do with the reading its mean is nought."""
    found = [value_of_information._fitted(rng.standard_normal(60), value_of_information._space(rng.standard_normal(60))) for _ in range(400)]
    assert np.mean(found) == pytest.approx(0.0, abs=0.01)


def test_unknown_outcomes_do_not_count():
    y = np.where(np.arange(N) % 3, X, np.nan)
    assert explained(y, X, 0.0, 1).value == pytest.approx(1.0, abs=1e-3)


def test_every_study_reads_what_the_model_has():
    model = standard_model(Scenario.load("magnesium-lotion-calf"))
    used = {key for keys in model.parameters_used.values() for key in keys} | {"magnesium.wet_permeability"}
    known = set(sources.bibliography()) | {"assumed"}
    for m in measurements():
        assert m.variable is None or m.variable in model.readouts
        assert m.parameter is None or m.parameter in used
        assert set(m.against) <= set(feeling.groups()) and m.source in known and m.where and (m.grade == "D") == (m.source == "assumed")
        assert (m.points is None) == (m.people is None) == (not m.against)


WHOLE = {"name": "x", "text": "", "source": "assumed", "where": "", "grade": "D"}


@pytest.mark.parametrize("table, told", [({"nme": "x"}, "unknown key"),
                                         ({**WHOLE, "variable": "a", "parameter": "b", "factor": 2.0}, "one of")])
def test_a_wrong_study_is_refused(table, told, monkeypatch):
    monkeypatch.setattr(value_of_information.tomllib, "loads", lambda text: {"measurement": [table]})
    measurements.cache_clear()
    with pytest.raises(DataError, match=told):
        measurements()
    measurements.cache_clear()


class Made(SimpleNamespace):
    def __getitem__(self, name):
        return self.readouts[name]

    def __hash__(self):
        return id(self)


def made(draws=400, people=1, part=0.5) -> Made:
    """Passes the skin: e^x. Magnesium's part of relief: that of `part` points; expectation's: a number of its own."""
    x, z = np.random.default_rng(5).standard_normal((2, draws * people))
    names = list(feeling.groups())
    on = np.array([[k >> j & 1 for j in range(len(names))] for k in range(2 ** len(names))])
    parts = np.zeros((draws * people, len(names)))
    parts[:, names.index("magnesium")], parts[:, names.index("expectation")] = part * np.exp(0.1 * x), 1 + 0.3 * z
    outcomes = np.repeat((5.0 - parts @ on.T)[..., None], 2, axis=2)
    crossed = np.exp(x)[:, None] * [0.0, 0.5, 1.0]
    readouts = {"crossed_amount[magnesium]": crossed, "entered_amount[magnesium]": crossed, "applied_amount[magnesium]": 100 + 0 * crossed,
                "papillary_dermis_concentration[magnesium]": 1 + crossed,
                "blood_uptake_amount[magnesium]": crossed, feeling.PAIN: np.full((draws * people, 3), 5.0)}
    graded = SimpleNamespace(grade="D")
    return Made(times=np.array([0.0, 1200.0, 14400.0]), readouts=readouts, draws=Draws(draws, people, 1), solutes=("magnesium",),
                drawn={"skin.number": np.exp(x), "brain.number": z, "idle.number": np.random.default_rng(6).standard_normal(draws * people)},
                parameters={name: graded for name in ("skin.number", "brain.number", "idle.number")},
                unions=Unions(tuple(feeling.groups().values()), np.array([600.0, 1200.0]), {feeling.PAIN: outcomes}, {}))


def test_studies_say_most_of_what_they_read():
    by_name = {w.name: w.shares for w in worths(made())}
    amount, part, relief = ({name: shares[goal].value for name, shares in by_name.items()} for goal in next(iter(by_name.values())))
    assert amount["26Mg in blood and urine"] > 0.9 and amount["open against hidden application"] < 0.1
    assert part["26Mg in blood and urine"] > 0.9 and relief["26Mg in blood and urine"] < 0.1   # a small part of the whole
    assert relief["open against hidden application"] > relief["blinded trial against the same product without magnesium"]
    assert "relief after 20 min" not in next(w for w in worths(made()) if w.name == "26Mg in blood and urine").beyond
    assert "open follicles, counted" not in by_name                                                # this run draws no such number


def test_single_numbers_beyond_chance():
    found = single_numbers(made())
    assert {w.name for w in found} == {"skin.number", "brain.number"} and all(w.text == "grade D" for w in found)


def test_people_a_blinded_trial_needs():
    """As many as the table of power asks for; out of reach where magnesium does next to nothing."""
    most, middle, few = people_in_each_arm(made(draws=80, people=5))
    assert few < middle < most and power(0.5, 2.0, middle, 2) == pytest.approx(0.8, abs=0.03)
    one, = people_in_each_arm(made())
    assert one == pytest.approx(middle, rel=0.1)
    assert people_in_each_arm(made(part=0.001)) == (np.inf,)
    assert "more than 100 000 people" in " ".join(value_of_information_text.lines(made(part=0.001)))


def test_a_draw_that_is_not_known_changes_no_number_of_people():
    whole, holed = made(), made()
    holed.unions.outcomes[feeling.PAIN][7] = np.nan
    assert people_in_each_arm(holed)[0] == pytest.approx(people_in_each_arm(whole)[0], rel=0.02)
    holed.unions.outcomes[feeling.PAIN][:] = np.nan
    assert people_in_each_arm(holed) == () and "blinded trial needs" not in " ".join(value_of_information_text.lines(holed))


def test_what_has_no_magnesium_is_asked_nothing_of_magnesium():
    salt = made()
    salt.solutes = ("sodium",)
    salt.readouts |= {name.replace("magnesium", "sodium"): values for name, values in salt.readouts.items()}
    names = {w.name for w in worths(salt)}
    assert "open against hidden application" in names and not any("without magnesium" in name for name in names)


def test_where_nothing_varies_it_is_said_so():
    still = made()
    still.readouts["crossed_amount[magnesium]"] = 0 * still["crossed_amount[magnesium]"]
    still.unions = None
    assert worths(still) == () and "Nothing is asked here" in value_of_information_text.lines(still)[0]


def test_a_study_is_named_only_beyond_chance():
    """Sixty-four draws and readings that have nothing to do with what is asked."""
    named = 0
    for seed in range(20):
        drawn = np.random.default_rng(seed)
        goals = {"goal": drawn.standard_normal(64)}
        beyond, _ = value_of_information._beyond_chance(goals, list(drawn.standard_normal((12, 64))), drawn)
        named += any(beyond)
    assert named <= 4


def test_people_are_averaged_and_few_draws_tell_nothing():
    assert worths(made(draws=80, people=8)) and not worths(made(draws=20, people=8))
    assert "from 64 draws" in value_of_information_text.lines(made(draws=20))[0] and value_of_information_text.data(made(draws=20)) is None
    assert not any("one person" in line for line in value_of_information_text.lines(made(draws=80, people=8)))


def test_words_and_rows_hold_the_numbers():
    text = " ".join(value_of_information_text.lines(made()))
    assert "would go with this study: 26Mg in blood and urine" in text and "one number, skin.number, were known exactly" in text
    rows = value_of_information_text.rows(made())
    assert len(rows["targets"]) == 3 and all(len(cells) == 3 for _, _, cells in rows["studies"])
