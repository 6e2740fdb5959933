"""The example of ARCHITECTURE.md works as it stands there: code, parameters and the lines that run it."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

PAGE = Path(__file__).parents[1] / "ARCHITECTURE.md"


def blocks(language: str) -> list[str]:
    """Code blocks of a language, in order."""
    return [textwrap.dedent(b) for b in re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)]


def test_a_mechanism_by_the_book(tmp_path):
    """Two files beside a script, no other file touched; the skin glows a little."""
    code, run = blocks("python")
    (tmp_path / "glow.py").write_text(code)
    (tmp_path / "glow.toml").write_text(blocks("toml")[0])
    (tmp_path / "run.py").write_text(run)
    said = subprocess.run([sys.executable, "run.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr[-800:]
    assert 0 < float(said.stdout) < 1
