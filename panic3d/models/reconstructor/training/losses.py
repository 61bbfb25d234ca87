"""Losses of the four views and of occupancy from their depth maps (paper 3.3)."""

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from panic3d.cameras.axes import BOX_SIDE_M, CAMERA_DISTANCE_M, MASK_ALPHA
from panic3d.datasets.multiview import VIEWS, MultiviewBatch
from panic3d.models.reconstructor.fields.lattice import Lattice
from panic3d.models.reconstructor.rendering.lattice_views import LatticeViews

DEPTH_LIMIT_M = 0.1
"""Depth errors are clamped to this: beyond it the two surfaces are different ones, not one at the wrong depth."""


@dataclass(frozen=True)
class LossWeights:
    """Weight of each term; 0 switches it off. Each is a mean over characters and over the four views."""

    rgb: float = 2.0
    """Colour difference on white ..."""
    rgb_error: Literal["absolute", "squared"] = "absolute"
    """... and whether it is absolute or squared."""
    silhouette: float = 0.5
    """Absolute difference of coverage."""
    depth: float = 1.0
    """Absolute difference of depth in half boxes, up to 0.1 m, where both see a surface."""
    occupancy: float = 1.0
    """Cross-entropy of the density as a logit against "behind the first surface in every view"."""
    near_surface: float = 1.0
    """The same at points near the surface (`rays.near_surface` of them)."""
    lpips: float = 0.5
    """LPIPS of whole pictures (small ones on the lattice)."""
    sides: float = 1.0
    """Share of the left and right views' terms; the front's is 1."""
    back: float = 1.0

    def get_weight(self, view: str) -> float:
        """Return the share of a view's terms."""
        return {"front": 1.0, "left": self.sides, "right": self.sides, "back": self.back}[view]


def view_losses(
    views: LatticeViews, batch: MultiviewBatch, lattice: Lattice, weights: LossWeights | None = None
) -> dict[str, Float[Tensor, ""]]:
    """Return RGB, silhouette and depth terms, each a sum over pixels divided by the character's foreground pixels."""
    weights = weights or LossWeights()
    terms = {name: views.density.new_zeros(()) for name in ("rgb", "silhouette", "depth")}
    for view in VIEWS:
        rgb, alpha, depth_m = batch.gather(view, *lattice.pixels(view))
        there = alpha >= MASK_ALPHA
        foreground = there.sum(dim=(1, 2)).clamp(min=1)

        share = weights.get_weight(view) / len(VIEWS)

        def mean(
            error: Float[Tensor, "B R C"], foreground: Tensor = foreground, share: float = share
        ) -> Float[Tensor, ""]:
            return (error.sum(dim=(1, 2)) / foreground).mean() * share

        off_m = (views.depth_m[view] - depth_m).abs().clamp(max=DEPTH_LIMIT_M)
        both = there & depth_m.isfinite() & (views.alpha[view] > MASK_ALPHA)
        off = views.rgb[view] - rgb
        terms["rgb"] = terms["rgb"] + mean((off.abs() if weights.rgb_error == "absolute" else off**2).mean(dim=-1))
        terms["silhouette"] = terms["silhouette"] + mean((views.alpha[view] - alpha).abs())
        terms["depth"] = terms["depth"] + mean(torch.where(both, off_m, 0.0) / (BOX_SIDE_M / 2))
    return terms


def occupancy_loss(
    density: Float[Tensor, "M Z"], batch: MultiviewBatch, lattice: Lattice, columns: Bool[Tensor, "B Y X"]
) -> Float[Tensor, ""]:
    """Return the binary cross-entropy over the evaluated points, with equal weight for each character."""
    label = label_occupancy(batch, lattice)[columns].float()
    error = F.binary_cross_entropy_with_logits(density, label, reduction="none").mean(dim=1)
    counts = columns.flatten(1).sum(dim=1).clamp(min=1)
    share = (1 / counts.float())[:, None, None].expand(columns.shape)[columns]
    return (error * share).sum() / len(columns)


def label_occupancy(batch: MultiviewBatch, lattice: Lattice) -> Bool[Tensor, "B Y X Z"]:
    """Return whether a lattice point lies behind the first surface in every view: the hull of the depth maps.

    The views are the four, and the top if the batch has it. What no view shows (under the chin) counts as filled.
    """
    half = BOX_SIDE_M / 2
    x, y, z = (lattice.unit(axis) * half for axis in (lattice.x, lattice.y, lattice.z))
    # Where a ray meets nothing its depth is NaN, every comparison is false and the line is empty.
    surface = {view: batch.gather(view, *lattice.pixels(view))[2] - CAMERA_DISTANCE_M for view in VIEWS}
    inside = (z[:, None, None, :] <= -surface["front"][..., None]) & (z[:, None, None, :] >= surface["back"][..., None])
    inside &= x[:, None, :, None] <= -surface["left"][:, :, None, :]
    inside &= x[:, None, :, None] >= surface["right"][:, :, None, :]
    if "top" in batch.views:  # rows grow with z, columns with x
        top = batch.gather("top", lattice.z, lattice.x)[2] - CAMERA_DISTANCE_M
        inside &= y[:, :, None, None] <= -top.transpose(1, 2)[:, None]
    return inside
