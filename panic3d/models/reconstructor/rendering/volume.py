"""Volume rendering along rays as published (EG3D's renderer, paper 3.2): slow, and the reference of the CPU path."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from panic3d.models.reconstructor.fields.density import DensityLaw
from panic3d.models.reconstructor.rendering.ray_marching import MarchedRays, RenderedRays, march_rays
from panic3d.models.reconstructor.rendering.sampling import (
    SampleDraws,
    place_importance_depths,
    place_stratified_depths,
)

PointQuery = Callable[[Float[Tensor, "B N 3"]], tuple[Float[Tensor, "B N"], Float[Tensor, "B N C"]]]
"""From points in the head frame, in metres, to density (before its law) and colours."""


def render_rays(
    field: PointQuery,
    origins: Float[Tensor, "B R 3"],
    directions: Float[Tensor, "B R 3"],
    jitter: Float[Tensor, "B R N"],
    importance_u: Float[Tensor, "B R M"] | None = None,
    law: DensityLaw = "published",
) -> MarchedRays:
    """Render rays with stratified samples and, if `importance_u` is given, importance samples among them.

    The last three of the C + 3 colours are the position.
    """
    depths_m = place_stratified_depths(jitter)
    density, colours = _sample_field(field, origins, directions, depths_m)
    coarse = march_rays(density, colours, depths_m, law)
    if importance_u is None:
        return coarse
    with torch.no_grad():
        fine_m = place_importance_depths(depths_m, coarse.weights, importance_u)
    fine_density, fine_colours = _sample_field(field, origins, directions, fine_m)
    depths_m, order = torch.cat([depths_m, fine_m], dim=-1).sort(dim=-1)
    density = torch.cat([density, fine_density], dim=-1).gather(-1, order)
    colours = torch.cat([colours, fine_colours], dim=-2)
    colours = colours.gather(-2, order[..., None].expand(-1, -1, -1, colours.shape[-1]))
    return march_rays(density, colours, depths_m, law)


def render_reference(
    field: PointQuery,
    origins: Float[Tensor, "B R 3"],
    directions: Float[Tensor, "B R 3"],
    draws: SampleDraws,
    law: DensityLaw = "published",
) -> RenderedRays:
    """Render rays as published, with colours and position apart."""
    marched = render_rays(field, origins, directions, draws.jitter, draws.importance_u, law)
    alpha = marched.weights.sum(dim=-1)
    return RenderedRays(marched.colours[..., :-3], marched.colours[..., -3:], alpha, marched.depth_m)


def _sample_field(
    field: PointQuery,
    origins: Float[Tensor, "B R 3"],
    directions: Float[Tensor, "B R 3"],
    depths_m: Float[Tensor, "B R N"],
) -> tuple[Float[Tensor, "B R N"], Float[Tensor, "B R N C"]]:
    """Sample the field along rays; the position is appended to the colours."""
    xyz = origins[:, :, None] + depths_m[..., None] * directions[:, :, None]
    density, colours = field(xyz.flatten(1, 2))
    return density.view(depths_m.shape), torch.cat([colours.unflatten(1, depths_m.shape[1:]), xyz], dim=-1)
