"""`manifest.jsonl`: one line a key, its last attempt."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from panic3d.shards.files import write_atomically

Status = Literal["ok", "failed", "skipped"]
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
        """Reads what is there; a last line that a kill cut short is dropped."""
        self.path = path
        self.records: dict[str, Record] = {}
        if path.exists():
            for line in path.read_text().splitlines():
                try:
                    record = Record(**json.loads(line))
                except (ValueError, TypeError):
                    continue
                self.records[record.key] = record
            self.compact()

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
