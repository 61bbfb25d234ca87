"""`manifest.jsonl`: one line a key, its last attempt."""

import json
import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from panic3d.shards.files import write_atomically

Status = Literal["ok", "failed", "skipped"]
WHOLE = "manifest.jsonl"
STATUSES: tuple[Status, ...] = ("ok", "failed", "skipped")


@dataclass(frozen=True)
class Record:
    """What became of one avatar. `reason` is one sentence, empty where it is ok."""

    key: str
    source: str
    status: Status
    reason: str = ""
    attempts: int = 1
    seconds: float = 0.0
    peak_mb: int = 0


class Manifest:
    """The records of a run by key. Each `put` is on disk before it returns; `compact` leaves one line a key."""

    def __init__(self, path: Path) -> None:
        """Reads what is there, and changes nothing; a last line that a kill or a full disk cut short is left out."""
        self.path = path
        self.records: dict[str, Record] = {}
        if path.exists():
            for line in path.read_text(errors="replace").splitlines():
                with suppress(ValueError, TypeError):
                    record = Record(**json.loads(line))
                    self.records[record.key] = record

    def put(self, record: Record) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.records[record.key] = record

    def compact(self) -> None:
        lines = (json.dumps(asdict(self.records[key]), ensure_ascii=False) + "\n" for key in sorted(self.records))
        write_atomically(self.path, "".join(lines).encode())

    def with_status(self, status: Status) -> list[Record]:
        return [self.records[key] for key in sorted(self.records) if self.records[key].status == status]


def manifest_of(folder: Path, rank: int | None = None, keys: Collection[str] | None = None) -> Manifest:
    """The manifest of a dataset folder, or of one rank in it with its `keys`, knowing what all manifests there say.

    Ranks that follow one process, one process that follows ranks, and ranks after a merge thus go on alike.
    """
    manifest = Manifest(folder / (WHOLE if rank is None else f"manifest.{rank}.jsonl"))
    for path in (folder / WHOLE, *rank_manifests(folder)):
        for key, record in Manifest(path).records.items():
            before = manifest.records.get(key)
            if (keys is None or key in keys) and (before is None or record.attempts > before.attempts):
                manifest.records[key] = record
    return manifest


def rank_manifests(folder: Path) -> list[Path]:
    return sorted(folder.glob("manifest.*.jsonl"))
