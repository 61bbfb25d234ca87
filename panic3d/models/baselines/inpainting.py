"""The line remover's simplest rivals: leave the drawing as it is, or fill its lines from their surroundings."""

from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.models.line_removal.remove import find_lines

RADIUS_PX = 3


def load_nothing(weights: Path | None) -> "Nothing":
    return Nothing()


def load(weights: Path | None) -> "Inpainting":
    return Inpainting()


class Nothing:
    """Naive: the drawing itself."""

    def __call__(
        self, rgba: UInt8[np.ndarray, "S S 4"], landmarks_px: Float[np.ndarray, "28 2"] | None
    ) -> UInt8[np.ndarray, "S S 4"]:
        return rgba


class Inpainting:
    """The same lines as the published module's, filled by fast marching (Telea 2004), as OpenCV does it."""

    def __call__(
        self, rgba: UInt8[np.ndarray, "S S 4"], landmarks_px: Float[np.ndarray, "28 2"] | None
    ) -> UInt8[np.ndarray, "S S 4"]:
        import cv2
        from scipy.ndimage import distance_transform_edt

        infill, transparent = find_lines(rgba, landmarks_px).infill, rgba[..., 3] == 0
        # What is transparent has no colour of its own: it takes the nearest one, so that lines are filled from inside.
        nearest = distance_transform_edt(transparent | infill, return_distances=False, return_indices=True)
        known = np.where(transparent[..., None], rgba[tuple(nearest)], rgba)
        rgb = cv2.inpaint(known[..., :3].copy(), infill.astype(np.uint8), RADIUS_PX, cv2.INPAINT_TELEA)
        where = (infill & ~transparent)[..., None]
        return np.concatenate([np.where(where, rgb, rgba[..., :3]), rgba[..., 3:]], axis=-1)
