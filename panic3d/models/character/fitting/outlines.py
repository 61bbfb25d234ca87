"""Outlines of masks in the plane of the front view, and which points of two outlines belong together."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree
from skimage.measure import find_contours

from panic3d.cameras.axes import BOX_SIDE_M

NORMAL_SHARE_M = 0.02
"""How many metres of distance count as much as two normals at a right angle."""
BORDER_PIXELS = 2
"""An outline along the border of the picture is none of the character's."""


@dataclass(frozen=True)
class Outline:
    """Points along the outline of a mask, with normals that point out of it."""

    xy_head_m: Float[np.ndarray, "K 2"]
    normal: Float[np.ndarray, "K 2"]


def trace_outline(mask: Bool[np.ndarray, "S S"], spacing_m: float = 0.003) -> Outline:
    """Return points of a mask's outline, about `spacing_m` apart, but for those along the picture's border."""
    size = len(mask)
    smooth = gaussian_filter(np.pad(mask.astype(np.float32), 1), 0.7)
    down, across = np.gradient(gaussian_filter(smooth, 1.5))
    step = max(1, round(spacing_m / BOX_SIDE_M * size))
    found = [contour[::step] for contour in find_contours(smooth, 0.5) if len(contour) > 8 * step]
    if not found:
        return Outline(np.zeros((0, 2)), np.zeros((0, 2)))
    row, column = np.concatenate(found).T
    i, j = np.round(row).astype(int), np.round(column).astype(int)
    normal = np.stack([-across[i, j], down[i, j]], axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    row, column = row - 1, column - 1
    low, high = BORDER_PIXELS, size - 1 - BORDER_PIXELS
    inner = (row > low) & (row < high) & (column > low) & (column < high)
    xy_m = np.stack([column + 0.5 - size / 2, size / 2 - row - 0.5], axis=1) * (BOX_SIDE_M / size)
    return Outline(xy_m[inner], normal[inner])


def match_outlines(
    moving: Outline, fixed: Outline, reach_m: float
) -> tuple[Int[np.ndarray, " M"], Float[np.ndarray, "M 2"], Float[np.ndarray, " M"]]:
    """Return indices of points of the moving outline, the points of the fixed one that they belong to, and weights.

    Points belong together where place and normal are nearest; those farther away than `reach_m` are left out. Weights
    are in (0, 1].
    """
    if not len(moving.xy_head_m) or not len(fixed.xy_head_m):
        return np.zeros(0, np.int64), np.zeros((0, 2)), np.zeros(0)
    tree = cKDTree(np.concatenate([fixed.xy_head_m, NORMAL_SHARE_M * fixed.normal], axis=1))
    _, nearest = tree.query(np.concatenate([moving.xy_head_m, NORMAL_SHARE_M * moving.normal], axis=1))
    target = fixed.xy_head_m[nearest]
    agreement = np.einsum("kc,kc->k", moving.normal, fixed.normal[nearest])
    distance = np.linalg.norm(target - moving.xy_head_m, axis=1)
    kept = np.flatnonzero((agreement > 0.5) & (distance < reach_m))
    weight = (1 - (distance[kept] / reach_m) ** 2) ** 2
    return kept, target[kept], np.maximum(weight, 1e-3)
