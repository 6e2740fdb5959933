"""A mechanism is added by four files of its own, without touching any other."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

from epsom import protocol, setting
from epsom.core.draws import Draws
from epsom.ensemble import LANES
from epsom.model import Model
from epsom.scenario import Scenario
from epsom.simulation import STEPS, output_times, simulate
from epsom.standard import standard_model
from painless import painless

DRAWS = 8

WARMTH = {
    "warmth.py": '''
"""A toy: warmth rises with magnesium in the papillary dermis and fades."""

from pathlib import Path

from epsom.core.parameter import read_document
from epsom.mechanism import Mechanism, Scalar


class Warmth(Mechanism):
    """Felt warmth follows the rise in the papillary dermis with a time constant."""

    reads = {"papillary_dermis_concentration": "mol/m^3"}
    owns = {"toy_warmth": Scalar("1", 1e-2)}
    gives = {"toy_warmth_doubled": "1"}
    readouts = ("toy_warmth", "toy_warmth_doubled")

    def document(self):
        return read_document(Path(__file__).with_suffix(".toml"))

    def constants(self, p):
        return {"half": p["half_concentration"], "fading": 1 / p["time_constant"]}

    def rates(self, c, v):
        rise = sum(v["papillary_dermis_concentration"])
        return {"toy_warmth": c["fading"] * (rise / (rise + c["half"]) - v["toy_warmth"])}

    def toy_warmth_doubled(self, c, v):
        return 2 * v["toy_warmth"]
''',
    "warmth.toml": """
[about]
title = "A toy of the tests"

[variables.toy_warmth]
unit = "1"
meaning = "Warmth that is felt, from 0 to 1."

[variables.toy_warmth_doubled]
unit = "1"
meaning = "Twice the warmth that is felt."

[half_concentration]
value = 0.05
unit = "mmol/L"
range = [0.01, 1]
unknown = { shape = "lognormal", gsd = 1.5 }
source = "assumed"
where = "a toy"
grade = "D"

[time_constant]
value = 10.0
unit = "min"
range = [1, 100]
source = "assumed"
where = "a toy"
grade = "D"
""",
    "test_warmth.py": """
from warmth import Warmth


def test_warmth_fades_without_magnesium():
    rate = Warmth().rates({"half": 0.05, "fading": 0.1}, {"papillary_dermis_concentration": (0.0,), "toy_warmth": 0.5})
    assert rate["toy_warmth"] == -0.05
""",
    "warmth.md": "Felt warmth follows the rise in the papillary dermis. A toy.\n",
}

PATCH = {
    "patch.py": '''
"""A toy: a gel of five cells that fills from a vial and passes nothing on."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np

from epsom.core.parameter import read_document
from epsom.mechanism import CellMechanism, Chain, Scalar

CELLS = 5


class Patch(CellMechanism):
    """A gel with a chain of its own, a vial of its own and a supply that lends what the vial holds at first."""

    chains = (Chain("gel", CELLS),)
    unknown = ("gel_concentration", "mol/m^3")
    reads = {"vial_concentration": "mol/m^3"}
    owns = {"vial_amount": Scalar("mol", 1e-3, amount=True), "vial_supply_amount": Scalar("mol", 1e-3, amount=True)}
    gives = {"vial_concentration": "mol/m^3"}
    exchanges = {"flow_from_vial": "mol/s"}
    probes = {"gel_amount": "mol"}
    readouts = ("vial_amount", "gel_amount", "vial_supply_amount")

    def document(self):
        return read_document(Path(__file__).with_suffix(".toml"))

    def constants(self, p):
        width = p["thickness"] / CELLS
        cells = jnp.ones((CELLS, 1))
        return {"capacity": cells * width * p["scenario.area"], "dose": p["dose"], "volume": p["volume"],
                "link": cells * p["diffusivity"] / width * p["scenario.area"], "width": width,
                "surface": (np.arange(CELLS) == 0)[:, None] * 2 * p["diffusivity"] / width * p["scenario.area"]}

    def initial(self, c):
        return {"vial_amount": c["dose"], "vial_supply_amount": -c["dose"]}

    def vial_concentration(self, c, v):
        return v["vial_amount"] / c["volume"]

    def capacity(self, c):
        return c["capacity"]

    def conductance(self, c, v):
        return c["link"]

    def exchange(self, c, u, v):
        return {"flow_from_vial": c["surface"] * (v["vial_concentration"] - u)}

    def depth(self, c):
        return (np.arange(CELLS)[:, None] + 0.5) * c["width"]

    def gel_amount(self, c, u):
        return (c["capacity"] * u).sum(0)

    def rates(self, c, v):
        return {"vial_amount": -v["flow_from_vial"]}
''',
    "patch.toml": '[about]\ntitle = "A toy of the tests"\n'
    + "".join(
        f'\n[variables.{name}]\nunit = "{unit}"\nmeaning = "A toy: {name}."\n'
        for name, unit in (
            ("gel_concentration", "mol/m^3"),
            ("vial_concentration", "mol/m^3"),
            ("vial_amount", "mol"),
            ("vial_supply_amount", "mol"),
            ("flow_from_vial", "mol/s"),
            ("gel_amount", "mol"),
        )
    )
    + "".join(
        f'\n[{name}]\nvalue = {value}\nunit = "{unit}"\nrange = [{value}, {value}]\nsource = "assumed"\nwhere = "a toy"\ngrade = "D"\n'
        for name, value, unit in (
            ("thickness", 1.0, "mm"),
            ("diffusivity", 1e-9, "m^2/s"),
            ("dose", 1.0, "mmol"),
            ("volume", 10.0, "mL"),
        )
    ),
    "test_patch.py": """
from patch import Patch


def test_five_cells():
    assert Patch().size == 5
""",
    "patch.md": "A gel that fills from a vial. A toy.\n",
}


@pytest.fixture
def added(tmp_path, monkeypatch):
    """Writes four files into a folder of their own and loads a module from there; cleans up behind itself."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def load(four: dict[str, str]):
        assert len(four) == 4
        for name, text in four.items():
            (tmp_path / name).write_text(text.lstrip("\n"), "utf-8")
        module, test = (imported(tmp_path / name, monkeypatch) for name in four if name.endswith(".py"))
        for name in dir(test):
            if name.startswith("test_"):
                getattr(test, name)()
        return module

    return load


def imported(path: Path, monkeypatch):
    """A module from a file."""
    spec = spec_from_file_location(path.stem, path)
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, path.stem, module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def scenario():
    return painless()


def with_added(mechanism, scenario) -> Model:
    """The standard model and one mechanism more."""
    standard = standard_model(scenario)
    return Model((*standard.mechanisms, mechanism), standard.solutes)


def test_a_listener_is_added_by_four_files(added, scenario):
    """It reads a readout of the standard model, owns a state, and stands in the result with its trail."""
    model = with_added(added(WARMTH).Warmth(), scenario)
    result = simulate(model, scenario, DRAWS)
    warmth, rise = result["toy_warmth"], result["papillary_dermis_concentration[magnesium]"]
    assert warmth.shape == (DRAWS, len(result.times)) and np.isfinite(warmth).all()
    assert (warmth[:, 0] == 0).all() and (warmth >= -1e-6).all() and (warmth < 1).all() and (warmth.max(1) > 1e-4).all()
    assert (warmth.max(1) <= (rise / (rise + result.drawn["warmth.half_concentration"][:, None])).max(1) + 1e-6).all()
    np.testing.assert_allclose(result["toy_warmth_doubled"], 2 * warmth, rtol=1e-9, atol=1e-12)
    assert result.words["toy_warmth"].meaning.startswith("Warmth") and "toy_warmth" in model.stages[1]
    assert result.upstream("toy_warmth")[:2] == [
        "warmth",
        "column[magnesium]",
    ] and "warmth.time_constant" in result.why("toy_warmth")


def test_a_listener_moves_nothing_else(added, scenario):
    """What the standard model says stays the same, draw by draw."""
    plain = simulate(standard_model(scenario), scenario, DRAWS)
    more = simulate(with_added(added(WARMTH).Warmth(), scenario), scenario, DRAWS)
    for name, value in plain.readouts.items():
        scale = np.abs(value).max(initial=0)
        np.testing.assert_allclose(more[name], value, rtol=1e-7, atol=1e-9 * scale, err_msg=name)


def test_its_numbers_can_be_set_by_a_scenario(added, scenario):
    model = with_added(added(WARMTH).Warmth(), scenario)
    changed = Scenario.build({**scenario.tables(), "parameters": {"warmth.time_constant": "1 h"}})
    assert setting.parameters(model, changed)["warmth.time_constant"].si == 3600.0


@pytest.mark.long
def test_a_chain_of_cells_is_added_and_its_mass_closes(added, scenario):
    """The gel fills from its vial until both are at one concentration; vial, gel and supply always add up to nothing."""
    model = with_added(added(PATCH).Patch(), scenario)
    assert model.accounts == ("magnesium", "shared") and model.forest.size == standard_model(scenario).forest.size + 5
    result = simulate(model, scenario, DRAWS)
    vial, gel, supply = (result[name] for name in ("vial_amount", "gel_amount", "vial_supply_amount"))
    np.testing.assert_allclose(vial + gel + supply, 0.0, atol=1e-10 * 1e-3)
    assert (np.diff(gel, axis=1) > -1e-9).all() and (gel[:, 0] == 0).all()
    ratio = 1e-3 * 400e-4 / (1e-3 * 400e-4 + 10e-6)  # volume of the gel in both volumes
    np.testing.assert_allclose(gel[:, -1], 1e-3 * ratio, rtol=1e-3)


@pytest.mark.long
def test_its_account_is_closed_in_every_step(added, scenario):
    """As the engine itself sees it, beside the account of magnesium."""
    from epsom.engine.run import on_plan

    model = with_added(added(PATCH).Patch(), scenario)
    parameters = setting.parameters(model, scenario)
    drawn = Draws(LANES).values({p.key: p for p in parameters.values()})
    moves, events = protocol.compiled(model, scenario, LANES)
    times = output_times(scenario)
    padded = np.concatenate([times, np.full(128 - len(times), times[-1])])
    out = on_plan(
        model,
        {key: drawn[p.key] for key, p in parameters.items()},
        events,
        padded,
        moves=moves,
        watch=model.readouts,
        steps=STEPS,
    )
    applied = max(row.amount for row in protocol.rows(scenario) if row.source == "supply_amount[magnesium]")
    assert (np.asarray(out.leak)[0] < 1e-10 * applied).all() and (np.asarray(out.leak)[1] < 1e-10 * 1e-3).all()


def test_what_was_added_is_gone_again(scenario):
    """Nothing stays behind in the house."""
    assert "warmth" not in sys.modules and "toy_warmth" not in standard_model(scenario).words
