"""The network that maps a line-free drawing to the colours of its render: an affine change of colour at each place."""

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from panic3d.cameras.tensors import resize_bilinear
from panic3d.models.layers import make_convolution_block

COEFFICIENTS = 12
"""A 3x3 matrix and an offset."""


@dataclass(frozen=True)
class AlbedoNetworkConfig:
    """Sizes of the network."""

    pixels: int = 128
    """Side of the picture in which colours are decided."""
    widths: tuple[int, ...] = (16, 32, 64, 96, 128)
    """Channels at the full side, a half, a quarter ... of it."""


class AlbedoNetwork(nn.Module):
    """A U-Net at low resolution whose result is applied at that of the picture, so that edges stay (cf. HDRNet)."""

    def __init__(self, config: AlbedoNetworkConfig) -> None:
        super().__init__()
        self.config = config
        widths = config.widths
        self.first = make_convolution_block(4, widths[0], 1)
        self.down = nn.ModuleList(
            nn.Sequential(make_convolution_block(a, b, 2), make_convolution_block(b, b, 1)) for a, b in pairwise(widths)
        )
        self.up = nn.ModuleList(
            nn.Sequential(make_convolution_block(b + a, a, 1), make_convolution_block(a, a, 1))
            for a, b in reversed([*pairwise(widths)])
        )
        self.last = nn.Conv2d(widths[0], COEFFICIENTS, 1)
        for parameter in self.last.parameters():  # nothing changes, to begin with
            nn.init.zeros_(parameter)

    def forward(self, rgba: Float[Tensor, "B 4 S S"]) -> Float[Tensor, "B 3 S S"]:
        """Return the colours of the render, in [0, 1].

        `rgba`: straight colours without lines, in [0, 1], which go on in transparent pixels.
        """
        small = resize_bilinear(rgba, self.config.pixels, antialias=True)
        affine = resize_bilinear(self._predict(small).float(), rgba.shape[-1])
        matrix, offset = affine[:, :9].unflatten(1, (3, 3)), affine[:, 9:]
        rgb = rgba[:, :3].float()
        return (rgb + torch.einsum("bijhw,bjhw->bihw", matrix, rgb - 0.5) + offset).clamp(0, 1)

    def _predict(self, small: Float[Tensor, "B 4 P P"]) -> Float[Tensor, "B 12 P P"]:
        maps = [self.first(2 * small - 1)]
        for block in self.down:
            maps.append(block(maps[-1]))
        x = maps.pop()
        for block in self.up:
            x = F.interpolate(x, size=maps[-1].shape[2:], mode="bilinear", align_corners=False)
            x = block(torch.cat([x, maps.pop()], dim=1))
        return self.last(x)
