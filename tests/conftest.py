"""Number format and compilation cache as a run of epsom has them, before any test makes an array."""

from epsom.engine.programs import prepare

prepare()
