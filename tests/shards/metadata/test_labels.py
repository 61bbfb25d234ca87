"""`labels.jsonl`: its records are checked where they are read; a damaged line is named."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from panic3d.datagen.synth.batch import _read_labels
from panic3d.runtime.errors import UserError
from panic3d.shards.metadata.labels import LABELS_FILE, find_label, iterate_labels

GOOD: dict[str, Any] = {
    "file": "a.vrm",
    "sha256": "ab" * 32,
    "tags": ["solo\u2028"],
    "parts": {"m": "hair"},
    "landmarks_head_m": [[0.0, 0.0, 0.0]] * 28,
}
CHANGES: list[dict[str, Any]] = [
    {"sha256": 3},
    {"tags": "solo"},
    {"landmarks_head_m": [[0, 0]] * 28},
    {"landmarks_head_m": [[float("inf")] * 3] * 28},
    {"parts": []},
    {"file": []},
]
DAMAGED = [b"{", b"[]", b"3", b"\xff\xfe", b"[" * 100_000, *(json.dumps({**GOOD, **c}).encode() for c in CHANGES)]


@pytest.mark.parametrize("line", DAMAGED)
def test_a_damaged_line_is_named(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / LABELS_FILE
    path.write_bytes(json.dumps(GOOD, ensure_ascii=False).encode() + b"\n\n" + line + b"\n")
    with pytest.raises(UserError, match=r"line 3 of .*labels.jsonl is damaged") as found:
        list(iterate_labels(path))
    assert len(str(found.value).replace(str(tmp_path), "")) <= 300
    assert find_label(tmp_path / "a.vrm", str(GOOD["sha256"])) == GOOD
    assert _read_labels(tmp_path) == {"a.vrm": GOOD}, "the generator makes the characters of damaged lines again"


def test_a_line_without_end_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / LABELS_FILE
    path.touch()
    os.truncate(path, 1 << 33)
    with pytest.raises(UserError, match=r"line 1 of .* is longer than"):
        list(iterate_labels(path))
