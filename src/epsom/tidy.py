"""The readouts of a stored run as one long table of variable, solute, draw, time, value and unit, or their quantiles, for other programs."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from epsom.core.errors import InputError, StorageError, nearest
from epsom.core.files import patient, whole
from epsom.result import QUANTILES
from epsom.storage import guarded

SCHEMA = "epsom-export/1"
DRAWN = ("draw", "time")
NO_READOUTS = ("knowledge", "person")
BY_DRAW = ("variable", "solute", "draw", "knowledge", "person", "time_s", "value", "unit")
BY_QUANTILE = ("variable", "solute", "quantile", "time_s", "value", "unit")
READABLE = "Run the scenario again"


class Block(NamedTuple):
    """A readout of one solute, or of none: values (draws, times), or (quantiles, times), in SI."""

    variable: str
    solute: str
    unit: str
    meaning: str
    values: np.ndarray


class Table(NamedTuple):
    """What is exported.

    Attributes
    ----------
    times : (times,) s.
    knowledge, person : (draws,) which draw of what nobody knows, and which virtual person.
    levels : of quantiles, or nothing where every draw stands by itself.
    about : run, versions, seed, gates and disclaimer as plain data.
    blocks : the readouts, read one by one.
    """

    times: np.ndarray
    knowledge: np.ndarray
    person: np.ndarray
    levels: tuple[float, ...]
    about: Mapping[str, object]
    blocks: Iterable[Block]

    @property
    def columns(self) -> tuple[str, ...]:
        return BY_QUANTILE if self.levels else BY_DRAW

    def rows(self, block: Block) -> Iterator[tuple]:
        """Rows of a readout in the order of `columns`, as plain numbers and text."""
        head, times = (guarded(block.variable), guarded(block.solute)), self.times.tolist()
        first = [(level,) for level in self.levels] or list(zip(range(len(self.knowledge)), self.knowledge.tolist(), self.person.tolist()))
        for who, course in zip(first, block.values.tolist()):
            yield from ((*head, *who, t, value, block.unit) for t, value in zip(times, course))


def export(folder: Path, summary: Mapping, file: Path, variables: Sequence[str] = (), quantiles: bool = False) -> int:
    """Write the readouts of a run to a file in the format that its ending names; returns how many readouts there are.

    Parameters
    ----------
    folder, summary : of the run.
    variables : only these, as in crossed_amount or crossed_amount[magnesium]; all without any.
    quantiles : over draws, instead of every draw.

    Raises
    ------
    InputError : the ending is none of WRITERS, or there is no such readout; pyarrow is not installed and the file is to be .parquet.
    StorageError : the file is there already, or cannot be written, or the run cannot be read. Nothing is left behind.
    """
    if file.suffix not in WRITERS:
        raise InputError("the file's ending says the format, and this is none of them", f"End it with {', '.join(WRITERS)}", key="--to",
                         value=str(file))
    if file.exists():
        raise StorageError("this file is there already", "Name another one with --to, or remove it", file=file)
    if file.suffix == ".parquet":
        _parquet()
    import h5netcdf

    try:
        with h5netcdf.File(folder / "result.nc", "r") as stored:
            names = _names(stored, variables)
            table = _table(stored, folder, summary, names, QUANTILES if quantiles else ())
            _write(table, file)
    except (OSError, KeyError) as error:
        raise StorageError("the result of this run cannot be read", READABLE, file=folder / "result.nc") from error
    return len(names)


def _names(stored, wanted: Sequence[str]) -> list[str]:
    """Readouts of a stored result, all or those that are wanted, in its order."""
    every = [name for name, v in stored.variables.items() if v.dimensions == DRAWN and name not in NO_READOUTS]
    fits = lambda name, one: one in (name, name.partition("[")[0])
    for one in wanted:
        if not any(fits(name, one) for name in every):
            raise InputError("this run has no such readout", nearest(one, {*every, *(name.partition("[")[0] for name in every)}),
                             key="--variable", value=one)
    return [name for name in every if not wanted or any(fits(name, one) for one in wanted)]


def _table(stored, folder: Path, summary: Mapping, names: Sequence[str], levels: tuple[float, ...]) -> Table:
    draws = summary["draws"]
    about = {"schema": SCHEMA, "run": folder.name, "name": summary["name"], "fingerprint": summary["fingerprint"],
             "epsom": summary["version"], "seed": draws["seed"], "draws": draws["knowledge"], "people": draws["people"],
             "simulated": summary["disclaimers"][0], "gates": [gate["text"] for gate in summary["gates"]],
             "alarms": summary["alarms"], "red_flag": summary["red_flag"]}
    array = lambda name: np.asarray(stored.variables[name])
    blocks = (_block(stored, name, levels) for name in names)
    return Table(array("time"), array("knowledge"), array("person"), levels, about, blocks)


def _block(stored, name: str, levels: tuple[float, ...]) -> Block:
    variable, values = stored.variables[name], np.asarray(stored.variables[name])
    word, _, solute = name.partition("[")
    return Block(word, solute.rstrip("]"), variable.attrs["units"], variable.attrs["long_name"],
                 np.quantile(values, levels, axis=0) if levels else values)


def _write(table: Table, file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with whole(file) as partial:
            WRITERS[file.suffix](table, partial)
    except OSError as error:
        raise StorageError(f"this cannot be written: {error.strerror or error}", "Name another file with --to", file=file) from error


# ---- formats ---------------------------------------------------------------------------------------------------------
def write_csv(table: Table, path: Path) -> None:
    """A line for each value, with its unit; SI."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.columns)
        for block in table.blocks:
            writer.writerows(table.rows(block))


def write_json(table: Table, path: Path) -> None:
    """One object: what the run is, times, draws or quantiles, and each readout with unit, meaning and its values by draw and time."""
    who = {"quantiles": list(table.levels)} if table.levels else {"knowledge": table.knowledge.tolist(), "person": table.person.tolist()}
    readouts = [{"variable": b.variable, "solute": b.solute, "unit": b.unit, "meaning": b.meaning, "values": b.values.tolist()}
                for b in table.blocks]
    path.write_text(json.dumps({**table.about, "times_s": table.times.tolist(), **who, "readouts": readouts}, ensure_ascii=False) + "\n",
                    "utf-8")


def write_netcdf(table: Table, path: Path) -> None:
    """Arrays (solute, draw or quantile, time) with units and meaning, and what the run is as attributes of the file; a readout that a
    solute does not have is NaN there."""
    import h5netcdf
    import h5py

    found: dict[str, dict[str, Block]] = {}
    for block in table.blocks:
        found.setdefault(block.variable, {})[block.solute] = block
    solutes = [s for s in dict.fromkeys(solute for own in found.values() for solute in own) if s]
    along = "quantile" if table.levels else "draw"
    axes = {"time": (("time",), table.times, {"units": "s", "long_name": "time since the first step"})}
    if table.levels:
        axes["quantile"] = ("quantile",), np.array(table.levels), {"units": "1", "long_name": "quantile over draws"}
    else:
        axes["knowledge"] = ("draw",), table.knowledge, {"units": "1", "long_name": "which draw of what is unknown"}
        axes["person"] = ("draw",), table.person, {"units": "1", "long_name": "which virtual person"}
    with patient(path) as target, h5netcdf.File(target, "w") as file:
        file.dimensions = {"time": len(table.times), along: len(table.levels or table.knowledge)}
        if solutes:
            file.dimensions["solute"] = len(solutes)
            file.create_variable("solute", ("solute",), dtype=h5py.string_dtype(), data=np.array(solutes, dtype=object))
        for name, (dimensions, values, attributes) in axes.items():
            file.create_variable(name, dimensions, dtype=values.dtype, data=values).attrs.update(attributes)
        for name, own in found.items():
            one = next(iter(own.values()))
            by_solute = [own[s].values if s in own else np.full_like(one.values, np.nan) for s in solutes]
            values, first = (one.values, ()) if "" in own else (np.stack(by_solute), ("solute",))
            file.create_variable(name, (*first, along, "time"), dtype=values.dtype, data=values).attrs.update(
                {"units": one.unit, "long_name": one.meaning})
        for key, value in table.about.items():
            file.attrs[key] = value if isinstance(value, (str, int)) else "\n".join(value)


def write_parquet(table: Table, path: Path) -> None:
    """The long table, a group of rows for each readout; what the run is stands under "epsom" in the metadata of its schema."""
    arrow, parquet = _parquet()
    kinds = {"draw": arrow.int64(), "knowledge": arrow.int64(), "person": arrow.int64(), "quantile": arrow.float64(),
             "time_s": arrow.float64(), "value": arrow.float64()}
    schema = arrow.schema([(name, kinds.get(name, arrow.string())) for name in table.columns],
                          metadata={"epsom": json.dumps(dict(table.about), ensure_ascii=False)})
    with parquet.ParquetWriter(path, schema) as writer:
        for block in table.blocks:
            columns = zip(*table.rows(block))
            writer.write_table(arrow.table([arrow.array(column, kind.type) for column, kind in zip(columns, schema)], schema=schema))


def _parquet():
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise InputError("Parquet needs pyarrow, which is not installed", "Install it with `pip install 'epsom[parquet]'`, or end the file "
                         "with .csv, .nc or .json", key="--to") from error
    return pyarrow, parquet


WRITERS: Mapping[str, Callable[[Table, Path], None]] = {".csv": write_csv, ".parquet": write_parquet, ".nc": write_netcdf,
                                                        ".json": write_json}
