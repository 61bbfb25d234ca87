"""Pictures and feature maps as tensors: resizing, and sampling at points of the head frame."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from panic3d.cameras.axes import BOX_SIDE_M


def resize_bilinear(maps: Float[Tensor, "B C H W"], size: int, antialias: bool = False) -> Float[Tensor, "B C S S"]:
    """Resize maps bilinearly to squares of `size` pixels, whose corners are pixel corners in both."""
    return F.interpolate(maps, (size, size), mode="bilinear", align_corners=False, antialias=antialias)


def sample_front_maps(maps: Float[Tensor, "B C H W"], xy_unit: Float[Tensor, "B N 2"]) -> Float[Tensor, "B N C"]:
    """Sample maps over the front view bilinearly at (x, y), which are -1 and 1 at the faces of the box.

    Row 0 of a map is on top. Beyond the centres of the outermost pixels their values hold.
    """
    grid = torch.stack([xy_unit[..., 0], -xy_unit[..., 1]], dim=-1)[:, None]
    return F.grid_sample(maps, grid, padding_mode="border", align_corners=False)[:, :, 0].transpose(1, 2)


def sample_front_picture(
    picture: Float[Tensor, "B C H W"], xy_head_m: Float[Tensor, "B N 2"]
) -> Float[Tensor, "B N C"]:
    """Sample a picture of the front view bilinearly at (x, y) of points in the head frame, in metres."""
    return sample_front_maps(picture, xy_head_m * (2 / BOX_SIDE_M))
