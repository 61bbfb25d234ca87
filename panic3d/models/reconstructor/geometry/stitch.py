"""The input picture's own colours on the surface that it shows (paper 3.4, "front stitching").

Published is a test on each rendered picture: opaque, no depth edge, and nothing between the point and the front camera
from 1 cm in front of it. Here the same question is asked of each surface point, by a ray, so that views and mesh agree;
a depth edge is a surface that turns away from the front camera.
"""

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8

from panic3d.cameras.axes import BOX_SIDE_M, MASK_ALPHA

VISIBILITY_START_M = 0.01
FACING_FROM, FACING_FULL = 0.1, 0.35
"""Between these z components of the normal the picture takes over from the field: nearer to 0 it would be smeared
along z over the sides."""


class FrontPicture:
    """The input's colours by place; beyond the silhouette the nearest colour inside it."""

    def __init__(self, rgba: UInt8[np.ndarray, "H W 4"]) -> None:
        from scipy.ndimage import distance_transform_edt

        empty = rgba[..., 3] < MASK_ALPHA * 255
        nearest = distance_transform_edt(empty, return_distances=False, return_indices=True)
        rgb = rgba[..., :3][tuple(nearest)].astype(np.float32) / 255
        self.rgb = torch.from_numpy(rgb).permute(2, 0, 1)[None]

    def at(self, xyz_head_m: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "N 3"]:
        """Bilinear colour at the points' (x, y)."""
        xy = torch.from_numpy(xyz_head_m[None, None, :, :2]) * torch.tensor([2 / BOX_SIDE_M, -2 / BOX_SIDE_M])
        found = F.grid_sample(self.rgb, xy.float(), padding_mode="border", align_corners=False)
        return found[0, :, 0].T.numpy()


def facing_share(normal_z: Float[np.ndarray, "N"]) -> Float[np.ndarray, "N"]:
    """How much of the picture's colour a point takes that the picture shows: all where it faces the front, none at the
    sides."""
    facing = np.clip((normal_z - FACING_FROM) / (FACING_FULL - FACING_FROM), 0, 1)
    return (facing * facing * (3 - 2 * facing)).astype(np.float32)
