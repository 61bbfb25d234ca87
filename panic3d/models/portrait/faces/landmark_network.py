"""The landmark network: a small U-Net with one heat map per landmark (soft argmax), and the logit of a face."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from panic3d.models.layers import make_convolution_block

LANDMARKS = 28


@dataclass(frozen=True)
class LandmarkNetworkConfig:
    """Sizes of the network."""

    size: int = 96
    """Pixels along the side of its input; a multiple of 16."""
    widths: tuple[int, ...] = (16, 32, 64, 96)
    """Channels at a half, a quarter, an eighth and a sixteenth of the input's side."""


class LandmarkNetwork(nn.Module):
    """From RGB of a box in [0, 1] to landmarks within the box (0 to 1) and the logit of a face."""

    def __init__(self, config: LandmarkNetworkConfig = LandmarkNetworkConfig()) -> None:
        super().__init__()
        self.config = config
        w = config.widths
        self.down = nn.ModuleList(
            nn.Sequential(make_convolution_block(before, after, 2), make_convolution_block(after, after, 1))
            for before, after in zip((3, *w[:-1]), w, strict=True)
        )
        self.up = nn.ModuleList(
            [make_convolution_block(w[3] + w[2], w[2], 1), make_convolution_block(w[2] + w[1], w[1] * 2, 1)]
        )
        self.heat = nn.Conv2d(w[1] * 2, LANDMARKS, 1)
        self.face = nn.Sequential(nn.Linear(w[3], 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, rgb: Float[Tensor, "B 3 S S"]) -> tuple[Float[Tensor, "B 28 2"], Float[Tensor, "B"]]:
        """Return column and row of each landmark, and the logit of the box being around a face."""
        kept, x = [], 2 * rgb - 1
        for layer in self.down:
            x = layer(x)
            kept.append(x)
        face = self.face(x.mean(dim=(2, 3)))[:, 0]
        for layer, finer in zip(self.up, (kept[2], kept[1]), strict=True):
            x = layer(torch.cat([F.interpolate(x, scale_factor=2.0, mode="nearest"), finer], dim=1))
        return compute_soft_argmax(self.heat(x).float()), face.float()


def compute_soft_argmax(heat: Float[Tensor, "B N H W"]) -> Float[Tensor, "B N 2"]:
    """Return the mean column and row, from 0 to 1 across the map, under the softmax of each map."""
    height, width = heat.shape[2:]
    share = heat.flatten(2).softmax(dim=2).unflatten(2, (height, width))
    column = (torch.arange(width, device=heat.device) + 0.5) / width
    row = (torch.arange(height, device=heat.device) + 0.5) / height
    return torch.stack([share.sum(dim=2) @ column, share.sum(dim=3) @ row], dim=-1)
