"""A command line in this process, and one small run that all tests of faces share."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import NamedTuple

import figure_checks
import pytest
from browser import Browser, executable

from epsom import plots
from epsom.faces import cli


class Said(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str


@pytest.fixture
def keyboard_heard():
    """Ctrl-C raises, as in a terminal; what a script starts in the background is born deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


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


@pytest.fixture(scope="session", autouse=True)
def pictures_drawn():
    """Every picture that the tests of a session have drawn so far, as `figure_checks.Drawn`."""
    drawn, original = [], plots.as_svg

    def as_svg(figure):
        said = []
        drawn.append(figure_checks.looked_at(figure, lambda figure: said.append(original(figure))))
        return said[0]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(plots, "as_svg", as_svg)
        yield drawn


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium; tests that need it are skipped where there is none."""
    if executable() is None:
        pytest.skip("there is no Chromium (EPSOM_CHROMIUM names one)")
    opened = Browser(executable())
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Path:
    """The folder of a run of the shipped example with few draws, as many as it takes to tell what to measure next."""
    from epsom.faces.running import run_and_write

    return run_and_write("magnesium-lotion-calf", tmp_path_factory.mktemp("runs"), 64, 1, 3, [], quiet=True, credited=8)[0]


@pytest.fixture(scope="session")
def summary(demo) -> dict:
    return json.loads((demo / "summary.json").read_text("utf-8"))
