"""Number format and compilation cache as a run of epsom has them, before any test makes an array; the same examples each time."""

from hypothesis import settings

from epsom.engine.programs import prepare

prepare()
settings.register_profile("same each time", derandomize=True)
settings.load_profile("same each time")
