"""Samples as files in `.partial`, then as one tar a group, the same bytes whoever writes it."""

import io
import os
import shutil
import tarfile
from pathlib import Path

from panic3d.shards.plan import shard_name
from panic3d.shards.schema import sha256_of

PARTIAL = ".partial"


def partial_folder(folder: Path, group: int) -> Path:
    return folder / PARTIAL / f"shard-{group:06d}"


def put_sample(folder: Path, group: int, key: str, members: dict[str, bytes]) -> None:
    """Stores a finished sample: its files appear all at once, as `.partial/shard-i/KEY/`."""
    target = partial_folder(folder, group) / key
    working = target.with_name(f"{key}.tmp{os.getpid()}")
    shutil.rmtree(working, ignore_errors=True)
    try:
        working.mkdir(parents=True)
        for suffix, data in members.items():
            (working / f"{key}.{suffix}").write_bytes(data)
        if not target.exists():
            working.rename(target)
    finally:
        shutil.rmtree(working, ignore_errors=True)


def waiting(folder: Path, group: int) -> list[str]:
    """The keys of the samples that wait for their group; what a killed worker left half-written is removed."""
    partial = partial_folder(folder, group)
    if not partial.is_dir():
        return []
    for leftover in partial.glob("*.tmp*"):
        shutil.rmtree(leftover, ignore_errors=True)
    return sorted(path.name for path in partial.iterdir() if path.is_dir())


def discard_waiting(folder: Path, group: int) -> None:
    shutil.rmtree(partial_folder(folder, group), ignore_errors=True)


def write_shard(folder: Path, group: int) -> None:
    """Packs the waiting samples of a group, sorted, into its tar: complete under its final name or not there.

    A tar that is there already (a failed avatar was tried again) keeps its samples and gains the new ones.
    """
    partial = partial_folder(folder, group)
    for key, members in _samples(folder / shard_name(group)).items():
        put_sample(folder, group, key, members)
    keys = waiting(folder, group)
    if keys:
        temporary = folder / f".{shard_name(group)}.{os.getpid()}.tmp"
        try:
            with temporary.open("wb") as file:
                with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
                    for key in keys:
                        for path in sorted((partial / key).iterdir()):
                            tar.addfile(_plain_header(path), io.BytesIO(path.read_bytes()))
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(folder / shard_name(group))
        finally:
            temporary.unlink(missing_ok=True)
    discard_waiting(folder, group)


def _samples(path: Path) -> dict[str, dict[str, bytes]]:
    samples: dict[str, dict[str, bytes]] = {}
    if path.exists():
        with tarfile.open(path) as tar:
            for member in tar:
                key, _, suffix = member.name.partition(".")
                content = tar.extractfile(member)
                if content is not None:
                    samples.setdefault(key, {})[suffix] = content.read()
    return samples


def _plain_header(path: Path) -> tarfile.TarInfo:
    header = tarfile.TarInfo(path.name)
    header.size, header.mode = path.stat().st_size, 0o644
    return header


def shard_record(folder: Path, group: int) -> dict[str, object]:
    """A shard's entry in `dataset.json`. A group of which nothing came out has no file."""
    path = folder / shard_name(group)
    if not path.exists():
        return {"name": shard_name(group), "samples": 0, "sha256": None}
    with tarfile.open(path) as tar:
        keys = {member.name.partition(".")[0] for member in tar}
    return {"name": path.name, "samples": len(keys), "sha256": sha256_of(path)}


def shard_keys(folder: Path, group: int) -> set[str]:
    """The keys in a written shard; empty where there is none."""
    path = folder / shard_name(group)
    if not path.exists():
        return set()
    with tarfile.open(path) as tar:
        return {name.partition(".")[0] for name in tar.getnames()}
