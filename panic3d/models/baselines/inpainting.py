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

        infill = find_lines(rgba, landmarks_px).infill
        # What is transparent has no colour to give: filled too, so that lines are filled from inside.
        unknown = (infill | (rgba[..., 3] == 0)).astype(np.uint8)
        near = cv2.dilate(infill.astype(np.uint8), np.ones((2 * RADIUS_PX + 1,) * 2, np.uint8))
        rgb = cv2.inpaint(np.ascontiguousarray(rgba[..., :3]), unknown & near, RADIUS_PX, cv2.INPAINT_TELEA)
        return np.concatenate([np.where(infill[..., None], rgb, rgba[..., :3]), rgba[..., 3:]], axis=-1)
