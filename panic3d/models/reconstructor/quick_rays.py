"""Rays through a `QuickField`: the plain path's picture (`volume.render_rays`) without what cannot show in it.

Points that are cropped or where all planes are empty are not looked up; a ray ends where its light is used up; colours
are decoded only at samples that count. Should a finer look leave light to a ray that was ended, it is completed.
"""

from copy import copy

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from panic3d.conventions import BOX_SIDE_M
from panic3d.models.reconstructor.decoder import DensityLaw, optical_depth_per_m
from panic3d.models.reconstructor.quick_field import QuickField
from panic3d.models.reconstructor.volume import (
    EMPTY,
    DensityEdits,
    Gathered,
    SampleDraws,
    importance_depths,
    interval_weights,
    mean_depth_m,
    stratified_depths,
)

SLAB = 8
"""Coarse samples from one look at the remaining light to the next."""
USED_UP = 1e-8
"""Light that is none."""
COUNTS = 1e-7
"""Share of a ray that a sample must have for its colour to be decoded."""


class _Samples:
    """Samples along rays and what is known of them."""

    def __init__(
        self,
        field: QuickField,
        origins: Float[Tensor, "R 3"],
        directions: Float[Tensor, "R 3"],
        depths_m: Float[Tensor, "R N"],
        edits: DensityEdits,
    ) -> None:
        """With the density of what needs no look-up."""
        self.field, self.edits, self.depths_m = field, edits, depths_m
        self.origins, self.directions = origins.t().contiguous(), directions.t().contiguous()
        x, y, z = (o[:, None] + depths_m * d[:, None] for o, d in zip(self.origins, self.directions, strict=True))
        if edits.crop_m:
            limit = BOX_SIDE_M / 2 - edits.crop_m
            self.open = (x.abs() <= limit) & (z.abs() <= limit)
            self.density = torch.full_like(depths_m, EMPTY)
        else:
            self.open = field.reaches(x, y, z)
            nothing = edits(self.origins.new_zeros(1, 3), field.empty_density()[None])
            self.density = torch.where(self.open, EMPTY, nothing)
        self.kept: list[Float[Tensor, "_ F"]] = []
        self.count = 0
        self.place = torch.full_like(depths_m, -1, dtype=torch.int32)
        """Where in what is kept the features of a sample are; -1: not looked up."""

    def points(self, ray: Int[Tensor, "M"], sample: Int[Tensor, "M"]) -> Float[Tensor, "3 M"]:
        return self.origins[:, ray] + self.depths_m[ray, sample] * self.directions[:, ray]

    def fill(self, wanted: Bool[Tensor, "R N"]) -> None:
        """Looks the wanted samples up."""
        ray, sample = wanted.nonzero(as_tuple=True)
        points = self.points(ray, sample)
        sums, density = self.field.sums_and_density(points)
        self.density[ray, sample] = self.edits(points.t(), density)
        self.place[ray, sample] = torch.arange(self.count, self.count + len(ray), dtype=torch.int32)
        self.kept += sums
        self.count += len(ray)
        self.open &= ~wanted

    def look(self) -> None:
        """Looks samples up from front to back while there is light."""
        light = torch.ones_like(self.depths_m[:, 0])
        count = self.depths_m.shape[1]
        for first in range(0, count, SLAB):
            slab = slice(first, min(first + SLAB, count))
            wanted = torch.zeros_like(self.open)
            wanted[:, slab] = self.open[:, slab] & (light > USED_UP)[:, None]
            self.fill(wanted)
            joined = slice(max(0, first - 1), slab.stop)
            light = light * light_left(self.density[:, joined], self.depths_m[:, joined], self.law)

    @property
    def law(self) -> DensityLaw:
        return self.field.decoder.config.law

    def weights(self) -> Float[Tensor, "R N1"]:
        """Of the intervals; rays that were ended too early are looked up to their end first."""
        weights = interval_weights(self.density, self.depths_m, self.law)
        # Not 1 less the weights' sum, in whose last digit this is lost.
        light = light_left(self.density, self.depths_m, self.law)
        early = self.open.any(dim=1) & (light > COUNTS)
        if early.any():
            self.fill(self.open & early[:, None])
            weights[early] = interval_weights(self.density[early], self.depths_m[early], self.law)
        return weights

    def merged(self, other: "_Samples") -> "_Samples":
        """Both in one order of depth."""
        both = copy(self)
        both.depths_m, order = torch.cat([self.depths_m, other.depths_m], dim=1).sort(dim=1)
        both.density = torch.cat([self.density, other.density], dim=1).gather(1, order)
        both.open = torch.cat([self.open, other.open], dim=1).gather(1, order)
        later = torch.where(other.place < 0, -1, other.place + self.count)
        both.place = torch.cat([self.place, later.int()], dim=1).gather(1, order)
        both.kept, both.count = [*self.kept, *other.kept], self.count + other.count
        return both

    def colours(self, ray: Int[Tensor, "M"], sample: Int[Tensor, "M"]) -> Float[Tensor, "M C"]:
        """Of some samples. One whose density needed no look-up still has a colour, which shows beside a neighbour."""
        if not self.count:
            return self.field.colours(self.points(ray, sample).t())
        place = self.place[ray, sample]
        sums = torch.cat(self.kept)[place.clamp(min=0)]
        missing = (place < 0).nonzero()[:, 0]
        if len(missing):
            looked_up = self.field.sums_and_density(self.points(ray[missing], sample[missing]))[0]
            sums[missing] = torch.cat(looked_up)
        return self.field.colours_of(sums)


def light_left(density: Float[Tensor, "R N"], depths_m: Float[Tensor, "R N"], law: DensityLaw) -> Float[Tensor, "R"]:
    """What passes through samples, of 1."""
    middle = (density[:, :-1] + density[:, 1:]) / 2
    return torch.exp(-(optical_depth_per_m(middle, law) * depths_m.diff(dim=1)).sum(dim=1))


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
    samples = _Samples(field, origins, directions, stratified_depths(draws.jitter)[0], edits)
    samples.look()
    if draws.importance_u is not None:
        weights = interval_weights(samples.density, samples.depths_m, samples.law)
        fine_m = importance_depths(samples.depths_m[None], weights[None], draws.importance_u)[0]
        fine = _Samples(field, origins, directions, fine_m, edits)
        end_m = torch.where(samples.open, samples.depths_m, torch.inf).amin(dim=1, keepdim=True)
        fine.fill(fine.open & (fine_m < end_m))
        samples = samples.merged(fine)
    return _gathered(samples, samples.weights(), with_colours)


def _gathered(samples: _Samples, weights: Float[Tensor, "R N1"], with_colours: bool) -> Gathered:
    total = weights.sum(dim=1)
    left = (1 - total)[:, None]
    # A sample has half of the weights of the intervals on both of its sides.
    share = (F.pad(weights, (0, 1)) + F.pad(weights, (1, 0))) / 2
    along_m = (share * samples.depths_m).sum(dim=1)
    xyz = (samples.origins * total + samples.directions * along_m).t() + left
    colours = left.repeat(1, samples.field.decoder.config.colours if with_colours else 0)
    if with_colours:
        ray, sample = (share > COUNTS).nonzero(as_tuple=True)
        colours.index_add_(0, ray, share[ray, sample][:, None] * samples.colours(ray, sample))
    return Gathered(colours, xyz, total, mean_depth_m(weights, samples.depths_m))
