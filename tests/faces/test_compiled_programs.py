"""Every program that a command compiles, and how large it may be."""

import os
import subprocess
import sys

import pytest

BUDGET = {"start": 1.0e6, "segment": 5.5e6}               # bytes; one program more, or one twice as large, is a decision


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """(folder of programs, what runs a command with it)."""
    place = tmp_path_factory.mktemp("programs")

    def run(*words):
        command = [sys.executable, "-c", "from epsom.faces.cli import main; main()", *words,
                   "--out", str(place / "runs"), "--draws", "8", "--quiet"]
        subprocess.run(command, check=True, env=os.environ | {"EPSOM_CACHE": str(place / "cache")})
        return sorted(file.name for file in (place / "cache" / "programs").iterdir() if not file.name.endswith("-atime"))

    return place / "cache" / "programs", run


def test_a_command_compiles_two_programs_within_their_budget(compiled):
    """Where no complaint is stated; what is felt has two of its own, and its coalitions two more."""
    folder, run = compiled
    names = run("run", "epsom-bath-legs")
    assert sorted(name.partition("-")[0] for name in names) == sorted(BUDGET)
    for name in names:
        assert (folder / name).stat().st_size < BUDGET[name.partition("-")[0]]


@pytest.mark.long
def test_another_protocol_compiles_nothing(compiled):
    _, run = compiled
    assert run("run", "epsom-bath-calf") == run("run", "epsom-bath-legs")
