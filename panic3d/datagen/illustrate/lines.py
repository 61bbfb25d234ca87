"""All ink lines of a drawing: contours, folds, single hairs, the nose."""

import cv2
import numpy as np
from jaxtyping import Float

from panic3d.datagen.illustrate import face_strokes, hair_strokes
from panic3d.datagen.illustrate.contours import trace_contours
from panic3d.datagen.illustrate.light import Light, compute_lambert
from panic3d.datagen.illustrate.noise import blur, make_smooth_noise
from panic3d.datagen.illustrate.passes import PortraitPasses
from panic3d.datagen.illustrate.strokes import Stroke, displace_points, make_taper, rasterize_strokes
from panic3d.datagen.illustrate.styles import LineStyle
from panic3d.datagen.interpolation import smoothstep

SMOOTHING_PX, APART_PX, NOSE_PX = 2.2, 3.0, 1.3
SWELL_WAVE_PX, WOBBLE_WAVE_PX = 26, 45
OUTLINE_INSET = 0.42
"""The share of its width by which the outline is moved inwards, so that it does not widen the silhouette."""


def draw_lines(
    passes: PortraitPasses, lines: LineStyle, light: Light, grain: Float[np.ndarray, "S S"], rng: np.random.Generator
) -> Float[np.ndarray, "S S"]:
    """Draw all ink lines and return their coverage, 0 to 1."""
    strokes: list[Stroke] = []
    swell = make_smooth_noise(rng, passes.size, SWELL_WAVE_PX * passes.unit)
    away = -compute_lambert(passes, light)
    widths = {"outline": lines.outline, "part": lines.part, "fold": lines.fold, "detail": lines.detail}
    chains = [chain for chain in trace_contours(passes, lines.min_length_px, SMOOTHING_PX) if widths[chain.kind]]
    inwards = compute_inward_direction(passes)
    for _ in range(lines.repetitions):
        shift = np.stack([make_smooth_noise(rng, passes.size, WOBBLE_WAVE_PX * passes.unit) for _ in "xy"], axis=-1)
        shift *= lines.wobble_px * passes.unit
        for chain in chains:
            points = chain.points
            column, row = np.clip(points.astype(int), 0, passes.size - 1).T
            swelling = 1 + lines.width_variation * (0.45 * swell[row, column] + 0.5 * away[row, column])
            profile = np.ones(len(points)) if chain.closed else make_taper(len(points), lines.taper)
            width = widths[chain.kind] * passes.unit * np.clip(swelling, 0.3, 2) * profile
            if chain.kind == "outline":
                points = points + inwards[row, column] * (OUTLINE_INSET * width)[:, None]
            elif chain.weight is not None:
                width = width * (0.35 + 0.65 * chain.weight)
            strokes.append(Stroke(displace_points(points, shift), width, chain.kind))
        if lines.strand:
            strokes += hair_strokes.draw_strands(
                passes,
                rng,
                lines.strands_per_1000_px / lines.repetitions,
                lines.strand_length_px,
                lines.strand,
                APART_PX,
            )
        strokes += face_strokes.draw_nose(passes, light, NOSE_PX)
    ink = rasterize_strokes(strokes, passes.size)
    if lines.roughness:
        ink = ink * (1 - lines.roughness * smoothstep(-0.2, 1.2, grain))
    return np.clip(ink, 0, 1)


def compute_inward_direction(passes: PortraitPasses) -> Float[np.ndarray, "S S 2"]:
    """Return unit vectors (x, y downwards) from the border of the silhouette to its inside."""
    solid = blur(passes.covered.astype(np.float32), 2 * passes.unit)
    slope = np.stack([cv2.Sobel(solid, cv2.CV_32F, 1, 0), cv2.Sobel(solid, cv2.CV_32F, 0, 1)], axis=-1)
    return slope / np.maximum(np.linalg.norm(slope, axis=-1, keepdims=True), 1e-6)
