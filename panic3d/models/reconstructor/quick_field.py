"""The field of one character, laid out for scattered points on a CPU: same numbers as the plain path, several times
as fast.

`grid_sample` walks through a plane once for each feature. Here the features of a cell lie side by side, 64 bytes for
16 of them, and a point is the weighted sum of 24 such rows (3 planes, 2 layers, 4 corners), which `embedding_bag` reads
once each. A border of zeros saves the question whether a corner lies inside. Points go in portions whose intermediate
results stay in the cache.
"""

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from panic3d.conventions import BOX_SIDE_M
from panic3d.models.reconstructor.decoder import Decoder
from panic3d.models.reconstructor.triplane import PLANE_AXES

POINTS_AT_ONCE = 1 << 14
BEFORE, BORDER = 1, 3
"""Cells of zeros before a plane's first one, and before and after together."""
CORNERS = 4


class QuickField:
    """Density and colours of scattered points, without gradients.

    Points come as their x, y and z, one row each: arithmetic on long rows is what a CPU is quick at.
    """

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
        first, second = decoder.layer(0), decoder.layer(2)
        # The planes' features are averaged; the sums that a bag gives take the third with the weights.
        self.hidden_weight = (first.weight * (first.weight_gain / 3)).t().contiguous()
        self.hidden_bias = first.bias * first.bias_gain
        self.density_weight = second.weight[0] * second.weight_gain
        self.density_bias = second.bias[0] * second.bias_gain

    def density(self, xyz_head_m: Float[Tensor, "N 3"]) -> Float[Tensor, "N"]:
        """Before the density law."""
        return self.sums_and_density(xyz_head_m.t(), keep=False)[1]

    def colours(self, xyz_head_m: Float[Tensor, "N 3"]) -> Float[Tensor, "N C"]:
        """In [0, 1]."""
        return self.colours_of(self.sums_and_density(xyz_head_m.t())[0])

    @torch.no_grad()
    def sums_and_density(
        self, xyz_head_m: Float[Tensor, "3 N"], keep: bool = True
    ) -> tuple[Float[Tensor, "M F"], Float[Tensor, "N"]]:
        """Sums of plane features, from which colours can be had later (none unless kept), and the density."""
        count = xyz_head_m.shape[1]
        sums = self.table.new_empty(count if keep else 0, self.table.shape[1])
        density = xyz_head_m.new_empty(count)
        for part in portions(count):
            some = self.sums(xyz_head_m[:, part])
            torch.mv(self.hidden(some), self.density_weight, out=density[part])
            if keep:
                sums[part] = some
        return sums, density.add_(self.density_bias)

    @torch.no_grad()
    def colours_of(self, sums: Float[Tensor, "N F"]) -> Float[Tensor, "N C"]:
        """Colours of points whose features have been looked up."""
        out = sums.new_empty(len(sums), self.decoder.config.colours)
        palette = None if self.palette is None else self.palette[None]
        for part in portions(len(sums)):
            raw = self.decoder.layer(2)(self.hidden(sums[part]))
            out[part] = self.decoder.values(raw[None], palette).colours[0]
        return out

    def empty_density(self) -> Float[Tensor, ""]:
        """The density where all planes are zero."""
        return F.softplus(self.hidden_bias) @ self.density_weight + self.density_bias

    def reaches(
        self, x_m: Float[Tensor, "*N"], y_m: Float[Tensor, "*N"], z_m: Float[Tensor, "*N"]
    ) -> Bool[Tensor, "*N"]:
        """Whether any plane holds something at a point: elsewhere the density is that of empty planes."""
        across_m = BOX_SIDE_M / 2 * (1 + 1 / self.resolution)
        along_m = BOX_SIDE_M / 2 * (1 + 1 / self.layers) if self.layers > 1 else math.inf
        inside = [(c.abs() <= across_m, c.abs() <= along_m) for c in (x_m, y_m, z_m)]
        (x, in_x), (y, in_y), (z, in_z) = inside
        return (x & y & in_z) | (x & z & in_y) | (y & z & in_x)

    def hidden(self, sums: Float[Tensor, "N F"]) -> Float[Tensor, "N H"]:
        """The decoder's hidden layer."""
        return F.softplus(torch.addmm(self.hidden_bias, sums, self.hidden_weight))

    def sums(self, xyz_head_m: Float[Tensor, "3 N"]) -> Float[Tensor, "N F"]:
        """The three planes' features at points, added up: the rows that surround each point, times their shares."""
        unit = xyz_head_m * (2 / BOX_SIDE_M)
        cell, after = _between(unit, self.resolution)
        if self.layers == 1:  # the same at every depth, as EG3D's planes are
            unit = torch.zeros_like(unit)
        layer, layer_after = _between(unit, self.layers)
        before, layer_before = 1 - after, 1 - layer_after
        # A layer before the first or behind the last is empty: it is read as the nearest one, times 0.
        layer_before = layer_before * ((layer >= 0) & (layer < self.layers))
        layer_after = layer_after * (layer + 1 < self.layers)
        near, far = layer.clamp(0, self.layers - 1), (layer + 1).clamp(max=self.layers - 1)
        rows = cell.new_empty(3 * 2 * CORNERS, unit.shape[1])
        shares = unit.new_empty(rows.shape)
        corner = 0
        for plane, (width, height, depth) in enumerate(PLANE_AXES):
            start = (cell[height] + BEFORE) * self.side + cell[width] + BEFORE
            low, high = ((before, after)[i][height] for i in (0, 1))
            areas = low * before[width], low * after[width], high * before[width], high * after[width]
            for index, share in ((near, layer_before), (far, layer_after)):
                first = start + (index[depth] + plane * self.layers) * self.side**2
                for step, area in zip((0, 1, self.side, self.side + 1), areas, strict=True):
                    torch.add(first, step, out=rows[corner])
                    torch.mul(area, share[depth], out=shares[corner])
                    corner += 1
        return F.embedding_bag(
            rows.t().contiguous(), self.table, per_sample_weights=shares.t().contiguous(), mode="sum"
        )


def _between(unit: Float[Tensor, "3 N"], cells: int) -> tuple[Int[Tensor, "3 N"], Float[Tensor, "3 N"]]:
    """The cell before each coordinate (-1 to `cells`), and the share of the one after it."""
    place = ((unit + 1) * (cells / 2) - 0.5).clamp_(-1, cells)
    before = place.floor()
    return before.int(), place - before


def portions(count: int) -> Iterator[slice]:
    return (slice(first, min(first + POINTS_AT_ONCE, count)) for first in range(0, count, POINTS_AT_ONCE))
