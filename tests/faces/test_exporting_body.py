"""A regimen written as SBML: a file that is there whole, or a plain refusal."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from epsom.core.errors import InputError, StorageError
from epsom.faces.exporting_body import write_sbml

REGIMEN = 'name = "a-dose"\nduration = "1 d"\n[[events]]\nat = "1 h"\ntake = { amount = "100 mg Mg" }\n'


@pytest.fixture
def regimen(tmp_path):
    file = tmp_path / "a-dose.toml"
    file.write_text(REGIMEN)
    return str(file)


def test_it_is_written_under_its_name_and_never_over_another(regimen, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file, said, data = write_sbml(regimen, None)
    assert file.name == "a-dose.xml" and str(file) in said
    assert data["schema"] == "epsom-body-sbml/1" and data["file"] == str(file)
    root = ElementTree.parse(file).getroot()
    assert root.attrib == {"level": "3", "version": "2"} and root[0].attrib["id"] == "a_dose"
    before = file.read_bytes()
    with pytest.raises(StorageError, match="there already"):
        write_sbml(regimen, None)
    assert file.read_bytes() == before


def test_for_scripts_it_says_only_where_it_is(epsom, regimen):
    said = epsom("body", "sbml", regimen, "--out", "mine.xml", "--quiet")
    assert said.out == "mine.xml\n" and "SAFETY (kidney-unknown)" in said.err


def test_it_goes_where_it_is_told(regimen, tmp_path):
    assert write_sbml(regimen, tmp_path / "new" / "model.sbml")[0].is_file()


def test_what_is_in_the_way_is_said(regimen, tmp_path):
    with pytest.raises(StorageError, match="cannot be written"):
        write_sbml(regimen, tmp_path / "a-dose.toml" / "model.xml")


def test_virtual_people_are_refused(tmp_path):
    file = tmp_path / "people.toml"
    file.write_text(f"{REGIMEN}[person]\nvirtual = true\n")
    with pytest.raises(InputError, match="no middle person"):
        write_sbml(str(file), tmp_path / "people.xml")
    assert not (tmp_path / "people.xml").exists()
