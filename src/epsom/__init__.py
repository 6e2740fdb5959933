"""epsom: put magnesium on the skin; what reaches which tissue, when, and how sure are we?

Six nouns and one verb: Parameter, Mechanism, Model, Scenario, Result, Claim; simulate(model, scenario) -> Result.
Names load when they are first used, so that importing epsom is quick.
"""

from importlib import import_module

_WHERE = {
    "Parameter": "core.parameter", "Draws": "core.draws", "EpsomError": "core.errors", "Quantity": "core.units",
    "Scenario": "scenario", "Product": "product", "Mechanism": "mechanism", "CellMechanism": "mechanism",
    "Scalar": "mechanism", "Chain": "mechanism", "Model": "model", "Result": "result", "standard_model": "standard",
    "simulate": "simulation", "answers": "answer", "write_report": "report", "plots": "plots",
    "Experiment": "experiment", "permeate": "permeation", "permeate_all": "permeation",
    "compare": "paired", "sweep": "paired", "Comparison": "comparison",
}
__all__ = [*_WHERE, "__version__"]


def __getattr__(name: str):
    if name == "__version__":
        return import_module("epsom.provenance").epsom_version()
    if name not in _WHERE:
        raise AttributeError(f"module 'epsom' has no attribute '{name}'")
    module = import_module(f"epsom.{_WHERE[name]}")
    return module if name == "plots" else getattr(module, name)


def __dir__():
    return sorted(__all__)
