"""The 28 landmarks of a mean face, which complete those that a detector does not give."""

import numpy as np
from jaxtyping import Bool, Float

from panic3d.cameras.axes import LANDMARK_MIRROR

LEFT_HALF = {
    0: (-1.5994, 0.1940),
    1: (-0.9834, 0.9149),
    2: (0.0000, 1.5041),
    5: (-1.2598, -0.7985),
    6: (-0.7769, -0.9071),
    7: (-0.3191, -0.8185),
    11: (-1.1962, -0.3034),
    12: (-0.7829, -0.5682),
    13: (-0.2931, -0.2195),
    14: (-0.3976, -0.0323),
    15: (-0.7745, 0.0517),
    16: (-1.1086, -0.0798),
    23: (0.0000, 0.3242),
    24: (-0.2224, 0.8124),
    25: (0.0000, 0.8045),
    27: (0.0000, 0.8760),
}
"""Columns and rows from their mean, over the mean distance to it, in the labels of 4,000 generated characters."""


def _make_mean_face() -> Float[np.ndarray, "28 2"]:
    points = np.zeros((28, 2))
    for index, point in LEFT_HALF.items():
        points[index] = point
        points[LANDMARK_MIRROR[index]] = -point[0], point[1]
    return points


MEAN_FACE = _make_mean_face()


def complete_landmarks(
    points_px: Float[np.ndarray, "28 2"], known: Bool[np.ndarray, "28"]
) -> Float[np.ndarray, "28 2"]:
    """Return the known points, and for the others those of the mean face, aligned by a similarity (Umeyama 1991)."""
    mean, found = MEAN_FACE[known], points_px[known]
    source, target = mean - mean.mean(axis=0), found - found.mean(axis=0)
    u, singular, v = np.linalg.svd(target.T @ source)
    turn = np.diag([1.0, np.sign(np.linalg.det(u @ v))])
    scale = (singular * np.diag(turn)).sum() / (source**2).sum()
    moved = scale * (MEAN_FACE - mean.mean(axis=0)) @ (u @ turn @ v).T + found.mean(axis=0)
    return np.where(known[:, None], points_px, moved)
