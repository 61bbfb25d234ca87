"""`dataset.json`: which key lies in which shard, fixed by the first run, and what was rendered how."""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from panic3d.runtime.errors import UserError
from panic3d.shards.files import write_atomically
from panic3d.shards.manifest import STATUSES, Manifest
from panic3d.shards.schema import SCHEMA, json_bytes, sha256_of
from panic3d.shards.tar import whole_samples

FILE_NAME = "dataset.json"


@dataclass
class Dataset:
    """The contents of `dataset.json`. Group i of `plan` becomes shard i."""

    rig: str
    size: int
    engine: str
    options: dict[str, Any]
    versions: dict[str, str]
    per_shard: int
    plan: list[list[str]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    shards: list[dict[str, Any]] = field(default_factory=list)
    splits: dict[str, list[str]] = field(default_factory=dict)
    schema: int = SCHEMA

    def extend(self, keys: list[str]) -> bool:
        """Plans the keys that are new, sorted, in new groups, and says whether there are any.

        What was planned before stays where it is.
        """
        planned = {key for group in self.plan for key in group}
        new = sorted(set(keys) - planned)
        self.plan += [new[start : start + self.per_shard] for start in range(0, len(new), self.per_shard)]
        return bool(new)

    def update(self, folder: Path, manifest: Manifest) -> None:
        """Brings counts and shards up to date; a shard of the size on record is not read again."""
        self.counts = {status: len(manifest.with_status(status)) for status in STATUSES}
        known = {record["name"]: record for record in self.shards}
        self.shards = [shard_record(folder, group, known.get(shard_name(group))) for group in range(len(self.plan))]

    def save(self, folder: Path) -> None:
        write_atomically(folder / FILE_NAME, json_bytes(asdict(self)))

    def keys(self, split: str | None = None) -> list[str]:
        """All planned keys, or those of a split."""
        if split is None:
            return [key for group in self.plan for key in group]
        return list(self.splits.get(split, []))


def shard_name(group: int) -> str:
    return f"shard-{group:06d}.tar"


def shard_record(folder: Path, group: int, known: dict[str, Any] | None = None) -> dict[str, Any]:
    """A shard's entry in `dataset.json`. A group of which nothing came out has no file."""
    path = folder / shard_name(group)
    if not path.exists():
        return {"name": path.name, "samples": 0, "bytes": 0, "sha256": None}
    size = path.stat().st_size
    if known is not None and known.get("bytes") == size:
        return known
    return {"name": path.name, "samples": len(whole_samples(path)[0]), "bytes": size, "sha256": sha256_of(path)}


def load_dataset(folder: Path) -> Dataset:
    """Reads `dataset.json`. UserError where it is missing, broken or from a newer version."""
    path = folder / FILE_NAME
    if not path.is_file():
        raise UserError(f"{folder} is no dataset folder (no {FILE_NAME} in it): make one with `panic3d render`")
    try:
        record = json.loads(path.read_text())
        schema = record["schema"]
        if schema > SCHEMA:
            raise UserError(f"{path} has schema {schema}, newer than the {SCHEMA} known here: update panic3d")
        known = {field.name for field in fields(Dataset)}
        if unknown := sorted(set(record) - known):
            raise UserError(f"{path} has the entries {', '.join(unknown)}, which are unknown here: update panic3d")
        return Dataset(**record)
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(f"{path} cannot be read ({error}): render the dataset again") from error
