"""The library that pooling stands on; it comes with an extra, and is loaded where something is pooled and nowhere else."""

from __future__ import annotations

import warnings
from functools import cache
from types import ModuleType

from epsom.core.errors import InputError


@cache
def pymare() -> tuple[ModuleType, ModuleType]:
    """(estimators, stats) of PyMARE. Loading it warns of a file that it leaves open and of what other libraries call old; neither is ours."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pymare import estimators, stats
    except ImportError as error:
        raise InputError("pooling studies needs PyMARE", 'Install it: python -m pip install "epsom[evidence]"') from error
    return estimators, stats
