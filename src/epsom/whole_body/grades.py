"""Of which grade the numbers are that make a result uncertain."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from epsom.core.parameter import GRADES, Parameter

MOST = 4096              # draws above which nobody waits for four runs more


def shares(parameters: Mapping[str, Parameter], found: np.ndarray, again: Callable[[frozenset[str]], np.ndarray]) -> dict[str, float]:
    """{grade: share of the variance of a result that goes where the numbers of this grade alone are drawn anew}.

    Half the mean square change over the variance (Jansen 1999): the total effect, so that what two grades do together counts in both
    and the shares may add to more than one. Grades without a spread are left out, as are all where the result has none.

    Parameters
    ----------
    parameters : of the run.    found : (draws,) the result.    again : from parameters that are drawn from a second stream to the result.
    """
    if not np.isfinite(found).all() or not np.var(found) > 0:
        return {}
    variance = float(np.var(found))
    by_grade = {grade: frozenset(p.key for p in parameters.values() if p.grade == grade and not p.spread_free) for grade in GRADES}
    return {grade: float(np.mean((again(keys) - found) ** 2) / (2 * variance)) for grade, keys in by_grade.items() if keys}


def told(shares_of: Mapping[str, float], what: str) -> str:
    """The shares as a sentence."""
    parts = ", ".join(f"{grade} {100 * min(share, 1.0):.0f} %" for grade, share in shares_of.items())
    return (f"Numbers of each grade account for this much of the variance of {what}: {parts} (A human data for the very quantity, D assumed; "
            "what two do together counts in both).")
