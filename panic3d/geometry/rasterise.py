"""Find the triangles at every pixel's centre by filling projected triangles.

Faster than rays where a mesh is looked at once, because no acceleration structure is built.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int

from panic3d.runtime.threads import map_slices

ROUNDING = 1e-9
"""Pixels whose centre lies on an edge belong to the triangles on both sides, so that no gap is left between them."""
PIXELS_AT_ONCE = 1 << 17
"""About as many pixels of the bounding boxes of triangles are tested at once, which bounds the memory."""


@dataclass(frozen=True)
class Fragments:
    """Pixels of triangles, in the order of the triangles: each pixel once for every triangle at its centre."""

    pixel: Int[np.ndarray, " N"]
    """Row times width plus column."""
    triangle: Int[np.ndarray, " N"]
    uv: Float32[np.ndarray, "N 2"]
    """Barycentric weights of the triangle's second and third corner."""


def find_fragments(
    points_px: Float[np.ndarray, "V 2"], triangles: Int[np.ndarray, "T 3"], shape: tuple[int, int]
) -> Fragments:
    """Fill triangles, seen from either side, whose points have a column and a row (pixel i spans i to i + 1)."""
    x, y = (points_px[:, axis].astype(np.float64)[triangles.T] for axis in (0, 1))
    left, width = _find_centres(x, shape[1])
    top, height = _find_centres(y, shape[0])
    counts = width * height
    ux, uy, vx, vy = x[1] - x[0], y[1] - y[0], x[2] - x[0], y[2] - y[0]
    areas = ux * vy - uy * vx
    filled = np.flatnonzero((counts > 0) & (areas != 0))
    ends = np.cumsum(counts[filled])
    total = int(ends[-1]) if len(ends) else 0
    # Slices of triangles of about as many pixels each
    groups = np.split(filled, np.searchsorted(ends, np.arange(PIXELS_AT_ONCE, total, PIXELS_AT_ONCE)))

    def fill(some: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        group = groups[some.start]
        index = np.repeat(group, counts[group])
        begins = np.cumsum(counts[group]) - counts[group]
        down, across = np.divmod(np.arange(len(index)) - np.repeat(begins, counts[group]), width[index])
        column, row = left[index] + across, top[index] + down
        away_x, away_y = column + 0.5 - x[0][index], row + 0.5 - y[0][index]
        u = (away_x * vy[index] - away_y * vx[index]) / areas[index]
        v = (ux[index] * away_y - uy[index] * away_x) / areas[index]
        inside = np.flatnonzero((u >= -ROUNDING) & (v >= -ROUNDING) & (u + v <= 1 + ROUNDING))
        uv = np.stack([u[inside], v[inside]], axis=1).astype(np.float32)
        return (row * shape[1] + column)[inside], index[inside], uv

    parts = map_slices(fill, len(groups), 1)
    pixel, triangle, uv = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return Fragments(pixel, triangle, uv)


def _find_centres(corners: Float[np.ndarray, "3 T"], size: int) -> tuple[Int[np.ndarray, " T"], Int[np.ndarray, " T"]]:
    """Return the first pixel whose centre lies between each triangle's lowest and highest corner, and how many do."""
    first = np.ceil(np.minimum(np.minimum(corners[0], corners[1]), corners[2]) - 0.5).clip(0, size)
    last = np.floor(np.maximum(np.maximum(corners[0], corners[1]), corners[2]) - 0.5).clip(-1, size - 1)
    return first.astype(np.int64), (last - first + 1).clip(0).astype(np.int64)
