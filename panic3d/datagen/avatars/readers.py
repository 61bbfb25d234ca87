"""The avatar file formats and their readers: one table.

To add a format, write a reader and add one `AvatarFormat` to `AVATAR_FORMATS`. A reader is a function with the
signature of `CharacterReader`. It gets the bytes of the model, its file name, access to the files beside it (textures,
buffers) and the options, and returns a `PosedCharacter`: surfaces in metres, y up, facing +z, with unlit materials, the
arms lowered where `lower_arms` is set, the head bone's position where the file names one, and the credits. It raises
AvatarError with a one-sentence reason where the file is broken or holds no triangles. Any other exception that broken
data causes is reported as an AvatarError by `load_avatar`. The new kind is added to `AvatarKind` in
`character/posed.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from panic3d.datagen.avatars.character.posed import PosedCharacter
from panic3d.datagen.avatars.files.errors import AvatarError
from panic3d.datagen.avatars.files.resources import CompanionFiles
from panic3d.datagen.avatars.options import AvatarOptions


@runtime_checkable
class CharacterReader(Protocol):
    """A function that reads one file format."""

    def __call__(
        self, data: bytes, name: str, companions: CompanionFiles, options: AvatarOptions, lower_arms: bool
    ) -> PosedCharacter:
        """Read a character; without `lower_arms` in the pose of the file."""
        ...


@dataclass(frozen=True)
class AvatarFormat:
    """One file format: how its files are recognised, and how its reader is imported."""

    suffixes: tuple[str, ...]
    magic: bytes
    """The first bytes of every file; empty where the format is recognised by its suffix alone."""
    import_reader: Callable[[], CharacterReader]
    """Imports the module of the reader, which nothing else needs, and returns the reader."""


def _import_gltf_reader() -> CharacterReader:
    from panic3d.datagen.avatars.gltf.character import read_gltf_character

    return read_gltf_character


def _import_pmx_reader() -> CharacterReader:
    from panic3d.datagen.avatars.pmx.character import read_pmx_character

    return read_pmx_character


AVATAR_FORMATS = (
    AvatarFormat((".vrm", ".glb", ".gltf"), b"", _import_gltf_reader),
    AvatarFormat((".pmx",), b"PMX ", _import_pmx_reader),
)
"""The first format is tried where neither first bytes nor suffix match; its reader reports unknown files."""
UNSUPPORTED_FORMATS = {
    b"PK\x03\x04": "a zip archive: name it .zip, or unpack it and give the model inside",
    b"Rar!": "a RAR archive: unpack it and give the model inside",
    b"7z\xbc\xaf": "a 7z archive: unpack it and give the model inside",
    b"Pmd": "a PMD model, which came before PMX: save it as PMX in PMX Editor",
    b"Kaydara FBX": "an FBX model: export it as GLB or VRM",
}
"""The first bytes of files that cannot be read, and what the user should do."""
ARCHIVE_SUFFIX = ".zip"
MODEL_SUFFIXES = tuple(suffix for avatar_format in AVATAR_FORMATS for suffix in avatar_format.suffixes)
AVATAR_SUFFIXES = (*MODEL_SUFFIXES, ARCHIVE_SUFFIX)


def read_character(
    data: bytes, name: str, companions: CompanionFiles, options: AvatarOptions, lower_arms: bool
) -> PosedCharacter:
    """Read a character with the reader of its format.

    The first bytes decide before the suffix of `name` does, since downloaded files are often misnamed. Raises
    AvatarError where the format is not supported or the file is broken.
    """
    for magic, description in UNSUPPORTED_FORMATS.items():
        if data.startswith(magic):
            raise AvatarError(f"{name} is {description}")
    reader = _find_format(data, name).import_reader()
    return reader(data, name, companions, options, lower_arms)


def _find_format(data: bytes, name: str) -> AvatarFormat:
    for avatar_format in AVATAR_FORMATS:
        if avatar_format.magic and data.startswith(avatar_format.magic):
            return avatar_format
    for avatar_format in AVATAR_FORMATS:
        if not avatar_format.magic and name.lower().endswith(avatar_format.suffixes):
            return avatar_format
    return AVATAR_FORMATS[0]
