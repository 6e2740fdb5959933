"""What a value holds, as a digest: the same for the same content in every process, another one for other content."""

from __future__ import annotations

import inspect
import pickle
from hashlib import sha256
from types import FunctionType, MappingProxyType

import numpy as np

PLAIN = (type(None), bool, int, float, complex, str, bytes)


def content(value: object) -> bytes:
    """Digest of a value: plain values by what they are, arrays by dtype, shape and bytes, tuples, lists, sets and dicts (in
    their order) by what they hold, everything else by its pickle and the source of its class or function.

    Raises whatever `pickle` raises where a value cannot be pickled, and RecursionError where it holds itself.
    """
    kind = type(value)
    if kind in PLAIN:
        parts = [repr(value).encode()]
    elif (kind is np.ndarray and not value.dtype.hasobject) or isinstance(value, np.generic):
        parts = [repr((value.dtype, value.shape)).encode(), value.tobytes()]
    elif kind in (tuple, list):
        parts = [content(item) for item in value]
    elif kind in (set, frozenset):
        parts = sorted(content(item) for item in value)
    elif kind in (dict, MappingProxyType):
        parts = [content(item) for pair in value.items() for item in pair]
    else:
        parts = [pickle.dumps(value, protocol=4), source(value if isinstance(value, (type, FunctionType)) else kind).encode()]
    whole = sha256(repr((kind.__module__, kind.__qualname__, [len(part) for part in parts])).encode())
    for part in parts:
        whole.update(part)
    return whole.digest()


def source(of: type | FunctionType) -> str:
    """The source of a class or function; where there is none (typed into a session), its name has to do."""
    try:
        return inspect.getsource(of)
    except (OSError, TypeError):
        return of.__qualname__
