"""The page on `nociceptor.threshold_per_volt`: it says what its script gives, in numbers and in words."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "threshold_per_volt.md").read_text("utf-8")
PEER = DOCS.parent / "benchmarks" / "c_fibre.py"
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")


@pytest.fixture(scope="module")
def script(request):
    """docs/threshold_per_volt.py, which writes the page."""
    sys.path.insert(0, str(DOCS))
    request.addfinalizer(lambda: sys.path.remove(str(DOCS)))
    spec = importlib.util.spec_from_file_location("threshold_per_volt", DOCS / "threshold_per_volt.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def shown(name: str) -> str:
    """The table of this name on the page."""
    return re.search(rf"<!-- {name} -->\n\n(.*?)\n\n<!-- end -->", PAGE, re.S)[1]


@pytest.mark.long
@pytest.mark.parametrize("name", ["shifts", "variants", "spread"])
def test_page_says_what_the_neuron_gives(script, name):
    """Every word, and every number within 1 or 2 %: machines round differently near thresholds."""
    found = script.TABLES[name](script.DRAWS)
    assert NUMBER.split(shown(name)) == NUMBER.split(found)
    pairs = zip(map(float, NUMBER.findall(shown(name))), map(float, NUMBER.findall(found)), strict=True)
    assert [pair for pair in pairs if abs(pair[0] - pair[1]) > max(1.01, 0.02 * abs(pair[0]))] == []


def test_page_has_a_table_for_each_mark(script):
    assert set(re.findall(r"<!-- (\w+) -->\n\n\|", PAGE)) == set(script.TABLES) and PAGE.count("<!-- end -->") == len(script.TABLES)


def test_page_says_what_the_other_models_gave(script):
    assert shown("peers") == script.peers(script.DRAWS)


def test_page_has_the_number_that_ships(script):
    assert shown("spread").splitlines()[-1] == "| " + " | ".join(script.shipped()) + " |"


def test_the_slope_of_the_page_is_the_neurons(script):
    """One entry, in the default suite: the pulse."""
    assert float(shown("shifts").splitlines()[2].split("|")[-2]) == pytest.approx(
        (script.relative(script.PULSE, (script.AT,))[0] - 1) / script.AT, abs=0.6)


def test_without_magnesium_is_the_shift_that_the_page_says(script):
    from epsom.core.parameter import document
    from epsom.felt.laws import gating_shift
    p, magnesium = (document(*at).parameters for at in (("parameters", "nociceptor"), ("solutes", "magnesium")))
    ordinary = document("assays", "magnesium").parameters["ionised_ordinary"].si
    calcium, screening = p["calcium"].si, magnesium["screening_per_calcium"].si * ordinary
    shift = float(gating_shift(calcium, calcium + screening, p["shift_per_decade"].si))
    assert shift == pytest.approx(script.NO_MAGNESIUM, abs=1e-4)


def test_other_models_are_recorded_whole(script):
    """Thresholds rise with the shift, and versions and steps are kept."""
    data = json.loads(script.PEERS.read_text("utf-8"))
    assert {"pyfibers", "neuron", "time step, ms"} <= set(data["about"])
    for name in set(data) - {"about"}:
        for pulse, rows in data[name].items():
            values = [rows[x] for x in sorted(rows, key=float)]
            assert pulse == "rest" or (np.diff(values) > 0).all(), (name, pulse)


@pytest.mark.skipif(bool(importlib.util.find_spec("pyfibers")), reason="PyFibers is here")
def test_without_the_other_package_it_says_so():
    done = subprocess.run([sys.executable, str(PEER), "found.json"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and "PyFibers and NEURON" in done.stderr and "Traceback" not in done.stderr
