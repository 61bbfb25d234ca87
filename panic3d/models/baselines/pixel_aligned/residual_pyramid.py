"""PixelNeRF's encoder: the feature pyramid of a residual network (Yu et al. 2021, section 4.1.1 and appendix B.1)."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

CHANNELS_IN = 4
"""Channels of the input: RGB on white and coverage."""
CHANNELS_PER_GROUP = 16
"""Number of channels that are normalised together."""


@dataclass(frozen=True)
class PyramidConfig:
    """The defaults are ResNet-34's first convolution and its first three stages, from scratch.

    Group instead of batch normalisation: what a picture gives does not depend on its batch, nor on how many processes
    share it.
    """

    widths: tuple[int, ...] = (64, 64, 128, 256)
    """Channels at a half, a quarter, ... of the picture's side, multiples of 16: of the first convolution, then of the
    stages."""
    blocks: tuple[int, ...] = (3, 4, 6)
    """Number of residual blocks of each stage."""


class ResidualPyramid(nn.Module):
    """Makes feature maps before the first pooling and after each stage."""

    def __init__(self, config: PyramidConfig) -> None:
        super().__init__()
        first, *rest = config.widths
        self.stem = nn.Sequential(
            nn.Conv2d(CHANNELS_IN, first, 7, stride=2, padding=3, bias=False), *make_normalisation(first), nn.ReLU()
        )
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.stages = nn.ModuleList()
        inputs = first
        for index, (width, count) in enumerate(zip(rest, config.blocks, strict=True)):
            stride = 1 if index == 0 else 2
            blocks = [BasicBlock(inputs if i == 0 else width, width, stride if i == 0 else 1) for i in range(count)]
            self.stages.append(nn.Sequential(*blocks))
            inputs = width

    def forward(
        self, front_rgb: Float[Tensor, "B 3 S S"], front_alpha: Float[Tensor, "B S S"]
    ) -> tuple[Float[Tensor, "B _ _ _"], ...]:
        """Return the feature maps of RGB on white in [0, 1] and coverage."""
        x = self.stem(2 * torch.cat([front_rgb, front_alpha[:, None]], dim=1) - 1)
        maps = [x]
        x = self.pool(x)
        for stage in self.stages:
            maps.append(x := stage(x))
        return tuple(m.float() for m in maps)


class BasicBlock(nn.Module):
    """Two 3x3 convolutions, added to their input (He et al. 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.net = nn.Sequential(
            *(nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False), *make_normalisation(outputs), nn.ReLU()),
            *(nn.Conv2d(outputs, outputs, 3, padding=1, bias=False), *make_normalisation(outputs)),
        )
        same = inputs == outputs and stride == 1
        self.short = (
            nn.Identity()
            if same
            else nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), *make_normalisation(outputs))
        )

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B D _ _"]:
        return torch.relu(self.short(x) + self.net(x))


def make_normalisation(width: int) -> tuple[nn.Module]:
    return (nn.GroupNorm(width // CHANNELS_PER_GROUP, width),)
