"""Volume-rendered pictures with gradients, for training."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from panic3d.cameras.camera import Camera
from panic3d.models.engine.seeds import SampleGenerators
from panic3d.models.reconstructor.network.encoding import TriplaneEncoding
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.network.triplane import sample_planes
from panic3d.models.reconstructor.rendering.camera_labels import make_unit_rays
from panic3d.models.reconstructor.rendering.sampling import SampleDraws
from panic3d.models.reconstructor.rendering.volume import render_reference
from panic3d.models.reconstructor.training.volume_config import VolumeConfig


@dataclass(frozen=True)
class VolumeView:
    """One view of each character of a batch."""

    raw_rgb: Float[Tensor, "B 3 R R"]
    """In [0, 1]."""
    rgb: Float[Tensor, "B 3 S S"]
    """After the super-resolution, about [0, 1]; the raw one where there is none."""
    alpha: Float[Tensor, "B R R"]
    xyz_head_m: Float[Tensor, "B 3 R R"]


def render_view(
    model: Reconstructor,
    encoded: TriplaneEncoding,
    cameras: Sequence[Camera],
    config: VolumeConfig,
    generators: SampleGenerators | None = None,
) -> VolumeView:
    """Render each character from its own camera, with random jitter; colours reach a little beyond [0, 1].

    The jitter comes from the characters' `generators`; without them from torch's.
    """
    device, size = encoded.planes.device, config.rays
    rays = [make_unit_rays(camera, size) for camera in cameras]
    origins, directions = (torch.stack(part).to(device) for part in zip(*rays, strict=True))
    draws = _make_draws(len(cameras), config, generators).to(device)
    law = model.config.decoder.law

    def some(
        planes: Tensor, palette: Tensor | None, origins: Tensor, directions: Tensor, jitter: Tensor, u: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        def field(xyz: Float[Tensor, "B N 3"]) -> tuple[Float[Tensor, "B N"], Float[Tensor, "B N C"]]:
            values = model.decoder(sample_planes(planes, xyz), palette, widen=True)
            return values.density, values.colours

        gathered = render_reference(field, origins, directions, SampleDraws(jitter, u), law)
        return gathered.colours, gathered.xyz_head_m, gathered.alpha

    portion = config.rays_at_once or size**2
    parts = []
    for first in range(0, size**2, portion):
        part = slice(first, first + portion)
        u = None if draws.importance_u is None else draws.importance_u[:, part]
        inputs = (encoded.planes, encoded.palette, origins[:, part], directions[:, part], draws.jitter[:, part], u)
        kept = not config.rays_at_once or not torch.is_grad_enabled()
        parts.append(some(*inputs) if kept else checkpoint(some, *inputs, use_reentrant=False))
    colours, xyz, alpha = (torch.cat(pieces, dim=1) for pieces in zip(*parts, strict=True))
    features = colours.transpose(1, 2).unflatten(2, (size, size))
    raw = features[:, :3]
    rgb = raw if model.superresolution is None else model.super_resolve(2 * features - 1, encoded) / 2 + 0.5
    return VolumeView(raw, rgb, alpha.unflatten(1, (size, size)), xyz.transpose(1, 2).unflatten(2, (size, size)))


def _make_draws(count: int, config: VolumeConfig, generators: SampleGenerators | None) -> SampleDraws:
    rays, coarse, fine = config.rays**2, config.coarse, config.fine
    if generators is None:
        return SampleDraws.random(count, rays, coarse, fine)
    jitter = generators.draw_uniform(rays, coarse)
    return SampleDraws(jitter, generators.draw_uniform(rays, fine) if fine else None)
