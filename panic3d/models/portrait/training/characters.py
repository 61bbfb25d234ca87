"""Drawings and renders of generated characters with their 28 landmarks, as the trainers of this room read them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.cameras.camera import Camera
from panic3d.cameras.compositing import premultiply, unpremultiply
from panic3d.datasets.reader import Report, samples
from panic3d.runtime.errors import UserError
from panic3d.shards.schema import read_png

FRONT = Camera("ortho", 0.0)
PICTURES = ("front.illustration.png", "front.rgba.png")


@dataclass(frozen=True)
class Character:
    """One front view, drawn and rendered (one of them where the shards have one), RGBA with straight alpha."""

    key: str
    style: str
    """Of the drawing; empty where there is none."""
    pictures: tuple[UInt8[np.ndarray, "S S 4"], ...]
    landmarks_px: Float[np.ndarray, "28 2"] | None
    """Column and row at this size."""
    tags: tuple[str, ...] = ()


def characters(data: Path, size: int, labels: str, report: Report) -> Iterator[Character]:
    """Front views averaged down to `size` pixels. Landmarks are those of the metadata, else those of a labels.jsonl.

    UserError where there is not one character.
    """
    by_sha256 = _labels(Path(labels)) if labels else {}
    found = 0
    for shard, key, members in samples(data, report):
        given = [read_png(members[name]) for name in PICTURES if name in members]
        if not given or "meta.json" not in members:
            report(f"{shard}: {key} is left out: it has no front view or no metadata")
            continue
        meta = json.loads(members["meta.json"])
        record = meta.get("labels") or by_sha256.get(meta["sha256"]) or {}
        xyz_m = record.get("landmarks_head_m")
        landmarks = None if xyz_m is None else FRONT.project(np.array(xyz_m), size)[:, :2]
        style = (meta.get("illustration") or {}).get("style", "")
        shown = tuple(reduced(rgba, size) for rgba in given)
        yield Character(key, style, shown, landmarks, tuple(record.get("tags", ())))
        found += 1
    if not found:
        raise UserError(f"no character with a front view in {data}: make some with `panic3d render ... --illustrate`")


def reduced(rgba: UInt8[np.ndarray, "H H 4"], size: int) -> UInt8[np.ndarray, "S S 4"]:
    """Averaged over blocks, colours weighted by their opacity."""
    import cv2

    if len(rgba) == size:
        return rgba
    small = cv2.resize(premultiply(rgba), (size, size), interpolation=cv2.INTER_AREA)
    return unpremultiply(small)


def _labels(path: Path) -> dict[str, dict[str, Any]]:
    if not path.is_file():
        raise UserError(f"expected labels of generated characters at {path}, found no file: give --labels")
    records = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    return {record["sha256"]: record for record in records}
