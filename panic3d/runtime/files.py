"""Files that are written completely or not at all, their locks, and the errors that end a command that writes files."""

import errno
import io
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from panic3d.runtime.errors import Interrupted, UserError

if TYPE_CHECKING:
    import PIL.Image
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""The errors of a full disk, an exhausted quota, a file size limit and a read-only file system."""
MAX_NAME_BYTES = 255
"""The longest file name that common file systems take."""
RANDOM_BYTES = 4
TEMPORARY_NAME = re.compile(r"\..+\.\d+-[0-9a-f]{8}\.tmp", re.DOTALL)
"""The names of `make_temporary_path`."""
BUSY_ERRORS = (errno.EAGAIN, errno.EACCES)
"""The errors of a lock that another process holds."""
SHOWN_CHARS = 40
"""How much of a name a message shows that says that it is too long."""


def make_temporary_path(path: Path) -> Path:
    """Return a name in the folder of `path` that no other process uses, on any machine that shares it."""
    ending = f".{os.getpid()}-{secrets.token_hex(RANDOM_BYTES)}.tmp"
    return path.with_name(_make_temporary_stem(path, len(ending)) + ending)


def try_to_lock(file: IO[bytes], shared: bool = False) -> bool:
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


def wait_for_lock(file: IO[bytes]) -> None:
    """Lock an open file once no other process holds it. Raises the errors of `try_to_lock`."""
    _check_system()
    fcntl.flock(file, fcntl.LOCK_EX)


def is_at(file: IO[bytes], path: Path) -> bool:
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


@cache
def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files that killed processes left in a folder, once in this process.

    A process that writes a temporary file holds the lock of that file, which the system releases when the process ends,
    also after `kill -9`. Files of running processes stay.
    """
    for path in folder.iterdir():
        if TEMPORARY_NAME.fullmatch(path.name):
            with suppress(OSError), path.open("r+b") as file:  # a folder, a running process's file, or gone meanwhile
                if try_to_lock(file):
                    path.unlink()


def _open_locked(temporary: Path, mode: int) -> IO[bytes]:
    """Open a new temporary file and lock it, so that no other process takes it for a leftover."""
    while True:
        file = os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb")
        try:
            if try_to_lock(file) and is_at(file, temporary):
                return file
        except OSError:  # a file system without locks, on which nothing is removed
            return file
        file.close()  # another process removes it as a leftover, before it was locked


def _make_temporary_stem(path: Path, ending: int) -> str:
    """Return the start of a temporary name: that of `path`, cut if it would be too long with `ending` more bytes."""
    return os.fsdecode(os.fsencode(f".{path.name}")[: MAX_NAME_BYTES - ending])


@contextmanager
def open_atomically(path: Path, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """Open a file for writing under a temporary name in its folder, which is renamed to `path` at the end.

    The file has the permissions `mode`, less those that the process's umask withholds, from its first moment.

    Where something is raised before, also an OSError of the disk, nothing of the new file stays, and an older `path`
    is as it was.
    """
    if len(os.fsencode(path.name)) > MAX_NAME_BYTES:  # the temporary name could be written, and not renamed
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), str(path))
    temporary = make_temporary_path(path)
    try:
        remove_leftovers(path.parent)
        with _open_locked(temporary, mode) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            temporary.replace(path)
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise
    finally:
        temporary.unlink(missing_ok=True)


def append_line(path: Path, line: bytes) -> None:
    """Append a line, which ends with a line feed, and return when it is on disk.

    Where that fails, the file is as it was. A line before it that has no end, as a kill leaves it, gets one.
    """
    try:
        with path.open("a+b", buffering=0) as file:
            before = file.seek(0, os.SEEK_END)
            if before:
                file.seek(-1, os.SEEK_END)
                line = line if file.read(1) == b"\n" else b"\n" + line
            try:
                rest = memoryview(line)
                while rest:
                    rest = rest[file.write(rest) :]
                os.fsync(file.fileno())
            except BaseException:
                file.truncate(before)
                raise
    except OSError as error:
        error.filename = str(path)
        raise


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file, or nothing where that fails, see `open_atomically`."""
    with open_atomically(path) as file:
        file.write(data)


def copy_atomically(source: Path, path: Path) -> None:
    """Copy the content of a file, or nothing where that fails."""
    with source.open("rb") as given, open_atomically(path) as file:
        shutil.copyfileobj(given, file)


def write_image_atomically(path: Path, image: "PIL.Image.Image", **options: Any) -> None:
    """Write an image file in the format of its suffix, or nothing where that fails.

    `options` are those of Pillow's `save`. Raises UserError where no format has the suffix.
    """
    from PIL import Image

    image_format = Image.registered_extensions().get(path.suffix.lower())
    if image_format is None:
        raise UserError(f"cannot save an image as {path}: expected a name that ends in .png, .jpg or .webp")
    data = io.BytesIO()
    image.save(data, image_format, **options)
    write_atomically(path, data.getvalue())


def make_folder(folder: Path) -> None:
    """Make a folder for results, with those that it lies in. Raises UserError where that is impossible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise explain_write_error(error, folder) or error from error


def explain_write_error(error: OSError, place: Path) -> UserError | None:
    """Explain why nothing can be written to a file or folder; None for other errors than those of writing."""
    reason = error.strerror or str(error)
    if error.errno in DISK_ERRORS:
        return make_disk_full_error(place, reason)
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        found = next((path for path in (place, *place.parents) if path.exists() and not path.is_dir()), place)
        return UserError(f"expected a folder, found the file {found}: choose another folder for the results")
    if error.errno == errno.ENAMETOOLONG:
        return UserError(
            f"a file name for {place.parent} is too long, it begins with {place.name[:SHOWN_CHARS]}: rename the source"
        )
    if error.errno == errno.EISDIR:
        return UserError(f"expected a file, found the folder {place}: choose another name for the result")
    if error.errno in (errno.EACCES, errno.EPERM):
        return UserError(f"no access to {place} ({reason}): choose another place or change its permissions")
    return None


def make_disk_full_error(folder: Path, reason: str) -> UserError:
    """Return the error of a command that can write nothing more to `folder`, by the system's words for the reason."""
    what = "choose another folder" if reason == os.strerror(errno.EROFS) else "free some space"
    return UserError(f"cannot write to {folder} ({reason}): {what} and run the same command again")


@contextmanager
def convert_to_user_errors(folder: Path) -> Iterator[None]:
    """Convert Ctrl-C to Interrupted, and errors of writing to UserErrors.

    For work on `folder` that keeps what is finished and that a second run of the same command continues.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted from None
    except OSError as error:
        explained = explain_write_error(error, folder)
        if explained is None:
            raise
        raise explained from error
