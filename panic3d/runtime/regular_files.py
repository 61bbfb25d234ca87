"""Read files whose names come from elsewhere: only regular files, and only up to a size.

A name may belong to a pipe, on which a reader waits for ever, or to a device, which never ends.
"""

import os
import stat
from pathlib import Path

from panic3d.runtime.errors import UserError

MAX_FILE_BYTES = 1 << 30


class UnsuitableFile(UserError):
    """A file is of a kind or size that is not read."""


def read_file(path: Path, max_bytes: int = MAX_FILE_BYTES) -> bytes:
    """Return the bytes of a regular file.

    Raises UnsuitableFile for pipes, devices and files of more than `max_bytes`; OSError where it cannot be read.
    """
    with open(path, "rb", opener=_open_without_waiting) as file:
        _check_status(path, os.fstat(file.fileno()), max_bytes)
        data = file.read(max_bytes + 1)  # the file may have grown
    if len(data) > max_bytes:
        raise UnsuitableFile(_describe_excess(path, len(data), max_bytes))
    return data


def require_regular_file(path: Path, max_bytes: int | None = None) -> None:
    """Raise UnsuitableFile unless a path is that of a regular file of at most `max_bytes`; OSError if it is missing."""
    _check_status(path, path.stat(), max_bytes)


def _open_without_waiting(path: str, flags: int) -> int:
    """Open a pipe without waiting for the process that writes into it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _check_status(path: Path, status: os.stat_result, max_bytes: int | None) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe, socket or device"
        raise UnsuitableFile(f"expected a regular file as {path}, found {kind}")
    if max_bytes is not None and status.st_size > max_bytes:
        raise UnsuitableFile(_describe_excess(path, status.st_size, max_bytes))


def _describe_excess(path: Path, size: int, max_bytes: int) -> str:
    return f"{path} has {size:,} bytes: no more than {max_bytes:,} are read"
