"""From a picture to a latent: by Image2StyleGAN in W+ (Abdal et al. 2019), by StyleGAN2's projector in W.

Both start from the mean w, as published, and follow LPIPS and L2 of the front view.
"""

import math
from copy import deepcopy
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from panic3d.cameras.rigs import make_view_camera
from panic3d.models.baselines.eg3d.generator import Eg3dGenerator
from panic3d.models.baselines.eg3d.noise import compute_noise_penalty, get_noise_maps, normalise_noise
from panic3d.models.baselines.eg3d.pictures import render_pictures
from panic3d.models.reconstructor.network.encoding import TriplaneEncoding
from panic3d.models.reconstructor.training.volume.views import render_view
from panic3d.models.reconstructor.training.volume_config import VolumeConfig
from panic3d.weights.lpips import Lpips

RISING, FALLING = 0.05, 0.25
"""Shares of the steps in which the learning rate rises linearly and falls along a cosine (Karras et al. 2020)."""
JITTERED_SHARE = 0.75
"""Share of the steps with noise on the latent."""
SPREAD_LATENTS = 1000


@dataclass(frozen=True)
class ProjectionConfig:
    space: Literal["w", "w+"] = "w+"
    """Whether all layers share one w, or have one each (w+)."""
    steps: int = 75
    """Published: 5000 (Abdal et al.), 1000 (Karras et al.); these take about a minute per portrait on two CPU cores."""
    learning_rate: float = 0.05
    """Published: 0.01 (Abdal et al.), 0.1 (Karras et al.)."""
    l2: float = 1.0
    """Weight of the squared difference, relative to LPIPS."""
    jitter: float = 0.0
    """Initial noise on the latent, in standard deviations of w. Published: 0 (Abdal et al.), 0.05 (Karras et al.)."""
    noise: float = 1e5
    """Weight of the penalty on noise maps."""


def render_front_picture(model: Eg3dGenerator, encoded: TriplaneEncoding) -> Float[Tensor, "B 3 S S"]:
    """Render the front view, RGB on white in [-1, 1], as in training."""
    settings = model.config.inference
    if settings.pictures == "volume":
        config = VolumeConfig(rays=settings.rays, coarse=settings.coarse, fine=settings.fine)
        return 2 * render_view(model, encoded, [make_view_camera("front")] * len(encoded.planes), config).rgb - 1
    return render_pictures(encoded, model.decoder, settings.rays, ("front",))[:, 0, :3]


def get_picture_size(model: Eg3dGenerator) -> int:
    """Return the side in pixels of `render_front_picture`."""
    by_volume = model.config.inference.pictures == "volume"
    return model.config.superresolution.size if by_volume else model.config.inference.rays


def compute_picture_distance(
    ours: Float[Tensor, "B 3 S S"], target: Float[Tensor, "B 3 S S"], lpips: Lpips | None, l2: float
) -> Float[Tensor, ""]:
    """Return the weighted mean squared difference, plus LPIPS if its weights are installed."""
    squared = l2 * F.mse_loss(ours, target)
    return squared if lpips is None else squared + lpips(ours, target).mean()


def project(
    generator: Eg3dGenerator, target: Float[Tensor, "1 3 S S"], lpips: Lpips | None, config: ProjectionConfig
) -> Eg3dGenerator:
    """Return a copy whose `latent` and noise maps reproduce the target; random numbers are torch's global ones."""
    model = deepcopy(generator).eval().requires_grad_(False)
    spread = measure_w_spread(model)
    start = model.get_mean_w()[:, None]
    latent = (start.repeat(1, model.w_count, 1) if config.space == "w+" else start.clone()).requires_grad_()
    maps = [noise.requires_grad_() for noise in get_noise_maps(model)]
    optimiser = torch.optim.Adam([latent, *maps], config.learning_rate)
    for step in range(config.steps):
        done = step / config.steps
        for group in optimiser.param_groups:
            group["lr"] = config.learning_rate * compute_rate_share(done)
        strength = config.jitter * spread * max(0.0, 1 - done / JITTERED_SHARE) ** 2
        ws = (latent + torch.randn_like(latent) * strength).expand(-1, model.w_count, -1)
        found = render_front_picture(model, model.synthesise(ws, "const"))
        loss = compute_picture_distance(found, target, lpips, config.l2) + config.noise * compute_noise_penalty(maps)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        normalise_noise(maps)
    for noise in maps:
        noise.requires_grad_(False)
    model.latent = latent.detach().expand(-1, model.w_count, -1)
    return model


def compute_rate_share(done: float) -> float:
    """Return the factor on the learning rate: a linear rise, a constant, a fall along a cosine."""
    down = min(1.0, (1 - done) / FALLING)
    return (0.5 - 0.5 * math.cos(down * math.pi)) * min(1.0, done / RISING)


@torch.no_grad()
def measure_w_spread(model: Eg3dGenerator) -> float:
    """Measure the root mean squared distance of w from its mean."""
    w = model.map_latents(torch.randn(SPREAD_LATENTS, model.config.backbone.z_dim, device=model.get_mean_w().device))
    return (w - model.get_mean_w()).square().sum(dim=1).mean().sqrt().item()
