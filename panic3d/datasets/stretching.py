"""Characters of other proportions, for augmentation: all views of a batch are stretched by the same amounts.

Orthographic views of a solid that is stretched along its axes are its views, stretched, so that nothing is rendered
again. Depth and width change together, because the front view cannot tell one without the other.
"""

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from panic3d.cameras.axes import CAMERA_DISTANCE_M
from panic3d.datasets.multiview import MultiviewBatch
from panic3d.shards.tensors import decode_depth_tensor, encode_depth_tensor

AXES = {"front": "xyz", "back": "xyz", "left": "zyx", "right": "zyx", "top": "xzy"}
"""The head's axes along a view's columns, along its rows, and away from its camera."""


@dataclass(frozen=True)
class StretchConfig:
    """Largest factors minus 1, for stretching as for shrinking; 0 switches an axis off."""

    across: float = 0.0
    """Along x and z."""
    up: float = 0.0
    """Along y."""


def sample_stretch(config: StretchConfig, u: Float[Tensor, "B 2"]) -> Float[Tensor, "B 3"]:
    """Sample factors along x, y and z from random numbers in [0, 1). A factor is as likely as its reciprocal."""
    most = torch.tensor([1 + config.across, 1 + config.up], device=u.device)
    return (most ** (2 * u - 1))[:, [0, 1, 0]]


def stretch_batch(batch: MultiviewBatch, by: Float[Tensor, "B 3"]) -> MultiviewBatch:
    """Stretch the views around the box's centre by factors along x, y and z.

    What leaves the box is cut off; what ends at the border of a view is continued with the pixels of the border.
    """
    if (by == 1).all():
        return batch
    rgba, depth = torch.empty_like(batch.rgba), torch.empty_like(batch.depth)  # all views are orthographic
    for place, view in enumerate(batch.views):
        columns, rows, away = (by[:, "xyz".index(axis)] for axis in AXES[view])
        theta = torch.zeros(len(by), 2, 3, device=by.device)
        theta[:, 0, 0], theta[:, 1, 1] = 1 / columns, 1 / rows
        size = batch.size
        grid = F.affine_grid(theta, [len(by), 1, size, size], align_corners=False)
        colours = batch.rgba[:, place].permute(0, 3, 1, 2).float()
        mixed = F.grid_sample(colours, grid, padding_mode="border", align_corners=False)
        rgba[:, place] = mixed.round().to(torch.uint8).permute(0, 2, 3, 1)
        found = F.grid_sample(batch.depth[:, None, place].float(), grid, "nearest", "border", align_corners=False)
        depth_m = decode_depth_tensor(found[:, 0].round().to(batch.depth.dtype))
        moved_m = CAMERA_DISTANCE_M + (depth_m - CAMERA_DISTANCE_M) * away[:, None, None]
        depth[:, place] = encode_depth_tensor(moved_m).to(depth.dtype)
    return replace(batch, rgba=rgba, depth=depth)
