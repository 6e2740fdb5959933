"""Imports fall like water, files and functions stay short, inheritance stays flat."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

HOUSE = Path(__file__).parents[2] / "src" / "epsom"
FLOORS = (  # from the top down; "" is epsom/__init__.py with its public names
    ("", "faces"),
    ("report", "validation_pages"),
    ("population", "trials", "evidence"),
    ("interventions",),
    ("paired", "validation"),
    ("whole_body",),
    ("simulation", "crediting", "permeation", "workers", "ensemble", "solving", "setting", "people", "protocol", "standard", "stored",
     "playing", "played_trials", "felt_checks", "felt_calibration",
     "felt_mechanisms"),
    ("plots", "surface_plots", "spread_plots", "cross_section", "answer", "certainty", "comparison", "comparison_plots",
     "comparison_text", "storage", "tidy", "reproduction",
     "feeling", "feeling_text", "feeling_plots", "value_of_information", "value_of_information_text", "model", "staging", "wiring", "ports",
     "felt", "tissue", "body", "dermal"),
    ("mechanism", "experiment", "regimen", "scenario", "changes", "product", "schema", "safety", "result", "provenance", "numerical",
     "variance_components", "credit", "cited"),
    ("engine",),
    ("core",),
)
APART = ("felt", "tissue", "body", "dermal")  # they meet only through words of the vocabulary
# must not need JAX
LIGHT = ("report", "plots", "surface_plots", "spread_plots", "cross_section", "comparison_plots", "answer", "certainty", "numerical",
         "variance_components", "credit",
         "feeling", "feeling_text", "feeling_plots", "value_of_information", "value_of_information_text", "comparison", "comparison_text",
         "changes", "storage", "tidy", "reproduction", "cited", "result", "scenario", "evidence", "faces")
SOLVING = ("epsom.model", "epsom.simulation")
LONGEST_FILE, LONGEST_FUNCTION = 400, 60
EMPTY_NAMES = {"utils", "util", "helpers", "helper"}
KINDS_OF_MECHANISM = {"Mechanism", "CellMechanism"}


class Import(NamedTuple):
    """One import statement: who, what, and whether it runs when the module loads."""

    who: str
    what: str
    at_load: bool
    line: int


def module_name(path: Path, root: Path = HOUSE) -> str:
    """Dotted name of a source file."""
    parts = ("epsom", *path.relative_to(root).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources() -> dict[str, Path]:
    """{dotted name: file} of every module of the house."""
    return {module_name(path): path for path in sorted(HOUSE.rglob("*.py"))}


def is_type_checking(node: ast.AST) -> bool:
    """Whether a node is `if TYPE_CHECKING:`."""
    return isinstance(node, ast.If) and ast.unparse(node.test).split(".")[-1] == "TYPE_CHECKING"


def statements(node: ast.AST, at_load: bool = True) -> Iterator[tuple[ast.AST, bool]]:
    """Every import statement below a node with whether it runs at load; those for type checkers only are left out."""
    for child in ast.iter_child_nodes(node):
        if is_type_checking(child):
            for other in child.orelse:
                yield from statements(ast.Module([other], []), at_load)
            continue
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child, at_load
        is_function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        yield from statements(child, at_load and not is_function)


def imports(who: str, text: str, known: set[str], package: bool = False) -> list[Import]:
    """All imports of a module as full dotted names; a name imported from a package counts as the module it is."""
    found = []
    for node, at_load in statements(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [Import(who, alias.name, at_load, node.lineno) for alias in node.names]
            continue
        base = node.module or ""
        if node.level:
            home = who.split(".") if package else who.split(".")[:-1]
            base = ".".join([*home[: len(home) - node.level + 1], *filter(None, [node.module])])
        for alias in node.names:
            full = f"{base}.{alias.name}"
            found.append(Import(who, full if full in known else base, at_load, node.lineno))
    return found


def all_imports() -> list[Import]:
    """Every import of the house."""
    files = sources()
    return [
        i
        for name, path in files.items()
        for i in imports(name, path.read_text("utf-8"), set(files), path.name == "__init__.py")
    ]


def room(name: str) -> str:
    """The part of the house that a module is in: "core" for epsom.core.units, "" for epsom itself."""
    return [*name.split("."), ""][1]


def floor(name: str) -> int:
    """Number of a module's floor, 0 at the top; -1 if the plan does not know it."""
    return next((k for k, rooms in enumerate(FLOORS) if room(name) in rooms), -1)


def inside(found: list[Import]) -> list[Import]:
    """Only imports of the house's own modules."""
    return [i for i in found if i.what.split(".")[0] == "epsom"]


def is_version(i: Import) -> bool:
    """`from epsom import __version__` reads a text, not the public names."""
    return i.what == "epsom" and "__version__" in sources()[i.who].read_text("utf-8").splitlines()[i.line - 1]


def circle(edges: dict[str, set[str]]) -> list[str]:
    """One circle of names, or nothing."""
    done: set[str] = set()

    def walk(name, path):
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for other in sorted(edges.get(name, ())):
            if found := walk(other, [*path, name]):
                return found
        done.add(name)
        return []

    return next((found for name in sorted(edges) if (found := walk(name, []))), [])


def reached_at_load(start: str, every: list[Import]) -> set[str]:
    """Everything that loading a module imports, over all floors. A module loads its packages too."""
    edges: dict[str, set[str]] = {}
    for i in every:
        if i.at_load:
            edges.setdefault(i.who, set()).add(i.what)
    found, queue = set(), [start]
    while queue:
        name = queue.pop()
        for part in ({name} | {name.rsplit(".", k)[0] for k in range(1, name.count(".") + 1)}) - found:
            found.add(part)
            queue += edges.get(part, ())
    return found


# ---- the scanner itself ----------------------------------------------------------------------------------------------
SAMPLE = """
from typing import TYPE_CHECKING
from epsom import setting
from epsom.core.units import parse
from . import result
if TYPE_CHECKING:
    import jax
else:
    import numpy
try:
    import scipy
except ImportError:
    pass
class A:
    import pint
    def f(self):
        from epsom.model import Model
"""


def test_scanner_sees_every_import_and_its_moment():
    known = {"epsom.setting", "epsom.core.units", "epsom.result", "epsom.model"}
    seen = {(i.what, i.at_load) for i in imports("epsom.x", SAMPLE, known)}
    assert seen == {
        ("typing", True),
        ("epsom.setting", True),
        ("epsom.core.units", True),
        ("epsom.result", True),
        ("numpy", True),
        ("scipy", True),
        ("pint", True),
        ("epsom.model", False),
    }


def test_circle_is_found_and_a_tree_is_none():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    assert circle({"a": {"b", "c"}, "b": {"c"}}) == []


def test_scan_is_not_empty():
    assert len(sources()) > 25 and len(inside(all_imports())) > 60


# ---- the rules -------------------------------------------------------------------------------------------------------
def test_every_module_has_a_floor():
    assert not [name for name in sources() if floor(name) < 0]


def test_imports_fall():
    """At load or in a function: only one's own floor or a lower one."""
    up = [i for i in inside(all_imports()) if floor(i.what) < floor(i.who) and not is_version(i)]
    assert not up, "\n".join(f"{i.who}:{i.line} imports {i.what}" for i in up)


def test_no_circle_at_load():
    edges: dict[str, set[str]] = {}
    for i in inside(all_imports()):
        if i.at_load and i.what != i.who:
            edges.setdefault(i.who, set()).add(i.what)
    assert circle(edges) == []


def test_places_of_the_body_never_import_each_other():
    met = [
        i
        for i in inside(all_imports())
        if room(i.who) in APART and room(i.what) in APART and room(i.who) != room(i.what)
    ]
    assert not met


def test_core_and_engine_and_dermal_lift_out():
    """core knows only itself; engine only core; together with dermal they need nothing but the contract of a mechanism."""
    allowed = {"core": {"core"}, "engine": {"core", "engine"}, "dermal": {"core", "engine", "dermal", "mechanism"}}
    wrong = [i for i in inside(all_imports()) if room(i.who) in allowed and room(i.what) not in allowed[room(i.who)]]
    assert not wrong


def test_light_modules_never_import_jax():
    heavy = [i for i in all_imports() if room(i.who) in LIGHT and i.what.split(".")[0] in ("jax", "jaxlib")]
    assert not heavy


def test_light_modules_do_not_import_the_solver_at_load():
    early = [i for i in all_imports() if room(i.who) in LIGHT and i.at_load and i.what in SOLVING]
    assert not early


@pytest.mark.parametrize("name", [name for name in sources() if room(name) in LIGHT])
def test_loading_a_light_module_loads_no_jax(name):
    """Over all imports that run at load, direct or not."""
    assert "jax" not in {what.split(".")[0] for what in reached_at_load(name, all_imports())}


@pytest.mark.parametrize("name", sources())
def test_files_are_short(name):
    assert len(sources()[name].read_text("utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("name", sources())
def test_functions_are_short(name):
    tree = ast.parse(sources()[name].read_text("utf-8"))
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]
    assert not long


def test_no_names_that_say_nothing():
    said = {part for name in sources() for part in name.split(".")}
    assert not said & EMPTY_NAMES


def test_a_mechanism_is_subclassed_once():
    """A mechanism derives from Mechanism or CellMechanism and from nothing else; CellMechanism is the one other kind."""
    bases = {
        node.name: {ast.unparse(base).split(".")[-1] for base in node.bases}
        for path in sources().values()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    assert bases["CellMechanism"] == {"Mechanism"}
    below = {name for name, its in bases.items() if its & KINDS_OF_MECHANISM} - KINDS_OF_MECHANISM
    assert below, "the scan found no mechanism"
    assert not [name for name, its in bases.items() if its & below], "a mechanism was subclassed again"
    assert not [name for name in below if len(bases[name]) > 1], "a mechanism with two bases"
