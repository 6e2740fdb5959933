"""The tables of docs/claims.md are those of the register as it stands."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def tables():
    spec = importlib.util.spec_from_file_location("claims_tables", DOCS / "claims_tables.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_holds_what_the_register_holds():
    """`python docs/claims_tables.py` writes it anew."""
    text = (DOCS / "claims.md").read_text("utf-8")
    assert tables().filled(text) == text


def test_a_page_without_a_place_is_refused():
    with pytest.raises(SystemExit, match="0 places"):
        tables().filled("# Claims")
