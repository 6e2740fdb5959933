"""The solver's compilation cache and number format, prepared once before the first solve."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path


def folder() -> Path:
    """Where compiled programs are kept: EPSOM_CACHE, or the user's cache folder."""
    from platformdirs import user_cache_path

    return Path(os.environ.get("EPSOM_CACHE") or user_cache_path("epsom")) / "programs"


@cache
def prepare() -> None:
    """64-bit numbers, and compiled programs kept between processes (a folder that cannot be written is done without)."""
    import jax

    jax.config.update("jax_enable_x64", True)
    path = folder()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return
    jax.config.update("jax_compilation_cache_dir", str(path))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
