"""The part of a face whose lines are kept: eyes, mouth, nose and brows."""

import numpy as np
from jaxtyping import Bool, Float

DILATION_PX = 5
BROWS = (slice(5, 8), slice(8, 11))
EYES = (slice(11, 17), slice(17, 23))
NOSE = 23
MOUTH = slice(24, 28)


def draw_face_hull(landmarks_px: Float[np.ndarray, "28 2"] | None, size: int) -> Bool[np.ndarray, "size size"]:
    """Draw the convex hulls of both eyes and the mouth, the pixel of the nose and the lines of the brows, dilated.

    `landmarks_px`: column and row of the 28 landmarks; without them the result is empty.
    """
    import cv2

    hull = np.zeros((size, size), np.uint8)
    if landmarks_px is None:
        return hull > 0
    points = np.floor(landmarks_px).astype(np.int32)
    for group in (*EYES, MOUTH):
        cv2.fillConvexPoly(hull, cv2.convexHull(points[group]), 1)
    for group in BROWS:
        cv2.polylines(hull, [points[group]], isClosed=False, color=1)
    column, row = points[NOSE]
    if 0 <= column < size and 0 <= row < size:
        hull[row, column] = 1
    return cv2.dilate(hull, np.ones((DILATION_PX, DILATION_PX), np.uint8)) > 0
