"""Compositing of samples along rays, by the rule of MipNeRF."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from panic3d.models.reconstructor.fields.density import DensityLaw, opacity, optical_depth_per_m


@dataclass(frozen=True)
class MarchedRays:
    """Composited samples of rays."""

    colours: Float[Tensor, "B R C"]
    depth_m: Float[Tensor, "B R"]
    weights: Float[Tensor, "B R N"]
    """Weights of the intervals between samples."""


@dataclass(frozen=True)
class RenderedRays:
    """Rendered rays on white: every channel, the position too, has 1 times the transmitted light added."""

    colours: Float[Tensor, "*R C"]
    """In [0, 1]; RGB first."""
    xyz_head_m: Float[Tensor, "*R 3"]
    """Weighted sum of positions, plus (1, 1, 1) times the transmitted light."""
    alpha: Float[Tensor, "*R"]
    depth_m: Float[Tensor, "*R"]
    """Mean distance along the ray in metres."""


def march_rays(
    density: Float[Tensor, "B R N1"],
    colours: Float[Tensor, "B R N1 C"],
    depths_m: Float[Tensor, "B R N1"],
    law: DensityLaw = "published",
    white: bool = True,
) -> MarchedRays:
    """Composite the intervals between samples, each with the mean of its ends (MipNeRF's rule)."""
    middle_colours = (colours[..., :-1, :] + colours[..., 1:, :]) / 2
    weights = compute_interval_weights(density, depths_m, law)
    gathered = torch.einsum("brn,brnc->brc", weights, middle_colours)
    if white:
        gathered = gathered + (1 - weights.sum(dim=-1)[..., None])
    return MarchedRays(gathered, compute_mean_depth_m(weights, depths_m), weights)


def compute_interval_weights(
    density: Float[Tensor, "*R N1"], depths_m: Float[Tensor, "*R N1"], law: DensityLaw
) -> Float[Tensor, "*R N"]:
    """Return the share of a ray's light that each interval between samples stops."""
    middle = (density[..., :-1] + density[..., 1:]) / 2
    alpha = opacity(optical_depth_per_m(middle, law) * depths_m.diff(dim=-1))
    passed = torch.cumprod(torch.cat([torch.ones_like(alpha[..., :1]), 1 - alpha + 1e-10], dim=-1), dim=-1)
    return alpha * passed[..., :-1]


def compute_mean_depth_m(weights: Float[Tensor, "*R N"], depths_m: Float[Tensor, "*R N1"]) -> Float[Tensor, "*R"]:
    """Return the mean depth of rays; an empty ray gets the largest depth of the batch, as in the published code."""
    middle_m = (depths_m[..., :-1] + depths_m[..., 1:]) / 2
    depth_m = (weights * middle_m).sum(dim=-1) / weights.sum(dim=-1)
    return depth_m.nan_to_num(nan=float("inf")).clamp(depths_m.min(), depths_m.max())
