"""Whole-body magnesium without skin: courses of a Regimen, amounts needed for a rise, chances of detecting it."""
