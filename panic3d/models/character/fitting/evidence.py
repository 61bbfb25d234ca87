"""What a portrait shows of a character, at the size at which characters are compared with it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import distance_transform_edt
from skimage.color import rgb2lab

from panic3d.cameras.axes import BOX_SIDE_M, IMAGE_SIZE, MASK_ALPHA
from panic3d.cameras.compositing import premultiply
from panic3d.cameras.resampling import average_blocks
from panic3d.datagen.synth.head_pose import FRONTAL, HeadPose
from panic3d.models.character.fitting.outlines import Outline, trace_outline
from panic3d.models.method import Portrait

COMPARED_SIZE = 128
OUTLINE_SIZE = 256


@dataclass(frozen=True)
class PortraitEvidence:
    """A portrait's outline, colours and landmarks."""

    mask: Bool[np.ndarray, "128 128"]
    lab: Float[np.ndarray, "128 128 3"]
    """CIELAB of the straight colours, divided by 100; zero outside the mask."""
    outline_mask: Bool[np.ndarray, "256 256"]
    """The mask at twice the size."""
    outline: Outline
    outline_distance_px: Float[np.ndarray, "128 128"]
    """Distance to the outline, in pixels of 5.5 mm."""
    landmarks_head_m: Float[np.ndarray, "28 2"] | None
    """x and y of the landmarks of the face; None if there is no face."""
    pose: HeadPose | None = None
    """How the head is turned; None as long as it is not known."""


def collect_evidence(portrait: Portrait) -> PortraitEvidence:
    """Return what a portrait shows; its line-free picture is used."""
    premultiplied = premultiply(portrait.line_free)
    small = average_blocks(premultiplied, IMAGE_SIZE // COMPARED_SIZE)
    mask = small[..., 3] >= MASK_ALPHA
    rgb = small[..., :3] / np.maximum(small[..., 3:], 1e-3)
    lab = np.where(mask[..., None], rgb2lab(rgb.clip(0, 1)) / 100, 0).astype(np.float32)
    large = average_blocks(premultiplied[..., 3], IMAGE_SIZE // OUTLINE_SIZE) >= MASK_ALPHA
    landmarks = None
    if portrait.landmarks_px is not None:
        landmarks = (portrait.landmarks_px - IMAGE_SIZE / 2) * [1, -1] * (BOX_SIDE_M / IMAGE_SIZE)
    pose = FRONTAL if landmarks is None or portrait.head_pose == "front" else None
    return PortraitEvidence(mask, lab, large, trace_outline(large), _measure_distance(mask), landmarks, pose)


def _measure_distance(mask: Bool[np.ndarray, "S S"]) -> Float[np.ndarray, "S S"]:
    """Return each pixel's distance to the outline, inside and outside; a great one if there is no outline."""
    if mask.all() or not mask.any():
        return np.full(mask.shape, float(len(mask)))
    found: Float[np.ndarray, "S S"] = distance_transform_edt(mask) + distance_transform_edt(~mask)
    return found
