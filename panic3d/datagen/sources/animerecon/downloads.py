"""The models and portraits in folders of downloads, found by the names of characters."""

import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from panic3d.runtime.errors import UserError

MODELS = (".zip", ".pmx", ".vrm", ".glb", ".gltf")
PORTRAITS = (".png", ".jpg", ".jpeg", ".webp")
UNSUPPORTED_ARCHIVES = (".rar", ".7z")
MODELS_WITH_TEXTURES = (".pmx", ".gltf", ".pmd", ".fbx")
"""Models whose folder holds their textures. Pictures beside them are no portraits."""


@dataclass(frozen=True)
class Downloads:
    """The files that may belong to a pair, each with the folder of downloads that it is in."""

    models: tuple[tuple[Path, Path], ...]
    portraits: tuple[tuple[Path, Path], ...]
    packed: tuple[tuple[Path, Path], ...]

    def pairs(self) -> list[str]:
        """`franchise/name` of every model that lies in a franchise's folder."""
        return sorted({name for file in self.models if (name := _extract_name(*file))})

    def describe_found_files(self, pair: str) -> str:
        """Name an archive of an unsupported kind that may hold the model, in parentheses; empty if there is none."""
        fitting = match_files(pair, self.packed)
        return f" ({fitting[0]} must be unpacked first)" if fitting else ""


def find_downloads(folders: Sequence[Path]) -> Downloads:
    """Find everything below the folders. Raises UserError where one does not exist."""
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
            elif suffix in UNSUPPORTED_ARCHIVES:
                packed.append((folder, path))
    return Downloads(tuple(models), tuple(portraits), tuple(packed))


def _walk(folder: Path, among_textures: bool) -> Iterator[tuple[Path, bool]]:
    """Iterate over the files below a folder, and whether a model with textures lies in or above their folder."""
    entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    files = [Path(entry.path) for entry in entries if entry.is_file() and not entry.name.startswith(".")]
    among_textures = among_textures or any(path.suffix.lower() in MODELS_WITH_TEXTURES for path in files)
    for path in files:
        yield path, among_textures
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and entry.name != "__MACOSX":
            yield from _walk(Path(entry.path), among_textures)


def match_files(pair: str, files: Sequence[tuple[Path, Path]]) -> list[Path]:
    """Find the files that match `franchise/name` best: by their name, their folder's name, or a word of their name.

    Files in another franchise's folder do not match. Returns all files that match equally well.
    """
    franchise, _, name = pair.partition("/")
    wanted = normalise_name(name)
    ranks: dict[int, list[Path]] = {}
    for root, path in files:
        inside = [normalise_name(part) for part in path.relative_to(root).parts[:-1]]
        if (
            inside
            and normalise_name(franchise) not in (*inside, normalise_name(root.name))
            and _is_franchise(inside[0])
        ):
            continue
        stem = normalise_name(path.stem)
        words = [normalise_name(word) for word in re.split(r"[\s_\-()\[\]【】.]+", path.stem)]
        if stem == wanted:
            ranks.setdefault(0, []).append(path)
        elif wanted in inside:
            ranks.setdefault(1, []).append(path)
        elif wanted in words or (len(wanted) > 4 and wanted in stem):
            ranks.setdefault(2, []).append(path)
    return ranks[min(ranks)] if ranks else []


def normalise_name(name: str) -> str:
    """Reduce a name to letters and digits of any script, without case, in composed form."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())


def _is_franchise(folder: str) -> bool:
    return folder in ("genshin", "hololive")


def _extract_name(root: Path, path: Path) -> str | None:
    """`franchise/name` where a file lies as FRANCHISE/NAME.zip or FRANCHISE/NAME/anything."""
    parts = path.relative_to(root).parts
    if len(parts) < 2:
        return None
    return f"{parts[0]}/{parts[1] if len(parts) > 2 else path.stem}"
