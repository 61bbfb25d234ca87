"""`manifest.jsonl`: the outcome of the last attempt at each key, one JSON object per line."""

import json
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from panic3d.runtime.files import append_line, write_atomically
from panic3d.runtime.records import convert_record
from panic3d.runtime.sentences import shorten_sentence

Status = Literal["ok", "failed", "skipped"]
MANIFEST_FILE = "manifest.jsonl"
STATUSES: tuple[Status, ...] = ("ok", "failed", "skipped")


LOST_SAMPLE = (
    "its sample was lost with a shard that was damaged or removed, and its source was not given: give the same command "
    "with this source"
)
"""The reason of a sample that was `ok` once."""


@dataclass(frozen=True)
class ManifestRecord:
    """The outcome of one key."""

    key: str
    source: str
    """The file, address or id that the sample is made from."""
    status: Status
    reason: str = ""
    """One sentence; empty where the status is `ok`."""
    attempts: int = 1
    seconds: float = 0.0
    peak_mb: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", shorten_sentence(self.reason))

    @property
    def is_lost(self) -> bool:
        """Whether the sample was there once, and will be made again as soon as its source is given."""
        return self.status == "failed" and self.reason == LOST_SAMPLE


class Manifest:
    """The records of a folder by key. `append` returns when the line is on disk; `compact` keeps one line per key."""

    def __init__(self, path: Path) -> None:
        """Read the file, if there is one, without changing it. An incomplete last line is ignored."""
        self.path = path
        self.records: dict[str, ManifestRecord] = {}
        if path.exists():
            for line in path.read_bytes().split(b"\n"):  # `splitlines` would also split at U+2028 in a name
                with suppress(ValueError, RecursionError):
                    record: ManifestRecord = convert_record(json.loads(line.decode(errors="replace")), ManifestRecord)
                    self.records[record.key] = record

    def append(self, record: ManifestRecord) -> None:
        """Append a record, which replaces an earlier one of the same key."""
        append_line(self.path, _encode_line(record))
        self.records[record.key] = record

    def compact(self) -> None:
        """Rewrite the file with one line per key, sorted by key."""
        write_atomically(self.path, b"".join(_encode_line(self.records[key]) for key in sorted(self.records)))

    def with_status(self, status: Status) -> list[ManifestRecord]:
        """Return the records that have a status, sorted by key."""
        return [self.records[key] for key in sorted(self.records) if self.records[key].status == status]


def _encode_line(record: ManifestRecord) -> bytes:
    """Encode a record as a line of UTF-8. What UTF-8 lacks, as names in other encodings have, is escaped."""
    return json.dumps(asdict(record), ensure_ascii=False).encode(errors="backslashreplace") + b"\n"


def load_manifest(folder: Path, rank: int | None = None, keys: Collection[str] | None = None) -> Manifest:
    """Load the manifest of a dataset folder, or that of one rank restricted to its `keys`.

    The records of all manifests in the folder are taken into account, so that ranks can continue the work of a single
    process, a single process that of ranks, and ranks their own after a merge.
    """
    manifest = Manifest(folder / (MANIFEST_FILE if rank is None else f"manifest.{rank}.jsonl"))
    for path in (folder / MANIFEST_FILE, *list_rank_manifests(folder)):
        for key, record in Manifest(path).records.items():
            before = manifest.records.get(key)
            if (keys is None or key in keys) and (before is None or record.attempts > before.attempts):
                manifest.records[key] = record
    return manifest


def list_rank_manifests(folder: Path) -> list[Path]:
    """Return the manifests of single ranks in a dataset folder."""
    return sorted(folder.glob("manifest.*.jsonl"))
