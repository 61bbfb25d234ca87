"""Noise maps as variables of an inversion (Karras et al. 2020, appendix D)."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from panic3d.models.baselines.eg3d.generator import Eg3dGenerator

MIN_NOISE_SIDE = 8
"""Side of the smallest scale at which maps are penalised."""


def get_noise_maps(model: Eg3dGenerator) -> list[Float[Tensor, "_ _"]]:
    """Return the backbone's constant noise, one map per layer, without copying."""
    buffers = model.backbone.synthesis.named_buffers()
    return [buffer for name, buffer in buffers if name.endswith("noise_const")]


def compute_noise_penalty(maps: list[Float[Tensor, "_ _"]]) -> Float[Tensor, ""]:
    """Return the squared autocorrelation of maps at a shift of one pixel, over axes and scales: noise has none.

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
    """Normalise maps to zero mean and unit variance, in place."""
    for noise in maps:
        noise.sub_(noise.mean()).mul_(noise.square().mean().clamp(min=1e-12).rsqrt())
