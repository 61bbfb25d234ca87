"""Signed distances to the outline of a mask."""

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import distance_transform_edt


def compute_outline_distance_px(mask: Bool[np.ndarray, "S S"]) -> Float[np.ndarray, "S S"]:
    """Return the distance of each pixel's centre to the outline in pixels, positive inside the mask.

    The side of the picture, where the mask is full (positive) or empty (negative).
    """
    if not mask.any() or mask.all():
        return np.full(mask.shape, float(len(mask)) if mask.all() else -float(len(mask)))
    return np.where(mask, distance_transform_edt(mask) - 0.5, 0.5 - distance_transform_edt(~mask))
