"""A camera that looks at the head: its pose, projection and rays."""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Float

from panic3d.cameras.axes import BOX_SIDE_M, CAMERA_DISTANCE_M, FAR_M, NEAR_M


@dataclass(frozen=True)
class Camera:
    """A camera that looks at the origin of the head frame.

    Azimuth 0 is the front (+z), +90 stands at +x and shows the character's left side; elevation counts up.
    """

    kind: Literal["ortho", "persp"]
    azimuth_deg: float
    elevation_deg: float = 0.0
    distance_m: float = CAMERA_DISTANCE_M
    fov_deg: float | None = None
    near_m: float = NEAR_M
    far_m: float = FAR_M

    def __post_init__(self) -> None:
        if (self.kind == "persp") != (self.fov_deg is not None):
            raise ValueError(f"a persp camera needs fov_deg and an ortho one has none, got {self.kind}, {self.fov_deg}")

    def head_from_camera(self) -> Float[np.ndarray, "4 4"]:
        """Return the camera's pose: its right, down and forward axes and its position as columns, in the head frame."""
        azimuth, elevation = math.radians(self.azimuth_deg), math.radians(self.elevation_deg)
        sin_a, cos_a, sin_e, cos_e = math.sin(azimuth), math.cos(azimuth), math.sin(elevation), math.cos(elevation)
        backward = np.array([sin_a * cos_e, sin_e, cos_a * cos_e])
        pose = np.eye(4)
        pose[:3, 0] = [cos_a, 0.0, -sin_a]
        pose[:3, 1] = [sin_a * sin_e, -cos_e, cos_a * sin_e]
        pose[:3, 2] = -backward
        pose[:3, 3] = self.distance_m * backward
        return pose

    def mirror(self) -> "Camera":
        """Return the camera that sees the mirror image of the head (x negated) as the mirror image of its picture."""
        return replace(self, azimuth_deg=-self.azimuth_deg)

    def pixel_scale(self, size: int) -> float:
        """Return pixels per metre (ortho), or per unit of x / depth (persp), in a square image of `size` pixels."""
        if self.fov_deg is None:
            return size / BOX_SIDE_M
        return size / (2 * math.tan(math.radians(self.fov_deg) / 2))

    def project(self, xyz_head_m: Float[np.ndarray, "N 3"], size: int) -> Float[np.ndarray, "N 3"]:
        """Return column, row (pixel i spans i to i + 1) and plane depth in metres of points in the head frame."""
        pose = self.head_from_camera()
        xyz_camera_m = (xyz_head_m - pose[:3, 3]) @ pose[:3, :3]
        plane = xyz_camera_m[:, :2] if self.fov_deg is None else xyz_camera_m[:, :2] / xyz_camera_m[:, 2:]
        return np.concatenate([plane * self.pixel_scale(size) + size / 2, xyz_camera_m[:, 2:]], axis=1)

    def rays(
        self, size: int, window: tuple[slice, slice] = (slice(None), slice(None))
    ) -> tuple[Float[np.ndarray, "H W 3"], Float[np.ndarray, "H W 3"]]:
        """Return origins and directions through the pixel centres of a window, in the head frame.

        A direction's component along the camera's axis is 1, so that the ray parameter is the plane depth in metres.
        """
        pose = self.head_from_camera()
        centres = (np.arange(size) + 0.5 - size / 2) / self.pixel_scale(size)
        row, column = centres[window[0], None], centres[None, window[1]]
        origins, directions = np.empty((2, row.size, column.size, 3))
        origins[:], directions[:] = pose[:3, 3], pose[:3, 2]
        spread = origins if self.fov_deg is None else directions
        for axis in range(3):
            spread[..., axis] += column * pose[axis, 0] + row * pose[axis, 1]
        return origins, directions
