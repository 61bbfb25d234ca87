"""Running `panic3d` as its user does, and small avatars that Blender renders in a moment."""

import io
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

from helpers.avatars.small_glb import make_square, write_glb

QUICK = ("--size", "64", "--samples", "1", "--rig", "ortho4")
COUNT = 7


def build_command(*words: object) -> list[str]:
    return [sys.executable, "-m", "panic3d", *map(str, words)]


def run_panic3d(*words: object, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(build_command(*words), capture_output=True, text=True, timeout=300, **kwargs)


def write_avatars(folder: Path) -> Path:
    """Write seven squares of different sizes and colours."""
    folder.mkdir()
    for index in range(COUNT):
        factor = (index / COUNT, 0.5, 0.5, 1.0)
        write_glb(folder / f"Square No.{index}.glb", [{"corners": make_square(0.05 + 0.01 * index), "factor": factor}])
    return folder


def list_shard_keys(folder: Path) -> list[str]:
    """Return every key of every tar under its final name, as often as it stands there; a broken tar raises."""
    keys: list[str] = []
    for path in sorted(folder.glob("shard-*.tar")):
        with tarfile.open(fileobj=io.BytesIO(path.read_bytes())) as tar:
            names = tar.getnames()
        keys += [name.removesuffix(".meta.json") for name in names if name.endswith(".meta.json")]
    return keys


def have_same_shards(folder: Path, reference: Path) -> bool:
    """Whether a folder holds the shard files of another, byte for byte, and nothing that waits or was left behind."""
    shards = sorted(path.name for path in reference.glob("shard-*.tar"))
    assert shards
    left = [path for path in (folder / ".partial").rglob("*") if path.is_file()] + list(folder.glob(".*.tmp"))
    return (
        not left
        and sorted(path.name for path in folder.glob("shard-*.tar")) == shards
        and all((folder / name).read_bytes() == (reference / name).read_bytes() for name in shards)
    )
