"""Where a portrait shows hair and where skin, told apart by their colours."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy.ndimage import binary_dilation, binary_erosion, median_filter
from skimage.color import rgb2lab

from panic3d.cameras.axes import BOX_SIDE_M, IMAGE_SIZE, MASK_ALPHA
from panic3d.cameras.compositing import premultiply
from panic3d.cameras.resampling import average_blocks
from panic3d.models.character.fitting.evidence import OUTLINE_SIZE
from panic3d.models.character.fitting.objective import SKIN, group_parts
from panic3d.models.character.fitting.palette import find_main_colours
from panic3d.models.method import Portrait
from panic3d.shards.schema import PARTS

HAIR = PARTS["hair"]
LEAST_DIFFERENCE = 0.12
"""Hair and skin whose colours differ by less, in CIELAB divided by 100, cannot be told apart."""
LEAST_PIXELS = 60
SHADES, LEAST_SHARE = 4, 0.05
"""Colours of one part, and the share of its pixels that one must have to count."""
CLEAR_SHARE = 0.4
"""A pixel is clearly hair where its distance to the hair's colour is less than this share of both distances."""
FEATURES = (slice(11, 17), slice(17, 23), slice(24, 28))
"""The landmarks of the eyes and of the mouth, whose colours are neither hair's nor skin's."""
FEATURE_MARGIN_M = 0.012
NEIGHBOURHOOD = 5


@dataclass(frozen=True)
class PaintedRegions:
    """Pixels of the front view at `OUTLINE_SIZE`, of which the portrait shows hair or skin; others are neither."""

    hair: Bool[np.ndarray, "256 256"]
    skin: Bool[np.ndarray, "256 256"]
    rather_hair: Bool[np.ndarray, "256 256"]
    """Nearer to the colour of the hair; also where it is not clear."""


def find_painted_regions(portrait: Portrait, part: UInt8[np.ndarray, "256 256"]) -> PaintedRegions | None:
    """Tell hair and skin apart; `part` is the front view of a character that lies roughly on the portrait.

    Returns None where the character has no hair or no skin there, or where both have one colour.
    """
    picture = average_blocks(premultiply(portrait.line_free), IMAGE_SIZE // OUTLINE_SIZE)
    mask = picture[..., 3] >= MASK_ALPHA
    lab = rgb2lab((picture[..., :3] / np.maximum(picture[..., 3:], 1e-3)).clip(0, 1)) / 100
    grouped = group_parts(part)
    inner = {value: binary_erosion(grouped == value) & mask for value in (HAIR, SKIN)}
    if min(int(where.sum()) for where in inner.values()) < LEAST_PIXELS:
        return None
    hair, skin = (np.median(lab[inner[value]], axis=0) for value in (HAIR, SKIN))
    if np.linalg.norm(hair - skin) < LEAST_DIFFERENCE:
        return None
    to_hair = _measure_distance(lab, _find_shades(lab[inner[HAIR]], hair, skin))
    to_skin = _measure_distance(lab, _find_shades(lab[inner[SKIN]], skin, hair))
    share = median_filter(to_hair / np.maximum(to_hair + to_skin, 1e-6), NEIGHBOURHOOD)
    told = mask & ~_cover_features(portrait.landmarks_px)
    return PaintedRegions(told & (share < CLEAR_SHARE), told & (share > 1 - CLEAR_SHARE), told & (share < 0.5))


def _find_shades(
    lab: Float[np.ndarray, "N 3"], own: Float[np.ndarray, "3"], other: Float[np.ndarray, "3"]
) -> Float[np.ndarray, "K 3"]:
    """Return the colours of light and shade, without those that are nearer to the other part's colour."""
    shades = find_main_colours(lab, SHADES, LEAST_SHARE * len(lab))
    nearer = np.linalg.norm(shades - own, axis=1) < np.linalg.norm(shades - other, axis=1)
    return np.concatenate([own[None], shades[nearer]])


def _measure_distance(lab: Float[np.ndarray, "S S 3"], colours: Float[np.ndarray, "K 3"]) -> Float[np.ndarray, "S S"]:
    found: Float[np.ndarray, "S S"] = np.min([np.linalg.norm(lab - colour, axis=2) for colour in colours], axis=0)
    return found


def _cover_features(landmarks_px: Float[np.ndarray, "28 2"] | None) -> Bool[np.ndarray, "256 256"]:
    """Return the pixels in and near the eyes and the mouth; none without a face."""
    drawn = np.zeros((OUTLINE_SIZE, OUTLINE_SIZE), np.uint8)
    if landmarks_px is None:
        return drawn > 0
    for feature in FEATURES:
        points = np.round(landmarks_px[feature] * (OUTLINE_SIZE / IMAGE_SIZE)).astype(np.int32)
        cv2.fillConvexPoly(drawn, cv2.convexHull(points), 1)
    margin = round(FEATURE_MARGIN_M / BOX_SIDE_M * OUTLINE_SIZE)
    found: Bool[np.ndarray, "256 256"] = binary_dilation(drawn > 0, iterations=margin)
    return found
