"""`epsom doctor`: what it looks at, that each check can fail, and that it fails as a whole only where numbers cannot be trusted."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import time
from collections import namedtuple

import numpy as np
import pytest

from epsom import storage
from epsom.faces import doctor


@pytest.fixture
def unsolved(monkeypatch):
    """Without the exact cases, which a test of their own solves."""
    monkeypatch.setattr(doctor, "corneum_against_exact", lambda: 1e-4)
    monkeypatch.setattr(doctor, "experiments_against_exact", lambda: ({"a case": 1e-9}, 1e-15))


def test_it_says_in_time_what_this_installation_is(epsom):
    begun = time.process_time()
    rows = json.loads(epsom("doctor", "--json").out)["rows"]
    assert time.process_time() - begun < 30
    found = {row["check"]: row for row in rows}
    assert {"epsom", "jax", "numpy", "machine", "disk", "compilation cache", "unfinished runs", "left by killed runs",
            "engine: amount through a slab", "infinite dose: amount", "thin deposit: flux", "mass balance of these",
            "time taken"} <= set(found)
    assert all(row["verdict"] == "ok" for row in rows), [row for row in rows if row["verdict"] != "ok"]
    assert "cores" in found["machine"]["found"] and " GB free in " in found["disk"]["found"]


def test_quietly_it_says_nothing_where_all_is_well(epsom, unsolved):
    said = epsom("doctor", "--quiet")
    assert said.code == 0 and said.out == said.err == ""


def test_its_table_fits(epsom, unsolved, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    said = epsom("doctor")
    assert max(map(len, said.out.splitlines())) <= 80 or "/" in max(said.out.splitlines(), key=len)      # a path is not broken


@pytest.mark.parametrize("slab, case, mass", [(3e-3, 1e-9, 1e-15), (1e-4, 1e-4, 1e-15), (1e-4, 1e-9, 1e-9), (np.nan, 1e-9, 1e-15)])
def test_a_solver_that_is_off_fails_it(epsom, monkeypatch, slab, case, mass):
    monkeypatch.setattr(doctor, "corneum_against_exact", lambda: slab)
    monkeypatch.setattr(doctor, "experiments_against_exact", lambda: ({"a case": case}, mass))
    said = epsom("doctor", "--quiet")
    assert said.code == 1 and said.out.count("\n") == 1 and doctor.DISTRUST in said.out


def test_a_library_that_is_too_old_or_missing_fails_it(epsom, unsolved, monkeypatch):
    original = importlib.metadata.version

    def version(name):
        if name == "typer":
            raise importlib.metadata.PackageNotFoundError(name)
        return "1.0" if name == "numpy" else original(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    found = {check.what: check for check in doctor.requirements()}
    assert found["numpy"].verdict.startswith("epsom needs numpy>=") and found["typer"].found == "not installed"
    assert not found["numpy"].sound and found["jax"].sound and epsom("doctor").code == 1


def test_folders_are_told_of_and_fail_nothing(epsom, unsolved, tmp_path, monkeypatch):
    left = tmp_path / "runs" / f"{storage.WRITING}abc"
    left.mkdir(parents=True)
    assert doctor.left_behind(tmp_path / "runs")[1:3] == (f"1 in {tmp_path / 'runs'}, 0 of them older than a day", "ok")
    os.utime(left, (time.time() - 2 * storage.STALE,) * 2)
    assert "removes" in doctor.left_behind(tmp_path / "runs").verdict
    monkeypatch.setattr(shutil, "disk_usage", lambda path: namedtuple("Usage", "total used free")(1, 1, 10_000_000))
    said = epsom("doctor", "-q")
    assert said.code == 0 and "little room for runs" in said.out and "left by killed runs" in said.out
