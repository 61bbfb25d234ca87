"""Locks of open files, which the system releases when the process that holds them ends, also after `kill -9`."""

import errno
import os
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import IO

from panic3d.runtime.errors import UserError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

BUSY_ERRORS = (errno.EAGAIN, errno.EACCES)
"""The errors of a lock that another process holds."""


def try_to_lock(file: IO[bytes] | FileIO, shared: bool = False) -> bool:
    """Lock an open file; `shared` with other processes that share it. Returns False where another process holds it.

    Raises OSError on a file system without locks, UserError on a system without them.
    """
    _check_system()
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in BUSY_ERRORS:
            return False
        raise
    return True


def wait_for_lock(file: IO[bytes] | FileIO) -> None:
    """Lock an open file once no other process holds it. Raises the errors of `try_to_lock`."""
    _check_system()
    fcntl.flock(file, fcntl.LOCK_EX)


def is_at(file: IO[bytes] | FileIO, path: Path) -> bool:
    """Return whether the open file is the one that is at the path now."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    return False


def _check_system() -> None:
    if fcntl is None:
        raise UserError(
            "panic3d writes files on Linux and macOS only, because it needs their file locks (fcntl): "
            "on Windows, run it in the Windows Subsystem for Linux"
        )
