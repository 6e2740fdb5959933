"""The libraries that pooling stands on; they come with an extra, and are loaded where something is pooled and nowhere else."""

from __future__ import annotations

import warnings
from functools import cache
from types import ModuleType

from epsom.core.errors import InputError

INSTALL = 'Install it: python -m pip install "epsom[evidence]"'


@cache
def meta_analysis() -> ModuleType:
    """statsmodels.stats.meta_analysis."""
    try:
        from statsmodels.stats import meta_analysis as found
    except ImportError as error:
        raise InputError("pooling studies needs statsmodels", INSTALL) from error
    return found


@cache
def contingency_tables() -> ModuleType:
    """statsmodels.stats.contingency_tables."""
    try:
        from statsmodels.stats import contingency_tables as found
    except ImportError as error:
        raise InputError("pooling studies needs statsmodels", INSTALL) from error
    return found


@cache
def pymare() -> tuple[ModuleType, ModuleType]:
    """(estimators, stats) of PyMARE. Loading it warns of a file that it leaves open and of what other libraries call old; neither is ours."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pymare import estimators, stats
    except ImportError as error:
        raise InputError("pooling studies needs PyMARE", INSTALL) from error
    return estimators, stats
