"""`labels.jsonl`: what the generator of synthetic characters knows of each file, one JSON object per line."""

from collections.abc import Iterator
from pathlib import Path
from typing import NotRequired, TypedDict

from panic3d.runtime.errors import UserError
from panic3d.runtime.records import parse_json
from panic3d.runtime.regular_files import require_regular_file
from panic3d.shards.metadata.samples import check_landmarks

LABELS_FILE = "labels.jsonl"
MAX_LINE_BYTES = 1 << 20
"""A line of the generator has 10,000."""


class LabelRecord(TypedDict):
    """The entries of a line that are used; other entries are kept."""

    sha256: str
    file: NotRequired[str]
    tags: NotRequired[list[str]]
    parts: NotRequired[dict[str, str]]
    landmarks_head_m: NotRequired[list[list[float]]]


def iterate_labels(path: Path) -> Iterator[LabelRecord]:
    """Iterate over the records of a labels file. Raises UserError, which names the line, where one is damaged."""
    for number, line in _iterate_lines(path):
        yield _parse_label(path, number, line)


def find_label(file: Path, sha256: str) -> LabelRecord | None:
    """Return the record of an avatar's file in the `labels.jsonl` of its folder; None without one.

    Raises UserError where its line is damaged.
    """
    path = file.parent / LABELS_FILE
    if not path.is_file():
        return None
    for number, line in _iterate_lines(path):
        if sha256.encode() in line:  # parse only the line that may be the one
            record = _parse_label(path, number, line)
            return record if record["sha256"] == sha256 else None
    return None


def parse_label(line: bytes) -> LabelRecord:
    """Parse a line of a labels file. Raises ValueError, which names the entry, where one is of another type."""
    record: LabelRecord = parse_json(line, LabelRecord)
    check_landmarks("landmarks_head_m", record.get("landmarks_head_m"), 3)
    return record


def _iterate_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Iterate over the lines that are not empty, with their numbers from 1."""
    require_regular_file(path)
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(MAX_LINE_BYTES + 1), b""), 1):
            if len(line) > MAX_LINE_BYTES:
                raise UserError(_describe_damage(path, number, f"it is longer than {MAX_LINE_BYTES:,} bytes"))
            if line.strip():
                yield number, line


def _parse_label(path: Path, number: int, line: bytes) -> LabelRecord:
    try:
        return parse_label(line)
    except ValueError as error:
        raise UserError(_describe_damage(path, number, str(error))) from error


def _describe_damage(path: Path, number: int, fault: str) -> str:
    return f"line {number} of {path} is damaged ({fault}): run the `panic3d synth` of its folder again, which mends it"
