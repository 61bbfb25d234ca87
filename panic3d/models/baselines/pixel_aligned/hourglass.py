"""PIFu's encoders (Saito et al. 2019, appendix I): stacked hourglasses for shape, residual blocks for colour.

An hourglass looks at the whole picture at ever smaller scales and comes back, adding what it saw at each (Newell et al.
2016); its block is the hierarchical one of Bulat and Tzimiropoulos (2017); normalised in groups.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from panic3d.models.baselines.pixel_aligned.residual_pyramid import CHANNELS_IN, BasicBlock

CHANNELS_PER_GROUP = 8
"""Number of channels that are normalised together."""


class HierarchicalBlock(nn.Module):
    """Three convolutions of a half and two quarters of the width, concatenated and added to their input."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        widths = [inputs, outputs // 2, outputs // 4, outputs - outputs // 2 - outputs // 4]
        self.steps = nn.ModuleList(
            nn.Sequential(
                nn.GroupNorm(a // CHANNELS_PER_GROUP, a), nn.ReLU(), nn.Conv2d(a, b, 3, padding=1, bias=False)
            )
            for a, b in pairwise(widths)
        )
        self.short = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B D H W"]:
        made, last = [], x
        for step in self.steps:
            made.append(last := step(last))
        return self.short(x) + torch.cat(made, dim=1)


class Hourglass(nn.Module):
    """Downsamples to 1 / 2^depth of the side, and upsamples again."""

    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.beside, self.down, self.up = (HierarchicalBlock(width, width) for _ in range(3))
        self.inner = Hourglass(width, depth - 1) if depth > 1 else HierarchicalBlock(width, width)

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C H W"]:
        small = self.up(self.inner(self.down(F.avg_pool2d(x, 2))))
        return self.beside(x) + F.interpolate(small, scale_factor=2.0, mode="bilinear", align_corners=False)


class StackedHourglass(nn.Module):
    """A sequence of hourglasses, each with a feature map that has its own loss."""

    def __init__(self, width: int, stacks: int, depth: int, shrink: int) -> None:
        """`shrink`: the picture's side over that of the maps; 2 or 4."""
        super().__init__()
        self.shrink = shrink
        self.stem = nn.Conv2d(CHANNELS_IN, width, 7, stride=2, padding=3)
        self.before = HierarchicalBlock(width, width)
        self.hourglasses = nn.ModuleList(Hourglass(width, depth) for _ in range(stacks))
        self.after = nn.ModuleList(HierarchicalBlock(width, width) for _ in range(stacks))
        self.out = nn.ModuleList(nn.Conv2d(width, width, 1) for _ in range(stacks))
        self.again = nn.ModuleList(nn.Conv2d(2 * width, width, 1) for _ in range(stacks - 1))

    def forward(self, picture: Float[Tensor, "B 4 S S"]) -> list[Float[Tensor, "B C H W"]]:
        """Return the feature map of each hourglass; the last is the final one."""
        x = self.before(self.stem(picture))
        x = F.avg_pool2d(x, self.shrink // 2)
        maps = []
        for index, hourglass in enumerate(self.hourglasses):
            seen = self.after[index](hourglass(x))
            maps.append(self.out[index](seen).float())
            if index < len(self.again):
                x = x + self.again[index](torch.cat([seen, maps[-1].to(seen.dtype)], dim=1))
        return maps


class ColourEncoder(nn.Module):
    """A convolution and residual blocks at a half of the picture's side."""

    def __init__(self, width: int, blocks: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(CHANNELS_IN, width, 7, stride=2, padding=3), *(BasicBlock(width, width) for _ in range(blocks))
        )

    def forward(self, picture: Float[Tensor, "B 4 S S"]) -> Float[Tensor, "B C H W"]:
        return self.net(picture).float()
