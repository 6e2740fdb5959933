"""Importing epsom and asking the command line for help load no heavy library."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = ("jax", "jaxlib", "pint", "xarray", "matplotlib", "scipy")
REPORT = "\nimport json, sys\nprint('loaded', json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
HELP = """
import sys
sys.argv = ["epsom", "--help"]
from epsom.faces.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""


def run(code: str) -> tuple[str, set[str]]:
    """(what a fresh interpreter prints, names of the top-level packages it then holds)."""
    done = subprocess.run(
        [sys.executable, "-c", code + REPORT], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    shown, _, loaded = done.stdout.rpartition("loaded ")
    return shown, set(json.loads(loaded))


def test_the_probe_sees_a_heavy_library():
    """The check itself can fail."""
    assert "scipy" in run("import scipy")[1]


def test_import_is_light():
    assert not run("import epsom")[1] & set(HEAVY)


def test_help_is_light():
    shown, loaded = run(HELP)
    assert "epsom" in shown.lower()
    assert not loaded & set(HEAVY)


def test_command_is_the_entry_point():
    """`epsom` on the command line is epsom.faces.cli:main."""
    from importlib.metadata import entry_points

    (command,) = entry_points(group="console_scripts", name="epsom")
    assert command.value == "epsom.faces.cli:main"
