"""What speaks against a detected face: a picture of noise, uncertain landmarks, other faces beside it."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8

from panic3d.models.portrait.faces.face import Face

NOISE_BLOCK_PX, MAX_NOISE_VARIANCE_RATIO = 4, 0.15
"""Side of the blocks that are averaged, and the variance of their means over that of the pixels at and below which a
region is noise. White noise has 1/16, drawings have 0.7 and more."""
CERTAIN_SCORE = 0.5
"""Score of a face from which its landmarks are usually right."""


def is_noise(rgb: UInt8[np.ndarray, "H W 3"], face: Face) -> bool:
    """Return whether the square about a face shows noise: neighbouring pixels that have nothing in common."""
    corner = np.array([face.box.column_px, face.box.row_px]) - face.box.side_px / 2
    left, top = np.maximum(0, corner).astype(int)
    right, bottom = np.maximum(0, corner + face.box.side_px).astype(int)
    height, width = (size // NOISE_BLOCK_PX for size in rgb[top:bottom, left:right].shape[:2])
    if height < 2 or width < 2:
        return False
    grey = rgb[top : top + height * NOISE_BLOCK_PX, left : left + width * NOISE_BLOCK_PX].mean(axis=2)
    blocks = grey.reshape(height, NOISE_BLOCK_PX, width, NOISE_BLOCK_PX).mean(axis=(1, 3))
    return bool(grey.var() > 0 and blocks.var() <= MAX_NOISE_VARIANCE_RATIO * grey.var())


def describe_doubts(faces: Sequence[Face], chosen: Face, is_chosen_by_number: bool) -> list[str]:
    """Return a sentence for each reason why the chosen face may not be the one that is wanted, or not be found well."""
    doubts = []
    if len(faces) > 1 and not is_chosen_by_number:
        number = 1 + sum(face.box.column_px < chosen.box.column_px for face in faces)
        doubts.append(
            f"{len(faces)} faces were found: the largest, number {number} from the left, was taken; --face N takes "
            "another"
        )
    if chosen.score < CERTAIN_SCORE:
        doubts.append(
            f"the landmarks of the face are uncertain (score {chosen.score:.2f}, good ones have {CERTAIN_SCORE} to 1): "
            "look at its stages, and give better points with --landmarks"
        )
    return doubts
