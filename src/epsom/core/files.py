"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

PARTIAL = ".part"            # how the name of a file ends while it is being written


def write_whole(path: Path, content: bytes) -> None:
    """Write beside the target and rename, so that nobody reads half a file and a failure leaves nothing behind.

    Raises OSError (a full disk, no permission).
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}{PARTIAL}")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
