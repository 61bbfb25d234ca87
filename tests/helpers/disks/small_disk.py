"""A file system of a few megabytes in memory, and a limit of the size of files, which needs no permission."""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PAGE = 4096
BALLAST = "ballast"
OBEY_PERMISSIONS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
"""Words before a command that make it obey the permissions of files, which the superuser's do not."""


class SmallDisk:
    """A mounted file system. What a command writes goes below `folder`."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder = root, root / "work"

    def count_free_bytes(self) -> int:
        found = os.statvfs(self.root)
        return found.f_bavail * found.f_frsize

    def fill(self, free_bytes: int) -> None:
        """Write a file that leaves so many bytes."""
        with (self.root / BALLAST).open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(PAGE, self.count_free_bytes() - free_bytes))

    def empty(self) -> None:
        """Remove the file that takes the space."""
        (self.root / BALLAST).unlink()

    def deny(self) -> None:
        """Permit nobody to write to the folder, see `OBEY_PERMISSIONS`."""
        self.folder.chmod(0o555)

    def permit(self) -> None:
        """Permit the owner to write to the folder."""
        self.folder.chmod(0o755)


@contextmanager
def limit_file_sizes(size_bytes: int) -> Iterator[None]:
    """Let this process write no larger file: the error is that of a full disk with another number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def mount_small_disk(root: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mount a small disk on a folder; the test is skipped where that is not permitted."""
    root.mkdir(exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(root)]
    try:
        done = subprocess.run(words, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("may not mount a tmpfs: no mount command")
    if done.returncode:
        pytest.skip(f"may not mount a tmpfs: {done.stderr.strip()}")
    try:
        disk = SmallDisk(root)
        disk.folder.mkdir()
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(root)], check=True)
