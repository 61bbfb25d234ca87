"""Features of a picture at the projection of points: what PixelNeRF and PIFu call pixel-aligned.

The front camera is orthographic and sees exactly the box, so a point (x, y, z) of the head frame projects to (x, y).
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.models.reconstructor.fields.lattice import Lattice

UNIT_PER_M = 2 / BOX_SIDE_M
"""From metres of the head frame to coordinates that are -1 and 1 at the box's faces."""


@dataclass(frozen=True)
class FeatureMaps:
    """Maps of front pictures at one or several resolutions, each (B, C, H, W) with row 0 on top, over the whole box."""

    maps: tuple[Float[Tensor, "B _ _ _"], ...]

    def at(self, xy_unit: Float[Tensor, "B N 2"]) -> Float[Tensor, "B N F"]:
        """Bilinear features at (x, y), all maps' side by side; beyond the outermost pixels' centres theirs."""
        grid = torch.stack([xy_unit[..., 0], -xy_unit[..., 1]], dim=-1)[:, None]
        found = [F.grid_sample(m, grid, padding_mode="border", align_corners=False)[:, :, 0] for m in self.maps]
        return torch.cat(found, dim=1).transpose(1, 2)

    def on_columns(self, lattice: Lattice, columns: Bool[Tensor, "B Y X"]) -> Float[Tensor, "M F"]:
        """Those of the chosen columns, once for all their z."""
        x, y = lattice.unit(lattice.x), lattice.unit(lattice.y)
        xy = torch.stack(torch.broadcast_tensors(x[:, None, :], y[:, :, None]), dim=-1)
        return self.at(xy.flatten(1, 2)).unflatten(1, columns.shape[1:])[columns]

    def select(self, some: slice) -> "FeatureMaps":
        """Some of the pictures."""
        return FeatureMaps(tuple(m[some] for m in self.maps))
