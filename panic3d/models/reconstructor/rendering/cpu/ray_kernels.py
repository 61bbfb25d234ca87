"""x"""

import math
from typing import Any, NamedTuple

import numpy as np

from panic3d.models.reconstructor.rendering.cpu.table_kernels import compiled, f32

EMPTY = f32(-1000.0)
OPAQUE_DEPTH = 18.42
"""Optical depth behind which there is no light: exp(-18.42) is 1e-8."""
COLOUR_DEPTH = 16.12
"""Optical depth behind which light does not count: exp(-16.12) is 1e-7."""
IMPORTANCE_FLOOR, IMPORTANCE_EPSILON = f32(0.01), f32(1e-5)


class RayRules(NamedTuple):
    """What rays meet, as numbers."""

    crop_m: float
    """Nothing beyond it in x and z."""
    across_m: float
    """A plane holds nothing beyond it along its width and height ..."""
    along_m: float
    """... and beyond this across its layers."""
    least_density: float
    """What is less dense is nothing."""
    empty_density: float
    """Where no plane holds anything."""
    shift: float
    gain: float
    """Optical depth a metre = gain * softplus(density - shift)."""
    rounding: float
    """Taken off an exponential before it is rounded to float32."""


@compiled
def settle_samples(
    origins: np.ndarray,
    directions: np.ndarray,
    depths_m: np.ndarray,
    rules: RayRules,
    density: np.ndarray,
    open_: np.ndarray,
) -> None:
    """Samples that need no look-up get their density; the others are marked open."""
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
    open_: np.ndarray, first: int, last: int, spent: np.ndarray, limit: float, ends_m: np.ndarray, depths_m: np.ndarray,
    origins: np.ndarray, directions: np.ndarray, points: np.ndarray, at: np.ndarray,
) -> int:  # fmt: skip
    """The open samples `first` to `last` of rays whose optical depth is below the limit, and before the rays' ends:
    their points and places. Their number."""
    count = 0
    for r in range(open_.shape[0]):
        if spent[r] > limit:
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
    """What was looked up, less what is too thin; arrays flat."""
    for i in range(at.shape[0]):
        density[at[i]] = values[i] if values[i] >= least_density else EMPTY
        open_[at[i]] = False


@compiled
def compute_optical_depth(before: Any, after: Any, step_m: Any, rules: RayRules) -> Any:
    """Of the interval between two samples, by the mean of their densities."""
    x = (before + after) * f32(0.5) - f32(rules.shift)
    if x < f32(-30):
        return f32(0) if x < f32(-100) else f32(math.exp(x)) * f32(rules.gain) * step_m
    return (max(x, f32(0)) + f32(math.log1p(math.exp(-abs(x))))) * f32(rules.gain) * step_m


@compiled
def add_optical_depth(
    density: np.ndarray, depths_m: np.ndarray, first: int, last: int, rules: RayRules, spent: np.ndarray
) -> None:
    """Adds the optical depth of the intervals that end at samples `first` to `last`."""
    for r in range(density.shape[0]):
        for k in range(max(first, 1), last):
            step_m = depths_m[r, k] - depths_m[r, k - 1]
            spent[r] += compute_optical_depth(density[r, k - 1], density[r, k], step_m, rules)


@compiled
def compute_weights(density: np.ndarray, depths_m: np.ndarray, rules: RayRules, weights: np.ndarray) -> None:
    """`volume.compute_interval_weights` of one ray."""
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
    """`volume.place_importance_depths`, in ascending order."""
    count = depths_m.shape[1]
    weights, level, cdf = np.empty(count - 1, f32), np.empty(count, f32), np.empty(count - 2, f32)
    for r in range(depths_m.shape[0]):
        compute_weights(density[r], depths_m[r], rules, weights)
        level[0], level[count - 1] = weights[0], weights[count - 2]
        for k in range(1, count - 1):
            level[k] = max(weights[k - 1], weights[k])
        total = 0.0
        for k in range(1, count - 2):
            total += (level[k] + level[k + 1]) * f32(0.5) + IMPORTANCE_FLOOR + IMPORTANCE_EPSILON
        reached, cdf[0] = 0.0, f32(0)
        for k in range(1, count - 2):
            reached += ((level[k] + level[k + 1]) * f32(0.5) + IMPORTANCE_FLOOR + IMPORTANCE_EPSILON) / total
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
    """Both kinds of samples in one order of depth."""
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
    """Where rays were left off; `no_limit` for those that were followed to their end."""
    for r in range(open_.shape[0]):
        ends_m[r] = no_limit
        for k in range(open_.shape[1]):
            if open_[r, k]:
                ends_m[r] = depths_m[r, k]
                break


@compiled
def composite(
    density: np.ndarray, depths_m: np.ndarray, rules: RayRules, least_share: float,
    alpha: np.ndarray, along_m: np.ndarray, origins: np.ndarray, directions: np.ndarray, points: np.ndarray, ray: np.ndarray, share: np.ndarray,
) -> int:  # fmt: skip
    """The light that rays lose, and its mean depth times that. The samples that have a share of it: their points, rays
    and shares, and how many they are. A sample has half of the weights of the intervals on both of its sides."""
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
    """Adds samples' values to their rays."""
    for i in range(ray.shape[0]):
        for c in range(values.shape[1]):
            sums[ray[i], c] += share[i] * values[i, c]
