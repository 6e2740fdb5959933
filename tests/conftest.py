"""Number format and compilation cache as a run of epsom has them, before any test makes an array; the same examples each time."""

import os

from hypothesis import settings

from epsom.engine.programs import prepare

if "PYTEST_XDIST_WORKER" in os.environ and hasattr(os, "sched_setaffinity"):      # workers that share cores get into each other's way
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw")) % len(cores)]})
prepare()
settings.register_profile("same each time", derandomize=True)
settings.load_profile("same each time")
