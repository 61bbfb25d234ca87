"""Features of a picture at the projection of points: what PixelNeRF and PIFu call pixel-aligned.

The front camera is orthographic and sees exactly the box, so a point (x, y, z) of the head frame projects to (x, y).
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.cameras.tensors import sample_front_maps
from panic3d.models.reconstructor.fields.lattice import Lattice

UNIT_PER_M = 2 / BOX_SIDE_M
"""From metres of the head frame to coordinates that are -1 and 1 at the box's faces."""


@dataclass(frozen=True)
class FeatureMaps:
    """Maps of front pictures at one or several resolutions, each (B, C, H, W) with row 0 on top, over the whole box."""

    maps: tuple[Float[Tensor, "B _ _ _"], ...]

    def sample(self, xy_unit: Float[Tensor, "B N 2"]) -> Float[Tensor, "B N F"]:
        """Sample the features of all maps bilinearly at (x, y), concatenated (see `sample_front_maps`)."""
        return torch.cat([sample_front_maps(maps, xy_unit) for maps in self.maps], dim=-1)

    def sample_columns(self, lattice: Lattice, columns: Bool[Tensor, "B Y X"]) -> Float[Tensor, "M F"]:
        """Sample the features of the chosen columns, which are the same at all z."""
        x, y = lattice.unit(lattice.x), lattice.unit(lattice.y)
        xy = torch.stack(torch.broadcast_tensors(x[:, None, :], y[:, :, None]), dim=-1)
        return self.sample(xy.flatten(1, 2)).unflatten(1, columns.shape[1:])[columns]

    def select(self, some: slice) -> "FeatureMaps":
        """Return the maps of some of the pictures."""
        return FeatureMaps(tuple(m[some] for m in self.maps))
