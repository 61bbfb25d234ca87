"""Pending samples as files in `.partial`, and complete groups as tar shards whose bytes depend on the samples alone."""

import io
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from panic3d.runtime.errors import name_stage
from panic3d.runtime.files import make_temporary_path, open_atomically
from panic3d.shards.plan import format_shard_name
from panic3d.shards.tar import BrokenShard, list_complete_samples, read_samples

PARTIAL_FOLDER = ".partial"
BROKEN_SUFFIX = ".broken"
MEMBER_MODE = 0o644


def get_pending_folder(folder: Path, group: int) -> Path:
    """Return the folder of the samples that wait for the rest of their group."""
    return folder / PARTIAL_FOLDER / f"shard-{group:06d}"


@name_stage("storing the sample")
def store_sample(folder: Path, group: int, key: str, members: dict[str, bytes]) -> None:
    """Store a finished sample as pending. Its files appear all at once, in `.partial/shard-i/KEY/`."""
    target = get_pending_folder(folder, group) / key
    target.parent.mkdir(parents=True, exist_ok=True)
    working = make_temporary_path(target)
    try:
        working.mkdir()
        for suffix, data in members.items():
            (working / f"{key}.{suffix}").write_bytes(data)
        if not target.exists():
            working.rename(target)
    finally:
        shutil.rmtree(working, ignore_errors=True)


def list_pending(folder: Path, group: int) -> list[str]:
    """List the keys of the pending samples of a group."""
    pending = get_pending_folder(folder, group)
    return sorted(path.name for path in pending.glob("[!.]*") if path.is_dir())


def discard_pending(folder: Path, group: int) -> None:
    """Remove the pending samples of a group, and what a killed process left incomplete."""
    shutil.rmtree(get_pending_folder(folder, group), ignore_errors=True)


def write_shard(folder: Path, group: int) -> None:
    """Pack the pending samples of a group, sorted by key, into the group's tar.

    A tar that is already there, as when a failed sample was tried again, keeps its samples and gains the new ones.
    """
    shard = folder / format_shard_name(group)
    if shard.exists():
        unpack_shard(folder, group)
    write_tar(shard, _iterate_pending_files(folder, group))
    discard_pending(folder, group)


def write_tar(path: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write names and contents as a tar, under a temporary name that is renamed to `path` when it is complete."""
    # pax differs from plain ustar only where a name has over 100 characters
    with open_atomically(path) as file, tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in files:
            header = tarfile.TarInfo(name)
            header.size, header.mode = len(data), MEMBER_MODE
            tar.addfile(header, io.BytesIO(data))


def unpack_shard(folder: Path, group: int) -> BrokenShard | None:
    """Store the complete samples of a shard as pending. Returns the error of a broken shard, else None."""
    path = folder / format_shard_name(group)
    samples, broken = list_complete_samples(path)
    for key, members in read_samples(path, samples):
        store_sample(folder, group, key, members)
    return broken


def repair_shard(folder: Path, group: int) -> BrokenShard | None:
    """Take a broken shard apart: its complete samples become pending, and the tar is renamed (`list_broken`).

    Returns the error of the shard; None where there is no shard or nothing is wrong with it.
    """
    path = folder / format_shard_name(group)
    if not path.exists() or list_complete_samples(path)[1] is None:
        return None
    broken = unpack_shard(folder, group)
    number = len(list_broken(folder, group))
    path.rename(path.with_name(f"{path.name}{f'.{number}' if number else ''}{BROKEN_SUFFIX}"))
    return broken


def list_broken(folder: Path, group: int) -> list[Path]:
    """List the broken shards of a group that were taken apart. They stay while a sample that was in them is missing."""
    return sorted(folder.glob(f"{format_shard_name(group)}*{BROKEN_SUFFIX}"))


def discard_broken(folder: Path, group: int) -> None:
    """Remove the broken shards of a group, of which all samples are there again."""
    for path in list_broken(folder, group):
        path.unlink(missing_ok=True)


def read_shard_keys(folder: Path, group: int) -> set[str]:
    """Return the keys of the complete samples in a shard; empty where there is no shard."""
    path = folder / format_shard_name(group)
    return set(list_complete_samples(path)[0]) if path.exists() else set()


def _iterate_pending_files(folder: Path, group: int) -> Iterator[tuple[str, bytes]]:
    pending = get_pending_folder(folder, group)
    for key in list_pending(folder, group):
        for path in sorted((pending / key).iterdir()):
            yield path.name, path.read_bytes()
