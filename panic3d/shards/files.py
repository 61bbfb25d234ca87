"""Writing a file so that it is there whole or not at all."""

import errno
import os
import secrets
from pathlib import Path

DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""What the system says when a disk is full, a quota used up, a file limit reached, or nothing may be written."""


def temporary_beside(path: Path) -> Path:
    """A name that no other process, on this machine or on one that shares the folder, takes."""
    return path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")


def remove_temporaries(path: Path) -> None:
    """Removes what a killed process left of `path`; only for the one who writes it."""
    for leftover in path.parent.glob(f".{path.name}.*.tmp"):
        leftover.unlink(missing_ok=True)


def write_atomically(path: Path, data: bytes) -> None:
    """Writes under a temporary name beside `path`, then renames. An OSError leaves nothing behind."""
    temporary = temporary_beside(path)
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
