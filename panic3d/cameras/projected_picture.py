"""A picture projected along the depth axis on what it shows."""

import numpy as np
import torch
from jaxtyping import Float, UInt8

from panic3d.cameras.axes import MASK_ALPHA
from panic3d.cameras.filling import fill_from_nearest
from panic3d.cameras.tensors import sample_front_picture

FACING_NORMAL_Z = (0.1, 0.35)
"""Between these components of the normal towards the picture, its colour replaces the surface's own.

At smaller ones the picture would be smeared along z over the sides.
"""


class ProjectedPicture:
    """A picture's colours by place in the plane of the front view; outside its silhouette the nearest colour inside."""

    def __init__(self, rgba: UInt8[np.ndarray, "H W 4"]) -> None:
        rgb = fill_from_nearest(rgba[..., :3], rgba[..., 3] < MASK_ALPHA * 255).astype(np.float32) / 255
        self.rgb = torch.from_numpy(rgb).permute(2, 0, 1)[None]

    def sample(self, xyz_head_m: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "N 3"]:
        """Return the bilinear colour, RGB in [0, 1], at the (x, y) of points."""
        xy_head_m = torch.from_numpy(xyz_head_m[None, :, :2]).float()
        return sample_front_picture(self.rgb, xy_head_m)[0].numpy()


def compute_facing_share(
    normal_z: Float[np.ndarray, "N"], limits: tuple[float, float] = FACING_NORMAL_Z
) -> Float[np.ndarray, "N"]:
    """Return the share of the picture's colour that a visible point takes: 1 facing the picture, 0 at the sides."""
    facing = np.clip((normal_z - limits[0]) / (limits[1] - limits[0]), 0, 1)
    return (facing * facing * (3 - 2 * facing)).astype(np.float32)
