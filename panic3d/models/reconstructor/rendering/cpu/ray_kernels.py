"""Kernels for rays through a field on a CPU, compiled by Numba at their first call and cached on disk.

The decisions per sample (which need a look-up, where a ray ends, in which order samples lie) take one pass over the
samples here and a dozen passes over whole arrays in torch. Sums over features and matrix products stay torch's.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from panic3d.models.reconstructor.fields.density import EMPTY_DENSITY
from panic3d.models.reconstructor.rendering.cpu.table_kernels import compiled, f32

EMPTY = f32(EMPTY_DENSITY)
OPAQUE_DEPTH = 18.42
"""Optical depth at which a ray ends: exp(-18.42) is 1e-8."""
COLOUR_DEPTH = 16.12
"""Optical depth beyond which no colour is decoded: exp(-16.12) is 1e-7."""
IMPORTANCE_FLOOR, IMPORTANCE_EPSILON = f32(0.01), f32(1e-5)


class RayRules(NamedTuple):
    """The edits, extent and density law of a field, as numbers."""

    crop_m: float
    """The field is empty beyond this distance from the centre in x and z."""
    across_m: float
    """A plane is zero beyond this distance from the centre along its width and height ..."""
    along_m: float
    """... and beyond this distance across its layers."""
    least_density: float
    """Smaller densities count as empty."""
    empty_density: float
    """The density where all planes are zero."""
    shift: float
    gain: float
    """Optical depth per metre = gain * softplus(density - shift)."""
    rounding: float
    """Subtracted from an exponential before it is rounded to float32."""


@compiled
def settle_samples(
    origins: np.ndarray,
    directions: np.ndarray,
    depths_m: np.ndarray,
    rules: RayRules,
    density: np.ndarray,
    open_: np.ndarray,
) -> None:
    """Set the density of samples that need no look-up, and mark the others as open."""
    nothing = EMPTY if rules.empty_density < rules.least_density else f32(rules.empty_density)
    for r in range(depths_m.shape[0]):
        for k in range(depths_m.shape[1]):
            t = depths_m[r, k]
            x = abs(origins[r, 0] + t * directions[r, 0])
            y = abs(origins[r, 1] + t * directions[r, 1])
            z = abs(origins[r, 2] + t * directions[r, 2])
            reached = (
                (x <= rules.across_m and y <= rules.across_m and z <= rules.along_m)
                or (x <= rules.across_m and z <= rules.across_m and y <= rules.along_m)
                or (y <= rules.across_m and z <= rules.across_m and x <= rules.along_m)
            )
            cropped = x > rules.crop_m or z > rules.crop_m
            open_[r, k] = reached and not cropped
            density[r, k] = EMPTY if cropped or reached else nothing


@compiled
def select_samples(
    open_: np.ndarray, first: int, last: int, optical: np.ndarray, limit: float, ends_m: np.ndarray,
    depths_m: np.ndarray,
    origins: np.ndarray, directions: np.ndarray, points: np.ndarray, at: np.ndarray,
) -> int:  # fmt: skip
    """Collect the points and flat indices of open samples; return how many there are.

    Those from `first` to `last`, before the ends of rays whose optical depth so far is below the limit.
    """
    count = 0
    for r in range(open_.shape[0]):
        if optical[r] > limit:
            continue
        for k in range(first, last):
            t = depths_m[r, k]
            if open_[r, k] and t < ends_m[r]:
                for axis in range(3):
                    points[count, axis] = origins[r, axis] + t * directions[r, axis]
                at[count] = r * open_.shape[1] + k
                count += 1
    return count


@compiled
def store_samples(
    density: np.ndarray, open_: np.ndarray, at: np.ndarray, values: np.ndarray, least_density: float
) -> None:
    """Store densities that were looked up, small ones as empty, at flat indices; the samples are open no longer."""
    for i in range(at.shape[0]):
        density[at[i]] = values[i] if values[i] >= least_density else EMPTY
        open_[at[i]] = False


@compiled
def compute_optical_depth(before: Any, after: Any, step_m: Any, rules: RayRules) -> Any:
    """Return the optical depth of the interval between two samples, by the mean of their densities."""
    x = (before + after) * f32(0.5) - f32(rules.shift)
    if x < f32(-30):
        return f32(0) if x < f32(-100) else f32(math.exp(x)) * f32(rules.gain) * step_m
    return (max(x, f32(0)) + f32(math.log1p(math.exp(-abs(x))))) * f32(rules.gain) * step_m


@compiled
def add_optical_depth(
    density: np.ndarray, depths_m: np.ndarray, first: int, last: int, rules: RayRules, optical: np.ndarray
) -> None:
    """Add the optical depth of the intervals that end at samples `first` to `last` to that of the rays."""
    for r in range(density.shape[0]):
        for k in range(max(first, 1), last):
            step_m = depths_m[r, k] - depths_m[r, k - 1]
            optical[r] += compute_optical_depth(density[r, k - 1], density[r, k], step_m, rules)


@compiled
def compute_weights(density: np.ndarray, depths_m: np.ndarray, rules: RayRules, weights: np.ndarray) -> None:
    """Compute the weights of the intervals of one ray, as `ray_marching.compute_interval_weights` does."""
    passed = f32(1)
    for k in range(weights.shape[0]):
        depth = compute_optical_depth(density[k], density[k + 1], depths_m[k + 1] - depths_m[k], rules)
        alpha = f32(0) if depth == f32(0) else f32(1) - f32(math.exp(-np.float64(depth)) - rules.rounding)
        weights[k] = alpha * passed
        passed *= f32(1) - alpha + f32(1e-10)


@compiled
def place_importance_samples(
    density: np.ndarray, depths_m: np.ndarray, u: np.ndarray, rules: RayRules, fine_m: np.ndarray
) -> None:
    """Place importance samples in ascending order, as `sampling.place_importance_depths` does."""
    count = depths_m.shape[1]
    weights, widened, cdf = np.empty(count - 1, f32), np.empty(count, f32), np.empty(count - 2, f32)
    for r in range(depths_m.shape[0]):
        compute_weights(density[r], depths_m[r], rules, weights)
        widened[0], widened[count - 1] = weights[0], weights[count - 2]
        for k in range(1, count - 1):
            widened[k] = max(weights[k - 1], weights[k])
        total = 0.0
        for k in range(1, count - 2):
            total += (widened[k] + widened[k + 1]) * f32(0.5) + IMPORTANCE_FLOOR + IMPORTANCE_EPSILON
        reached, cdf[0] = 0.0, f32(0)
        for k in range(1, count - 2):
            reached += ((widened[k] + widened[k + 1]) * f32(0.5) + IMPORTANCE_FLOOR + IMPORTANCE_EPSILON) / total
            cdf[k] = f32(reached)
        for i in range(u.shape[1]):
            above = np.searchsorted(cdf, u[r, i], side="right")
            below, above = max(above - 1, 0), min(above, count - 3)
            span = cdf[above] - cdf[below]
            span = f32(1) if span < IMPORTANCE_EPSILON else span
            start = (depths_m[r, below] + depths_m[r, below + 1]) * f32(0.5)
            end = (depths_m[r, above] + depths_m[r, above + 1]) * f32(0.5)
            depth = start + (u[r, i] - cdf[below]) / span * (end - start)
            place = i
            while place > 0 and fine_m[r, place - 1] > depth:  # evenly spaced numbers come in order
                fine_m[r, place] = fine_m[r, place - 1]
                place -= 1
            fine_m[r, place] = depth


@compiled
def merge_samples(
    coarse_m: np.ndarray, coarse: np.ndarray, coarse_open: np.ndarray,
    fine_m: np.ndarray, fine: np.ndarray, fine_open: np.ndarray,
    depths_m: np.ndarray, density: np.ndarray, open_: np.ndarray,
) -> None:  # fmt: skip
    """Merge coarse and fine samples in the order of depth."""
    for r in range(depths_m.shape[0]):
        i = j = 0
        for k in range(depths_m.shape[1]):
            if j == fine_m.shape[1] or (i < coarse_m.shape[1] and coarse_m[r, i] <= fine_m[r, j]):
                depths_m[r, k], density[r, k], open_[r, k] = coarse_m[r, i], coarse[r, i], coarse_open[r, i]
                i += 1
            else:
                depths_m[r, k], density[r, k], open_[r, k] = fine_m[r, j], fine[r, j], fine_open[r, j]
                j += 1


@compiled
def find_first_open(open_: np.ndarray, depths_m: np.ndarray, no_limit: float, ends_m: np.ndarray) -> None:
    """Return the depth of each ray's first open sample; `no_limit` for rays without any."""
    for r in range(open_.shape[0]):
        ends_m[r] = no_limit
        for k in range(open_.shape[1]):
            if open_[r, k]:
                ends_m[r] = depths_m[r, k]
                break


@compiled
def composite(
    density: np.ndarray, depths_m: np.ndarray, rules: RayRules, least_share: float,
    alpha: np.ndarray, along_m: np.ndarray, origins: np.ndarray, directions: np.ndarray,
    points: np.ndarray, ray: np.ndarray, share: np.ndarray,
) -> int:  # fmt: skip
    """Compute alpha and alpha times mean depth of rays, and collect the samples that contribute to their colours.

    A sample has half the weight of the interval on each of its sides. Of samples with more than `least_share` the
    points, ray numbers and shares are collected; returns how many there are.
    """
    last = depths_m.shape[1] - 1
    weights, count = np.empty(last, f32), 0
    for r in range(density.shape[0]):
        compute_weights(density[r], depths_m[r], rules, weights)
        total, along = np.float64(0), np.float64(0)
        for k in range(last + 1):
            mine = ((weights[k] if k < last else f32(0)) + (weights[k - 1] if k else f32(0))) * f32(0.5)
            total += mine
            along += mine * depths_m[r, k]
            if mine > least_share:
                for axis in range(3):
                    points[count, axis] = origins[r, axis] + depths_m[r, k] * directions[r, axis]
                ray[count], share[count] = r, mine
                count += 1
        alpha[r], along_m[r] = total, along
    return count


@compiled
def add_shares(values: np.ndarray, ray: np.ndarray, share: np.ndarray, sums: np.ndarray) -> None:
    """Add the values of samples, times their shares, to the sums of their rays."""
    for i in range(ray.shape[0]):
        for c in range(values.shape[1]):
            sums[ray[i], c] += share[i] * values[i, c]
