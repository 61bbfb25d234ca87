"""What is put on a face by hand: a nose, blush, the strength of lashes, brows and mouth."""

import cv2
import numpy as np
from jaxtyping import Float

from panic3d.datagen.illustrate.fields import Fields
from panic3d.datagen.illustrate.light import Light
from panic3d.datagen.illustrate.noise import blur, blur_within, single
from panic3d.datagen.illustrate.strokes import Stroke, resampled, tapered
from panic3d.datagen.interpolation import smoothstep


def features(fields: Fields) -> Float[np.ndarray, "S S"]:
    """How much a pixel of face or eyes is drawing (lashes, brows, mouth, iris rim) and not skin: 0 to 1."""
    face = fields.of("face", "eye")
    luma = fields.rgb @ single([0.299, 0.587, 0.114])
    around = cv2.dilate(
        luma * face, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(6 * fields.unit) + 1,) * 2)
    )
    around = blur_within(around, face, 4 * fields.unit)
    return smoothstep(0.28, 0.62, (around - luma) / np.maximum(around, 0.2)) * face


def skin(fields: Fields) -> Float[np.ndarray, "S S"]:
    """How much a pixel of the face, or of a part that nobody named, has the colour of skin: 0 to 1."""
    face, unnamed = fields.of("face") > 0, fields.of("other") > 0
    if face.any():
        distance = np.linalg.norm(fields.rgb - np.median(fields.rgb[face], axis=0), axis=-1)
        return (1 - smoothstep(0.22, 0.4, distance)) * (face | unnamed)
    red, green, blue = np.moveaxis(fields.rgb, -1, 0)
    warm = smoothstep(0.02, 0.08, red - green) * smoothstep(-0.02, 0.05, green - blue) * smoothstep(0.4, 0.6, red)
    return warm * unnamed


def nose(fields: Fields, light: Light, width_px: float) -> list[Stroke]:
    """A short stroke on the shadow side of the nose."""
    if fields.nose is None:
        return []
    side = -float(np.sign(light.direction[0])) * fields.unit
    tip = np.array(fields.nose)
    points = resampled(
        tip
        + np.array([[0.4 * side, -3.0 * fields.unit], [1.6 * side, 0.4 * fields.unit], [0.2 * side, 1.2 * fields.unit]])
    )
    return [Stroke(points, width_px * fields.unit * tapered(len(points), 0.5), "nose")]


def blush(fields: Fields) -> Float[np.ndarray, "S S"]:
    """Soft ovals under both eyes, on skin alone."""
    sheet = np.zeros_like(fields.alpha)
    for column, row, width in fields.eyes:
        centre = (round(column), round(row + 0.62 * width))
        cv2.ellipse(sheet, centre, (round(0.42 * width), round(0.2 * width)), 0, 0, 360, 1.0, -1)
    spread = 0.09 * (fields.eyes[0][2] if fields.eyes else 1)
    return blur(sheet, max(spread, 1.0)) * fields.of("face") * (1 - features(fields))


def blush_hatching(fields: Fields, rng: np.random.Generator, width_px: float) -> list[Stroke]:
    """Three or four slanted strokes on each cheek."""
    strokes = []
    for column, row, width in fields.eyes:
        count = int(rng.integers(3, 5))
        for place in np.linspace(-0.22, 0.22, count):
            foot = np.array([column + place * width, row + (0.66 + rng.uniform(-0.03, 0.03)) * width])
            points = resampled(np.array([foot, foot + np.array([0.1, -0.15]) * width]))
            inside = fields.part[np.clip(points[:, 1].astype(int), 0, fields.size - 1), points[:, 0].astype(int)] == 1
            if inside.all():
                strokes.append(Stroke(points, width_px * fields.unit * tapered(len(points), 0.4), "blush"))
    return strokes
