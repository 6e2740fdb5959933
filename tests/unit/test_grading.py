"""GRADE: levels from design and steps, sentences from a table, never above high."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epsom.core.errors import DataError
from epsom.evidence.grading import DOWN, LEVELS, MOST, STARTS, SYMBOLS, UP, Grade, Step, statement

DIRECTIONS = {"reduces": ("large", "moderate", "small", "unknown"), "increases": ("large", "moderate", "small", "unknown"),
              "no difference": ("none",)}


def grade(design: str = "randomised", up: dict | None = None, **down: int) -> Grade:
    steps = [Step(domain, down.get(domain.replace(" ", "_"), 0), "because", "abstract") for domain in DOWN]
    return Grade(design, (*steps, *(Step(domain, n, "because", "abstract") for domain, n in (up or {}).items())))


@pytest.mark.parametrize("design, down, level", [("randomised", {}, "high"), ("randomised", {"imprecision": 1}, "moderate"),
                                                 ("randomised", {"risk_of_bias": 1, "indirectness": 1}, "low"),
                                                 ("randomised", {"risk_of_bias": 2, "imprecision": 2, "publication_bias": 1}, "very low"),
                                                 ("observational", {}, "low"), ("observational", {"imprecision": 1}, "very low")])
def test_a_level_starts_by_design_and_moves_by_steps(design, down, level):
    assert grade(design, **down).level == level


def test_observational_studies_rise_for_large_effects():
    assert grade("observational", up={"large effect": 1}).level == "moderate"
    assert grade("observational", up={"large effect": 2}).level == "high"


@given(design=st.sampled_from(sorted(STARTS)), down=st.lists(st.integers(0, 2), min_size=5, max_size=5), up=st.booleans())
def test_a_level_is_one_of_four_and_never_above_high(design, down, up):
    raised = {domain: MOST[domain] for domain in UP} if up and not any(down) else {}
    found = grade(design, raised, **{domain.replace(" ", "_"): n for domain, n in zip(DOWN, down)})
    assert found.level in LEVELS and found.start == STARTS[design]
    if not raised:
        assert LEVELS.index(found.level) == max(0, LEVELS.index(found.start) - sum(down))


@given(down=st.lists(st.integers(0, 2), min_size=5, max_size=5), which=st.integers(0, 4))
def test_one_more_step_down_never_raises(down, which):
    more = [min(2, n + (k == which)) for k, n in enumerate(down)]
    levels = [LEVELS.index(grade(**{domain.replace(" ", "_"): n for domain, n in zip(DOWN, each)}).level) for each in (down, more)]
    assert levels[1] <= levels[0]


def test_a_grade_rests_on_its_weakest_judgement():
    steps = [Step(domain, 0, "because", "full text") for domain in DOWN]
    assert Grade("randomised", tuple(steps)).judged == "full text"
    assert Grade("randomised", (*steps[:4], Step(DOWN[4], 0, "because", "assumed"))).judged == "assumed"


@pytest.mark.parametrize("steps, said", [
    ([(domain, 0) for domain in DOWN[:4]], "judged once"), ([(DOWN[0], 0), *((domain, 0) for domain in DOWN)], "judged once"),
    ([*((domain, 0) for domain in DOWN), ("luck", 1)], "no such domain"), ([(DOWN[0], 3), *((d, 0) for d in DOWN[1:])], "moves certainty by"),
    ([(DOWN[0], -1), *((d, 0) for d in DOWN[1:])], "moves certainty by"),
    ([*((d, 0) for d in DOWN), ("dose response", 2)], "moves certainty by"),
    ([(DOWN[0], 1), *((d, 0) for d in DOWN[1:]), ("large effect", 1)], "is not raised where something lowers it")])
def test_an_unsound_grade_is_refused(steps, said):
    with pytest.raises(DataError, match=said):
        Grade("randomised", tuple(Step(domain, n, "because", "assumed") for domain, n in steps))


def test_every_step_has_a_reason_and_every_body_a_design():
    with pytest.raises(DataError, match="has no reason"):
        Grade("randomised", tuple(Step(domain, 0, " ", "assumed") for domain in DOWN))
    with pytest.raises(DataError, match="starts as one of"):
        grade("anecdotal")


# ---- sentences -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("level, direction, size, said", [
    ("high", "reduces", "large", "A gel results in a large reduction in pain."),
    ("high", "reduces", "moderate", "A gel reduces pain."),
    ("high", "increases", "small", "A gel increases pain slightly."),
    ("high", "no difference", "none", "A gel makes little or no difference to pain."),
    ("moderate", "reduces", "large", "A gel probably results in a large reduction in pain."),
    ("moderate", "increases", "moderate", "A gel probably increases pain."),
    ("moderate", "no difference", "none", "A gel probably makes little or no difference to pain."),
    ("low", "reduces", "large", "A gel may result in a large reduction in pain."),
    ("low", "reduces", "small", "A gel may reduce pain slightly."),
    ("low", "increases", "unknown", "A gel may increase pain; by how much is not known."),
    ("low", "no difference", "none", "A gel may make little or no difference to pain."),
    ("very low", "reduces", "large", "The evidence is very uncertain about the effect of a gel on pain."),
    ("very low", "unclear", "unknown", "The evidence is very uncertain about the effect of a gel on pain.")])
def test_sentences_follow_the_table(level, direction, size, said):
    assert statement("A gel", "pain", level, direction, size) == said


def test_each_certainty_has_its_own_words_whatever_the_effect():
    for direction, sizes in DIRECTIONS.items():
        for level, size in product(LEVELS, sizes):
            said = statement("A gel", "pain", level, direction, size)
            words = {"probably": level == "moderate", " may ": level == "low", "very uncertain": level == "very low"}
            assert {word: word in said for word in words} == words
            assert said.endswith(".") and ("large" in said) == (size == "large" and level != "very low")


@pytest.mark.parametrize("direction, size", [("unclear", "unknown"), ("no difference", "small"), ("reduces", "none")])
def test_a_certain_sentence_needs_a_direction_and_a_size_that_fits(direction, size):
    with pytest.raises(DataError):
        statement("A gel", "pain", "low", direction, size)


def test_symbols_count_the_level():
    assert [SYMBOLS[level].count("⊕") for level in LEVELS] == [1, 2, 3, 4]
