"""Alignment by similarity (scale and translation, no rotation): a face's landmarks to where those of renders lie.

As published: the mean of the 28 landmarks goes to the target's centre, the standard deviation of their distances to
that mean to the target's spread.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Float

from panic3d.cameras.axes import IMAGE_SIZE

FACE_RECORD = "face"
"""The entry of a weights file's facts with the `AlignmentTargets` of the renders that it was trained on, or null."""


@dataclass(frozen=True)
class AlignmentTargets:
    """Statistics of a detector's landmarks on 512x512 front renders: mean and standard deviation over characters.

    Pixels as in the head frame's cameras: pixel i spans i to i + 1.
    """

    row_px: float
    column_px: float
    spread_px: float
    row_sigma_px: float
    column_sigma_px: float
    spread_sigma_px: float

    def convert_to_animeface(self) -> "AlignmentTargets":
        """Return the targets for landmarks by animeface, which places and spreads them a little differently."""
        ours, theirs = GENERATED_TARGETS, ANIMEFACE_TARGETS
        return replace(
            self,
            row_px=self.row_px + theirs.row_px - ours.row_px,
            column_px=self.column_px + theirs.column_px - ours.column_px,
            spread_px=self.spread_px * theirs.spread_px / ours.spread_px,
        )

    def jitter(self, key: str) -> "AlignmentTargets":
        """Return targets whose row is moved by the published normal random number of an item's key."""
        normals = np.random.RandomState(zlib.adler32(key.encode())).normal(size=3)
        return replace(self, row_px=self.row_px + self.row_sigma_px * float(normals[0]))


PUBLISHED_TARGETS = AlignmentTargets(
    294.9637145996094 + 0.5, 255.85690307617188 + 0.5, 13.355611801147461, 8.072593688964844, 1.8547, 2.5295
)
"""Targets of the paper's VRoid renders, which count from the centre of the first pixel."""
GENERATED_TARGETS = AlignmentTargets(259.42, 256.11, 16.97, 9.66, 0.24, 2.36)
"""Targets of 120 renders of generated characters by the default detector (true landmarks: 259.82, 256.04, 16.90)."""
ANIMEFACE_TARGETS = AlignmentTargets(257.63, 256.22, 15.60, 9.74, 1.48, 1.79)
"""Targets of the same renders, by animeface."""
FrameName = Literal["generated", "published"]
FRAMES: dict[FrameName, AlignmentTargets] = {"generated": GENERATED_TARGETS, "published": PUBLISHED_TARGETS}
"""The face frames that have a name."""


def measure_landmarks(landmarks_px: Float[np.ndarray, "28 2"]) -> tuple[Float[np.ndarray, "2"], float]:
    """Return the mean of landmarks and the standard deviation of their distances to it."""
    centre = landmarks_px.mean(axis=0)
    return centre, float(np.linalg.norm(landmarks_px - centre, axis=1).std())


def measure_targets(landmarks_px: Sequence[Float[np.ndarray, "28 2"]]) -> AlignmentTargets:
    """Return alignment targets from landmarks in canonical pixels."""
    values = np.array([(*c, s) for c, s in map(measure_landmarks, landmarks_px)])
    (column, row, spread), (column_s, row_s, spread_s) = values.mean(axis=0).tolist(), values.std(axis=0).tolist()
    return AlignmentTargets(row, column, spread, row_s, column_s, spread_s)


def align_to_canonical(landmarks_px: Float[np.ndarray, "28 2"], targets: AlignmentTargets) -> Float[np.ndarray, "2 3"]:
    """Return the similarity from column and row of a picture to those of the canonical portrait.

    Raises ValueError if all landmarks have the same distance to their mean.
    """
    centre, spread = measure_landmarks(landmarks_px)
    if not spread > 1e-6:
        raise ValueError("expected landmarks at different distances from their mean")
    scale = targets.spread_px / spread
    move = np.array([targets.column_px, targets.row_px]) - scale * centre
    return np.array([[scale, 0.0, move[0]], [0.0, scale, move[1]]])


def map_between_frames(first: AlignmentTargets, second: AlignmentTargets) -> Float[np.ndarray, "2 3"]:
    """Return the similarity that moves a face from where one frame has it to where a second one does."""
    scale = second.spread_px / first.spread_px
    column, row = second.column_px - scale * first.column_px, second.row_px - scale * first.row_px
    return np.array([[scale, 0.0, column], [0.0, scale, row]])


def fit_whole_picture(height: int, width: int) -> Float[np.ndarray, "2 3"]:
    """Return the map that fits the whole picture into the canonical frame, centred."""
    scale = IMAGE_SIZE / max(height, width)
    return np.array([[scale, 0, (IMAGE_SIZE - scale * width) / 2], [0, scale, (IMAGE_SIZE - scale * height) / 2]])


def fit_square(left_px: float, top_px: float, side_px: float) -> Float[np.ndarray, "2 3"]:
    """Return the map that makes a square of the picture the canonical frame.

    Raises ValueError if its side is not positive.
    """
    if not side_px > 0:
        raise ValueError(f"expected a square with a positive side, found {side_px:g}")
    scale = IMAGE_SIZE / side_px
    return np.array([[scale, 0, -scale * left_px], [0, scale, -scale * top_px]])


def transform_points(points_px: Float[np.ndarray, "N 2"], affine: Float[np.ndarray, "2 3"]) -> Float[np.ndarray, "N 2"]:
    """Apply an affine map to columns and rows."""
    return points_px @ affine[:, :2].T + affine[:, 2]


def convert_to_row_column(affine: Float[np.ndarray, "2 3"]) -> Float[np.ndarray, "3 3"]:
    """Return the map as `pair.json` and the authors' files have it: of (row, column, 1), from pixels' centres."""
    matrix = np.eye(3)
    matrix[:2, :2] = affine[::-1, 1::-1]
    matrix[:2, 2] = affine[::-1, 2] + matrix[:2, :2] @ [0.5, 0.5] - 0.5
    return matrix
