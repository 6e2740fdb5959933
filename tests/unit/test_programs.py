"""Programs: one for each shape, kept in a file, made anew when the file is no use or not to be trusted."""

import errno
import gc
import os
import subprocess
import sys
import weakref
from functools import partial
from pathlib import Path
from threading import Event, Thread

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from epsom.engine import programs
from epsom.engine.layout import Forest
from epsom.engine.programs import Program
from painless import painless


class Scale:
    forest, scalar_scale = Forest((), ()), np.ones((1, 1))

    def __init__(self, factor, identity):
        self.factor, self.identity = factor, identity


traced = []


def scaled(model, x, *, power):
    """What is compiled."""
    traced.append(x.shape)
    return model.factor * x ** power


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    programs.prepare()
    monkeypatch.setattr(programs, "prepare", lambda: tmp_path)
    traced.clear()
    return tmp_path


X = np.arange(4.0)


def test_one_program_for_each_shape_and_setting(own_folder):
    model, program = Scale(2.0, None), Program(scaled)
    for x, power in ((X, 2), (X + 1, 2), (X, 3), (X[:2], 2)):
        np.testing.assert_array_equal(program(model, x, power=power), 2 * x ** power)
    assert len(traced) == len(program.made[model]) == 3
    assert not list(own_folder.iterdir())                     # no identity: nothing is kept


def test_a_kept_program_is_loaded_without_tracing(own_folder):
    first = Program(scaled)(Scale(2.0, "same"), X, power=2)
    file, = own_folder.iterdir()
    assert file.suffix == ".program" and len(traced) == 1
    second = Program(scaled)(Scale(2.0, "same"), X, power=2)
    assert len(traced) == 1
    np.testing.assert_array_equal(first, second)


def test_another_identity_is_another_program(own_folder):
    np.testing.assert_array_equal(Program(scaled)(Scale(2.0, "two"), X, power=1), 2 * X)
    np.testing.assert_array_equal(Program(scaled)(Scale(3.0, "three"), X, power=1), 3 * X)
    assert len(list(own_folder.iterdir())) == 2


@pytest.mark.parametrize("content", [b"", b"not a program", None])
def test_a_useless_file_is_replaced(own_folder, content):
    Program(scaled)(Scale(2.0, "same"), X, power=2)
    file, = own_folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if content is None else content)
    np.testing.assert_array_equal(Program(scaled)(Scale(2.0, "same"), X, power=2), 2 * X ** 2)
    assert len(traced) == 2 and len(file.read_bytes()) > len(whole) // 2
    Program(scaled)(Scale(2.0, "same"), X, power=2)
    assert len(traced) == 2


def test_a_folder_that_cannot_be_written_is_done_without(own_folder, monkeypatch):
    monkeypatch.setattr(programs, "prepare", lambda: own_folder / "missing")
    np.testing.assert_array_equal(Program(scaled)(Scale(2.0, "same"), X, power=2), 2 * X ** 2)


def test_derivatives_go_through(own_folder):
    program, model = Program(scaled), Scale(2.0, "same")
    slope = jax.grad(lambda x: program(model, x, power=3).sum())(jnp.asarray(X))
    np.testing.assert_allclose(slope, 6 * X ** 2)
    assert not list(own_folder.iterdir())


def test_a_full_disk_leaves_no_half_of_a_program(own_folder, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", full)
    np.testing.assert_array_equal(Program(scaled)(Scale(2.0, "same"), X, power=2), 2 * X ** 2)
    assert not list(own_folder.iterdir())


# ---- several processes at once -------------------------------------------------------------------------------------
needs_locks = pytest.mark.skipif(os.name != "posix", reason="locks as on POSIX")


@needs_locks
def test_one_makes_a_program_and_the_others_load_it(own_folder, monkeypatch):
    """A process that finds another at work waits for it, and traces nothing itself."""
    import fcntl

    Program(scaled)(Scale(2.0, "same"), X, power=2)
    file, = own_folder.iterdir()
    content, waiting, found = file.read_bytes(), Event(), []
    file.unlink()
    monkeypatch.setattr(programs.time, "sleep", lambda _: waiting.set())
    with file.with_suffix(programs.MAKING).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        other = Thread(target=lambda: found.append(Program(scaled)(Scale(2.0, "same"), X, power=2)))
        other.start()
        assert waiting.wait(60)
        file.write_bytes(content)
    other.join()
    np.testing.assert_array_equal(found[0], 2 * X ** 2)
    assert len(traced) == 1 and list(own_folder.iterdir()) == [file]


@needs_locks
def test_a_process_that_died_at_work_holds_nobody_up(own_folder, monkeypatch):
    Program(scaled)(Scale(2.0, "same"), X, power=2)
    file, = own_folder.iterdir()
    file.unlink()
    lock = file.with_suffix(programs.MAKING)
    dies = f"import fcntl, os; lock = open({str(lock)!r}, 'w'); fcntl.flock(lock, fcntl.LOCK_EX); os._exit(1)"
    assert subprocess.run([sys.executable, "-c", dies]).returncode == 1 and lock.is_file()
    monkeypatch.setattr(programs.time, "sleep", lambda _: pytest.fail("it waited"))
    np.testing.assert_array_equal(Program(scaled)(Scale(2.0, "same"), X, power=2), 2 * X ** 2)
    assert len(traced) == 2 and list(own_folder.iterdir()) == [file]


@needs_locks
def test_a_process_that_is_stuck_holds_up_the_others_for_a_while(own_folder, monkeypatch):
    import fcntl

    monkeypatch.setattr(programs, "PATIENCE", 0.0)
    Program(scaled)(Scale(2.0, "same"), X, power=2)
    file, = own_folder.iterdir()
    file.unlink()
    with file.with_suffix(programs.MAKING).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        np.testing.assert_array_equal(Program(scaled)(Scale(2.0, "same"), X, power=2), 2 * X ** 2)


# ---- settings and versions -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("setting", [lambda: jax.default_matmul_precision("float32"), lambda: jax.debug_nans(True),
                                     lambda: jax.numpy_rank_promotion("warn"), lambda: jax.numpy_dtype_promotion("strict")])
def test_another_setting_of_jax_is_another_program(own_folder, setting):
    model, program = Scale(2.0, "same"), Program(scaled)
    program(model, X, power=2)
    with setting():
        program(model, X, power=2)
    program(model, X, power=2)
    assert len(list(own_folder.glob("*.program"))) == len(program.made[model]) == len(traced) == 2


def test_single_precision_is_another_program(own_folder):
    model, program = Scale(2.0, "same"), Program(scaled)
    with jax.enable_x64(False):
        assert program(model, X, power=2).dtype == np.float32
    assert program(model, X, power=2).dtype == np.float64


def test_another_numpy_is_another_program(own_folder, monkeypatch):
    for version in ("1.26.0", "2.0.0"):
        monkeypatch.setattr(np, "__version__", version)
        programs._machine.cache_clear()
        Program(scaled)(Scale(2.0, "same"), X, power=2)
    programs._machine.cache_clear()
    assert len(list(own_folder.iterdir())) == 2


# ---- a folder that is not to be trusted ------------------------------------------------------------------------------
posix = pytest.mark.skipif(os.name != "posix", reason="permissions as on POSIX")


@posix
@pytest.mark.parametrize("mode, why", [(0o700, ""), (0o755, ""), (0o775, "others may write to it"), (0o707, "others may write to it")])
def test_a_folder_that_others_may_write_to_is_not_trusted(tmp_path, mode, why):
    tmp_path.chmod(mode)
    assert programs.not_to_be_trusted(tmp_path) == why


@posix
def test_a_folder_of_somebody_else_is_not_trusted(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    assert programs.not_to_be_trusted(tmp_path) == "it belongs to somebody else"


@posix
def test_programs_in_a_folder_that_is_not_trusted_are_made_anew(tmp_path, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("EPSOM_CACHE", str(tmp_path))
    kept = tmp_path / "programs"
    before = jax.config.jax_compilation_cache_dir
    try:
        assert programs.prepare.__wrapped__() == kept and kept.stat().st_mode & 0o777 == 0o700
        monkeypatch.setattr(programs, "prepare", programs.prepare.__wrapped__)
        Program(scaled)(Scale(2.0, "same"), X, power=2)
        file, = kept.glob("*.program")
        kept.chmod(0o777)
        monkeypatch.setattr(programs, "_loaded", lambda file: pytest.fail("loaded what anybody could have written"))
        np.testing.assert_array_equal(Program(scaled)(Scale(2.0, "same"), X, power=2), 2 * X ** 2)
        assert len(traced) == 2 and list(kept.glob("*.program")) == [file]
    finally:
        jax.config.update("jax_compilation_cache_dir", before)


@posix
def test_doctor_says_why_programs_are_not_kept(tmp_path, monkeypatch):
    from epsom.faces import doctor

    monkeypatch.setenv("EPSOM_CACHE", str(tmp_path))
    (tmp_path / "programs").mkdir()
    for mode, verdict in ((0o777, "others may write to it: programs are made anew each time"), (0o700, "ok")):
        (tmp_path / "programs").chmod(mode)
        assert doctor.compilation_cache()[2].startswith(verdict)


# ---- a folder that grows ---------------------------------------------------------------------------------------------
def test_the_programs_used_longest_ago_go(own_folder, monkeypatch):
    first, second = Scale(2.0, "first"), Scale(3.0, "second")
    Program(scaled)(first, X, power=2)
    file, = own_folder.iterdir()
    strange = own_folder / "letter.txt"
    strange.write_bytes(bytes(10 * file.stat().st_size))
    for n, name in enumerate(("jit_x-1-cache", "jit_x-1-atime", f"{file.name}.1.part")):
        (own_folder / name).write_bytes(bytes(file.stat().st_size))
        os.utime(own_folder / name, (n + 2, n + 2))
    os.utime(file, (1, 1))
    Program(scaled)(first, X, power=2)                        # used: now it is the youngest
    assert file.stat().st_mtime > 1e9                         # also where the system notes no reading
    monkeypatch.setattr(programs, "MOST_BYTES", 2.5 * file.stat().st_size)
    Program(scaled)(second, X, power=2)
    assert file.exists() and strange.exists() and len(list(own_folder.iterdir())) == 3
    assert len(traced) == 2


# ---- memory ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("use", [lambda program, model: program(model, X, power=2),
                                 lambda program, model: jax.grad(lambda x: program(model, x, power=3).sum())(jnp.asarray(X))])
def test_a_model_does_not_outlive_its_last_use(use):
    program, model = Program(scaled), Scale(2.0, None)
    use(program, model)
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None and not program.made and not program.jitted


def test_the_standard_model_does_not_outlive_its_last_use(monkeypatch):
    """Neither a run with it nor tracing it keeps a model: only what JAX traces could hold on to it, so nothing is compiled."""
    monkeypatch.undo()                                        # programs that other tests have kept
    from epsom import protocol, setting
    from epsom.engine import run
    from epsom.simulation import simulate
    from epsom.standard import standard_model

    case = painless()
    model = standard_model(case)
    simulate(model, case, 2)
    moves, events = protocol.compiled(model, case, 1)
    p = {key: np.full(1, parameter.si) for key, parameter in setting.parameters(model, case).items()}
    lowered = jax.jit(partial(run.on_plan, model, moves=moves, watch=model.readouts, steps=48)).lower(p, events, np.ones(1))
    assert "while" in lowered.as_text()
    del lowered
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None
