"""The matting network: a small U-Net from a canonical portrait on its background to a coarse alpha."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from panic3d.models.layers import make_convolution_block


@dataclass(frozen=True)
class MattingNetworkConfig:
    """Sizes of the network."""

    size: int = 128
    """Pixels along the side of its input; a multiple of 32."""
    widths: tuple[int, ...] = (16, 24, 48, 64, 64)
    """Channels at a half, a quarter ... of the input's side."""


class MattingNetwork(nn.Module):
    """From RGB in [0, 1] to the logit of alpha."""

    def __init__(self, config: MattingNetworkConfig = MattingNetworkConfig()) -> None:
        super().__init__()
        self.config = config
        widths = config.widths
        self.down = nn.ModuleList(
            nn.Sequential(make_convolution_block(before, after, 2), make_convolution_block(after, after, 1))
            for before, after in zip((3, *widths[:-1]), widths, strict=True)
        )
        finer = widths[-2::-1]
        self.up = nn.ModuleList(
            make_convolution_block(coarse + fine, fine, 1)
            for coarse, fine in zip((widths[-1], *finer[:-1]), finer, strict=True)
        )
        self.alpha = nn.Conv2d(widths[0], 4, 3, padding=1)  # four finer pixels each

    def forward(self, rgb: Float[Tensor, "B 3 S S"]) -> Float[Tensor, "B S S"]:
        kept, x = [], 2 * rgb - 1
        for layer in self.down:
            x = layer(x)
            kept.append(x)
        for layer, finer in zip(self.up, kept[-2::-1], strict=True):
            x = layer(torch.cat([F.interpolate(x, scale_factor=2.0, mode="nearest"), finer], dim=1))
        return F.pixel_shuffle(self.alpha(x), 2)[:, 0].float()
