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
        corners = torch.tensor([0, 1, self.side, self.side + 1], dtype=torch.int32)
        self.corners = corners[:, None].to(planes.device)
        self.buffers = _Buffers(decoder.config.hidden, table)
        first, second = decoder.layer(0), decoder.layer(2)
        # The planes' features are averaged; the sums that a bag gives take the third with the weights.
        self.hidden_weight = (first.weight * (first.weight_gain / 3)).t().contiguous()
        self.hidden_bias = first.bias * first.bias_gain
        self.density_weight = second.weight[0] * second.weight_gain
        self.density_bias = second.bias[0] * second.bias_gain

    def density(self, xyz_head_m: Float[Tensor, "N 3"]) -> Float[Tensor, "N"]:
        """Before the density law."""
        return self.sums_and_density(xyz_head_m.t(), keep=False)[1]

    @torch.no_grad()
    def colours(self, xyz_head_m: Float[Tensor, "N 3"]) -> Float[Tensor, "N C"]:
        """In [0, 1]."""
        points = xyz_head_m.t()
        parts = [self.colours_of(self.sums(points[:, part])) for part in portions(len(xyz_head_m))]
        return torch.cat(parts) if parts else xyz_head_m.new_zeros(0, self.decoder.config.colours)

    @torch.no_grad()
    def sums_and_density(
        self, xyz_head_m: Float[Tensor, "3 N"], keep: bool = True
    ) -> tuple[list[Float[Tensor, "_ F"]], Float[Tensor, "N"]]:
        """Sums of plane features, portion by portion, from which colours can be had later (none unless kept), and the
        density."""
        count = xyz_head_m.shape[1]
        density, kept = xyz_head_m.new_empty(count), []
        for part in portions(count):
            sums = self.sums(xyz_head_m[:, part])
            torch.mv(self.hidden(sums), self.density_weight, out=density[part])
            if keep:
                kept.append(sums)
        return kept, density.add_(self.density_bias)

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
        """The decoder's hidden layer, in memory that the next call takes again: fresh pages cost more than the sums."""
        out = self.buffers.hidden[: len(sums)]
        torch.addmm(self.hidden_bias, sums, self.hidden_weight, out=out)
        return torch._C._nn.softplus(out, out=out)  # type: ignore[call-arg]  # the stub lacks it

    def sums(self, xyz_head_m: Float[Tensor, "3 N"]) -> Float[Tensor, "N F"]:
        """The three planes' features at points, added up: the rows that surround each point, times their shares."""
        unit, count = xyz_head_m * (2 / BOX_SIDE_M), xyz_head_m.shape[1]
        cell, shares = _between(unit, self.resolution)
        if self.layers == 1:  # the same at every depth, as EG3D's planes are
            unit = torch.zeros_like(unit)
        layer, layer_shares = _between(unit, self.layers)
        layer = torch.stack([layer, layer + 1])
        # A layer before the first or behind the last is empty: it is read as the nearest one, times 0.
        layer_shares *= (layer >= 0) & (layer < self.layers)
        layer.clamp_(0, self.layers - 1).mul_(self.side**2)
        kept = self.buffers
        for plane, (width, height, depth) in enumerate(PLANE_AXES):
            start = plane * self.layers * self.side**2 + BEFORE * (self.side + 1)
            first = cell[height].mul(self.side).add_(cell[width]).add_(start)
            areas = (shares[:, None, height] * shares[None, :, width]).flatten(0, 1)
            rows, weights = kept.rows[plane, ..., :count], kept.shares[plane, ..., :count]
            torch.add((layer[:, depth] + first)[:, None], self.corners, out=rows)
            torch.mul(layer_shares[:, None, depth], areas, out=weights)
        by_point, weights_by_point = kept.rows_by_point[:count], kept.shares_by_point[:count]
        by_point.copy_(kept.rows[..., :count].flatten(0, 2).t())
        weights_by_point.copy_(kept.shares[..., :count].flatten(0, 2).t())
        return F.embedding_bag(by_point, self.table, per_sample_weights=weights_by_point, mode="sum")


class _Buffers:
    """Memory for one portion of points."""

    def __init__(self, hidden: int, like: Tensor) -> None:
        shape = (3, 2, CORNERS, POINTS_AT_ONCE)
        each = math.prod(shape[:-1])
        self.rows = like.new_empty(shape, dtype=torch.int32)
        self.shares = like.new_empty(shape)
        self.rows_by_point = like.new_empty(POINTS_AT_ONCE, each, dtype=torch.int32)
        self.shares_by_point = like.new_empty(POINTS_AT_ONCE, each)
        self.hidden = like.new_empty(POINTS_AT_ONCE, hidden)


def _between(unit: Float[Tensor, "3 N"], cells: int) -> tuple[Int[Tensor, "3 N"], Float[Tensor, "2 3 N"]]:
    """The cell before each coordinate (-1 to `cells`), and the shares of that one and the next."""
    place = ((unit + 1) * (cells / 2) - 0.5).clamp_(-1, cells)
    before = place.floor()
    after = place.sub_(before)
    return before.int(), torch.stack([1 - after, after])


def portions(count: int) -> Iterator[slice]:
    return (slice(first, min(first + POINTS_AT_ONCE, count)) for first in range(0, count, POINTS_AT_ONCE))
