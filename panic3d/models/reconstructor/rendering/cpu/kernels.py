"""Loops of the quick path that torch has no operation for, compiled by Numba at their first call and kept on disk.

What is decided sample by sample (which need a look-up, where a ray ends, in which order samples lie) takes one pass
over the samples here and a dozen over whole arrays there. Sums over features and matrix products stay torch's.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

f32 = np.float32
compiled = njit(nogil=True, fastmath=True, cache=True, error_model="numpy")
LEAST_EXPONENT = f32(-120.0)
"""Powers of two below it are taken for it: float32 ends a little further down."""
EMPTY = f32(-1000.0)
USED_UP = 18.42
"""Optical depth behind which there is no light: exp(-18.42) is 1e-8."""
MATTERS = 16.12
"""Optical depth behind which light does not count: exp(-16.12) is 1e-7."""
IMPORTANCE_FLOOR, IMPORTANCE_EPSILON = f32(0.01), f32(1e-5)


class Rules(NamedTuple):
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


@intrinsic
def float_of_bits(typing_context: Any, bits: Any) -> Any:
    """The float32 that has the bits of an int32."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.float32))

    return types.float32(types.int32), generate


@compiled
def softplus(x: np.ndarray) -> None:
    """In place, within 5e-7: max(x, 0) + log(1 + e), where e = exp(-|x|).

    The whole part of e's power of two goes into its exponent's bits; the rest of it, and log(1 + e) / e, are
    polynomials (through Chebyshev's points; their errors are 8e-8 and 2e-7).
    """
    for i in range(x.shape[0]):
        power = max(abs(x[i]) * f32(-1.44269504), LEAST_EXPONENT)
        whole = np.int32(power - f32(0.5))
        r = power - f32(whole)
        e = f32(1.33908634e-3)
        for c in (9.67603192e-3, 5.55035711e-2, 0.240221075, 0.693147188, 1.00000008):
            e = e * r + f32(c)
        e *= float_of_bits(np.int32((whole + np.int32(127)) << np.int32(23)))
        series = f32(-8.37115255e-3)
        for c in (0.0434938998, -0.106850029, 0.176874767, -0.244747742, 0.332719284, -0.499971745, 0.999999781):
            series = series * e + f32(c)
        x[i] = max(x[i], f32(0)) + series * e


@compiled
def cell_of(unit: Any, cells: int) -> tuple[Any, Any]:
    """1 more than the cell before a coordinate in [-1, 1] (0 to `cells` + 1), and its share of the way to the next."""
    place = min(max((unit + f32(1)) * (f32(0.5) * f32(cells)) + f32(0.5), f32(0)), f32(cells + 1))
    cell = np.int32(place)
    return cell, place - f32(cell)


@compiled
def plane_corners(
    rows: np.ndarray, shares: np.ndarray, start: int, side: int, layers: int, across: Any, up: Any, deep: Any
) -> None:
    """The 8 rows that surround a point in one plane; `across`, `up`, `deep`: cell and share along its axes.

    A layer before the first or behind the last is empty: it is read as the nearest one, times 0.
    """
    first = start + up[0] * side + across[0]
    for behind in range(2):
        layer = deep[0] - 1 + behind
        weight = deep[1] if behind else f32(1) - deep[1]
        weight = weight if 0 <= layer < layers else f32(0)
        row = first + min(max(layer, 0), layers - 1) * side * side
        low, high = weight * (f32(1) - up[1]), weight * up[1]
        at = 4 * behind
        rows[at], rows[at + 1], rows[at + 2], rows[at + 3] = row, row + 1, row + side, row + side + 1
        shares[at], shares[at + 1] = low * (f32(1) - across[1]), low * across[1]
        shares[at + 2], shares[at + 3] = high * (f32(1) - across[1]), high * across[1]


@compiled
def corners(
    points: np.ndarray, scale: float, resolution: int, layers: int, rows: np.ndarray, shares: np.ndarray
) -> None:
    """For points (N, 3), the rows of the field's table (N, 24) that surround them, and their shares."""
    side = resolution + 3
    plane = layers * side * side
    for i in range(points.shape[0]):
        x, y, z = points[i, 0] * f32(scale), points[i, 1] * f32(scale), points[i, 2] * f32(scale)
        in_x, in_y, in_z = cell_of(x, resolution), cell_of(y, resolution), cell_of(z, resolution)
        if layers == 1:  # the same at every depth, as EG3D's planes are
            x = y = z = f32(0)
        deep_x, deep_y, deep_z = cell_of(x, layers), cell_of(y, layers), cell_of(z, layers)
        plane_corners(rows[i, :8], shares[i, :8], 0, side, layers, in_x, in_y, deep_z)
        plane_corners(rows[i, 8:16], shares[i, 8:16], plane, side, layers, in_x, in_z, deep_y)
        plane_corners(rows[i, 16:], shares[i, 16:], 2 * plane, side, layers, in_y, in_z, deep_x)


@compiled
def settle(
    origins: np.ndarray,
    directions: np.ndarray,
    depths_m: np.ndarray,
    rules: Rules,
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
def wanted(
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
def put(density: np.ndarray, open_: np.ndarray, at: np.ndarray, values: np.ndarray, least_density: float) -> None:
    """What was looked up, less what is too thin; arrays flat."""
    for i in range(at.shape[0]):
        density[at[i]] = values[i] if values[i] >= least_density else EMPTY
        open_[at[i]] = False


@compiled
def optical_depth(before: Any, after: Any, step_m: Any, rules: Rules) -> Any:
    """Of the interval between two samples, by the mean of their densities."""
    x = (before + after) * f32(0.5) - f32(rules.shift)
    if x < f32(-30):
        return f32(0) if x < f32(-100) else f32(math.exp(x)) * f32(rules.gain) * step_m
    return (max(x, f32(0)) + f32(math.log1p(math.exp(-abs(x))))) * f32(rules.gain) * step_m


@compiled
def spend(density: np.ndarray, depths_m: np.ndarray, first: int, last: int, rules: Rules, spent: np.ndarray) -> None:
    """Adds the optical depth of the intervals that end at samples `first` to `last`."""
    for r in range(density.shape[0]):
        for k in range(max(first, 1), last):
            step_m = depths_m[r, k] - depths_m[r, k - 1]
            spent[r] += optical_depth(density[r, k - 1], density[r, k], step_m, rules)


@compiled
def weigh(density: np.ndarray, depths_m: np.ndarray, rules: Rules, weights: np.ndarray) -> None:
    """`volume.interval_weights` of one ray."""
    passed = f32(1)
    for k in range(weights.shape[0]):
        depth = optical_depth(density[k], density[k + 1], depths_m[k + 1] - depths_m[k], rules)
        alpha = f32(0) if depth == f32(0) else f32(1) - f32(math.exp(-np.float64(depth)) - rules.rounding)
        weights[k] = alpha * passed
        passed *= f32(1) - alpha + f32(1e-10)


@compiled
def refine(density: np.ndarray, depths_m: np.ndarray, u: np.ndarray, rules: Rules, fine_m: np.ndarray) -> None:
    """`volume.importance_depths`, in ascending order."""
    count = depths_m.shape[1]
    weights, level, cdf = np.empty(count - 1, f32), np.empty(count, f32), np.empty(count - 2, f32)
    for r in range(depths_m.shape[0]):
        weigh(density[r], depths_m[r], rules, weights)
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
def merge(
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
def first_open(open_: np.ndarray, depths_m: np.ndarray, no_limit: float, ends_m: np.ndarray) -> None:
    """Where rays were left off; `no_limit` for those that were followed to their end."""
    for r in range(open_.shape[0]):
        ends_m[r] = no_limit
        for k in range(open_.shape[1]):
            if open_[r, k]:
                ends_m[r] = depths_m[r, k]
                break


@compiled
def gather(
    density: np.ndarray, depths_m: np.ndarray, rules: Rules, least_share: float, alpha: np.ndarray, along_m: np.ndarray,
    origins: np.ndarray, directions: np.ndarray, points: np.ndarray, ray: np.ndarray, share: np.ndarray,
) -> int:  # fmt: skip
    """The light that rays lose, and its mean depth times that. The samples that have a share of it: their points, rays
    and shares, and how many they are. A sample has half of the weights of the intervals on both of its sides."""
    last = depths_m.shape[1] - 1
    weights, count = np.empty(last, f32), 0
    for r in range(density.shape[0]):
        weigh(density[r], depths_m[r], rules, weights)
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
