"""How far the hair reaches above the cranium, so that accessories lie on it."""

import numpy as np
from jaxtyping import Float

from panic3d.datagen.synth.head.cranium import CRANIUM_CENTRE_M, CRANIUM_RADII_M
from panic3d.datagen.synth.meshes.vectors import normalize

SHARE_BELOW = 88.0
"""Percentage of the hair's points that lie below an accessory: single locks may stand out."""


class HairRelief:
    """The points of the hair of one character, as directions from the cranium's centre and distances from it."""

    def __init__(self, xyz_head_m: Float[np.ndarray, "N 3"]) -> None:
        offset = (xyz_head_m - CRANIUM_CENTRE_M) / CRANIUM_RADII_M
        self._lift_m = (np.linalg.norm(offset, axis=1) - 1) * CRANIUM_RADII_M.mean()
        self._direction = normalize(offset)

    def measure(self, directions: Float[np.ndarray, "M 3"], radius_deg: float) -> Float[np.ndarray, " M"]:
        """Return the hair's height above the cranium around each direction; 0 where there is none."""
        near = self._direction @ directions.T > np.cos(np.radians(radius_deg))
        return np.array([np.percentile(self._lift_m[row], SHARE_BELOW) if row.any() else 0.0 for row in near.T])
