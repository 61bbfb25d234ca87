"""The stitch as published (paper 3.4, "front stitching"): a test per pixel of rendered pictures.

A pixel takes the input's colour where the view is opaque, the surface has no edge, its point lies on its own ray, and
nothing stands between the point and the front camera. `geometry.surface_reconstruction` tests surface points instead;
this is the reference.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from panic3d.cameras.axes import NEAR_M
from panic3d.cameras.tensors import resize_bilinear, sample_front_picture
from panic3d.models.reconstructor.network.inference_config import StitchThresholds

SOBEL = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]) / 8


@dataclass(frozen=True)
class StitchedView:
    """A stitched picture and the result of each test; masks are 1 where the input's colour may be taken."""

    rgb: Float[Tensor, "3 S S"]
    picture: Float[Tensor, "3 S S"]
    opaque: Bool[Tensor, "S S"]
    smooth: Bool[Tensor, "S S"]
    on_ray: Bool[Tensor, "S S"]
    visible: Float[Tensor, "S S"]
    mask: Float[Tensor, "S S"]


def stitch_view(
    rgb: Float[Tensor, "3 S S"],
    front_rgb: Float[Tensor, "3 S S"],
    xyz_head_m: Float[Tensor, "3 R R"],
    alpha: Float[Tensor, "R R"],
    off_ray: Float[Tensor, "R R"],
    before: Float[Tensor, "R R"],
    config: StitchThresholds,
) -> StitchedView:
    """Put the input's colours on a rendered picture where every test passes.

    `rgb`: the rendered picture. `front_rgb`: the input on white. `xyz_head_m` and `alpha`: as `RenderedRays` has them.
    `off_ray`: distance of points from their rays in metres. `before`: opacity between points and the front camera.
    """
    size = rgb.shape[-1]
    position = resize_bilinear(xyz_head_m[None], size)[0]
    opaque = resize_bilinear(alpha[None, None], size)[0, 0] > config.min_alpha
    smooth = compute_edge_strength(position) < config.max_edge
    on_ray = F.interpolate(off_ray[None, None], (size, size), mode="nearest")[0, 0] < config.max_ray_offset_m
    visible = resize_bilinear((before < config.max_occlusion).float()[None, None], size)[0, 0]
    mask = opaque * smooth * on_ray * visible
    found = sample_front_picture(front_rgb[None], position[:2].flatten(1).t()[None])
    pasted = found[0].t().unflatten(1, (size, size))
    return StitchedView(torch.lerp(rgb, pasted, mask), pasted, opaque, smooth, on_ray, visible, mask)


def find_stitch_candidates(
    alpha: Float[Tensor, "R R"], off_ray: Float[Tensor, "R R"], config: StitchThresholds
) -> Bool[Tensor, "R R"]:
    """Return where visibility must be tested: elsewhere another test rejects every pixel that would need it."""
    near = F.max_pool2d(alpha[None, None], 3, stride=1, padding=1)[0, 0] > config.min_alpha
    on_ray = (off_ray < config.max_ray_offset_m).float()[None, None]
    return near & (F.max_pool2d(on_ray, 3, stride=1, padding=1)[0, 0] > 0)


def compute_edge_strength(position: Float[Tensor, "3 S S"]) -> Float[Tensor, "S S"]:
    """Return the norm over channels of the magnitude of each channel's Sobel gradient."""
    return compute_sobel_magnitude(position).square().sum(dim=0).sqrt()


def compute_sobel_magnitude(maps: Float[Tensor, "C H W"]) -> Float[Tensor, "C H W"]:
    """Return the gradient's magnitude as kornia 0.6.5 does: normalised kernels, replicated border, never quite 0."""
    kernels = torch.stack([SOBEL, SOBEL.t()])[:, None].to(maps)
    gradient = F.conv2d(F.pad(maps[:, None], (1, 1, 1, 1), mode="replicate"), kernels)
    return (gradient.square().sum(dim=1) + 1e-6).sqrt()


def compute_ray_offset_m(
    xyz_head_m: Float[Tensor, "R 3"], origins: Float[Tensor, "R 3"], directions: Float[Tensor, "R 3"]
) -> Float[Tensor, "R"]:
    """Return the distance in metres of each point from its own ray."""
    offset = xyz_head_m - origins
    along = (offset * directions).sum(dim=-1, keepdim=True)
    return (offset - along * directions).norm(dim=-1)


def make_rays_to_front(
    xyz_head_m: Float[Tensor, "R 3"], config: StitchThresholds
) -> tuple[Float[Tensor, "R 3"], Float[Tensor, "R 3"]]:
    """Return rays from points to the front camera, whose near plane lies just in front of the points."""
    forward = torch.tensor([0.0, 0.0, 1.0]).to(xyz_head_m).expand_as(xyz_head_m)
    return xyz_head_m - (NEAR_M - config.occlusion_start_m) * forward, forward
