"""Samples as files in `.partial`, then as one tar a group, the same bytes whoever writes it."""

import io
import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

from panic3d.shards.files import remove_temporaries, temporary_beside
from panic3d.shards.plan import shard_name
from panic3d.shards.tar import BrokenShard, Entry, whole_samples

PARTIAL = ".partial"


def partial_folder(folder: Path, group: int) -> Path:
    return folder / PARTIAL / f"shard-{group:06d}"


def put_sample(folder: Path, group: int, key: str, members: dict[str, bytes]) -> None:
    """Stores a finished sample: its files appear all at once, as `.partial/shard-i/KEY/`."""
    target = partial_folder(folder, group) / key
    target.parent.mkdir(parents=True, exist_ok=True)
    working = temporary_beside(target)
    try:
        working.mkdir()
        for suffix, data in members.items():
            (working / f"{key}.{suffix}").write_bytes(data)
        if not target.exists():
            working.rename(target)
    finally:
        shutil.rmtree(working, ignore_errors=True)


def waiting(folder: Path, group: int) -> list[str]:
    """The keys of the samples that wait for their group."""
    partial = partial_folder(folder, group)
    return sorted(path.name for path in partial.glob("[!.]*") if path.is_dir())


def discard_waiting(folder: Path, group: int) -> None:
    """Removes what waits, and what a killed worker left half-written."""
    shutil.rmtree(partial_folder(folder, group), ignore_errors=True)


def write_shard(folder: Path, group: int) -> None:
    """Packs the waiting samples of a group, sorted, into its tar: complete under its final name or not there.

    A tar that is there already (a failed avatar was tried again) keeps its samples and gains the new ones.
    """
    shard, partial = folder / shard_name(group), partial_folder(folder, group)
    if shard.exists():
        unpack(folder, group)
    remove_temporaries(shard)
    temporary = temporary_beside(shard)
    try:
        with temporary.open("wb") as file:
            # pax differs from plain ustar only where a name has over 100 characters
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                for key in waiting(folder, group):
                    for path in sorted((partial / key).iterdir()):
                        tar.addfile(_plain_header(path), io.BytesIO(path.read_bytes()))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(shard)
    finally:
        temporary.unlink(missing_ok=True)
    discard_waiting(folder, group)


def unpack(folder: Path, group: int) -> BrokenShard | None:
    """Puts the whole samples of a shard among the waiting ones; says what is wrong with the shard, if anything."""
    path = folder / shard_name(group)
    samples, broken = whole_samples(path)
    for key, members in read_samples(path, samples):
        put_sample(folder, group, key, members)
    return broken


def mend_shard(folder: Path, group: int) -> BrokenShard | None:
    """Takes a shard that breaks off apart: its whole samples wait again, the rest is to be rendered anew."""
    path = folder / shard_name(group)
    if not path.exists() or whole_samples(path)[1] is None:
        return None
    broken = unpack(folder, group)
    path.unlink()
    return broken


def read_samples(path: Path, samples: dict[str, list[Entry]]) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Key and members (by name without the key) of samples of a shard."""
    with path.open("rb") as file:
        for key, members in samples.items():
            yield key, {entry.name: os.pread(file.fileno(), entry.size, entry.offset) for entry in members}


def _plain_header(path: Path) -> tarfile.TarInfo:
    header = tarfile.TarInfo(path.name)
    header.size, header.mode = path.stat().st_size, 0o644
    return header


def shard_keys(folder: Path, group: int) -> set[str]:
    """The keys of the whole samples in a written shard; empty where there is none."""
    path = folder / shard_name(group)
    return set(whole_samples(path)[0]) if path.exists() else set()
