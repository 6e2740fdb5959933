"""Text and data for `epsom check`: what must happen, what happens in the model, and whether that fits."""

from __future__ import annotations

from epsom.core.digits import plain_digits
from epsom.core.sources import ASSUMED
from epsom.faces.show import Listing


def felt(seed: int, draws: int) -> Listing:
    """Checks of what is felt, misses first."""
    from epsom import felt_checks

    found = sorted(felt_checks.carried_out(seed, draws), key=lambda f: f.passed)
    rows, data = [], []
    for f in found:
        check, three = f.check, [plain_digits(round(x, 3)) for x in (f.middle, f.low, f.high)]
        source = ("judgement" if check.source == ASSUMED else check.source) + (", used" if check.calibrated else "")
        rows.append((check.name, f"{check.low:g} to {check.high:g}", f"{three[0]} ({three[1]} to {three[2]})", "in" if f.passed else "OUT",
                     source))
        data.append({"check": check.name, **check.read,
                     "low": check.low, "high": check.high, "found_low_5": f.low, "found_middle": f.middle, "found_high_95": f.high,
                     "passed": f.passed, "calibrated": check.calibrated, "source": check.source, "where": check.where})
    for name, why in felt_checks.missing():
        rows.append((name, "-", why, "NOT MODELLED", ""))
        data.append({"check": name, "passed": False, "why": why})
    return Listing(("what must happen", "middle draw within", "in this model (nine of ten draws)", "verdict", "source"), rows, data)
