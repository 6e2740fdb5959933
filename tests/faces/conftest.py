"""A command line in this process, and one small run that all tests of faces share."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from epsom.faces import cli


class Said(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str


@pytest.fixture
def epsom(capsys, monkeypatch, tmp_path):
    """Run a command in an empty folder: epsom("run", "my.toml") -> Said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)          # as in a pipe

    def run(*words: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["epsom", *map(str, words)])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        out, err = capsys.readouterr()
        return Said(int(stopped.value.code or 0), out, err)

    return run


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Path:
    """The folder of a run of the shipped example with few draws, as many as it takes to tell what to measure next."""
    from epsom.faces.running import run_and_write

    return run_and_write("magnesium-lotion-calf", tmp_path_factory.mktemp("runs"), 64, 1, 3, [], quiet=True, credited=8)[0]


@pytest.fixture(scope="session")
def summary(demo) -> dict:
    return json.loads((demo / "summary.json").read_text("utf-8"))
