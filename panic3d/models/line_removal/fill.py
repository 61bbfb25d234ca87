"""Filling of lines from their surroundings: the simplest baseline, and the input of networks with `fill`."""

import numpy as np
from jaxtyping import Bool, UInt8

from panic3d.cameras.filling import fill_from_nearest

RADIUS_PX = 3


def fill_lines(rgba: UInt8[np.ndarray, "H W 4"], infill: Bool[np.ndarray, "H W"]) -> UInt8[np.ndarray, "H W 3"]:
    """Return straight colours whose line pixels are filled by fast marching (Telea 2004, through OpenCV).

    Transparent pixels take the nearest colour first, so that lines are filled from inside the figure.
    """
    import cv2

    transparent = rgba[..., 3] == 0
    known = rgba[..., :3]
    if transparent.any():
        known = np.where(transparent[..., None], fill_from_nearest(known, transparent | infill), known)
    if not infill.any():
        return known.copy()
    return cv2.inpaint(np.ascontiguousarray(known), infill.astype(np.uint8), RADIUS_PX, cv2.INPAINT_TELEA)
