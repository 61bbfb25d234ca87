"""`dataset.json`: the shard of every key, fixed by the first run, and how the samples were made."""

import importlib.metadata
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TypedDict

from panic3d.runtime.errors import UserError
from panic3d.runtime.files import write_atomically
from panic3d.runtime.records import convert_record, parse_json
from panic3d.runtime.regular_files import read_file
from panic3d.shards.manifest import STATUSES, Manifest
from panic3d.shards.schema import SCHEMA, compute_sha256, encode_json
from panic3d.shards.tar import list_complete_samples

DATASET_FILE = "dataset.json"
RECORDED_PACKAGES = ("panic3d", "numpy", "pillow")
"""The packages whose versions every `dataset.json` names."""


class ShardRecord(TypedDict):
    """A shard's entry in `dataset.json`."""

    name: str
    samples: int
    bytes: int
    sha256: str | None


@dataclass
class DatasetInfo:
    """The contents of `dataset.json`. Group i of `plan` becomes shard i."""

    rig: str
    size: int
    engine: str
    options: dict[str, Any]
    versions: dict[str, str]
    per_shard: int
    plan: list[list[str]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    shards: list[ShardRecord] = field(default_factory=list)
    splits: dict[str, list[str]] = field(default_factory=dict)
    schema: int = SCHEMA

    def extend(self, keys: list[str]) -> bool:
        """Plan the keys that are new, sorted, in new groups. Returns whether there were any.

        Keys that are already planned keep their groups.
        """
        planned = {key for group in self.plan for key in group}
        new = sorted(set(keys) - planned)
        self.plan += [new[start : start + self.per_shard] for start in range(0, len(new), self.per_shard)]
        return bool(new)

    def update(self, folder: Path, manifest: Manifest) -> None:
        """Update counts and shards. A shard that is older than the folder's `dataset.json` is not read again."""
        self.counts = {status: len(manifest.with_status(status)) for status in STATUSES}
        known = {record["name"]: record for record in self.shards if _is_unchanged(folder, record)}
        self.shards = [make_shard_record(folder, i, known.get(format_shard_name(i))) for i in range(len(self.plan))]

    def save(self, folder: Path) -> None:
        """Write `dataset.json` into a folder."""
        write_atomically(folder / DATASET_FILE, encode_json(asdict(self)))

    def keys(self, split: str | None = None) -> list[str]:
        """Return all planned keys, or those of a split."""
        if split is None:
            return [key for group in self.plan for key in group]
        return list(self.splits.get(split, []))


def format_shard_name(group: int) -> str:
    """Return the file name of the shard of a group."""
    return f"shard-{group:06d}.tar"


def collect_library_versions() -> dict[str, str]:
    """Return the installed versions of the packages that every dataset depends on."""
    return {name: importlib.metadata.version(name) for name in RECORDED_PACKAGES}


def _is_unchanged(folder: Path, record: ShardRecord) -> bool:
    """Return whether a shard has its recorded size and is older than `dataset.json` (tars are padded)."""
    shard, info = folder / record["name"], folder / DATASET_FILE
    if not shard.exists() or not info.exists():
        return False
    status = shard.stat()
    return status.st_size == record.get("bytes") and status.st_mtime_ns < info.stat().st_mtime_ns


def make_shard_record(folder: Path, group: int, known: ShardRecord | None = None) -> ShardRecord:
    """Make a shard's entry in `dataset.json`; `known` is returned if the shard is still there.

    A group of which no sample could be made has no file.
    """
    path = folder / format_shard_name(group)
    if not path.exists():
        return {"name": path.name, "samples": 0, "bytes": 0, "sha256": None}
    if known is not None:
        return known
    samples, _ = list_complete_samples(path)
    return {"name": path.name, "samples": len(samples), "bytes": path.stat().st_size, "sha256": compute_sha256(path)}


def load_dataset_info(folder: Path) -> DatasetInfo:
    """Read `dataset.json`. Raises UserError where it is missing, broken or of a newer version."""
    path = folder / DATASET_FILE
    if not path.is_file():
        raise UserError(f"{folder} is no dataset folder (no {DATASET_FILE} in it): make one with `panic3d render`")
    try:
        record = parse_json(read_file(path), dict[str, Any])
        schema = convert_record(record.get("schema"), int, "schema")
        if schema > SCHEMA:
            raise UserError(f"{path} has schema {schema}, newer than the {SCHEMA} known here: update panic3d")
        known = {field.name for field in fields(DatasetInfo)}
        if unknown := sorted(set(record) - known):
            raise UserError(f"{path} has the entries {', '.join(unknown)}, which are unknown here: update panic3d")
        info: DatasetInfo = convert_record(record, DatasetInfo)
        if info.size < 1 or info.per_shard < 1:
            raise ValueError(f"expected size and per_shard of at least 1, found {info.size} and {info.per_shard}")
        if [shard["name"] for shard in info.shards] != [format_shard_name(i) for i in range(len(info.shards))]:
            raise ValueError("expected the shards in order, each with its own name")
        return info
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({error}): render the dataset again") from error
