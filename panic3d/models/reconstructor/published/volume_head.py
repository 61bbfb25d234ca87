"""A head whose views are volume rendered, super-resolved and stitched, as published, from one pass of the backbone."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from panic3d.cameras.camera import Camera
from panic3d.models.reconstructor.network.encoding import TriplaneEncoding
from panic3d.models.reconstructor.network.inference_config import InferenceConfig
from panic3d.models.reconstructor.network.network import Reconstructor
from panic3d.models.reconstructor.published.stitch import (
    StitchedView,
    compute_ray_offset_m,
    find_stitch_candidates,
    make_rays_to_front,
    stitch_view,
)
from panic3d.models.reconstructor.rendering.camera_labels import make_unit_rays
from panic3d.models.reconstructor.rendering.ray_marching import RenderedRays
from panic3d.models.reconstructor.rendering.sampling import SampleDraws
from panic3d.models.reconstructor.rendering.volume import render_reference
from panic3d.runtime.extras import require_library

if TYPE_CHECKING:
    from panic3d.models.reconstructor.rendering.cpu.triplane_table import CpuTriplaneField

RAYS_PER_BATCH = 2048
"""Rays per batch of the reference renderer, whose memory grows with them."""
DrawSource = Callable[[int], SampleDraws]
"""From a number of rays to the random numbers of their rendering."""


@dataclass(frozen=True)
class PublishedView:
    """One view with its intermediate results."""

    gathered: RenderedRays
    """R x R rays, row by row."""
    raw_rgb: Float[Tensor, "3 R R"]
    """In [0, 1]."""
    rgb: Float[Tensor, "3 S S"]
    """The result of the super-resolution, about [0, 1], not clipped."""
    pasted: StitchedView | None

    @property
    def finished(self) -> Float[Tensor, "3 S S"]:
        return self.rgb if self.pasted is None else self.pasted.rgb


class VolumeHead:
    """The encoded field of one portrait, which renders views by volume rendering."""

    def __init__(
        self,
        model: Reconstructor,
        encoded: TriplaneEncoding,
        front_rgb: Float[Tensor, "3 S S"],
        config: InferenceConfig,
        draws: DrawSource | None = None,
    ) -> None:
        """`front_rgb`: the network's input, on white in [0, 1]."""
        self.model, self.encoded, self.front_rgb, self.config = model, encoded, front_rgb, config
        self.generator = torch.Generator().manual_seed(0)
        self.given_draws = draws

    @property
    def device(self) -> torch.device:
        return self.encoded.planes.device

    @cached_property
    def field(self) -> "CpuTriplaneField":
        require_library("numba", "the paper's volume rendering on a CPU", "paper")
        from panic3d.models.reconstructor.rendering.cpu.triplane_table import CpuTriplaneField

        palette = None if self.encoded.palette is None else self.encoded.palette[0]
        return CpuTriplaneField(self.encoded.planes[0], self.model.decoder, palette)

    def make_draws(self, rays: int) -> SampleDraws:
        """Return the caller's random numbers where it gave some, otherwise those of the configuration."""
        if self.given_draws is not None:
            return self.given_draws(rays)
        counts = 1, rays, self.config.coarse, self.config.fine
        if self.config.jitter == "middle":
            return SampleDraws.middle(*counts).to(self.device)
        return SampleDraws.random(*counts, generator=self.generator).to(self.device)

    @torch.no_grad()
    def render_view(self, camera: Camera) -> PublishedView:
        size = self.config.rays
        origins, directions = (ray.to(self.device) for ray in make_unit_rays(camera, size))
        gathered = self.render_rays(origins, directions)
        features = gathered.colours.t().unflatten(1, (size, size))
        rgb = self.model.super_resolve(features[None] * 2 - 1, self.encoded)[0] / 2 + 0.5
        pasted = self.stitch(rgb, gathered, origins, directions) if self.config.stitch else None
        return PublishedView(gathered, features[:3], rgb, pasted)

    def stitch(
        self,
        rgb: Float[Tensor, "3 S S"],
        gathered: RenderedRays,
        origins: Float[Tensor, "R 3"],
        directions: Float[Tensor, "R 3"],
        everywhere: bool = False,
    ) -> StitchedView:
        """Stitch a view; visibility is tested where it can matter, or `everywhere`, with the same result."""
        shape, tests = (self.config.rays, self.config.rays), self.config.stitch_thresholds
        xyz, alpha = gathered.xyz_head_m, gathered.alpha.view(shape)
        off = compute_ray_offset_m(xyz, origins, directions).view(shape)
        asked = torch.ones_like(gathered.alpha, dtype=torch.bool)
        if self.config.cpu_renderer and not everywhere:
            asked = find_stitch_candidates(alpha, off, tests).flatten()
        before = torch.zeros_like(gathered.alpha)
        draws = self.make_draws(len(before))
        chosen = SampleDraws(
            draws.jitter[:, asked], None if draws.importance_u is None else draws.importance_u[:, asked]
        )
        if asked.any():
            before[asked] = self.render_rays(*make_rays_to_front(xyz[asked], tests), chosen, with_colours=False).alpha
        return stitch_view(rgb, self.front_rgb, xyz.t().unflatten(1, shape), alpha, off, before.view(shape), tests)

    def render_rays(
        self,
        origins: Float[Tensor, "R 3"],
        directions: Float[Tensor, "R 3"],
        draws: SampleDraws | None = None,
        with_colours: bool = True,
    ) -> RenderedRays:
        """Render rays through the edited field."""
        draws = draws or self.make_draws(len(origins))
        if self.config.cpu_renderer and self.device.type == "cpu":
            field = self.field  # which says where Numba is missing
            from panic3d.models.reconstructor.rendering.cpu import rays as cpu_rays

            return cpu_rays.render_rays(field, origins, directions, draws, self.config.edits, with_colours)
        return self._render_rays_with_torch(origins, directions, draws)

    def _render_rays_with_torch(
        self, origins: Float[Tensor, "R 3"], directions: Float[Tensor, "R 3"], draws: SampleDraws
    ) -> RenderedRays:
        def edited(xyz: Float[Tensor, "1 N 3"]) -> tuple[Float[Tensor, "1 N"], Float[Tensor, "1 N C"]]:
            values = self.model.query(self.encoded, xyz)
            return self.config.edits(xyz, values.density), values.colours

        parts = []
        for first in range(0, len(origins), RAYS_PER_BATCH):
            part = slice(first, first + RAYS_PER_BATCH)
            u = None if draws.importance_u is None else draws.importance_u[:, part]
            some = SampleDraws(draws.jitter[:, part], u)
            law = self.model.config.decoder.law
            parts.append(render_reference(edited, origins[None, part], directions[None, part], some, law))
        return RenderedRays(
            torch.cat([p.colours[0] for p in parts]),
            torch.cat([p.xyz_head_m[0] for p in parts]),
            torch.cat([p.alpha[0] for p in parts]),
            torch.cat([p.depth_m[0] for p in parts]),
        )
