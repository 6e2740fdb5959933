"""Stores a result in child processes that may write no file longer than so many bytes: `limited.py FOLDER BYTES...`. With the result in
FOLDER/result.pickle; prints how each child ended as JSON. Loads nothing that has threads, so that it may fork."""

import json
import os
import pickle
import resource
import signal
import sys
from pathlib import Path

from epsom import answer, storage
from epsom.core.errors import StorageError


def child(folder: Path, root: str, size: int, how: signal.Handlers) -> None:
    signal.signal(signal.SIGXFSZ, how)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    try:
        storage.write(result, folder / root, {})
    except StorageError:
        os._exit(3)
    os._exit(0)


folder, sizes = Path(sys.argv[1]), map(int, sys.argv[2:])
result = pickle.loads((folder / "result.pickle").read_bytes())
found = answer.answers(result)
storage.asked.answers = lambda result: found
ends = {}
for size in sizes:
    for way, how in (("refused", signal.SIG_IGN), ("killed", signal.SIG_DFL)):
        process = os.fork()
        if not process:
            child(folder, f"{way}-{size}", size, how)
        ends[f"{way}-{size}"] = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
print(json.dumps(ends))
