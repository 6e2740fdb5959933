"""The package's own code and data as one number, so that a change of either is noticed."""

from __future__ import annotations

import hashlib
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def _digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(p for p in PACKAGE.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


_AT_IMPORT = _digest()          # of the code that runs, not of files that are changed while it runs


def source_digest() -> str:
    """Digest of all code and data of the package, as they were when it was imported."""
    return _AT_IMPORT
