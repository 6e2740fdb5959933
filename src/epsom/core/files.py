"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PARTIAL = ".part"            # how the name of a file ends while it is being written


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """The name of a file beside the target, to be written in the block; it takes the target's place when the block ends well, and goes
    when it does not.

    Raises OSError (a full disk, no permission).
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}{PARTIAL}")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write beside the target and rename, so that nobody reads half a file and a failure leaves nothing behind.

    Raises OSError (a full disk, no permission).
    """
    with whole(path) as partial:
        partial.write_bytes(content)
