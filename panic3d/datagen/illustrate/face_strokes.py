"""Additions to the face: nose, blush, and the strength of lashes, brows and mouth."""

import cv2
import numpy as np
from jaxtyping import Float

from panic3d.datagen.illustrate.light import Light
from panic3d.datagen.illustrate.noise import blur, blur_within, to_float32
from panic3d.datagen.illustrate.passes import PortraitPasses
from panic3d.datagen.illustrate.strokes import Stroke, make_taper, resample_curve
from panic3d.datagen.interpolation import smoothstep


def compute_feature_mask(passes: PortraitPasses) -> Float[np.ndarray, "S S"]:
    """Return how much a pixel of face or eyes shows a feature and not skin: 0 to 1.

    Features are lashes, brows, mouth and the border of the iris.
    """
    face = passes.mask_parts("face", "eye")
    luma = passes.rgb @ to_float32([0.299, 0.587, 0.114])
    around = cv2.dilate(
        luma * face, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(6 * passes.unit) + 1,) * 2)
    )
    around = blur_within(around, face, 4 * passes.unit)
    return smoothstep(0.28, 0.62, (around - luma) / np.maximum(around, 0.2)) * face


def compute_skin_mask(passes: PortraitPasses) -> Float[np.ndarray, "S S"]:
    """Return how much a pixel of the face, or of the part `other`, has the colour of skin: 0 to 1."""
    face, unnamed = passes.mask_parts("face") > 0, passes.mask_parts("other") > 0
    if face.any():
        distance = np.linalg.norm(passes.rgb - np.median(passes.rgb[face], axis=0), axis=-1)
        return (1 - smoothstep(0.22, 0.4, distance)) * (face | unnamed)
    red, green, blue = np.moveaxis(passes.rgb, -1, 0)
    warm = smoothstep(0.02, 0.08, red - green) * smoothstep(-0.02, 0.05, green - blue) * smoothstep(0.4, 0.6, red)
    return warm * unnamed


def draw_nose(passes: PortraitPasses, light: Light, width_px: float) -> list[Stroke]:
    """Draw a short stroke on the shadow side of the nose."""
    if passes.nose is None:
        return []
    side = -float(np.sign(light.direction[0])) * passes.unit
    tip = np.array(passes.nose)
    points = resample_curve(
        tip
        + np.array([[0.4 * side, -3.0 * passes.unit], [1.6 * side, 0.4 * passes.unit], [0.2 * side, 1.2 * passes.unit]])
    )
    return [Stroke(points, width_px * passes.unit * make_taper(len(points), 0.5), "nose")]


def compute_blush(passes: PortraitPasses) -> Float[np.ndarray, "S S"]:
    """Return soft ovals under both eyes, on skin only."""
    sheet = np.zeros_like(passes.alpha)
    for column, row, width in passes.eyes:
        centre = (round(column), round(row + 0.62 * width))
        cv2.ellipse(sheet, centre, (round(0.42 * width), round(0.2 * width)), 0, 0, 360, 1.0, -1)
    spread = 0.09 * (passes.eyes[0][2] if passes.eyes else 1)
    return blur(sheet, max(spread, 1.0)) * passes.mask_parts("face") * (1 - compute_feature_mask(passes))


def draw_blush_strokes(passes: PortraitPasses, rng: np.random.Generator, width_px: float) -> list[Stroke]:
    """Draw three or four slanted strokes on each cheek."""
    strokes = []
    for column, row, width in passes.eyes:
        count = int(rng.integers(3, 5))
        for place in np.linspace(-0.22, 0.22, count):
            foot = np.array([column + place * width, row + (0.66 + rng.uniform(-0.03, 0.03)) * width])
            points = resample_curve(np.array([foot, foot + np.array([0.1, -0.15]) * width]))
            inside = passes.part[np.clip(points[:, 1].astype(int), 0, passes.size - 1), points[:, 0].astype(int)] == 1
            if inside.all():
                strokes.append(Stroke(points, width_px * passes.unit * make_taper(len(points), 0.4), "blush"))
    return strokes
