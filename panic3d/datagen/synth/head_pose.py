"""A turned head as a map of space: the head turns about its joint, the neck and the shoulders follow less and less."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

JOINT_HEAD_M = np.array([0.0, -0.1, 0.0])
"""Where the head turns: the place of the generator's head bone."""
TURNED_FROM_Y_M, STILL_FROM_Y_M = -0.09, -0.25
"""What lies above the first height turns as a whole, what lies below the second stays."""
BISECTIONS = 24


@dataclass(frozen=True)
class HeadPose:
    """Angles of a head in degrees: `Ry(yaw) @ Rx(pitch) @ Rz(roll)` of a head that looks along +z."""

    yaw_deg: float = 0.0
    """Positive: the face looks towards +x, which is the right of the picture."""
    pitch_deg: float = 0.0
    """Positive: the face looks down."""
    roll_deg: float = 0.0
    """Positive: the top of the head leans towards -x, counter-clockwise in the picture."""

    @property
    def is_frontal(self) -> bool:
        return self.yaw_deg == self.pitch_deg == self.roll_deg == 0

    def apply(self, xyz_head_m: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "N 3"]:
        """Turn points of a character that faces the front."""
        if self.is_frontal:
            return xyz_head_m
        offset = xyz_head_m.astype(float) - JOINT_HEAD_M
        return JOINT_HEAD_M + self._turn(offset, compute_share(xyz_head_m[:, 1]))

    def invert(self, xyz_posed_m: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "N 3"]:
        """Return the points that `apply` brings to these, by bisection of their heights."""
        if self.is_frontal:
            return xyz_posed_m
        offset = xyz_posed_m.astype(float) - JOINT_HEAD_M

        def turn_back(y_head_m: Float[np.ndarray, " N"]) -> Float[np.ndarray, "N 3"]:
            return JOINT_HEAD_M + self._turn(offset, -compute_share(y_head_m))

        low, high = np.full(len(offset), STILL_FROM_Y_M), np.full(len(offset), TURNED_FROM_Y_M)
        with_head, with_chest = turn_back(high)[:, 1] >= high, turn_back(low)[:, 1] <= low
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            above = turn_back(middle)[:, 1] > middle
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        y_head_m = np.where(with_head, TURNED_FROM_Y_M, np.where(with_chest, STILL_FROM_Y_M, (low + high) / 2))
        return turn_back(y_head_m)

    def rotate(
        self, directions: Float[np.ndarray, "N 3"], xyz_head_m: Float[np.ndarray, "N 3"]
    ) -> Float[np.ndarray, "N 3"]:
        """Turn directions at points of a character that faces the front, such as normals."""
        return directions if self.is_frontal else self._turn(directions, compute_share(xyz_head_m[:, 1]))

    def get_matrix(self) -> Float[np.ndarray, "3 3"]:
        """Return the rotation of the head itself."""
        yaw, pitch, roll = (math.radians(angle) for angle in (self.yaw_deg, self.pitch_deg, self.roll_deg))
        about_y = [[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]]
        about_x = [[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]]
        about_z = [[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]]
        return np.array(about_y) @ np.array(about_x) @ np.array(about_z)

    def _turn(self, offset: Float[np.ndarray, "N 3"], share: Float[np.ndarray, " N"]) -> Float[np.ndarray, "N 3"]:
        """Rotate each offset by a share of the head's angle about its axis (Rodrigues' formula)."""
        axis, angle = self._find_axis()
        turned_by = (share * angle)[:, None]
        along = (offset @ axis)[:, None] * axis
        across = np.cross(axis, offset)
        return along + (offset - along) * np.cos(turned_by) + across * np.sin(turned_by)

    def _find_axis(self) -> tuple[Float[np.ndarray, "3"], float]:
        """Return the axis of the rotation and its angle in radians, in [0, pi)."""
        matrix = self.get_matrix()
        angle = math.acos(float(np.clip((np.trace(matrix) - 1) / 2, -1, 1)))
        skew = (matrix - matrix.T) / 2
        axis = np.array([skew[2, 1], skew[0, 2], skew[1, 0]])
        return axis / max(float(np.linalg.norm(axis)), 1e-12), angle


FRONTAL = HeadPose()


def compute_share(y_head_m: Float[np.ndarray, " N"]) -> Float[np.ndarray, " N"]:
    """Return the share of the head's angle at heights: 1 for the head, 0 for the chest, smooth between."""
    t = np.clip((y_head_m.astype(float) - STILL_FROM_Y_M) / (TURNED_FROM_Y_M - STILL_FROM_Y_M), 0, 1)
    shares: Float[np.ndarray, " N"] = t * t * (3 - 2 * t)
    return shares
