"""All ink lines of a drawing: contours, folds, single hairs, the nose."""

import cv2
import numpy as np
from jaxtyping import Float

from panic3d.datagen.illustrate import face, hair
from panic3d.datagen.illustrate.contours import contours
from panic3d.datagen.illustrate.fields import Fields
from panic3d.datagen.illustrate.light import Light, lambert
from panic3d.datagen.illustrate.noise import blur, smooth_noise
from panic3d.datagen.illustrate.strokes import Stroke, drawn, tapered, wobbled
from panic3d.datagen.illustrate.styles import Lines
from panic3d.datagen.interpolation import smoothstep

SMOOTHING_PX, APART_PX, NOSE_PX = 2.2, 3.0, 1.3
SWELL_WAVE_PX, WOBBLE_WAVE_PX = 26, 45
INSET = 0.42
"""The share of the outline's width by which it is moved inside, so that it does not widen the silhouette."""


def lined(
    fields: Fields, lines: Lines, light: Light, tooth: Float[np.ndarray, "S S"], rng: np.random.Generator
) -> Float[np.ndarray, "S S"]:
    """All ink lines: coverage."""
    strokes: list[Stroke] = []
    swell = smooth_noise(rng, fields.size, SWELL_WAVE_PX * fields.unit)
    away = -lambert(fields, light)
    widths = {"outline": lines.outline, "part": lines.part, "fold": lines.fold, "detail": lines.detail}
    chains = [chain for chain in contours(fields, lines.least_px, SMOOTHING_PX) if widths[chain.kind]]
    inwards = inside_direction(fields)
    for _ in range(lines.passes):
        shift = np.stack([smooth_noise(rng, fields.size, WOBBLE_WAVE_PX * fields.unit) for _ in "xy"], axis=-1)
        shift *= lines.wobble_px * fields.unit
        for chain in chains:
            points = chain.points
            column, row = np.clip(points.astype(int), 0, fields.size - 1).T
            swelling = 1 + lines.swell * (0.45 * swell[row, column] + 0.5 * away[row, column])
            profile = np.ones(len(points)) if chain.closed else tapered(len(points), lines.taper)
            width = widths[chain.kind] * fields.unit * np.clip(swelling, 0.3, 2) * profile
            if chain.kind == "outline":
                points = points + inwards[row, column] * (INSET * width)[:, None]
            elif chain.weight is not None:
                width = width * (0.35 + 0.65 * chain.weight)
            strokes.append(Stroke(wobbled(points, shift), width, chain.kind))
        if lines.strand:
            strokes += hair.strands(
                fields, rng, lines.strands_per_1000_px / lines.passes, lines.strand_length_px, lines.strand, APART_PX
            )
        strokes += face.nose(fields, light, NOSE_PX)
    ink = drawn(strokes, fields.size)
    if lines.rough:
        ink = ink * (1 - lines.rough * smoothstep(-0.2, 1.2, tooth))
    return np.clip(ink, 0, 1)


def inside_direction(fields: Fields) -> Float[np.ndarray, "S S 2"]:
    """Unit vectors (x, y down) from the silhouette's border into it."""
    solid = blur(fields.there.astype(np.float32), 2 * fields.unit)
    slope = np.stack([cv2.Sobel(solid, cv2.CV_32F, 1, 0), cv2.Sobel(solid, cv2.CV_32F, 0, 1)], axis=-1)
    return slope / np.maximum(np.linalg.norm(slope, axis=-1, keepdims=True), 1e-6)
