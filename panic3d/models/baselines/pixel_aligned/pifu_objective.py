"""The random numbers and losses of PIFu's training: points near the surface and in the box, and surface colours."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from panic3d.datasets.multiview import MultiviewBatch
from panic3d.datasets.points import PointSampler
from panic3d.datasets.stretching import StretchConfig, sample_stretch
from panic3d.models.baselines.pixel_aligned.pifu import Pifu
from panic3d.models.reconstructor.training.near_surface import (
    HALF_M,
    is_inside_hull,
    sample_surface_points,
    sample_surface_rgb,
)


@dataclass(frozen=True)
class PointsConfig:
    """The points of the losses (section 4.2 of the paper)."""

    near: int = 4706
    """Points per character near the surface ..."""
    uniform: int = 294
    """... and in the whole box: 16 to 1, of 5,000 points."""
    near_m: float = 0.02
    """Standard deviation of their distance along each axis, with labels from depth maps: the paper's 5 cm for a body of
    1.8 m, scaled to a box of 0.7 m. (The points of `render --points` have their own, 1 cm.)"""
    error: Literal["squared", "cross-entropy"] = "squared"
    """Of the probability of being inside."""
    colour: int = 5000
    """Surface points of the colour loss ..."""
    colour_m: float = 0.01
    """... and the standard deviation of their distance from the surface."""
    colour_weight: float = 1.0
    labels: Literal["auto", "hull"] = "auto"
    """auto: winding numbers if all characters have points of `render --points`, else as hull. hull: the hull of the
    depth maps labels the points."""


@dataclass(frozen=True)
class PointDraws:
    """The points of a step for this process's characters: a function of seed and step alone, as `LatticeDraws`."""

    near_u: Float[Tensor, "B N"]
    near_offset: Float[Tensor, "B N 3"]
    """Standard normal, as all offsets."""
    uniform_u: Float[Tensor, "B U 3"]
    colour_u: Float[Tensor, "B C"]
    colour_offset: Float[Tensor, "B C 3"]
    given_xyz_m: Float[Tensor, "B P 3"]
    """Points with winding numbers; P is 0 where there are none."""
    given_inside: Bool[Tensor, "B P"]
    stretch: Float[Tensor, "B 2"]

    @classmethod
    def from_step(
        cls,
        points: PointsConfig,
        stretch: StretchConfig,
        seed: int,
        batch: int,
        mine: slice,
        files: PointSampler | None,
        keys: Sequence[str],
        mirrored: Sequence[bool],
    ) -> "PointDraws":
        """Return the draws of the characters `mine` of a batch over all processes; `keys` are those of `mine`."""
        generator = torch.Generator().manual_seed(seed)

        def uniform(*shape: int) -> Tensor:
            return torch.rand(batch, *shape, generator=generator)[mine]

        def normal(*shape: int) -> Tensor:
            return torch.randn(batch, *shape, generator=generator)[mine]

        near_u, near_offset, uniform_u = uniform(points.near), normal(points.near, 3), uniform(points.uniform, 3)
        colour_u, colour_offset, stretch_u = uniform(points.colour), normal(points.colour, 3), uniform(2)
        given_xyz_m, given_inside = torch.zeros(len(keys), 0, 3), torch.zeros(len(keys), 0, dtype=torch.bool)
        if files is not None:
            given_xyz_m, given_inside = files.sample(keys, mirrored, uniform_u[..., 0], near_u)
            given_xyz_m = given_xyz_m * sample_stretch(stretch, stretch_u)[:, None]
        return cls(near_u, near_offset, uniform_u, colour_u, colour_offset, given_xyz_m, given_inside, stretch_u)

    def select(self, chosen: slice) -> "PointDraws":
        """Return those of some of the characters."""
        return PointDraws(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def to(self, device: torch.device) -> "PointDraws":
        return PointDraws(*(getattr(self, field.name).to(device) for field in fields(self)))


class PifuObjective(nn.Module):
    """PIFu and its losses, as one module, so that gradients of all its parts are synchronised."""

    def __init__(self, model: Pifu, points: PointsConfig) -> None:
        super().__init__()
        self.model, self.points = model, points

    def forward(self, batch: MultiviewBatch, draws: PointDraws, bf16: bool, step: int) -> dict[str, Float[Tensor, ""]]:
        """Return `inside`, the mean over hourglasses; `colour`; and their weighted sum as `total`."""
        rgb, alpha = batch.rgb("front"), batch.alpha("front")
        with torch.autocast(rgb.device.type, torch.bfloat16, enabled=bf16):
            made = self.model.fields(rgb, alpha)
        xyz, inside = self.label_points(batch, draws)
        terms = {"inside": torch.stack([self.error(field.density(xyz), inside) for field in made]).mean()}
        surface = sample_surface_points(batch, draws.colour_u) + draws.colour_offset * self.points.colour_m
        terms["colour"] = (made[-1].colours(surface) - sample_surface_rgb(batch, draws.colour_u)).abs().mean()
        return terms | {"total": terms["inside"] + self.points.colour_weight * terms["colour"]}

    def label_points(
        self, batch: MultiviewBatch, draws: PointDraws
    ) -> tuple[Float[Tensor, "B P 3"], Float[Tensor, "B P"]]:
        """Return points and their labels, 1 inside."""
        if draws.given_xyz_m.shape[1]:
            return draws.given_xyz_m, draws.given_inside.float()
        near = sample_surface_points(batch, draws.near_u) + draws.near_offset * self.points.near_m
        xyz = torch.cat([(2 * draws.uniform_u - 1) * HALF_M, near], dim=1)
        return xyz, is_inside_hull(batch, xyz).float()

    def error(self, logit: Float[Tensor, "B P"], inside: Float[Tensor, "B P"]) -> Float[Tensor, ""]:
        if self.points.error == "squared":
            return F.mse_loss(torch.sigmoid(logit), inside)
        return F.binary_cross_entropy_with_logits(logit, inside)
