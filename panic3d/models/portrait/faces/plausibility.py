"""What speaks against a detected face: a picture of noise, uncertain landmarks, other faces beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, UInt8

from panic3d.models.portrait.faces.box import FaceBox
from panic3d.models.portrait.faces.face import Face

NOISE_BLOCK, MAX_NOISE_SHARE = 4, 0.15
"""Side of the blocks that are averaged, and the share of the variance that their means keep at and below which a region
is noise. White noise keeps 1/16, drawings 0.4 and more."""
SURROUNDINGS, MIN_SURROUNDINGS, GRID = (4.0, 6.0), 3.5, 16
"""Enlarged noise shows in squares of so many sides of the face's box, of which at least so many are in the picture,
shrunk to so many cells: a detector sees a face in some five cells of noise."""
MAX_ENLARGED_NOISE_SHARE, MIN_NOISE_EVENNESS, QUIET_PERCENTILE = 0.25, 0.27, 10.0
"""Its means keep up to 0.24 of the variance, and the variance of its quiet blocks is 0.3 of the mean one and more.
Pictures have flat blocks: about 0."""
MAX_BOX_SHARE = 0.13
"""Of a box in fine noise, shrunk likewise, where the picture has too little around it. Faces keep 0.15 and more."""
CERTAIN_SCORE = 0.5
"""Score of a face from which its landmarks are usually right."""


def is_noise(rgb: UInt8[np.ndarray, "H W 3"], face: Face) -> bool:
    """Return whether a face was seen in noise, as it is or enlarged: neighbours that have nothing in common."""
    box = _cut_square(rgb, face.box, 1.0)
    if _measure_blocks(box)[0] <= MAX_NOISE_SHARE:
        return True
    squares = [_cut_square(rgb, face.box, sides) for sides in SURROUNDINGS]
    squares = [square for square in squares if min(square.shape) >= max(MIN_SURROUNDINGS * face.box.side_px, GRID)]
    if not squares and min(box.shape) >= GRID:
        share, evenness = _measure_blocks(_shrink(box))
        return share <= MAX_BOX_SHARE and evenness >= MIN_NOISE_EVENNESS
    measured = [_measure_blocks(_shrink(square)) for square in squares]
    return len(measured) > 0 and all(
        share <= MAX_ENLARGED_NOISE_SHARE and evenness >= MIN_NOISE_EVENNESS for share, evenness in measured
    )


def _cut_square(rgb: UInt8[np.ndarray, "H W 3"], box: FaceBox, sides: float) -> Float32[np.ndarray, "h w"]:
    """Cut out the square about a box, of so many of its sides, as far as it lies in the picture; in grey."""
    centre, half = np.array([box.column_px, box.row_px]), box.side_px * sides / 2
    left, top = np.maximum(0, centre - half).astype(int)
    right, bottom = np.maximum(0, centre + half).astype(int)
    return rgb[top:bottom, left:right].mean(axis=2).astype(np.float32)


def _shrink(grey: Float32[np.ndarray, "h w"]) -> Float32[np.ndarray, "m n"]:
    """Shrink a picture so that its shorter side has GRID cells; one that is smaller stays."""
    import cv2

    height, width = grey.shape
    scale = min(1.0, GRID / min(height, width))
    size = (round(width * scale), round(height * scale))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.float32)


def _measure_blocks(grey: Float32[np.ndarray, "h w"]) -> tuple[float, float]:
    """Return the share of the variance that the means of blocks have, and the variance of quiet blocks over the mean.

    They are 1 and 0 where the picture is flat or tiny.
    """
    height, width = (size // NOISE_BLOCK for size in grey.shape)
    whole = grey[: height * NOISE_BLOCK, : width * NOISE_BLOCK]
    if height < 2 or width < 2 or not whole.var() > 0:
        return 1.0, 0.0
    blocks = whole.reshape(height, NOISE_BLOCK, width, NOISE_BLOCK).swapaxes(1, 2).reshape(-1, NOISE_BLOCK**2)
    inside = blocks.var(axis=1)
    quiet = np.percentile(inside, QUIET_PERCENTILE)
    return float(blocks.mean(axis=1).var() / whole.var()), float(quiet / inside.mean()) if inside.mean() > 0 else 0.0


@dataclass(frozen=True)
class Advice:
    """What to do about a doubt, in the words of a command."""

    several_faces: str
    uncertain_landmarks: str


RECONSTRUCT_ADVICE = Advice("--face N takes another", "look at its stages, and give better points with --landmarks")
DATASET_ADVICE = Advice(
    "cut another one out of the picture", "look at the sample, and leave out the picture if it is wrong"
)


def describe_doubts(
    faces: Sequence[Face], chosen: Face, is_chosen_by_number: bool, advice: Advice = RECONSTRUCT_ADVICE
) -> list[str]:
    """Return a sentence for each reason why the chosen face may not be the one that is wanted, or not be found well."""
    doubts = []
    if len(faces) > 1 and not is_chosen_by_number:
        number = 1 + sum(face.box.column_px < chosen.box.column_px for face in faces)
        doubts.append(
            f"{len(faces)} faces were found: the largest, number {number} from the left, was taken; "
            f"{advice.several_faces}"
        )
    if chosen.score < CERTAIN_SCORE:
        doubts.append(
            f"the landmarks of the face are uncertain (score {chosen.score:.2f}, good ones have {CERTAIN_SCORE} to 1): "
            f"{advice.uncertain_landmarks}"
        )
    return doubts
