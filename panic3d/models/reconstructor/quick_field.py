"""The field of one character, laid out for scattered points on a CPU: same numbers as the plain path, several times
as fast.

`grid_sample` walks through a plane once for each feature. Here the features of a cell lie side by side, 64 bytes for
16 of them, and a point is the weighted sum of 24 such rows (3 planes, 2 layers, 4 corners), which `embedding_bag` reads
once each. A border of zeros saves the question whether a corner lies inside. Points go in portions whose intermediate
results stay in the cache.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from panic3d.conventions import BOX_SIDE_M
from panic3d.models.reconstructor.decoder import Decoder
from panic3d.models.reconstructor.triplane import PLANE_AXES

POINTS_AT_ONCE = 1 << 13
WIDTH, HEIGHT, DEPTH = (list(axes) for axes in zip(*PLANE_AXES, strict=True))
BEFORE, BORDER = 1, 3
"""Cells of zeros before a plane's first one, and before and after together."""


class QuickField:
    """Density and colours of scattered points, without gradients."""

    @torch.no_grad()
    def __init__(
        self, planes: Float[Tensor, "3 F L R R"], decoder: Decoder, palette: Float[Tensor, "K 3"] | None = None
    ) -> None:
        self.decoder, self.palette = decoder, palette
        _, features, self.layers, self.resolution, _ = planes.shape
        self.side = self.resolution + BORDER
        table = planes.new_zeros(3, self.layers, self.side, self.side, features)
        inner = slice(BEFORE, BEFORE + self.resolution)
        table[:, :, inner, inner] = planes.permute(0, 2, 3, 4, 1)
        self.table = table.view(-1, features)
        row = torch.arange(3, device=planes.device)[:, None] * (self.layers * self.side**2)
        self.plane_start = row.int()
        self.corners = torch.tensor([0, 1, self.side, self.side + 1], device=planes.device, dtype=torch.int32)
        first, second = decoder.layer(0), decoder.layer(2)
        # The planes' features are averaged; the sums that a bag gives take the third with the weights.
        self.hidden_weight = (first.weight * (first.weight_gain / 3)).t().contiguous()
        self.hidden_bias = first.bias * first.bias_gain
        self.density_weight = second.weight[0] * second.weight_gain
        self.density_bias = second.bias[0] * second.bias_gain

    @torch.no_grad()
    def density(self, xyz_head_m: Float[Tensor, "N 3"]) -> Float[Tensor, "N"]:
        """Before the density law."""
        out = xyz_head_m.new_empty(len(xyz_head_m))
        for part in portions(len(xyz_head_m)):
            torch.mv(self.hidden(xyz_head_m[part]), self.density_weight, out=out[part])
        return out.add_(self.density_bias)

    @torch.no_grad()
    def colours(self, xyz_head_m: Float[Tensor, "N 3"]) -> Float[Tensor, "N C"]:
        """In [0, 1]."""
        out = xyz_head_m.new_empty(len(xyz_head_m), self.decoder.config.colours)
        palette = None if self.palette is None else self.palette[None]
        for part in portions(len(xyz_head_m)):
            raw = self.decoder.layer(2)(self.hidden(xyz_head_m[part]))
            out[part] = self.decoder.values(raw[None], palette).colours[0]
        return out

    def empty_density(self) -> Float[Tensor, ""]:
        """The density where all planes are zero."""
        return F.softplus(self.hidden_bias) @ self.density_weight + self.density_bias

    def reaches(self, xyz_head_m: Float[Tensor, "*N 3"]) -> Bool[Tensor, "*N"]:
        """Whether any plane holds something at a point: elsewhere the density is that of empty planes."""
        unit = xyz_head_m.abs() * (2 / BOX_SIDE_M)
        across, along = unit <= 1 + 1 / self.resolution, unit <= 1 + 1 / self.layers
        if self.layers == 1:
            along = torch.ones_like(along)
        x, y, z = across.unbind(-1)
        in_x, in_y, in_z = along.unbind(-1)
        return (x & y & in_z) | (x & z & in_y) | (y & z & in_x)

    def hidden(self, xyz_head_m: Float[Tensor, "N 3"]) -> Float[Tensor, "N H"]:
        """The decoder's hidden layer."""
        rows, weights = self.rows(xyz_head_m)
        summed = F.embedding_bag(rows, self.table, per_sample_weights=weights, mode="sum")
        return F.softplus(torch.addmm(self.hidden_bias, summed, self.hidden_weight))

    def rows(self, xyz_head_m: Float[Tensor, "N 3"]) -> tuple[Int[Tensor, "N 24"], Float[Tensor, "N 24"]]:
        """The 24 rows of the table that surround each point, and their shares."""
        unit = xyz_head_m * (2 / BOX_SIDE_M)
        cell, share = _between(unit, self.resolution)
        cell += BEFORE
        if self.layers == 1:  # the same at every depth, as EG3D's planes are
            unit = torch.zeros_like(unit)
        layer, layer_share = _between(unit[:, DEPTH], self.layers)
        layer = torch.stack([layer, layer + 1], dim=-1)  # N 3 2
        layer_share = layer_share * ((layer >= 0) & (layer < self.layers))
        start = self.plane_start + layer.clamp_(0, self.layers - 1) * self.side**2
        start = start + (cell[:, HEIGHT] * self.side + cell[:, WIDTH])[..., None]
        area = (share[:, HEIGHT, :, None] * share[:, WIDTH, None, :]).flatten(2)  # N 3 4
        rows = start[..., None] + self.corners
        return rows.flatten(1), (layer_share[..., None] * area[:, :, None]).flatten(1)


def _between(unit: Float[Tensor, "N 3"], cells: int) -> tuple[Int[Tensor, "N 3"], Float[Tensor, "N 3 2"]]:
    """The cell before each coordinate (-1 to `cells`) and the shares of that one and the next."""
    place = ((unit + 1) * (cells / 2) - 0.5).clamp_(-1, cells)
    before = place.floor()
    after = place - before
    return before.int(), torch.stack([1 - after, after], dim=-1)


def portions(count: int) -> Iterator[slice]:
    return (slice(first, min(first + POINTS_AT_ONCE, count)) for first in range(0, count, POINTS_AT_ONCE))
