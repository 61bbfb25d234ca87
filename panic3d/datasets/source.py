"""Where a trainer's characters come from: decoded once into a cache (`cache.py`), or from shards as they are needed."""

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from panic3d.datasets.reader import Depths, Report, Words, fill, keys_apart, shards_of
from panic3d.runtime.errors import UserError
from panic3d.shards.tar import ShardMember, list_complete_samples


@runtime_checkable
class Source(Protocol):
    """Characters by index, all of the same views and size."""

    @property
    def keys(self) -> tuple[str, ...]: ...

    @property
    def views(self) -> tuple[str, ...]: ...

    @property
    def size(self) -> int: ...

    def __len__(self) -> int: ...

    def fill(self, index: int, words: Words, depth: Depths) -> None:
        """Writes the views of one character into arrays; may be called from several threads."""
        ...

    def only(self, chosen: list[int]) -> "Source":
        """Some of them."""
        ...


@dataclass(frozen=True)
class ShardSource:
    """Characters read from their shards and decoded whenever they are asked for: nothing on disk but the shards.

    Reading needs only the members of a character, by their places in the tar; what a shuffled epoch costs is decoding.
    """

    keys: tuple[str, ...]
    views: tuple[str, ...]
    size: int
    places: tuple[tuple[Path, tuple[ShardMember, ...]], ...]
    report: Report
    _told: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __len__(self) -> int:
        return len(self.keys)

    def fill(self, index: int, words: Words, depth: Depths) -> None:
        """A character with a broken picture is told once and replaced by the next one, so that epochs keep their
        length. UserError where none can be read."""
        for place in range(index, index + len(self)):
            shard, members = self.places[place % len(self)]
            try:
                with shard.open("rb") as file:
                    data = {entry.name: os.pread(file.fileno(), entry.size, entry.offset) for entry in members}
                return fill(data, self.views, self.size, words, depth)
            except (OSError, ValueError) as error:
                self._tell(f"{shard.name}: {self.keys[place % len(self)]} is replaced by the next character: {error}")
        raise UserError(f"no character of {shard.parent} can be read: see `panic3d dataset inspect`")

    def only(self, chosen: list[int]) -> "ShardSource":
        keys, places = tuple(self.keys[i] for i in chosen), tuple(self.places[i] for i in chosen)
        return ShardSource(keys, self.views, self.size, places, self.report)

    def _tell(self, sentence: str) -> None:
        with self._lock:
            if sentence in self._told:
                return
            self._told.add(sentence)
        self.report(sentence)


def open_shards(folder: Path, views: tuple[str, ...], size: int, report: Report, split: str = "train") -> ShardSource:
    """All characters of a split that have the views, by the headers of the shards alone.

    What is missing is reported and left out. UserError where nothing is left.
    """
    mine, others = keys_apart(folder, split)
    wanted = {f"{view}.{kind}.png" for view in views for kind in ("rgba", "depth")}
    places: dict[str, tuple[Path, tuple[ShardMember, ...]]] = {}
    for shard in shards_of(folder):
        samples, broken = list_complete_samples(shard)
        if broken:
            report(f"{broken}: what comes later in it is left out")
        for key, members in samples.items():
            if (mine is not None and key not in mine) or key in others:
                continue
            chosen = tuple(entry for entry in members if entry.name in wanted)
            if missing := sorted(wanted - {entry.name for entry in chosen}):
                report(f"{shard.name}: {key} is left out: {missing[0]} is missing")
            else:
                places[key] = shard, chosen
    if not places:
        raise UserError(
            f"no usable character for split '{split}' in {folder}: each needs the views {', '.join(views)} as RGBA and "
            f"depth at a multiple of {size} pixels"
        )
    return ShardSource(tuple(places), views, size, tuple(places.values()), report)
