"""A triplane as a table for scattered points on a CPU: the results of the reference several times as fast.

`grid_sample` reads a plane once per feature. Here the features of a cell are contiguous, 64 bytes for 16 of them, and a
point is the weighted sum of 24 such rows (3 planes, 2 layers, 4 corners), which `embedding_bag` reads once each. A
border of zeros replaces the test whether a corner lies inside. Points are processed in batches whose intermediate
results stay in the cache.
"""

import math
from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Float32
from torch import Tensor

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.models.reconstructor.network.decoder import Decoder
from panic3d.models.reconstructor.rendering.cpu import table_kernels

POINTS_PER_BATCH = 1 << 13
BEFORE, BORDER = 1, 3
"""Cells of zeros before a plane's first one, and the sum of those before and after."""
CORNERS = 24


class CpuTriplaneField:
    """Density and colours of one head at scattered points, without gradients, on the CPU."""

    @torch.no_grad()
    def __init__(
        self, planes: Float[Tensor, "3 F L R R"], decoder: Decoder, palette: Float[Tensor, "K 3"] | None = None
    ) -> None:
        self.decoder, self.palette = decoder, palette
        _, features, self.layers, self.resolution, _ = planes.shape
        side = self.resolution + BORDER
        table = planes.new_empty(3, self.layers, side, side, features)
        inner = slice(BEFORE, BEFORE + self.resolution)
        for border in (
            slice(0, inner.start),
            slice(inner.stop, side),
        ):  # zeroing all of it would write the memory twice
            table[:, :, border] = 0
            table[:, :, :, border] = 0
        table[:, :, inner, inner] = planes.permute(0, 2, 3, 4, 1)
        self.table = table.view(-1, features)
        first, second = decoder.layer(0), decoder.layer(2)
        # The features of the planes are averaged: the weights include the factor of a third.
        self.hidden_weight = (first.weight * (first.weight_gain / 3)).t().contiguous()
        self.hidden_bias = first.bias * first.bias_gain
        self.density_weight = second.weight[0] * second.weight_gain
        self.density_bias = second.bias[0] * second.bias_gain

    @torch.no_grad()
    def density(self, xyz_head_m: Float[Tensor, "N 3"]) -> Float[Tensor, "N"]:
        """Return densities before their law."""
        out = xyz_head_m.new_empty(len(xyz_head_m))
        for part, hidden in self._evaluate_hidden(xyz_head_m.numpy()):
            torch.mv(hidden, self.density_weight, out=out[part])
        return out.add_(self.density_bias)

    @torch.no_grad()
    def colours(self, xyz_head_m: Float[Tensor, "N 3"]) -> Float[Tensor, "N C"]:
        """Return colours in [0, 1], RGB first."""
        out = xyz_head_m.new_empty(len(xyz_head_m), self.decoder.config.colours)
        palette = None if self.palette is None else self.palette[None]
        for part, hidden in self._evaluate_hidden(xyz_head_m.numpy()):
            out[part] = self.decoder.values(self.decoder.layer(2)(hidden)[None], palette).colours[0]
        return out

    def empty_density(self) -> Float[Tensor, ""]:
        """Return the density where all planes are zero."""
        return F.softplus(self.hidden_bias) @ self.density_weight + self.density_bias

    @property
    def across_m(self) -> float:
        """Distance from the centre of the box at which the outermost cells of a plane have faded to 0."""
        return BOX_SIDE_M / 2 * (1 + 1 / self.resolution)

    @property
    def along_m(self) -> float:
        """The same across a plane's layers; infinite for a single layer."""
        return BOX_SIDE_M / 2 * (1 + 1 / self.layers) if self.layers > 1 else math.inf

    def _evaluate_hidden(self, xyz_head_m: Float32[np.ndarray, "N 3"]) -> Iterator[tuple[slice, Float[Tensor, "_ H"]]]:
        """Yield the decoder's hidden layer in batches that share their memory, since new pages cost more than sums."""
        most = min(POINTS_PER_BATCH, len(xyz_head_m))
        rows, shares = np.empty((most, CORNERS), np.int32), np.empty((most, CORNERS), np.float32)
        hidden = self.table.new_empty(most, self.decoder.config.hidden)
        for first in range(0, len(xyz_head_m), POINTS_PER_BATCH):
            part = slice(first, min(first + POINTS_PER_BATCH, len(xyz_head_m)))
            count = part.stop - first
            points = xyz_head_m[part]
            table_kernels.find_corners(points, 2 / BOX_SIDE_M, self.resolution, self.layers, rows, shares)
            sums = F.embedding_bag(
                torch.from_numpy(rows[:count]),
                self.table,
                per_sample_weights=torch.from_numpy(shares[:count]),
                mode="sum",
            )
            torch.addmm(self.hidden_bias, sums, self.hidden_weight, out=hidden[:count])
            table_kernels.apply_softplus(hidden[:count].view(-1).numpy())
            yield part, hidden[:count]
