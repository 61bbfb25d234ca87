"""Move hair out of body and clothes: what would lie inside is laid on the front or on the back."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter, map_coordinates, maximum_filter

CELL_M = 0.006
SPREAD_CELLS, SMOOTH_CELLS = 3, 1.2
CLEARANCE_M = 0.004
EMPTY_M = -1.0


@dataclass(frozen=True)
class BodyHull:
    """The depth of body and clothes in front and behind, on a grid of x and y."""

    corner_m: Float[np.ndarray, " 2"]
    front_m: Float[np.ndarray, "X Y"]
    """z of the front, where there is a body."""
    back_m: Float[np.ndarray, "X Y"]
    """-z of the back."""
    filled: Float[np.ndarray, "X Y"]
    """1 where there is a body."""

    @classmethod
    def from_points(cls, points: Float[np.ndarray, "V 3"]) -> "BodyHull":
        """Make the hull of dense points."""
        margin = (SPREAD_CELLS + 2) * CELL_M
        low, high = points[:, :2].min(axis=0) - margin, points[:, :2].max(axis=0) + margin
        shape = tuple(np.ceil((high - low) / CELL_M).astype(int) + 1)
        cells = np.round((points[:, :2] - low) / CELL_M).astype(int)
        flat = np.ravel_multi_index((cells[:, 0], cells[:, 1]), shape)
        depths = []
        for sign in (1.0, -1.0):
            depth = np.full(shape, EMPTY_M)
            np.maximum.at(depth.ravel(), flat, sign * points[:, 2])
            depths.append(maximum_filter(depth, SPREAD_CELLS))
        filled = (depths[0] > EMPTY_M).astype(float)
        share = np.maximum(gaussian_filter(filled, SMOOTH_CELLS), 1e-3)
        smooth = [
            np.where(filled > 0, gaussian_filter(np.where(filled > 0, depth, 0.0), SMOOTH_CELLS) / share, 0.0)
            for depth in depths
        ]
        return cls(low, smooth[0], smooth[1], filled)

    def push_out(self, xyz: Float[np.ndarray, "V 3"]) -> Float[np.ndarray, "V 3"]:
        """Return points with those inside moved along z to the nearer side."""
        at = ((xyz[:, :2] - self.corner_m) / CELL_M).T
        front, back, filled = (
            map_coordinates(values, at, order=1, cval=0.0) for values in (self.front_m, self.back_m, self.filled)
        )
        front, back = front / np.maximum(filled, 1e-3) + CLEARANCE_M, -back / np.maximum(filled, 1e-3) - CLEARANCE_M
        z = xyz[:, 2]
        inside = (filled > 0.5) & (z < front) & (z > back)
        ahead = z > np.clip((front + back) / 2, -0.030, 0.0)
        return np.stack([xyz[:, 0], xyz[:, 1], np.where(inside, np.where(ahead, front, back), z)], axis=1)
