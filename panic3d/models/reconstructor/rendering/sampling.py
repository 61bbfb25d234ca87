"""Where rays are sampled: one depth per stratum, then more depths where the first pass found density (paper 3.2)."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from panic3d.cameras.axes import FAR_M, NEAR_M


def place_stratified_depths(jitter: Float[Tensor, "B R N"]) -> Float[Tensor, "B R N"]:
    """Place one depth per stratum from near to far, by `jitter` in [0, 1). The last stratum lies beyond far."""
    count = jitter.shape[-1]
    start = torch.linspace(NEAR_M, FAR_M, count, device=jitter.device)
    return start + jitter * ((FAR_M - NEAR_M) / (count - 1))


@dataclass(frozen=True)
class SampleDraws:
    """The random numbers in [0, 1) that place the samples of one rendering."""

    jitter: Float[Tensor, "B R N"]
    importance_u: Float[Tensor, "B R M"] | None

    @classmethod
    def middle(cls, batch: int, rays: int, coarse: int, fine: int) -> "SampleDraws":
        """Without randomness: the middle of each stratum, and evenly spaced importance samples."""
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


def smooth_weights(weights: Float[Tensor, "R N"]) -> Float[Tensor, "R N"]:
    """Turn coarse weights into importance: the maximum of neighbours, averaged, plus a constant."""
    widened = F.max_pool1d(weights[:, None], 2, stride=1, padding=1)
    return F.avg_pool1d(widened, 2, stride=1)[:, 0] + 0.01


def invert_cdf(
    bins: Float[Tensor, "R B1"], weights: Float[Tensor, "R B"], u: Float[Tensor, "R N"], epsilon: float = 1e-5
) -> Float[Tensor, "R N"]:
    """Return where the cumulative distribution of a piecewise constant density over `bins` reaches u."""
    share = (weights + epsilon) / (weights + epsilon).sum(dim=-1, keepdim=True)
    cdf = torch.cat([torch.zeros_like(share[:, :1]), share.cumsum(dim=-1)], dim=-1)
    above = torch.searchsorted(cdf, u.contiguous(), right=True)
    below, above = (above - 1).clamp(min=0), above.clamp(max=weights.shape[-1])
    start, end = cdf.gather(1, below), cdf.gather(1, above)
    span = torch.where(end - start < epsilon, 1.0, end - start)
    left = bins.gather(1, below)
    return left + (u - start) / span * (bins.gather(1, above) - left)


def place_importance_depths(
    depths_m: Float[Tensor, "B R N1"], weights: Float[Tensor, "B R N"], u: Float[Tensor, "B R M"]
) -> Float[Tensor, "B R M"]:
    """Place depths by the weights of the coarse pass."""
    flat_m = depths_m.flatten(0, 1)
    middle_m = (flat_m[:, :-1] + flat_m[:, 1:]) / 2
    fine_m = invert_cdf(middle_m, smooth_weights(weights.flatten(0, 1))[:, 1:-1], u.flatten(0, 1))
    return fine_m.unflatten(0, depths_m.shape[:2])
