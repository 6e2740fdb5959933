"""Walking upstream: nearest first, each once, circles included."""

from epsom.core.walk import nearest_first


def test_nearest_first_and_each_once():
    behind = {"a": "bc", "b": "de", "c": "a", "d": "", "e": "d"}
    assert nearest_first("a", behind.__getitem__) == ["a", "b", "c", "d", "e"]
    assert nearest_first("d", behind.__getitem__) == ["d"]
