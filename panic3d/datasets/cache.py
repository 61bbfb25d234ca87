"""A dataset folder decoded once into memory-mapped arrays, so that training never waits for PNGs."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from jaxtyping import UInt8, UInt16

from panic3d.datasets.reader import Depths, Pictures, Report, Words, keys_apart, pictures, samples, shards_of
from panic3d.runtime.errors import UserError
from panic3d.runtime.progress import Progress

VERSION = 1


@dataclass(frozen=True)
class Characters:
    """Decoded characters, read from disk as they are indexed."""

    keys: tuple[str, ...]
    views: tuple[str, ...]
    rgba: UInt8[np.ndarray, "N V S S 4"]
    """On white, alpha last."""
    depth: UInt16[np.ndarray, "N V S S"]
    """FORMATS' quanta, 0 = nothing there."""

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def size(self) -> int:
        return self.rgba.shape[2]

    def fill(self, index: int, words: Words, depth: Depths) -> None:
        """Writes the views of one character into arrays."""
        own = Pictures(self.rgba[index], self.depth[index])
        for place in range(len(self.views)):
            np.copyto(words[place], own.words[place])
            np.copyto(depth[place], own.depth[place])

    def only(self, chosen: list[int]) -> "Characters":
        """Some of them, in memory."""
        return Characters(tuple(self.keys[i] for i in chosen), self.views, self.rgba[chosen], self.depth[chosen])


def characters(
    folder: Path, cache: Path, views: tuple[str, ...], size: int, report: Report, split: str = "train"
) -> Characters:
    """All usable characters of a split, from `cache` if it was made from these shards, else decoded into it.

    A character with a broken or missing member is reported and left out; UserError where none is left.
    """
    wanted = _fingerprint(folder, views, size, split)
    index = _index(cache)
    if index is None or index["made_from"] != wanted:
        _decode(folder, cache, views, size, split, wanted, report)
        index = _index(cache)
        assert index is not None
    count = len(index["keys"])
    shape = (count, len(views), size, size)
    rgba = np.memmap(cache / "rgba.u8", np.uint8, "r", shape=(*shape, 4))
    return Characters(tuple(index["keys"]), views, rgba, np.memmap(cache / "depth.u16", np.uint16, "r", shape=shape))


def _decode(
    folder: Path, cache: Path, views: tuple[str, ...], size: int, split: str, made_from: dict, report: Report
) -> None:
    partial = cache.with_name(cache.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    mine, others = keys_apart(folder, split)
    keys: list[str] = []

    def decode(sample: tuple[str, str, dict[str, bytes]]) -> Pictures | str:
        shard, key, members = sample
        try:
            return pictures(members, views, size)
        except ValueError as error:
            return f"{shard}: {key} is left out: {error}"

    wanted = (s for s in samples(folder, report) if (mine is None or s[1] in mine) and s[1] not in others)
    with (
        (partial / "rgba.u8").open("wb") as rgba_file,
        (partial / "depth.u16").open("wb") as depth_file,
        ThreadPoolExecutor(os.cpu_count()) as pool,
        Progress("decoding shards", len(shards_of(folder))) as progress,
    ):
        shard_name = ""
        # A few samples at a time: a dataset is larger than memory.
        while group := list(islice(wanted, 16)):
            for sample, result in zip(group, pool.map(decode, group), strict=True):
                if sample[0] != shard_name:
                    progress.step(sample[0])
                    shard_name = sample[0]
                if isinstance(result, str):
                    report(result)
                    continue
                keys.append(sample[1])
                rgba_file.write(result.rgba.tobytes())
                depth_file.write(result.depth.tobytes())
    if not keys:
        raise UserError(
            f"no usable character for split '{split}' in {folder}: each needs the views {', '.join(views)} as RGBA and "
            f"depth at a multiple of {size} pixels"
        )
    (partial / "index.json").write_text(json.dumps({"made_from": made_from, "keys": keys}, indent=1))
    shutil.rmtree(cache, ignore_errors=True)
    partial.rename(cache)


def _fingerprint(folder: Path, views: tuple[str, ...], size: int, split: str) -> dict:
    shards = [[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in shards_of(folder)]
    mine, others = keys_apart(folder, split)
    apart = [sorted(mine) if mine is not None else None, sorted(others)]
    return {"version": VERSION, "shards": shards, "views": list(views), "size": size, "split": split, "keys": apart}


def _index(cache: Path) -> dict | None:
    path = cache / "index.json"
    return json.loads(path.read_text()) if path.exists() else None
