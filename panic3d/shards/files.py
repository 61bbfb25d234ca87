"""Files that are written completely or not at all, and the errors that end a command which writes files."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from panic3d.runtime.errors import Interrupted, UserError

DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""The errors of a full disk, an exhausted quota, a file size limit and a read-only file system."""


def make_temporary_path(path: Path) -> Path:
    """A name in the folder of `path` that no other process uses, on this machine or on another that shares it."""
    return path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")


def remove_temporaries(path: Path) -> None:
    """Remove what a killed process left of `path`. Only the one process that writes `path` may call this."""
    for leftover in path.parent.glob(f".{path.name}.*.tmp"):
        leftover.unlink(missing_ok=True)


def write_atomically(path: Path, data: bytes) -> None:
    """Write under a temporary name in the same folder, then rename. An OSError leaves nothing behind."""
    temporary = make_temporary_path(path)
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def make_disk_full_error(folder: Path, reason: str) -> UserError:
    """The error of a command that can write nothing more to `folder`."""
    return UserError(f"cannot write to {folder} ({reason}): free some space and run the same command again")


@contextmanager
def convert_to_user_errors(folder: Path) -> Iterator[None]:
    """Convert Ctrl-C to Interrupted, and a disk that takes no more bytes to a UserError.

    For work on `folder` that keeps what is finished and that a second run of the same command continues.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted from None
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        raise make_disk_full_error(folder, error.strerror or str(error)) from error
