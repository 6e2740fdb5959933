"""`epsom body sbml`: a regimen as a file for the tools of others."""

from __future__ import annotations

from pathlib import Path

from epsom.core.errors import StorageError
from epsom.core.files import write_whole

SCHEMA = "epsom-body-sbml/1"


def write_sbml(name: str, out: Path | None) -> tuple[Path, str, dict]:
    """(file, what to say, the same as data) after writing a regimen as SBML, by default to NAME.xml beside where one stands.

    Raises StorageError if the file is there already or cannot be written.
    """
    from epsom.regimen import Regimen
    from epsom.whole_body.sbml import as_sbml

    regimen = Regimen.load(name)
    file = out or Path(f"{regimen.name}.xml")
    if file.exists():
        raise StorageError("this is there already", "Name another file with --out, or remove it", file=file)
    text = as_sbml(regimen)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, text.encode())
    except OSError as error:
        raise StorageError(f"this cannot be written: {error.strerror or error}", "Name another file with --out", file=file) from error
    from epsom.faces.show import gate_lines
    from epsom.faces.terminal import wrap
    from epsom.safety import disclaimers
    from epsom.whole_body.gates import gates

    opened = [gate.as_dict() for gate in gates(regimen)]
    said = (f"SBML Level 3 Version 2 of {regimen.name}: one body at the middle of every number, from its steady state on, with all meals, "
            f"doses and infusions as events: {file}")
    return file, "\n".join([*gate_lines(opened), wrap(said), "", wrap(disclaimers()[0])]), {
        "schema": SCHEMA, "regimen": regimen.name, "gates": opened, "file": str(file), "disclaimer": disclaimers()[0]}
