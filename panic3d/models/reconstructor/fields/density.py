"""What a network's density output means: optical depth and opacity."""

from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from panic3d.cameras.axes import BOX_SIDE_M

EMPTY_DENSITY = -1000.0
"""The density, before its law, of a place that holds nothing at all."""
SHARP_STEP_M = BOX_SIDE_M / 64
DensityLaw = Literal["published", "sharp"]
"""How a density output s becomes optical depth per metre.

published: softplus(s - 1), MipNeRF's. sharp: softplus(s) / (box / 64), so that sigmoid(s) is the opacity of a 64th of
the box, s = 0 is the surface, and s is a logit that can be trained with cross-entropy directly. A small network never
becomes opaque under the published law, where s would have to reach 100.
"""


def optical_depth_per_m(density: Float[Tensor, "*N"], law: DensityLaw) -> Float[Tensor, "*N"]:
    """Optical depth per metre of densities, by their law."""
    return F.softplus(density - 1) if law == "published" else F.softplus(density) / SHARP_STEP_M


def opacity(optical_depth: Float[Tensor, "*N"]) -> Float[Tensor, "*N"]:
    """Share of the light that an optical depth stops, 1 - exp(-depth).

    Not through expm1: the rounding error of the published code for nearly empty rays shows in its depths.
    """
    return 1 - torch.exp(-optical_depth)
