"""The benchmarks' modules, and the toy models of the solver's tests, can be imported here."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[2] / "benchmarks"), str(HERE.parents[1] / "physics")]
