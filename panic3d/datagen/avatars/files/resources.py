"""The files beside a model: textures and buffers in its folder or archive. No other file can be reached.

Models store file names as the authoring machine wrote them: in any case, with backslashes, in that machine's encoding.
Names are therefore compared without regard to these.
"""

import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, runtime_checkable

from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.runtime.regular_files import UnsuitableFile, read_file


@runtime_checkable
class CompanionFiles(Protocol):
    """Access to the files beside a model, for readers."""

    def read(self, name: str) -> bytes:
        """Return the bytes of the file with this name, relative to the model.

        Raises AvatarError where it is missing or lies outside the model's folder or archive.
        """


def read_model_bytes(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises AvatarError where it is no regular file, or larger than a gigabyte, which no character is.
    """
    try:
        return read_file(path)
    except UnsuitableFile as error:
        raise AvatarError(str(error)) from error


class FolderFiles:
    """The folder of a model on disk and everything below it (`CompanionFiles`)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    def read(self, name: str) -> bytes:
        """Return the bytes of a file in the folder (see `CompanionFiles.read`)."""
        target = self.folder
        for part in _split_relative_path(name, ()):
            exact = target / part
            target = exact if exact.exists() else self._find_ignoring_case(target, part, name)
        if not target.resolve().is_relative_to(self.folder):
            raise AvatarError(f"'{name}' points outside the avatar's folder")
        if not target.is_file():
            raise AvatarError(f"missing file '{name}' beside the avatar")
        return read_model_bytes(target)

    @staticmethod
    def _find_ignoring_case(folder: Path, part: str, name: str) -> Path:
        """Find a file or folder whose name differs only in case or Unicode composition."""
        inside = sorted(folder.iterdir()) if folder.is_dir() else []
        for found in inside:
            if fold_name(found.name) == fold_name(part):
                return found
        raise AvatarError(f"missing file '{name}' beside the avatar")


def resolve_member_path(name: str, model: str) -> str:
    """Return the path, from the archive's root, of a file that a model inside the archive refers to.

    Raises AvatarError where the path leaves the root.
    """
    return "/".join(_split_relative_path(name, model.replace("\\", "/").split("/")[:-1]))


def fold_name(name: str) -> str:
    """Return a name in the form in which names are compared: without case, with slashes, with composed accents.

    macOS stores accents as separate characters.
    """
    return unicodedata.normalize("NFC", name.replace("\\", "/")).casefold()


def _split_relative_path(name: str, above: Iterable[str]) -> list[str]:
    """Split a path into its parts below the root; `above` are the model's own folders there."""
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
