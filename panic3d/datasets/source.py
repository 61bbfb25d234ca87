"""Characters for training on several views: decoded once into a cache, or from the shards whenever they are read."""

import logging
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt8, UInt16

from panic3d.cameras.camera import Camera
from panic3d.datasets.cache import Members, cache_samples
from panic3d.datasets.pictures import CharacterViews, DepthQuanta, PackedRgba, decode_views, decode_views_into
from panic3d.datasets.reader import Report, SplitKeys, list_shards
from panic3d.runtime.errors import UserError
from panic3d.shards.metadata.view_cameras import META, decode_cameras, encode_cameras, read_view_cameras
from panic3d.shards.tar import ShardMember, list_complete_samples

logger = logging.getLogger(__name__)


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

    def read_into(self, index: int, packed_rgba: PackedRgba, depth: DepthQuanta) -> None:
        """Write the views of one character into arrays. May be called from several threads."""
        ...

    def select(self, indices: list[int]) -> "CharacterSource":
        """Return a source of some of the characters."""
        ...


@dataclass(frozen=True)
class CachedCharacters:
    """Decoded characters, read from memory-mapped files as they are indexed."""

    keys: tuple[str, ...]
    views: tuple[str, ...]
    rgba: UInt8[np.ndarray, "N V S S 4"]
    """RGB on white, and alpha."""
    depth: UInt16[np.ndarray, "N V S S"]
    """Encoded depth, 0 = nothing there."""
    cameras: tuple[tuple[Camera, ...], ...]

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def size(self) -> int:
        return self.rgba.shape[2]

    def read_into(self, index: int, packed_rgba: PackedRgba, depth: DepthQuanta) -> None:
        own = CharacterViews(self.rgba[index], self.depth[index])
        for place in range(len(self.views)):
            np.copyto(packed_rgba[place], own.packed_rgba[place])
            np.copyto(depth[place], own.depth[place])

    def select(self, indices: list[int]) -> "CachedCharacters":
        """Return some of the characters, copied into memory."""
        keys = tuple(self.keys[i] for i in indices)
        cameras = tuple(self.cameras[i] for i in indices)
        return CachedCharacters(keys, self.views, self.rgba[indices], self.depth[indices], cameras)


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

    def read_into(self, index: int, packed_rgba: PackedRgba, depth: DepthQuanta) -> None:
        """Write the views of one character into arrays.

        A character with a broken picture is reported once and replaced by the next one, so that epochs keep their
        length. Raises UserError where none can be read.
        """
        for place in range(index, index + len(self)):
            shard, members = self.members[place % len(self)]
            try:
                data = read_members(shard, members)
                return decode_views_into(data, self.views, self.size, packed_rgba, depth)
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


def load_cached_characters(
    folder: Path,
    cache: Path,
    views: tuple[str, ...],
    size: int,
    report: Report = logger.warning,
    split: str = "train",
    limit: int = 0,
) -> CachedCharacters:
    """Load all usable characters of a split from the folder `cache`, or decode them into it.

    `limit`: at most so many, see `choose_by_key`; 0: all.
    A character with a missing or broken member is reported and left out. Raises UserError where none can be used.
    """

    def decode(members: Members) -> dict[str, np.ndarray]:
        found, cameras = decode_views(members, views, size), read_view_cameras(members, views)
        return {"rgba": found.rgba, "depth": found.depth, "cameras": encode_cameras(cameras)}

    made_from = {"views": list(views), "size": size, "arrays": ["rgba", "depth", "cameras"]}
    found = cache_samples(
        folder, split, cache, made_from, lambda _: True, decode, _describe_requirement(views, size), report, limit
    )
    cameras = tuple(map(decode_cameras, found.arrays["cameras"]))
    return CachedCharacters(found.keys, views, found.arrays["rgba"], found.arrays["depth"], cameras)


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
    wanted = {f"{view}.{kind}.png" for view in views for kind in ("rgba", "depth")}
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
    return f"each needs the views {', '.join(views)} as RGBA and depth at a multiple of {size} pixels"
