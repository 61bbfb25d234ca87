"""Strokes: paths of varying width, and their rasterisation."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float, UInt8
from scipy.ndimage import gaussian_filter1d

SUPERSAMPLING = 3
FRACTION_BITS = 4
SPACING_PX = 0.5


@dataclass(frozen=True)
class Stroke:
    """Points in pixels (column, row; pixel i spans i to i + 1) and the line's full width at each."""

    points: Float[np.ndarray, "N 2"]
    width_px: Float[np.ndarray, "N"]
    kind: str


def make_taper(count: int, share: float, blunt: float = 0.0) -> Float[np.ndarray, "count"]:
    """Return a profile that rises from `blunt` to 1 over the given share of the length at both ends."""
    along = np.linspace(0, 1, count)
    ends = np.minimum(along, 1 - along) / max(share, 1e-6)
    return blunt + (1 - blunt) * np.sqrt(np.clip(ends, 0, 1))


def smooth_curve(points: Float[np.ndarray, "N 2"], sigma: float) -> Float[np.ndarray, "M 2"]:
    """Smooth a traced chain of pixels and resample it evenly; a closed chain stays closed."""
    closed = len(points) > 8 and np.hypot(*(points[0] - points[-1])) < 2
    curve = gaussian_filter1d(points.astype(np.float64), sigma, axis=0, mode="wrap" if closed else "nearest")
    if not closed:  # smoothing shortens the curve: restore its ends
        reach = np.clip(1 - np.arange(len(points)) / (2 * sigma), 0, 1)[:, None]
        curve += reach * (points[0] - curve[0]) + reach[::-1] * (points[-1] - curve[-1])
    else:
        curve = np.concatenate([curve, curve[:1]])
    return resample_curve(curve)


def resample_curve(curve: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, "M 2"]:
    """Resample a curve at even distances of `SPACING_PX`."""
    length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(curve, axis=0).T))])
    at = np.linspace(0, length[-1], max(2, round(length[-1] / SPACING_PX) + 1))
    return np.stack([np.interp(at, length, curve[:, axis]) for axis in (0, 1)], axis=1)


def displace_points(points: Float[np.ndarray, "N 2"], field: Float[np.ndarray, "S S 2"]) -> Float[np.ndarray, "N 2"]:
    """Move points by a field of pixel offsets."""
    column, row = np.clip(points.astype(int), 0, field.shape[0] - 1).T
    return points + field[row, column]


def rasterize_strokes(strokes: Iterable[Stroke], size: int) -> Float[np.ndarray, "S S"]:
    """Return the coverage of all strokes, 0 to 1."""
    sheet: UInt8[np.ndarray, "T T"] = np.zeros((size * SUPERSAMPLING,) * 2, np.uint8)
    one = 1 << FRACTION_BITS
    for stroke in strokes:
        centres = np.round((stroke.points * SUPERSAMPLING - 0.5) * one).astype(int).tolist()
        radii = np.round(stroke.width_px * (SUPERSAMPLING / 2 * one)).astype(int).tolist()
        for centre, radius in zip(centres, radii, strict=True):
            if radius >= 3:
                cv2.circle(sheet, centre, radius, 255, -1, cv2.LINE_8, FRACTION_BITS)
    return cv2.resize(sheet, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
