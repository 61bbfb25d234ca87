"""Noise maps as unknowns of an inversion (Karras et al. 2020, appendix D)."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from panic3d.models.baselines.eg3d.generator import Eg3dGenerator

MIN_NOISE_SIDE = 8
"""Side of the smallest map that is looked at for patterns."""


def get_noise_maps(model: Eg3dGenerator) -> list[Float[Tensor, "_ _"]]:
    """The backbone's constant noise, a map a layer; they are the model's own."""
    buffers = model.backbone.synthesis.named_buffers()
    return [buffer for name, buffer in buffers if name.endswith("noise_const")]


def compute_noise_penalty(maps: list[Float[Tensor, "_ _"]]) -> Float[Tensor, ""]:
    """Squared correlation of each map with itself one pixel on, along both axes, at all scales: noise has none.

    Without it the maps would carry the picture.
    """
    penalty = torch.zeros(())
    for noise in maps:
        x = noise[None, None]
        while x.shape[-1] >= MIN_NOISE_SIDE:
            penalty = penalty + sum((x * x.roll(1, axis)).mean().square() for axis in (2, 3))
            x = F.avg_pool2d(x, 2) * 2  # of unit variance again
    return penalty


@torch.no_grad()
def normalise_noise(maps: list[Float[Tensor, "_ _"]]) -> None:
    """In place, to zero mean and unit variance."""
    for noise in maps:
        noise.sub_(noise.mean()).mul_(noise.square().mean().clamp(min=1e-12).rsqrt())
