"""A small convolutional encoder of the front picture, in the place of the tagger."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from panic3d.cameras.tensors import resize_bilinear
from panic3d.models.reconstructor.network.stylegan.layers import leaky_relu

SEMANTIC_RESOLUTION = 8
"""Resolution of the block after which the semantic features are added; the picture is not added there."""


class PictureEncoder(nn.Module):
    """A small encoder in the place of the tagger: from RGB, alpha and position to 8x8 features and a style.

    The published tagger is a ResNet-50 that was trained on 1062 tags, more than a small run can afford.
    """

    def __init__(self, width: int, channels_out: int, w_dim: int, styles: bool, palette: int) -> None:
        super().__init__()
        widths = [width, 2 * width, 3 * width, 4 * width]
        convolutions: list[nn.Module] = []
        for inputs, outputs in zip([6, *widths], widths, strict=False):
            convolutions += [nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), nn.GroupNorm(4, outputs), nn.SiLU()]
        convolutions += [nn.Conv2d(widths[-1], widths[-1], 3, padding=1), nn.GroupNorm(4, widths[-1]), nn.SiLU()]
        self.convolutions = nn.Sequential(*convolutions)
        self.pick = nn.Conv2d(widths[1], palette, 1) if palette else None
        self.features = nn.Conv2d(widths[-1], channels_out, 1) if channels_out else None
        self.squeeze = nn.Conv2d(widths[-1], 16, 1)
        self.style = nn.Linear(16 * SEMANTIC_RESOLUTION**2, w_dim) if styles else None

    def forward(
        self, rgb: Float[Tensor, "B 3 S S"], alpha: Float[Tensor, "B S S"]
    ) -> tuple[Float[Tensor, "B T 8 8"] | None, Float[Tensor, "B D"] | None, Float[Tensor, "B K 3"] | None]:
        """Return semantic features, whose rows ascend with y, a shift of w, and colours picked from the picture."""
        size = 16 * SEMANTIC_RESOLUTION
        ramp = torch.linspace(-1, 1, size, device=rgb.device)
        grid = torch.stack(torch.meshgrid(ramp, ramp, indexing="ij")).expand(len(rgb), -1, -1, -1)
        picture = resize_bilinear(torch.cat([2 * rgb - 1, 2 * alpha[:, None] - 1], dim=1).flip(2), size)
        halfway = self.convolutions[: 3 * 2](torch.cat([picture, grid], dim=1))
        x = self.convolutions[3 * 2 :](halfway)
        shift = None if self.style is None else self.style(leaky_relu(self.squeeze(x)).flatten(1))
        palette = None if self.pick is None else pick_colours(self.pick(halfway).float(), picture.float())
        return None if self.features is None else self.features(x), shift, palette


def pick_colours(scores: Float[Tensor, "B K R R"], picture: Float[Tensor, "B 4 S S"]) -> Float[Tensor, "B K 3"]:
    """Average the opaque pixels of a picture on white in [-1, 1], weighted by the softmax of each score."""
    small = F.adaptive_avg_pool2d(picture, scores.shape[-1]).flatten(2) / 2 + 0.5
    alpha = small[:, 3]
    weights = torch.softmax(scores.flatten(2) + (alpha + 1e-3).log()[:, None], dim=2)
    straight = 1 - (1 - small[:, :3]) / alpha.clamp(min=0.05)[:, None]
    # not a matrix product, which autocast would round to bfloat16
    return (weights[:, :, None] * straight.clamp(0, 1)[:, None]).sum(dim=3)
