"""Faces translate and show; they compute nothing."""
