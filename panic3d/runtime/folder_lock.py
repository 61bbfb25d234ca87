"""One process at a time writes to a folder: the lock file, and the sentence that names who holds it."""

import json
import logging
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path

from panic3d.runtime.errors import UserError
from panic3d.runtime.files import is_at, make_folder, try_to_lock

logger = logging.getLogger(__name__)
LOCK_FILE = ".lock"
NAMED_WORDS = 2
"""Words of the other process's command that the message shows."""


@contextmanager
def lock_folder(folder: Path, rank: int | None = None) -> Iterator[None]:
    """Hold the lock of a folder, which is made if it is missing.

    With a `rank`, processes of other ranks may hold it at the same time, but no process without a rank. The system
    releases the lock when the process ends, also after `kill -9`: a lock file that is left behind locks nothing.
    Raises UserError, which names the other process, where one holds the lock.
    """
    make_folder(folder)
    if rank is None:
        with _lock_file(folder / LOCK_FILE, folder):
            yield
    else:
        with (
            _lock_file(folder / LOCK_FILE, folder, shared=True),
            _lock_file(folder / f"{LOCK_FILE}.{rank}", folder),
        ):
            yield


@contextmanager
def _lock_file(path: Path, folder: Path, shared: bool = False) -> Iterator[None]:
    file = _acquire(path, folder, shared)
    try:
        yield
    finally:
        with suppress(OSError):
            if try_to_lock(file):  # else another rank holds it too, and removes it
                path.unlink(missing_ok=True)
        file.close()


def _acquire(path: Path, folder: Path, shared: bool) -> FileIO:
    """Open and lock the file. It is opened again where the process that held it has removed it meanwhile."""
    while True:
        file = path.open("a+b", buffering=0)
        try:
            locked = try_to_lock(file, shared)
        except OSError as error:
            logger.warning("%s cannot be locked (%s): let no other process write to it", folder, error.strerror)
            return file
        if not locked:
            file.seek(0)
            sentence = _describe_holder(folder, file.read())
            file.close()
            raise UserError(sentence)
        if is_at(file, path):
            with suppress(OSError):  # on a full disk it locks all the same, only nameless
                file.truncate(0)
                file.write(_make_record())
            return file
        file.close()


def _make_record() -> bytes:
    words = [Path(sys.argv[0]).name, *sys.argv[1:NAMED_WORDS]]
    record = {"pid": os.getpid(), "host": socket.gethostname(), "command": words, "since": time.strftime("%H:%M:%S")}
    return json.dumps(record).encode()


def _describe_holder(folder: Path, record: bytes) -> str:
    who = "another process"
    with suppress(ValueError, KeyError, TypeError):  # it has just locked the file and not yet written who it is
        known = json.loads(record)
        words = " ".join(known["command"])
        who = f"process {known['pid']} on {known['host']} ({words}) since {known['since']}"
    return f"{folder} is in use by {who}: wait until it ends, or choose another folder"
