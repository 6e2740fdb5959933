"""Compiled programs: made once for each shape of their arguments, and kept between processes."""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from weakref import WeakKeyDictionary, ref

import jax
from jax.experimental.serialize_executable import deserialize_and_load, serialize

from epsom.core.files import PARTIAL, write_whole

LOG = logging.getLogger(__name__)

# Without the first the compiler drops every optimization barrier before it fuses (JAX 0.10), and a run takes twice as long;
# the older of its two code generators compiles a third faster. Loops over less than half a kilobyte are compiled in a way
# that knows no barriers (the process would abort), so small models go without (docs/decisions/0005).
ON_CPU = {"xla_disable_hlo_passes": "cse_barrier_expander", "xla_cpu_use_fusion_emitters": False}
# At the usual level 3 loops over lanes are written out in full, which takes a third longer to compile; what runs once a batch
# is not worth any optimization.
OFTEN, SELDOM = ({"xla_backend_optimization_level": level} for level in (2, 0))
SMALL = 16               # states
MOST_BYTES = 1_000_000_000                                    # of kept programs; beyond it those used longest ago go
OURS = (".program", "-cache", "-atime", PARTIAL)              # how the names of kept files end: ours and JAX's
MAKING = ".making"                                            # ends the name of a lock
PATIENCE, POLL = 600.0, 0.05                                  # seconds
SETTINGS = ("enable_x64", "default_matmul_precision", "debug_nans", "debug_infs", "disable_jit", "numpy_dtype_promotion",
            "numpy_rank_promotion", "default_prng_impl", "threefry_partitionable", "optimization_level")     # that change programs


def folder() -> Path:
    """Where compiled programs are kept: EPSOM_CACHE, or the user's cache folder."""
    from platformdirs import user_cache_path

    return Path(os.environ.get("EPSOM_CACHE") or user_cache_path("epsom")) / "programs"


def not_to_be_trusted(path: Path) -> str:
    """Why programs in a folder are not to be loaded, or nothing: they run as code, so nobody else may be able to write there."""
    if not path.is_dir():
        return "there is no such folder"
    if not hasattr(os, "getuid"):                             # Windows keeps users' folders apart
        return ""
    about = path.stat()
    if about.st_uid != os.getuid():
        return "it belongs to somebody else"
    return "others may write to it" if about.st_mode & 0o022 else ""


@cache
def prepare() -> Path | None:
    """64-bit numbers, and a folder for compiled programs (None where there is none to be trusted: then they are made anew)."""
    jax.config.update("jax_enable_x64", True)
    path = folder()
    with suppress(OSError):
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not_to_be_trusted(path):
        return None
    trim(path)
    jax.config.update("jax_compilation_cache_dir", str(path))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return path


def trim(path: Path) -> None:
    """Remove those programs from a folder that were used longest ago, until the others take less than MOST_BYTES."""
    found = []
    for file in path.iterdir():
        with suppress(OSError):                               # another process was faster
            if file.name.endswith(OURS):
                about = file.stat()
                found.append((max(about.st_mtime, about.st_atime), about.st_size, file))
    left = sum(size for _, size, _ in found)
    for _, size, file in sorted(found):
        if left <= MOST_BYTES:
            break
        with suppress(OSError):
            file.unlink()
        left -= size


@cache
def _machine() -> tuple[str, ...]:
    """Everything outside the package that a compiled program depends on."""
    import jaxlib
    import numpy

    processor = platform.processor()
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor += "".join(sorted({line for line in lines if line.startswith(("flags", "model name", "Features"))}))
    device = jax.devices()[0]
    return (jax.__version__, jaxlib.__version__, numpy.__version__, platform.python_version(), platform.machine(), processor, device.platform,
            device.device_kind, os.environ.get("XLA_FLAGS", ""), repr((ON_CPU, OFTEN, SELDOM)))


def _settings() -> tuple[str, ...]:
    """The settings of JAX that a program depends on, as they are now."""
    return tuple(f"{name}={getattr(jax.config, f'jax_{name}', None)}" for name in SETTINGS)


def _of_one(function: Callable, model, static: dict, prefix: str = "") -> Callable:
    """The function for one model, which it does not keep alive: jitted with the model as an argument, JAX would.

    A prefix marks a program of its own, which is not looked for in JAX's cache under the plain name.
    """
    known = ref(model)

    def of_one(*arguments):
        return function(known(), *arguments, **static)

    of_one.__name__ = prefix + function.__name__
    return jax.jit(of_one)


class Program:
    """A function of arrays, compiled when first called with arguments of a shape.

    The model comes first and is static, like everything given by keyword. If the model has an `identity`, a digest of all
    code that the function could reach through it, the compiled program is kept in a file and later processes load it
    without tracing anything. Under a transformation (derivatives, an outer jit) the function is an ordinary jitted one.
    What is compiled for a model lives as long as the model. `effort` are the compiler's settings for it, OFTEN or SELDOM.
    """

    def __init__(self, function: Callable, effort: dict = OFTEN):
        self.function, self.effort = function, effort
        self.made, self.jitted = WeakKeyDictionary(), WeakKeyDictionary()      # {model: {shapes and settings: what was made}}
        self.__doc__, self.__name__ = function.__doc__, function.__name__

    def __call__(self, model, *arguments, **static):
        leaves, tree = jax.tree.flatten(arguments)
        if any(isinstance(leaf, jax.core.Tracer) for leaf in leaves):
            return self._jitted(model, static)(*arguments)
        shapes = tuple((x.shape, x.dtype.str) if hasattr(x, "dtype") else type(x).__name__ for x in leaves)
        made, key = self.made.setdefault(model, {}), (tuple(static.items()), tree, shapes, _settings())
        if key in made:
            return made[key](*arguments)
        file = self._file(model, static, tree, shapes)
        there = file is not None and file.is_file()
        with one_at_a_time(None if there else file):          # workers that start together: one compiles, the others load
            if there or (file is not None and file.is_file()):
                with suppress(Exception):                     # cut off, or of another make: compile instead
                    program = _loaded(file)
                    result = jax.block_until_ready(program(*arguments))
                    made[key] = program
                    LOG.info("loaded the compiled program %s", self.__name__)
                    return result
            LOG.info("compiling the program %s", self.__name__)
            made[key] = self._made(model, static, arguments, file)
        return made[key](*arguments)

    def _made(self, model, static: dict, arguments, file: Path | None) -> Callable:
        lowered = _of_one(self.function, model, static, "passing_" if file is None else "kept_").lower(*arguments)
        large = model.forest.size + len(model.scalar_scale) >= SMALL
        make = partial(compiled, lowered, self.effort if large and jax.default_backend() == "cpu" else None)
        return make() if file is None else _kept(file, make)

    def _jitted(self, model, static: dict) -> Callable:
        jitted, key = self.jitted.setdefault(model, {}), tuple(static.items())
        if key not in jitted:
            jitted[key] = _of_one(self.function, model, static)
        return jitted[key]

    def _file(self, model, static, tree, shapes) -> Path | None:
        path, identity = prepare(), getattr(model, "identity", None)
        if path is None or identity is None:
            return None
        text = repr((self.__name__, identity, sorted(static.items()), str(tree), shapes, _machine(), _settings()))
        return path / f"{self.__name__}-{hashlib.sha256(text.encode()).hexdigest()[:32]}.program"


@contextmanager
def one_at_a_time(file: Path | None) -> Iterator[None]:
    """Within, only one process makes or loads this file. A process that ends gives way at once, however it ends; one that is
    stuck holds up the others for PATIENCE seconds."""
    lock = None
    with suppress(OSError, ImportError):                      # a folder or a system that knows no locks: do without
        import fcntl

        lock = None if file is None else file.with_suffix(MAKING).open("w")
        until = time.monotonic() + PATIENCE
        while lock and time.monotonic() < until:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(POLL)
    try:
        yield
    finally:
        if lock:
            with suppress(OSError):
                os.unlink(lock.name)
            lock.close()


def compiled(lowered, effort: dict | None) -> Callable:
    """A lowered program compiled with this effort, OFTEN or SELDOM; with none as JAX does it, six times as long for a model."""
    if effort is None:
        return lowered.compile()
    try:
        return lowered.compile(ON_CPU | effort)
    except jax.errors.JaxRuntimeError as error:
        if "No such compile option" not in str(error):
            raise
        return lowered.compile(effort)                        # JAX 0.12 has lost one of ON_CPU, and needs none


def _loaded(file: Path) -> Callable:
    program = deserialize_and_load(*pickle.loads(file.read_bytes()))
    with suppress(OSError):
        os.utime(file)                                        # used just now, for `trim`
    return program


def _kept(file: Path, make: Callable[[], Callable]) -> Callable:
    """Make a program and write it to a file, past JAX's own cache: what comes out of that cannot be written again."""
    least = jax.config.jax_persistent_cache_min_compile_time_secs
    jax.config.update("jax_persistent_cache_min_compile_time_secs", float("inf"))
    try:
        program = make()
    finally:
        jax.config.update("jax_persistent_cache_min_compile_time_secs", least)
    with suppress(Exception):                                 # a full disk or a platform that cannot: go on without
        write_whole(file, pickle.dumps(serialize(program)))
        trim(file.parent)
    return program
