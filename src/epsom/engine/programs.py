"""Compiled programs: made once for each shape of their arguments, and kept between processes."""

from __future__ import annotations

import hashlib
import os
import pickle
import platform
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path

import jax
from jax.experimental.serialize_executable import deserialize_and_load, serialize

# Without the first the compiler drops every optimization barrier before it fuses (JAX 0.10), and a run takes twice as long;
# the older of its two code generators compiles a third faster. Loops over less than half a kilobyte are compiled in a way
# that knows no barriers (the process would abort), so small models go without (docs/decisions/0005).
ON_CPU = {"xla_disable_hlo_passes": "cse_barrier_expander", "xla_cpu_use_fusion_emitters": False}
SMALL = 16               # states


def folder() -> Path:
    """Where compiled programs are kept: EPSOM_CACHE, or the user's cache folder."""
    from platformdirs import user_cache_path

    return Path(os.environ.get("EPSOM_CACHE") or user_cache_path("epsom")) / "programs"


@cache
def prepare() -> Path | None:
    """64-bit numbers, and a folder for compiled programs (None where it cannot be written: then they are made anew)."""
    jax.config.update("jax_enable_x64", True)
    path = folder()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return None
    jax.config.update("jax_compilation_cache_dir", str(path))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return path


@cache
def _machine() -> tuple[str, ...]:
    """Everything outside the package that a compiled program depends on."""
    import jaxlib

    processor = platform.processor()
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor += "".join(sorted({line for line in lines if line.startswith(("flags", "model name", "Features"))}))
    device = jax.devices()[0]
    return (jax.__version__, jaxlib.__version__, platform.python_version(), platform.machine(), processor, device.platform,
            device.device_kind, os.environ.get("XLA_FLAGS", ""), repr(ON_CPU))


@cache
def _jitted(of: Callable, static: tuple[str, ...], prefix: str = "") -> Callable:
    """A prefix marks a program of its own, which is not looked for in JAX's cache under the plain name."""
    def function(*arguments, **settings):
        return of(*arguments, **settings)

    function.__name__ = prefix + of.__name__
    return jax.jit(function, static_argnums=0, static_argnames=static)


class Program:
    """A function of arrays, compiled when first called with arguments of a shape.

    The model comes first and is static, like everything given by keyword. If the model has an `identity`, a digest of all
    code that the function could reach through it, the compiled program is kept in a file and later processes load it
    without tracing anything. Under a transformation (derivatives, an outer jit) the function is an ordinary jitted one.
    """

    def __init__(self, function: Callable):
        self.function, self.made = function, {}
        self.__doc__, self.__name__ = function.__doc__, function.__name__

    def __call__(self, model, *arguments, **static):
        leaves, tree = jax.tree.flatten(arguments)
        if any(isinstance(leaf, jax.core.Tracer) for leaf in leaves):
            return _jitted(self.function, tuple(static))(model, *arguments, **static)
        shapes = tuple((x.shape, x.dtype.str) if hasattr(x, "dtype") else type(x).__name__ for x in leaves)
        key = (model, tuple(static.items()), tree, shapes)
        if key in self.made:
            return self.made[key](*arguments)
        file = self._file(model, static, tree, shapes)
        if file is not None and file.is_file():
            with suppress(Exception):                         # cut off, or of another make: compile instead
                program = _loaded(file)
                result = jax.block_until_ready(program(*arguments))
                self.made[key] = program
                return result
        jitted = _jitted(self.function, tuple(static), "passing_" if file is None else "kept_")
        lowered = jitted.lower(model, *arguments, **static)
        large = model.forest.size + len(model.scalar_scale) >= SMALL
        make = partial(_compiled, lowered, ON_CPU if large and jax.default_backend() == "cpu" else None)
        self.made[key] = make() if file is None else _kept(file, make)
        return self.made[key](*arguments)

    def _file(self, model, static, tree, shapes) -> Path | None:
        path, identity = prepare(), getattr(model, "identity", None)
        if path is None or identity is None:
            return None
        text = repr((self.__name__, identity, sorted(static.items()), str(tree), shapes, _machine()))
        return path / f"{self.__name__}-{hashlib.sha256(text.encode()).hexdigest()[:32]}.program"


def _compiled(lowered, options: dict | None) -> Callable:
    try:
        return lowered.compile(options)
    except jax.errors.JaxRuntimeError as error:
        if options is None or "No such compile option" not in str(error):
            raise
        return lowered.compile()                              # JAX 0.12 has lost one of them, and needs none


def _loaded(file: Path) -> Callable:
    return deserialize_and_load(*pickle.loads(file.read_bytes()))


def _kept(file: Path, make: Callable[[], Callable]) -> Callable:
    """Make a program and write it to a file, past JAX's own cache: what comes out of that cannot be written again."""
    least = jax.config.jax_persistent_cache_min_compile_time_secs
    jax.config.update("jax_persistent_cache_min_compile_time_secs", float("inf"))
    try:
        program = make()
    finally:
        jax.config.update("jax_persistent_cache_min_compile_time_secs", least)
    with suppress(Exception):                                 # a full disk or a platform that cannot: go on without
        partial = file.with_suffix(f".{os.getpid()}")
        partial.write_bytes(pickle.dumps(serialize(program)))
        os.replace(partial, file)
    return program
