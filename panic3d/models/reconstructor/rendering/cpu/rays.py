"""Rays through a `CpuTriplaneField`: the results of `volume.render_reference` without samples that do not contribute.

Points that are cropped or where all planes are zero are not looked up; a ray ends where it is opaque; colours are
decoded only at samples with weight. A ray that ended too early by the finer samples is completed.
"""

import math

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32
from torch import Tensor

from panic3d.cameras.axes import BOX_SIDE_M
from panic3d.models.reconstructor.fields.density import SHARP_STEP_M, DensityLaw
from panic3d.models.reconstructor.fields.density_edits import DensityEdits
from panic3d.models.reconstructor.rendering.cpu import ray_kernels
from panic3d.models.reconstructor.rendering.cpu.triplane_table import CpuTriplaneField
from panic3d.models.reconstructor.rendering.ray_marching import RenderedRays
from panic3d.models.reconstructor.rendering.sampling import SampleDraws, place_stratified_depths
from panic3d.runtime.threads import open_single_threaded_map

RAYS_PER_BATCH = 1536
"""Rays whose samples fit into the cache."""
SAMPLES_PER_PASS = 8
"""Coarse samples between two tests whether a ray is opaque."""
NO_LIMIT = 1e9
"""Stands for infinity, which the kernels' fast arithmetic excludes."""
MIN_COLOUR_WEIGHT = 1e-7
"""The colours of samples with less weight are not decoded."""
EXPONENTIAL_ROUNDING = 0.0
"""Subtracted from an exponential before it is rounded to float32, to compare with a processor that rounds differently.

It matters only for the depth of rays that are almost empty.
"""


@torch.no_grad()
def render_rays(
    field: CpuTriplaneField,
    origins: Float[Tensor, "R 3"],
    directions: Float[Tensor, "R 3"],
    draws: SampleDraws,
    edits: DensityEdits,
    with_colours: bool = True,
) -> RenderedRays:
    """Render rays as `volume.render_reference` does. Without colours, the result has none."""
    coarse_m = place_stratified_depths(draws.jitter)[0].contiguous()
    u = coarse_m[:, :0] if draws.importance_u is None else draws.importance_u[0]
    rules = make_rules(field, edits)

    def bundle(some: slice) -> _RayBundle:
        made = _RayBundle(field, rules, origins[some].numpy(), directions[some].numpy(), coarse_m[some].numpy())
        made.march(u[some].numpy())
        made.composite(with_colours)
        return made

    parts = [slice(first, first + RAYS_PER_BATCH) for first in range(0, len(origins), RAYS_PER_BATCH)]
    with open_single_threaded_map() as each:
        bundles = list(each(bundle, parts))
    alpha, along_m, colours = (
        torch.from_numpy(np.concatenate([getattr(b, name) for b in bundles]))
        for name in ("alpha", "along_m", "colours")
    )
    left = (1 - alpha)[:, None]
    xyz = origins * alpha[:, None] + directions * along_m[:, None] + left
    # an empty ray gets the largest depth of the batch, as in the published code
    depth_m = (along_m / alpha).nan_to_num(nan=math.inf).clamp(coarse_m.min(), coarse_m.max())
    return RenderedRays(colours + left if with_colours else colours, xyz, alpha, depth_m)


def make_rules(field: CpuTriplaneField, edits: DensityEdits) -> ray_kernels.RayRules:
    """Return the rules of a field with its edits."""
    shift, gain = LAW_SHIFT_AND_GAIN[field.decoder.config.law]
    least = 1 + math.log(math.expm1(-math.log1p(-edits.cull))) if edits.cull else -NO_LIMIT
    return ray_kernels.RayRules(
        crop_m=BOX_SIDE_M / 2 - edits.crop_m if edits.crop_m else NO_LIMIT,
        across_m=field.across_m,
        along_m=min(field.along_m, NO_LIMIT),
        least_density=least,
        empty_density=field.empty_density().item(),
        shift=shift,
        gain=gain,
        rounding=EXPONENTIAL_ROUNDING,
    )


LAW_SHIFT_AND_GAIN: dict[DensityLaw, tuple[float, float]] = {"published": (1.0, 1.0), "sharp": (0.0, 1 / SHARP_STEP_M)}
"""Shift and gain of `RayRules` by density law."""


class _RayBundle:
    """A batch of rays and their samples."""

    def __init__(
        self,
        field: CpuTriplaneField,
        rules: ray_kernels.RayRules,
        origins: Float32[np.ndarray, "R 3"],
        directions: Float32[np.ndarray, "R 3"],
        depths_m: Float32[np.ndarray, "R N"],
    ) -> None:
        self.field, self.rules, self.rays = field, rules, (origins, directions)
        self.depths_m = depths_m
        self.density, self.open = self.settle(depths_m)

    def settle(
        self, depths_m: Float32[np.ndarray, "R N"]
    ) -> tuple[Float32[np.ndarray, "R N"], Bool[np.ndarray, "R N"]]:
        """Return the density of samples that need no look-up, and which samples need one."""
        density, open_ = np.empty(depths_m.shape, np.float32), np.empty(depths_m.shape, np.bool_)
        ray_kernels.settle_samples(*self.rays, depths_m, self.rules, density, open_)
        return density, open_

    def march(self, u: Float32[np.ndarray, "R M"]) -> None:
        """Look samples up from front to back until rays are opaque; then importance samples among them."""
        optical = np.zeros(len(self.depths_m), np.float32)
        anywhere = np.full(len(optical), NO_LIMIT, np.float32)
        count = self.depths_m.shape[1]
        for first in range(0, count, SAMPLES_PER_PASS):
            last = min(first + SAMPLES_PER_PASS, count)
            self.look_up(
                self.depths_m, self.density, self.open, first, last, optical, ray_kernels.OPAQUE_DEPTH, anywhere
            )
            ray_kernels.add_optical_depth(self.density, self.depths_m, first, last, self.rules, optical)
        if u.shape[1]:
            self.refine(u, optical)
        optical[:] = 0
        ray_kernels.add_optical_depth(self.density, self.depths_m, 0, self.depths_m.shape[1], self.rules, optical)
        everything = self.depths_m, self.density, self.open, 0, self.depths_m.shape[1]
        self.look_up(*everything, optical, ray_kernels.COLOUR_DEPTH, anywhere)

    def refine(self, u: Float32[np.ndarray, "R M"], optical: Float32[np.ndarray, "R"]) -> None:
        """Add importance samples, up to where rays ended."""
        ends_m, fine_m = np.empty_like(optical), np.empty(u.shape, np.float32)
        ray_kernels.find_first_open(self.open, self.depths_m, NO_LIMIT, ends_m)
        ray_kernels.place_importance_samples(self.density, self.depths_m, u, self.rules, fine_m)
        fine, fine_open = self.settle(fine_m)
        self.look_up(fine_m, fine, fine_open, 0, u.shape[1], np.zeros_like(optical), ray_kernels.OPAQUE_DEPTH, ends_m)
        shape = (len(u), self.depths_m.shape[1] + u.shape[1])
        both = np.empty(shape, np.float32), np.empty(shape, np.float32), np.empty(shape, np.bool_)
        ray_kernels.merge_samples(self.depths_m, self.density, self.open, fine_m, fine, fine_open, *both)
        self.depths_m, self.density, self.open = both

    def look_up(
        self,
        depths_m: Float32[np.ndarray, "R N"],
        density: Float32[np.ndarray, "R N"],
        open_: Bool[np.ndarray, "R N"],
        first: int,
        last: int,
        optical: Float32[np.ndarray, "R"],
        limit: float,
        ends_m: Float32[np.ndarray, "R"],
    ) -> None:
        """Look up open samples before the ends of rays whose optical depth so far is below `limit`."""
        most = len(depths_m) * (last - first)
        points, at = np.empty((most, 3), np.float32), np.empty(most, np.int64)
        chosen = open_, first, last, optical, limit, ends_m, depths_m
        count = ray_kernels.select_samples(*chosen, *self.rays, points, at)
        found = self.field.density(torch.from_numpy(points[:count])).numpy()
        ray_kernels.store_samples(density.reshape(-1), open_.reshape(-1), at[:count], found, self.rules.least_density)

    def composite(self, with_colours: bool) -> None:
        """Compute `alpha`, `along_m` (mean depth times alpha) and `colours`."""
        count, most = len(self.depths_m), self.depths_m.size
        self.alpha, self.along_m = np.empty(count, np.float32), np.empty(count, np.float32)
        self.colours = np.zeros((count, self.field.decoder.config.colours if with_colours else 0), np.float32)
        points, ray, share = np.empty((most, 3), np.float32), np.empty(most, np.int64), np.empty(most, np.float32)
        samples = self.density, self.depths_m, self.rules, MIN_COLOUR_WEIGHT, self.alpha, self.along_m
        found = ray_kernels.composite(*samples, *self.rays, points, ray, share)
        if with_colours:
            values = self.field.colours(torch.from_numpy(points[:found])).numpy()
            ray_kernels.add_shares(values, ray[:found], share[:found], self.colours)
