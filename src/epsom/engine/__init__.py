"""Numerics: cells and scalars. Knows no skin."""
