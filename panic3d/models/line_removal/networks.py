"""The published networks: a shallow generator that paints over lines, and a discriminator of small patches.

Tensors are named as in the published checkpoint (`generator.0.weight` ...).
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

GENERATOR_LAYERS, DISCRIMINATOR_LAYERS = 6, 4
MARGIN_PX = GENERATOR_LAYERS
"""Pixels that the generator's valid convolutions remove on each side."""
DISCRIMINATED_PX = 2 * DISCRIMINATOR_LAYERS + 1
"""Receptive field of the discriminator: the side of the patch that it takes."""


@dataclass(frozen=True)
class LineRemovalNetworksConfig:
    """The defaults are the published values."""

    width: int = 32
    discriminator_width: int = 16
    use_hull: bool = True
    """Whether the generator takes the hull of the face as a fourth channel; the released weights very likely do not."""
    fill: bool = False
    """Whether the generator takes pictures with filled lines (`fill.fill_lines`) and corrects those; not published."""


PUBLISHED_NETWORKS = LineRemovalNetworksConfig()


class LineRemovalNetworks(nn.Module):
    """The generator and the discriminator. Pictures are RGB on white in [0, 1]."""

    def __init__(self, config: LineRemovalNetworksConfig = PUBLISHED_NETWORKS) -> None:
        super().__init__()
        self.config = config
        wide, narrow = config.width, config.discriminator_width
        last = nn.Conv2d(wide, 3, 3)
        if config.fill:  # nothing to correct, to begin with
            for parameter in last.parameters():
                nn.init.zeros_(parameter)
        given = 3 + config.fill + config.use_hull
        self.generator = nn.Sequential(*_make_blocks([given, *[wide] * (GENERATOR_LAYERS - 1)]), last, nn.Tanh())
        self.discriminator = nn.Sequential(
            *_make_blocks([4, *[narrow] * (DISCRIMINATOR_LAYERS - 1)]), nn.Conv2d(narrow, narrow, 3)
        )

    def paint(
        self,
        rgb: Float[Tensor, "B 3 H W"],
        infill: Bool[Tensor, "B H W"],
        hull: Bool[Tensor, "B H W"],
        pad: bool = True,
    ) -> Float[Tensor, "B 3 h w"]:
        """Return the generator's output, which is meaningful at the line pixels alone.

        Without padding it has 6 pixels less on each side. With `fill`, the lines of `rgb` are filled already.
        """
        parts = [rgb, infill[:, None].to(rgb)] if self.config.fill else [rgb * ~infill[:, None]]
        given = torch.cat(parts + [hull[:, None].to(rgb)] * self.config.use_hull, dim=1)
        made = self.generator(F.pad(given, (MARGIN_PX,) * 4, mode="replicate") if pad else given)
        if not self.config.fill:
            return made
        return made + (rgb if pad else rgb[..., MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX])

    def forward(
        self, rgb: Float[Tensor, "B 3 H W"], infill: Bool[Tensor, "B H W"], hull: Bool[Tensor, "B H W"]
    ) -> Float[Tensor, "B 3 H W"]:
        """Return the picture with its line pixels painted, whose values may lie slightly outside [0, 1]."""
        return torch.where(infill[:, None], self.paint(rgb, infill, hull), rgb)

    def discriminate(self, rgb: Float[Tensor, "B 3 P P"], hull: Bool[Tensor, "B P P"]) -> Float[Tensor, "B"]:
        """Return logits, high for renders, of the middle 9x9 pixels.

        Raises ValueError for patches of even or smaller size.
        """
        extra = rgb.shape[-1] - DISCRIMINATED_PX
        if extra < 0 or extra % 2:
            raise ValueError(f"expected patches of an odd size of at least {DISCRIMINATED_PX}, got {rgb.shape[-1]}")
        middle = slice(extra // 2, extra // 2 + DISCRIMINATED_PX)
        given = torch.cat([rgb, hull[:, None].to(rgb)], dim=1)[..., middle, middle]
        return self.discriminator(given).mean(dim=(1, 2, 3))


def _make_blocks(widths: list[int]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Conv2d(before, after, 3), nn.LeakyReLU(0.01), nn.BatchNorm2d(after)]
    return layers
