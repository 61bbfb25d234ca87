"""Finding, in folders of downloads, the model and the portrait of a character by its name."""

import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from panic3d.runtime.errors import UserError

MODELS = (".zip", ".pmx", ".vrm", ".glb", ".gltf")
PORTRAITS = (".png", ".jpg", ".jpeg", ".webp")
PACKED = (".rar", ".7z")
"""Archives that are not read here."""
WITH_TEXTURES = (".pmx", ".gltf", ".pmd", ".fbx")
"""Models whose folder holds their textures, which are no portraits."""


@dataclass(frozen=True)
class Downloads:
    """The files that may be something, each with the folder it was found from."""

    models: tuple[tuple[Path, Path], ...]
    portraits: tuple[tuple[Path, Path], ...]
    packed: tuple[tuple[Path, Path], ...]

    def pairs(self) -> list[str]:
        """`franchise/name` of every model that lies in a franchise's folder."""
        return sorted({name for file in self.models if (name := _own_name(*file))})

    def hint(self, pair: str) -> str:
        """Where the model may be in a form that is not read."""
        fitting = match(pair, self.packed)
        return f" ({fitting[0]} must be unpacked first)" if fitting else ""


def find_downloads(folders: Sequence[Path]) -> Downloads:
    """Everything below the folders. UserError where one does not exist."""
    models, portraits, packed = [], [], []
    for folder in folders:
        if not folder.is_dir():
            raise UserError(f"expected a folder of downloads at {folder}, found none")
        for path, among_textures in _walk(folder, False):
            suffix = path.suffix.lower()
            if suffix in MODELS:
                models.append((folder, path))
            elif suffix in PORTRAITS and not among_textures:
                portraits.append((folder, path))
            elif suffix in PACKED:
                packed.append((folder, path))
    return Downloads(tuple(models), tuple(portraits), tuple(packed))


def _walk(folder: Path, among_textures: bool) -> Iterator[tuple[Path, bool]]:
    """Files below a folder, and whether a model that brings its textures along lies in or above their folder."""
    entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    files = [Path(entry.path) for entry in entries if entry.is_file() and not entry.name.startswith(".")]
    among_textures = among_textures or any(path.suffix.lower() in WITH_TEXTURES for path in files)
    for path in files:
        yield path, among_textures
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and entry.name != "__MACOSX":
            yield from _walk(Path(entry.path), among_textures)


def match(pair: str, files: Sequence[tuple[Path, Path]]) -> list[Path]:
    """The files that fit `franchise/name` best: by their name, else by their folder's, else by a word of their name.

    Files in another franchise's folder never fit. Several files at the same degree are all given.
    """
    franchise, _, name = pair.partition("/")
    wanted = plain(name)
    degrees: dict[int, list[Path]] = {}
    for root, path in files:
        inside = [plain(part) for part in path.relative_to(root).parts[:-1]]
        if inside and plain(franchise) not in (*inside, plain(root.name)) and _known(inside[0]):
            continue
        stem = plain(path.stem)
        words = [plain(word) for word in re.split(r"[\s_\-()\[\]【】.]+", path.stem)]
        if stem == wanted:
            degrees.setdefault(0, []).append(path)
        elif wanted in inside:
            degrees.setdefault(1, []).append(path)
        elif wanted in words or (len(wanted) > 4 and wanted in stem):
            degrees.setdefault(2, []).append(path)
    return degrees[min(degrees)] if degrees else []


def plain(name: str) -> str:
    """Letters and digits of any script, without case, accents' composition, spaces and signs."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())


def _known(folder: str) -> bool:
    return folder in ("genshin", "hololive")


def _own_name(root: Path, path: Path) -> str | None:
    """`franchise/name` where a file lies as FRANCHISE/NAME.zip or FRANCHISE/NAME/anything."""
    parts = path.relative_to(root).parts
    if len(parts) < 2:
        return None
    return f"{parts[0]}/{parts[1] if len(parts) > 2 else path.stem}"
