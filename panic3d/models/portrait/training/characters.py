"""Drawings and renders of generated characters, with the landmarks and tags that portrait networks are trained on."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.cameras.camera import Camera
from panic3d.cameras.compositing import premultiply, unpremultiply
from panic3d.datasets.drawings import DRAWING, RENDER
from panic3d.datasets.pictures import decode_picture
from panic3d.datasets.reader import iterate_samples
from panic3d.runtime.errors import UserError
from panic3d.shards.metadata.labels import LabelRecord, iterate_labels
from panic3d.shards.metadata.samples import parse_meta

logger = logging.getLogger(__name__)

FRONT = Camera("ortho", 0.0)


@dataclass(frozen=True)
class LabelledCharacter:
    """One front view, drawn and rendered (or one of the two), RGBA with straight alpha, and its labels."""

    key: str
    style: str
    """Style of the drawing; empty if there is none."""
    pictures: tuple[UInt8[np.ndarray, "S S 4"], ...]
    landmarks_px: Float[np.ndarray, "28 2"] | None
    """Column and row at this size."""
    tags: tuple[str, ...] = ()


def read_characters(data: Path, size: int, labels: str = "") -> Iterator[LabelledCharacter]:
    """Yield front views downsampled to `size` pixels.

    Labels are those of the samples' metadata, else those of the file `labels` (a labels.jsonl). Raises UserError if
    there is no character.
    """
    by_sha256 = _load_labels(Path(labels)) if labels else {}
    found = 0
    for shard, key, members in iterate_samples(data):
        try:
            given = [decode_picture(members[name], name) for name in (DRAWING, RENDER) if name in members]
            meta = parse_meta(members.get("meta.json", b"{}"))
        except ValueError as error:
            logger.warning("%s: %s is left out: %s", shard, key, error)
            continue
        if not given or "meta.json" not in members:
            logger.warning("%s: %s is left out: it has no front view or no metadata", shard, key)
            continue
        record: Any = meta.get("labels") or by_sha256.get(meta.get("sha256") or "") or {}
        xyz_m = record.get("landmarks_head_m")
        landmarks = None if xyz_m is None else FRONT.project(np.array(xyz_m), size)[:, :2]
        style = (meta.get("illustration") or {}).get("style", "")
        pictures = tuple(downsample(rgba, size) for rgba in given)
        yield LabelledCharacter(key, style, pictures, landmarks, tuple(record.get("tags", ())))
        found += 1
    if not found:
        raise UserError(f"no character with a front view in {data}: make some with `panic3d render ... --illustrate`")


def downsample(rgba: UInt8[np.ndarray, "H H 4"], size: int) -> UInt8[np.ndarray, "S S 4"]:
    """Average over blocks, with colours weighted by their opacity."""
    import cv2

    if len(rgba) == size:
        return rgba
    small = cv2.resize(premultiply(rgba), (size, size), interpolation=cv2.INTER_AREA)
    return unpremultiply(small)


def _load_labels(path: Path) -> dict[str, LabelRecord]:
    if not path.is_file():
        raise UserError(f"expected labels of generated characters at {path}, found no file: give --labels")
    return {record["sha256"]: record for record in iterate_labels(path)}
