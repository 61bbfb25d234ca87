"""The published terms on a volume-rendered view (paper 3.3), with switches for where its code differs."""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from panic3d.cameras.axes import CAMERA_DISTANCE_M
from panic3d.models.reconstructor.rendering.lattice_views import VIEW_AXES
from panic3d.models.reconstructor.training.volume.views import VolumeView
from panic3d.models.reconstructor.training.volume_config import VolumeConfig
from panic3d.weights.lpips import Lpips

EDGE_FROM, EDGE_TO = 0.25, 0.75
AXES = {"x": 0, "z": 2}


def compute_view_terms(
    view: VolumeView,
    name: str,
    rgb: Float[Tensor, "B 3 S S"],
    alpha: Float[Tensor, "B S S"],
    depth_m: Float[Tensor, "B S S"],
    config: VolumeConfig,
    lpips: Lpips | None,
) -> dict[str, Float[Tensor, ""]]:
    """Return RGB, LPIPS, silhouette and depth terms of an orthographic view, unweighted.

    `rgb` is the truth on white; its depth is NaN where there is no surface.
    """
    size = view.alpha.shape[-1]
    covered = resize_alpha(alpha, size)
    sure = ~is_on_edge(covered) if config.without_edges else torch.ones_like(covered, dtype=torch.bool)
    off = view.alpha - covered
    silhouette = off.abs() if config.silhouette == "absolute" else off.square()
    along_m = compute_along_axis_m(view, name) - compute_true_along_axis_m(depth_m, name, size)
    both = sure & (view.alpha > 0.5) & (covered > 0.5) & along_m.isfinite()
    along_m = torch.where(both, along_m, 0.0)
    depth = along_m.abs() if config.depth == "absolute" else along_m.square()
    terms = {
        "rgb": (view.rgb - rgb).abs().mean(),
        "silhouette": torch.where(sure, silhouette, 0.0).mean(),
        "depth": depth.mean(),
    }
    if lpips is not None:
        pair = (view.rgb, rgb) if config.lpips_range == "unit" else (2 * view.rgb - 1, 2 * rgb - 1)
        terms["lpips"] = lpips(*pair).mean()
    return terms


def compute_along_axis_m(view: VolumeView, name: str) -> Float[Tensor, "B R R"]:
    """Return the rendered position along the view's axis."""
    return view.xyz_head_m[:, AXES[VIEW_AXES[name][0]]]


def compute_true_along_axis_m(depth_m: Float[Tensor, "B S S"], name: str, size: int) -> Float[Tensor, "B R R"]:
    """Return the true surface's position along the axis at the rays' pixels; NaN where there is none.

    It is that of the nearest pixel: a mean over an edge lies on no surface.
    """
    near = F.interpolate(depth_m[:, None], (size, size), mode="nearest-exact")[:, 0]
    return VIEW_AXES[name][1] * (near - CAMERA_DISTANCE_M)


def is_on_edge(covered: Float[Tensor, "B R R"]) -> Bool[Tensor, "B R R"]:
    """Return where the 5x5 neighbourhood is a quarter to three quarters covered."""
    mean = F.avg_pool2d(covered[:, None], 5, stride=1, padding=2, count_include_pad=False)[:, 0]
    return (mean >= EDGE_FROM) & (mean <= EDGE_TO)


def resize_alpha(alpha: Float[Tensor, "B S S"], size: int) -> Float[Tensor, "B R R"]:
    return F.interpolate(alpha[:, None], (size, size), mode="bilinear", align_corners=False)[:, 0]
