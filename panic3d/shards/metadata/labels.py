"""`labels.jsonl`: what the generator of synthetic characters knows of each file, one JSON object per line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LABELS_FILE = "labels.jsonl"


def iterate_labels(path: Path) -> Iterator[dict[str, Any]]:
    """Iterate over the records of a labels file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def find_label(file: Path, sha256: str) -> dict[str, Any] | None:
    """Return the record of an avatar's file in the `labels.jsonl` of its folder; None without one."""
    path = file.parent / LABELS_FILE
    if not path.is_file():
        return None
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if sha256 in line:  # parse only the line that may be the one
                record: dict[str, Any] = json.loads(line)
                return record if record.get("sha256") == sha256 else None
    return None
