"""The whole body."""
