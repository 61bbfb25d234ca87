"""Rays through a `QuickField`: the plain path's picture (`volume.render_rays`) without what cannot show in it.

Points that are cropped or where all planes are empty are not looked up; a ray ends where its light is used up; colours
are decoded only at samples that count. Should a finer look leave light to a ray that was ended, it is completed.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from panic3d.models.reconstructor.decoder import optical_depth_per_m
from panic3d.models.reconstructor.quick_field import QuickField
from panic3d.models.reconstructor.volume import (
    EMPTY,
    DensityEdits,
    Gathered,
    SampleDraws,
    importance_depths,
    interval_weights,
    mean_depth_m,
    outside_crop,
    stratified_depths,
)

SLAB = 8
"""Coarse samples from one look at the remaining light to the next."""
USED_UP = 1e-8
"""Light that is none."""
COUNTS = 1e-7
"""Share of a ray that a sample must have for its colour to be decoded."""


@dataclass
class _Rays:
    """Rays and what is known along them."""

    origins: Float[Tensor, "R 3"]
    directions: Float[Tensor, "R 3"]
    depths_m: Float[Tensor, "R N"]
    density: Float[Tensor, "R N"]
    open: Bool[Tensor, "R N"]
    """Samples that still have to be looked up should light reach them."""


@torch.no_grad()
def render(
    field: QuickField,
    origins: Float[Tensor, "R 3"],
    directions: Float[Tensor, "R 3"],
    draws: SampleDraws,
    edits: DensityEdits,
    with_colours: bool = True,
) -> Gathered:
    """What rays gather, as `volume.render_plain` says. Without colours: their place is empty."""
    coarse = _sampled(field, origins, directions, stratified_depths(draws.jitter[0][None])[0], edits)
    _look(field, coarse, edits)
    rays = coarse
    if draws.importance_u is not None:
        weights = interval_weights(coarse.density, coarse.depths_m, field.decoder.config.law)
        fine_m = importance_depths(coarse.depths_m[None], weights[None], draws.importance_u)[0]
        fine = _sampled(field, origins, directions, fine_m, edits)
        end_m = torch.where(coarse.open, coarse.depths_m, torch.inf).amin(dim=1, keepdim=True)
        _fill(field, fine, fine.open & (fine.depths_m < end_m), edits)
        depths_m, order = torch.cat([coarse.depths_m, fine.depths_m], dim=1).sort(dim=1)
        density = torch.cat([coarse.density, fine.density], dim=1).gather(1, order)
        unknown = torch.cat([coarse.open, fine.open], dim=1).gather(1, order)
        rays = _Rays(origins, directions, depths_m, density, unknown)
    weights = _completed(field, rays, edits)
    return _gathered(field, rays, weights, with_colours)


def _sampled(
    field: QuickField,
    origins: Float[Tensor, "R 3"],
    directions: Float[Tensor, "R 3"],
    depths_m: Float[Tensor, "R N"],
    edits: DensityEdits,
) -> _Rays:
    """Samples with the density of what needs no look-up."""
    xyz = origins[:, None] + depths_m[..., None] * directions[:, None]
    need = field.reaches(xyz)
    density = torch.full_like(depths_m, field.empty_density().item())
    density = edits(xyz, density)
    if edits.crop_m:
        need &= ~outside_crop(xyz, edits.crop_m)
    return _Rays(origins, directions, depths_m, density.masked_fill(need, EMPTY), need)


def _look(field: QuickField, rays: _Rays, edits: DensityEdits) -> None:
    """Looks samples up from front to back while there is light."""
    light = torch.ones_like(rays.depths_m[:, 0])
    count = rays.depths_m.shape[1]
    for first in range(0, count, SLAB):
        slab = slice(first, min(first + SLAB, count))
        wanted = torch.zeros_like(rays.open)
        wanted[:, slab] = rays.open[:, slab] & (light > USED_UP)[:, None]
        _fill(field, rays, wanted, edits)
        joined = slice(max(0, first - 1), slab.stop)
        middle = (rays.density[:, joined][:, :-1] + rays.density[:, joined][:, 1:]) / 2
        steps_m = rays.depths_m[:, joined].diff(dim=1)
        light = light * torch.exp(-(optical_depth_per_m(middle, field.decoder.config.law) * steps_m).sum(dim=1))


def _fill(field: QuickField, rays: _Rays, wanted: Bool[Tensor, "R N"], edits: DensityEdits) -> None:
    """Looks the wanted samples up."""
    ray, sample = wanted.nonzero(as_tuple=True)
    xyz = rays.origins[ray] + rays.depths_m[ray, sample][:, None] * rays.directions[ray]
    rays.density[ray, sample] = edits(xyz, field.density(xyz))
    rays.open &= ~wanted


def _completed(field: QuickField, rays: _Rays, edits: DensityEdits) -> Float[Tensor, "R N1"]:
    """Weights of the intervals; rays that were ended too early are looked up to their end first."""
    law = field.decoder.config.law
    weights = interval_weights(rays.density, rays.depths_m, law)
    early = rays.open.any(dim=1) & (1 - weights.sum(dim=1) > COUNTS)
    if early.any():
        _fill(field, rays, rays.open & early[:, None], edits)
        weights[early] = interval_weights(rays.density[early], rays.depths_m[early], law)
    return weights


def _gathered(field: QuickField, rays: _Rays, weights: Float[Tensor, "R N1"], with_colours: bool) -> Gathered:
    total = weights.sum(dim=1)
    left = (1 - total)[:, None]
    # A sample has half of the weights of the intervals on both of its sides.
    share = torch.nn.functional.pad(weights, (0, 1)) / 2 + torch.nn.functional.pad(weights, (1, 0)) / 2
    along_m = (share * rays.depths_m).sum(dim=1, keepdim=True)
    xyz = rays.origins * total[:, None] + rays.directions * along_m + left
    colours = left.expand(-1, field.decoder.config.colours if with_colours else 0).contiguous()
    if with_colours:
        ray, sample = (share > COUNTS).nonzero(as_tuple=True)
        points = rays.origins[ray] + rays.depths_m[ray, sample][:, None] * rays.directions[ray]
        colours.index_add_(0, ray, share[ray, sample][:, None] * field.colours(points))
    depth_m = mean_depth_m(weights, rays.depths_m)
    return Gathered(colours, xyz, total, depth_m)
