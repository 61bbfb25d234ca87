"""A backbone that is an image-to-image network: a U-Net from the front picture to the planes.

It is not the paper's. The first of the three planes has the frame of the front picture, so that skip connections carry
details to their place; the paper's generator is conditioned on the picture at each scale instead and has to synthesise
it again. Means over rows and columns carry features along the axes that the planes share, as in the paper.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from panic3d.cameras.tensors import resize_bilinear
from panic3d.models.reconstructor.network.conditioning import (
    add_to_first_channels,
    condition_image,
    pool_features,
)
from panic3d.models.reconstructor.network.encoding import TriplaneEncoding
from panic3d.models.reconstructor.network.picture_encoder import pick_colours
from panic3d.models.reconstructor.network.triplane import TriplaneConfig, split_into_planes
from panic3d.runtime.errors import UserError

CHANNELS_PER_GROUP = 16
"""Number of channels that are normalised together."""


@dataclass(frozen=True)
class UNetConfig:
    widths: tuple[int, ...] = ()
    """Channels at a half, a quarter ... of the picture's side, multiples of 16; none: the paper's backbone is used."""
    resolution: int = 32
    """Pixels along a plane's side."""
    blocks: int = 1
    """UNetResidual blocks at each scale on the way down."""
    hidden: int = 256
    """Width of the fully connected layers at the smallest scale."""
    pool_divisor: int = 4
    """Features are pooled over rows and columns in 1 / divisor of the channels; 0: no pooling."""


class UNet(nn.Module):
    """From a front picture to planes, and colours picked from it."""

    def __init__(self, config: UNetConfig, triplane: TriplaneConfig, picture_size: int, palette: int) -> None:
        super().__init__()
        self.config, self.triplane = config, triplane
        widths = config.widths
        sides = [picture_size // 2 ** (i + 1) for i in range(len(widths))]
        if config.resolution not in sides[:-1]:
            raise UserError(f"the U-Net's resolution is one of {sides[:-1]} of its scales, found {config.resolution}")
        self.stem = nn.Conv2d(6, widths[0], 5, stride=2, padding=2)
        self.downs = nn.ModuleList(
            nn.Conv2d(inputs, outputs, 3, stride=2, padding=1) for inputs, outputs in pairwise(widths)
        )
        self.encoding = nn.ModuleList(nn.Sequential(*(UNetResidual(w) for _ in range(config.blocks))) for w in widths)
        self.whole = GlobalMixing(widths[-1], sides[-1], config.hidden)
        self.pick = nn.Conv2d(widths[1], palette, 1) if palette else None
        self.ups, self.decoding = nn.ModuleList(), nn.ModuleList()
        last = widths[-1]
        for width, side in list(zip(widths, sides, strict=True))[-2::-1]:
            if side > config.resolution:
                break
            self.ups.append(nn.Conv2d(last + width, width, 1))
            self.decoding.append(UNetResidual(width))
            last = width
        self.out = nn.Conv2d(last, triplane.channels, 3, padding=1)

    def forward(
        self,
        front_rgb: Float[Tensor, "B 3 S S"],
        front_alpha: Float[Tensor, "B S S"],
    ) -> TriplaneEncoding:
        """Encode a front picture: RGB on white in [0, 1] and coverage."""
        ramp = torch.linspace(-1, 1, front_rgb.shape[-1], device=front_rgb.device)
        grid = torch.stack(torch.meshgrid(ramp, ramp, indexing="ij")).expand(len(front_rgb), -1, -1, -1)
        picture = torch.cat([2 * front_rgb - 1, 2 * front_alpha[:, None] - 1], dim=1).flip(2)
        x = self.encoding[0](self.stem(torch.cat([picture, grid], dim=1)))
        skips = [x]
        for down, encode in zip(self.downs, list(self.encoding)[1:], strict=True):
            skips.append(x := encode(down(x)))
        palette = None if self.pick is None else pick_colours(self.pick(skips[1]).float(), picture.float())
        x = self.whole(skips.pop())
        for up, decode in zip(self.ups, self.decoding, strict=True):
            larger = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
            x = decode(up(torch.cat([larger, skips.pop()], dim=1)))
            if self.config.pool_divisor:
                x = pool_features(x, self.config.pool_divisor)
        planes = add_to_first_channels(self.out(x), resize_bilinear(condition_image(front_rgb, 1.0), x.shape[-1]))
        return TriplaneEncoding(split_into_planes(planes.float(), self.triplane), palette)


class UNetResidual(nn.Module):
    """Two normalised convolutions, added to their input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            *(nn.GroupNorm(width // CHANNELS_PER_GROUP, width), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1)),
            *(nn.GroupNorm(width // CHANNELS_PER_GROUP, width), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1)),
        )

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C H W"]:
        return x + self.net(x)


class GlobalMixing(nn.Module):
    """Fully connected layers over all pixels of the smallest scale, added to their input."""

    def __init__(self, width: int, side: int, hidden: int) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(width * side**2, hidden), nn.SiLU(), nn.Linear(hidden, width * side**2))
        self.after = UNetResidual(width)

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C H W"]:
        return self.after(x + self.net(x.flatten(1)).view_as(x))
