"""What the body makes of an uptake: the same as of an infusion of the same shape; people of a scenario; stored runs."""

from __future__ import annotations

import numpy as np
import pytest

from epsom.core.draws import Draws
from epsom.core.errors import StorageError
from epsom.regimen import Regimen
from epsom.scenario import Scenario
from epsom.whole_body.after_skin import after, read_run, regimen_after
from epsom.whole_body.course import Uptake, follow
from painless import painless

HOUR = 3600.0


def test_an_even_uptake_is_an_infusion():
    """2 mmol over two hours, told as an amount taken up at three times, against the infusion itself."""
    draws, times = Draws(4, seed=2), HOUR * np.array([0.0, 1, 2, 6, 24])
    plain = {"name": "x", "duration": "24 h"}
    taken_up = np.tile([0.0, 1e-3, 2e-3, 2e-3, 2e-3], (4, 1))
    told = follow(Regimen.build(plain), draws, times=times, uptake=Uptake(times, taken_up))
    infused = follow(Regimen.build(plain | {"events": [{"at": "0 h", "infuse": {"amount": "2 mmol", "for": "2 h"}}]}), draws, times=times)
    for name in ("serum_concentration", "urine_magnesium"):
        assert told.change(name, 2 * HOUR) == pytest.approx(infused.change(name, 2 * HOUR), rel=1e-3)
    assert told.mass_error < 1e-12


def test_each_draw_gets_its_own_uptake():
    scenario = painless()
    times = HOUR * np.array([0.0, 12, 24])
    with_it, without = after(scenario, Draws(3, seed=1), times, np.array([[0.0, 0, 0], [0, 1e-3, 2e-3], [0, 4e-3, 4e-3]]))
    rise = with_it.at("serum_concentration", 12 * HOUR) - without.at("serum_concentration", 12 * HOUR)
    assert rise[0] == pytest.approx(0.0, abs=1e-12) and 0 < rise[1] < rise[2]
    gone = with_it.change("urine_magnesium", 24 * HOUR) - without.change("urine_magnesium", 24 * HOUR)
    assert 0.3e-3 < gone[1] < 2e-3 and gone[1] < gone[2] < 4e-3


@pytest.mark.parametrize("age, kind", [("2 d", "newborn"), ("3 month", "infant"), ("6 year", "child"), ("40 year", "adult"),
                                       ("80 year", "elderly")])
def test_the_person_of_the_scenario_is_the_person_of_the_body(age, kind):
    tables = painless().tables()
    tables["person"] = {**tables["person"], "age": age, "egfr": "55 mL/min/1.73 m^2"}
    tables["site"]["area"] = "10 cm^2"
    person = regimen_after(Scenario.build(tables)).person
    assert person.kind == kind and person.egfr.text == "55 mL/min/1.73 m^2" and person.weight.text == tables["person"]["weight"]


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(StorageError, match="no run that can be read"):
        read_run(tmp_path)
