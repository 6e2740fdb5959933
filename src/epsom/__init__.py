"""epsom: put magnesium on the skin; what reaches which tissue, when, and how sure are we?

Six nouns and one verb: Parameter, Mechanism, Model, Scenario, Result, Claim; simulate(model, scenario) -> Result.
Names load when they are first used, so that importing epsom is quick.
"""

from importlib import import_module

_WHERE = {
    "Parameter": "core.parameter", "Draws": "core.draws", "EpsomError": "core.errors", "Quantity": "core.units",
    "Scenario": "scenario", "Product": "product", "Mechanism": "mechanism", "CellMechanism": "mechanism",
    "Scalar": "mechanism", "Chain": "mechanism", "Model": "model", "Result": "result", "standard_model": "standard",
    "simulate": "simulation", "load": "stored", "answers": "answer", "write_report": "report",
    "Experiment": "experiment", "permeate": "permeation", "permeate_all": "permeation",
    "compare": "paired", "sweep": "paired", "Comparison": "comparison",
}
_PICTURES = ("plots", "surface_plots", "feeling_plots", "spread_plots", "comparison_plots", "cross_section")
__all__ = [*_WHERE, *_PICTURES, "__version__"]


def __getattr__(name: str):
    if name == "__version__":
        return import_module("epsom.provenance").epsom_version()
    if name in _PICTURES:
        return import_module(f"epsom.{name}")
    if name not in _WHERE:
        raise AttributeError(f"module 'epsom' has no attribute '{name}'")
    return getattr(import_module(f"epsom.{_WHERE[name]}"), name)


def __dir__():
    return sorted(__all__)
