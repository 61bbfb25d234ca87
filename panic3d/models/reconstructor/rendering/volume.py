"""Volume rendering along rays: the plain path, as published (EG3D's renderer, paper 3.2). Slow, and the reference."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from panic3d.cameras.axes import BOX_SIDE_M, FAR_M, NEAR_M
from panic3d.models.reconstructor.network.decoder import DensityLaw, opacity, optical_depth_per_m

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

    def __call__(self, xyz: Float[Tensor, "*N 3"], density: Float[Tensor, "*N"]) -> Float[Tensor, "*N"]:
        if self.crop_m:
            density = density.masked_fill(outside_crop(xyz, self.crop_m), EMPTY)
        return density.masked_fill(is_cloud(density, self.cull), EMPTY) if self.cull else density


def outside_crop(xyz: Float[Tensor, "*N 3"], crop_m: float) -> Bool[Tensor, "*N"]:
    limit = BOX_SIDE_M / 2 - crop_m
    return (xyz[..., 0].abs() > limit) | (xyz[..., 2].abs() > limit)


def is_cloud(density: Float[Tensor, "*N"], threshold: float) -> Bool[Tensor, "*N"]:
    return opacity(optical_depth_per_m(density, "published")) < threshold


def stratified_depths(jitter: Float[Tensor, "B R N"]) -> Float[Tensor, "B R N"]:
    """One depth a stratum from near to far; `jitter` in [0, 1) places it. The last stratum lies beyond far."""
    count = jitter.shape[-1]
    start = torch.linspace(NEAR_M, FAR_M, count, device=jitter.device)
    return start + jitter * ((FAR_M - NEAR_M) / (count - 1))


@dataclass(frozen=True)
class SampleDraws:
    """Where rays are sampled: the random numbers of one rendering, in [0, 1)."""

    jitter: Float[Tensor, "B R N"]
    importance_u: Float[Tensor, "B R M"] | None

    @classmethod
    def middle(cls, batch: int, rays: int, coarse: int, fine: int) -> "SampleDraws":
        """No chance: the middle of each stratum, and evenly spaced importance."""
        u = (torch.arange(fine) + 0.5) / fine
        return cls(torch.full((batch, rays, coarse), 0.5), u.expand(batch, rays, fine) if fine else None)

    @classmethod
    def random(
        cls, batch: int, rays: int, coarse: int, fine: int, generator: torch.Generator | None = None
    ) -> "SampleDraws":
        jitter = torch.rand(batch, rays, coarse, generator=generator)
        return cls(jitter, torch.rand(batch, rays, fine, generator=generator) if fine else None)

    def to(self, device: torch.device) -> "SampleDraws":
        return SampleDraws(self.jitter.to(device), None if self.importance_u is None else self.importance_u.to(device))


@dataclass(frozen=True)
class Marched:
    """What rays gathered."""

    colours: Float[Tensor, "B R C"]
    depth_m: Float[Tensor, "B R"]
    weights: Float[Tensor, "B R N"]
    """Of the intervals between samples."""


@dataclass(frozen=True)
class Gathered:
    """What rays gathered, on white: each channel has 1 for the light that passed through, the position too."""

    colours: Float[Tensor, "*R C"]
    """In [0, 1]; RGB first."""
    xyz_head_m: Float[Tensor, "*R 3"]
    """Mean position of what was met, plus (1, 1, 1) times the light that passed."""
    alpha: Float[Tensor, "*R"]
    depth_m: Float[Tensor, "*R"]
    """Mean distance along the ray."""


def march(
    density: Float[Tensor, "B R N1"],
    colours: Float[Tensor, "B R N1 C"],
    depths_m: Float[Tensor, "B R N1"],
    law: DensityLaw = "published",
    white: bool = True,
) -> Marched:
    """Composites the intervals between samples, each with the mean of its ends (MipNeRF's rule)."""
    middle_colours = (colours[..., :-1, :] + colours[..., 1:, :]) / 2
    weights = interval_weights(density, depths_m, law)
    gathered = torch.einsum("brn,brnc->brc", weights, middle_colours)
    if white:
        gathered = gathered + (1 - weights.sum(dim=-1)[..., None])
    return Marched(gathered, mean_depth_m(weights, depths_m), weights)


def interval_weights(
    density: Float[Tensor, "*R N1"], depths_m: Float[Tensor, "*R N1"], law: DensityLaw
) -> Float[Tensor, "*R N"]:
    """The share of a ray's light that each interval between samples stops."""
    middle = (density[..., :-1] + density[..., 1:]) / 2
    alpha = opacity(optical_depth_per_m(middle, law) * depths_m.diff(dim=-1))
    passed = torch.cumprod(torch.cat([torch.ones_like(alpha[..., :1]), 1 - alpha + 1e-10], dim=-1), dim=-1)
    return alpha * passed[..., :-1]


def mean_depth_m(weights: Float[Tensor, "*R N"], depths_m: Float[Tensor, "*R N1"]) -> Float[Tensor, "*R"]:
    """A ray through nothing has no depth; published code gives it the largest sample of the whole batch."""
    middle_m = (depths_m[..., :-1] + depths_m[..., 1:]) / 2
    depth_m = (weights * middle_m).sum(dim=-1) / weights.sum(dim=-1)
    return depth_m.nan_to_num(nan=float("inf")).clamp(depths_m.min(), depths_m.max())


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


def render_plain(
    field: Field,
    origins: Float[Tensor, "B R 3"],
    directions: Float[Tensor, "B R 3"],
    draws: SampleDraws,
    law: DensityLaw = "published",
) -> Gathered:
    """`render_rays` with colours and position apart."""
    marched = render_rays(field, origins, directions, draws.jitter, draws.importance_u, law)
    alpha = marched.weights.sum(dim=-1)
    return Gathered(marched.colours[..., :-3], marched.colours[..., -3:], alpha, marched.depth_m)


def _samples(
    field: Field, origins: Float[Tensor, "B R 3"], directions: Float[Tensor, "B R 3"], depths_m: Float[Tensor, "B R N"]
) -> tuple[Float[Tensor, "B R N"], Float[Tensor, "B R N C"]]:
    """The field along rays; the position is appended to the colours."""
    xyz = origins[:, :, None] + depths_m[..., None] * directions[:, :, None]
    density, colours = field(xyz.flatten(1, 2))
    return density.view(depths_m.shape), torch.cat([colours.unflatten(1, depths_m.shape[1:]), xyz], dim=-1)
