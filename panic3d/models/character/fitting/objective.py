"""How well a character's front view explains a portrait: outline, colours by part, landmarks."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.models.character.fitting.evidence import PortraitEvidence
from panic3d.shards.schema import PARTS

SKIN = PARTS["face"]
SKIN_PARTS = (SKIN, PARTS["other"])
"""Bare skin of the body is one part with the face."""
COLOURED_PARTS = (SKIN, PARTS["hair"], PARTS["cloth"], PARTS["accessory"])
MAX_COLOUR_ERROR = 0.3
"""In CIELAB divided by 100: what a pixel counts that the character does not cover, or whose colour fits no part."""
MAX_OUTLINE_ERROR_PX = 12.0
MAX_LANDMARK_ERROR_M = 0.03


@dataclass(frozen=True)
class MatchWeights:
    """Weights of the terms of the cost."""

    outline: float = 1.0
    distance: float = 1.0
    colour: float = 2.0
    landmarks: float = 1.0


@dataclass(frozen=True)
class Match:
    """Terms of the cost of a character, each from 0, which is perfect, to about 1."""

    iou: float
    """Intersection over union of the masks."""
    distance: float
    """Mean distance of mismatched pixels to the portrait's outline, in `MAX_OUTLINE_ERROR_PX`."""
    colour: float
    """Mean difference of the portrait's pixels to the median of their part, in `MAX_COLOUR_ERROR`."""
    landmarks: float
    """Mean distance of the landmarks, in `MAX_LANDMARK_ERROR_M`; 0 without a face."""

    def cost(self, weights: MatchWeights = MatchWeights()) -> float:
        """Return the weighted sum of the terms."""
        return (
            weights.outline * (1 - self.iou)
            + weights.distance * self.distance
            + weights.colour * self.colour
            + weights.landmarks * self.landmarks
        )


def compare_front(
    evidence: PortraitEvidence, part: UInt8[np.ndarray, "128 128"], landmarks_head_m: Float[np.ndarray, "28 3"]
) -> Match:
    """Compare a character's front view, as part ids, and its landmarks with a portrait."""
    covered = part > 0
    wrong = covered != evidence.mask
    union = float((covered | evidence.mask).sum())
    iou = float((covered & evidence.mask).sum()) / max(union, 1)
    away = np.minimum(evidence.outline_distance_px[wrong], MAX_OUTLINE_ERROR_PX).sum() / MAX_OUTLINE_ERROR_PX
    landmarks = 0.0
    if evidence.landmarks_head_m is not None:
        errors = np.linalg.norm(landmarks_head_m[:, :2] - evidence.landmarks_head_m, axis=1)
        landmarks = float(np.minimum(errors / MAX_LANDMARK_ERROR_M, 1).mean())
    return Match(iou, float(away) / max(union, 1), _compare_colours(evidence, part), landmarks)


def group_parts(part: UInt8[np.ndarray, "S S"]) -> UInt8[np.ndarray, "S S"]:
    """Return part ids in which all skin has the id of the face."""
    return np.where(np.isin(part, SKIN_PARTS), SKIN, part).astype(np.uint8)


def _compare_colours(evidence: PortraitEvidence, part: UInt8[np.ndarray, "128 128"]) -> float:
    error = np.where(evidence.mask, MAX_COLOUR_ERROR, 0.0)
    grouped = group_parts(part)
    for value in COLOURED_PARTS:
        here = (grouped == value) & evidence.mask
        if here.any():
            colours = evidence.lab[here]
            error[here] = np.linalg.norm(colours - np.median(colours, axis=0), axis=1)
    error[(grouped == PARTS["eye"]) & evidence.mask] = 0
    return float(np.minimum(error, MAX_COLOUR_ERROR).sum() / max(evidence.mask.sum(), 1) / MAX_COLOUR_ERROR)
