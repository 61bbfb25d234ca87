"""Drawings or true front renders with their landmarks, decoded once into memory-mapped files."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, UInt8

from panic3d.cameras.axes import IMAGE_SIZE
from panic3d.cameras.rigs import make_view_camera
from panic3d.datasets.cache import Members, cache_samples, describe_files
from panic3d.datasets.pictures import decode_picture
from panic3d.datasets.reader import Report
from panic3d.shards.metadata.labels import LABELS_FILE, iterate_labels
from panic3d.shards.metadata.samples import SampleMeta, parse_meta

logger = logging.getLogger(__name__)
DRAWING, RENDER = "front.illustration.png", "front.rgba.png"
"""The members with the drawn portrait and with the rendered front view."""
LANDMARKS = 28


@dataclass(frozen=True)
class PortraitSet:
    """Pictures of one kind, RGBA with straight alpha, and the landmarks of each."""

    keys: tuple[str, ...]
    pictures: UInt8[np.ndarray, "M 512 512 4"]
    """Those of the whole set that these belong to, mapped from a file."""
    rows: tuple[int, ...]
    """The row of each picture."""
    landmarks_px: Float32[np.ndarray, "N 28 2"]
    """Column and row; NaN where they are unknown."""

    def __len__(self) -> int:
        return len(self.keys)

    def get_picture(self, index: int) -> UInt8[np.ndarray, "512 512 4"]:
        """Return a picture, which is read from the file where it is used."""
        return np.asarray(self.pictures[self.rows[index]])

    def get_landmarks(self, index: int) -> Float32[np.ndarray, "28 2"] | None:
        """Return the landmarks of a picture; None where they are unknown."""
        found = self.landmarks_px[index]
        return found if np.isfinite(found).all() else None

    def select(self, indices: list[int]) -> "PortraitSet":
        """Return some of the pictures, which stay on disk."""
        keys, rows = tuple(self.keys[i] for i in indices), tuple(self.rows[i] for i in indices)
        return PortraitSet(keys, self.pictures, rows, self.landmarks_px[indices])


def load_portraits(
    folder: Path, member: str, cache: Path, report: Report = logger.warning, split: str = "train", limit: int = 0
) -> PortraitSet:
    """Load all samples of a split that have a member (`DRAWING` or `RENDER`), from `cache` or decoded into it.

    Landmarks are those of the label in `meta.json`, else of `labels.jsonl` beside the shards, by the avatar's sha256,
    else `landmarks_px` in `meta.json`, which drawings without a 3D model have. Samples that cannot be used are reported
    and left out. `limit`: at most so many, see `choose_by_key`; 0: all. Raises UserError where none is left.
    """
    labels = load_landmark_labels(folder)
    labels_file = folder / LABELS_FILE
    option = " --illustrate" if member == DRAWING else ""
    requirement = f"each needs {member} at {IMAGE_SIZE} pixels: make them with `panic3d render{option}`"
    made_from = {"member": member, "labels": describe_files([labels_file] if labels_file.is_file() else [])}

    def decode(members: Members) -> dict[str, np.ndarray]:
        rgba = decode_picture(members[member], member)
        if rgba.shape != (IMAGE_SIZE, IMAGE_SIZE, 4):
            raise ValueError(f"{member} has the shape {rgba.shape}")
        return {"rgba": rgba, "landmarks_px": find_landmarks_px(parse_meta(members.get("meta.json", b"{}")), labels)}

    found = cache_samples(
        folder,
        split,
        cache,
        made_from,
        lambda names: member in names,
        decode,
        IMAGE_SIZE**2 * 4 + LANDMARKS * 8,
        requirement,
        report,
        limit,
    )
    rows = tuple(range(len(found.keys)))
    return PortraitSet(found.keys, found.arrays["rgba"], rows, np.array(found.arrays["landmarks_px"]))


def load_landmark_labels(folder: Path) -> dict[str, Any]:
    """Load landmarks in the head frame by the avatar's sha256, from the `labels.jsonl` in a dataset folder, if any."""
    path = folder / LABELS_FILE
    if not path.is_file():
        return {}
    return {
        record["sha256"]: record["landmarks_head_m"] for record in iterate_labels(path) if "landmarks_head_m" in record
    }


def find_landmarks_px(meta: SampleMeta, labels: Mapping[str, Any]) -> Float32[np.ndarray, "28 2"]:
    """Find column and row in a sample's front view, from its `meta.json` or the labels; NaN where they are unknown."""
    points = (meta.get("labels") or {}).get("landmarks_head_m") or labels.get(meta.get("sha256") or "")
    if points is not None:
        return project_landmarks(points)
    known = meta.get("landmarks_px")
    return np.full((LANDMARKS, 2), np.nan, np.float32) if known is None else np.asarray(known, np.float32)


def project_landmarks(landmarks_head_m: Any) -> Float32[np.ndarray, "28 2"]:
    """Project landmarks to column and row in the front view of 512 pixels."""
    points = np.asarray(landmarks_head_m, np.float64)
    return make_view_camera("front").project(points, IMAGE_SIZE)[:, :2].astype(np.float32)
