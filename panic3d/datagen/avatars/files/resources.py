"""The files beside a model: textures and buffers, in its folder or in the archive it came in. Nothing else is reached.

Models name their files as the machine they were made on would: in any case, with backslashes, in the alphabet of that
machine. A name is therefore looked up without regard to these.
"""

import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, runtime_checkable

from panic3d.datagen.avatars.files.errors import AvatarError

MAX_FILE_BYTES = 1 << 30


@runtime_checkable
class Beside(Protocol):
    """What a reader needs to know of the place where a model lies."""

    def read(self, name: str) -> bytes:
        """The file of that name, relative to the model. AvatarError where it is missing or lies outside."""


def read_whole(path: Path) -> bytes:
    """A file's bytes. AvatarError where it is over a gigabyte: no character is."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise AvatarError(f"{path.name} has {path.stat().st_size:,} bytes: no more than {MAX_FILE_BYTES:,} are read")
    return path.read_bytes()


class Folder:
    """The folder of a model on disk, and what lies below it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    def read(self, name: str) -> bytes:
        target = self.folder
        for part in _relative_parts(name, ()):
            exact = target / part
            target = exact if exact.exists() else self._alike(target, part, name)
        if not target.resolve().is_relative_to(self.folder):
            raise AvatarError(f"'{name}' points outside the avatar's folder")
        if not target.is_file():
            raise AvatarError(f"missing file '{name}' beside the avatar")
        return read_whole(target)

    @staticmethod
    def _alike(folder: Path, part: str, name: str) -> Path:
        inside = sorted(folder.iterdir()) if folder.is_dir() else []
        for found in inside:
            if folded(found.name) == folded(part):
                return found
        raise AvatarError(f"missing file '{name}' beside the avatar")


def path_below(name: str, model: str) -> str:
    """The path, from an archive's root, of a file that a model there names. AvatarError where it leaves the root."""
    return "/".join(_relative_parts(name, model.replace("\\", "/").split("/")[:-1]))


def folded(name: str) -> str:
    """A name without its case, its kind of slash and its way of composing accents (macOS takes them apart)."""
    return unicodedata.normalize("NFC", name.replace("\\", "/")).casefold()


def _relative_parts(name: str, above: Iterable[str]) -> list[str]:
    """The path's parts below the root, `above` being the model's own folders there."""
    parts = list(above)
    slashed = name.replace("\\", "/")
    if slashed.startswith("/") or slashed[1:2] == ":" or "\0" in name:
        raise AvatarError(f"'{name}' points outside the avatar's folder")
    for part in slashed.split("/"):
        if part == ".." and not parts:
            raise AvatarError(f"'{name}' points outside the avatar's folder")
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return parts
