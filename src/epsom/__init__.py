"""epsom: put magnesium on the skin; what reaches which tissue, when, and how sure are we?

Six nouns and one verb: Parameter, Mechanism, Model, Scenario, Result, Claim; simulate(model, scenario) -> Result.
Names load when they are first used, so that importing epsom is quick.
"""

from importlib import import_module

_WHERE = {
    "Parameter": "core.parameter", "Draws": "core.draws", "EpsomError": "core.errors", "Quantity": "core.units",
    "Scenario": "scenario", "Product": "scenario", "Mechanism": "mechanism", "CellMechanism": "mechanism",
    "Scalar": "mechanism", "Chain": "mechanism", "Model": "model", "Result": "result", "standard_model": "standard",
    "simulate": "simulate", "answers": "answers", "plots": "plots", "write_report": "report",
}
__all__ = [*_WHERE, "__version__"]


def __getattr__(name: str):
    if name == "__version__":
        return import_module("epsom.provenance").epsom_version()
    if name not in _WHERE:
        raise AttributeError(f"module 'epsom' has no attribute '{name}'")
    module = import_module(f"epsom.{_WHERE[name]}")
    if name in ("simulate", "answers", "write_report"):          # the module of a verb has the verb's name
        return getattr(module, "write" if name == "write_report" else name)
    return module if name == "plots" else getattr(module, name)


def __dir__():
    return sorted(__all__)
