"""Detected faces: the interface of detectors, non-maximum suppression, and the choice of one face."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.models.portrait.faces.box import FaceBox
from panic3d.runtime.errors import UserError

NO_FACE = "no face was found: give one that is framed like a front render with --no-align, or points with --landmarks"


@dataclass(frozen=True)
class Face:
    """Columns and rows of the 28 landmarks in the picture, and how sure the detector is (0 to 1)."""

    landmarks_px: Float[np.ndarray, "28 2"]
    score: float

    @property
    def box(self) -> FaceBox:
        return FaceBox.from_landmarks(self.landmarks_px)

    def scale(self, factor: float) -> "Face":
        """Return the face in a picture of `factor` times the size."""
        return Face(self.landmarks_px * factor, self.score)


@runtime_checkable
class LandmarkDetector(Protocol):
    """Detects faces, in any order, in a picture on its background or on white."""

    def faces(self, rgb: UInt8[np.ndarray, "H W 3"]) -> list[Face]: ...


def suppress_overlapping_faces(faces: Sequence[Face], max_iou: float = 0.3) -> list[Face]:
    """Keep the faces with the highest scores, without those that overlap one of them (non-maximum suppression).

    Boxes overlap if their intersection over union exceeds `max_iou`.
    """
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if all(face.box.compute_iou(other.box) <= max_iou for other in kept):
            kept.append(face)
    return kept


def choose_face(faces: Sequence[Face], number: int | None) -> Face:
    """Return the largest face, or the one with a number counted from 1 at the left.

    Raises UserError, with how many there are, if there is none, or none with the number.
    """
    if not faces:
        raise UserError(NO_FACE)
    if number is None:
        return max(faces, key=lambda face: face.box.side_px)
    if not 1 <= number <= len(faces):
        raise UserError(f"there is no face {number}: {len(faces)} found, counted from the left; leave --face out for "
                        "the largest")  # fmt: skip
    return sorted(faces, key=lambda face: face.box.column_px)[number - 1]
