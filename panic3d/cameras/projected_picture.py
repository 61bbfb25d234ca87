"""A picture projected along the depth axis on what it shows."""

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from scipy.ndimage import distance_transform_edt

from panic3d.cameras.axes import BOX_SIDE_M, MASK_ALPHA
from panic3d.cameras.filling import fill_from_nearest
from panic3d.cameras.tensors import sample_front_picture

FACING_NORMAL_Z = (0.1, 0.35)
"""Between these components of the normal towards the picture, its colour replaces the surface's own.

At smaller ones the picture would be smeared along z over the sides.
"""


class ProjectedPicture:
    """A picture's colours by place in the plane of the front view; outside its silhouette the nearest colour inside."""

    def __init__(self, rgba: UInt8[np.ndarray, "H W 4"]) -> None:
        outside = rgba[..., 3] < MASK_ALPHA * 255
        rgb = fill_from_nearest(rgba[..., :3], outside).astype(np.float32) / 255
        self.rgb = torch.from_numpy(rgb).permute(2, 0, 1)[None]
        self._outside_m = distance_transform_edt(outside) * (BOX_SIDE_M / len(rgba))

    def sample(self, xyz_head_m: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "N 3"]:
        """Return the bilinear colour, RGB in [0, 1], at the (x, y) of points."""
        xy_head_m = torch.from_numpy(xyz_head_m[None, :, :2]).float()
        return sample_front_picture(self.rgb, xy_head_m)[0].numpy()

    def contains(self, xyz_head_m: Float[np.ndarray, "N 3"], margin_m: float) -> Bool[np.ndarray, " N"]:
        """Return which points lie in the frame, and in the silhouette or at most `margin_m` outside it."""
        size = len(self._outside_m)
        column, row = np.floor((xyz_head_m[:, :2] * [1, -1] / BOX_SIDE_M + 0.5) * size).astype(int).T
        in_frame = (column >= 0) & (column < size) & (row >= 0) & (row < size)
        away = self._outside_m[row.clip(0, size - 1), column.clip(0, size - 1)]
        found: Bool[np.ndarray, " N"] = in_frame & (away <= margin_m)
        return found


def compute_facing_share(
    normal_z: Float[np.ndarray, "N"], limits: tuple[float, float] = FACING_NORMAL_Z
) -> Float[np.ndarray, "N"]:
    """Return the share of the picture's colour that a visible point takes: 1 facing the picture, 0 at the sides."""
    facing = np.clip((normal_z - limits[0]) / (limits[1] - limits[0]), 0, 1)
    return (facing * facing * (3 - 2 * facing)).astype(np.float32)
