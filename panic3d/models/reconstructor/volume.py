"""Volume rendering along rays: the plain path, as published (EG3D's renderer, paper 3.2). Slow, and the reference."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from panic3d.conventions import BOX_SIDE_M, FAR_M, NEAR_M
from panic3d.models.reconstructor.decoder import DensityLaw, opacity, optical_depth_per_m

EMPTY = -1000.0
"""A density of nothing at all."""
Field = Callable[[Float[Tensor, "B N 3"]], tuple[Float[Tensor, "B N"], Float[Tensor, "B N C"]]]
"""Points in the head frame, metres, to density (before the law) and colours."""


@dataclass(frozen=True)
class DensityEdits:
    """What inference cuts away from a field (published: 0.1 and 0.5)."""

    crop_m: float = 0.0
    """Nothing beyond half the box's side less this in x and z; y is free."""
    cull: float = 0.0
    """Nothing where the opacity of a metre is below this."""

    def __call__(self, xyz: Float[Tensor, "B N 3"], density: Float[Tensor, "B N"]) -> Float[Tensor, "B N"]:
        if self.crop_m:
            density = density.masked_fill(outside_crop(xyz, self.crop_m), EMPTY)
        return density.masked_fill(is_cloud(density, self.cull), EMPTY) if self.cull else density


def outside_crop(xyz: Float[Tensor, "B N 3"], crop_m: float) -> Bool[Tensor, "B N"]:
    limit = BOX_SIDE_M / 2 - crop_m
    return (xyz[..., 0].abs() > limit) | (xyz[..., 2].abs() > limit)


def is_cloud(density: Float[Tensor, "B N"], threshold: float) -> Bool[Tensor, "B N"]:
    return opacity(optical_depth_per_m(density, "published")) < threshold


def stratified_depths(jitter: Float[Tensor, "B R N"]) -> Float[Tensor, "B R N"]:
    """One depth a stratum from near to far; `jitter` in [0, 1) places it. The last stratum lies beyond far."""
    count = jitter.shape[-1]
    start = torch.linspace(NEAR_M, FAR_M, count, device=jitter.device)
    return start + jitter * ((FAR_M - NEAR_M) / (count - 1))


@dataclass(frozen=True)
class Marched:
    """What rays gathered."""

    colours: Float[Tensor, "B R C"]
    depth_m: Float[Tensor, "B R"]
    weights: Float[Tensor, "B R N"]
    """Of the intervals between samples."""


def march(
    density: Float[Tensor, "B R N1"],
    colours: Float[Tensor, "B R N1 C"],
    depths_m: Float[Tensor, "B R N1"],
    law: DensityLaw = "published",
    white: bool = True,
) -> Marched:
    """Composites the intervals between samples, each with the mean of its ends (MipNeRF's rule)."""
    middle_density = (density[..., :-1] + density[..., 1:]) / 2
    middle_colours = (colours[..., :-1, :] + colours[..., 1:, :]) / 2
    middle_m = (depths_m[..., :-1] + depths_m[..., 1:]) / 2
    alpha = opacity(optical_depth_per_m(middle_density, law) * depths_m.diff(dim=-1))
    passed = torch.cumprod(torch.cat([torch.ones_like(alpha[..., :1]), 1 - alpha + 1e-10], dim=-1), dim=-1)
    weights = alpha * passed[..., :-1]
    total = weights.sum(dim=-1)
    gathered = torch.einsum("brn,brnc->brc", weights, middle_colours)
    if white:
        gathered = gathered + (1 - total[..., None])
    # A ray through nothing has no depth; published code gives it the largest sample of the whole batch.
    depth_m = torch.einsum("brn,brn->br", weights, middle_m) / total
    depth_m = depth_m.nan_to_num(nan=float("inf")).clamp(depths_m.min(), depths_m.max())
    return Marched(gathered, depth_m, weights)


def smoothed(weights: Float[Tensor, "R N"]) -> Float[Tensor, "R N"]:
    """Coarse weights as importance: the larger neighbour, averaged, and a floor."""
    widened = F.max_pool1d(weights[:, None], 2, stride=1, padding=1)
    return F.avg_pool1d(widened, 2, stride=1)[:, 0] + 0.01


def inverse_cdf(
    bins: Float[Tensor, "R B1"], weights: Float[Tensor, "R B"], u: Float[Tensor, "R N"], epsilon: float = 1e-5
) -> Float[Tensor, "R N"]:
    """Where the piecewise constant density of `weights` over `bins` has accumulated u."""
    share = (weights + epsilon) / (weights + epsilon).sum(dim=-1, keepdim=True)
    cdf = torch.cat([torch.zeros_like(share[:, :1]), share.cumsum(dim=-1)], dim=-1)
    above = torch.searchsorted(cdf, u.contiguous(), right=True)
    below, above = (above - 1).clamp(min=0), above.clamp(max=weights.shape[-1])
    start, end = cdf.gather(1, below), cdf.gather(1, above)
    span = torch.where(end - start < epsilon, 1.0, end - start)
    left = bins.gather(1, below)
    return left + (u - start) / span * (bins.gather(1, above) - left)


def importance_depths(
    depths_m: Float[Tensor, "B R N1"], weights: Float[Tensor, "B R N"], u: Float[Tensor, "B R M"]
) -> Float[Tensor, "B R M"]:
    """Depths where the coarse pass found something."""
    flat_m = depths_m.flatten(0, 1)
    middle_m = (flat_m[:, :-1] + flat_m[:, 1:]) / 2
    fine_m = inverse_cdf(middle_m, smoothed(weights.flatten(0, 1))[:, 1:-1], u.flatten(0, 1))
    return fine_m.unflatten(0, depths_m.shape[:2])


def render_rays(
    field: Field,
    origins: Float[Tensor, "B R 3"],
    directions: Float[Tensor, "B R 3"],
    jitter: Float[Tensor, "B R N"],
    importance_u: Float[Tensor, "B R M"] | None = None,
    law: DensityLaw = "published",
) -> Marched:
    """Stratified samples, then, if asked, importance samples among them. The colours gain the position: C + 3."""
    depths_m = stratified_depths(jitter)
    density, colours = _samples(field, origins, directions, depths_m)
    coarse = march(density, colours, depths_m, law)
    if importance_u is None:
        return coarse
    with torch.no_grad():
        fine_m = importance_depths(depths_m, coarse.weights, importance_u)
    fine_density, fine_colours = _samples(field, origins, directions, fine_m)
    depths_m, order = torch.cat([depths_m, fine_m], dim=-1).sort(dim=-1)
    density = torch.cat([density, fine_density], dim=-1).gather(-1, order)
    colours = torch.cat([colours, fine_colours], dim=-2)
    colours = colours.gather(-2, order[..., None].expand(-1, -1, -1, colours.shape[-1]))
    return march(density, colours, depths_m, law)


def _samples(
    field: Field, origins: Float[Tensor, "B R 3"], directions: Float[Tensor, "B R 3"], depths_m: Float[Tensor, "B R N"]
) -> tuple[Float[Tensor, "B R N"], Float[Tensor, "B R N C"]]:
    """The field along rays; the position is appended to the colours."""
    xyz = origins[:, :, None] + depths_m[..., None] * directions[:, :, None]
    density, colours = field(xyz.flatten(1, 2))
    return density.view(depths_m.shape), torch.cat([colours.unflatten(1, depths_m.shape[1:]), xyz], dim=-1)
