"""Three planes of several depth layers each (paper 3.2, multi-layer triplane)."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from panic3d.cameras.axes import BOX_SIDE_M

PLANE_AXES = ((0, 1, 2), (0, 2, 1), (1, 2, 0))
"""For each plane, which of x, y, z runs along its width, its height and its depth layers.

The third is (y, z | x); EG3D has (z, x | y).
"""


@dataclass(frozen=True)
class TriplaneConfig:
    features: int = 16
    """Channels of each layer of each plane."""
    layers: int = 3
    """Depth layers of each plane, at -2/3, 0 and +2/3 of the box for three."""

    @property
    def channels(self) -> int:
        """Channels that the backbone makes, ordered by plane, then feature, then layer."""
        return 3 * self.features * self.layers


def split_into_planes(channels: Float[Tensor, "B C R R"], config: TriplaneConfig) -> Float[Tensor, "B 3 F L R R"]:
    """Split the backbone's channels into planes, features and layers."""
    return channels.unflatten(1, (3, config.features, config.layers))


def sample_planes(
    planes: Float[Tensor, "B 3 F L R R"],
    xyz_head_m: Float[Tensor, "B N 3"],
    plane_axes: tuple[tuple[int, int, int], ...] = PLANE_AXES,
) -> Float[Tensor, "B 3 N F"]:
    """Sample the features of each plane at points, trilinearly; zero outside, fading at the faces of the box."""
    unit = (xyz_head_m * (2 / BOX_SIDE_M)).unbind(dim=-1)
    grid = torch.stack([torch.stack([unit[axis] for axis in axes], dim=-1) for axes in plane_axes], dim=1)  # B 3 N 3
    if planes.shape[3] == 1:  # a single layer is a plane of EG3D, the same at every depth
        grid[..., 2] = 0
    features = F.grid_sample(
        planes.flatten(0, 1), grid.flatten(0, 1)[:, None, None], mode="bilinear", align_corners=False
    )
    return features[:, :, 0, 0].transpose(1, 2).unflatten(0, grid.shape[:2])


def compute_hat_weights(unit: Float[Tensor, "B N"], cells: int) -> Float[Tensor, "B N C"]:
    """Return linear interpolation along one axis as a matrix, with the weights of `sample_planes`.

    `unit`: coordinates, in [-1, 1] across the box.
    """
    if cells == 1:
        return torch.ones_like(unit)[..., None]
    centre = (unit + 1) * (cells / 2) - 0.5
    return (1 - (centre[..., None] - torch.arange(cells, device=unit.device)).abs()).clamp(min=0)
