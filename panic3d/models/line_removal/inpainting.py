"""The simplest baselines of line removal: keep the drawing, or fill its lines from their surroundings."""

from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8

from panic3d.models.line_removal.fill import fill_lines
from panic3d.models.line_removal.remove import find_lines


def load_nothing(weights: Path | None) -> "NoLineRemoval":
    return NoLineRemoval()


def load(weights: Path | None) -> "InpaintingLineRemover":
    return InpaintingLineRemover()


class NoLineRemoval:
    """Returns the drawing unchanged."""

    def __call__(
        self, rgba: UInt8[np.ndarray, "S S 4"], landmarks_px: Float[np.ndarray, "28 2"] | None
    ) -> UInt8[np.ndarray, "S S 4"]:
        return rgba


class InpaintingLineRemover:
    """Fills the lines that the published module finds by fast marching (Telea 2004, through OpenCV)."""

    def __call__(
        self, rgba: UInt8[np.ndarray, "S S 4"], landmarks_px: Float[np.ndarray, "28 2"] | None
    ) -> UInt8[np.ndarray, "S S 4"]:
        infill = find_lines(rgba, landmarks_px).infill
        where = (infill & (rgba[..., 3] > 0))[..., None]
        return np.concatenate([np.where(where, fill_lines(rgba, infill), rgba[..., :3]), rgba[..., 3:]], axis=-1)
