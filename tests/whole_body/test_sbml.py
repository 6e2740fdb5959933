"""What is exported: without a complaint of libSBML, units included, and the same course in SciPy's and libRoadRunner's solvers."""

from __future__ import annotations

import numpy as np
import pytest
from exported import DAY, DRAWS, REGIMENS, by_lsoda, course_of, table_of, text_of, times_of

from epsom.core.errors import InputError
from epsom.regimen import Regimen
from epsom.whole_body.network import plain
from epsom.whole_body.sbml import as_sbml, network_of

FINER = 24               # times the usual steps
SAME = 1e-6
NAMES = pytest.mark.parametrize("name", REGIMENS)


def complaints(text: str) -> list[str]:
    """Everything that libSBML says about a document, warnings on units and on good practice included."""
    libsbml = pytest.importorskip("libsbml")
    document = libsbml.readSBMLFromString(text)
    for kind in (libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, libsbml.LIBSBML_CAT_MODELING_PRACTICE, libsbml.LIBSBML_CAT_MATHML_CONSISTENCY):
        document.setConsistencyChecks(kind, True)
    document.checkConsistency()
    document.checkInternalConsistency()
    return [document.getError(i).getMessage() for i in range(document.getNumErrors())]


def apart(name: str, expected, found) -> float:
    """Largest difference, relative to the value or, of amounts and concentrations that are as good as nothing, to that little."""
    little = 1e-9 if "tracer" in name else 1e-6
    return float(np.max(abs(found - expected) / np.maximum(abs(expected), little)))


@NAMES
def test_libsbml_finds_no_error_and_no_unit_that_does_not_fit(name):
    assert complaints(text_of(name)) == []


@pytest.mark.parametrize("was, becomes", [("<times />", "<plus />"),
                                          ('units="mole_per_cubic_metre" constant="true"', 'units="mole" constant="true"'),
                                          ('sbml:units="second"', 'sbml:units="mole"'), ('species="gut_magnesium"', 'species="nowhere"')])
def test_libsbml_would_find_them(was, becomes):
    text = text_of("vein-load")
    assert was in text and complaints(text.replace(was, becomes, 1))


@NAMES
def test_lsoda_agrees(name):
    """SciPy's LSODA from the exported formulas, at its own steps, against courses with finer ones."""
    course, times = course_of(name, FINER), times_of(REGIMENS[name])
    expected = by_lsoda(table_of(name), REGIMENS[name].duration.si, times)
    worst = {readout: apart(readout, expected[plain(readout)], values[0]) for readout, values in course.readouts.items()}
    assert max(worst.values()) < SAME, worst


@pytest.mark.parametrize("draw", range(DRAWS.size))
@NAMES
def test_roadrunner_agrees(name, draw):
    roadrunner = pytest.importorskip("roadrunner", reason="libroadrunner is not installed: python -m pip install libroadrunner==2.10.0")
    course, times = course_of(name, FINER), times_of(REGIMENS[name])
    other = roadrunner.RoadRunner(text_of(name, draw))
    other.integrator.relative_tolerance, other.integrator.absolute_tolerance = 1e-10, 1e-15
    other.timeCourseSelections = ["time", *map(plain, course.readouts)]
    found = np.asarray(other.simulate(times=[0.0, *times]))[1:]
    assert np.array_equal(found[:, 0], times)
    worst = {readout: apart(readout, values[draw], found[:, k + 1]) for k, (readout, values) in enumerate(course.readouts.items())}
    assert max(worst.values()) < SAME, worst


def test_events_are_those_of_the_regimen():
    """Meals to their times, each size once; sweat on and off."""
    table = table_of("dose-with-meals")
    hours = [event.at / 3600 for event in table.events]
    assert hours == pytest.approx([7, 12, 18, 31, 36, 42, 50, 51.5, 55, 60, 66])
    assert {name for name in table.numbers if name.startswith("size_")} == {
        "size_1_of_stomach_magnesium", "size_1_of_faecal_magnesium", "size_2_of_stomach_magnesium", "size_2_of_faecal_magnesium",
        "size_1_of_sweat_flow"}
    assert table.numbers["size_1_of_sweat_flow"] == ("m^3/s", pytest.approx(1.5e-3 / 5400))


def test_what_happens_at_the_start_is_in_the_start_values():
    table = table_of("vein-load")
    assert table.states["vein_flow"][1] == pytest.approx(4 / 246.47 / 1200, rel=1e-3)
    assert [event.at for event in table.events] == [1200.0, 30000.0]


def test_without_draws_every_number_is_the_middle():
    numbers = network_of(Regimen.build({"name": "x", "duration": "1 h"}), None).numbers
    assert numbers["plasma_volume"][1] == pytest.approx(3e-3, rel=0.05) and numbers["splay"] == ("mol/m^3", pytest.approx(0.01))
    assert numbers["faecal_clearance"][1] == pytest.approx(0.4e-3 / DAY * 0.71 / 0.597, rel=0.05)


def test_virtual_people_have_no_middle():
    with pytest.raises(InputError, match="no middle person"):
        as_sbml(Regimen.build({"name": "x", "duration": "1 h", "person": {"virtual": True}}))


def test_names_are_told_in_words():
    assert 'id="plasma_tracer_28Mg" name="Tracer in all plasma of the body. (28Mg)"' in text_of("tracer")
