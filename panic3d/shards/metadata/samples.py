"""`meta.json` and `pair.json` of a sample, checked where they are read (docs/reference/formats.md)."""

from typing import Any, TypedDict

from panic3d.runtime.records import parse_json

LANDMARKS = 28


class Labels(TypedDict, total=False):
    """What the generator knows of a character; other entries are kept."""

    family: str | None
    tags: list[str] | None
    params: dict[str, Any]
    landmarks_head_m: list[list[float]] | None


class Illustration(TypedDict, total=False):
    """How the drawn portrait was made; other entries are kept."""

    style: str


class SampleMeta(TypedDict, total=False):
    """The entries of `meta.json` that are used; other entries are kept."""

    source: Any
    sha256: str | None
    kind: Any
    title: Any
    """As the avatar states it; some state a number."""
    author: Any
    licence: Any
    scale: float | None
    cut: bool | None
    views: dict[str, dict[str, Any]]
    labels: Labels | None
    landmarks_px: list[list[float]] | None
    illustration: Illustration | None


class PairRecord(TypedDict):
    """The entries of `pair.json` that are used; other entries are kept."""

    align: list[list[float]]
    roi: list[float] | None


def parse_meta(data: bytes) -> SampleMeta:
    """Parse a sample's `meta.json`. Raises ValueError, which names the entry, where one is of another type."""
    meta: SampleMeta = parse_json(data, SampleMeta)
    check_landmarks("landmarks_head_m", (meta.get("labels") or {}).get("landmarks_head_m"), 3)
    check_landmarks("landmarks_px", meta.get("landmarks_px"), 2)
    return meta


def check_landmarks(name: str, points: list[list[float]] | None, columns: int) -> None:
    """Raise ValueError, with the name of the entry, for landmarks of another shape; None stands for none."""
    if points is not None and [len(point) for point in points] != [columns] * LANDMARKS:
        raise ValueError(f"expected {LANDMARKS} points of {columns} numbers as '{name}', found another shape")


def parse_pair(data: bytes) -> PairRecord:
    """Parse a pair's `pair.json`. Raises ValueError where an entry is missing or of another type or shape."""
    pair: PairRecord = parse_json(data, PairRecord)
    if [len(row) for row in pair["align"]] != [3, 3, 3]:
        raise ValueError("expected a 3x3 matrix as 'align', found another shape")
    if pair["roi"] and len(pair["roi"]) != 4:
        raise ValueError(f"expected 4 numbers as 'roi', found {len(pair['roi'])}")
    return pair
