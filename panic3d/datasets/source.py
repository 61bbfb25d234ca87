"""Characters for training on several views: decoded once into a cache, or from the shards whenever they are read."""

import logging
import os
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from panic3d.cameras.camera import Camera
from panic3d.datasets.cache import (
    CACHE_ADVICE,
    INDEX_FILE,
    ArrayWriter,
    CachedArrays,
    Members,
    announce_cache,
    decode_into,
    describe_files,
    is_cached,
    list_selected,
    load_or_compute,
)
from panic3d.datasets.pictures import (
    DepthQuanta,
    PackedRgba,
    decode_views,
    decode_views_into,
    list_depth_views,
    list_members,
)
from panic3d.datasets.reader import Report, SplitKeys, list_shards
from panic3d.runtime.errors import UserError
from panic3d.runtime.progress import Progress
from panic3d.shards.metadata.view_cameras import META, decode_cameras, encode_cameras, read_view_cameras
from panic3d.shards.tar import ShardMember, list_complete_samples, read_samples

logger = logging.getLogger(__name__)
CHARACTERS_ADVICE = f"{CACHE_ADVICE}, or take none (--set reading=stream)"


@runtime_checkable
class CharacterSource(Protocol):
    """Characters by index, all with the same views at the same size."""

    @property
    def keys(self) -> tuple[str, ...]: ...

    @property
    def views(self) -> tuple[str, ...]: ...

    @property
    def size(self) -> int: ...

    @property
    def cameras(self) -> Sequence[tuple[Camera, ...]]:
        """The cameras of each character's views, as its sample states them."""
        ...

    def __len__(self) -> int: ...

    def read_into(self, index: int, views: tuple[str, ...], packed_rgba: PackedRgba, depth: DepthQuanta) -> None:
        """Write some views of one character into arrays. May be called from several threads."""
        ...

    def select(self, indices: list[int]) -> "CharacterSource":
        """Return a source of some of the characters."""
        ...


@dataclass(frozen=True)
class CachedCharacters:
    """Decoded characters, read from memory-mapped files as they are indexed: one folder of arrays per shard."""

    keys: tuple[str, ...]
    views: tuple[str, ...]
    size: int
    shards: tuple[Mapping[str, np.ndarray], ...]
    """The arrays `rgba` (N V S S 4; RGB on white, and alpha) and `depth` (N D S S; encoded, 0 = nothing there) of each
    shard."""
    places: tuple[tuple[int, int], ...]
    """The shard of each character, and the row in its arrays."""
    cameras: tuple[tuple[Camera, ...], ...]

    def __len__(self) -> int:
        return len(self.keys)

    def read_into(self, index: int, views: tuple[str, ...], packed_rgba: PackedRgba, depth: DepthQuanta) -> None:
        shard, row = self.places[index]
        arrays, depth_views = self.shards[shard], list_depth_views(self.views)
        for view, packed in zip(views, packed_rgba, strict=True):
            np.copyto(packed, arrays["rgba"][row, self.views.index(view)].view("<u4")[..., 0])
        for view, quanta in zip(list_depth_views(views), depth, strict=True):
            np.copyto(quanta, arrays["depth"][row, depth_views.index(view)])

    def select(self, indices: list[int]) -> "CachedCharacters":
        keys, places = tuple(self.keys[i] for i in indices), tuple(self.places[i] for i in indices)
        return replace(self, keys=keys, places=places, cameras=tuple(self.cameras[i] for i in indices))


@dataclass(frozen=True)
class ShardCharacters:
    """Characters that are decoded from their shards whenever they are read. Needs no disk space besides the shards.

    Only the members of the character are read, by their positions in the tar, so that a shuffled order costs nothing.
    """

    keys: tuple[str, ...]
    views: tuple[str, ...]
    size: int
    members: tuple[tuple[Path, tuple[ShardMember, ...]], ...]
    cameras: tuple[tuple[Camera, ...], ...]
    report: Report = logger.warning
    _reported: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __len__(self) -> int:
        return len(self.keys)

    def read_into(self, index: int, views: tuple[str, ...], packed_rgba: PackedRgba, depth: DepthQuanta) -> None:
        """Write some views of one character into arrays; of the others nothing is read.

        A character with a broken picture is reported once and replaced by the next one, so that epochs keep their
        length. Raises UserError where none can be read.
        """
        wanted = set(list_members(views))
        for place in range(index, index + len(self)):
            shard, members = self.members[place % len(self)]
            try:
                data = read_members(shard, [member for member in members if member.name in wanted])
                return decode_views_into(data, views, self.size, packed_rgba, depth)
            except (OSError, ValueError) as error:
                key = self.keys[place % len(self)]
                self._report_once(f"{shard.name}: {key} is replaced by the next character: {error}")
        raise UserError(f"no character of {shard.parent} can be read: see `panic3d dataset inspect`")

    def select(self, indices: list[int]) -> "ShardCharacters":
        keys, members = tuple(self.keys[i] for i in indices), tuple(self.members[i] for i in indices)
        cameras = tuple(self.cameras[i] for i in indices)
        return ShardCharacters(keys, self.views, self.size, members, cameras, self.report)

    def _report_once(self, sentence: str) -> None:
        with self._lock:
            if sentence in self._reported:
                return
            self._reported.add(sentence)
        self.report(sentence)


class CharacterCache:
    """The decoded characters of a split, in a folder with one cache per shard.

    Processes that share the work decode different shards, and a run that was stopped goes on with those that are
    missing.
    """

    def __init__(
        self,
        folder: Path,
        cache: Path,
        views: tuple[str, ...],
        size: int,
        report: Report = logger.warning,
        split: str = "train",
        limit: int = 0,
    ) -> None:
        """`limit`: at most so many characters, see `choose_by_key`; 0: all. Nothing is decoded yet."""
        self.folder, self.cache, self.views, self.size = folder, cache, views, size
        self.report, self.split, keys = report, split, SplitKeys(folder, split, limit)
        wanted = {path: list_selected(path, keys, lambda _: True) for path in list_shards(folder)}
        self.wanted = {path: found for path, found in wanted.items() if found}

    def announce(self) -> None:
        """Say what the missing shards will take. Raises UserError where the disk has too little space for them.

        What the folder holds of another origin is removed.
        """
        if (self.cache / INDEX_FILE).exists():  # an earlier version's, in one piece
            shutil.rmtree(self.cache)
        missing = self._list_missing(tuple(self.wanted))
        for path in missing:
            shutil.rmtree(self._find_folder(path), ignore_errors=True)
        if count := sum(len(self.wanted[path]) for path in missing):
            bytes_a_pixel = 4 * len(self.views) + 2 * len(list_depth_views(self.views))
            announce_cache(self.cache, count, count * self.size**2 * bytes_a_pixel, CHARACTERS_ADVICE)

    def decode(self, share: slice = slice(None)) -> None:
        """Decode the missing shards among a share of all."""
        missing = self._list_missing(tuple(self.wanted)[share])
        with Progress("decode shards", len(missing)) as progress:
            for path in missing:
                self._load_shard(path)
                progress.step(path.name)

    def load(self) -> CachedCharacters:
        """Return all usable characters; shards that are still missing are decoded.

        A character with a missing or broken member is reported when it is decoded, and left out. Raises UserError where
        none can be used.
        """
        self.decode()
        found = [part for part in map(self._load_shard, self.wanted) if part.keys]
        keys = tuple(key for part in found for key in part.keys)
        if not keys:
            requirement = _describe_requirement(self.views, self.size)
            raise UserError(f"no usable sample of split '{self.split}' in {self.folder}: {requirement}")
        places = tuple((shard, row) for shard, part in enumerate(found) for row in range(len(part.keys)))
        cameras = tuple(decode_cameras(row) for part in found for row in part.arrays["cameras"])
        return CachedCharacters(keys, self.views, self.size, tuple(part.arrays for part in found), places, cameras)

    def _list_missing(self, paths: Sequence[Path]) -> list[Path]:
        return [path for path in paths if not is_cached(self._find_folder(path), self._identify(path))]

    def _load_shard(self, path: Path) -> CachedArrays:
        return load_or_compute(self._find_folder(path), self._identify(path), self._make_rows(path))

    def _find_folder(self, path: Path) -> Path:
        return self.cache / path.stem

    def _identify(self, path: Path) -> dict[str, Any]:
        arrays = ["rgba", "depth of orthographic views", "cameras"]
        shard = {"shards": describe_files([path]), "split": self.split, "keys": self.wanted[path]}
        return {**shard, "views": list(self.views), "size": self.size, "arrays": arrays}

    def _make_rows(self, path: Path) -> Callable[[ArrayWriter], None]:
        def decode(members: Members) -> dict[str, np.ndarray]:
            found, cameras = decode_views(members, self.views, self.size), read_view_cameras(members, self.views)
            return {"rgba": found.rgba, "depth": found.depth, "cameras": encode_cameras(cameras)}

        def compute(writer: ArrayWriter) -> None:
            samples, broken = list_complete_samples(path)
            if broken:
                self.report(f"{broken}: its incomplete samples are left out")
            names = {*list_members(self.views), META}
            chosen = {key: [m for m in samples[key] if m.name in names] for key in self.wanted[path] if key in samples}
            decode_into(writer, ((path.name, *sample) for sample in read_samples(path, chosen)), decode, self.report)

        return compute


def load_cached_characters(
    folder: Path,
    cache: Path,
    views: tuple[str, ...],
    size: int,
    report: Report = logger.warning,
    split: str = "train",
    limit: int = 0,
) -> CachedCharacters:
    """Load all usable characters of a split from the folder `cache`, or decode them into it: see `CharacterCache`."""
    cached = CharacterCache(folder, cache, views, size, report, split, limit)
    cached.announce()
    return cached.load()


def open_shard_characters(
    folder: Path,
    views: tuple[str, ...],
    size: int,
    report: Report = logger.warning,
    split: str = "train",
    limit: int = 0,
) -> ShardCharacters:
    """Open all characters of a split that have the views. Of the shards only headers and `meta.json` are read.

    `limit`: at most so many, see `choose_by_key`; 0: all.
    A character with a missing member or camera is reported and left out. Raises UserError where none can be used.
    """
    keys = SplitKeys(folder, split, limit)
    wanted = set(list_members(views))
    found: dict[str, tuple[Path, tuple[ShardMember, ...]]] = {}
    cameras: list[tuple[Camera, ...]] = []
    for shard in list_shards(folder):
        samples, broken = list_complete_samples(shard)
        if broken:
            report(f"{broken}: its incomplete samples are left out")
        for key, members in samples.items():
            if key not in keys:
                continue
            chosen = tuple(member for member in members if member.name in wanted)
            if missing := sorted(wanted - {member.name for member in chosen}):
                report(f"{shard.name}: {key} is left out: {missing[0]} is missing")
                continue
            try:
                meta = read_members(shard, tuple(member for member in members if member.name == META))
                cameras.append(read_view_cameras(meta, views))
                found[key] = shard, chosen
            except (OSError, ValueError) as error:
                report(f"{shard.name}: {key} is left out: {error}")
    if not found:
        raise UserError(f"no usable sample of split '{split}' in {folder}: {_describe_requirement(views, size)}")
    return ShardCharacters(tuple(found), views, size, tuple(found.values()), tuple(cameras), report)


def read_members(shard: Path, members: Sequence[ShardMember]) -> dict[str, bytes]:
    """Return the bytes of some members of a shard by name. Raises OSError where they cannot be read."""
    with shard.open("rb") as file:
        return {member.name: os.pread(file.fileno(), member.size, member.offset) for member in members}


def _describe_requirement(views: tuple[str, ...], size: int) -> str:
    names = ", ".join(views)
    return f"each needs the views {names} as RGBA and, if orthographic, as depth at a multiple of {size} pixels"
