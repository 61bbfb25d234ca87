"""The square around a face that the landmark network takes."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

SIDE_PER_MEAN_DISTANCE = 4.6
"""Of a box to the mean distance of a face's 28 landmarks from their mean: a margin for jaw, brows and errors."""


@dataclass(frozen=True)
class FaceBox:
    """A square by the column and row of its centre and its side, in pixels of the picture."""

    column_px: float
    row_px: float
    side_px: float

    @classmethod
    def from_landmarks(cls, landmarks_px: Float[np.ndarray, "28 2"]) -> "FaceBox":
        """Return the box around the columns and rows of landmarks."""
        centre = landmarks_px.mean(axis=0)
        distance = np.linalg.norm(landmarks_px - centre, axis=1).mean()
        return cls(float(centre[0]), float(centre[1]), float(SIDE_PER_MEAN_DISTANCE * distance))

    def box_from_picture(self, size: int) -> Float[np.ndarray, "2 3"]:
        """Return the map from column and row of the picture to those of the box resized to `size` pixels."""
        scale = size / self.side_px
        return np.array([[scale, 0, size / 2 - scale * self.column_px], [0, scale, size / 2 - scale * self.row_px]])

    def compute_iou(self, other: "FaceBox") -> float:
        """Return the intersection over union with another box."""
        half, others = self.side_px / 2, other.side_px / 2
        width = min(self.column_px + half, other.column_px + others) - max(
            self.column_px - half, other.column_px - others
        )
        height = min(self.row_px + half, other.row_px + others) - max(self.row_px - half, other.row_px - others)
        both = max(0.0, width) * max(0.0, height)
        return both / (self.side_px**2 + other.side_px**2 - both)
