"""Arrays that take long to compute, kept in memory-mapped files: decoded samples, and what is fitted to them.

A cache is a folder with one file per array and an `index.json`, which names what the arrays were computed from. It is
computed again when that has changed, for example when a shard was written again, and when a file is incomplete.
"""

import json
import logging
import math
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from panic3d.datasets.reader import Report, SplitKeys, iterate_samples, list_shards
from panic3d.runtime.errors import UserError
from panic3d.runtime.files import DISK_ERRORS, wait_for_lock
from panic3d.runtime.progress import Progress
from panic3d.runtime.records import parse_json
from panic3d.runtime.regular_files import UnsuitableFile, read_file
from panic3d.runtime.threads import count_usable_cores
from panic3d.shards.schema import encode_json
from panic3d.shards.tar import list_complete_samples

logger = logging.getLogger(__name__)
VERSION = 2
INDEX_FILE = "index.json"
SAMPLES_AT_ONCE = 16
"""Samples that are in memory while they are decoded: a dataset is larger than memory."""


@dataclass(frozen=True)
class CachedArrays:
    """The arrays of a cache by name, read from disk as they are indexed, and the keys of their rows."""

    arrays: Mapping[str, np.ndarray]
    keys: tuple[str, ...] = ()


@dataclass
class ArrayLayout:
    """The type of an array, as NumPy writes it, and its shape."""

    dtype: str
    shape: list[int]


@dataclass(frozen=True)
class CacheIndex:
    """The content of `index.json`."""

    made_from: dict[str, Any]
    keys: list[str]
    arrays: dict[str, ArrayLayout]


class ArrayWriter:
    """Writes the arrays of a cache, row by row."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys: list[str] = []
        self._files: dict[str, BinaryIO] = {}
        self._layout: dict[str, ArrayLayout] = {}

    def append(self, name: str, row: np.ndarray) -> None:
        """Append a row to an array. All rows of an array have the same shape and type."""
        if name not in self._files:
            self._files[name] = (self.folder / f"{name}.bin").open("wb")
            self._layout[name] = ArrayLayout(row.dtype.str, [0, *row.shape])
        layout = self._layout[name]
        if (row.dtype.str, list(row.shape)) != (layout.dtype, layout.shape[1:]):
            raise ValueError(f"row {row.dtype.str} {row.shape} in an array of {layout}")
        layout.shape[0] += 1
        self._files[name].write(row.tobytes())

    def write(self, name: str, array: np.ndarray) -> None:
        """Write a whole array."""
        for row in array:
            self.append(name, np.asarray(row))

    def close(self) -> dict[str, ArrayLayout]:
        """Close the files. Returns type and shape of each array."""
        for file in self._files.values():
            file.close()
        return self._layout


def load_or_compute(cache: Path, made_from: Mapping[str, Any], compute: Callable[[ArrayWriter], None]) -> CachedArrays:
    """Load the arrays in the folder `cache` if they were made from `made_from`, else compute them into it.

    `made_from` is JSON. Processes that need the same cache at the same time wait for the one that computes it.
    """
    expected = json.loads(json.dumps({"version": VERSION, **made_from}))
    cache.parent.mkdir(parents=True, exist_ok=True)
    with _lock(cache):
        found = _load(cache, expected)
        if found is None:
            _compute(cache, expected, compute)
            found = _load(cache, expected)
    assert found is not None
    return found


def is_cached(cache: Path, made_from: Mapping[str, Any]) -> bool:
    """Return whether the folder `cache` holds arrays that were made from `made_from`."""
    return _load(cache, json.loads(json.dumps({"version": VERSION, **made_from}))) is not None


def _load(cache: Path, expected: dict[str, Any]) -> CachedArrays | None:
    """Map the arrays; None where they are missing, incomplete or made from something else."""
    try:
        index: CacheIndex = parse_json(read_file(cache / INDEX_FILE), CacheIndex)
        layouts = {name: _parse_layout(layout) for name, layout in index.arrays.items()}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, UnsuitableFile) as error:
        logger.warning("%s cannot be read (%s): the cache is made again", cache / INDEX_FILE, error)
        return None
    if index.made_from != expected:
        return None
    arrays = {}
    for name, (dtype, shape) in layouts.items():
        path = cache / f"{name}.bin"
        if not path.exists() or path.stat().st_size != dtype.itemsize * math.prod(shape):
            logger.warning("%s is incomplete: the cache is made again", path)
            return None
        arrays[name] = np.memmap(path, dtype, "r", shape=shape) if math.prod(shape) else np.empty(shape, dtype)
    return CachedArrays(arrays, tuple(index.keys))


def _parse_layout(layout: ArrayLayout) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """Return the type and the shape of an array of numbers. Raises TypeError or ValueError for others."""
    dtype = np.dtype(layout.dtype)
    if dtype.kind not in "biuf" or min(layout.shape, default=0) < 0:
        raise ValueError(f"no array of numbers: {layout}")
    return dtype, tuple(layout.shape)


def _compute(cache: Path, expected: dict[str, Any], compute: Callable[[ArrayWriter], None]) -> None:
    partial = cache.with_name(cache.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        writer = ArrayWriter(partial)
        try:
            compute(writer)
        finally:
            layout = writer.close()
        index = CacheIndex(expected, writer.keys, layout)
        (partial / INDEX_FILE).write_bytes(encode_json(asdict(index)))
        shutil.rmtree(cache, ignore_errors=True)
        partial.rename(cache)
    except OSError as error:
        if error.errno in DISK_ERRORS:
            error.filename = str(cache)
        raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    logger.debug("computed %s: %s", cache, format_size(sum(path.stat().st_size for path in cache.iterdir())))


@contextmanager
def _lock(cache: Path) -> Iterator[None]:
    """Hold the lock of a cache. The file stays: removing it would let two processes lock different files."""
    with cache.with_name(f".{cache.name}.lock").open("wb") as file:
        wait_for_lock(file)
        yield


Members = dict[str, bytes]
"""The members of a sample by name, without the key."""


CACHE_ADVICE = "free some space, or put the cache on another disk (--set cache=FOLDER)"


def cache_samples(
    folder: Path,
    split: str,
    cache: Path,
    made_from: Mapping[str, Any],
    select: Callable[[Collection[str]], bool],
    decode: Callable[[Members], dict[str, np.ndarray]],
    bytes_a_sample: int,
    requirement: str,
    report: Report = logger.warning,
    limit: int = 0,
) -> CachedArrays:
    """Load the decoded samples of a split, or at most `limit` of them, from the folder `cache`, or decode them into it.

    `decode` makes one row of each array from a sample whose members' names `select` accepts, in several threads, and
    raises ValueError for one that cannot be used, which is reported and left out. `made_from` names what the rows
    depend on besides the shards and the split. `bytes_a_sample`: of the rows of a sample. Raises UserError, with
    `requirement`, where no sample can be used, and where the disk has too little space, before anything is written.
    """
    shards, keys = list_shards(folder), SplitKeys(folder, split, limit)

    def compute(writer: ArrayWriter) -> None:
        count = sum(len(list_selected(shard, keys, select)) for shard in shards)
        announce_cache(cache, count, count * bytes_a_sample)
        wanted = (s for s in iterate_samples(folder, report) if s[1] in keys and select(s[2]))
        with Progress("decode shards", len(shards)) as progress:
            decode_into(writer, wanted, decode, report, progress.step)
        if not writer.keys:
            raise UserError(f"no usable sample of split '{split}' in {folder}: {requirement}")

    identity = {"shards": describe_files(shards), "split": split, "keys": keys.to_json(), **made_from}
    return load_or_compute(cache, identity, compute)


def list_selected(shard: Path, keys: SplitKeys, select: Callable[[Collection[str]], bool]) -> list[str]:
    """List the keys of a shard's complete samples that are among some keys and whose members are selected."""
    samples, _ = list_complete_samples(shard)
    return [key for key, members in samples.items() if key in keys and select({member.name for member in members})]


def announce_cache(cache: Path, count: int, size_bytes: int, advice: str = CACHE_ADVICE) -> None:
    """Say how much space a cache will take, where, and how much is free. Raises UserError where it is too much."""
    place = next(path for path in (cache, *cache.absolute().parents) if path.exists())
    free_bytes = shutil.disk_usage(place).free
    sizes = f"{count} samples take {format_size(size_bytes)} in {cache}, where {format_size(free_bytes)} are free"
    if size_bytes > free_bytes:
        raise UserError(f"the decoded pictures of {sizes}: {advice}")
    logger.info("decoding: the pictures of %s", sizes)


def format_size(size_bytes: int) -> str:
    """Return a number of bytes in MiB, or from 1 GiB on in GiB."""
    return f"{size_bytes / 2**30:.1f} GiB" if size_bytes >= 2**30 else f"{size_bytes / 2**20:.1f} MiB"


def decode_into(
    writer: ArrayWriter,
    samples: Iterable[tuple[str, str, Members]],
    decode: Callable[[Members], dict[str, np.ndarray]],
    report: Report,
    enter_shard: Callable[[str], None] = lambda _: None,
) -> None:
    """Append the rows of samples (shard, key, members), decoded in several threads, to the arrays of a cache.

    Those for which `decode` raises ValueError are reported and left out. `enter_shard` is told the name of each shard.
    """

    def decode_or_explain(sample: tuple[str, str, Members]) -> dict[str, np.ndarray] | str:
        try:
            return decode(sample[2])
        except ValueError as error:
            return f"{sample[0]}: {sample[1]} is left out: {error}"

    shard, coming = "", iter(samples)
    with ThreadPoolExecutor(count_usable_cores()) as pool:
        while group := list(islice(coming, SAMPLES_AT_ONCE)):
            for sample, row in zip(group, pool.map(decode_or_explain, group), strict=True):
                if sample[0] != shard:
                    shard = sample[0]
                    enter_shard(shard)
                if isinstance(row, str):
                    report(row)
                    continue
                writer.keys.append(sample[1])
                for name, array in row.items():
                    writer.append(name, array)


def describe_files(paths: list[Path]) -> list[list[str | int]]:
    """Name, size and time of files: what changes when a file is written again."""
    return [[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in paths]
