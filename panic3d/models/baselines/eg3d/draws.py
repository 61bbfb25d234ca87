"""The random numbers of a step: a function of seed and step alone, however many processes share the batch."""

from dataclasses import dataclass, fields

import torch
from jaxtyping import Float
from torch import Tensor

from panic3d.models.baselines.eg3d.config import Eg3dTrainConfig
from panic3d.models.engine.seeds import derive_step_seed
from panic3d.models.reconstructor.training.volume.objective import ViewDraws

VIEW_COUNT = 4


@dataclass(frozen=True)
class LatentDraws:
    """The random numbers of this process's latents."""

    z: Float[Tensor, "B Z"]
    other_z: Float[Tensor, "B Z"]
    """Latents of the styles that are mixed in."""
    mixing_u: Float[Tensor, "B 2"]
    """In [0, 1): whether, and from which layer on."""
    fake_view_u: Float[Tensor, "B 4"]
    """The views are given to the discriminator in the order of these."""
    real_view_u: Float[Tensor, "B 4"]
    unit: Float[Tensor, "B P 3"]
    """Points of the density term in [-1, 1] across the box ..."""
    offset: Float[Tensor, "B P 3"]
    """... and from there to others, standard normal."""

    @classmethod
    def from_step(cls, config: Eg3dTrainConfig, step: int, rank: int, processes: int) -> "LatentDraws":
        """Return the draws of process `rank` of `processes`."""
        generator = torch.Generator().manual_seed(derive_step_seed(config.seed, step))
        z_dim, points = config.model.backbone.z_dim, config.volume.density_points

        def normal(*shape: int) -> Tensor:
            return torch.randn(config.batch, *shape, generator=generator)[rank::processes]

        def uniform(*shape: int) -> Tensor:
            return torch.rand(config.batch, *shape, generator=generator)[rank::processes]

        z, other_z, mixing_u = normal(z_dim), normal(z_dim), uniform(2)
        views = uniform(VIEW_COUNT), uniform(VIEW_COUNT)
        return cls(z, other_z, mixing_u, *views, 2 * uniform(points, 3) - 1, normal(points, 3))

    def select(self, chosen: slice) -> "LatentDraws":
        """Return those of some of the latents."""
        return LatentDraws(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def to(self, device: torch.device) -> "LatentDraws":
        return LatentDraws(*(getattr(self, field.name).to(device) for field in fields(self)))


@dataclass(frozen=True)
class LatentViewDraws(ViewDraws):
    """Cameras and latents of a (part of a) batch."""

    latents: LatentDraws
    size: int
    """Pixels along a side of rendered pictures, on the lattice."""
