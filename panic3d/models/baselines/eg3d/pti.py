"""Pivotal tuning (Roich et al. 2021): a latent of W is fitted, then the generator itself.

Locality regularisation (section 3.3) holds the generator to what it was around the pivot. On a single picture it costs
little and keeps the unseen sides of the head those of the trained generator.
"""

import math
from copy import deepcopy
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from panic3d.models.baselines.eg3d.generator import Eg3dGenerator
from panic3d.models.baselines.eg3d.inversion import (
    ProjectionConfig,
    compute_picture_distance,
    project,
    render_front_picture,
)
from panic3d.weights.lpips import Lpips

PUBLISHED_W_DIM = 512


@dataclass(frozen=True)
class PtiConfig:
    pivot: ProjectionConfig = field(
        default_factory=lambda: ProjectionConfig(space="w", steps=50, learning_rate=0.1, jitter=0.05)
    )
    steps: int = 70
    """Published: 350."""
    learning_rate: float = 1e-3
    """Published: 3e-4, for a generator with forty times the weights."""
    l2: float = 1.0
    locality: float = 0.1
    """Weight of the locality regularisation; 0: off."""
    locality_every: int = 4
    """Steps from one such term to the next; its weight is multiplied by this."""
    locality_reach: float = 30.0
    """Distance from the pivot at which the untuned generator is matched, for a w of 512 numbers."""


def tune_generator(
    generator: Eg3dGenerator, target: Float[Tensor, "1 3 S S"], lpips: Lpips | None, config: PtiConfig
) -> Eg3dGenerator:
    """Return a tuned copy whose `latent` is the pivot; random numbers are torch's global ones."""
    before = project(generator, target, lpips, config.pivot)
    assert before.latent is not None
    model = deepcopy(before)
    tuned = [*model.backbone.synthesis.parameters(), *model.decoder.parameters()]
    if model.superresolution is not None:
        tuned += model.superresolution.parameters()
    for parameter in tuned:
        parameter.requires_grad_()
    optimiser = torch.optim.Adam(tuned, config.learning_rate)
    for step in range(config.steps):
        found = render_front_picture(model, model.synthesise(before.latent, "const"))
        loss = compute_picture_distance(found, target, lpips, config.l2)
        if config.locality and step % config.locality_every == 0:
            ws = sample_around_pivot(before, config.locality_reach)
            with torch.no_grad():
                held = render_front_picture(before, before.synthesise(ws, "const"))
            moved = render_front_picture(model, model.synthesise(ws, "const"))
            loss = loss + config.locality * config.locality_every * compute_picture_distance(
                moved, held, lpips, config.l2
            )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model.requires_grad_(False)


@torch.no_grad()
def sample_around_pivot(model: Eg3dGenerator, reach: float) -> Float[Tensor, "1 N D"]:
    """Return a latent from the pivot towards a random one (equation 4); `reach` scales with the root of w's size."""
    assert model.latent is not None
    z = torch.randn(1, model.config.backbone.z_dim, device=model.latent.device)
    pivot = model.latent[:, 0]
    towards = model.map_latents(z) - pivot
    reach *= math.sqrt(model.config.backbone.w_dim / PUBLISHED_W_DIM)
    return model.broadcast_w(pivot + reach * towards / towards.norm())
